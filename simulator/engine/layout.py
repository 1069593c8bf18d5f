"""The state of a run: one aligned NumPy record, and the record that a segment is written into.

Times are integer microseconds of simulated time, counts are integers, areas (time integrals of a count)
are integer microseconds: no sum depends on where a run was sliced. The area trick: a count that rises by
one at `t` subtracts `t` from its accumulator, one that falls adds `t`; the integral up to `now` is then
`accumulator + count × now`, at one addition per event.

The record ends with the parts that are mostly unused (`TAILS`); a checkpoint copies the head and the used
beginning of each of these (`simulator.record`). Memory that is never touched costs nothing.
"""

from typing import Any, TypeAlias

import numpy as np

from simulator.engine.codes import (
    BINS,
    BUCKETS,
    MAX_ASKS,
    MAX_BALANCERS,
    MAX_CALLEES,
    MAX_CALLS,
    MAX_CLASSES,
    MAX_CLIENTS,
    MAX_ENTRIES,
    MAX_EVENTS,
    MAX_LEVELS,
    MAX_OBJECTS,
    MAX_POINTS,
    MAX_REGIONS,
    MAX_RING,
    MAX_SERVERS,
    MAX_STATIONS,
    WINDOW,
)

State: TypeAlias = Any  # numba record of RUN; a plain record in Python
Out: TypeAlias = Any  # numba record of OUT


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

SERVER = record(
    station="i8",
    present="i8",  # counted in the station's number of servers
    stopped="i8",
    booting="i8",  # 1 after a stop, 2 as a new member, 3 within a rolling deploy
    alive="i8",  # accepts connections
    hung="i8",  # accepts connections and never answers
    draining="i8",  # finishes what it has, takes nothing new
    in_rotation="i8",
    good="i8",  # successful probes in a row
    bad="i8",  # failed probes in a row
    bad_answers="i8",  # failed answers in a row (passive ejection)
    ejected_until="i8",
    joined="i8",  # when it entered the rotation (slow start)
    zone="i8",
    failing="i8",  # fast-fail: µs to an error answer, 0 = off
    zombie="i8",  # works as usual and answers with errors; its probe passes
    speed="f8",
    slowed="f8",  # factor of the fault `slow`, 1 = off
    pace="f8",  # µs of time per µs of work
    weight="f8",
    credit=("f8", (MAX_BALANCERS,)),  # smooth weighted round robin, per balancer
    average=("f8", (MAX_BALANCERS,)),  # peak EWMA of response times, µs, per balancer
    averaged=("i8", (MAX_BALANCERS,)),  # when that was
    debt="f8",  # µs of work owed for rejections
    debt_since="i8",  # when that was
    away="i8",  # µs of network, both ways, between this server and the stations that it calls
    mask="u8",  # busy workers
    busy="i8",
    waiting="i8",
    heads=("i4", (MAX_LEVELS,)),
    tails=("i4", (MAX_LEVELS,)),
    calls_out="i8",  # connections of its pool in use
    pool_waiting="i8",
    pool_head="i8",
    pool_tail="i8",
    share_head="i8",  # processor sharing: calls by `ends`
    share_count="i8",
    share_work="f8",  # µs of work that each call in service has got so far
    share_at="i8",
    share_end="i8",  # the SHARE event that counts; NEVER
    area="i8",  # of busy
    sent="i8",
    answered="i8",
    errors="i8",
    worst="i8",  # longest response of the present bin
    cached="i8",  # objects held
    cache_head="i8",  # newest
    cache_tail="i8",
    hits="i8",
    misses="i8",
    loads="i8",  # fetches of an object that were begun
    handshake_work="i8",  # µs spent on TLS
    sessions="i8",  # sessions that live here; one that is over counts until its client comes again
    turn="i8",  # of a shard, kept at its first member: round robin among those that read,
    written="i8",  # … when its last write ended, 0 = never,
    leaderless="i8",  # … and since when it has no primary
    checking="i8",  # when the health check that waits for an answer times out; 0 = none waits
    up_at="i8",  # when it last came up
    looked_area="i8",  # of busy, at the autoscaler's last look
    own_load=("i8", (MAX_BALANCERS,)),  # in flight as each of several balancers counts; kept only where there are several
    debt_area="i8",  # integral of busy workers at `debt_since`
    key_load="f8",  # share of all requests that ask for keys which live here (bounded placement)
)

STATION = record(
    kind="i8",
    first="i8",
    room="i8",  # servers that the station may ever have
    servers="i8",
    workers="i8",
    discipline="i8",
    queue_limit="i8",
    when_full="i8",
    drop_expired="i8",  # a call whose client's deadline is over is dropped instead of started
    strategy="i8",
    hash_by="i8",
    balancers="i8",  # that share nothing
    law="i8",
    distribution="i8",
    stages="i8",
    service_time="f8",  # µs
    variability="f8",  # cv²
    chance="f8",  # of the first branch
    mean_a="f8",
    mean_b="f8",
    growth="f8",  # service time per unit of data: × (1 + growth × data)
    data="f8",
    class_service=("f8", (MAX_CLASSES,)),  # factor on the service time per class
    class_queue=("f8", (MAX_CLASSES,)),  # share of the queue limit that a class may fill
    straight="i8",  # nothing comes after the work: no callee, no next station, no cache, FIFO-like workers
    uneven="i8",  # whether a class of requests takes longer here than another
    special="i8",  # whether `work_of` is not all there is to the time of a call (`kernel.tidy`)
    contention="f8",
    coherency="f8",
    callees=("i8", (MAX_CALLEES,)),
    callees_used="i8",
    visits="i8",  # calls to each callee per call here
    parallel="i8",  # all at once, or one after another
    then="i8",  # next station in a row, to which the call moves on; -1
    holds="i8",  # whether a call keeps its worker while it calls
    pool="i8",  # connections to callees per server; 0 = no limit
    gate="i8",  # whether anything stands before the choice of a server (bucket, TLS, sessions)
    bucket_rate="f8",  # tokens per µs; 0 = off
    bucket_size="f8",
    bucket="i8",  # 10⁻¹² tokens
    bucket_at="i8",  # when that was
    reject_cost="f8",  # work per rejection, as a share of the mean service time
    tls="i8",
    handshake="f8",  # µs of work
    reuse="f8",  # share of requests on a connection that is there already
    sessions="i8",
    session_time="f8",  # mean lifetime, µs
    lost_sessions="i8",
    made_sessions="i8",
    store_copies="i8",
    policy="i8",  # of a cache
    capacity="i8",  # objects per server; 0 = no limit
    ttl="i8",  # µs; 0 = for ever
    renewing="i8",
    protection="i8",
    beta="f8",
    hit_ratio="f8",  # a cache of which only the ratio is known; below 0 = a real one
    entries="i8",  # first entry of this station's catalogue
    stampede="i8",  # most fetches of one object at once
    replicas="i8",  # of each shard
    placement="i8",  # of keys on shards
    write_share="f8",
    lag="i8",  # µs
    pin="i8",  # µs for which a client's reads go to the primary after its own write
    failover="i8",  # µs
    primaries=("i8", (MAX_SERVERS,)),  # per shard: the server that takes writes; -1 during a failover
    reads="i8",
    stale="i8",
    own_stale="i8",
    writes="i8",
    moved="f8",  # share of keys that the last change of members moved
    ring="i8",  # first point of this station's ring
    ring_used="i8",
    virtual_nodes="i8",
    bound="f8",  # bounded loads: at most so many times the mean
    turn=("i8", (MAX_BALANCERS,)),  # round robin, per balancer
    in_rotation="i8",
    waiting="i8",
    heads=("i4", (MAX_LEVELS,)),
    tails=("i4", (MAX_LEVELS,)),
    blocked_head="i8",
    blocked_tail="i8",
    blocked="i8",
    rise="i8",
    fall="i8",
    probing="i8",
    interval="i8",
    probe_timeout="i8",
    probe_loss="f8",
    probes="i8",  # sent so far; enters the draws
    false_ejections="i8",
    ejections="i8",
    eject_after="i8",  # passive: failed answers in a row; 0 = off
    eject_time="i8",
    slow_start="i8",
    boot_time="i8",
    boot_failure="f8",
    boots="i8",
    drain_time="i8",
    deploying="i8",  # 1 + the server that a rolling deploy is at; below 0 when that is the last one; 0 = none
    zones="i8",
    rule="i8",
    metric="i8",
    target="f8",
    tolerance="f8",
    period="i8",
    least="i8",
    most="i8",
    stabilisation="i8",
    cooldown="i8",
    scaled="i8",  # 1 + when it last acted; below 0 when it made the station smaller
    step_out="i8",
    step_in="i8",
    memory_idle="f8",  # memory of a server without load, and per call in it
    memory_call="f8",
    scale_sent="i8",  # calls that had come at the last look
    scale_at="i8",  # µs of the last look
    recommended=("i8", (MAX_SERVERS,)),  # the looks that may still be the highest of the stabilisation window
    recommended_at=("i8", (MAX_SERVERS,)),
    looks="i8",  # of these
    desired="i8",
    arrived="i8",  # calls that came to the balancer
    answered="i8",
    failed="i8",
    sum_response="i8",
    sum_waiting="i8",
    rented_area="i8",  # of servers
    worker_area="i8",  # of servers × workers
    waiting_area="i8",  # of all waiting calls, kept only where several stations are
    price_server="f8",  # $/h
    price_worker="f8",
    price_call="f8",  # $ per call
    key_service="u8",
    key_branch="u8",
    key_routing="u8",
    key_reuse="u8",
    key_write="u8",
    key_cache="u8",
    slow_share="f8",  # of calls that take `slow_time` on average instead of `service_time`; 0 = off
    slow_time="f8",  # µs
    store="i8",  # station that holds the sessions; -1
    probe_storm="i8",  # no probe of a healthy server is answered
    key_balancer="u8",
    key_ring="u8",
    bucket_fill="i8",  # 10⁻¹² tokens per µs that the bucket is filled with; 0 = it is off
    reject_turn="i8",  # whose turn it is to pay for a rejection at the gate
    keyed="i8",  # whether keys live on its servers, or may do so after a change of a control
    ring_members="i8",  # servers (or shards) that have points on the ring
    members="u8",  # those that keys are placed on, one bit each; 0 = not placed yet
    placing="i8",  # how they are placed; -1 = not at all
    noted_at="i8",  # µs of the change from which `moved` counts
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

RUN = record(
    clock="i8",
    next_arrival="i8",
    arrivals="i8",
    law="i8",  # of the arrivals
    plain="i8",  # one class, one region, Poisson at a constant rate: nothing to ask about a newcomer
    base_rate="f8",  # requests per µs
    spike="f8",  # factor, 1 = off
    burst="f8",  # factor of the present burst, 1 = none
    burst_factor="f8",
    calm_factor="f8",
    burst_time="f8",  # mean lengths, µs
    calm_time="f8",
    bursts="i8",
    rate="f8",  # base_rate × spike × burst
    profile_used="i8",
    profile_period="i8",  # µs; 0 = once
    profile_at=("i8", (MAX_POINTS,)),
    profile_factor=("f8", (MAX_POINTS,)),
    profile_steps="i8",  # factors hold until the next point, or run there in a straight line
    population="i8",
    users="i8",
    users_started="i8",
    think_time="f8",  # µs
    thoughts="i8",
    deadline="i8",  # µs; 0 = none
    windowed="i8",  # whether the rolling windows are kept (a graded run needs none)
    detailed="i8",  # whether stations and classes are counted apart
    applied="i8",  # changes of the timeline that are in force
    clients_used="i8",  # clients of which something may be remembered: the largest population
    key_arrival="u8",
    key_client="u8",
    key_home="u8",
    key_probe="u8",
    key_class="u8",
    key_region="u8",
    key_object="u8",
    key_burst="u8",
    key_think="u8",
    key_session="u8",
    key_boot="u8",
    stations_used="i8",
    servers_used="i8",  # that all stations may have together
    classes_used="i8",
    regions_used="i8",
    region_share=("f8", (MAX_REGIONS,)),  # upper ends
    region_trip=("i4", (MAX_REGIONS, MAX_SERVERS)),  # µs, both ways, to each server of a placed station
    region_base=("i8", (MAX_REGIONS,)),  # µs, both ways, to a station that is not placed
    objects_used="i8",
    exponent="f8",
    entries_used="i8",
    ring_used="i8",
    ring_noted="i8",  # 1 + the station of which `last` tells where keys were
    heap_size="i8",
    free_call="i8",
    calls_high="i8",  # slots ever used
    free_ask="i8",
    asks_high="i8",
    number="i8",  # requests in the system
    number_area="i8",
    answered="i8",
    on_time="i8",
    failed="i8",
    errors=("i8", (8,)),
    wasted="i8",  # µs of work for clients that had given up
    worked="i8",  # µs of work that was finished
    sum_response="i8",
    sum_waiting="i8",
    window_used="i8",
    window_next="i8",
    window_sum="i8",
    bin_started="i8",
    bin_finished="i8",
    bins_used="i8",
    bin_next="i8",
    load=("i8", (MAX_SERVERS,)),  # in flight per server, as the balancer counts
    rotation=("i8", (MAX_SERVERS,)),  # per station from its `first`: the servers it chooses among
    bins=(BIN, (BINS,)),
    window=("i4", (WINDOW,)),  # the last response times, µs
    window_histogram=("i4", (BUCKETS,)),
    histogram=("i4", (BUCKETS,)),
    stations=(STATION, (MAX_STATIONS,)),
    links=(LINK, (MAX_STATIONS,)),
    servers=(SERVER, (MAX_SERVERS,)),
    heap=("i8", (MAX_EVENTS,)),
    calls=(CALL, (MAX_CALLS,)),
    asks=(ASK, (MAX_ASKS,)),
    classes=(CLASS, (MAX_CLASSES,)),
    clients=(CLIENTS, (MAX_CLIENTS,)),
    objects=(OBJECT, (MAX_OBJECTS,)),
    ring=(POINT, (MAX_RING,)),
    entries=(ENTRY, (MAX_ENTRIES,)),
)
TAILS = ("stations", "links", "servers", "heap", "calls", "asks", "classes", "clients", "objects", "ring", "entries")

MAX_GRID = 24
MAX_TRACE = 4096
MAX_STANDING = 1024
SERIES = (
    "p50",
    "p95",
    "p99",
    "mean_response_time",
    "throughput",
    "error_rate",
    "utilisation",
    "number_in_system",
    "goodput",
    "queue_length",
)

TRACE = record(t="i8", id="i8", ends="i8", client="i8", kind="i8", server="i8", worker="i8", reason="i8")
STANDING = record(id="i8", joined="i8", started="i8", ends="i8", client="i8", server="i8", worker="i8")

OUT = record(
    tracing="i8",
    sample_mask="u8",
    trace_used="i8",
    standing_used="i8",
    grid_used="i8",  # instants asked for
    grid_next="i8",  # instants passed
    grid=("i8", (MAX_GRID,)),
    series=("f8", (MAX_GRID, len(SERIES))),
    queue=("i4", (MAX_GRID, MAX_SERVERS)),
    busy=("i4", (MAX_GRID, MAX_SERVERS)),
    shared=("i4", (MAX_GRID, MAX_STATIONS)),  # waiting in the shared queue of each station
    readout=("f8", (len(SERIES),)),
    utilisation=("f8", (MAX_SERVERS,)),
    worst=("i8", (MAX_SERVERS,)),
    standing=(STANDING, (MAX_STANDING,)),
    trace=(TRACE, (MAX_TRACE,)),
)
