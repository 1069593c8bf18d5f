"""A lesson and a question section, as read from Markdown with directives."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from lessons.markdown.errors import ContentError, ContentErrors, fail, read_options
from lessons.markdown.render import render, render_inline
from lessons.questions import KINDS
from simulator import ControlValueError, ScenarioError, UnknownControl, load_scenario

OPENING = re.compile(r"^(:{3,})\{([a-z]+)\}[ \t]*(.*)$")
SLUG = r"^[a-z][a-z0-9-]*$"


class Strict(BaseModel):
    """Options in which an unknown field is an error."""

    model_config = ConfigDict(extra="forbid")


class FrontMatter(Strict):
    """The fields at the head of a lesson."""

    id: str = Field(pattern=SLUG, max_length=50)
    title: str = Field(min_length=3, max_length=120)
    summary: str = Field(min_length=10, max_length=160)
    minutes: int = Field(10, ge=1, le=120)
    key_points: list[str] = Field(min_length=3, max_length=3)


class SimulationOptions(Strict):
    """The fields of a `simulation` directive."""

    id: str = Field(pattern=SLUG, max_length=50)
    title: str = ""
    preset: dict[str, float | int | str | bool] = {}


@dataclass(frozen=True)
class Directive:
    """A `:::{name} argument` block as it stands in a file."""

    name: str
    argument: str
    options: str
    body: str
    line: int
    options_line: int
    body_line: int


@dataclass
class LessonDocument:
    """A lesson, rendered: parts are {"html": …} or {"simulation": its id}."""

    uid: str
    title: str
    summary: str
    minutes: int
    key_points: list[str]
    parts: list[dict[str, str]]
    simulations: list[dict[str, Any]]
    source: str


@dataclass
class QuestionDocument:
    """A question, checked: `data` is what its kind needs."""

    uid: str
    kind: str
    prompt_html: str
    data: dict[str, Any]


@dataclass
class Preview:
    """What the studio shows: a document, or the mistakes."""

    document: LessonDocument | None = None
    errors: list[ContentError] = field(default_factory=list)


def blocks(text: str, file: str, line: int = 1) -> Iterator[tuple[str, int] | Directive]:
    """Cut text into Markdown with its line, and directives. ContentErrors for a directive that is not closed."""
    lines = text.split("\n")
    plain: list[str] = []
    start = i = 0
    fence = ""
    while i < len(lines):
        code = re.match(r"^ {0,3}(`{3,}|~{3,})", lines[i])
        if code and (not fence or lines[i].strip().startswith(fence)):
            fence = "" if fence else code.group(1)
        opening = None if fence else OPENING.match(lines[i])
        if not opening:
            plain.append(lines[i])
            i += 1
            continue
        if any(piece.strip() for piece in plain):
            yield "\n".join(plain), line + start
        colons, name, argument = opening.groups()
        end = next((j for j in range(i + 1, len(lines)) if lines[j].rstrip() == colons), None)
        if end is None:
            raise fail(file, line + i, f"the directive `{name}` is not closed: expected a line {colons}")
        inner = lines[i + 1 : end]
        options: list[str] = []
        if inner and inner[0].strip() == "---":
            closing = next((j for j in range(1, len(inner)) if inner[j].strip() == "---"), None)
            if closing is None:
                raise fail(file, line + i + 1, f"the options of `{name}` are not closed: expected a line ---")
            options, inner = inner[1:closing], inner[closing + 1 :]
        skipped = end - i - 1 - len(inner)
        yield Directive(
            name, argument.strip(), "\n".join(options), "\n".join(inner), line + i, line + i + 2, line + i + 1 + skipped
        )
        plain, start, i = [], end + 1, end + 1
    if any(piece.strip() for piece in plain):
        yield "\n".join(plain), line + start


def parse_lesson(text: str, file: str) -> LessonDocument:
    """A lesson from its Markdown; ContentErrors with every mistake that can be seen at once."""
    front, body, body_line = _front_matter(text, file)
    parts: list[dict[str, str]] = []
    simulations: list[dict[str, Any]] = []
    errors: list[ContentError] = []
    try:
        for block in blocks(body, file, body_line):
            try:
                _add(block, file, parts, simulations)
            except ContentErrors as found:
                errors += found.errors
    except ContentErrors as found:
        errors += found.errors
    if not re.search(r"^## Details\s*$", body, re.MULTILINE):
        errors.append(ContentError(file, body_line, "expected a section `## Details` that holds the body"))
    if errors:
        raise ContentErrors(errors)
    points = [render_inline(point) for point in front.key_points]
    return LessonDocument(front.id, front.title, front.summary, front.minutes, points, parts, simulations, text)


def _add(block: Any, file: str, parts: list[dict[str, str]], simulations: list[dict[str, Any]]) -> None:
    if isinstance(block, tuple):
        _append(parts, render(block[0], file=file, line=block[1]))
    elif block.name == "simulation":
        simulation = _simulation(block, file)
        if any(other["id"] == simulation["id"] for other in simulations):
            raise fail(file, block.line, f"two simulations have the id {simulation['id']!r}")
        simulations.append(simulation)
        parts.append({"simulation": simulation["id"]})
    elif block.name in ("note", "definition"):
        if not block.argument:
            raise fail(file, block.line, f"`{block.name}` needs a title after its name")
        title, inner = render_inline(block.argument), render(block.body, file=file, line=block.body_line)
        if block.name == "note":
            _append(parts, f'<aside class="note"><p class="note-title">{title}</p>{inner}</aside>')
        else:
            _append(parts, f'<dl class="definition"><dt><dfn>{title}</dfn></dt><dd>{inner}</dd></dl>')
    else:
        raise fail(file, block.line, f"there is no directive `{block.name}`; there are simulation, note, definition")


def _append(parts: list[dict[str, str]], html: str) -> None:
    if parts and "html" in parts[-1]:
        parts[-1]["html"] += html
    else:
        parts.append({"html": html})


def _simulation(block: Directive, file: str) -> dict[str, Any]:
    found = read_options(SimulationOptions, block.options, file, block.options_line, "simulation")
    try:
        scenario = load_scenario(block.argument)
        for name, value in found.preset.items():
            scenario.control(name).check(value)
    except (ScenarioError, UnknownControl, ControlValueError) as error:
        raise fail(file, block.line, f"simulation {found.id}: {error}") from error
    return {
        "id": found.id,
        "scenario": block.argument,
        "title": found.title or scenario.title,
        "intro_html": render(block.body, file=file, line=block.body_line),
        "preset": found.preset,
    }


def _front_matter(text: str, file: str) -> tuple[FrontMatter, str, int]:
    lines = text.replace("\r\n", "\n").split("\n")
    if not lines or lines[0].strip() != "---":
        raise fail(file, 1, "expected front matter: a line --- and fields (id, title, summary, key_points)")
    end = next((i for i in range(1, len(lines)) if lines[i].strip() == "---"), None)
    if end is None:
        raise fail(file, 1, "the front matter is not closed: expected a second line ---")
    front = read_options(FrontMatter, "\n".join(lines[1:end]), file, 2, "front matter")
    return front, "\n".join(lines[end + 1 :]), end + 2


def parse_questions(text: str, file: str) -> list[QuestionDocument]:
    """The questions of a track, in order; ContentErrors when one does not read."""
    found: list[QuestionDocument] = []
    errors: list[ContentError] = []
    for block in blocks(text.replace("\r\n", "\n"), file):
        try:
            if isinstance(block, tuple):
                if not all(re.match(r"^(#|\s*$)", line) for line in block[0].split("\n")):
                    raise fail(file, block[1], "expected only headings and `:::{question}` blocks")
                continue
            if block.name != "question" or block.argument not in KINDS:
                raise fail(file, block.line, f"expected `:::{{question}} KIND` with one of {', '.join(KINDS)}")
            model = KINDS[block.argument].Options
            data = read_options(model, block.options, file, block.options_line, f"question {block.argument}")
            plain = data.model_dump(mode="json")
            prompt = render(block.body, file=file, line=block.body_line)
            found.append(QuestionDocument(plain.pop("id"), block.argument, prompt, plain))
        except ContentErrors as wrong:
            errors += wrong.errors
    if errors:
        raise ContentErrors(errors)
    return found


def render_preview(text: str, file: str) -> Preview:
    """What the studio shows for a lesson's text."""
    try:
        return Preview(document=parse_lesson(text, file))
    except ContentErrors as found:
        return Preview(errors=found.errors)
