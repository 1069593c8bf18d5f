"""Sorting the points of a ring in place, without memory of its own."""

import numpy as np

from simulator.engine.compiled import inner
from simulator.engine.layout import State


@inner
def sink(run: State, first: int, hole: int, size: int, place: np.uint64, server: int) -> None:
    """Put a point into the hole of a heap with the largest on top, and let it sink."""
    child = 2 * hole + 1
    while child < size:
        if child + 1 < size and run.ring[first + child + 1].place > run.ring[first + child].place:
            child += 1
        if run.ring[first + child].place <= place:
            break
        run.ring[first + hole].place = run.ring[first + child].place
        run.ring[first + hole].server = run.ring[first + child].server
        hole = child
        child = 2 * hole + 1
    run.ring[first + hole].place = place
    run.ring[first + hole].server = server


@inner
def sort_points(run: State, first: int, size: int) -> None:
    """Order `size` points of `run.ring` from `first` on by their places (heapsort, Williams 1964)."""
    for hole in range(size // 2 - 1, -1, -1):
        sink(run, first, hole, size, run.ring[first + hole].place, run.ring[first + hole].server)
    for last in range(size - 1, 0, -1):
        place, server = run.ring[first + last].place, run.ring[first + last].server
        run.ring[first + last].place = run.ring[first].place
        run.ring[first + last].server = run.ring[first].server
        sink(run, first, 0, last, place, server)
