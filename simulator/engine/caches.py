"""Caches: look up, fill, evict, expire; and what keeps a crowd from fetching the same object at once."""

from simulator.engine.compiled import inner
from simulator.engine.layout import Out, State

HIT, MISS, JOINS = 0, 1, 2  # what a look-up finds


@inner
def look_up(run: State, out: Out, t: int, c: int) -> int:
    """Whether call `c` finds its object at its server (HIT), must fetch it (MISS), or waits for a fetch under way (JOINS)."""
    return MISS


@inner
def fetched(run: State, out: Out, t: int, c: int, reason: int) -> None:
    """The fetch that call `c` led is over: its entry is filled, and the calls that joined it go on by BACK events."""
