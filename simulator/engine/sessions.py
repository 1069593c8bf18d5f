"""Sessions of clients: how long they last, where they live, and when they are lost.

A session ends after an exponential time; the next request of its client begins another, which picks its server anew where
the balancer is sticky. In memory it lives at the server that worked on its last request: a request that comes to another
one, and a server that stops, lose it. In a store it lives at one of the store's servers and at the `store_copies` − 1
after that; it is lost when none of these is left. A lost session is replaced when the client comes again and ends when
it would have ended, which is the same in law: an exponential time has no memory.
"""

import numpy as np

from simulator.engine.codes import IN_MEMORY, IN_STORE, MAX_CLIENTS, NOWHERE
from simulator.engine.compiled import inner
from simulator.engine.draw import below, client_of, exponential, known_client, mix
from simulator.engine.layout import State

LONGEST = 1e14  # µs


@inner
def move(run: State, client: State, v: int) -> None:
    """A client's session lives at server `v` from now on; -1 = nowhere."""
    if client.holder > 0:
        run.servers[client.holder - 1].sessions -= 1
    client.holder = v + 1
    if v >= 0:
        run.servers[v].sessions += 1


@inner
def store_node(run: State, store: State, k: int) -> int:
    """A server of the store for session `k`, by chance among those in its rotation that are alive; -1 = none."""
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
def at_door(run: State, t: int, station: State, c: int) -> None:
    """Call `c` comes to a station that keeps sessions: its client's has ended, or goes on."""
    who = known_client(client_of(run, run.calls[c].id))
    client = run.clients[who]
    if client.expires <= t:
        client.session += 1
        k = who + MAX_CLIENTS * np.int64(client.session)
        client.expires = t + 1 + np.int64(min(exponential(run.key_session, k) * station.session_time, LONGEST))
        client.home = 0
        move(run, client, -1)
    if station.sessions == IN_STORE and station.store >= 0:
        store = run.stations[station.store]
        if not store.first < client.holder <= store.first + store.room:
            move(run, client, store_node(run, store, who + MAX_CLIENTS * np.int64(client.session)))
            if client.holder > 0:
                station.made_sessions += 1


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
    move(run, client, v)


@inner
def other_copy(run: State, station: State, v: int) -> int:
    """Another server of the store that holds what server `v` held; -1 when there is none, or no store."""
    if station.sessions != IN_STORE:
        return -1
    store = run.stations[station.store]
    n = store.servers
    for step in range(1, min(station.store_copies, n)):
        other = store.first + (v - store.first + step) % n
        if run.servers[other].alive == 1:
            return other
    return -1


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
            if client.holder != v + 1:
                continue
            copy = other_copy(run, station, v)
            if copy < 0 and client.expires > t:
                station.lost_sessions += 1
            move(run, client, copy)
