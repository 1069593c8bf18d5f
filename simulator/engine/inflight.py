"""How many calls each server has in flight, as its balancers count: one count, or one each for several that share nothing."""

from simulator.engine.codes import FREE, MAX_BALANCERS
from simulator.engine.compiled import inner
from simulator.engine.draw import below, mix
from simulator.engine.layout import State


@inner
def balancer_of(station: State, k: int) -> int:
    """Which of the station's balancers request `k` comes to, whatever its attempt."""
    return below(mix(station.key_balancer, k), station.balancers) if station.balancers > 1 else 0


@inner
def in_flight(run: State, station: State, b: int, v: int) -> int:
    """Calls in flight at server `v` that balancer `b` knows of: those that it has sent."""
    return run.servers[v].own_load[b] if station.balancers > 1 else run.load[v]


@inner
def count_in(run: State, station: State, v: int, c: int) -> None:
    """Server `v` has call `c` in flight from now on."""
    run.load[v] += 1
    call = run.calls[c]
    call.joined = 1
    if station.balancers > 1:
        run.servers[v].own_load[balancer_of(station, call.id)] += 1


@inner
def count_out(run: State, station: State, v: int, c: int) -> None:
    """Server `v` has call `c` in flight no longer."""
    run.load[v] -= 1
    call = run.calls[c]
    call.joined = 0
    if station.balancers > 1:
        run.servers[v].own_load[balancer_of(station, call.id)] -= 1


@inner
def recount(run: State, station: State) -> None:
    """The number of balancers has changed: each counts its own anew."""
    last = station.first + station.room
    for v in range(station.first, last):
        for b in range(MAX_BALANCERS):
            run.servers[v].own_load[b] = 0
    for c in range(run.calls_high):
        call = run.calls[c]
        if call.state != FREE and call.joined == 1 and station.first <= call.server < last:
            run.servers[call.server].own_load[balancer_of(station, call.id)] += 1
