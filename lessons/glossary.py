"""The glossary: every term that a published lesson defines, and links to it from the text of lessons."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from html import escape, unescape
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.utils.safestring import SafeString, mark_safe

from lessons.access import access_to
from lessons.models import Lesson, Track

TAG = re.compile(r'(<[^>"]*(?:"[^"]*"[^>"]*)*>)')
NAME = re.compile(r"</?([a-zA-Z0-9]+)")
CLOSED = {"a", "code", "pre", "h2", "h3", "h4", "h5", "h6", "svg", "math", "dl", "dfn", "th", "figure"}  # no links in here


@dataclass(frozen=True)
class Meaning:
    """One lesson's definition of a term; `html` is None for those who may not open the lesson."""

    lesson: Lesson
    html: SafeString | None


@dataclass
class Entry:
    """A term with what the lessons say that it means."""

    slug: str
    term_html: SafeString
    name: str
    meanings: list[Meaning] = field(default_factory=list)

    @property
    def letter(self) -> str:
        """Under which letter it stands; `#` for a number."""
        first = self.name[:1].upper()
        return first if first.isalpha() else "#"


def glossary_for(user: AbstractBaseUser | AnonymousUser | None) -> list[Entry]:
    """Every term of the published lessons, in the order of the alphabet; what is locked for `user` is named, not told."""
    entries: dict[str, Entry] = {}
    for track in Track.objects.published():
        allowed = access_to(user, track).allowed
        for lesson in track.lessons.published().only("title", "slug", "number", "track_id", "terms"):
            lesson.track = track
            for term in lesson.terms:
                made = Entry(term["slug"], _safe(term["term_html"]), plain(term["term_html"]))
                entry = entries.setdefault(term["slug"], made)
                entry.meanings.append(Meaning(lesson, _safe(term["html"]) if allowed else None))
    return sorted(entries.values(), key=lambda entry: entry.name.casefold())


def plain(html: str) -> str:
    """The words of HTML."""
    return " ".join(unescape(re.sub(r"<[^>]*>", "", html)).split())


@dataclass
class TermLinks:
    """Makes the first use of each term in a lesson's prose a link; one of these for each lesson, its parts in order."""

    terms: dict[str, str]  # name as it is written, slug
    page: str  # the glossary's address
    used: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, terms: Iterable[dict[str, Any]], page: str) -> "TermLinks":
        """For terms as lessons store them. Names of one or two letters are left out: they are words of formulas too."""
        named = {plain(term["term_html"]).casefold(): term["slug"] for term in terms}
        return cls({name: slug for name, slug in named.items() if len(name) > 2}, page)

    def link(self, html: str) -> str:
        """Clean HTML with the links put in; headings, links, code, formulas, figures and definitions stay as they are."""
        if not self.terms:
            return html
        names = "|".join(re.escape(escape(name, quote=False)) for name in sorted(self.terms, key=len, reverse=True))
        words = re.compile(rf"(?<![\w-])({names})(s?)(?![\w-])", re.IGNORECASE)
        depth, made = 0, []
        for piece in TAG.split(html):
            if piece.startswith("<"):
                depth += self._closes_in(piece)
                made.append(piece)
            else:
                made.append(words.sub(self._first, piece) if depth == 0 else piece)
        return "".join(made)

    @staticmethod
    def _closes_in(tag: str) -> int:
        name = NAME.match(tag)
        if name is None or name[1].lower() not in CLOSED or tag.endswith("/>"):
            return 0
        return -1 if tag.startswith("</") else 1

    def _first(self, match: re.Match[str]) -> str:
        slug = self.terms[unescape(match[1]).casefold()]
        if slug in self.used:
            return match[0]
        self.used.add(slug)
        return f'<a class="term" href="{self.page}#{slug}">{match[0]}</a>'


def _safe(html: str) -> SafeString:
    return mark_safe(html)  # noqa: S308 - cleaned by lessons.markdown on import
