"""The servers that a balancer chooses among: members enter and leave, in the order of their numbers."""

from simulator.engine.codes import JOINED_ROTATION, LEFT_ROTATION, MAX_BALANCERS
from simulator.engine.compiled import inner
from simulator.engine.layout import Out, State
from simulator.engine.ring import members_changed
from simulator.engine.service import fill
from simulator.engine.trace import note_server


@inner
def enter_rotation(run: State, out: Out, t: int, v: int) -> None:
    """The balancer begins to use a server, unless that is about to go or is ejected for a while."""
    server = run.servers[v]
    if server.in_rotation == 1 or server.present == 0 or server.draining == 1 or server.ejected_until > t:
        return
    station = run.stations[server.station]
    place = station.first + station.in_rotation
    while place > station.first and run.rotation[place - 1] > v:
        run.rotation[place] = run.rotation[place - 1]
        place -= 1
    run.rotation[place] = v
    station.in_rotation += 1
    server.in_rotation = 1
    server.good = 0
    server.bad = 0
    server.bad_answers = 0
    for b in range(MAX_BALANCERS):
        server.credit[b] = 0.0
        server.average[b] = 0.0
    server.joined = t
    members_changed(run, out, t, station)
    note_server(run, out, t, JOINED_ROTATION, v)
    fill(run, out, t, v)


@inner
def leave_rotation(run: State, out: Out, t: int, v: int) -> None:
    """The balancer sends nothing more to a server."""
    server = run.servers[v]
    if server.in_rotation == 0:
        return
    station = run.stations[server.station]
    place = station.first
    while run.rotation[place] != v:
        place += 1
    last = station.first + station.in_rotation - 1
    while place < last:
        run.rotation[place] = run.rotation[place + 1]
        place += 1
    station.in_rotation -= 1
    server.in_rotation = 0
    server.good = 0
    server.bad = 0
    members_changed(run, out, t, station)
    note_server(run, out, t, LEFT_ROTATION, v)
