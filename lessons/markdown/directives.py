"""The directives: `:::{name} argument`, options between `---` lines, a body. Each is a typed, closed model."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

from markdown_it.token import Token
from pydantic import BaseModel, ConfigDict, Field

from lessons.markdown.claims import Claim, ClaimOptions
from lessons.markdown.errors import Problems
from lessons.markdown.fields import field_line, read_fields
from lessons.markdown.figures import FigureError, read_figure
from lessons.markdown.render import html_of, inline, tokens_of
from lessons.markdown.sanitise import clean
from simulator import (
    Change,
    ControlValueError,
    Experiment,
    ExperimentError,
    Scenario,
    ScenarioError,
    UnknownControl,
    load_scenario,
)

OPENING = re.compile(r"\{([a-z]+)\}\s*(.*)")


class NoOptions(BaseModel):
    """A directive without options."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FigureOptions(NoOptions):
    """Options of `figure`."""

    alt: str = Field(min_length=10, description="what the drawing shows, for those who do not see it")


class SimulationOptions(NoOptions):
    """Options of `simulation`."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")
    title: str = Field("", max_length=120, description="empty: the scenario's own")
    preset: dict[str, bool | float | str] = {}


@dataclass(frozen=True)
class Directive:
    """A directive as found: where its parts stand in the file."""

    name: str
    argument: str
    options: str
    body: str
    line: int
    options_line: int
    body_line: int

    @classmethod
    def of(cls, token: Token, problems: Problems, line: int) -> "Directive | None":
        """Read the block of a `colon_fence` token; `line` is that of its opening."""
        opening = OPENING.fullmatch(token.info.strip())
        if not opening:
            problems.add(line, "expected a directive's name, like :::{note}, or an opening for this closing line")
            return None
        lines = token.content.split("\n")
        options, body = "", 0
        if lines and lines[0].strip() == "---":
            end = next((at for at, each in enumerate(lines[1:], 1) if each.strip() == "---"), None)
            if end is None:
                problems.add(line + 1, "expected a second --- after the options")
                return None
            options, body = "\n".join(lines[1:end]), end + 1
        return cls(
            opening[1],
            opening[2].strip(),
            options,
            "\n".join(lines[body:]),
            line,
            line + 2 if body else line,
            line + 1 + body,
        )


@dataclass
class Place:
    """What a directive may need to know about where it stands."""

    problems: Problems
    folder: Path | None = None
    nested: bool = False
    beside: list[str] | None = None  # where figures are put that stand beside the text and not in it
    claims: list[Claim] = field(default_factory=list)


def note(found: Directive, place: Place) -> dict[str, Any] | None:
    """An aside with a title."""
    read_fields(found.options, NoOptions, place.problems, found.options_line, "options of note")
    title = inline(found.argument, place.problems, found.line) if found.argument else ""
    heading = f'<p class="note-title">{title}</p>' if title else ""
    return {"html": clean(f'<aside class="note">{heading}{_body(found, place)}</aside>')}


def definition(found: Directive, place: Place) -> dict[str, Any] | None:
    """A term and the sentence that says what it means."""
    read_fields(found.options, NoOptions, place.problems, found.options_line, "options of definition")
    if not found.argument:
        place.problems.add(found.line, "expected the term, like :::{definition} utilisation")
    if not found.body.strip():
        place.problems.add(found.line, "expected one sentence that says what the term means")
    term = inline(found.argument, place.problems, found.line) if found.argument else ""
    html = f'<dl class="definition"><dt><dfn>{term}</dfn></dt><dd>{_body(found, place)}</dd></dl>'
    return {"html": clean(html)}


def figure(found: Directive, place: Place) -> dict[str, Any] | None:
    """A drawing of the lesson's own, inline, with its caption."""
    options = read_fields(found.options, FigureOptions, place.problems, found.options_line, "options of figure")
    caption = _body(found, place)
    if options is None:
        return None
    try:
        if place.folder is None:  # a preview of text alone: the drawing is not at hand
            drawing = f"<p>{escape(found.argument)}: {escape(options.alt)}</p>"
        else:
            drawing = read_figure(place.folder, found.argument, options.alt)
    except FigureError as error:
        place.problems.add(found.line, str(error))
        return None
    html = clean(f"<figure>{drawing}<figcaption>{caption}</figcaption></figure>")
    if place.beside is not None:
        place.beside.append(html)
        return None
    return {"html": html}


def simulation(found: Directive, place: Place) -> dict[str, Any] | None:
    """A live simulation: a scenario, its opening settings, and a sentence or two on what to try."""
    problems = place.problems
    options = read_fields(found.options, SimulationOptions, problems, found.options_line, "options of simulation")
    intro = _body(found, place)
    if place.nested:
        problems.add(found.line, "expected a simulation outside of other directives")
    scenario = _scenario(found, problems)
    if options is None or scenario is None:
        return None
    preset = _settings(scenario, options.preset, "preset", found, problems)
    if not problems.errors:
        Experiment(scenario, scenario.seed, tuple(Change(0.0, name, value) for name, value in preset.items()))
    made = {
        "id": options.id,
        "scenario": scenario.name,
        "title": options.title or scenario.title,
        "intro_html": intro,
        "preset": preset,
    }
    return {"simulation": made, "line": found.line}


def claim(found: Directive, place: Place) -> None:
    """An experiment that numbers of the text come from; it shows nothing by itself."""
    problems = place.problems
    options = read_fields(found.options, ClaimOptions, problems, found.options_line, "options of claim")
    scenario = _scenario(found, problems)
    if found.body.strip():
        problems.add(found.body_line, "expected no text in a claim: link numbers to it, like [50 ms](claim:id/p99)")
    if options is None or scenario is None:
        return
    _settings(scenario, options.settings, "settings", found, problems)
    made = Claim(problems.file, found.line, options.id, scenario.name, options)
    try:
        made.experiment.price(options.duration)
    except (UnknownControl, ControlValueError, ExperimentError) as error:
        problems.add(found.options_line, f"expected changes that the scenario takes: {error}")
        return
    place.claims.append(made)


def _scenario(found: Directive, problems: Problems) -> Scenario | None:
    """The scenario that the directive's argument names."""
    if not re.fullmatch(r"[a-z][a-z0-9-]*", found.argument):
        expected = f"expected the name of a scenario, like :::{{{found.name}}} load-balancing-strategies"
        problems.add(found.line, expected)
        return None
    try:
        return load_scenario(found.argument)
    except ScenarioError as error:
        problems.add(found.line, str(error))
        return None


def _settings(scenario: Scenario, settings: dict[str, Any], where: str, found: Directive, problems: Problems) -> dict[str, Any]:
    """The settings as the scenario takes them; those that it does not take are noted."""
    taken = {}
    for name, value in settings.items():
        try:
            taken[name] = scenario.control(name).check(value)
        except (UnknownControl, ControlValueError) as error:
            problems.add(field_line(found.options, found.options_line, where, name), f"{where}.{name}: {error}")
    return taken


Make = Callable[[Directive, Place], dict[str, Any] | None]
DIRECTIVES: dict[str, Make] = {
    "note": note,
    "definition": definition,
    "figure": figure,
    "simulation": simulation,
    "claim": claim,
}


def _body(found: Directive, place: Place) -> str:
    inner = Place(place.problems, place.folder, nested=True, claims=place.claims)
    return "".join(part.get("html", "") for part in parts_of(found.body, inner, found.body_line))


def parts_of(text: str, place: Place, line: int) -> list[dict[str, Any]]:
    """Markdown with directives as parts, in order: {"html": …} or {"simulation": {…}}."""
    env: dict[str, Any] = {}
    tokens = tokens_of(text, place.problems, line, env)
    parts: list[dict[str, Any]] = []
    plain: list[Token] = []

    def flush() -> None:
        html = html_of(plain, env).strip()
        plain.clear()
        if html:
            _append(parts, {"html": html})

    for token in tokens:
        if token.type != "colon_fence":
            plain.append(token)
            continue
        at = line + (token.map[0] if token.map else 0)
        if token.level:
            place.problems.add(at, "expected a directive at the left margin, outside of lists and quotations")
            continue
        flush()
        found = Directive.of(token, place.problems, at)
        if found and found.name not in DIRECTIVES:
            place.problems.add(at, f"unknown directive {found.name}; expected one of {', '.join(DIRECTIVES)}")
        elif found and (part := DIRECTIVES[found.name](found, place)):
            _append(parts, part)
    flush()
    return parts


def _append(parts: list[dict[str, Any]], part: dict[str, Any]) -> None:
    """Neighbouring prose is one part."""
    if "html" in part and parts and "html" in parts[-1]:
        parts[-1] = {"html": f"{parts[-1]['html']}\n{part['html']}"}
    else:
        parts.append(part)
