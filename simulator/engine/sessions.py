"""Sessions of clients: how long they last, where they live, and when they are lost.

A session ends after an exponential time; the next request of its client begins another, which picks its server anew where
the balancer is sticky. In memory it lives at the server that worked on its last request: a request that comes to another
one, and a server that stops, lose it. In a store it lives at one of the store's servers and at the `store_copies` − 1
after that, as far as these were up when its client last came; it is lost when the last of them stops. A lost session is
replaced when the client comes again and ends when it would have ended, which is the same in law: an exponential time has
no memory.
"""

import numpy as np

from simulator.engine.codes import IN_MEMORY, IN_STORE, MAX_CLIENTS, NOWHERE
from simulator.engine.compiled import inner
from simulator.engine.draw import below, client_of, exponential, known_client, mix
from simulator.engine.layout import State

LONGEST = 1e14  # µs
NONE, ONE = np.uint64(0), np.uint64(1)


@inner
def put(run: State, client: State, v: int) -> None:
    """Server `v` holds the client's session, too."""
    bit = ONE << np.uint64(v)
    if client.copies & bit == NONE:
        client.copies |= bit
        run.servers[v].sessions += 1


@inner
def take(run: State, client: State, v: int) -> None:
    """Server `v` holds the client's session no longer."""
    bit = ONE << np.uint64(v)
    if client.copies & bit != NONE:
        client.copies &= ~bit
        run.servers[v].sessions -= 1


@inner
def clear(run: State, client: State) -> None:
    """The client has no session."""
    v = 0
    while client.copies != NONE:
        take(run, client, v)
        v += 1
    client.holder = 0


@inner
def store_node(run: State, store: State, k: int) -> int:
    """The first server for session `k`, by chance among those in the store's rotation that are alive; -1 = none."""
    n = store.in_rotation
    if n == 0:
        return -1
    place = below(mix(mix(run.key_session, k), 1), n)
    for step in range(n):
        v = run.rotation[store.first + (place + step) % n]
        if run.servers[v].alive == 1:
            return v
    return -1


@inner
def write_to_store(run: State, station: State, who: int) -> None:
    """The session of a client is written to the servers of the store that are to hold it."""
    client = run.clients[who]
    store = run.stations[station.store]
    if not store.first < client.holder <= store.first + store.room or client.copies == NONE:
        clear(run, client)
        node = store_node(run, store, who + MAX_CLIENTS * np.int64(client.session))
        if node < 0:
            return
        client.holder = node + 1
        station.made_sessions += 1
    place = client.holder - 1 - store.first
    left = station.store_copies
    for step in range(store.room):
        v = store.first + (place + step) % store.room
        if run.servers[v].present == 0 or left == 0:
            take(run, client, v)
            continue
        left -= 1
        if run.servers[v].alive == 1:
            put(run, client, v)


@inner
def at_door(run: State, t: int, station: State, c: int) -> None:
    """Call `c` comes to a station that keeps sessions: its client's has ended, or goes on."""
    who = known_client(client_of(run, run.calls[c].id))
    client = run.clients[who]
    if client.expires <= t:
        client.session += 1
        k = who + MAX_CLIENTS * np.int64(client.session)
        client.expires = t + 1 + np.int64(min(exponential(run.key_session, k) * station.session_time, LONGEST))
        client.home = 0
        clear(run, client)
    if station.sessions == IN_STORE and station.store >= 0:
        write_to_store(run, station, who)


@inner
def at_work(run: State, station: State, call: State) -> None:
    """A server begins to work on a call: a session in memory is here, or it is lost and begins anew here."""
    if station.sessions != IN_MEMORY:
        return
    client = run.clients[known_client(client_of(run, call.id))]
    v = np.int64(call.server)
    if client.holder == v + 1:
        return
    if station.first < client.holder <= station.first + station.room:
        station.lost_sessions += 1
    station.made_sessions += 1
    clear(run, client)
    client.holder = v + 1
    put(run, client, v)


@inner
def holder_lost(run: State, t: int, v: int) -> None:
    """Server `v` has stopped: the sessions that lived there and nowhere else are lost."""
    if run.servers[v].sessions == 0:
        return
    for s in range(run.stations_used):
        station = run.stations[s]
        if station.sessions == NOWHERE:
            continue
        for who in range(run.clients_used):
            client = run.clients[who]
            if client.copies & (ONE << np.uint64(v)) == NONE:
                continue
            take(run, client, v)
            if client.copies == NONE:
                client.holder = 0
                if client.expires > t:
                    station.lost_sessions += 1
