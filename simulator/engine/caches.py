"""What each server of a cache or edge station holds: entries of the catalogue, newest first, and fetches under way.

An entry is there while `expires` lies ahead; a list per server (`cache_head` newest, `cache_tail` next to go) says which
is evicted when `capacity` is reached. LRU moves what is used to the front, FIFO never, TTL where use renews the time: its
first to go is the first to expire. An answer that another cache gave inherits that
copy's age, as HTTP's `Age` header has it (RFC 9111, section 4.2.3): no copy outlives its original.
"""

from simulator.engine.codes import BACK, FIFO_CACHE, LRU, NEVER, OK
from simulator.engine.compiled import inner
from simulator.engine.events import event, push
from simulator.engine.layout import Out, State

MOST_TOOK = (1 << 31) - 1  # µs, what the field holds


@inner
def entry_of(run: State, station: State, v: int, o: int) -> int:
    """Where object `o` stands in the cache of server `v`."""
    return station.entries + (v - station.first) * run.objects_used + o


@inner
def put_first(run: State, server: State, e: int) -> None:
    """Entry `e`, which is in no list, becomes the server's newest."""
    entry = run.entries[e]
    entry.prev = -1
    if server.cached == 0:
        entry.next = -1
        server.cache_tail = e
    else:
        entry.next = server.cache_head
        run.entries[server.cache_head].prev = e
    server.cache_head = e
    server.cached += 1


@inner
def take_out(run: State, server: State, e: int) -> None:
    """Entry `e` leaves the server's list."""
    entry = run.entries[e]
    if entry.prev >= 0:
        run.entries[entry.prev].next = entry.next
    else:
        server.cache_head = entry.next
    if entry.next >= 0:
        run.entries[entry.next].prev = entry.prev
    else:
        server.cache_tail = entry.prev
    server.cached -= 1


@inner
def drop(run: State, server: State, e: int) -> None:
    """The server holds entry `e` no longer; fetches of it go on."""
    take_out(run, server, e)
    run.entries[e].expires = 0


@inner
def used(run: State, t: int, station: State, server: State, e: int) -> None:
    """Entry `e` was found: its place in the list and, where use renews it, its time."""
    entry = run.entries[e]
    if station.renewing == 1 and station.ttl > 0:
        entry.expires = t + station.ttl
    if server.cache_head != e and (station.policy == LRU or (station.renewing == 1 and station.policy != FIFO_CACHE)):
        take_out(run, server, e)
        put_first(run, server, e)


@inner
def lifetime(run: State, t: int, station: State, call: State) -> int:
    """Until when the answer to a fetch may be kept: by the time to live, and not beyond the copy that it came from."""
    until = t + station.ttl if station.ttl > 0 else NEVER
    if call.mark > 0:
        original = run.entries[call.mark - 1].expires
        if 0 < original < until:
            until = original
    return until


@inner
def store(run: State, t: int, station: State, server: State, e: int, until: int) -> None:
    """Object of entry `e` has come; the oldest make room for it."""
    entry = run.entries[e]
    if entry.expires > 0:
        take_out(run, server, e)
    while station.capacity > 0 and server.cached >= station.capacity:
        drop(run, server, server.cache_tail)
    entry.expires = until
    put_first(run, server, e)


@inner
def pass_on(run: State, c: int, e: int) -> None:
    """Call `c` is answered from entry `e`: where its caller is a cache that fetches, that one's copy is as old."""
    p = run.calls[c].parent
    if p >= 0 and run.calls[p].fills > 0:
        run.calls[p].mark = 1 + e


@inner
def fetched(run: State, out: Out, t: int, c: int, reason: int) -> None:
    """The fetch that call `c` led is over: its entry is filled, and the calls that joined it go on by BACK events."""
    call = run.calls[c]
    e = call.fills - 1
    call.fills = 0
    entry = run.entries[e]
    entry.fetching -= 1
    if reason == OK:
        station = run.stations[call.station]
        entry.took = min(t - call.ends, MOST_TOOK)
        until = lifetime(run, t, station, call)
        if until > t:
            store(run, t, station, run.servers[call.server], e, until)
        pass_on(run, c, e)
    waiter = entry.waiters - 1
    entry.waiters = 0
    while waiter >= 0:
        other = run.calls[waiter]
        after = other.next
        other.reason = reason
        if reason == OK:
            pass_on(run, waiter, e)
        push(run, event(t, BACK, waiter))
        waiter = after


@inner
def forget(run: State, station: State, v: int) -> None:
    """Server `v` has stopped: what it held is gone, and with the calls that it lost its fetches and those who waited."""
    first = entry_of(run, station, v, 0)
    if station.hit_ratio < 0.0:
        for e in range(first, first + run.objects_used):
            run.entries[e].expires = 0
            run.entries[e].fetching = 0
            run.entries[e].waiters = 0
    run.servers[v].cached = 0


@inner
def empty(run: State, server: State) -> None:
    """Drop all that a server holds; fetches under way will fill their entries."""
    while server.cached > 0:
        drop(run, server, server.cache_tail)


@inner
def purge(run: State, station: State) -> None:
    """Every server of the station drops what it holds."""
    for v in range(station.first, station.first + station.room):
        empty(run, run.servers[v])


@inner
def fit(run: State, station: State) -> None:
    """A smaller capacity takes effect at once."""
    for v in range(station.first, station.first + station.room):
        server = run.servers[v]
        while station.capacity > 0 and server.cached > station.capacity:
            drop(run, server, server.cache_tail)
