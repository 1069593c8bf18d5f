"""The simulations of a lesson: what the page shows and what the websocket runs."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from lessons.access import Locked, access_to
from lessons.models import Lesson
from simulator import Change, Experiment, Scenario, load_scenario

Preset = tuple[tuple[str, Any], ...]


class UnknownSimulation(LookupError):
    """There is no such track, lesson or simulation."""


@dataclass(frozen=True)
class SimulationView:
    """A simulation as a template shows it."""

    id: str
    title: str
    intro_html: SafeString
    scenario: dict[str, Any]
    socket_path: str
    seed: int
    still_svg: SafeString
    table: list[tuple[str, str, str, str | None]]


def opening(scenario: Scenario, preset: Preset) -> Experiment:
    """The experiment that a lesson begins with: its preset, set at the first instant."""
    return Experiment(scenario, scenario.seed, tuple(Change(0.0, name, value) for name, value in preset))


@lru_cache(maxsize=128)
def _still(name: str, preset: Preset) -> tuple[str, tuple[tuple[str, str, str, str | None], ...]]:
    from lessons.still import default_table, still_svg

    scenario = load_scenario(name)
    experiment = opening(scenario, preset)
    return still_svg(scenario, experiment), tuple(default_table(scenario, experiment))


def view_of(lesson: Lesson, simulation_id: str) -> SimulationView:
    """A lesson's simulation for its page; UnknownSimulation when it has none of this id."""
    found = _find(lesson, simulation_id)
    scenario = load_scenario(found["scenario"])
    preset: Preset = tuple(found["preset"].items())
    described = scenario.describe()
    for control in described["controls"]:
        control["default"] = found["preset"].get(control["name"], control["default"])
    picture, table = _still(found["scenario"], preset)
    return SimulationView(
        id=simulation_id,
        title=found["title"],
        intro_html=mark_safe(found["intro_html"]),  # noqa: S308 - cleaned by nh3 when it was imported
        scenario={**described, "preset": found["preset"]},
        socket_path=f"/ws/tracks/{lesson.track.slug}/{lesson.slug}/{simulation_id}/",
        seed=scenario.seed,
        still_svg=mark_safe(picture),  # noqa: S308 - drawn by us from numbers
        table=list(table),
    )


def _find(lesson: Lesson, simulation_id: str) -> dict[str, Any]:
    for simulation in lesson.simulations:
        if simulation["id"] == simulation_id:
            return dict(simulation)
    raise UnknownSimulation(f"There is no simulation {simulation_id[:40]!r} in this lesson.")


def find(lesson: Lesson, simulation_id: str) -> Scenario:
    """The scenario of a lesson's simulation; UnknownSimulation otherwise."""
    return load_scenario(_find(lesson, simulation_id)["scenario"])


def open_stream(user: Any, track_slug: str, lesson_slug: str, simulation_id: str) -> tuple[Scenario, tuple[Change, ...]]:
    """The scenario and opening changes for a websocket; Locked or UnknownSimulation when it may not be opened."""
    lesson = (
        Lesson.objects.select_related("track")
        .filter(track__slug=track_slug, slug=lesson_slug, published=True, track__published=True)
        .first()
    )
    if lesson is None:
        raise UnknownSimulation("There is no such lesson.")
    access = access_to(user, lesson.track)
    if not access.allowed:
        raise Locked(access)
    found = _find(lesson, simulation_id)
    scenario = load_scenario(found["scenario"])
    return scenario, opening(scenario, tuple(found["preset"].items())).timeline
