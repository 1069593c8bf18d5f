"""How a change of a control reaches the state: one code per setting, in base units of the simulator.

`index` is the station, for the settings of a server the server (over all stations); the value is always a
float64: seconds, requests per second, a count, a factor, or 0/1.
"""

import numpy as np

from simulator.engine.compiled import inner
from simulator.engine.draw import gap, set_law
from simulator.engine.events import event, index_of, kind_of, rebuild
from simulator.engine.health import resize, restart, set_pace, stop
from simulator.engine.layout import (
    LAST_TIME,
    PROBE,
    SET_ARRIVAL_RATE,
    SET_BOOT_TIME,
    SET_CONTENTION,
    SET_DEADLINE,
    SET_FALL,
    SET_FAST_FAIL,
    SET_INTERVAL,
    SET_POPULATION,
    SET_QUEUE_LIMIT,
    SET_RISE,
    SET_SERVERS,
    SET_SERVICE_TIME,
    SET_SLOW,
    SET_SPEED,
    SET_SPIKE,
    SET_STOP,
    SET_STRATEGY,
    SET_VARIABILITY,
    SET_WEIGHT,
    SET_WORKERS,
    SHARED_QUEUE,
    TIME_SHIFT,
    Out,
    State,
)
from simulator.engine.requests import fill


@inner
def set_rate(run: State, t: int) -> None:
    """A new arrival rate: what is left of the pending gap is rescaled, so a change shows at once."""
    before = run.rate
    run.rate = run.base_rate * run.spike
    if before > 0.0 and run.next_arrival > t:
        left = (run.next_arrival - t) * (before / run.rate)
        run.next_arrival = min(t + np.int64(min(left, 1e15) + 0.5), LAST_TIME)


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
    if code == SET_ARRIVAL_RATE:
        run.base_rate = value * 1e-6
        set_rate(run, t)
    elif code == SET_SPIKE:
        run.spike = value
        set_rate(run, t)
    elif code == SET_DEADLINE:
        run.deadline = np.int64(value * 1e6 + 0.5)
    elif code == SET_POPULATION:
        run.population = np.int64(value)


@inner
def set_server(run: State, out: Out, t: int, code: int, v: int, value: float) -> None:
    """A setting or a fault of one server."""
    server = run.servers[v]
    if code == SET_SPEED:
        server.speed = value
        set_pace(run, t, v)
    elif code == SET_WEIGHT:
        server.weight = value
    elif code == SET_SLOW:
        server.slowed = value
        set_pace(run, t, v)
    elif code == SET_FAST_FAIL:
        server.failing = np.int64(value * 1e6 + 0.5)
    elif code == SET_STOP:
        if value != 0.0:
            stop(run, out, t, v)
        else:
            restart(run, out, t, v)


@inner
def set_station(run: State, out: Out, t: int, code: int, index: int, value: float) -> None:
    """A setting of a station."""
    station = run.stations[index]
    whole = np.int64(value)
    if code == SET_SERVICE_TIME:
        station.service_time = value * 1e6
        set_law(station)
    elif code == SET_VARIABILITY:
        station.variability = value
        set_law(station)
    elif code == SET_SERVERS:
        resize(run, out, t, station, whole)
    elif code == SET_WORKERS:
        set_workers(run, out, t, station, whole)
    elif code == SET_QUEUE_LIMIT:
        station.queue_limit = whole
    elif code == SET_STRATEGY:
        station.strategy = whole
        if whole != SHARED_QUEUE:
            share_out(run, out, t, station)
    elif code == SET_INTERVAL:
        set_interval(run, t, station, np.int64(value * 1e6 + 0.5))
    elif code == SET_RISE:
        station.rise = whole
    elif code == SET_FALL:
        station.fall = whole
    elif code == SET_BOOT_TIME:
        station.boot_time = np.int64(value * 1e6 + 0.5)
    else:
        if code == SET_CONTENTION:
            station.contention = value
        else:
            station.coherency = value
        for v in range(station.first, station.first + station.room):
            set_pace(run, t, v)


@inner
def first_arrival(run: State) -> None:
    """Schedule request 0."""
    run.rate = run.base_rate * run.spike
    run.next_arrival = min(gap(run, 0), LAST_TIME)
