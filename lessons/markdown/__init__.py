"""Lessons and questions in Markdown: one parser for import, studio and command line. Knows no database.

parse_lesson(text, file)     a LessonDocument, or ContentErrors with every mistake: file, line, what was expected
parse_questions(text, file)  the questions of a questions.md
parse_track(text, file)      a track.yaml
render_preview(text, file)   a Preview: the document, or the mistakes
"""

from lessons.markdown.claims import Claim
from lessons.markdown.document import (
    LessonDocument,
    TrackDocument,
    parse_lesson,
    parse_questions,
    parse_section,
    parse_track,
)
from lessons.markdown.errors import ContentError, ContentErrors
from lessons.markdown.preview import Preview, render_preview
from lessons.markdown.questions import QuestionDocument

__all__ = [
    "Claim",
    "ContentError",
    "ContentErrors",
    "LessonDocument",
    "Preview",
    "QuestionDocument",
    "TrackDocument",
    "parse_lesson",
    "parse_questions",
    "parse_section",
    "parse_track",
    "render_preview",
]
