"""The compiled kernel: one event loop for every scenario.

The whole state of a run is one record of a NumPy structured array (`STATE`), so that a checkpoint is a
copy of bytes and a call costs one argument. Time is integer microseconds. Constants, layout and
helpers stand in this one file because Numba's cache looks only at the file of the function.

Random numbers have no generator state: draw k of a stream is a hash of (the stream's key, k), with k the
number of the request. A strategy that draws more never shifts the others, which is what makes two
settings comparable on the same arrivals (common random numbers).

Events are processed while their time is < the target; at equal times the heap comes before the next
arrival. Integrals are integers (µs × count), so results do not depend on how a run is sliced.
"""

import math

import numpy as np
from numba import njit

SERVERS = 50  # the largest pool
SLOTS = 8192  # requests in the system at once; one more is dropped as "full"
HEAP = 4096
BUCKETS = 4096  # logarithmic response-time buckets, 1 µs to about 3 hours
PER_OCTAVE = 128
RECENT = 1024  # outcomes behind the rolling figures
SNAPS = 10  # snapshots of the busy integrals, SNAP_EVERY apart
SNAP_EVERY = 100_000
CLIENTS = 4096
NEVER = 1 << 62

# How a balancer chooses (the order of `STRATEGIES` in the scenario schema).
RANDOM, ROUND_ROBIN, WEIGHTED, LEAST_CONNECTIONS, TWO_CHOICES, STICKY, SHARED_QUEUE = range(7)
# What waits in the heap.
END, PROBE, BOOTED = range(3)
# Why a request was lost; also the index into `dropped`.
FULL, REFUSED, STOPPED = range(3)
# What is written into the trace.
JOIN, START, FINISH, DROP = range(4)
# A server's condition.
ABSENT, UP, DOWN, BOOT = range(4)
# Random streams.
ARRIVALS, SERVICE, ROUTING, POPULARITY, PROBES = range(5)

STATE = np.dtype(
    [
        ("now", "i8"),
        ("next_arrival", "i8"),
        ("number", "i8"),  # of the next request to arrive
        ("keys", "u8", (8,)),
        # settings
        ("arrival_rate", "f8"),  # requests/s, spike included; 0 = nobody comes
        ("service_time", "f8"),  # seconds, mean
        ("cv2", "f8"),
        ("erlang", "i8"),
        ("mixing", "f8"),
        ("strategy", "i8"),
        ("servers", "i8"),
        ("workers", "i8"),
        ("queue_limit", "i8"),
        ("clients", "i8"),
        ("deadline", "i8"),  # µs; answers later than this are no goodput
        ("probe_interval", "i8"),
        ("fall", "i8"),
        ("rise", "i8"),
        ("boot_time", "i8"),
        ("fast_fail_time", "i8"),
        # servers
        ("condition", "i8", (SERVERS,)),
        ("in_rotation", "i8", (SERVERS,)),
        ("speed", "f8", (SERVERS,)),  # as configured
        ("slow", "f8", (SERVERS,)),  # a fault's factor, 1 when healthy
        ("failing", "i8", (SERVERS,)),  # answers errors at once
        ("weight", "f8", (SERVERS,)),
        ("credit", "f8", (SERVERS,)),  # smooth weighted round robin
        ("in_flight", "i8", (SERVERS,)),
        ("busy", "i8", (SERVERS,)),
        ("waiting", "i8", (SERVERS + 1,)),  # the last one is the shared queue
        ("head", "i8", (SERVERS + 1,)),
        ("tail", "i8", (SERVERS + 1,)),
        ("probe_fails", "i8", (SERVERS,)),
        ("probe_passes", "i8", (SERVERS,)),
        ("epoch", "i8", (SERVERS,)),  # bumped on stop, so that older events of the server are void
        ("workers_taken", "u8", (SERVERS,)),  # bit per worker
        ("members", "i8", (SERVERS,)),
        ("member_count", "i8"),
        ("turn", "i8"),
        ("home", "i2", (CLIENTS,)),
        # requests
        ("r_number", "i8", (SLOTS,)),
        ("r_joined", "i8", (SLOTS,)),
        ("r_started", "i8", (SLOTS,)),
        ("r_ends", "i8", (SLOTS,)),
        ("r_server", "i2", (SLOTS,)),
        ("r_worker", "i2", (SLOTS,)),
        ("r_next", "i2", (SLOTS,)),
        ("r_client", "i2", (SLOTS,)),
        ("r_bad", "i1", (SLOTS,)),
        ("r_live", "i1", (SLOTS,)),
        ("free", "i2", (SLOTS,)),
        ("free_count", "i8"),
        ("in_system", "i8"),
        # events
        ("heap_time", "i8", (HEAP,)),
        ("heap_what", "i8", (HEAP,)),
        ("heap_size", "i8"),
        # measures since `since`
        ("since", "i8"),
        ("arrived", "i8"),
        ("answered", "i8"),
        ("failed", "i8"),
        ("in_time", "i8"),
        ("dropped", "i8", (4,)),
        ("response_sum", "i8"),
        ("waiting_sum", "i8"),
        ("number_area", "i8"),
        ("number_changed", "i8"),
        ("busy_area", "i8", (SERVERS,)),
        ("busy_changed", "i8", (SERVERS,)),
        ("queue_area", "i8", (SERVERS + 1,)),
        ("queue_changed", "i8", (SERVERS + 1,)),
        ("running_area", "i8"),
        ("running", "i8"),
        ("running_changed", "i8"),
        ("sent", "i8", (SERVERS,)),
        ("histogram", "i4", (BUCKETS,)),
        # the recent past, for the picture
        ("recent_at", "i8", (RECENT,)),
        ("recent_time", "i8", (RECENT,)),  # response time in µs; −1 for a request that was lost or failed
        ("recent_server", "i2", (RECENT,)),
        ("recent_count", "i8"),
        ("next_snap", "i8"),
        ("snap_count", "i8"),
        ("snap_at", "i8", (SNAPS,)),
        ("snap_busy", "i8", (SNAPS, SERVERS)),
    ]
)

# What the picture is drawn from: (time, kind, request, server, worker or client or reason, end).
TRACE = np.dtype([("at", "i8"), ("kind", "i8"), ("request", "i8"), ("server", "i8"), ("extra", "i8"), ("more", "i8")])


@njit(inline="always")
def _uniform(key, k):
    """Draw k of the stream `key`, in (0, 1): splitmix64 (Steele, Lea, Flood 2014), without state."""
    z = key + np.uint64(k) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return (np.float64(z >> np.uint64(11)) + 0.5) * 1.1102230246251565e-16


@njit(inline="always")
def _push(st, at, what):
    """Put an event into the heap; equal times leave in the order of `what`."""
    i = st.heap_size
    if i >= HEAP:
        return
    st.heap_size = i + 1
    while i > 0:
        up = (i - 1) >> 1
        if st.heap_time[up] < at or (st.heap_time[up] == at and st.heap_what[up] <= what):
            break
        st.heap_time[i] = st.heap_time[up]
        st.heap_what[i] = st.heap_what[up]
        i = up
    st.heap_time[i] = at
    st.heap_what[i] = what


@njit(inline="always")
def _pop(st):
    """Take the first event out of the heap and give what it was."""
    first = st.heap_what[0]
    size = st.heap_size - 1
    st.heap_size = size
    if size:
        at = st.heap_time[size]
        what = st.heap_what[size]
        i = 0
        while True:
            down = 2 * i + 1
            if down >= size:
                break
            right = down + 1
            if right < size and (
                st.heap_time[right] < st.heap_time[down]
                or (st.heap_time[right] == st.heap_time[down] and st.heap_what[right] < st.heap_what[down])
            ):
                down = right
            if at < st.heap_time[down] or (at == st.heap_time[down] and what <= st.heap_what[down]):
                break
            st.heap_time[i] = st.heap_time[down]
            st.heap_what[i] = st.heap_what[down]
            i = down
        st.heap_time[i] = at
        st.heap_what[i] = what
    return first


@njit(inline="always")
def _event(kind, epoch, index):
    return (kind << 56) | ((epoch & 0xFFFFFF) << 32) | index


@njit
def _work(st, number):
    """The request's work as a multiple of the mean service time, drawn by its number.

    cv² = 0 constant; below 1 a mixture of Erlang(k−1) and Erlang(k) with a common rate (Tijms, A First
    Course in Stochastic Models, 2003, appendix B); 1 exponential; above 1 hyperexponential with balanced means.
    """
    key = st.keys[SERVICE]
    cv2 = st.cv2
    if cv2 == 0.0:
        return 1.0
    if cv2 == 1.0:
        return -math.log(_uniform(key, number))
    spare = _uniform(key ^ np.uint64(0x5851F42D4C957F2D), number)
    if cv2 > 1.0:
        p = 0.5 * (1.0 + math.sqrt((cv2 - 1.0) / (cv2 + 1.0)))
        return -math.log(_uniform(key, number)) / (2.0 * p if spare < p else 2.0 * (1.0 - p))
    stages = st.erlang - 1 if spare < st.mixing else st.erlang
    total = -math.log(_uniform(key, number))
    for stage in range(1, stages):
        total -= math.log(_uniform(key + np.uint64(stage) * np.uint64(0xD1342543DE82EF95), number))
    return total / (st.erlang - st.mixing)


@njit(inline="always")
def _count_number(st, change):
    st.number_area += st.in_system * (st.now - st.number_changed)
    st.number_changed = st.now
    st.in_system += change


@njit(inline="always")
def _count_busy(st, server, change):
    st.busy_area[server] += st.busy[server] * (st.now - st.busy_changed[server])
    st.busy_changed[server] = st.now
    st.busy[server] += change


@njit(inline="always")
def _count_waiting(st, queue, change):
    st.queue_area[queue] += st.waiting[queue] * (st.now - st.queue_changed[queue])
    st.queue_changed[queue] = st.now
    st.waiting[queue] += change


@njit(inline="always")
def _count_running(st, change):
    st.running_area += st.running * (st.now - st.running_changed)
    st.running_changed = st.now
    st.running += change


@njit(inline="always")
def _bucket(time):
    """The histogram bucket of a response time in µs."""
    if time < 1:
        return 0
    b = int(math.log2(float(time)) * PER_OCTAVE) + 1
    return b if b < BUCKETS else BUCKETS - 1


@njit(inline="always")
def _remember(st, server, time):
    i = st.recent_count & (RECENT - 1)
    st.recent_at[i] = st.now
    st.recent_time[i] = time
    st.recent_server[i] = server
    st.recent_count += 1


@njit(inline="always")
def _note(st, trace, used, sample, kind, number, server, extra, more):
    if sample and number % sample == 0 and used[0] < trace.shape[0]:
        e = trace[used[0]]
        e.at = st.now
        e.kind = kind
        e.request = number
        e.server = server
        e.extra = extra
        e.more = more
        used[0] += 1


@njit
def _regroup(st):
    """Collect the servers that the balancer sends to."""
    n = 0
    for i in range(st.servers):
        if st.in_rotation[i]:
            st.members[n] = i
            n += 1
    st.member_count = n


@njit
def _choose(st, number, client):
    """The server for a request, or −1 when none is in the rotation."""
    n = st.member_count
    if n == 0:
        return -1
    strategy = st.strategy
    if strategy == ROUND_ROBIN:
        st.turn = (st.turn + 1) % n
        return st.members[st.turn]
    if strategy == LEAST_CONNECTIONS:
        least = st.in_flight[st.members[0]]
        ties = 1
        for m in range(1, n):
            load = st.in_flight[st.members[m]]
            if load < least:
                least = load
                ties = 1
            elif load == least:
                ties += 1
        pick = int(_uniform(st.keys[ROUTING], number) * ties) if ties > 1 else 0
        for m in range(n):
            if st.in_flight[st.members[m]] == least:
                if pick == 0:
                    return st.members[m]
                pick -= 1
    if strategy == WEIGHTED:
        total = 0.0
        best = st.members[0]
        for m in range(n):
            i = st.members[m]
            st.credit[i] += st.weight[i]
            total += st.weight[i]
            if st.credit[i] > st.credit[best]:
                best = i
        st.credit[best] -= total
        return best
    u = _uniform(st.keys[ROUTING], number)
    if strategy == TWO_CHOICES and n > 1:
        a = int(u * n)
        b = int(_uniform(st.keys[ROUTING] ^ np.uint64(0xA0761D6478BD642F), number) * (n - 1))
        b += b >= a
        first = st.members[a]
        second = st.members[b]
        return first if st.in_flight[first] <= st.in_flight[second] else second
    if strategy == STICKY:
        home = st.home[client]
        if home < 0 or home >= st.servers or not st.in_rotation[home]:
            home = st.members[int(u * n)]
            st.home[client] = home
        return home
    return st.members[int(u * n)]


@njit
def _start(st, slot, server, trace, used, sample):
    """Put a request on a free worker."""
    worker = 0
    taken = st.workers_taken[server]
    while taken & np.uint64(1):
        taken >>= np.uint64(1)
        worker += 1
    st.workers_taken[server] |= np.uint64(1) << np.uint64(worker)
    _count_busy(st, server, 1)
    if st.failing[server]:
        last = st.fast_fail_time
        st.r_bad[slot] = 1
    else:
        seconds = _work(st, st.r_number[slot]) * st.service_time / (st.speed[server] * st.slow[server])
        last = int(seconds * 1e6 + 0.5)
    if last < 1:
        last = 1
    st.r_server[slot] = server
    st.r_worker[slot] = worker
    st.r_started[slot] = st.now
    st.r_ends[slot] = st.now + last
    _push(st, st.now + last, _event(END, st.epoch[server], slot))
    _note(st, trace, used, sample, START, st.r_number[slot], server, worker, st.now + last)


@njit
def _release(st, slot):
    st.r_live[slot] = 0
    st.free[st.free_count] = slot
    st.free_count += 1
    _count_number(st, -1)


@njit
def _lose(st, slot, server, reason, trace, used, sample):
    """A request that was in the system is lost."""
    st.dropped[reason] += 1
    _remember(st, server, -1)
    _note(st, trace, used, sample, DROP, st.r_number[slot], server, reason, st.r_client[slot])
    _release(st, slot)


@njit
def _next_waiting(st, queue):
    """Take the first request out of a queue; −1 when it is empty."""
    slot = st.head[queue]
    if slot >= 0:
        st.head[queue] = st.r_next[slot]
        if st.head[queue] < 0:
            st.tail[queue] = -1
        _count_waiting(st, queue, -1)
    return slot


@njit
def _fill(st, server, trace, used, sample):
    """Give waiting requests to the free workers of a server."""
    if st.condition[server] != UP:
        return
    while st.busy[server] < st.workers:
        slot = _next_waiting(st, server)
        if slot < 0 and st.strategy == SHARED_QUEUE and st.in_rotation[server] and server < st.servers:
            slot = _next_waiting(st, SERVERS)
            if slot >= 0:
                st.in_flight[server] += 1
                st.sent[server] += 1
        if slot < 0:
            return
        _start(st, slot, server, trace, used, sample)


@njit
def _turn_away(st, number, server, reason, client, trace, used, sample):
    st.dropped[reason] += 1
    _remember(st, server, -1)
    _note(st, trace, used, sample, DROP, number, server, reason, client)


@njit
def _free_member(st, number):
    """A server of the rotation with a free worker, chosen at random; −1 when all are busy."""
    n = st.member_count
    if n == 0:
        return -1
    begin = int(_uniform(st.keys[ROUTING], number) * n)
    for m in range(n):
        i = st.members[(begin + m) % n]
        if st.condition[i] == UP and st.busy[i] < st.workers:
            return i
    return -1


@njit
def _arrive(st, trace, used, sample):
    """The next request comes: choose, then start, queue or turn away."""
    number = st.number
    st.number = number + 1
    st.arrived += 1
    gap = -math.log(_uniform(st.keys[ARRIVALS], number + 1)) * 1e6 / st.arrival_rate
    st.next_arrival = st.now + int(gap + 0.5)
    client = int(_uniform(st.keys[POPULARITY], number) * st.clients)
    shared = st.strategy == SHARED_QUEUE
    server = _free_member(st, number) if shared else _choose(st, number, client)
    queue = SERVERS if shared else server
    if st.member_count == 0:
        _turn_away(st, number, -1, REFUSED, client, trace, used, sample)
        return
    if not shared:
        st.sent[server] += 1
        if st.condition[server] != UP:
            _turn_away(st, number, server, REFUSED, client, trace, used, sample)
            return
    idle = server >= 0 and st.busy[server] < st.workers
    limit = st.queue_limit * (st.member_count if shared else 1)
    if st.free_count == 0 or (not idle and st.waiting[queue] >= limit):
        _turn_away(st, number, server, FULL, client, trace, used, sample)
        return
    st.free_count -= 1
    slot = st.free[st.free_count]
    _count_number(st, 1)
    st.r_live[slot] = 1
    st.r_bad[slot] = 0
    st.r_number[slot] = number
    st.r_client[slot] = client
    st.r_joined[slot] = st.now
    st.r_started[slot] = -1
    st.r_ends[slot] = -1
    st.r_worker[slot] = -1
    st.r_server[slot] = server
    st.r_next[slot] = -1
    _note(st, trace, used, sample, JOIN, number, server, client, 0)
    if server >= 0:
        st.in_flight[server] += 1
        if shared:
            st.sent[server] += 1
    if idle:
        _start(st, slot, server, trace, used, sample)
        return
    if st.tail[queue] >= 0:
        st.r_next[st.tail[queue]] = slot
    else:
        st.head[queue] = slot
    st.tail[queue] = slot
    _count_waiting(st, queue, 1)


@njit
def _end(st, slot, trace, used, sample):
    """A worker is done with a request."""
    server = st.r_server[slot]
    response = st.now - st.r_joined[slot]
    bad = st.r_bad[slot]
    st.workers_taken[server] &= ~(np.uint64(1) << np.uint64(st.r_worker[slot]))
    _count_busy(st, server, -1)
    st.in_flight[server] -= 1
    if bad:
        st.failed += 1
        _remember(st, server, -1)
    else:
        st.answered += 1
        st.response_sum += response
        st.waiting_sum += st.r_started[slot] - st.r_joined[slot]
        st.in_time += response <= st.deadline
        st.histogram[_bucket(response)] += 1
        _remember(st, server, response)
    _note(st, trace, used, sample, FINISH, st.r_number[slot], server, bad, 0)
    _release(st, slot)
    _fill(st, server, trace, used, sample)


@njit
def _probe(st, server, trace, used, sample):
    """The balancer looks at one server and decides whether it stays in the rotation."""
    _push(st, st.now + st.probe_interval, _event(PROBE, 0, server))
    if server >= st.servers:
        return
    if st.condition[server] == UP:
        st.probe_fails[server] = 0
        st.probe_passes[server] += 1
        if not st.in_rotation[server] and st.probe_passes[server] >= st.rise:
            st.in_rotation[server] = 1
            _regroup(st)
            _fill(st, server, trace, used, sample)
    else:
        st.probe_passes[server] = 0
        st.probe_fails[server] += 1
        if st.in_rotation[server] and st.probe_fails[server] >= st.fall:
            st.in_rotation[server] = 0
            _regroup(st)


@njit
def _snap(st):
    i = st.snap_count % SNAPS
    st.snap_at[i] = st.now
    for s in range(SERVERS):
        st.snap_busy[i, s] = st.busy_area[s] + st.busy[s] * (st.now - st.busy_changed[s])
    st.snap_count += 1
    st.next_snap += SNAP_EVERY


@njit(nogil=True, cache=True)
def advance(state, until, trace, used, sample):
    """Process every event before `until` (µs). With sample > 0, one request in `sample` is traced."""
    st = state[0]
    while True:
        at = st.heap_time[0] if st.heap_size else NEVER
        arrival = st.next_arrival < at
        if arrival:
            at = st.next_arrival
        if st.next_snap < at and st.next_snap < until:
            st.now = st.next_snap
            _snap(st)
            continue
        if at >= until:
            break
        st.now = at
        if arrival:
            _arrive(st, trace, used, sample)
            continue
        what = _pop(st)
        kind = what >> 56
        index = what & 0xFFFFFFFF
        if kind == END:
            # A void event: its server stopped since, or the slot serves another request by now.
            server = st.r_server[index]
            if st.r_live[index] and st.r_ends[index] == at and ((what >> 32) & 0xFFFFFF) == (st.epoch[server] & 0xFFFFFF):
                _end(st, index, trace, used, sample)
        elif kind == PROBE:
            _probe(st, index, trace, used, sample)
        elif st.condition[index] == BOOT and ((what >> 32) & 0xFFFFFF) == (st.epoch[index] & 0xFFFFFF):
            st.condition[index] = UP
            _fill(st, index, trace, used, sample)
    st.now = until


@njit(nogil=True, cache=True)
def set_arrival_rate(state, rate):
    """Change the offered rate; what is left of the pending gap is rescaled."""
    st = state[0]
    if st.arrival_rate > 0.0 and rate > 0.0:
        st.next_arrival = st.now + int((st.next_arrival - st.now) * st.arrival_rate / rate + 0.5)
    elif rate > 0.0:
        gap = -math.log(_uniform(st.keys[ARRIVALS], st.number)) * 1e6 / rate
        st.next_arrival = st.now + int(gap + 0.5)
    else:
        st.next_arrival = NEVER
    st.arrival_rate = rate


@njit(nogil=True, cache=True)
def stop(state, server, trace, used, sample):
    """A server dies: what it works on and what waits there is lost; the balancer does not know yet."""
    st = state[0]
    if st.condition[server] not in (UP, BOOT):
        return
    st.condition[server] = DOWN
    st.epoch[server] += 1
    _count_running(st, -1)
    for slot in range(SLOTS):
        if st.r_live[slot] and st.r_server[slot] == server and st.r_started[slot] >= 0:
            st.in_flight[server] -= 1
            _lose(st, slot, server, STOPPED, trace, used, sample)
    _count_busy(st, server, -st.busy[server])
    st.workers_taken[server] = np.uint64(0)
    while True:
        slot = _next_waiting(st, server)
        if slot < 0:
            break
        st.in_flight[server] -= 1
        _lose(st, slot, server, STOPPED, trace, used, sample)


@njit(nogil=True, cache=True)
def start(state, server):
    """Start a stopped server; it boots, and the balancer must see it healthy before it gets work."""
    st = state[0]
    if st.condition[server] != DOWN:
        return
    st.epoch[server] += 1
    st.condition[server] = BOOT
    _count_running(st, 1)
    _push(st, st.now + st.boot_time, _event(BOOTED, st.epoch[server], server))


@njit(nogil=True, cache=True)
def set_servers(state, servers, trace, used, sample):
    """Grow or shrink the pool. New servers join at once; removed ones finish what they hold."""
    st = state[0]
    for i in range(SERVERS):
        if i < servers and st.condition[i] == ABSENT:
            st.condition[i] = UP
            st.in_rotation[i] = 1
            _count_running(st, 1)
        elif i >= servers and i < st.servers:
            st.in_rotation[i] = 0
            if st.condition[i] in (UP, BOOT):
                _count_running(st, -1)
            st.condition[i] = UP if st.in_flight[i] else ABSENT
        elif i < servers and i >= st.servers:  # was draining
            st.in_rotation[i] = 1
            if st.condition[i] == UP:
                _count_running(st, 1)
    st.servers = servers
    _regroup(st)
    settle(state, trace, used, sample)


@njit(nogil=True, cache=True)
def settle(state, trace, used, sample):
    """After a change of servers, workers, strategy or limit: give waiting requests to whoever is free now."""
    st = state[0]
    if st.strategy != SHARED_QUEUE:  # requests of a queue that no longer exists go to the rotation
        while st.waiting[SERVERS] and st.member_count:
            slot = _next_waiting(st, SERVERS)
            server = _choose(st, st.r_number[slot], st.r_client[slot])
            st.r_server[slot] = server
            st.r_next[slot] = -1
            st.in_flight[server] += 1
            st.sent[server] += 1
            if st.tail[server] >= 0:
                st.r_next[st.tail[server]] = slot
            else:
                st.head[server] = slot
            st.tail[server] = slot
            _count_waiting(st, server, 1)
    for i in range(SERVERS):
        _fill(st, i, trace, used, sample)


@njit(nogil=True, cache=True)
def reset_measures(state):
    """Forget what was measured so far (the end of a warm-up); the system itself goes on."""
    st = state[0]
    st.since = st.now
    st.arrived = 0
    st.answered = 0
    st.failed = 0
    st.in_time = 0
    st.response_sum = 0
    st.waiting_sum = 0
    st.number_area = 0
    st.number_changed = st.now
    st.running_area = 0
    st.running_changed = st.now
    st.dropped[:] = 0
    st.histogram[:] = 0
    st.sent[:] = 0
    for i in range(SERVERS + 1):
        st.queue_area[i] = 0
        st.queue_changed[i] = st.now
        if i < SERVERS:
            st.busy_area[i] = 0
            st.busy_changed[i] = st.now
    st.snap_count = 0


@njit(nogil=True, cache=True)
def push(state, at, what):
    """Schedule an event from outside."""
    _push(state[0], at, what)
