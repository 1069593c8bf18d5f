"""Processor sharing: all calls of a server are worked on at once and share its workers equally.

`server.share_work` is the work that each call in service has received; a call that joins at W and needs w is done
when it reaches W + w (`call.ends`). Calls stand in a list by that number, and one SHARE event per server is enough.
"""

import numpy as np

from simulator.engine.codes import LAST_TIME, NEVER, SHARE
from simulator.engine.compiled import inner
from simulator.engine.events import bring_forward, event, index_of, pop
from simulator.engine.layout import State


@inner
def work_so_far(server: State, station: State, t: int) -> None:
    """Bring `share_work` up to `t`. Each of n calls on c workers gets min(1, c/n) of a worker."""
    if server.share_count > 0:
        part = min(1.0, station.workers / server.share_count) if server.hung == 0 else 0.0
        server.share_work += (t - server.share_at) * part / server.pace
    else:
        server.share_work = 0.0
    server.share_at = t


@inner
def plan(run: State, t: int, v: int) -> None:
    """Make sure that the server's SHARE event is not later than its next completion."""
    server = run.servers[v]
    station = run.stations[server.station]
    if server.share_count == 0 or server.hung == 1:
        return
    left = max(run.calls[server.share_head].ends - server.share_work, 0.0)
    part = min(1.0, station.workers / server.share_count)
    due = event(min(t + max(1, np.int64(min(left * server.pace / part, 1e15) + 0.999999)), LAST_TIME), SHARE, v)
    if due < server.share_end:
        bring_forward(run, server.share_end, due)
        server.share_end = due


@inner
def count_busy(server: State, station: State, t: int, by: int) -> None:
    """One call more or fewer in service; the workers in use are at most the calls."""
    before = min(server.share_count, station.workers)
    server.share_count += by
    change = min(server.share_count, station.workers) - before
    server.busy += change
    server.area -= t * change


@inner
def share(run: State, t: int, v: int, c: int, key: int) -> None:
    """Call `c`, whose end alone on a worker has been worked out, joins the calls in service."""
    server = run.servers[v]
    station = run.stations[server.station]
    call = run.calls[c]
    work_so_far(server, station, t)
    call.ends = np.int64(server.share_work + (call.ends - t) / server.pace + 0.5)
    after = server.share_head
    before = -1
    while after >= 0 and run.calls[after].ends <= call.ends:
        before = after
        after = run.calls[after].next
    call.next = after
    call.prev = before
    if before >= 0:
        run.calls[before].next = c
    else:
        server.share_head = c
    if after >= 0:
        run.calls[after].prev = c
    count_busy(server, station, t, 1)
    plan(run, t, v)


@inner
def unshare(run: State, t: int, v: int, c: int) -> None:
    """Call `c` is in service no longer."""
    server = run.servers[v]
    station = run.stations[server.station]
    work_so_far(server, station, t)
    call = run.calls[c]
    if call.prev >= 0:
        run.calls[call.prev].next = call.next
    else:
        server.share_head = call.next
    if call.next >= 0:
        run.calls[call.next].prev = call.prev
    count_busy(server, station, t, -1)
    plan(run, t, v)


@inner
def shared_end(run: State, key: int, t: int) -> int:
    """A SHARE event, the first of the list: the call that is done, or -1 when more calls came meanwhile."""
    v = index_of(key)
    server = run.servers[v]
    station = run.stations[server.station]
    pop(run)
    server.share_end = NEVER
    if server.share_count == 0:
        return -1
    work_so_far(server, station, t)
    c = server.share_head
    if run.calls[c].ends > server.share_work + 0.5:
        plan(run, t, v)
        return -1
    unshare(run, t, v, c)
    return c


@inner
def new_pace(run: State, t: int, v: int, pace: float) -> None:
    """The server works faster or slower from now on."""
    server = run.servers[v]
    work_so_far(server, run.stations[server.station], t)
    server.pace = pace
    if server.share_count > 0 and server.share_end != NEVER:
        plan(run, t, v)
