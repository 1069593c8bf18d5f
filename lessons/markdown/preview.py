"""A lesson's source as its author will see it: drawn, or its mistakes. Nothing is stored."""

from dataclasses import dataclass, field, replace

from lessons.markdown.document import LessonDocument, parse_lesson
from lessons.markdown.errors import ContentError, ContentErrors


@dataclass(frozen=True)
class Preview:
    """Either mistakes or a document; its simulations are still pictures (lessons.simulations.SimulationView)."""

    errors: list[ContentError] = field(default_factory=list)
    document: LessonDocument | None = None


def render_preview(text: str, file: str) -> Preview:
    """What import would make of `text`, without its figures' drawings, which are not at hand."""
    from lessons.simulations import view_from  # here: the parser itself knows no database

    try:
        document = parse_lesson(text, file)
    except ContentErrors as error:
        return Preview(errors=error.errors)
    parts = [{"simulation": view_from(part["simulation"])} if "simulation" in part else part for part in document.parts]
    return Preview(document=replace(document, parts=parts))
