"""The short way for a plain run: one pool behind one balancer, a Poisson stream, no policy, no network (`kernel.is_plain`).

It does what `requests` does, for a request that finds a healthy server and a worker; whatever is out of the ordinary goes
the long way. tests/simulator/test_plain.py holds both ways against each other.
"""

import numpy as np

from simulator.engine.arrivals import FAR
from simulator.engine.balancing import pick
from simulator.engine.calls import give_back, new_call
from simulator.engine.codes import (
    ANSWER,
    CLIENT,
    END,
    ERROR,
    FAILED,
    FAILING,
    FULL,
    IN_SERVICE,
    JOIN,
    LAST_TIME,
    OK,
    SHARED_QUEUE,
    START,
)
from simulator.engine.compiled import inner
from simulator.engine.dispatch import enter
from simulator.engine.draw import exponential, work_of
from simulator.engine.events import event, index_of, pop, push, sift_down
from simulator.engine.layout import Out, State
from simulator.engine.measuring import client_done
from simulator.engine.service import begin_service, fill, next_call, take_up
from simulator.engine.trace import note, note_request, sampled
from simulator.engine.workers import lowest_idle, occupy, release


@inner
def plain_call(run: State, t: int, k: int) -> int:
    """As `new_call`, for a plain run's request. There all calls are alike, so a slot that is used again needs less."""
    c = run.free_call
    if c < 0:
        return new_call(run, t, k, t, 0, 0, CLIENT)
    call = run.calls[c]
    run.free_call = call.next
    call.id = k
    call.began = t
    call.arrived = t
    call.waited = 0
    call.server = -1
    call.reason = OK
    call.held = 0
    call.joined = 0
    return c


@inner
def plain_arrival(run: State, out: Out) -> None:
    """The next request of a Poisson stream comes to its pool, and the one after it is scheduled."""
    t = run.next_arrival
    k = run.arrivals
    run.arrivals = k + 1
    run.next_arrival = min(t + np.int64(min(exponential(run.key_arrival, k + 1) / run.rate, FAR) + 0.5), LAST_TIME)
    run.number += 1
    run.number_area -= t
    c = plain_call(run, t, k)
    if c < 0:
        client_done(run, t, 0, t, 0, FULL)
        return
    station = run.stations[0]
    if station.strategy == SHARED_QUEUE or station.in_rotation == 0:
        enter(run, out, t, c)
        return
    v = pick(run, t, station, c)
    server = run.servers[np.uint64(v)]
    call = run.calls[np.uint64(c)]
    call.server = v  # the long way keeps to the choice
    if server.busy >= station.workers or server.alive == 0 or server.hung == 1 or server.failing > 0 or station.special == 1:
        enter(run, out, t, c)
        return
    station.arrived += 1
    server.sent += 1
    run.load[np.uint64(v)] += 1
    worker = lowest_idle(server)
    occupy(server, t, worker)
    call.joined = 1
    call.held = 1
    call.worker = worker
    call.started = t
    call.state = IN_SERVICE
    ends = min(t + max(1, np.int64(min(work_of(station, k) * server.pace, 1e11) + 0.5)), LAST_TIME)
    call.ends = ends
    if out.tracing == 1 and sampled(out, k):
        note(run, out, t, JOIN, k, v, -1, -1, 0)
        note(run, out, t, START, k, v, worker, -1, ends)
    push(run, event(ends, END, c))


@inner
def plain_end(run: State, out: Out, key: int, t: int) -> None:
    """A worker has done its request, the first event of the list; it takes the next one, and the client has its answer."""
    c = index_of(key)
    call = run.calls[np.uint64(c)]
    v = call.server
    server = run.servers[np.uint64(v)]
    station = run.stations[0]
    worker = call.worker
    reason = FAILED if call.state == FAILING or server.zombie == 1 else OK
    following = -1
    if server.waiting + station.waiting > 0 and worker < station.workers and server.busy <= station.workers and server.hung == 0:
        following = next_call(run, out, t, server, station)
    if following >= 0:
        take_up(run, v, following)
        # next_call may have turned expired calls away: then the end of this one is still the first event
        sift_down(run, 0, begin_service(run, out, t, following, v, worker))
    else:
        pop(run)
        release(server, t, worker)
        if server.waiting + station.waiting > 0:
            fill(run, out, t, v)  # a surplus worker has gone, another may be idle
    run.load[np.uint64(v)] -= 1
    if reason == OK:
        server.answered += 1
        if run.windowed == 1:
            server.worst = max(server.worst, t - call.arrived)
    else:
        server.errors += 1
    if out.tracing == 1:
        note_request(run, out, t, ANSWER if reason == OK else ERROR, call.id, v, worker, reason, 0)
    client_done(run, t, 0, call.began, call.waited, reason)
    give_back(run, c)
