"""Questions in Markdown: those of a question section, those inside a lesson, and challenges."""

import re
from dataclasses import dataclass, field, replace
from typing import Any

from lessons.markdown.blocks import Directive, Place, parts_of
from lessons.markdown.claims import linked
from lessons.markdown.fields import read_fields
from lessons.markdown.render import rich
from lessons.questions import KINDS


@dataclass(frozen=True)
class QuestionDocument:
    """A question, read and rendered; `data` is what its kind stores."""

    uid: str
    kind: str
    points: int
    prompt_html: str
    figures_html: str
    data: dict[str, Any] = field(repr=False)
    line: int = 1


def read_question(found: Directive, place: Place) -> QuestionDocument | None:
    """A question from its block; None when there are mistakes, which are noted."""
    problems = place.problems
    if found.name != "question":
        problems.add(found.line, f"expected :::{{question}} here, not {found.name}")
        return None
    kind = KINDS.get(found.argument)
    if kind is None:
        problems.add(found.line, f"expected a kind of question ({', '.join(KINDS)}), not {found.argument or 'nothing'!r}")
        return None
    options = read_fields(found.options, kind.options, problems, found.options_line, f"options of a {kind.name} question")
    prompt = linked("".join(part.get("html", "") for part in parts_of(found.body, place, found.body_line)), {})
    if not found.body.strip():
        problems.add(found.line, "expected the question's text after its options")
    if options is None:
        return None

    def render(text: str) -> str:
        html = rich(text, problems, found.options_line)
        html = linked(html, {})
        one = re.fullmatch(r"<p>(.*)</p>", html, re.DOTALL)
        return one[1] if one and "<p>" not in one[1] and kind is not None and text in short else html

    short = {each.text for name in ("choices", "items") for each in getattr(options, name, ())}
    data = kind.build(options, render)
    return QuestionDocument(options.id, kind.name, options.points, prompt, "".join(place.beside or ()), data, found.line)


def question(found: Directive, place: Place) -> dict[str, Any] | None:
    """A question inside the lesson, answered where it stands."""
    if place.nested:
        place.problems.add(found.line, "expected a question outside of other directives")
    inner = Place(place.problems, place.folder, nested=True, beside=[], claims=place.claims)
    made = read_question(found, inner)
    return {"question": made, "line": found.line} if made else None


def challenge(found: Directive, place: Place) -> dict[str, Any] | None:
    """Settings to find until the simulator says that they hold; the argument is its title."""
    if not found.argument:
        place.problems.add(found.line, "expected a title, like :::{challenge} Hold the line")
    part = question(replace(found, name="question", argument="tune"), place)
    if part is None:
        return None
    made: QuestionDocument = part["question"]
    return {**part, "question": replace(made, data={**made.data, "title": found.argument})}
