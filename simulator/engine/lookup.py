"""A look-up in a server's cache: a hit, a fetch, or a wait for a fetch under way; and refreshes before an entry expires.

The fetch is the call itself, which goes on to ask the station's callees (`fills` = 1 + entry). Against a stampede:
single flight lets one call fetch and the others join it; early expiry (XFetch) lets a hit start a fetch in the
background, the likelier the nearer the entry is to its end.
"""

from simulator.engine.caches import drop, entry_of, pass_on, used
from simulator.engine.calls import draw_of, new_call
from simulator.engine.codes import BACK, EARLY, JOINED, NEVER, NOBODY, SINGLE_FLIGHT
from simulator.engine.codes import HIT as HIT_ROW
from simulator.engine.codes import MISS as MISS_ROW
from simulator.engine.compiled import inner
from simulator.engine.conclude import begin_calling
from simulator.engine.draw import exponential, mix, object_of, uniform
from simulator.engine.events import event, push
from simulator.engine.layout import Out, State
from simulator.engine.trace import note_request

HIT, MISS, JOINS = 0, 1, 2  # what a look-up finds


@inner
def look_up(run: State, out: Out, t: int, c: int) -> int:
    """Whether call `c` finds its object at its server (HIT), must fetch it (MISS), or waits for a fetch under way (JOINS)."""
    call = run.calls[c]
    station = run.stations[call.station]
    server = run.servers[call.server]
    if station.hit_ratio >= 0.0:
        found = HIT if uniform(mix(station.key_cache, draw_of(call))) < station.hit_ratio else MISS
        if found == MISS:
            server.loads += 1
    else:
        found = look_into(run, out, t, c)
    if found == HIT:
        server.hits += 1
        note_request(run, out, t, HIT_ROW, call.id, call.server, call.worker, -1, 0)
    else:
        server.misses += 1
        note_request(run, out, t, MISS_ROW, call.id, call.server, call.worker, -1, 0)
    return found


@inner
def look_into(run: State, out: Out, t: int, c: int) -> int:
    """A look-up in a real cache."""
    call = run.calls[c]
    station = run.stations[call.station]
    server = run.servers[call.server]
    e = entry_of(run, station, call.server, object_of(run, call.id))
    entry = run.entries[e]
    if entry.expires > t:
        used(run, t, station, server, e)
        pass_on(run, c, e)
        if station.protection == EARLY and due_early(station, call, entry, t):
            refresh(run, out, t, c, e)
        return HIT
    if entry.expires > 0:
        drop(run, server, e)
    if station.protection == SINGLE_FLIGHT and entry.fetching > 0:
        call.state = JOINED
        call.next = entry.waiters - 1
        entry.waiters = 1 + c
        return JOINS
    begin_fetch(run, t, c, e)
    return MISS


@inner
def begin_fetch(run: State, t: int, c: int, e: int) -> None:
    """Call `c` leads a fetch for entry `e` from now on."""
    call = run.calls[c]
    entry = run.entries[e]
    station = run.stations[call.station]
    call.fills = 1 + e
    call.mark = 0
    call.ends = t
    entry.fetching += 1
    run.servers[call.server].loads += 1
    station.stampede = max(station.stampede, entry.fetching)


@inner
def due_early(station: State, call: State, entry: State, t: int) -> bool:
    """Whether this hit refreshes its entry before it expires: now + took × β × (−ln u) ≥ expires.

    Source: Vattani, Chierichetti & Lowenstein, "Optimal probabilistic cache stampede prevention", PVLDB 2015. Nobody
    asks whether another refresh is under way: with constant fetches an expiry costs e^(1/β) of them on average.
    """
    if entry.expires == NEVER:
        return False
    ahead = entry.took * station.beta * exponential(station.key_cache, draw_of(call))
    return t + ahead >= entry.expires


@inner
def refresh(run: State, out: Out, t: int, c: int, e: int) -> None:
    """Fetch entry `e` in the background of call `c`, which has its answer. Without a free slot it is left to the next hit."""
    call = run.calls[c]
    r = new_call(run, t, call.id, t, call.station, call.kind, NOBODY)
    if r < 0:
        return
    mine = run.calls[r]
    mine.background = 1
    mine.attempt = call.attempt
    mine.turn = call.turn
    mine.level = call.level
    mine.server = call.server
    mine.started = t
    mine.joined = 1
    run.load[call.server] += 1
    begin_fetch(run, t, r, e)
    if not begin_calling(run, out, t, r):
        push(run, event(t, BACK, r))
