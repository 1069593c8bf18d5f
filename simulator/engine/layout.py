"""The state of a run: one aligned NumPy record, and the record that a segment is written into.

Times are integer microseconds of simulated time, counts are integers, areas (time integrals of a count)
are integer microseconds: no sum depends on where a run was sliced. The area trick: a count that rises by
one at `t` subtracts `t` from its accumulator, one that falls adds `t`; the integral up to `now` is then
`accumulator + count × now`, at one addition per event.

The record ends with the parts that are mostly unused (`TAILS`); a checkpoint copies the head and the used
beginning of each of these (`simulator.record`, `places.py`). Memory that is never touched costs nothing.
"""

from typing import Any, TypeAlias

from simulator.engine.codes import (
    BINS,
    BUCKETS,
    MAX_ASKS,
    MAX_CALLS,
    MAX_CLASSES,
    MAX_CLIENTS,
    MAX_ENTRIES,
    MAX_EVENTS,
    MAX_OBJECTS,
    MAX_POINTS,
    MAX_REGIONS,
    MAX_RING,
    MAX_SERVERS,
    MAX_STATIONS,
    WINDOW,
)
from simulator.engine.rows import ASK, BIN, CALL, CLASS, CLIENTS, ENTRY, LINK, OBJECT, POINT, record
from simulator.engine.station_rows import SERVER, STATION

State: TypeAlias = Any  # numba record of RUN; a plain record in Python
Out: TypeAlias = Any  # numba record of OUT

RUN = record(
    clock="i8",
    next_arrival="i8",
    arrivals="i8",
    law="i8",  # of the arrivals
    plain="i8",  # one class, one region, Poisson at a constant rate: nothing to ask about a newcomer
    base_rate="f8",  # requests per µs
    spike="f8",  # factor, 1 = off
    burst="f8",  # factor of the present burst, 1 = none
    burst_factor="f8",
    calm_factor="f8",
    burst_time="f8",  # mean lengths, µs
    calm_time="f8",
    bursts="i8",
    rate="f8",  # base_rate × spike × burst
    profile_used="i8",
    profile_period="i8",  # µs; 0 = once
    profile_at=("i8", (MAX_POINTS,)),
    profile_factor=("f8", (MAX_POINTS,)),
    profile_steps="i8",  # factors hold until the next point, or run there in a straight line
    population="i8",
    users="i8",
    users_started="i8",
    think_time="f8",  # µs
    thoughts="i8",
    deadline="i8",  # µs; 0 = none
    windowed="i8",  # whether the rolling windows are kept (a graded run needs none)
    detailed="i8",  # whether stations and classes are counted apart
    applied="i8",  # changes of the timeline that are in force
    clients_used="i8",  # clients of which something may be remembered: the largest population
    key_arrival="u8",
    key_client="u8",
    key_home="u8",
    key_probe="u8",
    key_class="u8",
    key_region="u8",
    key_object="u8",
    key_burst="u8",
    key_think="u8",
    key_session="u8",
    key_boot="u8",
    stations_used="i8",
    judged="i8",  # the station whose utilisation is the run's
    servers_used="i8",  # that all stations may have together
    classes_used="i8",
    regions_used="i8",
    region_share=("f8", (MAX_REGIONS,)),  # upper ends
    region_trip=("i4", (MAX_REGIONS, MAX_SERVERS)),  # µs, both ways, to each server of a placed station
    region_base=("i8", (MAX_REGIONS,)),  # µs, both ways, to a station that is not placed
    objects_used="i8",
    exponent="f8",
    entries_used="i8",
    ring_used="i8",
    ring_noted="i8",  # 1 + the station of which `last` tells where keys were
    heap_size="i8",
    free_call="i8",
    calls_high="i8",  # slots ever used
    free_ask="i8",
    asks_high="i8",
    number="i8",  # requests in the system
    number_area="i8",
    answered="i8",
    on_time="i8",
    failed="i8",
    errors=("i8", (8,)),
    wasted="i8",  # µs of work for clients that had given up
    worked="i8",  # µs of work that was finished
    sum_response="i8",
    sum_waiting="i8",
    window_used="i8",
    window_next="i8",
    window_sum="i8",
    bin_started="i8",
    bin_finished="i8",
    bins_used="i8",
    bin_next="i8",
    load=("i8", (MAX_SERVERS,)),  # in flight per server, as the balancer counts
    rotation=("i8", (MAX_SERVERS,)),  # per station from its `first`: the servers it chooses among
    bins=(BIN, (BINS,)),
    window=("i4", (WINDOW,)),  # the last response times, µs
    window_histogram=("i4", (BUCKETS,)),
    histogram=("i4", (BUCKETS,)),
    stations=(STATION, (MAX_STATIONS,)),
    links=(LINK, (MAX_STATIONS,)),
    servers=(SERVER, (MAX_SERVERS,)),
    heap=("i8", (MAX_EVENTS,)),
    calls=(CALL, (MAX_CALLS,)),
    asks=(ASK, (MAX_ASKS,)),
    classes=(CLASS, (MAX_CLASSES,)),
    clients=(CLIENTS, (MAX_CLIENTS,)),
    objects=(OBJECT, (MAX_OBJECTS,)),
    ring=(POINT, (MAX_RING,)),
    entries=(ENTRY, (MAX_ENTRIES,)),
)
TAILS = ("stations", "links", "servers", "heap", "calls", "asks", "classes", "clients", "objects", "ring", "entries")

MAX_GRID = 32
MAX_TRACE = 4096
MAX_STANDING = 1024
SERIES = (
    "p50",
    "p95",
    "p99",
    "mean_response_time",
    "throughput",
    "error_rate",
    "utilisation",
    "number_in_system",
    "goodput",
    "queue_length",
)

TRACE = record(t="i8", id="i8", ends="i8", client="i8", kind="i8", server="i8", worker="i8", reason="i8")
STANDING = record(id="i8", joined="i8", started="i8", ends="i8", client="i8", server="i8", worker="i8")

OUT = record(
    tracing="i8",
    sample_mask="u8",
    trace_used="i8",
    standing_used="i8",
    grid_used="i8",  # instants asked for
    grid_next="i8",  # instants passed
    begun="i8",  # when the segment begins, µs; and what was counted by then, as in RUN: of all, of each station, of each server
    histogram=("i4", (BUCKETS,)),
    arrived=("i8", (MAX_STATIONS,)),
    sent=("i8", (MAX_SERVERS,)),
    grid=("i8", (MAX_GRID,)),
    series=("f8", (MAX_GRID, len(SERIES))),
    queue=("i4", (MAX_GRID, MAX_SERVERS)),
    busy=("i4", (MAX_GRID, MAX_SERVERS)),
    shared=("i4", (MAX_GRID, MAX_STATIONS)),  # waiting in the shared queue of each station
    readout=("f8", (len(SERIES),)),
    utilisation=("f8", (MAX_SERVERS,)),
    worst=("i8", (MAX_SERVERS,)),
    standing=(STANDING, (MAX_STANDING,)),
    trace=(TRACE, (MAX_TRACE,)),
)
