"""The pages beside the lessons: glossary, search, and a lesson on paper."""

from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

from lessons.checks import Checks
from lessons.glossary import glossary_for
from lessons.models import Lesson
from lessons.progress import Learner
from lessons.search import LONGEST, QueryError
from lessons.search import search as found_by
from lessons.simulations import view_of
from lessons.views import card_at, is_fragment, listed_in, locked_page


@require_safe
def glossary(request: HttpRequest) -> HttpResponse:
    """Every term by its letter; of a locked lesson the term and where it is explained."""
    entries = glossary_for(request.user)
    letters = [(letter, list(some)) for letter, some in groupby(entries, key=lambda entry: entry.letter)]
    return _for_one_reader(render(request, "lessons/glossary.html", {"letters": letters, "total": len(entries)}))


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """What was looked for, in what the reader may open; htmx asks for the results alone."""
    query = request.GET.get("q", "")
    context: dict[str, Any] = {"query": query[:LONGEST], "hits": [], "message": ""}
    if query.strip():
        try:
            context["hits"] = found_by(request.user, query)
            context["asked"] = True
        except QueryError as error:
            context["message"] = str(error)
    template = "lessons/_results.html" if is_fragment(request) else "lessons/search.html"
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return _for_one_reader(response)


@require_safe
def print_lesson(request: HttpRequest, track: str, lesson: str) -> HttpResponse:
    """A lesson for paper: all of its text, pictures of its simulations, its questions without their answers."""
    shelf, card = card_at(request, track)
    listed, _ = listed_in(card, lesson)
    if not card.access.allowed:
        return locked_page(request, shelf, card, listed)
    shown = Lesson.objects.get(pk=listed.pk)
    shown.track = card.track
    context = {"lesson": shown, "track": card.track, "total": card.total, "parts": _on_paper(shown)}
    return _for_one_reader(render(request, "lessons/print.html", context))


def _on_paper(lesson: Lesson) -> list[dict[str, Any]]:
    """The parts of a lesson; its questions are nobody's, so they are open whoever prints them."""
    checks = Checks(lesson, Learner())
    parts: list[dict[str, Any]] = []
    for part in lesson.parts:
        if "simulation" in part:
            parts.append({"simulation": view_of(lesson, part["simulation"])})
        elif "question" in part:
            parts.append({"check": checks.shown(part["question"])})
        else:
            parts.append({"html": mark_safe(part["html"])})  # noqa: S308 - cleaned by lessons.markdown on import
    return parts


def _for_one_reader(response: HttpResponse) -> HttpResponse:
    """What one reader may open is not another's: kept by no shared cache."""
    response["Cache-Control"] = "no-cache, private"
    return response
