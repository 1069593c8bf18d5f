"""Which workers of a server are busy: one bit each in `server.mask`."""

import numpy as np

from simulator.engine.compiled import inner
from simulator.engine.layout import State

ONE = np.uint64(1)


@inner
def lowest_idle(server: State) -> int:
    """The lowest idle worker. The caller has made sure that one of the first 64 is idle."""
    lowest = ~server.mask & (server.mask + ONE)  # the lowest bit that is not set, alone
    return ((np.float64(np.int64(lowest)).view(np.int64) >> 52) & 2047) - 1023  # of 64, the last is the sign


@inner
def occupy(server: State, t: int, worker: int) -> None:
    """A worker starts; the busy area begins to grow."""
    server.mask |= ONE << np.uint64(worker)
    server.busy += 1
    server.area -= t


@inner
def release(server: State, t: int, worker: int) -> None:
    """A worker becomes idle."""
    server.mask &= ~(ONE << np.uint64(worker))
    server.busy -= 1
    server.area += t
