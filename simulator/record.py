"""The bytes of a run's record: a blank one, the parts of it that are in use, and its checkpoint."""

import mmap
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from simulator.engine import codes, layout

Record: TypeAlias = NDArray[Any]  # one element of layout.RUN or layout.OUT
Piece: TypeAlias = tuple[int, int]  # offset, bytes
FIELDS: Any = layout.RUN.fields
SLACK = 4_096  # bytes by which a later state of the same run may well be larger
HEAD = int(FIELDS[layout.TAILS[0]][1])
USED = {  # how many items of each tail are in use
    "stations": "stations_used",
    "links": "stations_used",
    "servers": "servers_used",
    "heap": "heap_size",
    "calls": "calls_high",
    "asks": "asks_high",
    "classes": "classes_used",
    "clients": "clients_used",
    "objects": "objects_used",
    "ring": "ring_used",
}


def word(kind: Any, name: str) -> int:
    """Where a field stands in a record of a kind (a dtype), in words of 64 bits: NumPy's quick way to it."""
    return int(kind.fields[name][1]) // 8


COUNTS = np.array([word(layout.RUN, name) for name in USED.values()])
FIRST_EVENT = list(USED).index("heap")  # a heap begins at 1
PLACES: dict[str, tuple[int, int, int]] = {  # offset, size of an item, how many there can be
    name: (int(FIELDS[name][1]), layout.RUN[name].base.itemsize, layout.RUN[name].shape[0]) for name in layout.TAILS
}
SIZES = [PLACES[name] for name in USED]


def blank() -> Record:
    """A zeroed record (layout.RUN). It is 20 MB of address space of which a run touches some hundred kB.

    NumPy asks for huge pages for an array of this size, and the system would clear megabytes for every run.
    """
    memory = mmap.mmap(-1, layout.RUN.itemsize, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if hasattr(mmap, "MADV_NOHUGEPAGE"):
        memory.madvise(mmap.MADV_NOHUGEPAGE)
    return np.frombuffer(memory, layout.RUN, 1)


def _tails(state: Record) -> list[Piece]:
    """The used beginning of each tail but the entries; ValueError for a head that is none."""
    counts = state.view(np.int64)[COUNTS].tolist()
    counts[FIRST_EVENT] += 1
    found = []
    for (offset, size, most), count in zip(SIZES, counts, strict=True):
        if not 0 <= count <= most:
            raise ValueError("damaged")
        found.append((offset, count * size))
    return found


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


def pieces(state: Record) -> list[Piece]:
    """Everything in a state that is in use."""
    run = state[0]
    return [(0, HEAD), *_tails(state), *_caches(run)]


def pack(state: Record, into: NDArray[np.uint8] | None = None) -> NDArray[np.uint8]:
    """A copy of what is in use: the head, the used beginning of each tail, the caches that hold something.

    It is the beginning of `into` where that has room: fresh memory costs as much as the copy.
    """
    raw = state.view(np.uint8)
    parts = [raw[offset : offset + size] for offset, size in pieces(state)]
    total = sum(map(len, parts))
    if into is None or len(into) < total:
        into = np.empty(total + SLACK, np.uint8)
    return np.concatenate(parts, out=into[:total])


def unpack(packed: NDArray[np.uint8], state: Record) -> None:
    """Restore a packed state into an existing one, whatever it holds; ValueError for bytes that are none."""
    raw, run = state.view(np.uint8), state[0]
    for offset, size in _caches(run):
        raw[offset : offset + size] = 0
    before = _tails(state)
    at = _restore(raw, [(0, HEAD)], packed, 0)
    tails = _tails(state)
    at = _restore(raw, tails, packed, at)
    for (offset, then), (_, size) in zip(before, tails, strict=True):
        if then > size:  # a run counts on zeros behind what is in use
            raw[offset + size : offset + then] = 0
    at = _restore(raw, _caches(run), packed, at)
    if at != len(packed):
        raise ValueError("too long")


def _restore(raw: NDArray[np.uint8], parts: list[Piece], packed: NDArray[np.uint8], at: int) -> int:
    for offset, size in parts:
        if at + size > len(packed):
            raise ValueError("too short")
        raw[offset : offset + size] = packed[at : at + size]
        at += size
    return at
