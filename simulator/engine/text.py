"""The parts of a segment that are many numbers, written as JSON text in compiled code.

What they mean and how they are rounded is told in simulator/segment.py, whose `Segment.to_json()` says the same in Python,
number by number; a test holds both to the same bytes. A number that this cannot write as Python would (below 10 µs, from
10,000/s on) leaves a mark in the first byte, and the Python is taken.
"""

import numpy as np
from numpy.typing import NDArray

from simulator.engine import codes
from simulator.engine.codes import (
    ANSWER,
    BOOTS_AGAIN,
    DATABASE,
    DROP,
    ERROR,
    GAVE_UP,
    HEDGED,
    HIT,
    JOIN,
    MAX_SERVERS,
    MISS,
    RETRIED,
    START,
)
from simulator.engine.compiled import entry, inner
from simulator.engine.histogram import PER_OCTAVE_BITS
from simulator.engine.layout import MAX_GRID, MAX_STANDING, MAX_TRACE, SERIES, Out, State
from simulator.engine.writing import (
    NULL,
    Text,
    decimal,
    fixed,
    flag,
    instant,
    pick,
    put,
    seconds,
    short,
    sign,
    whole,
    word,
    words,
)

ROOM = 1 << 20  # bytes that the longest text fits into, several times over
PIECE = 4_096  # bytes that one row or one server may take at most
FINE = 1 << (PER_OCTAVE_BITS - 2)  # of the engine's buckets in one of a segment's
UP, SLOW, DOWN, BOOTING, HUNG, DRAINING = 0, 1, 2, 3, 4, 5
STATES = ("up", "slow", "down", "boot", "hung", "drain")

assert PIECE * 2 + 100 * MAX_TRACE + 120 * MAX_STANDING + MAX_SERVERS * (300 + 16 * MAX_GRID) + 30 * MAX_GRID * len(SERIES) < ROOM

W_EVENTS, W_AT, W_SERVERS = word(',"events":['), word('],"at":['), word('],"servers":{"queue_length":[')
W_BUSY, W_SHARED, W_SHARE = word('],"busy":['), word('],"shared_queue":['), word('],"share":[')
W_STATES, W_SERIES = word(']},"states":['), word('],"series":{')
W_WINDOW, W_HISTOGRAM, W_READOUTS = word('},"window":{"answers":'), word('},"histogram":['), word('],"readouts":{')
W_TOTALS, W_ANSWERED, W_DROPPED = word(',"totals":{"arrivals":'), word(',"answered":'), word(',"dropped":')
W_ERRORS, W_CLOSE = word(',"errors":{'), word('}},"notices":')
W_FROM, W_UNTIL, W_SAMPLE = word('{"from":'), word(',"until":'), word(',"sample":')
W_STANDING = word(',"standing":[')
W_STATE, W_ROTATION, W_WORKERS = word('{"state":"'), word('","in_rotation":'), word(',"workers":')
W_WEIGHT, W_IN_FLIGHT, W_FAILING = word(',"weight":'), word(',"in_flight":'), word(',"failing":')
W_UTILISATION, W_WORST = word(',"utilisation":'), word(',"worst":')
W_ABSENT, W_PRIMARY = word(',"present":false'), word(',"primary":true')
W_OK, W_ERROR = word('"ok"'), word('"error"')
SAID = {
    JOIN: "join", START: "start", ANSWER: "end", ERROR: "end", DROP: "drop",
    HIT: "hit", MISS: "miss", RETRIED: "retry", GAVE_UP: "give_up", HEDGED: "hedge",
}  # fmt: skip
KINDS = words(tuple(f',"{SAID[kind]}",' if kind in SAID else "" for kind in range(BOOTS_AGAIN + 1)))
NAMES = words(tuple(f'"{name}":[' for name in SERIES))
NUMBER = SERIES.index("number_in_system")
COUNTED = words(tuple(f'"{reason}":' for reason in codes.REASONS))
WHYS = words(tuple(f'"{reason}",' for reason in codes.REASONS))
HOW = words(STATES)


@inner
def write_head(run: State, out: Out, text: Text, at: int) -> int:
    """From when until when, and of how many requests one is drawn."""
    at = instant(text, put(text, at, W_FROM), out.begun)
    at = instant(text, put(text, at, W_UNTIL), run.clock)
    return whole(text, put(text, at, W_SAMPLE), out.sample_mask + 1)


@inner
def write_standing(out: Out, text: Text, at: int) -> int:
    """The drawn requests in the system when the segment begins, by their numbers."""
    used = out.standing_used
    order = np.empty(used, np.int64)
    for n in range(used):
        k = n
        while k > 0 and out.standing[order[k - 1]].id > out.standing[n].id:
            order[k] = order[k - 1]
            k -= 1
        order[k] = n
    for n in range(used):
        row = out.standing[order[n]]
        at = sign(text, at, 91) if n == 0 else sign(text, sign(text, at, 44), 91)
        at = sign(text, whole(text, at, row.id), 44)
        at = sign(text, whole(text, at, row.client), 44)
        at = sign(text, whole(text, at, row.server), 44)
        at = sign(text, seconds(text, at, row.joined), 44)
        busy = row.started >= 0
        at = seconds(text, at, row.started) if busy else put(text, at, NULL)
        at = sign(text, whole(text, sign(text, at, 44), row.worker), 44)
        at = seconds(text, at, row.ends) if busy else put(text, at, NULL)
        at = sign(text, at, 93)
    return at


@inner
def write_events(out: Out, text: Text, at: int) -> int:
    """The drawn requests' events."""
    begun = at
    for n in range(out.trace_used):
        row = out.trace[n]
        kind = row.kind
        if KINDS[kind, 0] == 0:  # about a server: a notice
            continue
        if at > begun:
            at = sign(text, at, 44)
        at = seconds(text, sign(text, at, 91), row.t)
        at = pick(text, at, KINDS, kind)
        at = sign(text, whole(text, at, row.id), 44)
        at = sign(text, whole(text, at, row.server), 44)
        if kind == START:
            at = sign(text, whole(text, at, row.worker), 44)
            at = seconds(text, at, row.ends)
        elif kind == ANSWER:
            at = put(text, at, W_OK)
        elif kind == ERROR:
            at = put(text, at, W_ERROR)
        elif kind == DROP:
            at = whole(text, pick(text, at, WHYS, row.reason), row.client)
        else:
            at = whole(text, at, row.client)
        at = sign(text, at, 93)
    return at


@inner
def write_counts(counts: NDArray[np.int32], used: int, rows: int, text: Text, at: int) -> int:
    """A list for each server of its counts (instants × servers) at the instants."""
    for n in range(rows):
        at = sign(text, at, 91) if n == 0 else sign(text, sign(text, at, 44), 91)
        for k in range(used):
            if k > 0:
                at = sign(text, at, 44)
            at = whole(text, at, counts[k, n])
        at = sign(text, at, 93)
    return at


@inner
def write_servers(run: State, out: Out, rows: int, main: int, text: Text, at: int) -> int:
    """What waits and is worked on at the instants, and each server's share of what its station was sent."""
    used = out.grid_used
    at = write_counts(out.queue, used, rows, text, put(text, at, W_SERVERS))
    at = write_counts(out.busy, used, rows, text, put(text, at, W_BUSY))
    at = put(text, at, W_SHARED)
    for k in range(used):
        if k > 0:
            at = sign(text, at, 44)
        at = whole(text, at, out.shared[k, main])
    at = put(text, at, W_SHARE)
    for s in range(run.stations_used):
        station = run.stations[s]
        last = min(rows, station.first + station.room)
        total = np.int64(0)
        for n in range(station.first, last):
            total += run.servers[n].sent - out.sent[n]
        for n in range(station.first, last):
            if n > 0:
                at = sign(text, at, 44)
            at = fixed(text, at, (run.servers[n].sent - out.sent[n]) / max(1, total), 4)
    return at


@inner
def state_of(run: State, n: int) -> int:
    """How a server stands."""
    server = run.servers[n]
    if server.stopped != 0 or not (server.present != 0 or run.load[n] != 0):
        return DOWN
    if server.booting != 0:
        return BOOTING
    if server.hung != 0:
        return HUNG
    if server.draining != 0:
        return DRAINING
    return SLOW if server.slowed < 1.0 else UP


@inner
def takes_writes(run: State, n: int) -> bool:
    """Whether a server is the primary of a partition of a database that has replicas."""
    station = run.stations[run.servers[n].station]
    if station.kind == DATABASE and station.replicas > 0:
        for partition in range(station.servers // (1 + station.replicas)):
            if station.primaries[partition] == n:
                return True
    return False


@inner
def write_states(run: State, out: Out, how: Text, rows: int, text: Text, at: int) -> int:
    """Each server as it stands at the end; its state goes into `how` too."""
    for n in range(rows):
        server = run.servers[n]
        how[n] = state_of(run, n)
        if n > 0:
            at = sign(text, at, 44)
        at = pick(text, put(text, at, W_STATE), HOW, how[n])
        at = flag(text, put(text, at, W_ROTATION), server.in_rotation != 0)
        at = whole(text, put(text, at, W_WORKERS), run.stations[server.station].workers)
        at = fixed(text, put(text, at, W_WEIGHT), server.weight, 4)
        if np.rint(server.weight * 1e4) / 1e4 != server.weight:
            text[0] = 1
        at = whole(text, put(text, at, W_IN_FLIGHT), run.load[n])
        at = flag(text, put(text, at, W_FAILING), server.failing != 0 or server.zombie != 0)
        at = fixed(text, put(text, at, W_UTILISATION), min(1.0, out.utilisation[n]), 3)
        at = put(text, at, W_WORST)
        at = short(text, at, out.worst[n] * 1e-6) if out.worst[n] != 0 else put(text, at, NULL)
        if server.present == 0 and run.load[n] == 0:
            at = put(text, at, W_ABSENT)
        if takes_writes(run, n):
            at = put(text, at, W_PRIMARY)
        at = sign(text, at, 125)
    return at


@inner
def write_series(out: Out, text: Text, at: int) -> int:
    """The rolling figures at the instants."""
    for column in range(len(NAMES)):
        if column > 0:
            at = sign(text, at, 44)
        at = pick(text, at, NAMES, column)
        for k in range(out.grid_used):
            if k > 0:
                at = sign(text, at, 44)
            at = short(text, at, out.series[k, column])
        at = sign(text, at, 93)
    return at


@inner
def write_histogram(run: State, out: Out, text: Text, at: int) -> int:
    """The answers by response time, in coarse buckets."""
    begun = at
    for bucket in range(codes.BUCKETS // FINE):
        total = np.int64(0)
        for k in range(bucket * FINE, bucket * FINE + FINE):
            total += run.histogram[k] - out.histogram[k]
        if total != 0:
            at = sign(text, at, 91) if at == begun else sign(text, sign(text, at, 44), 91)
            at = sign(text, whole(text, sign(text, whole(text, at, bucket), 44), total), 93)
    return at


@inner
def write_totals(run: State, text: Text, at: int) -> int:
    """What was counted since 0 s."""
    at = whole(text, put(text, at, W_TOTALS), run.arrivals)
    at = whole(text, put(text, at, W_ANSWERED), run.answered)
    at = whole(text, put(text, at, W_DROPPED), run.failed - run.errors[codes.FAILED])
    at = put(text, at, W_ERRORS)
    for reason in range(len(COUNTED)):
        if reason > 0:
            at = sign(text, at, 44)
        at = whole(text, pick(text, at, COUNTED, reason), run.errors[reason])
    return put(text, at, W_CLOSE)


@inner
def notices(out: Out) -> int:
    """How many rows are about servers."""
    found = np.int64(0)
    for n in range(out.trace_used):
        if KINDS[out.trace[n].kind, 0] == 0:
            found += 1
    return found


@inner
def present_rows(run: State, most: int) -> int:
    """How many servers are told of: up to the last one that is there."""
    for n in range(most - 1, -1, -1):
        if run.servers[n].present == 1 or run.load[n] > 0:
            return n + 1
    return 0


@entry
def write(state: np.ndarray, output: np.ndarray, most: int, main: int, how: Text, text: Text) -> tuple[int, int, int, int]:
    """From the beginning to the measures of "readouts", then "totals", as in `Segment.to_json()`.

    Of at most `most` servers; of the station `main` the shared queue is told. Gives where the first part, which begins at 1,
    ends, and the second; for how many servers `how` holds the state; and how many notices about servers the trace holds.
    text[0] becomes 1 where it fails.
    """
    run, out = state[0], output[0]
    text[0] = 0
    rows = most if run.stations_used > 1 else present_rows(run, most)
    at = write_head(run, out, text, 1)
    at = write_standing(out, text, put(text, at, W_STANDING))
    at = write_events(out, text, put(text, sign(text, at, 93), W_EVENTS))
    at = put(text, at, W_AT)
    for k in range(out.grid_used):
        if k > 0:
            at = sign(text, at, 44)
        at = seconds(text, at, out.grid[k])
    at = write_servers(run, out, rows, main, text, at)
    at = write_states(run, out, how, rows, text, put(text, at, W_STATES))
    at = write_series(out, text, put(text, at, W_SERIES))
    at = whole(text, put(text, at, W_WINDOW), run.window_used)
    at = write_histogram(run, out, text, put(text, at, W_HISTOGRAM))
    at = put(text, at, W_READOUTS)
    for column in range(len(NAMES)):
        size = np.int64(NAMES[column, 0])
        for k in range(1, size):  # without the bracket that opens a list
            text[at + k - 1] = NAMES[column, k]
        at += size - 1
        at = decimal(text, at, run.number, 0) if column == NUMBER else short(text, at, out.readout[column])
        at = sign(text, at, 44)
    return at, write_totals(run, text, at), rows, notices(out)
