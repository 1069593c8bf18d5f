"""How a balancer chooses a server. One function per strategy; each returns a server's index.

`rotation` holds, from `station.first` on, the `station.in_rotation` servers that the balancer believes in,
in the order of their numbers. `load` is what it counts: requests in flight per server. A strategy draws
from `key_routing` with the request's number only, so no other source of chance is disturbed.

Several balancers of one station share nothing: each has its own turns, credits, averages and counts (`inflight`).
"""

import math

import numpy as np

from simulator.engine.calls import draw_of
from simulator.engine.codes import (
    BOUNDED_RING,
    BY_OBJECT,
    DATABASE,
    HASH,
    LEAST_CONNECTIONS,
    MAX_CALLS,
    MAX_CLIENTS,
    MODULO,
    ON_RING,
    PEAK_EWMA,
    RING,
    ROUND_ROBIN,
    SHARING,
    STICKY,
    TWO_CHOICES,
    WEIGHTED,
    WEIGHTED_LEAST,
)
from simulator.engine.compiled import inlined, inner
from simulator.engine.database import node_for
from simulator.engine.draw import below, below_low, client_of, known_client, mix, object_of
from simulator.engine.inflight import balancer_of, in_flight
from simulator.engine.layout import State
from simulator.engine.ring import first_point, hash_of, on_ring, owner

ONE, NONE = np.uint64(1), np.uint64(0)
FADE = 10e6  # µs over which the average of peak EWMA fades to 1/e
UNKNOWN = 1e15  # µs: the cost of a server that has calls in flight and has never answered
LEAST_SHARE = 0.1  # of its full share that a server gets when its slow start begins


@inner
def at_random(run: State, station: State, k: int) -> int:
    """Every server in the rotation is equally likely."""
    return run.rotation[station.first + below(mix(station.key_routing, k), station.in_rotation)]


@inlined
def in_turn(run: State, station: State, b: int) -> int:
    """One after the other; `b` is the balancer."""
    turn = station.turn[b]
    if turn >= station.in_rotation:
        turn = 0
    station.turn[b] = turn + 1
    return run.rotation[station.first + turn]


@inner
def warmth(t: int, station: State, server: State) -> float:
    """The part of its full share that a server gets: slow start lets it grow in a straight line after the server joined.

    The servers of the opening (joined at 0 s) have theirs at once. After nginx's and HAProxy's `slow_start`/`slowstart`.
    """
    since = t - server.joined
    if server.joined == 0 or since >= station.slow_start:
        return 1.0
    return LEAST_SHARE + (1.0 - LEAST_SHARE) * since / station.slow_start


@inner
def by_weight(run: State, t: int, station: State, b: int) -> int:
    """Smooth weighted round robin (nginx): each server earns its weight, the richest is chosen and pays for all."""
    total = 0.0
    best = run.rotation[station.first]
    for place in range(station.first, station.first + station.in_rotation):
        v = run.rotation[place]
        server = run.servers[v]
        weight = server.weight
        if station.slow_start > 0:
            weight *= warmth(t, station, server)
        server.credit[b] += weight
        total += weight
        if server.credit[b] > run.servers[best].credit[b]:
            best = v
    run.servers[best].credit[b] -= total
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
def score(run: State, t: int, station: State, b: int, v: int) -> float:
    """Requests in flight, the newcomer included, over the server's share: its weight, less while it starts slowly."""
    server = run.servers[v]
    share = warmth(t, station, server)
    if station.strategy == WEIGHTED_LEAST:
        share *= server.weight
    return (in_flight(run, station, b, v) + 1) / share


@inner
def least_score(run: State, t: int, station: State, b: int, k: int) -> int:
    """Least connections where servers count differently: the lowest score, one of equals by chance."""
    first = station.first
    lowest = score(run, t, station, b, run.rotation[first])
    equals = 1
    for place in range(first + 1, first + station.in_rotation):
        here = score(run, t, station, b, run.rotation[place])
        if here < lowest:
            lowest = here
            equals = 1
        elif here == lowest:
            equals += 1
    skip = below(mix(station.key_routing, k), equals) if equals > 1 else 0
    for place in range(first, first + station.in_rotation):
        if score(run, t, station, b, run.rotation[place]) == lowest:
            if skip == 0:
                return run.rotation[place]
            skip -= 1
    return run.rotation[first]


@inner
def note_response(run: State, t: int, station: State, c: int) -> None:
    """Peak EWMA: call `c` has been answered. A longer response counts at once, a shorter one little by little."""
    call = run.calls[c]
    server = run.servers[call.server]
    b = balancer_of(station, call.id)
    kept = math.exp(-(t - server.averaged[b]) / FADE)
    faded = server.average[b] * kept
    response = np.float64(t - call.arrived)
    server.average[b] = response if response > faded else faded + response * (1.0 - kept)
    server.averaged[b] = t


@inner
def peak_cost(run: State, t: int, station: State, b: int, v: int) -> float:
    """Peak EWMA: the faded peak of the response times × requests in flight, the newcomer included, in µs."""
    server = run.servers[v]
    load = in_flight(run, station, b, v)
    average = server.average[b] * math.exp(-(t - server.averaged[b]) / FADE)
    return UNKNOWN + load if average == 0.0 and load > 0 else average * (load + 1)


@inner
def peak_ewma(run: State, t: int, station: State, b: int, k: int) -> int:
    """Two different servers by chance, of these the one with the lower cost (Finagle's `PeakEwma`, Linkerd)."""
    n = station.in_rotation
    if n == 1:
        return run.rotation[station.first]
    bits = mix(station.key_routing, k)
    a = below(bits, n)
    c = below_low(bits, n - 1)
    if c >= a:
        c += 1
    one = run.rotation[station.first + a]
    other = run.rotation[station.first + c]
    return other if peak_cost(run, t, station, b, other) < peak_cost(run, t, station, b, one) else one


@inner
def key_of(run: State, station: State, k: int) -> int:
    """The key by which request `k` is placed: its client, or the object that it asks for."""
    return object_of(run, k) if station.hash_by == BY_OBJECT else client_of(run, k)


@inner
def on_bounded_ring(run: State, station: State, b: int, key: int) -> int:
    """The first server behind the key with fewer than ceil(bound × mean) requests in flight, the newcomer in the mean.

    Mirrokni, Thorup & Zadimoghaddam, "Consistent hashing with bounded loads", 2016; HAProxy's `hash-balance-factor`.
    """
    n = station.in_rotation
    total = 1
    for place in range(station.first, station.first + n):
        total += in_flight(run, station, b, run.rotation[place])
    most = math.ceil(station.bound * total / n)
    at = first_point(run, station, hash_of(station, key))
    for _ in range(station.ring_used):
        v = station.first + run.ring[station.ring + at].server
        if run.servers[v].in_rotation == 1 and in_flight(run, station, b, v) < most:
            return v
        at += 1
        if at == station.ring_used:
            at = 0
    return station.first + on_ring(run, station, station.members, key)


@inner
def two_choices(run: State, station: State, b: int, k: int) -> int:
    """Two different servers by chance, of these the one with fewer requests in flight."""
    n = station.in_rotation
    bits = mix(station.key_routing, k)
    a = below(bits, n)
    if n == 1:
        return run.rotation[station.first]
    c = below_low(bits, n - 1)
    if c >= a:
        c += 1
    one = run.rotation[station.first + a]
    other = run.rotation[station.first + c]
    return other if in_flight(run, station, b, other) < in_flight(run, station, b, one) else one


@inner
def sticky(run: State, station: State, k: int) -> int:
    """The server that this client had before; a new one only when that is out of the rotation."""
    client = client_of(run, k)
    entry = known_client(client)
    home = run.clients[entry].home - 1
    mine = station.first <= home < station.first + station.room  # it may be sticky at two stations
    if mine and run.servers[home].in_rotation == 1:
        return home
    k = client + MAX_CLIENTS * np.int64(run.clients[entry].session)
    home = run.rotation[station.first + below(mix(run.key_home, k), station.in_rotation)]
    run.clients[entry].home = home + 1
    return home


@inlined
def by_strategy(run: State, t: int, station: State, c: int) -> int:
    """The server that the station's strategy chooses for call `c`, or -1 when the rotation is empty."""
    if station.in_rotation == 0:
        return -1
    if station.kind == DATABASE:
        return node_for(run, t, station, c)
    strategy = station.strategy
    call = run.calls[c]
    k = draw_of(call)
    if strategy == LEAST_CONNECTIONS and station.slow_start == 0 and station.balancers == 1:
        return least_connections(run, station, k)
    b = balancer_of(station, call.id)
    if strategy == ROUND_ROBIN:
        return in_turn(run, station, b)
    if strategy == TWO_CHOICES:
        return two_choices(run, station, b, k)
    if strategy == LEAST_CONNECTIONS or strategy == WEIGHTED_LEAST:
        return least_score(run, t, station, b, k)
    if strategy == STICKY:
        return sticky(run, station, call.id)
    if strategy == WEIGHTED:
        return by_weight(run, t, station, b)
    if strategy == PEAK_EWMA:
        return peak_ewma(run, t, station, b, k)
    if strategy == HASH or strategy == RING:
        placing = MODULO if strategy == HASH else ON_RING
        return station.first + owner(run, station, placing, station.members, key_of(run, station, call.id))
    if strategy == BOUNDED_RING:
        return on_bounded_ring(run, station, b, key_of(run, station, call.id))
    return at_random(run, station, k)


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


@inlined
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
