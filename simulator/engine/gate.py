"""What stands before the choice of a server: token bucket, TLS at the balancer; and what a rejection costs."""

import numpy as np

from simulator.engine.calls import draw_of
from simulator.engine.codes import AT_BALANCER, NOWHERE, OK, REJECTED
from simulator.engine.compiled import inner
from simulator.engine.draw import mix, uniform
from simulator.engine.layout import Out, State
from simulator.engine.sessions import at_door

TOKEN = 1_000_000_000_000  # parts of one token: whole numbers, so that no rounding adds up


@inner
def set_gate(run: State, t: int, station: State) -> None:
    """The gate's settings have changed (or the run begins): its bucket goes on with what is in it; a new one is full."""
    size = np.int64(station.bucket_size * TOKEN + 0.5)
    if station.bucket_fill > 0:
        refill(t, station, size)
    else:
        station.bucket = size
    station.bucket_at = t
    station.bucket_fill = np.int64(station.bucket_rate * TOKEN + 0.5)
    station.gate = 1 if station.bucket_fill > 0 or station.tls == AT_BALANCER or station.sessions != NOWHERE else 0


@inner
def refill(t: int, station: State, size: int) -> None:
    """Bring the bucket up to `t`; it holds `size` at most."""
    span = t - station.bucket_at
    missing = max(size - station.bucket, 0)
    if span > missing // station.bucket_fill:  # asked first: the product could be too large for an integer
        station.bucket = size
    else:
        station.bucket = min(size, station.bucket + span * station.bucket_fill)
    station.bucket_at = t


@inner
def admit(run: State, out: Out, t: int, station: State, c: int) -> int:
    """Whether call `c` may go on to a server: OK, or the reason why not. Called where `station.gate` is 1.

    A token bucket lets through at most b + r·t calls in any t (Cruz, "A calculus for network delay, part I", 1991).
    """
    if station.bucket_fill > 0:
        refill(t, station, np.int64(station.bucket_size * TOKEN + 0.5))
        if station.bucket < TOKEN:
            owe(run, t, station, -1)
            return REJECTED
        station.bucket -= TOKEN
    if station.sessions != NOWHERE:
        at_door(run, t, station, c)
    return OK


@inner
def handshake_before(station: State, call: State) -> int:
    """µs that the balancer's own TLS handshake takes before call `call` reaches the gate; the balancer never queues."""
    if station.tls == AT_BALANCER and uniform(mix(station.key_reuse, draw_of(call))) >= station.reuse:
        return np.int64(station.handshake + 0.5)
    return 0


@inner
def work_off(t: int, station: State, server: State) -> None:
    """Bring a server's debt up to `t`: its idle workers have worked on it since it was last looked at."""
    area = server.area + server.busy * t
    if server.debt > 0.0:
        idle = station.workers * (t - server.debt_since) - (area - server.debt_area)
        server.debt = max(server.debt - max(idle, 0) / server.pace, 0.0)
    server.debt_since = t
    server.debt_area = area


@inner
def owe(run: State, t: int, station: State, v: int) -> None:
    """A rejection costs server `v` (-1: one in the rotation, by turns) `reject_cost` × the mean service time of work.

    Idle workers do it at once, else the next call that starts there waits for it on its worker (`settle`).
    """
    if station.reject_cost <= 0.0:
        return
    if v < 0:
        if station.in_rotation == 0:
            return
        station.reject_turn = (station.reject_turn + 1) % station.in_rotation
        v = run.rotation[station.first + station.reject_turn]
    server = run.servers[v]
    work_off(t, station, server)
    server.debt += station.reject_cost * station.service_time


@inner
def settle(t: int, station: State, server: State) -> float:
    """µs of work (at speed 1) that the server still owes for rejections; the call that starts now does it first."""
    work_off(t, station, server)
    owed = server.debt
    server.debt = 0.0
    return owed
