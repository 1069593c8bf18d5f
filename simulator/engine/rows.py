"""The small records that a run's tables are made of: calls, asks, links, classes, clients, objects. Units as in `layout`."""

from typing import Any

import numpy as np

from simulator.engine.codes import BUCKETS, MAX_CLASSES, MAX_SERVERS


def record(**fields: Any) -> "np.dtype[np.void]":
    """An aligned record type from `name=type` or `name=(type, shape)`."""
    return np.dtype([(name, *(kind if isinstance(kind, tuple) else (kind,))) for name, kind in fields.items()], align=True)


CALL = record(  # one visit of a station
    id="i8",  # number of the request, from 0
    began="i8",  # when the client sent the request (first attempt), or the caller asked
    arrived="i8",  # at this station
    started="i8",
    ends="i8",  # with processor sharing: the work of its server at which it is done
    waited="i8",  # µs in queues so far, those of its callees included
    next="i4",  # the call behind this one in its queue, or the next free slot
    prev="i4",  # the call before this one in its queue
    parent="i4",  # the call that waits for this one; CLIENT or NOBODY
    ask="i4",  # the ask that this is an attempt of; -1 = none
    fills="i4",  # 1 + the cache entry that the answer fills; 0 = none
    pending="i4",  # callees that have not answered yet
    server="i2",  # -1 while it waits in the shared queue
    worker="i2",
    station="i2",
    attempt="i2",  # 0 for the first; enters the draws
    turn="i2",  # which of several equal calls of its caller; enters the draws
    visit="i2",  # how many of its calls to the present callee are answered
    stage="i1",  # which of its callees it is at
    state="i1",
    kind="i1",  # class of the request
    level="i1",  # priority, 0 first
    reason="i1",  # why it failed; OK
    held="i1",  # whether it has a worker
    joined="i1",  # whether its server counts it as in flight
    background="i1",  # work that no request waits for (copies to replicas, early refreshes)
    mark="i4",  # at a database 1 for a write; while it fetches, 1 + the entry of another cache that its answer came from
)

ASK = record(  # a caller that wants one answer over a link with a policy
    id="i8",
    began="i8",
    due="i8",  # of the attempt's time-out, or of the hedge while that is still to come
    parent="i4",  # call; CLIENT
    next="i4",  # in the link's list of timers by `due`, or the next free slot
    prev="i4",
    first="i4",  # the latest attempt's call; -1 = none
    second="i4",  # the hedge's; -1 = none
    link="i2",
    station="i2",
    attempts="i2",  # made so far, hedges included
    retries="i2",  # of these, retries
    turn="i2",
    kind="i1",
    state="i1",  # codes.UNUSED …
    timer="i1",  # 0 none, 1 time-out, 2 hedge
    reason="i1",  # of the last failed attempt
)

LINK = record(  # how a station (or the clients) ask another one; link s leads into station s
    policy="i8",  # whether asks are needed at all
    timeout="i8",  # µs; 0 = none
    retries="i8",
    backoff="i8",
    base="i8",  # µs, first back-off
    cap="i8",  # µs, longest back-off
    budget="f8",  # retries per request that are allowed; below 0 = no limit
    tokens="f8",  # of the budget
    hedge="i8",  # µs after which a second attempt is made; 0 = off
    hedge_cap="f8",  # hedges per request that are allowed
    hedge_tokens="f8",
    cancel="i8",  # whether the loser of a hedge is taken back
    throttle="f8",  # K of the client-side throttle; 0 = off
    asked=("f8", (MAX_CLASSES,)),  # requests of the last two minutes, decaying, per class
    accepted=("f8", (MAX_CLASSES,)),
    decayed=("i8", (MAX_CLASSES,)),
    breaker="f8",  # share of failures at which the breaker opens; 0 = off
    breaker_time="i8",  # µs that it stays open
    open_until="i8",
    seen="i8",  # answers since the breaker last closed
    seen_bad="i8",
    round_trip="i8",  # µs of network between caller and station, both ways
    handshakes="f8",  # round trips before the request on a new connection
    fresh="f8",  # share of requests on a new connection
    heads=("i4", (2,)),  # timers by `due`: time-outs, hedges
    tails=("i4", (2,)),
    wakes=("i8", (2,)),  # the TIMER event of each list; NEVER
    retried="i8",  # counted
    hedged="i8",
    timed_out="i8",
    key_backoff="u8",
    key_throttle="u8",
    key_fresh="u8",
)

CLASS = record(
    share="f8",  # upper end of this class's part of the unit interval
    level="i8",
    enters="i8",  # station
    writes="i8",  # 1 always, 0 never, -1 as the station says
    route="u8",  # bit s: this class calls station s
    arrivals="i8",
    answered="i8",
    on_time="i8",
    failed="i8",
    sum_response="i8",
    histogram=("i4", (BUCKETS,)),
)

CLIENTS = record(  # one of the population that is remembered
    written="i8",  # its last own write; -1 = never
    expires="i8",  # its session
    home="i2",  # sticky: 1 + its server, 0 = none yet
    holder="i2",  # 1 + the server that holds its session
    session="i4",  # how many sessions it has had
    wrote="i4",  # object of its last own write
    copies="u8",  # servers that hold its session: a bit each
    last="i2",  # where its key was before the last change of members
)

OBJECT = record(
    below="f8",  # probability of this object and those before it
    written="i8",  # µs of the last write; -1 = never
    owner="i2",  # where a bounded placement puts it: index of the shard
    last="i2",  # where it was before the last change of members
)

ENTRY = record(  # an object in one server's cache
    expires="i8",  # µs; 0 = not there
    next="i4",  # towards the oldest
    prev="i4",
    waiters="i4",  # 1 + the first call that waits for the fetch
    fetching="i4",  # fetches under way
    took="i4",  # µs that the last fetch took
)

POINT = record(place="u8", server="i8")  # of a ring; the server by its index in the station

BIN = record(
    time="i8",
    answered="i8",
    on_time="i8",
    failed="i8",
    number_area="i8",
    area=("i8", (MAX_SERVERS,)),
    worst=("i8", (MAX_SERVERS,)),
)
