"""Blocks in the text: `:::{name} argument`, options between `---` lines, a body. What each becomes is registered here."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from markdown_it.token import Token

from lessons.markdown.claims import Claim
from lessons.markdown.errors import Problems
from lessons.markdown.render import html_of, tokens_of

OPENING = re.compile(r"\{([a-z]+)\}\s*(.*)")


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
    terms: list[dict[str, str]] = field(default_factory=list)
    predictions: dict[str, Any] = field(default_factory=dict)  # by the simulation that they are about


Make = Callable[[Directive, Place], dict[str, Any] | None]
DIRECTIVES: dict[str, Make] = {}


def body_of(found: Directive, place: Place) -> str:
    """The body of a block as clean HTML."""
    inner = Place(place.problems, place.folder, nested=True, claims=place.claims, terms=place.terms)
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
