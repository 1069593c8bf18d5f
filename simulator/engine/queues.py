"""Waiting calls: doubly linked lists, one per level of priority, at a server or at a station (the `owner`).

A shared queue is the station's. FIFO and LIFO use level 0 alone.
"""

from simulator.engine.codes import LIFO, MAX_LEVELS, PRIORITY
from simulator.engine.compiled import inner
from simulator.engine.layout import State


@inner
def clear(owner: State) -> None:
    """Empty lists."""
    owner.waiting = 0
    for level in range(MAX_LEVELS):
        owner.heads[level] = -1
        owner.tails[level] = -1


@inner
def queue_up(run: State, owner: State, discipline: int, c: int) -> None:
    """Call `c` waits: behind the others of its level, or before them all with LIFO."""
    call = run.calls[c]
    level = run.classes[call.kind].level if discipline == PRIORITY else 0
    call.level = level  # which list it stands in
    if discipline == LIFO:
        head = owner.heads[0]
        call.next = head
        call.prev = -1
        if head >= 0:
            run.calls[head].prev = c
        else:
            owner.tails[0] = c
        owner.heads[0] = c
    else:
        tail = owner.tails[level]
        call.next = -1
        call.prev = tail
        if tail >= 0:
            run.calls[tail].next = c
        else:
            owner.heads[level] = c
        owner.tails[level] = c
    owner.waiting += 1


@inner
def put_in_order(run: State, owner: State, discipline: int) -> None:
    """After a change of discipline: level 0 stands newest first with LIFO, oldest first otherwise."""
    head, tail = owner.heads[0], owner.tails[0]
    if head == tail or (run.calls[head].arrived > run.calls[tail].arrived) == (discipline == LIFO):
        return
    owner.heads[0], owner.tails[0] = tail, head
    c = head
    while c >= 0:
        call = run.calls[c]
        after = call.next
        call.next, call.prev = call.prev, after
        c = after


@inner
def unqueue(run: State, owner: State, c: int) -> None:
    """Take call `c` out of its queue, wherever in it it stands."""
    call = run.calls[c]
    before, after, level = call.prev, call.next, call.level
    if before >= 0:
        run.calls[before].next = after
    else:
        owner.heads[level] = after
    if after >= 0:
        run.calls[after].prev = before
    else:
        owner.tails[level] = before
    owner.waiting -= 1


@inner
def first_waiting(owner: State) -> int:
    """The next call in line; the owner has one."""
    level = 0
    while owner.heads[level] < 0:
        level += 1
    return owner.heads[level]


@inner
def oldest_waiting(owner: State, discipline: int) -> int:
    """The call that has waited longest among those of the least important level; the owner has one."""
    level = MAX_LEVELS - 1
    while owner.heads[level] < 0:
        level -= 1
    return owner.tails[level] if discipline == LIFO else owner.heads[level]
