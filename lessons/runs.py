"""Which runs are held in memory: those that are being played. The others wait as checkpoints."""

import time
from collections import OrderedDict
from itertools import islice
from threading import Lock
from typing import Protocol

MOST = 2_500  # runs in one process
REST = 20.0  # seconds without a question after which a run is put away


class HasRun(Protocol):
    """Whoever holds a run."""

    def put_away(self) -> bool:
        """Let go of the run; False while it is at work."""


class Runs:
    """The holders of runs, the one that was quiet longest first. Nothing ticks: each use looks at the oldest."""

    def __init__(self, most: int = MOST, rest: float = REST) -> None:
        self.most, self.rest = most, rest
        self._used: OrderedDict[HasRun, float] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._used)

    def hold(self, holder: HasRun) -> None:
        """The holder uses its run now; put away what nobody has used for a while, and what is too much."""
        now = time.monotonic()
        with self._lock:
            self._used[holder] = now
            self._used.move_to_end(holder)
            for oldest, used in list(islice(self._used.items(), 2)):
                due = now - used > self.rest or len(self._used) > self.most
                if due and oldest is not holder and oldest.put_away():
                    del self._used[oldest]

    def drop(self, holder: HasRun) -> None:
        """The holder has no run any more."""
        with self._lock:
            self._used.pop(holder, None)
