"""The pages of the course."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.cache import patch_vary_headers
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lessons.cards import LessonRow, Shelf, TrackCard
from lessons.checks import Check, Checks
from lessons.markdown.sketches import drawn
from lessons.models import Lesson, Question, Track
from lessons.predicted import committed
from lessons.progress import Learner
from lessons.questions import AnswerError
from lessons.quiz import Quiz
from lessons.shown import way_back
from lessons.simulations import SimulationView, longest_queues, picture_of, view_of, with_committed

SHOWCASE = "load-balancing-strategies"  # the lesson whose simulation the catalogue shows


@require_safe
def catalogue(request: HttpRequest) -> HttpResponse:
    """Every track, and where to go on."""
    shelf = Shelf.of(request.user, Learner.of(request))
    context = {
        "tracks": shelf.cards,
        "resume": shelf.resume,
        "resume_started": shelf.resume_started,
        "showcase": _showcase(shelf),
    }
    return render(request, "lessons/catalogue.html", context)


@require_safe
def track(request: HttpRequest, track: str) -> HttpResponse:
    """A track: its lessons, or what one purchase would open."""
    shelf, card = card_at(request, track)
    context: dict[str, Any] = {
        "card": card,
        "track": card.track,
        "rows": card.rows,
        "outline": shelf.outline(card.track),
        "buy_url": _buy_url(card.track),
    }
    if not card.access.allowed:
        context |= {"glimpse": _glimpse(card.rows), "free": _free(shelf)}
    return render(request, "lessons/track.html", context)


@require_safe
def lesson(request: HttpRequest, track: str, lesson: str) -> HttpResponse:
    """A lesson; of a locked track its title and summary."""
    shelf, card = card_at(request, track)
    listed, at = listed_in(card, lesson)
    if not card.access.allowed:
        return locked_page(request, shelf, card, listed)
    shown = _whole(listed, card)
    checks = Checks(shown, Learner.of(request))
    response = _lesson_page(request, shelf, card, at, checks, _open_or_graded(request, checks))
    personal = bool(checks.questions) or any("predict" in made for made in shown.simulations)
    return _private(response) if personal else response


def _whole(listed: Lesson, card: TrackCard) -> Lesson:
    """A lesson with its body."""
    shown = Lesson.objects.get(pk=listed.pk)
    shown.track = card.track
    return shown


def _open_or_graded(request: HttpRequest, checks: Checks) -> list[Check]:
    """The questions of a lesson; the one that `again` names is open once more."""
    again = request.GET.get("again", "")
    return [checks.shown(number, again=again == str(number)) for number in range(1, len(checks.questions) + 1)]


def _lesson_page(
    request: HttpRequest, shelf: Shelf, card: TrackCard, at: int, asked: Checks, checks: list[Check], status: int = 200
) -> HttpResponse:
    shown = asked.lesson
    context = {
        "lesson": shown,
        "points": drawn(shown.sketches, shown.key_points),
        "track": card.track,
        "total": card.total,
        "outline": shelf.outline(card.track, shown),
        "previous": card.lessons[at - 1] if at else None,
        "next": card.lessons[at + 1] if at + 1 < card.total else None,
        "progress": {"done": card.rows[at].state == "done", "finished": asked.finished},
        "parts": _parts(shown, checks, committed(Learner.of(request), shown), request.GET.get("claim", "")),
        "checks": checks,
        "back": way_back(request.GET.get("asked", ""), card.track),
        "questions_url": reverse("lessons:question", args=[card.track.slug, 1]) if card.questions_total else "",
    }
    return render(request, "lessons/lesson.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest, track: str, lesson: str, number: int) -> HttpResponse:
    """A question inside a lesson, by itself for htmx; without it the way leads back to its place in the lesson."""
    shelf, card = card_at(request, track)
    listed, at = listed_in(card, lesson)
    if not card.access.allowed:
        return locked_page(request, shelf, card, listed)
    shown = _whole(listed, card)
    checks = Checks(shown, Learner.of(request, remember=request.method == "POST"))
    if not 1 <= number <= len(checks.questions):
        raise Http404
    error, done, again = "", False, request.method != "POST" and request.GET.get("again") == "1"
    given = request.POST.getlist("choice") or request.POST.get("value", "")[:100]
    if request.method == "POST":
        go = request.POST.get("go", "")
        try:
            done = checks.answer(
                number, int(go) if go.isascii() and go.isdigit() and len(go) < 7 else 1, dict(request.POST.lists())
            )
        except AnswerError as problem:
            error = str(problem)
    one = checks.shown(number, again=again, error=error, given=given if error else "")
    status = 422 if error else 200
    if is_fragment(request):
        context: dict[str, Any] = {"check": one, "done": done}
        if done:
            context |= {"lesson": shown, "track": card.track, "progress": {"done": True, "finished": True}}
            context["entry"] = next(each for each in card_at(request, track)[0].outline(card.track, shown) if each.current)
        return _private(render(request, "lessons/_checked.html", context, status=status))
    if error:
        rest = [one if each.number == number else each for each in _open_or_graded(request, checks)]
        return _private(_lesson_page(request, shelf, card, at, checks, rest, status))
    return redirect(f"{shown.get_absolute_url()}{f'?again={number}' if again else ''}#check-{number}")


@require_POST
def complete(request: HttpRequest, track: str, lesson: str) -> HttpResponse:
    """Mark a lesson as done, or (done=0) as not done."""
    shelf, card = card_at(request, track)
    listed, _ = listed_in(card, lesson)
    if not card.access.allowed:
        return locked_page(request, shelf, card, listed)
    Learner.of(request, remember=True).mark(listed, request.POST.get("done", "1") != "0")
    return redirect(listed)


@require_http_methods(["GET", "HEAD", "POST"])
def question(request: HttpRequest, track: str, number: int) -> HttpResponse:
    """One question. A POST grades it once and for all; without JavaScript it then redirects to itself."""
    shelf, card = card_at(request, track)
    if not card.access.allowed:
        return locked_page(request, shelf, card)
    quiz = Quiz(card.track, Learner.of(request, remember=request.method == "POST"))
    if not 1 <= number <= len(quiz.questions):
        raise Http404
    error = ""
    if request.method == "POST":
        try:
            quiz.answer(number, dict(request.POST.lists()))
        except AnswerError as problem:
            error = str(problem)
        if not error and not is_fragment(request):
            return redirect(quiz.url(number))
    context = {
        "track": card.track,
        "question": quiz.asked(number),
        "number": number,
        "total": len(quiz.questions),
        "stepper": quiz.stepper(number),
        "graded": quiz.graded(number),
        "back_url": card.track.get_absolute_url(),
        "next_url": quiz.next_url(number),
        "error": error,
        "given": request.POST.getlist("choice") or request.POST.get("value", "")[:100],
    }
    template = "lessons/_question.html" if is_fragment(request) else "lessons/question.html"
    return _private(render(request, template, context, status=422 if error else 200))


@require_http_methods(["GET", "HEAD", "POST"])
def score(request: HttpRequest, track: str) -> HttpResponse:
    """The score with a review of every question; a POST starts over, and what was scored before stays."""
    shelf, card = card_at(request, track)
    if not card.access.allowed:
        return locked_page(request, shelf, card)
    quiz = Quiz(card.track, Learner.of(request, remember=request.method == "POST"))
    if not quiz.questions:
        raise Http404
    if request.method == "POST":
        shown = request.POST.get("attempt", "")
        quiz.learner.start_over(card.track, int(shown) if shown.isascii() and shown.isdigit() and len(shown) < 7 else None)
        return redirect(quiz.url(1))
    others = [other for other in shelf.cards if other.track.pk != card.track.pk]
    context = {
        "track": card.track,
        "stepper": quiz.stepper(),
        "next_track": others[0].track if others else None,
        **quiz.result(),
    }
    return _private(render(request, "lessons/score.html", context))


def card_at(request: HttpRequest, slug: str) -> tuple[Shelf, TrackCard]:
    """The shelf and the card of the track at this address; 404 when there is none."""
    shelf = Shelf.of(request.user, Learner.of(request))
    card = shelf.card(slug)
    if card is None:
        raise Http404
    return shelf, card


def listed_in(card: TrackCard, slug: str) -> tuple[Lesson, int]:
    """The lesson of this slug (without its body) and its place; 404 when there is none."""
    for at, each in enumerate(card.lessons):
        if each.slug == slug:
            return each, at
    raise Http404


def locked_page(request: HttpRequest, shelf: Shelf, card: TrackCard, lesson: Lesson | None = None) -> HttpResponse:
    """403, and how to open it: the title, the summary and the picture of the opening run, nothing of the text."""
    row = next((each for each in card.rows if lesson is not None and each.lesson.pk == lesson.pk), None)
    at = card.rows.index(row) if row else 0
    kinds = [question.kind for question in Question.objects.of_lesson(lesson)] if lesson else []
    context = {
        "card": card,
        "track": card.track,
        "rows": card.rows,
        "outline": shelf.outline(card.track),
        "buy_url": _buy_url(card.track),
        "free": _free(shelf),
        "lesson": lesson,
        "glimpse": _glimpse([row]) if row else None,
        "challenges": kinds.count("tune"),
        "questions": len(kinds) - kinds.count("tune"),
        "previous": card.lessons[at - 1] if at else None,
        "next": card.lessons[at + 1] if row and at + 1 < card.total else None,
    }
    response = render(request, "lessons/locked.html", context, status=403)
    return _private(response)


def _parts(lesson: Lesson, checks: list[Check], said: dict[str, Any], claim: str = "") -> list[dict[str, Any]]:
    """The parts of a lesson with their simulations ready to show, opened as `claim` has it if there is one."""
    shown: list[dict[str, Any]] = []
    for part in lesson.parts:
        if "simulation" in part:
            simulation = view_of(lesson, part["simulation"], claim)
            shown.append({"simulation": with_committed(simulation, said.get(simulation.id))})
        elif "question" in part:
            shown.append({"check": checks[part["question"] - 1]})
        else:
            shown.append({"html": mark_safe(part["html"])})  # noqa: S308 - cleaned by lessons.markdown on import
    return shown


def _showcase(shelf: Shelf) -> SimulationView | None:
    """The live panel of the catalogue: from the showcase lesson, or the first open one that has a simulation."""
    open_ = [each for card in shelf.cards if card.track.is_free for each in card.lessons if each.simulations]
    chosen = next((each for each in open_ if each.slug == SHOWCASE), open_[0] if open_ else None)
    return view_of(chosen, chosen.simulations[0]["id"]) if chosen else None


@dataclass(frozen=True)
class Glimpse:
    """A still picture of what is locked, and what there is to see in it."""

    lesson: Lesson
    still_svg: SafeString
    longest: tuple[str, int]  # the server with the longest queue, and how many wait there at most
    others: int | None  # how many wait at any other server at most; None when there is no other


def _glimpse(rows: list[LessonRow]) -> Glimpse | None:
    """Of these lessons the picture with the longest queue in it; None when nobody waits in any."""
    lessons = [row.lesson for row in rows if row.lesson.simulations]
    queues = [(longest_queues(lesson, lesson.simulations[0]["id"]), lesson) for lesson in lessons]
    (first, *others), lesson = max(queues, key=lambda each: each[0][0][1], default=([("", 0)], None))
    if lesson is None or not first[1]:
        return None
    return Glimpse(lesson, picture_of(lesson, lesson.simulations[0]["id"]), first, others[0][1] if others else None)


def _free(shelf: Shelf) -> TrackCard | None:
    """What shows for nothing how a lesson is: the first free track."""
    return next((card for card in shelf.cards if card.track.is_free), None)


def _buy_url(track: Track) -> str:
    if track.is_free:
        return ""
    try:
        return reverse("commerce:buy", args=[track.slug])
    except NoReverseMatch:  # a site that sells nothing
        return track.get_absolute_url()


def is_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks for the fragment only (and not to restore its history)."""
    htmx: Any = getattr(request, "htmx", None)
    return bool(htmx) and not bool(htmx.history_restore_request)


def _private(response: HttpResponse) -> HttpResponse:
    """Never from a cache: going back shows what was answered."""
    response["Cache-Control"] = "no-store, private"
    patch_vary_headers(response, ["HX-Request"])
    return response
