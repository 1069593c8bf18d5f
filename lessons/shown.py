"""Links from an explanation to the run that shows it: `/runs/<lesson id>/<claim id>/`, wherever the lesson stands today."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import Resolver404, resolve, reverse
from django.views.decorators.http import require_safe

from lessons.access import access_to
from lessons.models import Lesson, Track

RUN = re.compile(r"""href=\\?["']/runs/([^"'\\]*)""")
ADDRESS = re.compile(r"([a-z0-9-]+)/([a-z0-9-]+)/")


def simulation_of(claim: str, claims: Iterable[dict[str, Any]], simulations: Iterable[dict[str, Any]]) -> str | None:
    """The id of the simulation of a lesson that can show one of its claims; None when there is none."""
    scenario = next((each["scenario"] for each in claims if each["id"] == claim), None)
    return next((made["id"] for made in simulations if made["scenario"] == scenario), None)


def unknown(html: str, shows: dict[str, set[str]]) -> Iterator[str]:
    """The links of this kind in HTML (or JSON of it) that lead nowhere; `shows` has the claims that each lesson id shows."""
    for link in RUN.findall(html):
        address = ADDRESS.fullmatch(link)
        if address is None or address[2] not in shows.get(address[1], ()):
            yield f"/runs/{link}"


def unknown_in(data: Any, shows: dict[str, set[str]]) -> Iterator[str]:
    """As `unknown`, in what a question stores."""
    return unknown(json.dumps(data), shows)


@require_safe
def shown(request: HttpRequest, lesson: str, claim: str) -> HttpResponse:
    """To the lesson's page, opened as its claim has it. A lesson that is locked for the reader opens as locked."""
    found = Lesson.objects.filter(uid=lesson, published=True, track__published=True).select_related("track").first()
    if found is None:
        raise Http404
    if not access_to(request.user, found.track).allowed:
        return redirect(found)
    simulation = simulation_of(claim, found.claims, found.simulations)
    if simulation is None:
        raise Http404
    asked = asked_at(request, found.track)
    return redirect(f"{found.get_absolute_url()}?claim={claim}{f'&asked={asked}' if asked else ''}#sim-{simulation}")


def asked_at(request: HttpRequest, track: Track) -> str:
    """Where the reader of an explanation comes from: the number of a question of the track, `score`, or nothing."""
    there = urlsplit(request.headers.get("Referer", ""))
    if there.netloc != request.get_host():
        return ""
    try:
        page = resolve(there.path)
    except Resolver404:
        return ""
    if page.view_name not in ("lessons:question", "lessons:score") or page.kwargs["track"] != track.slug:
        return ""
    return str(page.kwargs.get("number", "score"))


def way_back(asked: str, track: Track) -> tuple[str, str] | None:
    """The address that `asked_at` means and its name, for a page that was opened from there."""
    if asked == "score":
        return reverse("lessons:score", args=[track.slug]), "your score"
    if asked.isascii() and asked.isdigit() and len(asked) < 4:
        return reverse("lessons:question", args=[track.slug, int(asked)]), f"question {int(asked)}"
    return None
