"""How a change of a control reaches the state, where it takes more than a new number in the record.

`simulator.settings` writes the number and then calls `kernel.apply` with one of these codes. `index` is the station,
or the server over all stations; `value` is a float64: a count, or 0/1.
"""

import numpy as np

from simulator.engine.arrivals import schedule, set_rate, set_users
from simulator.engine.autoscaling import begin_scaling
from simulator.engine.caches import fit, purge
from simulator.engine.codes import (
    DATABASE,
    DO_DEPLOY,
    DO_PURGE,
    DO_ZONE,
    PROBE,
    SET_ARRIVALS,
    SET_CACHE,
    SET_DISCIPLINE,
    SET_GROUPS,
    SET_HANG,
    SET_INTERVAL,
    SET_LAW,
    SET_OBJECTS,
    SET_PACE,
    SET_POOL,
    SET_PROFILE,
    SET_RATE,
    SET_RING,
    SET_SCALING,
    SET_SERVERS,
    SET_SPEED,
    SET_STOP,
    SET_STRATEGY,
    SET_USERS,
    SET_WORKERS,
    SHARED_QUEUE,
    SHARING,
    TIME_SHIFT,
)
from simulator.engine.compiled import inner
from simulator.engine.database import regroup, shards_in
from simulator.engine.draw import set_law
from simulator.engine.events import event, index_of, kind_of, rebuild
from simulator.engine.faults import deploy, hang, lose_zone, wake
from simulator.engine.gate import set_gate
from simulator.engine.health import resize, restart, set_pace, stop
from simulator.engine.inflight import recount
from simulator.engine.layout import Out, State
from simulator.engine.queues import put_in_order
from simulator.engine.ring import place_keys, popularity_changed
from simulator.engine.service import fill
from simulator.engine.sharing import work_so_far


@inner
def set_interval(run: State, t: int, station: State, interval: int) -> None:
    """A new health-check interval: the pending checks keep their phase."""
    before = station.interval
    station.interval = interval
    if before <= 0 or before == interval:
        return
    for place in range(run.heap_size):
        key = run.heap[place]
        v = index_of(key)
        if kind_of(key) == PROBE and station.first <= v < station.first + station.room:
            left = ((key >> TIME_SHIFT) - t) * (interval / before)
            run.heap[place] = event(t + np.int64(left), PROBE, v)
    rebuild(run)


@inner
def set_workers(run: State, out: Out, t: int, station: State, workers: int) -> None:
    """More or fewer workers in every server of a station; a surplus worker finishes its call first."""
    station.worker_area += t * station.servers * (station.workers - workers)
    for v in range(station.first, station.first + station.room):
        server = run.servers[v]
        if station.discipline == SHARING:
            work_so_far(server, station, t)
            change = min(server.share_count, workers) - min(server.share_count, station.workers)
            server.busy += change
            server.area -= t * change
    station.workers = workers
    for v in range(station.first, station.first + station.room):
        set_pace(run, t, v)
        fill(run, out, t, v)


@inner
def share_out(run: State, out: Out, t: int, station: State) -> None:
    """After a change of strategy: idle workers look into the shared queue."""
    for v in range(station.first, station.first + station.room):
        fill(run, out, t, v)


@inner
def set_clients(run: State, t: int, code: int, value: float) -> None:
    """A setting of the clients."""
    if code == SET_RATE:
        set_rate(run, t)
    elif code == SET_USERS:
        set_users(run, t, np.int64(value))
    elif code == SET_OBJECTS:
        popularity_changed(run, t)
    elif code == SET_PROFILE or code == SET_ARRIVALS:
        schedule(run, t, run.arrivals)


@inner
def set_server(run: State, out: Out, t: int, code: int, v: int, value: float) -> None:
    """A setting or a fault of one server."""
    if code == SET_SPEED:
        set_pace(run, t, v)
    elif code == SET_STOP:
        if value != 0.0:
            stop(run, out, t, v)
        else:
            restart(run, out, t, v)
    elif code == SET_HANG:
        if value != 0.0:
            hang(run, t, v)
        else:
            wake(run, out, t, v)


@inner
def set_station(run: State, out: Out, t: int, code: int, index: int, value: float) -> None:
    """A setting of a station."""
    station = run.stations[index]
    whole = np.int64(value)
    if code == SET_LAW:
        set_law(station)
    elif code == SET_SERVERS:
        resize(run, out, t, station, whole * (1 + station.replicas) if station.kind == DATABASE else whole)
        if station.kind == DATABASE:
            regroup(run, station)
            place_keys(run, t, station)
    elif code == SET_GROUPS:
        shards = shards_in(station)
        station.replicas = whole
        resize(run, out, t, station, shards * (1 + whole))
        regroup(run, station)
    elif code == SET_CACHE:
        fit(run, station)
    elif code == DO_PURGE:
        purge(run, station)
    elif code == SET_WORKERS:
        set_workers(run, out, t, station, whole)
    elif code == SET_RING:
        place_keys(run, t, station)
    elif code == SET_POOL:
        set_gate(run, t, station)
    elif code == SET_STRATEGY:
        place_keys(run, t, station)
        recount(run, station)
        if station.strategy != SHARED_QUEUE:
            share_out(run, out, t, station)
    elif code == SET_INTERVAL:
        set_interval(run, t, station, np.int64(value * 1e6 + 0.5))
    elif code == SET_DISCIPLINE:
        put_in_order(run, station, station.discipline)
        for v in range(station.first, station.first + station.room):
            put_in_order(run, run.servers[v], station.discipline)
    elif code == SET_SCALING:
        begin_scaling(run, t, index)
    elif code == DO_DEPLOY:
        deploy(run, out, t, index, whole == 1)
    elif code == DO_ZONE:
        lose_zone(run, out, t, station, whole >> 1, whole & 1 == 1)
    elif code == SET_PACE:
        for v in range(station.first, station.first + station.room):
            set_pace(run, t, v)
