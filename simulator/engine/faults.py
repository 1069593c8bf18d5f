"""What is done to servers: hangs, rolling deploys, a zone that is lost. Stops are `health`'s."""

from simulator.engine.codes import (
    BACK,
    BOOTS,
    CALLING,
    CHECK,
    DEPLOYED,
    END,
    FAILING,
    IN_SERVICE,
    MAX_STATIONS,
    NEVER,
    SHARING,
    STEP,
    TIME_SHIFT,
)
from simulator.engine.compiled import inner
from simulator.engine.events import event, index_of, kind_of, pop, push, rebuild, remove
from simulator.engine.health import kill, restart, stop, wait_for_boot
from simulator.engine.layout import Out, State
from simulator.engine.probes import judge
from simulator.engine.rotation import leave_rotation
from simulator.engine.service import fill
from simulator.engine.sharing import plan, work_so_far


@inner
def freeze(run: State, t: int, v: int) -> None:
    """Nothing that server `v` works on ends: its END events go, and `call.ends` is what is left in µs."""
    kept = 0
    for place in range(run.heap_size):
        key = run.heap[place]
        if kind_of(key) == END and run.calls[index_of(key)].server == v:
            run.calls[index_of(key)].ends = (key >> TIME_SHIFT) - t
            continue
        run.heap[kept] = key
        kept += 1
    run.heap_size = kept
    rebuild(run)


@inner
def hang(run: State, t: int, v: int) -> None:
    """A server accepts what comes and works on nothing: what it holds stays, what comes waits."""
    server = run.servers[v]
    if server.hung == 1 or server.stopped == 1:
        return
    if run.stations[server.station].discipline == SHARING:
        work_so_far(server, run.stations[server.station], t)
        if server.share_end != NEVER:
            remove(run, server.share_end)
            server.share_end = NEVER
    else:
        freeze(run, t, v)
    server.hung = 1


@inner
def wake(run: State, out: Out, t: int, v: int) -> None:
    """The hang ends: work goes on with what was left, answers that have come are taken up, a waiting probe is answered."""
    server = run.servers[v]
    if server.hung == 0:
        return
    station = run.stations[server.station]
    if station.discipline == SHARING:
        work_so_far(server, station, t)
    server.hung = 0
    for c in range(run.calls_high):
        call = run.calls[c]
        if call.server != v or call.joined == 0:
            continue
        if (call.state == IN_SERVICE or call.state == FAILING) and station.discipline != SHARING:
            call.ends += t
            push(run, event(call.ends, END, c))
        elif call.state == CALLING and call.pending == 0:
            push(run, event(t, BACK, c))
    if station.discipline == SHARING:
        plan(run, t, v)
    if server.checking > 0:
        remove(run, event(server.checking, CHECK, v))
        server.checking = 0
        if server.present == 1:
            judge(run, out, t, v, server.alive == 1)
    fill(run, out, t, v)


@inner
def lose_zone(run: State, out: Out, t: int, station: State, zone: int, on: bool) -> None:
    """All servers of a zone stop, or start again; zone -1 is all of them."""
    for v in range(station.first, station.first + station.room):
        if zone < 0 or run.servers[v].zone == zone:
            if on:
                stop(run, out, t, v)
            else:
                restart(run, out, t, v)


@inner
def deploy_from(run: State, out: Out, t: int, s: int, start: int) -> None:
    """The rolling deploy takes the first server from `start` on that runs: it leaves the rotation and drains."""
    station = run.stations[s]
    station.deploying = 0
    for v in range(start, station.first + station.room):
        server = run.servers[v]
        if server.present == 1 and server.alive == 1:
            station.deploying = 1 + v
            server.draining = 1
            leave_rotation(run, out, t, v)
            push(run, event(t + station.drain_time, STEP, s))
            return


@inner
def deploy(run: State, out: Out, t: int, s: int, on: bool) -> None:
    """A rolling deploy begins (or, called off, goes on after all), or it is called off: the server it is at is its last."""
    station = run.stations[s]
    if on and station.deploying == 0:
        deploy_from(run, out, t, s, station.first)
    elif on == (station.deploying < 0):
        station.deploying = -station.deploying


@inner
def step(run: State, out: Out, key: int, t: int) -> None:
    """A rolling deploy goes on, the first event of the list: a drained server restarts, or the next one is taken.

    While a deploy is under way, either its STEP event is to come or the server that it is at is booting for it.
    """
    s = index_of(key)
    pop(run)
    if s >= MAX_STATIONS:
        return
    station = run.stations[s]
    last = station.deploying < 0
    v = abs(station.deploying) - 1
    if v < 0:
        return
    server = run.servers[v]
    if server.draining == 1:
        server.draining = 0
        server.alive = 0
        server.booting = DEPLOYED
        wait_for_boot(run, out, t, v, BOOTS, station.boot_time)
        kill(run, out, t, v)
        server.hung = 0
    elif last:
        station.deploying = 0
    else:
        deploy_from(run, out, t, s, v + 1)
