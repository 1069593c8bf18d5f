"""A call's way to its station: over the network, past the gate, to a server, onto a worker or into a queue."""

from simulator.engine.balancing import idle_server, nearest, pick
from simulator.engine.calls import draw_of, trip_of
from simulator.engine.codes import (
    CLIENT,
    DROP_OLDEST,
    FULL,
    JOIN,
    NEAREST,
    OK,
    REACH,
    REFUSED,
    SHARED_QUEUE,
    SHARING,
    TRAVELLING,
)
from simulator.engine.compiled import apart, inner
from simulator.engine.draw import mix, region_of, uniform
from simulator.engine.ejection import outcome
from simulator.engine.events import event, push
from simulator.engine.gate import admit, handshake_before, owe
from simulator.engine.inflight import count_in
from simulator.engine.layout import Out, State
from simulator.engine.queues import oldest_waiting, unqueue
from simulator.engine.service import start, turn_away, wait
from simulator.engine.trace import note_request


@inner
def send(run: State, out: Out, t: int, c: int) -> None:
    """Call `c` sets out for its station."""
    call = run.calls[c]
    link = run.links[call.station]
    if run.regions_used > 0 and call.parent == CLIENT and run.stations[call.station].strategy == NEAREST:
        call.server = nearest(run, run.stations[call.station], region_of(run, call.id))
    trip = trip_of(run, c)
    greeting = handshake_before(run.stations[call.station], call) if run.stations[call.station].gate == 1 else 0
    if trip + greeting == 0:
        enter(run, out, t, c)
        return
    outward = trip // 2 + greeting
    if link.fresh > 0.0 and uniform(mix(link.key_fresh, draw_of(call))) < link.fresh:
        outward += int(link.handshakes * trip)
    call.state = TRAVELLING
    push(run, event(t + outward, REACH, c))


@inner
def limit_for(station: State, call: State, servers: int) -> float:
    """How many calls may wait in a queue before this one is one too many."""
    return station.queue_limit * station.class_queue[call.kind] * servers


@inner
def make_room(run: State, out: Out, t: int, station: State, owner: State, c: int) -> bool:
    """The queue is full: the newcomer is turned away, or the oldest is and the newcomer may wait (True)."""
    if station.when_full == DROP_OLDEST and owner.waiting > 0:
        old = oldest_waiting(owner, station.discipline)
        unqueue(run, owner, old)
        if run.detailed == 1:
            station.waiting_area += t
        owe(run, t, station, run.calls[old].server)
        turn_away(run, out, t, old, FULL)
        return True
    owe(run, t, station, run.calls[c].server)
    turn_away(run, out, t, c, FULL)
    return False


@apart
def enter(run: State, out: Out, t: int, c: int) -> None:
    """Call `c` comes to its station's balancer, which sends it on, queues it or turns it away."""
    call = run.calls[c]
    station = run.stations[call.station]
    call.arrived = t
    station.arrived += 1
    if station.gate == 1:
        reason = admit(run, out, t, station, c)
        if reason != OK:
            turn_away(run, out, t, c, reason)
            return
    if station.strategy == SHARED_QUEUE:
        v = idle_server(run, station, draw_of(call))
        if v < 0:
            if station.in_rotation == 0:
                turn_away(run, out, t, c, REFUSED)
            elif station.waiting < limit_for(station, call, station.servers) or make_room(run, out, t, station, station, c):
                note_request(run, out, t, JOIN, call.id, -1, -1, -1, 0)
                wait(run, t, station, station, c)
            return
    elif call.server >= 0:
        v = call.server  # the nearest place, chosen before the way to it
    else:
        v = pick(run, t, station, c)
        if v < 0:
            turn_away(run, out, t, c, REFUSED)
            return
    call.server = v
    server = run.servers[v]
    server.sent += 1
    if server.alive == 0:
        if station.eject_after > 0:
            outcome(run, out, t, v, REFUSED)
        turn_away(run, out, t, c, REFUSED)
        return
    sharing = station.discipline >= SHARING
    idle = server.busy < station.workers or sharing
    if server.hung == 1:
        idle = False
    limit = limit_for(station, call, 1)
    if sharing and station.discipline == SHARING and server.share_count >= station.workers + limit:
        owe(run, t, station, v)
        turn_away(run, out, t, c, FULL)
        return
    if not idle and server.waiting >= limit and not make_room(run, out, t, station, server, c):
        return
    count_in(run, station, v, c)
    if call.background == 0:
        note_request(run, out, t, JOIN, call.id, v, -1, -1, 0)
    if idle:
        start(run, out, t, c, v)
    else:
        wait(run, t, station, server, c)


@inner
def has_room(run: State, station: State) -> bool:
    """Whether a station that blocks its callers could take one more call now."""
    for place in range(station.first, station.first + station.in_rotation):
        server = run.servers[run.rotation[place]]
        if server.hung == 0 and (server.busy < station.workers or station.discipline >= SHARING):
            return True
        if station.strategy != SHARED_QUEUE and server.waiting < station.queue_limit:
            return True
    return station.strategy == SHARED_QUEUE and station.waiting < station.queue_limit * station.servers
