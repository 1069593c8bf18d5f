"""What a segment cost: the rent of what is there at its end, and its calls."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from simulator.engine import layout
from simulator.engine.places import word
from simulator.measures import price_per_hour
from simulator.scenario.model import Scenario
from simulator.scenario.stations import Station

CLOCK, BEGUN = word(layout.RUN, "clock"), word(layout.OUT, "begun")


def cost_per_hour(scenario: Scenario, words: NDArray[np.int64], begun: NDArray[np.int64]) -> float:
    """$/h of all stations as they stand in a state, and of their calls in the segment of an output, both as words of 64 bits."""
    seconds = max(words.item(CLOCK) - begun.item(BEGUN), 1) * 1e-6
    total = 0.0
    for station, at_servers, at_workers, at_arrived, arrived_then in _places(scenario):
        servers, calls = words.item(at_servers), words.item(at_arrived) - begun.item(arrived_then)
        total += price_per_hour(station, servers, servers * words.item(at_workers), calls / seconds)
    return total


@lru_cache(maxsize=64)
def _places(scenario: Scenario) -> tuple[tuple[Station, int, int, int, int], ...]:
    """Each station, and where its servers, their workers and its calls stand in a state, and its calls by then in an output."""
    row, begin, then = layout.RUN["stations"].base, word(layout.RUN, "stations"), word(layout.OUT, "arrived")
    servers, workers, arrived = (begin + word(row, name) for name in ("servers", "workers", "arrived"))
    step = row.itemsize // 8
    return tuple(
        (each, n * step + servers, n * step + workers, n * step + arrived, then + n) for n, each in enumerate(scenario.stations)
    )
