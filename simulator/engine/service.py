"""Work: a call starts on a worker, its end is scheduled, and an idle worker takes the next one in line."""

import numpy as np

from simulator.engine.calls import draw_of, trip_of
from simulator.engine.codes import (
    AT_SERVERS,
    BACK,
    DELAY,
    DROP,
    END,
    FAILING,
    IN_SERVICE,
    LAST_TIME,
    NOWHERE,
    REACH,
    RETURNING,
    SHARING,
    START,
    TIMED_OUT,
    WAITING,
)
from simulator.engine.compiled import apart, inlined, inner
from simulator.engine.draw import mix, uniform, work_of
from simulator.engine.events import event, push
from simulator.engine.gate import settle
from simulator.engine.inflight import count_in, count_out
from simulator.engine.layout import Out, State
from simulator.engine.queues import first_waiting, queue_up, unqueue
from simulator.engine.sessions import at_work
from simulator.engine.sharing import share
from simulator.engine.trace import note_request
from simulator.engine.workers import lowest_idle, occupy, release


@apart
def turn_away(run: State, out: Out, t: int, c: int, reason: int) -> None:
    """Call `c` fails before it was worked on; its caller hears of it by a BACK event (at once, or after the way back)."""
    call = run.calls[c]
    v = call.server
    if v >= 0:
        run.servers[v].errors += 1
        if call.joined == 1:
            count_out(run, run.stations[call.station], v, c)
    call.state = RETURNING
    call.reason = reason
    if call.background == 0:
        note_request(run, out, t, DROP, call.id, v, -1, reason, 0)
    push(run, event(t + trip_of(run, c) // 2, BACK, c))


@apart
def special_time(run: State, t: int, station: State, server: State, call: State) -> float:
    """The work of a call, in µs at speed 1, where more than the law decides: class, data, TLS, rejections owed."""
    k = draw_of(call)
    if station.sessions != NOWHERE:
        at_work(run, station, call)
    work = work_of(station, k) * station.class_service[call.kind] * (1.0 + station.growth * station.data)
    if station.tls == AT_SERVERS and uniform(mix(station.key_reuse, k)) >= station.reuse:
        work += station.handshake
        server.handshake_work += np.int64(station.handshake)
    if server.debt > 0.0:
        work += settle(t, station, server)
    return work


@inlined
def begin_service(run: State, out: Out, t: int, c: int, v: int, worker: int) -> int:
    """Call `c` starts on a worker; returns its end event, which the caller puts into the event list."""
    call = run.calls[c]
    server = run.servers[v]
    station = run.stations[server.station]
    call.server = v
    call.worker = worker
    call.held = 1
    call.started = t
    call.waited += t - call.arrived
    if server.failing > 0 and call.background == 0:
        call.state = FAILING
        span = server.failing
    else:
        call.state = IN_SERVICE
        if station.special == 1:
            time = special_time(run, t, station, server, call) * server.pace
        else:
            time = work_of(station, draw_of(call)) * server.pace
        span = max(1, int(min(time, 1e11) + 0.5))
    call.ends = min(t + span, LAST_TIME)
    if call.background == 0:
        note_request(run, out, t, START, call.id, v, worker, -1, call.ends)
    return event(call.ends, END, c)


@inlined
def next_call(run: State, out: Out, t: int, server: State, station: State) -> int:
    """Take the next call for an idle worker: the server's own queue first, then the shared one; -1 = none."""
    while True:
        if server.waiting > 0:
            c = first_waiting(server)
            unqueue(run, server, c)
        elif station.waiting > 0 and server.alive == 1 and server.in_rotation == 1:
            c = first_waiting(station)
            unqueue(run, station, c)
        else:
            return -1
        if run.detailed == 1:
            station.waiting_area += t
        late = station.drop_expired == 1 and run.deadline > 0 and t - run.calls[c].began > run.deadline
        if late and run.calls[c].background == 0:
            turn_away(run, out, t, c, TIMED_OUT)
            continue
        return c


@inner
def take_up(run: State, v: int, c: int) -> None:
    """A call from the shared queue is the server's now."""
    if run.calls[c].server < 0:
        count_in(run, run.stations[run.servers[v].station], v, c)
        run.servers[v].sent += 1


@apart
def fill(run: State, out: Out, t: int, v: int) -> None:
    """Start waiting calls on every idle worker of a server."""
    server = run.servers[v]
    station = run.stations[server.station]
    while server.alive == 1 and server.hung == 0 and (server.busy < station.workers or station.discipline >= SHARING):
        c = next_call(run, out, t, server, station)
        if c < 0:
            break
        take_up(run, v, c)
        start(run, out, t, c, v)
    if station.blocked > 0:
        unblock(run, t, station)


@inner
def unblock(run: State, t: int, station: State) -> None:
    """A place is free: the first call that is blocked for this station may move, by an event at once."""
    c = station.blocked_head
    station.blocked_head = run.calls[c].next
    station.blocked -= 1
    push(run, event(t, REACH, c))


@inner
def start(run: State, out: Out, t: int, c: int, v: int) -> None:
    """Call `c` is worked on by server `v`, which has an idle worker (or needs none)."""
    server = run.servers[v]
    discipline = run.stations[server.station].discipline
    if discipline == SHARING:
        key = begin_service(run, out, t, c, v, 0)
        share(run, t, v, c, key)
    elif discipline == DELAY:
        server.busy += 1
        server.area -= t
        push(run, begin_service(run, out, t, c, v, 0))
    else:
        worker = lowest_idle(server)
        occupy(server, t, worker)
        push(run, begin_service(run, out, t, c, v, worker))


@inner
def wait(run: State, t: int, station: State, owner: State, c: int) -> None:
    """Call `c` waits at a server or in the station's shared queue (`owner`)."""
    run.calls[c].state = WAITING
    queue_up(run, owner, station.discipline, c)
    if run.detailed == 1:
        station.waiting_area -= t


@inner
def let_go(run: State, out: Out, t: int, c: int) -> None:
    """Call `c` leaves its worker, which takes the next one in line."""
    call = run.calls[c]
    v = call.server
    server = run.servers[v]
    station = run.stations[server.station]
    call.held = 0
    if station.discipline == DELAY:
        server.busy -= 1
        server.area += t
    elif station.discipline != SHARING:  # there `sharing` has counted it out when it was done
        release(server, t, call.worker)
    fill(run, out, t, v)
