"""What of a lesson can be found: titles and summaries, key points, what stands under each heading, terms.

Questions and challenges are not part of it: their answers, explanations and settings are in no passage.
"""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

from lessons.glossary import plain
from lessons.markdown import LessonDocument
from lessons.models import Passage

HEADING = re.compile(r"<h([2-4])\b([^>]*)>(.*?)</h\1>", re.DOTALL)
ANCHOR = re.compile(r'\bid="([^"]*)"')


def index(lessons: list[tuple[Any, LessonDocument]]) -> bool:
    """Make the passages what the lessons (row and document) hold; whether anything was written."""
    wanted = [Passage(lesson=row, **fields) for row, document in lessons for fields in _passages(document)]
    known = Passage.objects.order_by("pk").values_list("lesson_id", "public", "anchor", "title", "text")
    if [(each.lesson_id, each.public, each.anchor, each.title, each.text) for each in wanted] == list(known):
        return False
    Passage.objects.all().delete()
    Passage.objects.bulk_create(wanted)
    return True


def _passages(lesson: LessonDocument) -> Iterator[dict[str, Any]]:
    yield _passage(lesson.title, lesson.summary, public=True)
    yield _passage(lesson.title, " ".join(words(point) for point in lesson.key_points))
    for term in lesson.terms:
        yield _passage(plain(term["term_html"]), words(term["html"]), f"term-{term['slug']}")
    title, anchor, said = lesson.title, "", ""
    for part in lesson.parts:
        if "simulation" in part:
            made = part["simulation"]
            yield _passage(made["title"], words(made["intro_html"]), f"title-{made['id']}")
        rest = re.sub(r'<dl class="definition".*?</dl>', " ", part.get("html", ""), flags=re.DOTALL)
        while heading := HEADING.search(rest):
            said += " " + words(rest[: heading.start()])
            if said.strip():
                yield _passage(title, said, anchor)
            found = ANCHOR.search(heading[2])
            title, anchor, said = words(heading[3]), found[1] if found else "", ""
            rest = rest[heading.end() :]
        said += " " + words(rest)
    if said.strip():
        yield _passage(title, said, anchor)


def words(html: str) -> str:
    """What is said, without marks, drawings and formulas."""
    bare = re.sub(r"<(svg|math)\b.*?</\1>", " ", html, flags=re.DOTALL)
    bare = re.sub(r"</?(p|li|td|th|tr|dd|dt|h[2-6]|figcaption|div|pre|br)\b[^>]*>", " ", bare)
    return " ".join(unescape(re.sub(r"<[^>]*>", "", bare)).split())


def _passage(title: str, text: str, anchor: str = "", *, public: bool = False) -> dict[str, Any]:
    return {"public": public, "anchor": anchor[:160], "title": title[:300], "text": text.strip()}
