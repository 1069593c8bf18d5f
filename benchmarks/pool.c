/* A pool of servers in C: what the engine's algorithm costs when nothing but this one scenario exists.

   Poisson arrivals, servers with several workers and one FIFO queue each, least connections (ties by chance),
   exponential service. The same numbers as the engine's, drawn from the same streams (simulator/engine/draw.py), the same
   order of events (events.py), the same buckets (histogram.py): the results are equal to the last bit.
   Times are whole microseconds. `simulate` returns 0, or 1 when there were more requests in the system than slots. */

#include <math.h>
#include <stdint.h>
#include <string.h>

enum { MAX_SERVERS = 64, MAX_CALLS = 16384, BUCKETS = 4096, TIME_SHIFT = 26, INDEX_MASK = (1 << 22) - 1 };
#define NEVER INT64_MAX

typedef struct {
    uint64_t key_arrival, key_service, key_routing;
    double rate, service_time;                      /* per µs, µs */
    int64_t servers, workers, queue_limit, until;   /* until: µs */
} Pool;

typedef struct {
    int64_t arrivals, answered, failed, sum_response, sum_waiting, number, number_area;
    int64_t busy_area[MAX_SERVERS], sent[MAX_SERVERS], done[MAX_SERVERS], histogram[BUCKETS];
} Result;

typedef struct {
    int64_t id, began, started;
    int32_t next, server, worker;
} Call;

typedef struct {
    uint64_t mask;
    int64_t busy, waiting, area, sent, answered;
    int32_t head, tail;
} Server;

typedef struct {
    int64_t heap_size, next_arrival;
    int32_t free_call, calls_high;
    int64_t load[MAX_SERVERS];
    Server servers[MAX_SERVERS];
    Call calls[MAX_CALLS];
    int64_t heap[MAX_CALLS + 1];
} State;

static State state;

static inline uint64_t mix(uint64_t key, uint64_t k) {
    uint64_t z = key + k * 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static inline double exponential(uint64_t key, uint64_t k) {
    return -log(((double)(mix(key, k) >> 11) + 0.5) * 0x1p-53);
}

static inline int64_t below(uint64_t bits, int64_t n) { return (int64_t)(((bits >> 32) * (uint64_t)n) >> 32); }

static inline void sift_down(State *s, int64_t hole, int64_t key) {
    int64_t *heap = s->heap, size = s->heap_size, child = 2 * hole + 1;
    while (child < size) {
        child += heap[child + 1] < heap[child];
        if (heap[child] >= key) break;
        heap[hole] = heap[child];
        hole = child;
        child = 2 * hole + 1;
    }
    heap[hole] = key;
}

static inline void push(State *s, int64_t key) {
    int64_t *heap = s->heap, hole = s->heap_size++;
    heap[hole + 1] = NEVER;
    while (hole > 0) {
        int64_t parent = (hole - 1) >> 1;
        if (heap[parent] <= key) break;
        heap[hole] = heap[parent];
        hole = parent;
    }
    heap[hole] = key;
}

static inline void pop(State *s) {
    int64_t size = --s->heap_size, last = s->heap[size];
    s->heap[size] = NEVER;
    if (size > 0) sift_down(s, 0, last);
}

static inline int64_t bucket_of(int64_t time) {
    double value = (double)(time < 1 ? 1 : time);
    int64_t bits;
    memcpy(&bits, &value, sizeof bits);
    int64_t bucket = (bits >> 45) - (1023 << 7);
    return bucket < BUCKETS ? bucket : BUCKETS - 1;
}

static inline void schedule(State *s, const Pool *p, int64_t t, int64_t k) {
    s->next_arrival = t + (int64_t)(exponential(p->key_arrival, (uint64_t)k) / p->rate + 0.5);
}

static inline int least_connections(const State *s, const Pool *p, int64_t k) {
    int64_t fewest = s->load[0], equals = 1;
    for (int64_t v = 1; v < p->servers; v++) {
        int64_t here = s->load[v];
        if (here < fewest) fewest = here, equals = 1;
        else if (here == fewest) equals++;
    }
    int64_t skip = equals > 1 ? below(mix(p->key_routing, (uint64_t)k), equals) : 0;
    for (int v = 0;; v++)
        if (s->load[v] == fewest && skip-- == 0) return v;
}

static inline int64_t begin_service(State *s, const Pool *p, Result *r, int64_t t, int32_t c, int32_t worker) {
    Call *call = &s->calls[c];
    call->worker = worker;
    call->started = t;
    int64_t span = (int64_t)(exponential(p->key_service, (uint64_t)call->id) * p->service_time + 0.5);
    return ((t + (span < 1 ? 1 : span)) << TIME_SHIFT) | c;
}

static inline int arrive(State *s, const Pool *p, Result *r) {
    int64_t t = s->next_arrival, k = r->arrivals++;
    schedule(s, p, t, k + 1);
    r->number++;
    r->number_area -= t;
    int32_t c = s->free_call;
    if (c >= 0) s->free_call = s->calls[c].next;
    else if ((c = s->calls_high) == MAX_CALLS) return 1;
    else s->calls_high++;
    Call *call = &s->calls[c];
    int v = least_connections(s, p, k);
    Server *server = &s->servers[v];
    call->id = k;
    call->began = t;
    call->server = v;
    server->sent++;
    if (server->busy < p->workers) {
        s->load[v]++;
        uint64_t idle = ~server->mask & (server->mask + 1);
        server->mask |= idle;
        server->busy++;
        server->area -= t;
        push(s, begin_service(s, p, r, t, c, __builtin_ctzll(idle)));
    } else if (server->waiting < p->queue_limit) {
        s->load[v]++;
        call->next = -1;
        if (server->waiting++ == 0) server->head = c;
        else s->calls[server->tail].next = c;
        server->tail = c;
    } else {
        r->failed++;
        r->number--;
        r->number_area += t;
        call->next = s->free_call;
        s->free_call = c;
    }
    return 0;
}

static inline void end(State *s, const Pool *p, Result *r, int64_t key) {
    int64_t t = key >> TIME_SHIFT;
    int32_t c = (int32_t)(key & INDEX_MASK);
    Call *call = &s->calls[c];
    Server *server = &s->servers[call->server];
    if (server->waiting > 0) {
        int32_t following = server->head;
        server->head = s->calls[following].next;
        server->waiting--;
        sift_down(s, 0, begin_service(s, p, r, t, following, call->worker));
    } else {
        pop(s);
        server->mask &= ~(1ull << call->worker);
        server->busy--;
        server->area += t;
    }
    s->load[call->server]--;
    server->answered++;
    int64_t response = t - call->began;
    r->number--;
    r->number_area += t;
    r->answered++;
    r->sum_response += response;
    r->sum_waiting += call->started - call->began;
    r->histogram[bucket_of(response)]++;
    call->next = s->free_call;
    s->free_call = c;
}

int simulate(const Pool *p, Result *r) {
    State *s = &state;
    memset(r, 0, sizeof *r);
    memset(s->load, 0, sizeof s->load);
    memset(s->servers, 0, sizeof s->servers);
    s->heap_size = 0;
    s->heap[0] = NEVER;
    s->free_call = -1;
    s->calls_high = 0;
    schedule(s, p, 0, 0);
    for (;;) {
        int64_t key = s->heap[0], t = key >> TIME_SHIFT;
        if (s->next_arrival < t) {
            if (s->next_arrival >= p->until) break;
            if (arrive(s, p, r)) return 1;
        } else {
            if (t >= p->until) break;
            end(s, p, r, key);
        }
    }
    for (int64_t v = 0; v < p->servers; v++) {
        r->busy_area[v] = s->servers[v].area + s->servers[v].busy * p->until;
        r->sent[v] = s->servers[v].sent;
        r->done[v] = s->servers[v].answered;
    }
    return 0;
}
