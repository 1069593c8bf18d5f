"""A number of the text and the run behind it: what the text says, and what the run on the page gives."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lessons.markdown.claims import NUMBER, SCALE, measured
from lessons.models import Lesson
from simulator import Change, Experiment, load_scenario, simulate
from simulator.scenario import READOUTS

DEAREST = 2_000_000  # simulated requests of a run that is made for a page: 0.4 s
Row = tuple[float, str, Any]


@dataclass(frozen=True)
class Claimed:
    """How a simulation opens that a number of the text leads to."""

    id: str
    settings: tuple[str, ...]  # in words
    numbers: tuple[tuple[str, str, str], ...]  # what it is a number of, what the text says, what this run gives ("" if too dear)
    runs: int
    warm_up: float  # s
    span: float  # s, to the end of the run
    in_text: bool  # whether the lesson's text has a link to it, at #number-<id>


def claimed(lesson: Lesson, claim: dict[str, Any], experiment: Experiment, settings: tuple[str, ...]) -> Claimed:
    """One of a lesson's claims as it is stored, beside its run on the scenario's own seed."""
    rows = tuple((change.at, change.control, change.value) for change in experiment.timeline)
    warm_up, duration = claim.get("warm_up", 0.0), claim.get("duration", 600.0)
    found = _run(experiment.scenario.name, rows, duration, warm_up)
    numbers = tuple(
        (_words(measure), text, _like(text, None if found is None else measured(found, measure)))
        for text, measure in claim.get("numbers", ())
    )
    in_text = any(f'id="number-{claim["id"]}"' in part.get("html", "") for part in lesson.parts)
    return Claimed(claim["id"], settings, numbers, claim.get("seeds", 10), warm_up, warm_up + duration, in_text)


@lru_cache(256)
def _run(scenario: str, rows: tuple[Row, ...], duration: float, warm_up: float) -> dict[str, Any] | None:
    """What the run gives; None for one that is too dear for a page. There are as many as authors have written."""
    loaded = load_scenario(scenario)
    experiment = Experiment(loaded, loaded.seed, tuple(Change(*row) for row in rows))
    return None if experiment.price(warm_up + duration) > DEAREST else simulate(experiment, duration, warm_up)


def _like(text: str, value: float | None) -> str:
    """A value in the unit and with the digits of a number of the text."""
    found = NUMBER.search(text)
    if value is None or found is None:
        return ""
    unit = found[2] or ""
    digits = len(found[1].partition(".")[2])
    return f"{value / SCALE.get(unit, 1.0):,.{digits}f} {unit}".strip()


def _words(measure: str) -> str:
    """A measure in words: `p99 latency`, `share of server 4`, `premium: goodput`."""
    if measure == "failed":
        return "failed requests"
    first, _, rest = measure.partition(".")
    if first == "share":
        return "the largest share" if rest == "max" else f"share of server {rest}"
    if first == "class":
        whom, _, measure = rest.partition(".")
        return f"{whom}: {_words(measure)}"
    if rest:
        return f"{first}: {_words(rest)}"
    label = READOUTS[measure][0] if measure in READOUTS else measure.replace("_", " ")
    return label[0].lower() + label[1:]
