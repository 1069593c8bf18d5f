"""Segments that have been simulated already, as the bytes that are sent.

A segment is a function of the experiment up to its end and of its two ends, so equal ones are shared between
learners like files. What many will ask for (a lesson's opening, a link that was passed on) is kept until its place is
needed; what one learner made stays only a short while, unless somebody asks for it a second time.
"""

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator
from hashlib import blake2b
from threading import Lock
from typing import Any

import orjson

from simulator import Experiment
from simulator.experiment import ENGINE_VERSION

SHARED, PRIVATE = 32 << 20, 2 << 20  # bytes
ENTRY = 300  # bytes of an entry besides its text
Key = tuple[bytes, int, int]


def micro(seconds: float) -> int:
    """Seconds as whole microseconds, the engine's clock."""
    return round(seconds * 1e6)


class History:
    """An experiment with a digest for each stretch between two of its changes: what decides everything up to there.

    Experiments that part later have equal digests before. The digests are chained, so one more change costs one more.
    """

    def __init__(self, experiment: Experiment, before: "History | None" = None) -> None:
        self.experiment = experiment
        timeline = experiment.timeline
        start = [ENGINE_VERSION, experiment.scenario.digest, experiment.seed]
        self._digests: list[bytes] = before._digests[: len(timeline)] if before else [_digest(b"", start)]
        known = len(self._digests) - 1
        self.moments: list[int] = before.moments[:known] if before else []
        for change in timeline[known:]:
            self.moments.append(micro(change.at))
            self._digests.append(_digest(self._digests[-1], [change.at, change.control, change.value]))

    def changed(self, experiment: Experiment) -> "History":
        """The history of an experiment that is this one up to its last change, which is new."""
        return History(experiment, self)

    def digest(self, at: int) -> bytes:
        """What decides everything up to `at` (µs), changes at that instant included."""
        return self._digests[bisect_right(self.moments, at)]

    def same(self, other: "History") -> bool:
        """Whether both are histories of equal experiments."""
        return self._digests[-1] == other._digests[-1]

    def stretches(self, at: int) -> Iterator[tuple[bytes, int]]:
        """From the latest to the first: (digest, the last µs at which it holds) of each stretch that begins by `at`."""
        last = at
        for applied in range(bisect_right(self.moments, at), -1, -1):
            begin = self.moments[applied - 1] if applied else 0
            if begin <= last:
                yield self._digests[applied], last
                last = begin - 1

    def key(self, begin: float, until: float) -> Key:
        """What two segments must have in common to be the same bytes."""
        return self.digest(micro(until)), micro(begin), micro(until)


def _digest(before: bytes, said: list[Any]) -> bytes:
    return blake2b(before + orjson.dumps(said), digest_size=16).digest()


class Segments:
    """Two LRU caches with byte bounds; what is asked for again moves from the private one to the shared one.

    Used from the event loop and from threads.
    """

    def __init__(self, shared: int = SHARED, private: int = PRIVATE) -> None:
        self._bounds = (shared, private)
        self._kept: tuple[OrderedDict[Key, bytes], OrderedDict[Key, bytes]] = (OrderedDict(), OrderedDict())
        self.sizes = [0, 0]  # bytes in the shared and in the private cache
        self.hits = self.misses = 0
        self._lock = Lock()

    def get(self, key: Key) -> bytes | None:
        """The segment's JSON, None when it has to be simulated."""
        shared, private = self._kept
        with self._lock:
            text = shared.get(key)
            if text is not None:
                shared.move_to_end(key)
            elif key in private:
                text = private.pop(key)
                self.sizes[1] -= len(text) + ENTRY
                self._put(0, key, text)
            self.hits += text is not None
            self.misses += text is None
        return text

    def put(self, key: Key, text: bytes, *, shared: bool) -> None:
        """Keep a segment; `shared` when others are likely to ask for it."""
        with self._lock:
            if key not in self._kept[0] and key not in self._kept[1]:
                self._put(0 if shared else 1, key, text)

    def _put(self, part: int, key: Key, text: bytes) -> None:
        kept, bound = self._kept[part], self._bounds[part]
        if len(text) + ENTRY > bound // 8:
            return
        kept[key] = text
        self.sizes[part] += len(text) + ENTRY
        while self.sizes[part] > bound:
            self.sizes[part] -= len(kept.popitem(last=False)[1]) + ENTRY

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            for kept in self._kept:
                kept.clear()
            self.sizes = [0, 0]
            self.hits = self.misses = 0
