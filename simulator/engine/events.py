"""The event list: a binary heap of integers, each holding time, kind and index of one event.

Because an event is a single integer, ties are broken by kind and index and the order of events depends on
nothing else. The list cannot overflow: a call and an ask have one event each at most, the rest is counted
in `codes.MAX_EVENTS`. The slot behind the last event always holds `NEVER`, so sifting needs no bounds test.
The next arrival is not in the heap: it is the most frequent event and needs no sorting.
"""

import numpy as np

from simulator.engine.codes import INDEX_BITS, LAST_TIME, NEVER, TIME_SHIFT
from simulator.engine.compiled import inner
from simulator.engine.layout import State

INDEX_MASK = (1 << INDEX_BITS) - 1
NONE, ONE = np.uint64(0), np.uint64(1)
KIND_MASK = (1 << (TIME_SHIFT - INDEX_BITS)) - 1


@inner
def event(time: int, kind: int, index: int) -> int:
    """One integer that sorts by time, then kind, then index."""
    if time > LAST_TIME:
        time = LAST_TIME
    return (time << TIME_SHIFT) | (kind << INDEX_BITS) | index


@inner
def kind_of(key: int) -> int:
    """The kind of an event."""
    return (key >> INDEX_BITS) & KIND_MASK


@inner
def index_of(key: int) -> int:
    """The call or server that an event is about."""
    return key & INDEX_MASK


@inner
def sift_down(run: State, start: int, key: int) -> None:
    """Put `key` into the hole at `start` and let it sink. Places are unsigned: a sign would be tested at every step."""
    heap = run.heap
    size = np.uint64(run.heap_size)
    hole = np.uint64(start)
    child = hole + hole + ONE
    while child < size:
        left, right = heap[child], heap[child + ONE]
        least = min(left, right)
        if least >= key:
            break
        child += np.uint64(right < left)
        heap[hole] = least
        hole = child
        child = hole + hole + ONE
    heap[hole] = key


@inner
def sift_up(run: State, start: int, key: int) -> None:
    """Put `key` into the hole at `start` and let it rise."""
    heap = run.heap
    hole = np.uint64(start)
    while hole > NONE:
        parent = (hole - ONE) >> ONE
        above = heap[parent]
        if above <= key:
            break
        heap[hole] = above
        hole = parent
    heap[hole] = key


@inner
def push(run: State, key: int) -> None:
    """Add an event."""
    hole = run.heap_size
    run.heap_size = hole + 1
    run.heap[hole + 1] = NEVER
    sift_up(run, hole, key)


@inner
def bring_forward(run: State, old: int, key: int) -> None:
    """Replace the event `old`, which is in the list, by an earlier one; with NEVER for `old`, add it."""
    if old == NEVER:
        push(run, key)
        return
    place = 0
    while run.heap[place] != old:
        place += 1
    sift_up(run, place, key)


@inner
def remove(run: State, key: int) -> None:
    """Take the event `key`, which is in the list, out of it."""
    place = 0
    while run.heap[place] != key:
        place += 1
    size = run.heap_size - 1
    run.heap_size = size
    last = run.heap[size]
    run.heap[size] = NEVER
    if place == size:
        return
    if last < key:
        sift_up(run, place, last)
    else:
        sift_down(run, place, last)


@inner
def pop(run: State) -> None:
    """Remove the first event."""
    heap = run.heap
    size = run.heap_size - 1
    run.heap_size = size
    last = heap[size]
    heap[size] = NEVER
    if size > 0:
        sift_down(run, 0, last)


@inner
def rebuild(run: State) -> None:
    """Restore the order after events were changed in place; `heap_size` holds how many there are."""
    size = run.heap_size
    run.heap[size] = NEVER
    for start in range(size // 2 - 1, -1, -1):
        sift_down(run, start, run.heap[start])
