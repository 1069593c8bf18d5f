"""A request's life: it arrives, joins a server, starts, is answered; or is dropped on the way.

A *call* is a slot in `run.calls` that holds a request while it is in the system. Waiting calls form linked
lists: one per server, and one per station for the strategy `shared-queue`.
"""

from simulator.engine.balancing import choose, idle_server
from simulator.engine.compiled import inner
from simulator.engine.draw import gap, work_of
from simulator.engine.events import event, index_of, pop, push, sift_down
from simulator.engine.histogram import bucket_of, forget_and_keep
from simulator.engine.layout import (
    ANSWER,
    BIN_FINISHED,
    BIN_TIME,
    BINS,
    DROP,
    END,
    ERROR,
    FAILED,
    FAILING,
    FREE,
    FULL,
    IN_SERVICE,
    JOIN,
    LAST_TIME,
    MAX_CALLS,
    REFUSED,
    SHARED_QUEUE,
    START,
    WAITING,
    Out,
    State,
)
from simulator.engine.trace import note_request
from simulator.engine.workers import lowest_idle, occupy, release


@inner
def close_bin(run: State, t: int) -> None:
    """Begin a new bin of the recent window: remember the sums as they stand."""
    now = run.bins[run.bin_next]
    now.time = t
    now.answered = run.answered
    now.on_time = run.on_time
    now.failed = run.failed
    now.number_area = run.number_area + run.number * t
    for s in range(run.stations_used):
        station = run.stations[s]
        for v in range(station.first, station.first + station.room):
            server = run.servers[v]
            now.area[v] = server.area + server.busy * t
            now.worst[v] = server.worst
            server.worst = 0
    run.bin_next = (run.bin_next + 1) % BINS
    run.bins_used = min(run.bins_used + 1, BINS)
    run.bin_started = t
    run.bin_finished = 0


@inner
def count_finished(run: State, t: int) -> None:
    """A request left the system, answered or not: the recent window moves on."""
    run.bin_finished += 1
    if run.bin_finished >= BIN_FINISHED or t - run.bin_started >= BIN_TIME:
        close_bin(run, t)


@inner
def fail(run: State, t: int, reason: int) -> None:
    """Count one failed request."""
    run.failed += 1
    run.errors[reason] += 1
    if run.windowed == 1:
        count_finished(run, t)


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
def give_back(run: State, t: int, c: int) -> None:
    """The request of call `c` leaves the system."""
    call = run.calls[c]
    call.state = FREE
    call.next = run.free_call
    run.free_call = c
    run.number -= 1
    run.number_area += t


@inner
def begin_service(run: State, out: Out, t: int, c: int, v: int, worker: int) -> int:
    """Call `c` starts on a worker; returns its end event, which the caller puts into the event list."""
    call = run.calls[c]
    server = run.servers[v]
    station = run.stations[server.station]
    call.server = v
    call.worker = worker
    call.started = t
    if server.failing > 0:
        call.state = FAILING
        span = server.failing
    else:
        call.state = IN_SERVICE
        time = work_of(station, call.id) * server.pace
        span = max(1, int(min(time, 1e11) + 0.5))
    call.ends = min(t + span, LAST_TIME)
    note_request(run, out, t, START, call.id, v, worker, -1, call.ends)
    return event(call.ends, END, c)


@inner
def wait(run: State, owner: State, c: int) -> None:
    """Call `c` goes to the end of the queue of a server or of a station (`owner`)."""
    run.calls[c].next = -1
    if owner.waiting == 0:
        owner.head = c
    else:
        run.calls[owner.tail].next = c
    owner.tail = c
    owner.waiting += 1


@inner
def next_waiting(run: State, server: State, station: State) -> int:
    """Take the next call for an idle worker: the server's own queue first, then the shared one; -1 = none."""
    if server.waiting > 0:
        c = server.head
        server.head = run.calls[c].next
        server.waiting -= 1
        return c
    if station.waiting > 0 and server.alive == 1 and server.in_rotation == 1:
        c = station.head
        station.head = run.calls[c].next
        station.waiting -= 1
        return c
    return -1


@inner
def drop(run: State, out: Out, t: int, k: int, v: int, reason: int) -> None:
    """Request `k` fails before it entered the system."""
    if v >= 0:
        run.servers[v].errors += 1
    fail(run, t, reason)
    note_request(run, out, t, DROP, k, v, -1, reason, 0)


@inner
def enter(run: State, out: Out, t: int, station: State, k: int) -> None:
    """Request `k` comes to the station's balancer, which sends it on, queues it or drops it."""
    shared = station.strategy == SHARED_QUEUE
    if shared:
        v = idle_server(run, station, k)
        if v < 0 and (station.in_rotation == 0 or station.waiting >= station.queue_limit * station.servers):
            drop(run, out, t, k, -1, REFUSED if station.in_rotation == 0 else FULL)
            return
    else:
        v = choose(run, station, k)
        if v < 0:
            drop(run, out, t, k, -1, REFUSED)
            return
    idle = False
    if v >= 0:
        server = run.servers[v]
        server.sent += 1
        if server.alive == 0:
            drop(run, out, t, k, v, REFUSED)
            return
        idle = server.busy < station.workers
        if not idle and server.waiting >= station.queue_limit:
            drop(run, out, t, k, v, FULL)
            return
    c = take_slot(run)
    if c < 0:
        drop(run, out, t, k, v, FULL)
        return
    call = run.calls[c]
    call.id = k
    call.arrived = t
    call.server = v
    call.worker = -1
    call.state = WAITING
    run.number += 1
    run.number_area -= t
    note_request(run, out, t, JOIN, k, v, -1, -1, 0)
    if v < 0:
        wait(run, station, c)
        return
    server = run.servers[v]
    run.load[v] += 1
    if idle:
        worker = lowest_idle(server)
        occupy(server, t, worker)
        push(run, begin_service(run, out, t, c, v, worker))
    else:
        wait(run, server, c)


@inner
def arrive(run: State, out: Out) -> None:
    """The next request arrives at the first station, and the one after it is scheduled."""
    t = run.next_arrival
    k = run.arrivals
    run.arrivals = k + 1
    run.next_arrival = min(t + gap(run, k + 1), LAST_TIME)
    enter(run, out, t, run.stations[0], k)


@inner
def answered(run: State, t: int, c: int) -> None:
    """Count a good answer."""
    call = run.calls[c]
    response = t - call.arrived
    bucket = bucket_of(response)
    run.answered += 1
    run.sum_response += response
    run.sum_waiting += call.started - call.arrived
    run.histogram[bucket] += 1
    if run.deadline == 0 or response <= run.deadline:
        run.on_time += 1
    server = run.servers[call.server]
    server.answered += 1
    if run.windowed == 1:
        if response > server.worst:
            server.worst = response
        forget_and_keep(run, response, bucket)
        count_finished(run, t)


@inner
def end(run: State, out: Out, key: int, t: int) -> None:
    """The first event of the list: a worker finishes its call and takes the next."""
    c = index_of(key)
    call = run.calls[c]
    v = call.server
    server = run.servers[v]
    station = run.stations[server.station]
    worker = call.worker
    if call.state == FAILING:
        server.errors += 1
        fail(run, t, FAILED)
        note_request(run, out, t, ERROR, call.id, v, worker, FAILED, 0)
    else:
        answered(run, t, c)
        note_request(run, out, t, ANSWER, call.id, v, worker, -1, 0)
    give_back(run, t, c)
    run.load[v] -= 1
    following = -1
    if worker < station.workers and server.busy <= station.workers:
        following = next_waiting(run, server, station)
    if following >= 0:
        if run.calls[following].server < 0:
            run.load[v] += 1
            server.sent += 1
        sift_down(run, 0, begin_service(run, out, t, following, v, worker))
    else:
        pop(run)
        release(server, t, worker)


@inner
def fill(run: State, out: Out, t: int, v: int) -> None:
    """Start waiting calls on every idle worker of a server."""
    server = run.servers[v]
    station = run.stations[server.station]
    while server.alive == 1 and server.busy < station.workers:
        c = next_waiting(run, server, station)
        if c < 0:
            return
        if run.calls[c].server < 0:
            run.load[v] += 1
            server.sent += 1
        worker = lowest_idle(server)
        occupy(server, t, worker)
        push(run, begin_service(run, out, t, c, v, worker))
