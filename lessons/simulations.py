"""The simulations of a lesson: what the page shows and what the websocket runs."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from lessons.access import Locked, access_to
from lessons.claimed import Claimed, claimed
from lessons.models import Lesson
from lessons.still import END, LEAST, WIDE, default_table, still_svg, strips
from simulator import Change, Experiment, Scenario, load_scenario

Row = tuple[str, str, str, str | None]  # label, value, unit, what theory says


class UnknownSimulation(LookupError):
    """There is no such track, lesson or simulation."""


@dataclass(frozen=True)
class SimulationView:
    """What a page needs for one simulation. `opening`: the preset as changes at 0.0 s."""

    id: str
    title: str
    intro_html: SafeString
    scenario: dict[str, Any]
    socket_path: str
    seed: int
    opening: list[list[Any]]
    still_svg: SafeString
    table: tuple[Row, ...]
    steps: tuple[dict[str, Any], ...] = ()
    predict: dict[str, Any] | None = None
    page_path: str = ""  # of its lesson
    embed_path: str = ""  # of the panel alone, when its track is free
    save_path: str = ""  # where a run of it is kept
    predict_path: str = ""  # where a prediction about it is kept
    claimed: Claimed | None = None  # when it opens as a number of the text claims


def find(lesson: Lesson, simulation_id: str) -> Scenario:
    """The scenario of a lesson's simulation; UnknownSimulation when the lesson has none of this id."""
    return load_scenario(_made(lesson, simulation_id)["scenario"])


def open_stream(user: Any, track: str, lesson: str, simulation: str) -> tuple[Scenario, tuple[Change, ...]]:
    """The scenario and the opening changes of the simulation at an address (slugs and its id), for a websocket.

    Locked when `user` may not open the track, UnknownSimulation when there is no such thing.
    """
    try:
        found = Lesson.objects.at(track, lesson)
    except Lesson.DoesNotExist as error:
        raise UnknownSimulation("There is no such lesson.") from error
    access = access_to(user, found.track)
    if not access.allowed:
        raise Locked(access)
    experiment = _opening(_made(found, simulation))
    return experiment.scenario, experiment.timeline


def view_of(lesson: Lesson, simulation_id: str, claim: str = "") -> SimulationView:
    """A lesson's simulation for its page, as it opens or as one of the lesson's claims has it.

    A claim (its id) of another scenario, or one that is not there, changes nothing. The lesson's track must be at hand.
    """
    made = _made(lesson, simulation_id)
    found = next((each for each in lesson.claims if each["id"] == claim and each["scenario"] == made["scenario"]), None)
    shown = view_from(made, f"/ws/tracks/{lesson.track.slug}/{lesson.slug}/{made['id']}/", found)
    if found is not None:
        experiment = _claimed(made, found)
        behind = claimed(lesson, found, experiment, in_words(experiment))
        shown = replace(shown, claimed=behind, scenario={**shown.scenario, "claimed": {"span": behind.span}})
    place = (lesson.track.slug, lesson.slug, made["id"])
    framed = reverse("lessons:embed", args=place) if lesson.track.is_free else ""
    return replace(
        shown,
        page_path=lesson.get_absolute_url(),
        embed_path=framed,
        save_path=reverse("lessons:save", args=place),
        predict_path=reverse("lessons:prediction", args=place) if shown.predict else "",
    )


def with_committed(shown: SimulationView, said: dict[str, Any] | None) -> SimulationView:
    """A simulation whose prediction the learner has committed already."""
    if said is None or "predict" not in shown.scenario:
        return shown
    return replace(shown, scenario={**shown.scenario, "predict": {**shown.scenario["predict"], "committed": said}})


def longest_queues(lesson: Lesson, simulation_id: str) -> list[tuple[str, int]]:
    """How many requests wait at most at each server (by its name) of a simulation's still picture, the longest queue first."""
    found = strips(_opening(_made(lesson, simulation_id)))
    return sorted(((name, max(row)) for name, row in found.items()), key=lambda each: -each[1])


def picture_of(lesson: Lesson, simulation_id: str) -> SafeString:
    """The still picture of a simulation as it opens."""
    return still(_opening(_made(lesson, simulation_id)))


def view_from(made: dict[str, Any], socket_path: str = "", claim: dict[str, Any] | None = None) -> SimulationView:
    """A simulation as the parser gives it, for a page; without a socket (a preview) it stays a still picture."""
    experiment = _opening(made) if claim is None else _claimed(made, claim)
    opening = [[change.at, change.control, change.value] for change in experiment.timeline]
    guided: dict[str, Any] = {name: made[name] for name in ("steps", "predict") if name in made}
    return SimulationView(
        id=made["id"],
        title=made["title"],
        intro_html=mark_safe(made["intro_html"]),  # noqa: S308 - cleaned by lessons.markdown
        scenario={**described(experiment), **(guided if claim is None else {"opening": opening})},
        socket_path=socket_path,
        seed=experiment.seed,
        opening=opening,
        still_svg=still(experiment),
        table=default_table(experiment.scenario, experiment),
        steps=tuple(made.get("steps", ())),
        predict=made.get("predict"),
    )


def in_words(experiment: Experiment) -> tuple[str, ...]:
    """Each change of an experiment in words: `Strategy: random`, `Slow a server, server 4 from 30 s`."""
    said = []
    for change in experiment.timeline:
        control = experiment.scenario.control(change.control)
        words = control.label
        if control.kind == "choice":
            words += f": {dict(control.choices)[str(change.value)].lower()}"
        elif control.kind == "range":
            words += f" {float(change.value) * control.scale:g} {control.display_unit or control.unit}".rstrip()
        said.append(words + (f" from {change.at:g} s" if change.at else ""))
    return tuple(said)


def described(experiment: Experiment) -> dict[str, Any]:
    """The scenario's description with the opening settings in the places of its defaults, and as `preset`."""
    description = experiment.scenario.describe()
    settings = {change.control: change.value for change in experiment.timeline if change.at == 0}
    for control in description["controls"]:
        control["default"] = settings.get(control["name"], control["default"])
    pool = experiment.scenario.pool.name
    for station, model in zip(description["stations"], experiment.scenario.stations, strict=True):
        prefix = "" if station["name"] == pool else f"{station['name']}."
        for name in ("servers", "workers", "queue_limit"):
            station[name] = settings.get(f"{prefix}{name}", station[name])
        if model.kind == "database":
            shards = int(settings.get(f"{prefix}servers", model.servers))
            station["servers"] = shards * (1 + int(settings.get(f"{prefix}replicas", model.database.replicas)))
    return {**description, "preset": settings}


def still(experiment: Experiment, width: int = WIDE, top: int = LEAST, end: float = END) -> SafeString:
    """The picture that stands in until a simulation runs, its last five seconds before `end` (see lessons.still)."""
    return mark_safe(still_svg(experiment.scenario, experiment, width, top, end))  # noqa: S308 - drawn by us from numbers


def warm(enough: Callable[[], bool] = lambda: False) -> int:
    """Simulate the opening of every published lesson, so that no visitor waits for it, until it is `enough`; returns how many."""
    lessons = Lesson.objects.published().filter(track__published=True)
    made = [each for found in lessons.values_list("simulations", flat=True) for each in found]
    for count, each in enumerate(made):
        if enough():
            return count
        still(_opening(each))
    return len(made)


def _made(lesson: Lesson, simulation_id: str) -> dict[str, Any]:
    for made in lesson.simulations:
        if made["id"] == simulation_id:
            return dict(made)
    raise UnknownSimulation(f"There is no simulation {simulation_id[:40]!r} in this lesson.")


def _claimed(made: dict[str, Any], claim: dict[str, Any]) -> Experiment:
    """The experiment of a claim, on the seed of the simulation that shows it."""
    opening = _opening(made)
    return Experiment(opening.scenario, opening.seed, tuple(Change(*change) for change in claim["changes"]))


def _opening(made: dict[str, Any]) -> Experiment:
    scenario = load_scenario(made["scenario"])
    changes = tuple(Change(0.0, name, value) for name, value in made["preset"].items())
    return Experiment(scenario, scenario.seed, changes)
