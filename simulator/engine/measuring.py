"""What is counted when a request of a client is over, and the recent window that the rolling figures look at."""

from simulator.engine.arrivals import think
from simulator.engine.codes import BIN_FINISHED, BIN_TIME, BINS, CLOSED, OK
from simulator.engine.compiled import apart, inlined
from simulator.engine.histogram import bucket_of, forget_and_keep
from simulator.engine.layout import State


@apart
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


@inlined
def client_done(run: State, t: int, kind: int, began: int, waited: int, reason: int) -> None:
    """A client has its answer, or knows that there is none."""
    run.number -= 1
    run.number_area += t
    if reason == OK:
        response = t - began
        bucket = bucket_of(response)
        run.answered += 1
        run.sum_response += response
        run.sum_waiting += waited
        run.histogram[bucket] += 1
        on_time = run.deadline == 0 or response <= run.deadline
        if on_time:
            run.on_time += 1
        if run.detailed == 1:
            mine = run.classes[kind]
            mine.answered += 1
            mine.sum_response += response
            mine.histogram[bucket] += 1
            if on_time:
                mine.on_time += 1
        if run.windowed == 1:
            forget_and_keep(run, response, bucket)
    else:
        run.failed += 1
        run.errors[reason] += 1
        if run.detailed == 1:
            run.classes[kind].failed += 1
    if run.windowed == 1:
        run.bin_finished += 1
        if run.bin_finished >= BIN_FINISHED or t - run.bin_started >= BIN_TIME:
            close_bin(run, t)
    if run.law == CLOSED:
        think(run, t)
