"""Full-text search over passages: FTS5 on SQLite, text search vectors on PostgreSQL. The one place that knows which runs.

Whatever was typed is taken apart into plain words first, so no query language of either database can be reached.
"""

import re
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from lessons.access import access_to
from lessons.models import Lesson, Track

LONGEST = 200  # characters that a query may have
MOST = 8  # words of it that count
SHOWN = 20  # results on a page
EACH = 3  # results of one lesson at most
WORD = re.compile(r"[^\W_]+")
SMALL = frozenset("a an and are as at be by do does for how in is it of on or that the this to what when why with".split())
BEGIN, END = "\x02", "\x03"  # around a hit; lessons hold no control characters

SQLITE = """
SELECT passage.lesson_id, passage.public, passage.anchor, highlight(lessons_passage_fts, 0, %(begin)s, %(end)s),
       snippet(lessons_passage_fts, 1, %(begin)s, %(end)s, '…', 32)
FROM lessons_passage_fts
JOIN lessons_passage AS passage ON passage.id = lessons_passage_fts.rowid
JOIN lessons_lesson AS lesson ON lesson.id = passage.lesson_id
WHERE lessons_passage_fts MATCH %(query)s AND lesson.published AND {may}
ORDER BY bm25(lessons_passage_fts, 6.0, 1.0), passage.id
LIMIT 100
"""
POSTGRESQL = """
WITH asked AS (SELECT to_tsquery('english', %(query)s) AS words)
SELECT passage.lesson_id, passage.public, passage.anchor,
       ts_headline('english', passage.title, asked.words, %(whole)s),
       ts_headline('english', passage.text, asked.words, %(piece)s)
FROM asked, lessons_passage AS passage
JOIN lessons_lesson AS lesson ON lesson.id = passage.lesson_id
WHERE (setweight(to_tsvector('english', passage.title), 'A') || setweight(to_tsvector('english', passage.text), 'B'))
      @@ asked.words
  AND lesson.published AND {may}
ORDER BY ts_rank(setweight(to_tsvector('english', passage.title), 'A') || setweight(to_tsvector('english', passage.text), 'B'),
                 asked.words) DESC, passage.id
LIMIT 100
"""


@dataclass(frozen=True)
class Hit:
    """A passage that was found; hits are marked in `title` and `snippet`. `locked`: only its title and summary are shown."""

    lesson: Lesson
    url: str
    title: SafeString
    snippet: SafeString
    locked: bool


class QueryError(ValueError):
    """A query that cannot be answered; says why in words for its reader."""


def words_of(query: str) -> list[str]:
    """The words that are looked for: without small ones, unless there are no others. QueryError for what is too long."""
    if len(query) > LONGEST:
        raise QueryError(f"Search takes at most {LONGEST} characters. A few words find more.")
    found = list(dict.fromkeys(word.lower() for word in WORD.findall(query)))
    return ([word for word in found if word not in SMALL] or found)[:MOST]


def search(user: AbstractBaseUser | AnonymousUser | None, query: str) -> list[Hit]:
    """What `user` may read of what `query` finds, best first; all its words, the last one as far as it is typed.

    QueryError when it is too long or has no word in it.
    """
    words = words_of(query)
    if not words:
        raise QueryError("Search looks for words: letters or digits.")
    tracks = {track.pk: track for track in Track.objects.published()}
    opened = {pk for pk, track in tracks.items() if access_to(user, track).allowed}
    rows = _rows(words, list(tracks), list(opened))
    lessons = Lesson.objects.only("title", "slug", "number", "track_id").in_bulk({row[0] for row in rows})
    hits: list[Hit] = []
    count: dict[int, int] = {}
    for lesson_id, _, anchor, title, snippet in rows:
        count[lesson_id] = count.get(lesson_id, 0) + 1
        if count[lesson_id] > EACH or len(hits) == SHOWN:
            continue
        lesson = lessons[lesson_id]
        lesson.track = tracks[lesson.track_id]
        url = lesson.get_absolute_url() + (f"#{anchor}" if anchor else "")
        hits.append(Hit(lesson, url, _marked(title), _marked(snippet), lesson.track_id not in opened))
    return hits


def _rows(words: list[str], tracks: list[int], opened: list[int]) -> list[tuple[Any, ...]]:
    """(lesson, public, anchor, title, snippet) of what may be shown: public passages of `tracks`, all of `opened`."""
    values: dict[str, Any] = {"begin": BEGIN, "end": END}
    if connection.vendor == "postgresql":
        values["query"] = " & ".join([*words[:-1], f"{words[-1]}:*"])
        marks = f"StartSel={BEGIN}, StopSel={END}"
        values |= {"whole": f"{marks}, HighlightAll=true", "piece": f"{marks}, MaxWords=36, MinWords=18, ShortWord=2"}
        statement = POSTGRESQL
    else:
        values["query"] = " AND ".join([*(f'"{word}"' for word in words[:-1]), f'"{words[-1]}"*'])
        statement = SQLITE
    listed, own = _named("track", tracks, values), _named("open", opened, values)
    may = f"((passage.public AND lesson.track_id IN ({listed})) OR lesson.track_id IN ({own}))"
    with connection.cursor() as cursor:
        cursor.execute(statement.format(may=may), values)
        return list(cursor.fetchall())


def _named(name: str, ids: list[int], values: dict[str, Any]) -> str:
    """Placeholders for `ids`, which are put into `values`; NULL, which is nothing's id, when there are none."""
    values |= {f"{name}{at}": one for at, one in enumerate(ids)}
    return ", ".join(f"%({name}{at})s" for at in range(len(ids))) or "NULL"


def _marked(text: str) -> SafeString:
    safe = escape(text).replace(BEGIN, "<mark>").replace(END, "</mark>")
    return mark_safe(safe)  # noqa: S308 - escaped, the marks are ours
