"""The pages of tracks and lessons: fetch, decide, render."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_POST, require_safe

from lessons import progress
from lessons.cards import TrackCard, cards, outline
from lessons.models import Lesson
from lessons.progress import Learner
from lessons.simulations import SimulationView, view_of

SHOWCASE = "load-balancing-strategies"  # the scenario that runs on the catalogue


def buy_url(track: Any) -> str:
    """Where a track is bought; the shop is another app, known here by its route's name alone."""
    try:
        return reverse("commerce:buy", args=[track.slug])
    except NoReverseMatch:
        return str(track.get_absolute_url())


def find_card(request: HttpRequest, slug: str) -> tuple[TrackCard, list[TrackCard], Learner]:
    """The card of a track, all cards, and who asks; Http404 when there is no such track."""
    learner = Learner.of(request)
    found = cards(request.user, learner)
    card = next((card for card in found if card.track.slug == slug), None)
    if card is None:
        raise Http404("There is no such track.")
    return card, found, learner


def locked(request: HttpRequest, card: TrackCard, found: list[TrackCard], lesson: Lesson | None) -> HttpResponse:
    """What someone sees of a part of a locked track: that it is locked, and what opens it. Status 403."""
    context = {
        "card": card,
        "lesson": lesson,
        "rows": card.rows,
        "outline": outline(found, card.track, lesson, questions=lesson is None),
        "buy_url": buy_url(card.track),
    }
    return render(request, "lessons/locked.html", context, status=403)


@require_safe
def catalogue(request: HttpRequest) -> HttpResponse:
    """All tracks, with a simulation that runs."""
    found = cards(request.user, Learner.of(request))
    first = next((card for card in found if card.access.allowed and card.next_lesson), None)
    context = {
        "tracks": found,
        "resume": first.next_lesson if first else None,
        "resume_started": bool(first and first.done),
        "showcase": _showcase(found),
    }
    return render(request, "lessons/catalogue.html", context)


def _showcase(found: list[TrackCard]) -> SimulationView | None:
    for card in found:
        for lesson in card.lessons if card.track.is_free else ():
            for simulation in lesson.simulations:
                if simulation["scenario"] == SHOWCASE:
                    return view_of(lesson, simulation["id"])
    return None


@require_safe
def track(request: HttpRequest, track: str) -> HttpResponse:
    """One track: its lessons, or, while it is locked, what it holds and how to open it."""
    card, found, _ = find_card(request, track)
    context = {"card": card, "rows": card.rows, "outline": outline(found, card.track), "buy_url": buy_url(card.track)}
    return render(request, "lessons/track.html", context)


@require_safe
def lesson(request: HttpRequest, track: str, lesson: str) -> HttpResponse:
    """One lesson."""
    card, found, learner = find_card(request, track)
    page = next((row for row in card.lessons if row.slug == lesson), None)
    if page is None:
        raise Http404("There is no such lesson.")
    if not card.access.allowed:
        return locked(request, card, found, page)
    progress.note_opened(learner, page)
    place = card.lessons.index(page)
    context = {
        "lesson": page,
        "track": card.track,
        "total": card.total,
        "outline": outline(found, card.track, page),
        "previous": card.lessons[place - 1] if place else None,
        "next": card.lessons[place + 1] if place + 1 < card.total else None,
        "progress": {"done": page.pk in card.done_ids},
        "parts": parts(page),
        "questions_url": reverse("lessons:question", args=[card.track.slug, 1]) if card.questions_total else "",
    }
    return render(request, "lessons/lesson.html", context)


def parts(page: Lesson) -> list[dict[str, Any]]:
    """The body of a lesson: pieces of HTML (cleaned at import) and simulations, in order."""
    return [
        {"simulation": view_of(page, part["simulation"])} if "simulation" in part else {"html": mark_safe(part["html"])}  # noqa: S308 - cleaned by nh3 when it was imported
        for part in page.parts
    ]


@require_POST
def complete(request: HttpRequest, track: str, lesson: str) -> HttpResponse:
    """Mark a lesson as done (or not done), and go on to the next page."""
    card, found, _ = find_card(request, track)
    page = next((row for row in card.lessons if row.slug == lesson), None)
    if page is None:
        raise Http404("There is no such lesson.")
    if not card.access.allowed:
        return locked(request, card, found, page)
    done = request.POST.get("done", "1") == "1"
    progress.set_done(Learner.of(request, make=True), page, done)
    place = card.lessons.index(page)
    if done and place + 1 < card.total:
        return redirect(card.lessons[place + 1])
    return redirect(card.track if done else page)
