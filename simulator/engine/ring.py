"""Where keys live: modulo the number of members, or on a ring with virtual nodes; and how many keys a change moves.

A key is a client or an object of the catalogue. A member is a server in the rotation, or a shard of a database, by its
index in the station. The ring holds the points of all servers that the station may ever have; those that are no members
are passed over, so that their keys go on to the next point, as if the ring had been made without them (Karger et al.,
"Consistent hashing and random trees", STOC 1997). Only another number of virtual nodes makes a new ring.
"""

import numpy as np

from simulator.engine.codes import (
    BOUNDED_RING,
    BY_OBJECT,
    DATABASE,
    HASH,
    MODULO,
    ON_BOUNDED_RING,
    ON_RING,
    RING,
    UNPLACED,
)
from simulator.engine.compiled import inner
from simulator.engine.draw import mix
from simulator.engine.layout import Out, State
from simulator.engine.sorting import sort_points

ONE, NONE = np.uint64(1), np.uint64(0)
KEYS = 1 << 40  # keys and points are hashed by one stream: points below, keys from here on
COPIES = 512  # room for the virtual nodes of a member in the stream
HAIR = 1e-12  # a sum of shares may exceed the bound by rounding


@inner
def first_bits(n: int) -> np.uint64:
    """A set of the first `n` members, of 64 at most."""
    return ~NONE if n >= 64 else (ONE << np.uint64(n)) - ONE


@inner
def size_of(members: np.uint64) -> int:
    """How many members a set has."""
    count = 0
    while members != NONE:
        members &= members - ONE
        count += 1
    return count


@inner
def nth(members: np.uint64, n: int) -> int:
    """Member number `n` of a set, from 0; the set has so many."""
    for _ in range(n):
        members &= members - ONE
    place = 0
    while (members >> np.uint64(place)) & ONE == NONE:
        place += 1
    return place


@inner
def hash_of(station: State, key: int) -> np.uint64:
    """Where a key is on the station's ring, 0 … 2^64 - 1."""
    return mix(station.key_ring, KEYS + key)


@inner
def first_point(run: State, station: State, place: np.uint64) -> int:
    """The first point of the ring at `place` or behind it, by its index on the ring."""
    low, high = 0, station.ring_used
    while low < high:
        middle = (low + high) >> 1
        if run.ring[station.ring + middle].place < place:
            low = middle + 1
        else:
            high = middle
    return low if low < station.ring_used else 0


@inner
def on_ring(run: State, station: State, members: np.uint64, key: int) -> int:
    """The member whose point is the first behind the key."""
    at = first_point(run, station, hash_of(station, key))
    for _ in range(station.ring_used):
        member = run.ring[station.ring + at].server
        if (members >> np.uint64(member)) & ONE == ONE:
            return member
        at += 1
        if at == station.ring_used:
            at = 0
    return 0


@inner
def owner(run: State, station: State, placing: int, members: np.uint64, key: int) -> int:
    """The member on which a key lives. Neither set of members nor ring may be empty."""
    if placing == MODULO:
        return nth(members, np.int64(hash_of(station, key) % np.uint64(size_of(members))))
    if placing == ON_BOUNDED_RING:
        return run.objects[key].owner
    return on_ring(run, station, members, key)


@inner
def owner_of(run: State, station: State, shards: int, o: int) -> int:
    """The shard of a database, 0 … `shards` - 1, on which object `o` lives."""
    if shards <= 1:
        return 0
    return min(owner(run, station, station.placement, first_bits(shards), o), shards - 1)


@inner
def build_ring(run: State, station: State) -> None:
    """Put `virtual_nodes` points of each member on the ring."""
    for member in range(station.ring_members):
        for copy in range(station.virtual_nodes):
            point = run.ring[station.ring + member * station.virtual_nodes + copy]
            point.place = mix(station.key_ring, member * COPIES + copy)
            point.server = member
    station.ring_used = station.ring_members * station.virtual_nodes
    sort_points(run, station.ring, station.ring_used)


@inner
def place_bounded(run: State, station: State, members: np.uint64, o: int, most: float) -> int:
    """The first member behind object `o` that can take its share of the requests and stay within `most`."""
    share = run.objects[o].below - (run.objects[o - 1].below if o > 0 else 0.0)
    at = first_point(run, station, hash_of(station, o))
    for _ in range(station.ring_used):
        member = run.ring[station.ring + at].server
        if (members >> np.uint64(member)) & ONE == ONE:
            load = run.servers[station.first + member].key_load
            if load + share <= most or load == 0.0:
                return member
        at += 1
        if at == station.ring_used:
            at = 0
    least = -1
    for member in range(station.ring_members):
        if (members >> np.uint64(member)) & ONE == ONE:
            load = run.servers[station.first + member].key_load
            if least < 0 or load < run.servers[station.first + least].key_load:
                least = member
    return least


@inner
def spread(run: State, station: State, members: np.uint64) -> None:
    """Bounded loads: every object, the most popular first, goes to the first member behind it that has room.

    A member has room up to `bound` × the mean share of the requests; a single object may be more than that. After
    Mirrokni, Thorup & Zadimoghaddam, "Consistent hashing with bounded loads", 2016, with shares for numbers of keys.
    """
    most = station.bound / size_of(members) + HAIR
    for member in range(station.ring_members):
        run.servers[station.first + member].key_load = 0.0
    for o in range(run.objects_used):
        member = place_bounded(run, station, members, o, most)
        run.objects[o].owner = member
        share = run.objects[o].below - (run.objects[o - 1].below if o > 0 else 0.0)
        run.servers[station.first + member].key_load += share


@inner
def placing_of(station: State) -> int:
    """How the station's keys are to be placed."""
    if station.kind == DATABASE:
        return station.placement
    if station.strategy == HASH:
        return MODULO
    return ON_RING if station.strategy == RING or station.strategy == BOUNDED_RING else UNPLACED


@inner
def members_of(run: State, station: State) -> np.uint64:
    """Those that keys are to be placed on: a database's shards, else the servers in the rotation."""
    if station.kind == DATABASE:
        return first_bits(max(1, station.servers // (1 + station.replicas)))
    found = NONE
    for place in range(station.first, station.first + station.in_rotation):
        found |= ONE << np.uint64(run.rotation[place] - station.first)
    return found


@inner
def note_owners(run: State, t: int, station: State, by_object: bool, keys: int) -> None:
    """Remember where the keys are before the changes of this instant."""
    s = 1 + run.servers[station.first].station
    if station.noted_at == t and run.ring_noted == s:
        return
    station.noted_at = t
    run.ring_noted = s
    for key in range(keys):
        here = owner(run, station, station.placing, station.members, key)
        if by_object:
            run.objects[key].last = here
        else:
            run.clients[key].last = here


@inner
def place_keys(run: State, t: int, station: State) -> None:
    """Place the keys by the station's present members and settings; `moved` is the share that is somewhere else now."""
    members = members_of(run, station)
    if station.keyed == 0 or members == NONE:
        return
    placing = placing_of(station)
    by_object = station.kind == DATABASE or station.hash_by == BY_OBJECT
    keys = run.objects_used if by_object else run.population
    known = station.members != NONE and station.placing != UNPLACED and placing != UNPLACED and keys > 0
    if known:
        note_owners(run, t, station, by_object, keys)
    if station.ring >= 0 and station.ring_used != station.ring_members * station.virtual_nodes:
        build_ring(run, station)
    station.members = members
    station.placing = placing
    if placing == ON_BOUNDED_RING:
        spread(run, station, members)
    if not known or t == 0:  # what holds from the start has moved nothing
        return
    moved = 0
    for key in range(keys):
        before = run.objects[key].last if by_object else run.clients[key].last
        if owner(run, station, placing, members, key) != before:
            moved += 1
    station.moved = moved / keys


@inner
def members_changed(run: State, out: Out, t: int, station: State) -> None:
    """The rotation of a station has changed: its keys are placed anew, if it has any and they are placed already."""
    if station.keyed == 1 and station.members != NONE:
        members = members_of(run, station)
        if members != station.members:
            place_keys(run, t, station)


@inner
def popularity_changed(run: State, t: int) -> None:
    """Requests ask for other objects than before: where the load of a member is bounded, keys move."""
    for s in range(run.stations_used):
        station = run.stations[s]
        if station.keyed == 1 and station.placing == ON_BOUNDED_RING:
            place_keys(run, t, station)
