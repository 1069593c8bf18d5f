"""Places from which a run can go on, shared by all learners: a replay begins at the nearest, not at zero.

A checkpoint is the engine's state as bytes. It belongs to the changes up to its instant; experiments that part later share it.
"""

from bisect import bisect_right, insort
from collections import OrderedDict
from threading import Lock

from lessons.segments import History, micro

BOUND = 64 << 20  # bytes
ENTRY = 300  # bytes of an entry besides its state


class Checkpoints:
    """An LRU store with a byte bound. Used from the event loop and from threads."""

    def __init__(self, bound: int = BOUND) -> None:
        self.bound = bound
        self.size = 0
        self._kept: OrderedDict[tuple[bytes, int], bytes] = OrderedDict()
        self._times: dict[bytes, list[int]] = {}  # of each path, sorted, µs
        self._lock = Lock()

    def keep(self, history: History, at: float, state: bytes) -> None:
        """Remember the state at `at` (seconds), changes at that instant included."""
        key = history.digest(micro(at)), micro(at)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return
            self._kept[key] = state
            insort(self._times.setdefault(key[0], []), key[1])
            self.size += len(state) + ENTRY
            while self.size > self.bound:
                self._drop()

    def _drop(self) -> None:
        (place, moment), state = self._kept.popitem(last=False)
        self.size -= len(state) + ENTRY
        times = self._times[place]
        times.remove(moment)
        if not times:
            del self._times[place]

    def _find(self, history: History, at: float) -> tuple[bytes, int] | None:
        for place, last in history.stretches(micro(at)):
            times = self._times.get(place, ())
            found = bisect_right(times, last) - 1
            if found >= 0:
                return place, times[found]
        return None

    def nearest(self, history: History, at: float) -> bytes | None:
        """The latest state that is kept at or before `at` (seconds); None when there is none."""
        with self._lock:
            key = self._find(history, at)
            if key is None:
                return None
            self._kept.move_to_end(key)
            return self._kept[key]

    def since(self, history: History, at: float) -> float:
        """The instant (seconds) from which a replay to `at` would begin; 0 when nothing is kept."""
        with self._lock:
            key = self._find(history, at)
        return key[1] / 1e6 if key else 0.0

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._kept.clear()
            self._times.clear()
            self.size = 0
