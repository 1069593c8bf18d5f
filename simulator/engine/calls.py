"""Slots for calls: one for every visit of a station that is in progress."""

from simulator.engine.codes import CLIENT, FREE, MAX_CALLS, NEAREST, OK, TRAVELLING
from simulator.engine.compiled import apart, inner
from simulator.engine.draw import region_of
from simulator.engine.layout import State

ATTEMPT_SHIFT, TURN_SHIFT = 44, 52


@inner
def take_slot(run: State) -> int:
    """An unused call, or -1 when all are in use."""
    c = run.free_call
    if c >= 0:
        run.free_call = run.calls[c].next
        return c
    c = run.calls_high
    if c == MAX_CALLS:
        return -1
    run.calls_high = c + 1
    return c


@inner
def give_back(run: State, c: int) -> None:
    """Call `c` is over and forgotten."""
    call = run.calls[c]
    call.state = FREE
    call.joined = 0
    call.next = run.free_call
    run.free_call = c


@apart
def new_call(run: State, t: int, k: int, began: int, station: int, kind: int, parent: int) -> int:
    """A call for request `k` at a station, not yet sent; -1 when there is no slot left."""
    c = take_slot(run)
    if c < 0:
        return -1
    call = run.calls[c]
    call.id = k
    call.began = began
    call.arrived = t
    call.waited = 0
    call.parent = parent
    call.ask = -1
    call.fills = 0
    call.pending = 0
    call.server = -1
    call.worker = -1
    call.station = station
    call.attempt = 0
    call.turn = 0
    call.visit = 0
    call.stage = 0
    call.kind = kind
    call.level = 0
    call.reason = OK
    call.held = 0
    call.joined = 0
    call.background = 0
    call.state = TRAVELLING
    return c


@inner
def draw_of(call: State) -> int:
    """The number under which a call's draws stand in a stream: its request's, apart for retries and repeated calls."""
    return call.id + (call.attempt << ATTEMPT_SHIFT) + (call.turn << TURN_SHIFT)


@inner
def trip_of(run: State, c: int) -> int:
    """µs of network, both ways, between call `c`'s caller and its station (or the server of a placed station)."""
    call = run.calls[c]
    trip = run.links[call.station].round_trip
    if call.parent >= 0:
        return trip + run.servers[run.calls[call.parent].server].away
    if run.regions_used > 0 and call.parent == CLIENT:
        region = region_of(run, call.id)
        if run.stations[call.station].strategy == NEAREST and call.server >= 0:
            return trip + run.region_trip[region, call.server]
        return trip + run.region_base[region]
    return trip
