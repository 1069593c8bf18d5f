"""Drawings that stand in the text: local SVG files, checked against a closed list and put inline."""

import re
from pathlib import Path
from xml.etree import ElementTree

from lessons.markdown.sanitise import DRAWING, PAINT, SHAPE

LARGEST = 200_000  # bytes
SVG = "{http://www.w3.org/2000/svg}"
NAME = re.compile(r"[a-z0-9][a-z0-9-]*\.svg")
INTERNAL = re.compile(r"url\(#([A-Za-z][\w-]*)\)")


class FigureError(ValueError):
    """A drawing that cannot be shown; the message says what was expected."""


def read_figure(folder: Path, name: str, alt: str) -> str:
    """The drawing `name` beside the lesson as inline SVG with `alt` as its label."""
    if not NAME.fullmatch(name):
        raise FigureError(f"expected the name of an SVG file beside the lesson, like queue.svg, not {name!r}")
    try:
        raw = (folder / name).read_bytes()
    except OSError:
        raise FigureError(f"expected the file {name} beside the lesson") from None
    return inline(raw, name, alt)


def inline(raw: bytes, name: str, alt: str) -> str:
    """Checked SVG; its ids are made the figure's own, so that two figures on a page do not meet."""
    if len(raw) > LARGEST:
        raise FigureError(f"{name}: expected at most {LARGEST:,} bytes, found {len(raw):,}")
    if b"<!" in raw.replace(b"<!--", b""):
        raise FigureError(f"{name}: expected no DOCTYPE, ENTITY or CDATA")
    try:
        root = ElementTree.fromstring(raw)  # noqa: S314 - without DOCTYPE there are no entities to expand
    except (ElementTree.ParseError, ValueError) as error:
        raise FigureError(f"{name}: expected well-formed SVG: {error}") from error
    if root.tag != f"{SVG}svg":
        raise FigureError(f'{name}: expected <svg xmlns="http://www.w3.org/2000/svg"> as the first element')
    if not root.get("viewBox"):
        raise FigureError(f"{name}: expected a viewBox, so that the figure scales")
    prefix = name.removesuffix(".svg")
    for element in root.iter():
        _check(element, name, prefix)
    for size in ("width", "height"):
        root.attrib.pop(size, None)
    root.set("role", "img")
    root.set("aria-label", alt)
    return ElementTree.tostring(root, encoding="unicode", short_empty_elements=False)


def _check(element: ElementTree.Element, name: str, prefix: str) -> None:
    tag = element.tag if isinstance(element.tag, str) else "?"
    local = tag.removeprefix(SVG)
    if not tag.startswith(SVG) or local not in DRAWING:
        raise FigureError(f"{name}: <{local.rpartition('}')[2]}> is not allowed; expected {', '.join(sorted(DRAWING))}")
    for key, value in list(element.attrib.items()):
        if key not in PAINT | SHAPE:
            hint = " (use the classes of the figures, fig-…)" if key == "style" else ""
            raise FigureError(f"{name}: the attribute {key.rpartition('}')[2]} of <{local}> is not allowed{hint}")
        if key == "id":
            element.set(key, f"{prefix}-{value}")
        elif "url" in value.lower():
            if not INTERNAL.fullmatch(value.strip()):
                raise FigureError(f"{name}: expected a reference inside the file, like url(#arrow), not {value[:60]!r}")
            element.set(key, INTERNAL.sub(rf"url(#{prefix}-\1)", value.strip()))
    element.tag = local
