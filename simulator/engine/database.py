"""Databases: shards, each with a primary and replicas that follow it with a lag, and reads of one's own writes.

A station's first `servers` = shards × (1 + replicas) servers are its members. Member m belongs to shard m mod shards and
has the rank m div shards: all first members, then all second ones. So a replica more or fewer in each shard is a
longer or shorter row of servers. Every replica does the work of every write again, in the background. A primary that
stops leaves its shard without one until `failover` µs later a write finds the lowest rank that is alive in charge.
What a shard has to remember stands at the server of its rank 0 (`turn`, `written`, `leaderless`).
"""

from simulator.engine.calls import TURN_SHIFT, draw_of, give_back, new_call
from simulator.engine.codes import LEAST_CONNECTIONS, NOBODY, REACH, ROUND_ROBIN, SHARING, TWO_CHOICES
from simulator.engine.compiled import inner
from simulator.engine.draw import below, below_low, client_of, known_client, mix, object_of, uniform
from simulator.engine.events import event, push
from simulator.engine.layout import Out, State
from simulator.engine.ring import owner_of
from simulator.engine.service import start, wait


@inner
def shards_in(station: State) -> int:
    """How many shards a database has now."""
    return max(1, station.servers // (1 + station.replicas))


@inner
def is_write(run: State, station: State, call: State) -> int:
    """1 for a write: as its class says, or by a draw that is the same at every server, setting and attempt."""
    writes = run.classes[call.kind].writes
    if writes >= 0:
        return writes
    k = call.id + (call.turn << TURN_SHIFT)
    return 1 if uniform(mix(station.key_write, k)) < station.write_share else 0


@inner
def elect(run: State, station: State, shards: int, g: int) -> int:
    """The member of shard `g` with the lowest rank that is alive; -1 when none is."""
    for v in range(station.first + g, station.first + shards * (1 + station.replicas), shards):
        if run.servers[v].present == 1 and run.servers[v].alive == 1:
            return v
    return -1


@inner
def primary_of(run: State, t: int, station: State, shards: int, g: int) -> int:
    """The server that takes shard `g`'s writes; -1 during a failover."""
    if station.primaries[g] < 0 and t >= run.servers[station.first + g].leaderless + station.failover:
        station.primaries[g] = elect(run, station, shards, g)
    return station.primaries[g]


@inner
def reader(run: State, station: State, shards: int, g: int, nth: int) -> int:
    """The nth of shard `g`'s members in the rotation."""
    v = station.first + g
    while True:
        if run.servers[v].in_rotation == 1:
            if nth == 0:
                return v
            nth -= 1
        v += shards


@inner
def reads_at(run: State, station: State, call: State, shards: int, g: int) -> int:
    """The member of shard `g` that a read goes to, by the station's strategy among those in the rotation; -1 = none."""
    n = 0
    fewest = 0
    equals = 0
    for v in range(station.first + g, station.first + shards * (1 + station.replicas), shards):
        if run.servers[v].in_rotation == 1:
            if n == 0 or run.load[v] < fewest:
                fewest = run.load[v]
                equals = 0
            if run.load[v] == fewest:
                equals += 1
            n += 1
    if n == 0:
        return -1
    if station.strategy == ROUND_ROBIN:
        keeper = run.servers[station.first + g]
        turn = keeper.turn if keeper.turn < n else 0
        keeper.turn = turn + 1
        return reader(run, station, shards, g, turn)
    bits = mix(station.key_routing, draw_of(call))
    if station.strategy == LEAST_CONNECTIONS:
        skip = below(bits, equals)
        v = station.first + g
        while True:
            if run.servers[v].in_rotation == 1 and run.load[v] == fewest:
                if skip == 0:
                    return v
                skip -= 1
            v += shards
    one = reader(run, station, shards, g, below(bits, n))
    if station.strategy == TWO_CHOICES and n > 1:
        second = below_low(bits, n - 1)
        if second >= below(bits, n):
            second += 1
        other = reader(run, station, shards, g, second)
        return other if run.load[other] < run.load[one] else one
    return one


@inner
def node_for(run: State, t: int, station: State, c: int) -> int:
    """The server of a database station that call `c` goes to: its shard's primary for a write, else one that reads."""
    call = run.calls[c]
    shards = shards_in(station)
    g = owner_of(run, station, shards, object_of(run, call.id)) if shards > 1 else 0
    call.mark = is_write(run, station, call)
    if call.mark == 1:
        return primary_of(run, t, station, shards, g)
    if station.pin > 0:
        written = run.clients[known_client(client_of(run, call.id))].written
        primary = primary_of(run, t, station, shards, g)
        if written > 0 and t - written < station.pin and primary >= 0 and run.servers[primary].alive == 1:
            return primary
    return reads_at(run, station, call, shards, g)


@inner
def worked_on(run: State, out: Out, t: int, c: int) -> None:
    """Call `c` has been served by a database: a write is noted and sent to the replicas, a read may be stale.

    Stale: the object's last write ended at the primary less than `lag` before. The share of such reads at replicas is
    1 − e^(−wL) for Poisson writes (Bailis et al., "Probabilistically bounded staleness", PVLDB 2012).
    """
    call = run.calls[c]
    station = run.stations[call.station]
    shards = shards_in(station)
    g = (call.server - station.first) % shards
    o = object_of(run, call.id)
    client = run.clients[known_client(client_of(run, call.id))]
    if call.mark == 1:
        station.writes += 1
        run.servers[station.first + g].written = t
        if run.objects_used > 0:
            run.objects[o].written = t
        client.written = t
        client.wrote = o
        replicate(run, t, c, station, shards, g)
        return
    station.reads += 1
    if call.server == station.primaries[g]:
        return
    written = run.objects[o].written if run.objects_used > 0 else run.servers[station.first + g].written
    if written > 0 and t - written < station.lag:
        station.stale += 1
    since = call.arrived - client.written  # a write that was not over when the read came is none that it could miss
    if client.written > 0 and 0 <= since < station.lag and client.wrote == o:
        station.own_stale += 1


@inner
def replicate(run: State, t: int, c: int, station: State, shards: int, g: int) -> None:
    """Write `c` sets out for the other members of its shard. Without a free slot they get it later, which costs nothing."""
    call = run.calls[c]
    for v in range(station.first + g, station.first + shards * (1 + station.replicas), shards):
        if v == call.server:
            continue
        r = new_call(run, t, call.id, t, call.station, call.kind, NOBODY)
        if r < 0:
            return
        mine = run.calls[r]
        mine.background = 1
        mine.server = v
        mine.attempt = call.attempt
        mine.turn = call.turn
        mine.level = call.level
        push(run, event(t + station.lag, REACH, r))


@inner
def apply_write(run: State, out: Out, t: int, c: int) -> None:
    """A write reaches a replica, which does its work behind no gate and no queue limit; a stopped one catches up for free."""
    call = run.calls[c]
    v = call.server
    server = run.servers[v]
    station = run.stations[call.station]
    call.arrived = t
    if server.alive == 0 or server.present == 0:
        give_back(run, c)
        return
    run.load[v] += 1
    call.joined = 1
    if server.hung == 0 and (server.busy < station.workers or station.discipline >= SHARING):
        start(run, out, t, c, v)
    else:
        wait(run, t, station, server, c)


@inner
def member_lost(run: State, t: int, station: State, v: int) -> None:
    """Server `v` has stopped: if it was a primary, its shard has none until the failover is over."""
    g = (v - station.first) % shards_in(station)
    if station.primaries[g] == v:
        station.primaries[g] = -1
        run.servers[station.first + g].leaderless = t


@inner
def regroup(run: State, station: State) -> None:
    """Shards or replicas have changed: each shard keeps its primary if that is still its member, else another is told to."""
    shards = shards_in(station)
    for g in range(shards):
        p = station.primaries[g]
        here = station.first <= p < station.first + shards * (1 + station.replicas) and (p - station.first) % shards == g
        if p >= 0 and not (here and run.servers[p].stopped == 0):
            p = elect(run, station, shards, g)
            station.primaries[g] = p if p >= 0 else station.first + g  # it is booting
