"""The engine's numbers for things that have names: events, laws, disciplines, strategies, reasons, states."""

MAX_STATIONS = 8
MAX_SERVERS = 64  # over all stations
MAX_WORKERS = 64  # per server: one bit each in `mask`
MAX_CALLS = 16384  # visits of stations in progress at once; one more is dropped as `full`
MAX_ASKS = 8192  # callers that wait for an answer under a policy (time-outs, retries, hedges) at once
MAX_CLIENTS = 4096  # clients that are remembered (sessions, homes, own writes), and users of a closed loop
MAX_CLASSES = 4  # of requests
MAX_CALLEES = 4  # stations that a station calls
MAX_BALANCERS = 4  # of a station, that share nothing
MAX_LEVELS = 4  # of priority
MAX_POINTS = 64  # of a rate profile
MAX_REGIONS = 20
MAX_OBJECTS = 16384  # in the catalogue
MAX_ENTRIES = 524288  # objects × caching servers
MAX_RING = 32768  # points of consistent-hash rings, over all stations
BUCKETS = 4096
WINDOW = 1000  # answers behind the rolling percentiles
ENOUGH_P50, ENOUGH_P95, ENOUGH_P99 = 50, 200, 400  # answers before one is shown, and for the first also the mean
BINS = 10  # the recent window of rates and utilisation: this many bins …
BIN_FINISHED = 100  # … of so many finished requests each
BIN_TIME = 500_000  # … or of this many µs, whichever ends first

TIME_BITS = 37  # an event is one integer: time, kind, index
KIND_BITS = 4
INDEX_BITS = 22
TIME_SHIFT = KIND_BITS + INDEX_BITS
LAST_TIME = (1 << TIME_BITS) - 1  # µs, 38 h; nothing is scheduled later
NEVER = (1 << 63) - 1
CALL_EVENTS = 2 * MAX_CALLS + MAX_ASKS  # a call has one event at most, an ask one; the rest is for stale ones
MAX_EVENTS = CALL_EVENTS + MAX_CLIENTS + 6 * MAX_SERVERS + 8 * MAX_STATIONS + 1024

# Kinds of events; at equal times the lower kind comes first, arrivals last. The index names the kind's subject.
END = 0  # call: its service is over
SHARE = 1  # server: processor sharing, the next call is done
BACK = 2  # call: its answer (or its failure) reaches the caller
REACH = 3  # call: it reaches the station after travelling
RETRY = 4  # ask: the back-off is over
TIMER = 5  # link × 2 (+ 1 for hedges): the oldest time-out or hedge of the link is due
BOOTED = 6  # server
PROBE = 7  # server: a health check
CHECK = 8  # server: the answer of a check that timed out; passive ejection ends; slow start goes on
SCALE = 9  # station: the autoscaler looks
STEP = 10  # station: a rolling deploy takes its next server
BURST = 11  # clients: a burst begins or ends
THINK = 12  # user of a closed loop: it sends its next request

# Laws of the service time
DETERMINISTIC, EXPONENTIAL, ERLANG, HYPEREXPONENTIAL, SHIFTED, LOGNORMAL, PARETO = 0, 1, 2, 3, 4, 5, 6
DISTRIBUTIONS = {"by-variability": 0, "lognormal": 1, "pareto": 2}

# Laws of the arrivals
POISSON, EVENLY, BURSTY, CLOSED = 0, 1, 2, 3
ARRIVALS = {"poisson": POISSON, "deterministic": EVENLY, "bursty": BURSTY, "closed": CLOSED}

# Disciplines: which waiting call is next; SHARING has no queue, DELAY no limit of workers
FIFO, LIFO, PRIORITY, SHARING, DELAY = 0, 1, 2, 3, 4
DISCIPLINES = {"fifo": FIFO, "lifo": LIFO, "priority": PRIORITY, "processor-sharing": SHARING, "delay": DELAY}

# What a full queue does to a newcomer
DROP_NEWEST, DROP_OLDEST, BLOCK = 0, 1, 2
WHEN_FULL = {"drop-newest": DROP_NEWEST, "drop-oldest": DROP_OLDEST, "block": BLOCK}

# Strategies of a balancer
RANDOM, ROUND_ROBIN, WEIGHTED, LEAST_CONNECTIONS, TWO_CHOICES, STICKY, SHARED_QUEUE = 0, 1, 2, 3, 4, 5, 6
WEIGHTED_LEAST, PEAK_EWMA, HASH, RING, BOUNDED_RING, NEAREST = 7, 8, 9, 10, 11, 12
STRATEGIES = {
    "random": RANDOM,
    "round-robin": ROUND_ROBIN,
    "weighted": WEIGHTED,
    "least-connections": LEAST_CONNECTIONS,
    "two-choices": TWO_CHOICES,
    "sticky": STICKY,
    "shared-queue": SHARED_QUEUE,
    "weighted-least-connections": WEIGHTED_LEAST,
    "peak-ewma": PEAK_EWMA,
    "hash": HASH,
    "consistent-hash": RING,
    "bounded-consistent-hash": BOUNDED_RING,
    "nearest": NEAREST,
}
UNPLACED, MODULO, ON_RING, ON_BOUNDED_RING = -1, 0, 1, 2
PLACEMENTS = {"mod": MODULO, "ring": ON_RING, "bounded-ring": ON_BOUNDED_RING}
BY_CLIENT, BY_OBJECT = 0, 1
HASH_BY = {"client": BY_CLIENT, "object": BY_OBJECT}

# What a station is, beyond servers that work
SERVERS, CACHE, DATABASE = 0, 1, 2
KINDS = {"servers": SERVERS, "edge": CACHE, "cache": CACHE, "store": SERVERS, "database": DATABASE}

# Caches
LRU, FIFO_CACHE, TTL = 0, 1, 2
POLICIES = {"lru": LRU, "fifo": FIFO_CACHE, "ttl": TTL}
UNPROTECTED, SINGLE_FLIGHT, EARLY = 0, 1, 2
PROTECTIONS = {"none": UNPROTECTED, "single-flight": SINGLE_FLIGHT, "early-expiry": EARLY}

# Back-off before a retry
AT_ONCE, EXPONENTIALLY, JITTERED = 0, 1, 2
BACKOFFS = {"none": AT_ONCE, "exponential": EXPONENTIALLY, "jittered": JITTERED}

# Autoscaling
NO_RULE, PROPORTIONAL, TRACKING, STEPS = 0, 1, 2, 3
RULES = {"none": NO_RULE, "hpa": PROPORTIONAL, "target-tracking": TRACKING, "steps": STEPS}
CPU, MEMORY, REQUEST_RATE, QUEUE_LENGTH = 0, 1, 2, 3
METRICS = {"cpu": CPU, "memory": MEMORY, "request-rate": REQUEST_RATE, "queue-length": QUEUE_LENGTH}

# Where sessions live
NOWHERE, IN_MEMORY, IN_STORE = 0, 1, 2
SESSIONS = {"none": NOWHERE, "memory": IN_MEMORY, "store": IN_STORE}

# Where TLS handshakes are worked off
NO_TLS, AT_BALANCER, AT_SERVERS = 0, 1, 2
TLS = {"none": NO_TLS, "balancer": AT_BALANCER, "servers": AT_SERVERS}

# Why a request (or one attempt at it) failed: index into `errors`
FULL, REFUSED, STOPPED, FAILED, TIMED_OUT, REJECTED, THROTTLED, BROKEN = 0, 1, 2, 3, 4, 5, 6, 7
REASONS = ("full", "refused", "stopped", "failed", "timed_out", "rejected", "throttled", "breaker_open")
OK = -1

# Codes of the settings that need more than a new number in the record, for `kernel.apply`
SET_RATE, SET_ARRIVALS, SET_USERS, SET_PROFILE = 0, 1, 2, 3
SET_OBJECTS = 4
SET_NUMBER = 5  # a new number is all there is to it
SET_LAW, SET_SERVERS, SET_WORKERS, SET_STRATEGY, SET_DISCIPLINE = 10, 11, 12, 13, 14
SET_INTERVAL, SET_PACE, SET_RING, SET_POOL, SET_SCALING, SET_CACHE, SET_GROUPS = 15, 16, 17, 18, 19, 20, 21
DO_PURGE, DO_DEPLOY, DO_ZONE = 24, 25, 26
SET_SPEED, SET_STOP, SET_HANG = 30, 31, 32

# States of a call
FREE = 0
WAITING = 1  # in a queue
IN_SERVICE = 2  # on a worker
FAILING = 3  # on a worker that will answer with an error
CALLING = 4  # its own work is done, it waits for the stations that it calls
TRAVELLING = 5  # on its way to the station
RETURNING = 6  # its answer is on its way to the caller
BLOCKED = 7  # done, and holds its worker until the next station has room
POOLED = 8  # waits for a connection of its caller's pool
JOINED = 9  # waits for another call that fetches the same object
LOST = 10  # its server has just stopped

# States of an ask
UNUSED, OPEN, BACKING_OFF, ABANDONED, TURNED_DOWN = 0, 1, 2, 3, 4
PENDING = -2  # no answer yet, where OK or a reason is given otherwise

# Who waits for a call's answer, where it is not a call
CLIENT, NOBODY = -1, -2

RESTARTED, NEW, DEPLOYED = 1, 2, 3  # why a server boots: after a stop, as one more, within a rolling deploy

# Rows of a trace
JOIN, START, ANSWER, ERROR, DROP, LEFT_ROTATION, JOINED_ROTATION, UP = 0, 1, 2, 3, 4, 5, 6, 7
HIT, MISS, RETRIED, GAVE_UP, HEDGED = 8, 9, 10, 11, 12
BOOTS, BOOTS_AGAIN = 13, 14  # a server; `ends` is when it will be up, `worker` why: its `booting`
