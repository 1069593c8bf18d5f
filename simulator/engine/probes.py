"""Health checks: how a balancer notices that a server is gone, that it is back, and sometimes what is not so."""

import numpy as np

from simulator.engine.codes import CHECK, PROBE
from simulator.engine.compiled import inner
from simulator.engine.draw import STREAM, mix, uniform
from simulator.engine.events import event, index_of, pop, push
from simulator.engine.layout import Out, State
from simulator.engine.rotation import enter_rotation, leave_rotation


@inner
def probe(run: State, out: Out, key: int, t: int) -> None:
    """A health check, the first event of the list: `fall` failures in a row eject, `rise` successes readmit.

    A dead server refuses the connection, which is a failure at once. A hung one says nothing, and what the network
    loses is not answered either: that counts after the time-out, and until then no further probe is sent.
    """
    v = index_of(key)
    server = run.servers[v]
    station = run.stations[server.station]
    pop(run)
    push(run, event(t + station.interval, PROBE, v))
    if server.present == 0 or server.checking > 0:
        return
    k = (server.station + 1) * STREAM + station.probes
    station.probes += 1
    silent = False
    if server.alive == 1:
        loss = 1.0 if station.probe_storm == 1 else station.probe_loss
        silent = server.hung == 1 or (loss > 0.0 and uniform(mix(run.key_probe, k)) < loss)
    if silent and station.probe_timeout > 0:
        server.checking = t + station.probe_timeout
        push(run, event(server.checking, CHECK, v))
        return
    judge(run, out, t, v, server.alive == 1 and not silent)


@inner
def judge(run: State, out: Out, t: int, v: int, passed: bool) -> None:
    """The balancer knows how a health check of server `v` went."""
    server = run.servers[v]
    station = run.stations[server.station]
    if passed:
        server.good += 1
        server.bad = 0
        if server.in_rotation == 0 and server.good >= station.rise:
            enter_rotation(run, out, t, v)
        return
    server.bad += 1
    server.good = 0
    if server.in_rotation == 1 and server.bad >= station.fall:
        station.ejections += 1
        if server.alive == 1 and server.hung == 0:
            station.false_ejections += 1
        leave_rotation(run, out, t, v)


@inner
def check_times_out(run: State, out: Out, t: int, v: int) -> None:
    """If it is now that server `v`'s health check has waited long enough, it counts as failed."""
    server = run.servers[v]
    if server.checking == t:
        server.checking = 0
        if server.present == 1:
            judge(run, out, t, v, False)


@inner
def schedule_probes(run: State, t: int, station: State) -> None:
    """Put every server's first health check at a random phase of the interval."""
    for v in range(station.first, station.first + station.room):
        phase = uniform(mix(run.key_probe, v)) * station.interval
        push(run, event(t + np.int64(phase), PROBE, v))
