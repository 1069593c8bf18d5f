"""The event list: a binary heap of integers, each holding time, kind and index of one event.

Because an event is a single integer, ties are broken by kind and index and the order of events depends on
nothing else. The slot behind the last event always holds `NEVER`, so sifting needs no bounds test.
The next arrival is not in the heap: it is the most frequent event and needs no sorting.
"""

from simulator.engine.compiled import inner
from simulator.engine.layout import INDEX_BITS, LAST_TIME, NEVER, TIME_SHIFT, State

INDEX_MASK = (1 << INDEX_BITS) - 1
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
    """Put `key` into the hole at `start` and let it sink."""
    heap = run.heap
    size = run.heap_size
    hole = start
    child = 2 * hole + 1
    while child < size:
        child += heap[child + 1] < heap[child]
        if heap[child] >= key:
            break
        heap[hole] = heap[child]
        hole = child
        child = 2 * hole + 1
    heap[hole] = key


@inner
def push(run: State, key: int) -> None:
    """Add an event."""
    heap = run.heap
    hole = run.heap_size
    run.heap_size = hole + 1
    heap[hole + 1] = NEVER
    while hole > 0:
        parent = (hole - 1) >> 1
        if heap[parent] <= key:
            break
        heap[hole] = heap[parent]
        hole = parent
    heap[hole] = key


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
