"""What a segment needs to know of the instant at which it begins."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.engine import layout
from simulator.measures import EXTRA, Totals, price_per_hour
from simulator.record import word
from simulator.scenario.model import Scenario
from simulator.scenario.stations import Station

CLOCK = word(layout.RUN, "clock")


@dataclass(slots=True)
class Mark:
    """What a segment needs of an instant: the whole totals only where a readout is made of them, as they take a while."""

    clock: int  # µs
    histogram: NDArray[np.int64]
    sent: NDArray[np.int64]  # per server
    arrived: list[int]  # per station
    totals: Totals | None


def mark(state: NDArray[Any], scenario: Scenario) -> Mark:
    """The mark of a state at its clock."""
    run, words = state[0], state.view(np.int64)
    whole = Totals.of(state, scenario) if _tells_totals(scenario) else None
    arrived = [words.item(at) for _, _, _, at in _rents(scenario)]
    sent = run["servers"]["sent"][: scenario.most_servers].copy()
    return Mark(words.item(CLOCK), run["histogram"].copy(), sent, arrived, whole)


@lru_cache(maxsize=64)
def _tells_totals(scenario: Scenario) -> bool:
    """Whether a readout is made of all that is counted."""
    return any(each in EXTRA or "." in each for each in scenario.readouts)


@lru_cache(maxsize=64)
def _rents(scenario: Scenario) -> tuple[tuple[Station, int, int, int], ...]:
    """Each station, and where its servers, their workers and its calls stand in a state, in words of 64 bits."""
    row, begin = layout.RUN["stations"].base, word(layout.RUN, "stations")
    servers, workers, arrived = (begin + word(row, name) for name in ("servers", "workers", "arrived"))
    step = row.itemsize // 8
    return tuple((each, n * step + servers, n * step + workers, n * step + arrived) for n, each in enumerate(scenario.stations))


def cost_since(scenario: Scenario, words: NDArray[np.int64], before: Mark) -> float:
    """$/h of all stations as they stand in a state, and of their calls since `before`."""
    seconds = max(words.item(CLOCK) - before.clock, 1) * 1e-6
    total = 0.0
    for (station, at_servers, at_workers, at_arrived), arrived in zip(_rents(scenario), before.arrived, strict=True):
        servers, calls = words.item(at_servers), words.item(at_arrived) - arrived
        total += price_per_hour(station, servers, servers * words.item(at_workers), calls / seconds)
    return total
