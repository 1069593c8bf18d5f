"""Whole files: a lesson, the questions of a track, a track."""

import re
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from lessons.markdown.blocks import Directive, Place, parts_of
from lessons.markdown.claims import Claim, known, linked, number_of
from lessons.markdown.directives import DIRECTIVES
from lessons.markdown.errors import Problems
from lessons.markdown.fields import field_line, read_fields
from lessons.markdown.predictions import attach
from lessons.markdown.questions import QuestionDocument, read_question
from lessons.markdown.render import inline, rich, tokens_of
from lessons.markdown.sketches import USUAL, Sketch, drawn

LARGEST = 400_000  # characters of one file
Line = Annotated[str, Field(min_length=1, pattern=r"^[^\n]+$")]
Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{1,78}$")]
Model = TypeVar("Model", bound=BaseModel)


class FrontMatter(BaseModel):
    """What stands above a lesson."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Id
    title: Annotated[Line, Field(max_length=120)]
    summary: Annotated[Line, Field(max_length=160)]
    minutes: int = Field(ge=1, le=120)
    key_points: tuple[Line, Line, Line]
    sketches: tuple[Sketch, Sketch, Sketch] = USUAL


class TrackDocument(BaseModel):
    """A track.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Id
    title: Annotated[Line, Field(max_length=120)]
    summary: Annotated[Line, Field(max_length=300)]
    description: str = ""
    order: int = Field(0, ge=0, le=1000)
    price_cents: int | None = Field(None, ge=50, le=1_000_000)
    currency: str = Field("usd", pattern="^[a-z]{3}$")


@dataclass(frozen=True)
class LessonDocument:
    """A lesson, read and rendered; parts: {"html": …}, {"simulation": {id, scenario, …}}, {"question": QuestionDocument}."""

    uid: str
    title: str
    summary: str
    minutes: int
    key_points: list[str]
    parts: list[dict[str, Any]]
    source: str
    claims: list[Claim] = field(default_factory=list, repr=False)
    terms: list[dict[str, str]] = field(default_factory=list, repr=False)
    sketches: tuple[str, str, str] = USUAL

    @property
    def points(self) -> list[tuple[str, str]]:
        """Each key point under its drawing (SVG)."""
        return drawn(list(self.sketches), self.key_points)

    @property
    def text(self) -> str:
        """Its words without any marks: what is said, and not what is asked or how it is answered."""
        html = [*self.key_points]
        for part in self.parts:
            html += [part["html"]] if "html" in part else []
            html += [part["simulation"]["title"], part["simulation"]["intro_html"]] if "simulation" in part else []
        plain = re.sub(r"<(svg|math)\b.*?</\1>", " ", " ".join(html), flags=re.DOTALL)
        return " ".join(unescape(re.sub(r"<[^>]*>", " ", plain)).split())

    @property
    def questions(self) -> list[QuestionDocument]:
        """The questions inside it, in order."""
        return [part["question"] for part in self.parts if "question" in part]

    @property
    def simulations(self) -> list[dict[str, Any]]:
        """The simulations, in order."""
        return [part["simulation"] for part in self.parts if "simulation" in part]


def parse_lesson(text: str, file: str, folder: Path | None = None) -> LessonDocument:
    """A lesson; ContentErrors with every mistake. `folder` is where its figures lie (None: they are not at hand)."""
    problems = Problems(file)
    text = _readable(text, problems)
    matter, body, line = _front_matter(text, problems)
    front = read_fields(matter, FrontMatter, problems, 2, "front matter of a lesson")
    place = Place(problems, folder)
    points = []
    for number, point in enumerate(front.key_points if front else ()):
        points.append(inline(point, problems, field_line(matter, 2, "key_points", number)))
    parts = parts_of(body, place, line)
    if not re.search(r"(?m)^## Details[ \t]*$", body):
        problems.add(line, "expected a section ## Details with the body of the lesson")
    _distinct([part["question"] for part in parts if "question" in part], problems)
    seen: set[str] = set()
    for part in parts:
        if made := part.get("simulation"):
            if made["id"] in seen:
                problems.add(part["line"], f"expected an id that no other simulation of the lesson has, not {made['id']}")
            seen.add(made["id"])
    attach(parts, place.predictions, problems)
    claims = _claims(place)
    problems.check()
    assert front is not None
    shown_in = {part["simulation"]["scenario"]: part["simulation"]["id"] for part in reversed(parts) if "simulation" in part}
    targets = {each.id: shown_in[each.scenario] for each in claims if each.scenario in shown_in}
    named: set[str] = set()
    points = [linked(point, targets) for point in points]
    tidy = [_with_links(part, targets, named) for part in parts]
    return LessonDocument(
        uid=front.id, title=front.title, summary=front.summary, minutes=front.minutes, key_points=points, sketches=front.sketches,
        parts=tidy, source=text, claims=claims, terms=place.terms,
    )  # fmt: skip


def _claims(place: Place) -> list[Claim]:
    """The claims of a file with their numbers; a link without a claim and a claim without a number are noted."""
    problems = place.problems
    by_id: dict[str, Claim] = {}
    for claim in place.claims:
        if claim.id in by_id:
            problems.add(claim.line, f"expected an id that no other claim of the file has, not {claim.id}")
        by_id[claim.id] = claim
    for link in problems.links:
        number = number_of(link)
        if link.claim not in by_id:
            problems.add(link.line, f"expected a :::{{claim}} with the id {link.claim} in this file")
        elif not known(link.measure):
            problems.add(link.line, f"expected a measure like mean_response_time, p99, failed or share.4, not {link.measure}")
        elif number is None:
            problems.add(link.line, f"expected a number in the text of a link to a claim, not {link.text!r}")
        else:
            by_id[link.claim].numbers.append(number)
    for claim in place.claims:
        if not claim.numbers:
            problems.add(claim.line, f"expected a number that comes from it, like [50 ms](claim:{claim.id}/p99)")
    return place.claims


def _with_links(part: dict[str, Any], targets: dict[str, str], named: set[str]) -> dict[str, Any]:
    if "question" in part:
        return {"question": part["question"]}
    if "simulation" in part:
        made = part["simulation"]
        if predict := made.get("predict"):
            made = {**made, "predict": {**predict, "outcome_html": linked(predict["outcome_html"], targets)}}
        return {"simulation": {**made, "intro_html": linked(made["intro_html"], targets)}}
    return {"html": linked(part["html"], targets, named)}


def parse_questions(text: str, file: str, folder: Path | None = None) -> list[QuestionDocument]:
    """The questions of a track, in order; ContentErrors with every mistake. `folder` as for a lesson."""
    return parse_section(text, file, folder)[0]


def parse_section(text: str, file: str, folder: Path | None = None) -> tuple[list[QuestionDocument], list[Claim]]:
    """The questions, and the claims behind the numbers in their explanations."""
    problems = Problems(file)
    text = _readable(text, problems)
    found = []
    claims: list[Claim] = []
    for token in tokens_of(text, problems, 1, {}):
        if token.type != "colon_fence" or token.level:
            continue
        line = 1 + (token.map[0] if token.map else 0)
        directive = Directive.of(token, problems, line)
        place = Place(problems, folder, nested=True, beside=[], claims=claims)
        if directive and directive.name == "claim":
            DIRECTIVES["claim"](directive, place)
        elif directive and (question := read_question(directive, place)):
            found.append(question)
    _claims(Place(problems, claims=claims))
    _distinct(found, problems)
    problems.check()
    return found, claims


def _distinct(questions: list[QuestionDocument], problems: Problems) -> None:
    seen: set[str] = set()
    for question in questions:
        if question.uid in seen:
            problems.add(question.line, f"expected an id that no other question has, not {question.uid}")
        seen.add(question.uid)


def parse_track(text: str, file: str) -> tuple[TrackDocument, str]:
    """A track and its description as clean HTML; ContentErrors with every mistake."""
    problems = Problems(file)
    text = _readable(text, problems)
    track = read_fields(text, TrackDocument, problems, 1, "a track")
    html = rich(track.description, problems, field_line(text, 1, "description")) if track else ""
    problems.check()
    assert track is not None
    return track, html


def _front_matter(text: str, problems: Problems) -> tuple[str, str, int]:
    """(front matter, body, the body's first line)."""
    lines = text.split("\n")
    if lines[0].strip() != "---":
        problems.add(1, "expected --- and the front matter (id, title, summary, minutes, key_points)")
        return "", text, 1
    end = next((at for at, line in enumerate(lines[1:], 1) if line.strip() == "---"), None)
    if end is None:
        problems.add(1, "expected a second --- after the front matter")
        return "", "", 1
    return "\n".join(lines[1:end]), "\n".join(lines[end + 1 :]), end + 2


def _readable(text: str, problems: Problems) -> str:
    if len(text) > LARGEST:
        problems.add(1, f"expected at most {LARGEST:,} characters, found {len(text):,}")
        problems.check()
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    for number, line in enumerate(text.split("\n"), 1):
        if any(not (char.isprintable() or char == "\t") and ord(char) < 0xA0 for char in line):
            problems.add(number, "expected printable text, found a control character")
        elif any(0xD800 <= ord(char) <= 0xDFFF for char in line):
            problems.add(number, "expected valid Unicode, found half of a pair")
    problems.check()
    return text
