"""The state of a run: one aligned NumPy record, and the record that a segment is written into.

Times are integer microseconds of simulated time, counts are integers, areas (time integrals of a count)
are integer microseconds: no sum depends on where a run was sliced. The area trick: a count that rises by
one at `t` subtracts `t` from its accumulator, one that falls adds `t`; the integral up to `now` is then
`accumulator + count × now`, at one addition per event.

The record ends with the two parts that are mostly unused, `heap` and `calls`, so a checkpoint copies the
head and the used beginning of these two (`simulator.checkpoint`).
"""

from typing import Any, TypeAlias

import numpy as np

State: TypeAlias = Any  # numba record of RUN; a plain record in Python
Out: TypeAlias = Any  # numba record of OUT

MAX_STATIONS = 4
MAX_SERVERS = 64  # over all stations
MAX_WORKERS = 64  # per server: one bit each in `mask`
MAX_CALLS = 16384  # requests in the system at once; one more is dropped as `full`
MAX_EVENTS = MAX_SERVERS * MAX_WORKERS + 4 * MAX_SERVERS + 8
MAX_CLIENTS = 4096  # clients that the balancer remembers when it is sticky
BUCKETS = 4096
WINDOW = 1000  # answers behind the rolling percentiles
BINS = 10  # the recent window of rates and utilisation: this many bins …
BIN_FINISHED = 100  # … of so many finished requests each
BIN_TIME = 500_000  # … or of this many µs, whichever ends first

TIME_BITS = 37  # an event is one integer: time, kind, index
KIND_BITS = 4
INDEX_BITS = 22
TIME_SHIFT = KIND_BITS + INDEX_BITS
LAST_TIME = (1 << TIME_BITS) - 1  # µs, 38 h; nothing is scheduled later
NEVER = (1 << 63) - 1

# Kinds of events; at equal times the lower kind comes first, arrivals last.
END, BOOTED, PROBE = 0, 1, 2

# Laws of the service time
DETERMINISTIC, EXPONENTIAL, ERLANG, HYPEREXPONENTIAL, SHIFTED = 0, 1, 2, 3, 4

# Strategies of a balancer
RANDOM, ROUND_ROBIN, WEIGHTED, LEAST_CONNECTIONS, TWO_CHOICES, STICKY, SHARED_QUEUE = 0, 1, 2, 3, 4, 5, 6

# Why a request failed: index into `errors`
FULL, REFUSED, STOPPED, FAILED = 0, 1, 2, 3
REASONS = ("full", "refused", "stopped", "failed")

# Codes of settings, for `kernel.apply`: of the clients, of a station from 10, of a server from 30
SET_ARRIVAL_RATE, SET_SPIKE, SET_DEADLINE, SET_POPULATION = 0, 1, 2, 3
SET_SERVICE_TIME, SET_VARIABILITY, SET_SERVERS, SET_WORKERS, SET_QUEUE_LIMIT, SET_STRATEGY = 10, 11, 12, 13, 14, 15
SET_INTERVAL, SET_RISE, SET_FALL, SET_BOOT_TIME, SET_CONTENTION, SET_COHERENCY = 16, 17, 18, 19, 20, 21
SET_SPEED, SET_WEIGHT, SET_STOP, SET_SLOW, SET_FAST_FAIL = 30, 31, 32, 33, 34

# States of a call
FREE, WAITING, IN_SERVICE, FAILING = 0, 1, 2, 3

# Rows of a trace
JOIN, START, ANSWER, ERROR, DROP, LEFT_ROTATION, JOINED_ROTATION, UP = 0, 1, 2, 3, 4, 5, 6, 7

CALL = np.dtype(
    [
        ("id", "i8"),  # number of the request, from 0
        ("arrived", "i8"),
        ("started", "i8"),
        ("ends", "i8"),
        ("next", "i8"),  # the call behind this one in its queue, or the next free slot
        ("server", "i8"),  # -1 while it waits in the shared queue
        ("worker", "i8"),
        ("state", "i8"),
    ],
    align=True,
)

SERVER = np.dtype(
    [
        ("station", "i8"),
        ("present", "i8"),  # counted in the station's number of servers
        ("stopped", "i8"),
        ("booting", "i8"),
        ("alive", "i8"),  # accepts connections
        ("in_rotation", "i8"),
        ("good", "i8"),  # successful probes in a row
        ("bad", "i8"),  # failed probes in a row
        ("failing", "i8"),  # fast-fail: µs to an error answer, 0 = off
        ("speed", "f8"),
        ("slowed", "f8"),  # factor of the fault `slow`, 1 = off
        ("pace", "f8"),  # µs of time per µs of work
        ("weight", "f8"),
        ("credit", "f8"),  # smooth weighted round robin
        ("mask", "u8"),  # busy workers
        ("busy", "i8"),
        ("waiting", "i8"),
        ("head", "i8"),
        ("tail", "i8"),
        ("area", "i8"),  # of busy
        ("sent", "i8"),
        ("answered", "i8"),
        ("errors", "i8"),
        ("worst", "i8"),  # longest response of the present bin
    ],
    align=True,
)

STATION = np.dtype(
    [
        ("first", "i8"),
        ("room", "i8"),  # servers that the station may ever have
        ("servers", "i8"),
        ("workers", "i8"),
        ("queue_limit", "i8"),
        ("strategy", "i8"),
        ("law", "i8"),
        ("stages", "i8"),
        ("service_time", "f8"),  # µs
        ("variability", "f8"),  # cv²
        ("chance", "f8"),  # of the first branch
        ("mean_a", "f8"),
        ("mean_b", "f8"),
        ("contention", "f8"),
        ("coherency", "f8"),
        ("turn", "i8"),
        ("in_rotation", "i8"),
        ("waiting", "i8"),
        ("head", "i8"),
        ("tail", "i8"),
        ("rise", "i8"),
        ("fall", "i8"),
        ("probing", "i8"),
        ("interval", "i8"),
        ("boot_time", "i8"),
        ("rented_area", "i8"),  # of servers
        ("worker_area", "i8"),  # of servers × workers
        ("price_server", "f8"),  # $/h
        ("price_worker", "f8"),
        ("key_service", "u8"),
        ("key_branch", "u8"),
        ("key_routing", "u8"),
    ],
    align=True,
)

BIN = np.dtype(
    [
        ("time", "i8"),
        ("answered", "i8"),
        ("on_time", "i8"),
        ("failed", "i8"),
        ("number_area", "i8"),
        ("area", "i8", (MAX_SERVERS,)),
        ("worst", "i8", (MAX_SERVERS,)),
    ],
    align=True,
)

RUN = np.dtype(
    [
        ("clock", "i8"),
        ("next_arrival", "i8"),
        ("arrivals", "i8"),
        ("base_rate", "f8"),  # requests per µs
        ("spike", "f8"),  # factor, 1 = off
        ("rate", "f8"),  # base_rate × spike
        ("population", "i8"),
        ("deadline", "i8"),  # µs; 0 = none
        ("windowed", "i8"),  # whether the rolling windows are kept (a graded run needs none)
        ("applied", "i8"),  # changes of the timeline that are in force
        ("key_arrival", "u8"),
        ("key_client", "u8"),
        ("key_home", "u8"),
        ("key_probe", "u8"),
        ("stations_used", "i8"),
        ("heap_size", "i8"),
        ("free_call", "i8"),
        ("calls_high", "i8"),  # slots ever used
        ("number", "i8"),  # in the system
        ("number_area", "i8"),
        ("answered", "i8"),
        ("on_time", "i8"),
        ("failed", "i8"),
        ("errors", "i8", (8,)),
        ("sum_response", "i8"),
        ("sum_waiting", "i8"),
        ("window_used", "i8"),
        ("window_next", "i8"),
        ("window_sum", "i8"),
        ("bin_started", "i8"),
        ("bin_finished", "i8"),
        ("bins_used", "i8"),
        ("bin_next", "i8"),
        ("load", "i8", (MAX_SERVERS,)),  # in flight per server, as the balancer counts
        ("rotation", "i8", (MAX_SERVERS,)),  # per station from its `first`: the servers it chooses among
        ("stations", STATION, (MAX_STATIONS,)),
        ("servers", SERVER, (MAX_SERVERS,)),
        ("bins", BIN, (BINS,)),
        ("homes", "i2", (MAX_CLIENTS,)),  # sticky: 1 + the client's server, 0 = none yet
        ("window", "i4", (WINDOW,)),  # the last response times, µs
        ("window_histogram", "i4", (BUCKETS,)),
        ("histogram", "i8", (BUCKETS,)),
        ("heap", "i8", (MAX_EVENTS,)),
        ("calls", CALL, (MAX_CALLS,)),
    ],
    align=True,
)

MAX_GRID = 24
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

TRACE = np.dtype(
    [
        ("t", "i8"),
        ("id", "i8"),
        ("ends", "i8"),
        ("client", "i8"),
        ("kind", "i8"),
        ("server", "i8"),
        ("worker", "i8"),
        ("reason", "i8"),
    ],
    align=True,
)

STANDING = np.dtype(
    [
        ("id", "i8"),
        ("joined", "i8"),
        ("started", "i8"),
        ("ends", "i8"),
        ("client", "i8"),
        ("server", "i8"),
        ("worker", "i8"),
    ],
    align=True,
)

OUT = np.dtype(
    [
        ("tracing", "i8"),
        ("sample_mask", "u8"),
        ("trace_used", "i8"),
        ("standing_used", "i8"),
        ("grid_used", "i8"),  # instants asked for
        ("grid_next", "i8"),  # instants passed
        ("grid", "i8", (MAX_GRID,)),
        ("series", "f8", (MAX_GRID, len(SERIES))),
        ("queue", "i4", (MAX_GRID, MAX_SERVERS)),
        ("busy", "i4", (MAX_GRID, MAX_SERVERS)),
        ("shared", "i4", (MAX_GRID,)),  # waiting in the shared queue of the first station
        ("readout", "f8", (len(SERIES),)),
        ("utilisation", "f8", (MAX_SERVERS,)),
        ("worst", "i8", (MAX_SERVERS,)),
        ("standing", STANDING, (MAX_STANDING,)),
        ("trace", TRACE, (MAX_TRACE,)),
    ],
    align=True,
)
