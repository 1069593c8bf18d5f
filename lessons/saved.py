"""Runs that a learner named and kept: saved from a panel, listed with what has become of them, resumed, renamed, deleted."""

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lessons.access import access_to
from lessons.models import Lesson, SavedRun
from lessons.progress import Learner, free_places
from lessons.simulations import UnknownSimulation, find
from simulator import Experiment, LinkError
from simulator.experiment import LONGEST

TRIES = 5  # to find a place that no other request has just taken
NO_NAME = "Give the run a name of 1 to 80 characters."


class NotSaved(ValueError):
    """A run that is not kept; the message is for the learner."""


@dataclass(frozen=True)
class Kept:
    """A saved run as the list shows it; `problem` says why it cannot be resumed."""

    run: SavedRun
    title: str  # of its simulation
    problem: str = ""
    locked: bool = False

    @property
    def where(self) -> str:
        """The lesson's address with the run and its playhead, as a panel reads it."""
        return f"{self.run.lesson.get_absolute_url()}#sim-{self.run.simulation}={self.run.link}@{self.run.at:.3f}"


def named(text: str) -> str:
    """A name as it is kept; NotSaved when nothing is left of it."""
    name = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    if not 1 <= len(name) <= 80:
        raise NotSaved(NO_NAME)
    return name


def keep(learner: Learner, lesson: Lesson, simulation: str, name: str, link: str, at: str) -> SavedRun:
    """Save a run; under a name that the learner has for this simulation already, it takes that one's place.

    NotSaved when the link holds no run of the simulation, or all places are taken. UnknownSimulation.
    """
    name, where = named(name), _seconds(at)
    try:
        Experiment.from_link(link, find(lesson, simulation))
    except LinkError as error:
        raise NotSaved(str(error)) from error
    now: datetime = timezone.now()
    mine = SavedRun.objects.filter(**learner.owner)
    if mine.filter(lesson=lesson, simulation=simulation, name=name).update(link=link, at=where, updated_at=now):
        return mine.filter(lesson=lesson, simulation=simulation, name=name)[0]
    for _ in range(TRIES):
        free = free_places(learner.owner)
        if not free:
            raise NotSaved(f"You have {SavedRun.MOST} saved runs, and that is the most. Delete one that you no longer need.")
        try:
            with transaction.atomic():
                return SavedRun.objects.create(
                    **learner.owner, lesson=lesson, simulation=simulation, name=name, link=link, at=where, place=free[0]
                )
        except IntegrityError:  # another request took the place
            continue
    raise NotSaved("Too many runs are being saved at once. Try again.")


def _seconds(text: str) -> float:
    try:
        at = float(text)
    except ValueError:
        at = math.nan
    if not 0 <= at <= LONGEST:
        raise NotSaved("A playhead stands within a day of simulated seconds.")
    return at


def kept(user: Any, runs: list[SavedRun]) -> list[Kept]:
    """Saved runs with what has become of them: locked since, from an earlier engine, or still there."""
    decided: dict[int, bool] = {}
    found = []
    for run in runs:
        track = run.lesson.track
        if track.pk not in decided:
            decided[track.pk] = access_to(user, track).allowed
        found.append(_looked_at(run, decided[track.pk]))
    return found


def _looked_at(run: SavedRun, allowed: bool) -> Kept:
    title = next((made["title"] for made in run.lesson.simulations if made["id"] == run.simulation), "")
    if not title or not run.lesson.published or not run.lesson.track.published:
        return Kept(run, title, "The course no longer has this simulation.")
    if not allowed:
        return Kept(run, title, "Its track is locked.", locked=True)
    try:
        Experiment.from_link(run.link, find(run.lesson, run.simulation))
    except LinkError:
        return Kept(run, title, "Made with an earlier version of the simulation: it no longer replays exactly.")
    return Kept(run, title)


@require_POST
@never_cache
def save(request: HttpRequest, track: str, lesson: str, simulation: str) -> HttpResponse:
    """Keep what a panel plays. htmx gets a sentence; without it the way leads to the list."""
    try:
        found = Lesson.objects.at(track, lesson)
    except Lesson.DoesNotExist as error:
        raise Http404 from error
    if not access_to(request.user, found.track).allowed:
        return render(request, "lessons/_saved.html", {"error": "This track is locked."}, status=403)
    said = {name: request.POST.get(name, "") for name in ("name", "link", "at")}
    try:
        run = keep(Learner.of(request, remember=True), found, simulation, **said)
    except UnknownSimulation as error:
        raise Http404 from error
    except NotSaved as problem:
        return render(request, "lessons/_saved.html", {"error": str(problem)}, status=422)
    if not _is_htmx(request):
        return redirect("lessons:runs")
    return render(request, "lessons/_saved.html", {"run": run, "lesson": found})


@require_safe
@never_cache
def runs(request: HttpRequest) -> HttpResponse:
    """The learner's saved runs."""
    return _list(request)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def run(request: HttpRequest, number: int) -> HttpResponse:
    """A GET resumes a saved run where it was; a POST gives it another name."""
    one = _mine(request, number)
    if request.method == "POST":
        try:
            one.name = named(request.POST.get("name", ""))
        except NotSaved as problem:
            return _list(request, number, str(problem), status=422)
        one.save(update_fields=["name"])
        return _list(request, number) if _is_htmx(request) else redirect("lessons:runs")
    looked = kept(request.user, [one])[0]
    if looked.problem:
        return _list(request, number, looked.problem, status=403 if looked.locked else 410)
    return redirect(looked.where)


@require_POST
@never_cache
def delete(request: HttpRequest, number: int) -> HttpResponse:
    """Forget a saved run."""
    _mine(request, number).delete()
    return _list(request) if _is_htmx(request) else redirect("lessons:runs")


def _mine(request: HttpRequest, number: int) -> SavedRun:
    """The learner's own run of this id; 404 for anybody else's."""
    owner = Learner.of(request).owner_if_known
    return get_object_or_404(SavedRun.objects.of(owner), pk=number)


def _list(request: HttpRequest, number: int = 0, error: str = "", status: int = 200) -> HttpResponse:
    found = list(SavedRun.objects.of(Learner.of(request).owner_if_known))
    context = {
        "kept": kept(request.user, found),
        "most": SavedRun.MOST,
        "about": number,
        "error": error,
    }
    template = "lessons/_runs.html" if _is_htmx(request) else "lessons/runs.html"
    return render(request, template, context, status=status)


def _is_htmx(request: HttpRequest) -> bool:
    htmx: Any = getattr(request, "htmx", None)
    return bool(htmx) and not bool(htmx.history_restore_request)
