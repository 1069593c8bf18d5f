"""The small drawings over key points. They stand in sketches.svg beside this file; a lesson names three of them."""

from functools import cache
from pathlib import Path
from typing import Annotated
from xml.etree import ElementTree

from pydantic import AfterValidator

SVG = "http://www.w3.org/2000/svg"
USUAL = ("fan", "queue", "workers")  # a request is sent, it waits, it is worked on


@cache
def sketches() -> dict[str, str]:
    """By name, what is inside the drawing: SVG, 148 × 44, in the classes kp-… of the page."""
    ElementTree.register_namespace("", SVG)
    root = ElementTree.parse(Path(__file__).with_name("sketches.svg")).getroot()  # noqa: S314 - a file of ours
    found = {}
    for symbol in root.iter(f"{{{SVG}}}symbol"):
        inside = "".join(ElementTree.tostring(each, encoding="unicode") for each in symbol)
        found[symbol.attrib["id"]] = inside.replace(f' xmlns="{SVG}"', "").strip()
    return found


def drawn(names: list[str], points: list[str]) -> list[tuple[str, str]]:
    """Each point with its drawing; where a lesson names none that is known, the usual ones."""
    known = sketches()
    chosen = names if len(names) == len(points) and all(name in known for name in names) else USUAL
    return [(known[name], point) for name, point in zip(chosen, points, strict=False)]


def _known(name: str) -> str:
    if name not in sketches():
        raise ValueError(f"one of {', '.join(sorted(sketches()))}")
    return name


Sketch = Annotated[str, AfterValidator(_known)]
