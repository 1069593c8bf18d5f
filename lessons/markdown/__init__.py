"""Lessons and questions from Markdown: one parser for files, the studio and the command line."""

from lessons.markdown.documents import (
    LessonDocument,
    QuestionDocument,
    parse_lesson,
    parse_questions,
    render_preview,
)
from lessons.markdown.errors import ContentError, ContentErrors
from lessons.markdown.render import render

__all__ = [
    "ContentError",
    "ContentErrors",
    "LessonDocument",
    "QuestionDocument",
    "parse_lesson",
    "parse_questions",
    "render",
    "render_preview",
]
