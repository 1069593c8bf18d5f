"""Passive ejection: a server that answers with errors, several in a row, is left out for a while.

As nginx does with `max_fails` and `fail_timeout` (ngx_http_upstream_module): after so many failures a server gets nothing
for `eject_time`, then it is tried again; with a single server left neither counts. Here the failures must come in a row
(Envoy's `consecutive_5xx`), where nginx counts those within `fail_timeout`. A refused connection is a failure.
"""

from simulator.engine.codes import CHECK, OK
from simulator.engine.compiled import inner
from simulator.engine.events import event, push
from simulator.engine.layout import Out, State
from simulator.engine.rotation import enter_rotation, leave_rotation


@inner
def outcome(run: State, out: Out, t: int, v: int, reason: int) -> None:
    """Server `v` has just answered, with OK or for a reason; called where `station.eject_after` is above 0."""
    server = run.servers[v]
    if reason == OK:
        server.bad_answers = 0
        return
    station = run.stations[server.station]
    server.bad_answers += 1
    if server.bad_answers < station.eject_after or server.in_rotation == 0 or station.in_rotation < 2:
        return
    server.ejected_until = t + station.eject_time
    station.ejections += 1
    leave_rotation(run, out, t, v)
    push(run, event(server.ejected_until, CHECK, v))


@inner
def ejection_ends(run: State, out: Out, t: int, v: int) -> None:
    """If it is now that server `v`'s ejection is over, it is tried again, unless health checks say that it is down."""
    server = run.servers[v]
    if server.ejected_until != t or server.present == 0 or server.bad >= run.stations[server.station].fall:
        return
    enter_rotation(run, out, t, v)
