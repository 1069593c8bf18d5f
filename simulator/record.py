"""The bytes of a run's record: a blank one, and its checkpoint: what is in use of it."""

import mmap
import threading
from functools import cache
from types import ModuleType
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from simulator.engine import codes, layout
from simulator.engine.places import PLACES

Record: TypeAlias = NDArray[Any]  # one element of layout.RUN or layout.OUT
Piece: TypeAlias = tuple[int, int]  # offset, bytes
SLACK = 2_048  # bytes by which a later state of the same run may well be larger
_here = threading.local()  # holds the thread's paper, into which it packs before it is known how much that comes to
_NO_PAPER = np.empty(0, np.int64)


@cache
def _packing() -> ModuleType:
    """What copies in compiled code, imported with the kernel."""
    from simulator.engine import packing

    return packing


def blank() -> Record:
    """A zeroed record (layout.RUN). It is 20 MB of address space of which a run touches some hundred kB.

    NumPy asks for huge pages for an array of this size, and the system would clear megabytes for every run.
    """
    memory = mmap.mmap(-1, layout.RUN.itemsize, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if hasattr(mmap, "MADV_NOHUGEPAGE"):
        memory.madvise(mmap.MADV_NOHUGEPAGE)
    return np.frombuffer(memory, layout.RUN, 1)


def _caches(run: Any) -> list[Piece]:
    """The entries of every server that has ever fetched something; all others are zero."""
    objects = int(run["objects_used"])
    if not objects:
        return []
    offset, size, most = PLACES["entries"]
    found = []
    for station in run["stations"][: int(run["stations_used"])]:
        if station["kind"] != codes.CACHE or station["hit_ratio"] >= 0:
            continue
        first, room, entries = int(station["first"]), int(station["room"]), int(station["entries"])
        if not 0 <= entries <= entries + room * objects <= most or not 0 <= first <= first + room <= codes.MAX_SERVERS:
            raise ValueError("damaged")
        for place in np.flatnonzero(run["servers"]["loads"][first : first + room]).tolist():
            found.append((offset + (entries + place * objects) * size, objects * size))
    return found


def pack(state: Record, into: NDArray[np.uint8] | None = None) -> NDArray[np.uint8]:
    """What is in use, made small: of the head and the used beginnings of the tails the words that are not zero, and the caches.

    It is the beginning of `into` where that has room: to find memory among what others let go of takes as long as to pack.
    ValueError for what is no state.
    """
    words, caches = state.view(np.int64), _caches(state[0])
    paper: NDArray[np.int64] = getattr(_here, "paper", _NO_PAPER)
    size = _packing().collect(words, paper)
    if size < _packing().DAMAGED:
        paper = _here.paper = np.empty(-size, np.int64)
        size = _packing().collect(words, paper)
    if size < 0:
        raise ValueError("damaged")
    raw, at = state.view(np.uint8), size * 8
    total = at + sum(length for _, length in caches)
    if into is None or len(into) < total:
        into = np.empty(total + SLACK, np.uint8)
    into[:at] = paper[:size].view(np.uint8)
    for offset, length in caches:
        into[at : at + length] = raw[offset : offset + length]
        at += length
    return into[:total]


def unpack(packed: NDArray[np.uint8], state: Record) -> None:
    """Restore a packed state into an existing one, whatever it holds; ValueError for bytes that are none."""
    raw, run = state.view(np.uint8), state[0]
    for offset, size in _caches(run):
        raw[offset : offset + size] = 0
    at = _packing().restore(packed.view(np.int64), state.view(np.int64)) * 8
    if at < 0:
        raise ValueError("damaged")
    for offset, size in _caches(run):
        if at + size > len(packed):
            raise ValueError("too short")
        raw[offset : offset + size] = packed[at : at + size]
        at += size
    if at != len(packed):
        raise ValueError("too long")
