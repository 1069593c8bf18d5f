"""The records of a server and of a station: what is set, how it stands, what was counted. Units as in `layout`."""

from simulator.engine.codes import MAX_BALANCERS, MAX_CALLEES, MAX_CLASSES, MAX_LEVELS, MAX_SERVERS
from simulator.engine.rows import record

SERVER = record(
    station="i8",
    present="i8",  # counted in the station's number of servers
    stopped="i8",
    booting="i8",  # why it boots: RESTARTED, NEW, DEPLOYED
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
