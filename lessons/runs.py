"""Which runs are held in memory: those that are being played. The others wait as checkpoints."""

import time
from collections import OrderedDict
from itertools import islice
from threading import Lock
from typing import Protocol

MOST = 2_500  # runs in one process
ROOM = 2_500_000_000  # bytes of all of them: a run of a pool holds 0.3 MB, one of a large CDN up to 30 MB
REST = 20.0  # seconds without a question after which a run is put away


class HasRun(Protocol):
    """Whoever holds a run."""

    @property
    def run_size(self) -> int:
        """Bytes of the run."""

    def put_away(self) -> bool:
        """Let go of the run; False while it is at work."""


class Runs:
    """The holders of runs, the one that was quiet longest first. Nothing ticks: each use looks at the oldest."""

    def __init__(self, most: int = MOST, room: int = ROOM, rest: float = REST) -> None:
        self.most, self.room, self.rest = most, room, rest
        self.size = 0  # bytes, as each holder's run was when it was last used
        self._used: OrderedDict[HasRun, tuple[float, int]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._used)

    def hold(self, holder: HasRun) -> None:
        """The holder uses its run now; put away what nobody has used for a while, and what is too much."""
        now = time.monotonic()
        with self._lock:
            self._forget(holder)
            self._used[holder] = now, holder.run_size
            self.size += self._used[holder][1]
            for oldest, (used, _) in list(islice(self._used.items(), 2)):
                due = now - used > self.rest or len(self._used) > self.most or self.size > self.room
                if due and oldest is not holder and oldest.put_away():
                    self._forget(oldest)

    def drop(self, holder: HasRun) -> None:
        """The holder has no run any more."""
        with self._lock:
            self._forget(holder)

    def _forget(self, holder: HasRun) -> None:
        self.size -= self._used.pop(holder, (0.0, 0))[1]
