"""How a balancer chooses a server. One function per strategy; each returns a server's index.

`rotation` holds, from `station.first` on, the `station.in_rotation` servers that the balancer believes in,
in the order of their numbers. `load` is what it counts: requests in flight per server. A strategy draws
from `key_routing` with the request's number only, so no other source of chance is disturbed.
"""

import numpy as np

from simulator.engine.calls import draw_of
from simulator.engine.codes import (
    DATABASE,
    LEAST_CONNECTIONS,
    MAX_CALLS,
    ROUND_ROBIN,
    SHARING,
    STICKY,
    TWO_CHOICES,
    WEIGHTED,
)
from simulator.engine.compiled import inner
from simulator.engine.database import node_for
from simulator.engine.draw import below, below_low, client_of, known_client, mix
from simulator.engine.layout import State

ONE, NONE = np.uint64(1), np.uint64(0)


@inner
def at_random(run: State, station: State, k: int) -> int:
    """Every server in the rotation is equally likely."""
    return run.rotation[station.first + below(mix(station.key_routing, k), station.in_rotation)]


@inner
def in_turn(run: State, station: State) -> int:
    """One after the other."""
    turn = station.turn[0]
    if turn >= station.in_rotation:
        turn = 0
    station.turn[0] = turn + 1
    return run.rotation[station.first + turn]


@inner
def by_weight(run: State, station: State) -> int:
    """Smooth weighted round robin: each server earns its weight, the richest is chosen and pays for all."""
    total = 0.0
    best = run.rotation[station.first]
    for place in range(station.first, station.first + station.in_rotation):
        v = run.rotation[place]
        server = run.servers[v]
        server.credit += server.weight
        total += server.weight
        if server.credit > run.servers[best].credit:
            best = v
    run.servers[best].credit -= total
    return best


@inner
def least_connections(run: State, station: State, k: int) -> int:
    """The fewest requests in flight; one of equals by chance, for by index would favour the first."""
    first = np.uint64(station.first)
    rotation = run.rotation
    load = run.load
    fewest = load[np.uint64(rotation[first])]
    equals = 1
    places = ONE  # one bit for each place with the fewest: no branch that the processor could guess wrong
    for n in range(ONE, np.uint64(station.in_rotation)):
        here = load[np.uint64(rotation[first + n])]
        bit = ONE << n
        less = here < fewest
        same = here == fewest
        places = bit if less else places | (bit if same else NONE)
        equals = 1 if less else equals + same
        fewest = min(fewest, here)
    if equals > 1:
        for _ in range(below(mix(station.key_routing, k), equals)):
            places &= places - ONE
    lowest = places & (~places + ONE)
    return rotation[first + np.uint64((np.float64(lowest).view(np.int64) >> 52) - 1023)]


@inner
def two_choices(run: State, station: State, k: int) -> int:
    """Two different servers by chance, of these the one with fewer requests in flight."""
    n = station.in_rotation
    bits = mix(station.key_routing, k)
    a = below(bits, n)
    if n == 1:
        return run.rotation[station.first]
    b = below_low(bits, n - 1)
    if b >= a:
        b += 1
    one = run.rotation[station.first + a]
    other = run.rotation[station.first + b]
    return other if run.load[other] < run.load[one] else one


@inner
def sticky(run: State, station: State, k: int) -> int:
    """The server that this client had before; a new one only when that is out of the rotation."""
    client = client_of(run, k)
    entry = known_client(client)
    home = run.clients[entry].home - 1
    if home >= 0 and run.servers[home].in_rotation == 1:
        return home
    home = run.rotation[station.first + below(mix(run.key_home, client), station.in_rotation)]
    run.clients[entry].home = home + 1
    return home


@inner
def by_strategy(run: State, t: int, station: State, c: int) -> int:
    """The server that the station's strategy chooses for call `c`, or -1 when the rotation is empty."""
    if station.in_rotation == 0:
        return -1
    if station.kind == DATABASE:
        return node_for(run, t, station, c)
    strategy = station.strategy
    call = run.calls[c]
    if strategy == LEAST_CONNECTIONS:
        return least_connections(run, station, draw_of(call))
    if strategy == ROUND_ROBIN:
        return in_turn(run, station)
    if strategy == TWO_CHOICES:
        return two_choices(run, station, draw_of(call))
    if strategy == STICKY:
        return sticky(run, station, call.id)
    if strategy == WEIGHTED:
        return by_weight(run, station)
    return at_random(run, station, draw_of(call))


@inner
def elsewhere(run: State, station: State, c: int, v: int) -> int:
    """A hedge goes to another server than the attempt that it is to overtake, where there is one; by chance, not the next."""
    call = run.calls[c]
    if call.ask < 0 or run.asks[call.ask].second != c or run.asks[call.ask].first < 0 or station.kind == DATABASE:
        return v
    first = run.calls[run.asks[call.ask].first]
    if first.server != v or station.in_rotation < 2:
        return v
    place = station.first + below_low(mix(station.key_routing, draw_of(call)), station.in_rotation - 1)
    other = run.rotation[place]
    return run.rotation[station.first + station.in_rotation - 1] if other == v else other


@inner
def pick(run: State, t: int, station: State, c: int) -> int:
    """The server for call `c`, or -1 when the rotation is empty."""
    v = by_strategy(run, t, station, c)
    return elsewhere(run, station, c, v) if run.calls[c].attempt > 0 and v >= 0 else v


@inner
def nearest(run: State, station: State, region: int) -> int:
    """The server in the rotation with the shortest way from a region; -1 when there is none."""
    best = -1
    for place in range(station.first, station.first + station.in_rotation):
        v = run.rotation[place]
        if best < 0 or run.region_trip[region, v] < run.region_trip[region, best]:
            best = v
    return best


@inner
def idle_server(run: State, station: State, k: int) -> int:
    """Shared queue: one of the servers that have an idle worker, by chance; -1 when there is none."""
    idle = 0
    first = station.first
    room = station.workers if station.discipline < SHARING else MAX_CALLS  # where nobody waits, everybody is taken at once
    for place in range(first, first + station.in_rotation):
        server = run.servers[run.rotation[place]]
        if server.alive == 1 and server.hung == 0 and server.busy < room:
            idle += 1
    if idle == 0:
        return -1
    skip = below(mix(station.key_routing, k), idle)
    for place in range(first, first + station.in_rotation):
        v = run.rotation[place]
        server = run.servers[v]
        if server.alive == 1 and server.hung == 0 and server.busy < room:
            if skip == 0:
                return v
            skip -= 1
    return -1
