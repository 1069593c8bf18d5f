"""The doors of the compiled kernel; simulator/README.md has the model on one page.

`begin` makes a fresh run of a filled-in record, `advance` simulates up to an instant, `apply` changes a
setting at the clock, `start` sets an output up for a segment that begins, `survey` writes the rolling measures where it ends.
All take the one-element arrays of `layout.RUN` and `layout.OUT`, allocate nothing and release the GIL.
"""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from simulator.engine.arrivals import next_burst, schedule, set_users, turn_of_burst
from simulator.engine.autoscaling import begin_scaling, scale
from simulator.engine.codes import (
    AT_SERVERS,
    BACK,
    BINS,
    BLOCK,
    BOOTED,
    BURST,
    BURSTY,
    CACHE,
    CHECK,
    CLOSED,
    DATABASE,
    DELAY,
    END,
    ENOUGH_P50,
    ENOUGH_P95,
    ENOUGH_P99,
    NEVER,
    NOWHERE,
    PEAK_EWMA,
    POISSON,
    PROBE,
    REACH,
    RETRY,
    SCALE,
    SHARE,
    SHARING,
    STEP,
    THINK,
    TIME_SHIFT,
    TIMER,
)
from simulator.engine.compiled import apart, entry, inner
from simulator.engine.draw import set_law
from simulator.engine.ejection import ejection_ends
from simulator.engine.events import index_of, kind_of, pop, rebuild
from simulator.engine.faults import step
from simulator.engine.gate import set_gate
from simulator.engine.health import booted, set_pace
from simulator.engine.histogram import window_percentiles
from simulator.engine.layout import Out, State
from simulator.engine.plain import plain_arrival, plain_end
from simulator.engine.probes import check_times_out, probe, schedule_probes
from simulator.engine.queues import clear
from simulator.engine.requests import arrive, back, back_off_ends, end, reach, shared_service_ends, timer, user_asks
from simulator.engine.ring import place_keys
from simulator.engine.rotation import enter_rotation
from simulator.engine.settings import set_clients, set_server, set_station
from simulator.engine.start import start_segment

Record: TypeAlias = NDArray[Any]


@apart
def happen(run: State, out: Out, key: int, t: int, kind: int) -> None:
    """The first event of the list, of a kind other than END."""
    if kind == SHARE:
        shared_service_ends(run, out, key, t)
    elif kind == BACK:
        back(run, out, key, t)
    elif kind == REACH:
        reach(run, out, key, t)
    elif kind == RETRY:
        back_off_ends(run, out, key, t)
    elif kind == TIMER:
        timer(run, out, key, t)
    elif kind == PROBE:
        probe(run, out, key, t)
    elif kind == BOOTED:
        booted(run, out, key, t)
    elif kind == THINK:
        user_asks(run, out, t)
    elif kind == BURST:
        turn_of_burst(run, t)
    elif kind == SCALE:
        scale(run, out, key, t)
    elif kind == STEP:
        step(run, out, key, t)
    elif kind == CHECK:
        pop(run)
        check_times_out(run, out, t, index_of(key))
        ejection_ends(run, out, t, index_of(key))
    else:
        pop(run)


@inner
def run_until(run: State, out: Out, until: int) -> None:
    """Process all events before `until`, in the order of their times."""
    while True:
        key = run.heap[0]
        t = key >> TIME_SHIFT
        if run.next_arrival < t:
            if run.next_arrival >= until:
                break
            if run.plain == 1:
                plain_arrival(run, out)
            else:
                arrive(run, out)
        else:
            if t >= until:
                break
            kind = kind_of(key)
            if kind == END and run.plain == 1:
                plain_end(run, out, key, t)
            elif kind == END:
                end(run, out, key, t)
            else:
                happen(run, out, key, t, kind)
    run.clock = until


@inner
def measure(run: State, out: Out, row: np.ndarray, servers: int) -> None:
    """Write the rolling measures at the clock into `row` (layout.SERIES); with `servers` also those of each server."""
    t = run.clock
    used = run.window_used
    if used > 0:
        window_percentiles(run, row)
    if used < ENOUGH_P50:
        row[0] = np.nan
    if used < ENOUGH_P95:
        row[1] = np.nan
    if used < ENOUGH_P99:
        row[2] = np.nan
    row[3] = run.window_sum / used * 1e-6 if used >= ENOUGH_P50 else np.nan
    since = np.int64(0)
    answered, on_time, failed, number = run.answered, run.on_time, run.failed, run.number_area + run.number * t
    oldest = run.bin_next
    full = run.bins_used == BINS
    if full:
        then = run.bins[oldest]
        since = then.time
        answered -= then.answered
        on_time -= then.on_time
        failed -= then.failed
        number -= then.number_area
    span = max(t - since, 1)
    row[4] = answered / span * 1e6
    row[5] = failed / (answered + failed) if answered + failed > 0 else 0.0
    row[7] = number / span
    row[8] = on_time / span * 1e6
    busy = np.int64(0)
    workers = np.int64(0)
    waiting = np.int64(0)
    for s in range(run.stations_used):
        station = run.stations[s]
        waiting += station.waiting
        for v in range(station.first, station.first + station.room):
            server = run.servers[v]
            area = server.area + server.busy * t
            if full:
                area -= run.bins[oldest].area[v]
            if servers == 1:
                worst = server.worst
                for b in range(run.bins_used):
                    if not full or b != oldest:
                        worst = max(worst, run.bins[b].worst[v])
                out.utilisation[v] = area / (span * station.workers)
                out.worst[v] = worst
            waiting += server.waiting
            if server.present == 1 and s == run.judged:
                busy += area
                workers += station.workers
    row[6] = busy / (span * workers) if workers > 0 else np.nan
    row[9] = waiting


@inner
def do_advance(run: State, out: Out, until: int) -> None:
    """Simulate up to `until` (µs): all events before it; the instants of the grid up to it are written."""
    while out.grid_next < out.grid_used and out.grid[out.grid_next] <= until:
        g = out.grid_next
        run_until(run, out, out.grid[g])
        measure(run, out, out.series[g], 0)
        for v in range(run.servers_used):
            out.queue[g, v] = run.servers[v].waiting
            out.busy[g, v] = run.servers[v].busy
        for s in range(run.stations_used):
            out.shared[g, s] = run.stations[s].waiting
        out.grid_next = g + 1
    run_until(run, out, until)


@inner
def do_survey(run: State, out: Out) -> None:
    """Write the rolling measures at the clock, for the end of a segment."""
    measure(run, out, out.readout, 1)


@inner
def do_apply(run: State, out: Out, code: int, index: int, value: float) -> None:
    """Change a setting at the clock; codes and units in `settings.py`."""
    t = run.clock
    if code < 10:
        set_clients(run, t, code, value)
    elif code < 30:
        set_station(run, out, t, code, index, value)
    else:
        set_server(run, out, t, code, index, value)
    for s in range(run.stations_used):
        tidy(run.stations[s])
    if not is_plain(run):
        run.plain = 0  # for good: what has gone the long way cannot end on the short one


@inner
def tidy(station: State) -> None:
    """Note whether a station is simple enough for the short way after a call's work."""
    alone = station.callees_used == 0 and station.then < 0 and station.kind != CACHE and station.kind != DATABASE
    plain = station.discipline != SHARING and station.discipline != DELAY and station.when_full != BLOCK
    station.straight = 1 if alone and plain else 0
    costly = station.uneven == 1 or station.growth > 0 or station.reject_cost > 0
    if costly or station.tls == AT_SERVERS or station.sessions != NOWHERE:
        station.special = 1  # for good: a server may owe work for rejections when they cost nothing any more


@inner
def is_plain(run: State) -> bool:
    """Whether the run is one pool behind one balancer, asked by a Poisson stream without any policy: the short way."""
    station = run.stations[0]
    stream = run.law == POISSON and run.profile_used == 0 and run.classes_used == 1 and run.regions_used == 0
    link = run.links[0].policy == 0 and run.links[0].round_trip == 0
    pool = station.straight == 1 and station.gate == 0 and station.eject_after == 0
    unwatched = station.strategy != PEAK_EWMA and station.balancers == 1
    return run.stations_used == 1 and stream and link and pool and unwatched


@inner
def do_begin(run: State, out: Out) -> None:
    """Complete a zeroed record in which keys, clients, stations and servers have been filled in."""
    run.free_call = -1
    run.free_ask = -1
    run.rate = run.base_rate * run.spike * run.burst
    rebuild(run)
    for s in range(run.stations_used):
        station = run.stations[s]
        set_law(station)
        clear(station)
        tidy(station)
        for which in range(2):
            run.links[s].heads[which] = -1
            run.links[s].tails[which] = -1
            run.links[s].wakes[which] = NEVER
        station.rented_area = 0
        for v in range(station.first, station.first + station.room):
            server = run.servers[v]
            server.station = s
            server.slowed = 1.0
            server.share_head = -1
            server.share_end = NEVER
            clear(server)
            set_pace(run, 0, v)
            if v < station.first + station.servers:
                server.present = 1
                server.alive = 1
                enter_rotation(run, out, 0, v)
        place_keys(run, 0, station)
        set_gate(run, 0, station)
        if station.probing == 1:
            schedule_probes(run, 0, station)
        begin_scaling(run, 0, s)
    run.plain = 1 if is_plain(run) else 0
    if run.law == BURSTY:
        next_burst(run, 0)
    schedule(run, 0, 0)
    if run.law == CLOSED:
        set_users(run, 0, run.users)


BEGIN, ADVANCE, APPLY, START, SURVEY = 0, 1, 2, 3, 4


@entry
def door(state: np.ndarray, output: np.ndarray, what: int, code: int, index: int, value: float) -> None:
    """The one way in: with a door each, the whole engine would be linked and optimised five times over."""
    run = state[0]
    out = output[0]
    if what == ADVANCE:
        do_advance(run, out, index)
    elif what == APPLY:
        do_apply(run, out, code, index, value)
    elif what == BEGIN:
        do_begin(run, out)
    elif what == START:
        start_segment(run, out, code, index)
    else:
        do_survey(run, out)


def begin(state: Record, output: Record) -> None:
    """Make a fresh run of a record that has been filled in."""
    door(state, output, BEGIN, 0, 0, 0.0)


def advance(state: Record, output: Record, until: int) -> None:
    """Simulate up to `until` (µs)."""
    door(state, output, ADVANCE, 0, until, 0.0)


def apply(state: Record, output: Record, code: int, index: int, value: float) -> None:
    """Change a setting at the clock."""
    door(state, output, APPLY, code, index, value)


def start(state: Record, output: Record, until: int, mask: int) -> None:
    """Set the output up for a segment from the clock to `until` (µs): see engine/start.py."""
    door(state, output, START, mask, until, 0.0)


def survey(state: Record, output: Record) -> None:
    """Write the rolling measures at the clock."""
    door(state, output, SURVEY, 0, 0, 0.0)
