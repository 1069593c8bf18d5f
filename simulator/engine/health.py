"""Servers that start, boot, stop, come and go, and how fast they work."""

import numpy as np

from simulator.engine.asks import forsake
from simulator.engine.caches import empty, forget
from simulator.engine.codes import (
    BACK,
    BLOCKED,
    BOOTED,
    BOOTS,
    BOOTS_AGAIN,
    CACHE,
    CALLING,
    DATABASE,
    DELAY,
    DEPLOYED,
    END,
    FAILING,
    IN_SERVICE,
    LOST,
    NEW,
    POOLED,
    REACH,
    RESTARTED,
    SHARING,
    STEP,
    STOPPED,
    TIME_SHIFT,
    UP,
    WAITING,
)
from simulator.engine.compiled import inner
from simulator.engine.conclude import conclude
from simulator.engine.database import member_lost
from simulator.engine.dispatch import has_room
from simulator.engine.draw import STREAM, mix, uniform
from simulator.engine.events import event, index_of, kind_of, pop, push, rebuild
from simulator.engine.layout import Out, State
from simulator.engine.queues import unqueue
from simulator.engine.rotation import enter_rotation, leave_rotation
from simulator.engine.service import fill, unblock
from simulator.engine.sessions import holder_lost
from simulator.engine.sharing import new_pace, unshare
from simulator.engine.trace import note_boot, note_server
from simulator.engine.workers import release


@inner
def remove_events(run: State, kind: int, v: int) -> None:
    """Take all events of a kind that concern a server out of the list."""
    kept = 0
    for place in range(run.heap_size):
        key = run.heap[place]
        if kind_of(key) == kind and index_of(key) == v:
            continue
        run.heap[kept] = key
        kept += 1
    run.heap_size = kept
    rebuild(run)


@inner
def remove_lost_events(run: State) -> None:
    """Take the events of lost calls out of the list."""
    kept = 0
    for place in range(run.heap_size):
        key = run.heap[place]
        kind = kind_of(key)
        if kind in (END, BACK, REACH) and run.calls[index_of(key)].state == LOST:
            continue
        run.heap[kept] = key
        kept += 1
    run.heap_size = kept
    rebuild(run)


@inner
def mark_lost(run: State, out: Out, t: int, v: int) -> None:
    """Take all that server `v` holds out of its queues and off its workers; each call is to conclude with STOPPED."""
    server = run.servers[v]
    station = run.stations[server.station]
    for c in range(run.calls_high):
        call = run.calls[c]
        if call.joined == 0 or call.server != v:
            continue
        call.reason = STOPPED
        call.fills = 0
        if call.state == WAITING:
            unqueue(run, server, c)
            if run.detailed == 1:
                station.waiting_area += t
        elif call.state == CALLING or call.state == POOLED or call.state == BLOCKED:
            forsake(run, c)
        if call.held == 1:
            call.held = 0
            if station.discipline == SHARING:
                if call.state == IN_SERVICE or call.state == FAILING:
                    unshare(run, t, v, c)
            elif station.discipline == DELAY:
                server.busy -= 1
                server.area += t
            else:
                release(server, t, call.worker)
        call.state = LOST
    server.calls_out = 0
    server.pool_waiting = 0


@inner
def unlist_blocked(run: State, station: State) -> None:
    """Leave those calls out of the station's list of blocked ones that are blocked no longer."""
    c = station.blocked_head
    kept = -1
    station.blocked = 0
    while c >= 0 and station.blocked_tail >= 0:
        after = run.calls[c].next if c != station.blocked_tail else -1
        if run.calls[c].state == BLOCKED:
            if kept < 0:
                station.blocked_head = c
            else:
                run.calls[kept].next = c
            kept = c
            station.blocked += 1
        c = after
    if kept >= 0:
        station.blocked_tail = kept


@inner
def kill(run: State, out: Out, t: int, v: int) -> None:
    """A server stops: whatever it worked on and whatever waited there fails."""
    station = run.stations[run.servers[v].station]
    mark_lost(run, out, t, v)
    if station.kind == CACHE:
        forget(run, station, v)
    elif station.kind == DATABASE:
        member_lost(run, t, station, v)
    holder_lost(run, t, v)
    remove_lost_events(run)
    if station.then >= 0 and run.stations[station.then].blocked > 0:
        unlist_blocked(run, run.stations[station.then])
    for c in range(run.calls_high):
        call = run.calls[c]
        if call.state == LOST and call.joined == 1 and call.server == v:
            conclude(run, out, t, c)
    if station.blocked > 0 and has_room(run, station):
        unblock(run, t, station)


@inner
def come_up(run: State, out: Out, t: int, v: int) -> None:
    """A server is ready. A new member joins the rotation at once; a restarted one waits for its checks."""
    server = run.servers[v]
    server.booting = 0
    if server.stopped == 0:
        server.alive = 1
        server.up_at = t
        note_server(run, out, t, UP, v)
        fill(run, out, t, v)


@inner
def wait_for_boot(run: State, out: Out, t: int, v: int, kind: int, span: int) -> None:
    """A boot takes `span` µs from now on; why the server boots is in its `booting`, and `kind` is the row that tells of it."""
    push(run, event(t + span, BOOTED, v))
    note_boot(run, out, t, kind, v, t + span)


@inner
def booted(run: State, out: Out, key: int, t: int) -> None:
    """The boot time of a server is over, the first event of the list: it is up, or the boot has failed and begins anew."""
    v = index_of(key)
    pop(run)
    server = run.servers[v]
    station = run.stations[server.station]
    k = server.station * STREAM + station.boots
    station.boots += 1
    if station.boot_failure > 0.0 and uniform(mix(run.key_boot, k)) < station.boot_failure:
        wait_for_boot(run, out, t, v, BOOTS_AGAIN, max(1, station.boot_time))
        return
    how = server.booting
    come_up(run, out, t, v)
    if how >= NEW:
        enter_rotation(run, out, t, v)
    if how == DEPLOYED:
        push(run, event(t, STEP, server.station))


@inner
def boot(run: State, out: Out, t: int, v: int, fresh: bool) -> None:
    """Start a server; `fresh` for one that the station has just added."""
    server = run.servers[v]
    station = run.stations[server.station]
    span = station.boot_time if t > 0 else 0
    server.booting = NEW if fresh else RESTARTED
    if span > 0 or (station.boot_failure > 0.0 and t > 0):
        wait_for_boot(run, out, t, v, BOOTS, span)
        return
    station.boots += 1
    come_up(run, out, t, v)
    if fresh and server.alive == 1:
        enter_rotation(run, out, t, v)


@inner
def break_off_boot(run: State, t: int, v: int) -> None:
    """A server that was booting is not any more; a rolling deploy that waited for it goes on with the next."""
    server = run.servers[v]
    if server.booting > 0:
        remove_events(run, BOOTED, v)
    if server.booting == DEPLOYED:
        push(run, event(t, STEP, server.station))
    server.booting = 0


@inner
def stop(run: State, out: Out, t: int, v: int) -> None:
    """The fault `stop` begins: the balancer learns of it only through its health checks."""
    server = run.servers[v]
    if server.stopped == 1:
        return
    server.stopped = 1
    server.draining = 0
    break_off_boot(run, t, v)
    server.alive = 0
    kill(run, out, t, v)
    server.hung = 0


@inner
def restart(run: State, out: Out, t: int, v: int) -> None:
    """The fault `stop` ends: the server boots."""
    server = run.servers[v]
    if server.stopped == 0:
        return
    server.stopped = 0
    if server.present == 1:
        boot(run, out, t, v, False)


@inner
def resize(run: State, out: Out, t: int, station: State, servers: int) -> None:
    """Change the number of servers: new ones boot and join, surplus ones finish what they have and go."""
    present = station.servers
    station.rented_area += t * (present - servers)
    station.worker_area += t * station.workers * (present - servers)
    station.servers = servers
    for v in range(station.first + present, station.first + servers):
        server = run.servers[v]
        server.present = 1
        if server.stopped == 1:
            continue
        if server.alive == 1 and run.load[v] > 0:
            enter_rotation(run, out, t, v)  # it was still finishing: it simply stays
        else:
            empty(run, server)
            server.alive = 0  # it was gone
            boot(run, out, t, v, True)
    for v in range(station.first + servers, station.first + present):
        server = run.servers[v]
        server.present = 0
        server.draining = 0
        leave_rotation(run, out, t, v)
        break_off_boot(run, t, v)


@inner
def rescale_frozen(run: State, v: int, factor: float) -> None:
    """A hung server's pace changes: what its calls have left (`call.ends`, while it hangs) takes so many times as long."""
    for c in range(run.calls_high):
        call = run.calls[c]
        if call.server == v and call.joined == 1 and call.state == IN_SERVICE:
            call.ends = max(1, np.int64(call.ends * factor + 0.5))


@inner
def set_pace(run: State, t: int, v: int) -> None:
    """Work out how fast a server is now; what its workers have left takes accordingly longer or shorter.

    Universal Scalability Law (Gunther 2007): n workers in one box together do n / (1 + σ(n-1) + κn(n-1)).
    """
    server = run.servers[v]
    station = run.stations[server.station]
    n = station.workers
    load = 1.0 + station.contention * (n - 1) + station.coherency * n * (n - 1)
    pace = load / (server.speed * server.slowed)
    before = server.pace
    if station.discipline == SHARING:
        new_pace(run, t, v, pace)
        return
    server.pace = pace
    if server.hung == 1 and before > 0.0:
        rescale_frozen(run, v, pace / before)
        return
    if before == pace or before == 0.0 or server.busy == 0:
        return
    for place in range(run.heap_size):
        key = run.heap[place]
        if kind_of(key) == END:
            call = run.calls[index_of(key)]
            if call.server == v and call.state == IN_SERVICE:
                left = (key >> TIME_SHIFT) - t
                call.ends = t + max(1, np.int64(left * (pace / before) + 0.5))
                run.heap[place] = event(call.ends, END, index_of(key))
    rebuild(run)
