"""Whatever is done to edges, servers with sessions, their store and a database, the engine's books balance at any instant."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator import Change, Experiment, parse_scenario
from simulator.engine import codes
from simulator.run import proceed
from simulator.state import fresh, scratch

TEXT = """
    name: stack
    title: Stack
    clients: {arrival_rate: 400, clients: 60, deadline: 0.5, timeout: 0.3, retries: 1, hedge_after: 0.02, cancel_hedges: true,
              round_trip_time: 0.002}
    objects: {count: 40, exponent: 0.8}
    stations:
      - {name: edge, kind: edge, servers: 3, workers: 4, service_time: 0.001, strategy: least-connections, calls: [shield],
         boot_time: 0.05, pool: 3, health_check: {interval: 0.05},
         cache: {policy: POLICY, ttl: 0.4, capacity: 20, protection: PROTECTION}, HOLDS}
      - {name: shield, kind: cache, workers: 2, service_time: 0.001, calls: [app], boot_time: 0.05,
         health_check: {interval: 0.05},
         cache: {policy: ttl, ttl: 0.5, protection: single-flight}, asked: {timeout: 0.1, retries: 1}}
      - {name: app, servers: 3, workers: 2, service_time: 0.004, queue_limit: 10, strategy: sticky, calls: [sessions, database],
         boot_time: 0.05, pool: 2, health_check: {interval: 0.05},
         sessions: {where: store, store: sessions, copies: 2, lifetime: 2}}
      - {name: sessions, kind: store, servers: 3, service_time: 0.001, strategy: random, boot_time: 0.05,
         health_check: {interval: 0.05}}
      - {name: database, kind: database, servers: 2, service_time: 0.003, strategy: STRATEGY, boot_time: 0.05, queue_limit: 20,
         health_check: {interval: 0.05}, discipline: DISCIPLINE, when_full: drop-oldest, drop_expired: true,
         database: {replicas: 1, write_share: 0.4, lag: 0.03, pin_own_reads: 0.1, failover_time: 0.2}}
    controls:
      - {name: servers, station: edge, label: Edges, minimum: 1, maximum: 4}
      - {name: capacity, station: edge, label: Places, minimum: 1, maximum: 40}
      - {name: servers, station: app, label: App, minimum: 1, maximum: 4}
      - {name: sessions, station: app, label: Sessions, choices: [[memory, Memory], [store, Store]]}
      - {name: servers, station: database, label: Shards, minimum: 1, maximum: 3}
      - {name: replicas, station: database, label: Replicas, minimum: 0, maximum: 2}
      - {name: lag, station: database, label: Lag, minimum: 0, maximum: 1}
      - {name: arrival_rate, label: Rate, minimum: 1, maximum: 2000}
    faults:
      - {name: stop, label: Stop, target: edge}
      - {name: stop, label: Stop, target: shield}
      - {name: stop, label: Stop, target: app}
      - {name: stop, label: Stop, target: sessions}
      - {name: stop, label: Stop, target: database}
      - {name: slow, label: Slow, target: database}
      - {name: purge, label: Purge, target: edge}
"""
SCENARIOS = st.builds(
    lambda *chosen: parse_scenario(
        TEXT.replace("POLICY", chosen[0]).replace("PROTECTION", chosen[1]).replace("HOLDS", f"holds_worker: {chosen[2]}")
        .replace("STRATEGY", chosen[3]).replace("DISCIPLINE", chosen[4])
    ),
    st.sampled_from(["lru", "fifo", "ttl"]),
    st.sampled_from(["none", "single-flight", "early-expiry"]),
    st.sampled_from(["true", "false"]),
    st.sampled_from(["random", "round-robin", "least-connections", "two-choices"]),
    st.sampled_from(["fifo", "lifo", "priority", "processor-sharing", "delay"]),
)  # fmt: skip
ON = st.booleans()
CONTROLS = st.one_of(
    st.tuples(st.just("edge.servers"), st.integers(1, 4)),
    st.tuples(st.just("edge.capacity"), st.integers(1, 40)),
    st.tuples(st.just("servers"), st.integers(1, 4)),
    st.tuples(st.just("sessions"), st.sampled_from(["memory", "store"])),
    st.tuples(st.just("database.servers"), st.integers(1, 3)),
    st.tuples(st.just("database.replicas"), st.integers(0, 2)),
    st.tuples(st.just("database.lag"), st.floats(0, 1)),
    st.tuples(st.just("arrival_rate"), st.floats(1, 2000)),
    st.tuples(st.integers(1, 4).map("edge.stop.{}".format), ON),
    st.tuples(st.just("shield.stop.1"), ON),
    st.tuples(st.integers(1, 4).map("stop.{}".format), ON),
    st.tuples(st.integers(1, 3).map("sessions.stop.{}".format), ON),
    st.tuples(st.integers(1, 9).map("database.stop.{}".format), ON),
    st.tuples(st.integers(1, 9).map("database.slow.{}".format), ON),
    st.tuples(st.just("edge.purge"), ON),
)
TIMELINES = st.lists(st.tuples(st.floats(0, 3), CONTROLS), max_size=24).map(
    lambda found: tuple(Change(at, *rest) for at, rest in sorted(found, key=lambda pair: pair[0]))
)


def check(run, scenario):
    """Counts that are kept by addition agree with what is there."""
    calls = run["calls"][: int(run["calls_high"])]
    inside = calls[calls["state"] != codes.FREE]
    assert run["arrivals"] == run["answered"] + run["failed"] + run["number"]
    assert int(run["heap_size"]) < codes.MAX_EVENTS
    servers = run["servers"]
    for v in range(scenario.most_servers):
        mine = inside[(inside["server"] == v) & (inside["joined"] == 1)]
        assert run["load"][v] == len(mine)
        assert servers["waiting"][v] == (mine["state"] == codes.WAITING).sum()
        assert servers["pool_waiting"][v] == (mine["state"] == codes.POOLED).sum()
        assert 0 <= servers["calls_out"][v] <= (mine["state"] == codes.CALLING).sum()
        assert servers["sessions"][v] == (run["clients"]["copies"] >> np.uint64(v) & np.uint64(1)).sum()
    objects = scenario.objects.count
    for station, first in zip(scenario.stations, scenario.firsts, strict=True):
        place = scenario.stations.index(station)
        if station.kind not in ("edge", "cache"):
            continue
        begin = int(run["stations"]["entries"][place])
        for v in range(first, first + scenario.room(station)):
            entries = run["entries"][begin + (v - first) * objects : begin + (v - first + 1) * objects]
            base = begin + (v - first) * objects
            there = np.flatnonzero(entries["expires"] > 0) + base
            listed, e = [], int(servers["cache_head"][v])
            for _ in range(int(servers["cached"][v])):
                listed.append(e)
                e = int(run["entries"]["next"][e])
            assert sorted(listed) == there.tolist()
            for n, entry in enumerate(entries):
                leaders = (inside["fills"] == 1 + base + n).sum()
                assert entry["fetching"] == leaders
                waiter, count = int(entry["waiters"]) - 1, 0
                while waiter >= 0:
                    assert calls["state"][waiter] == codes.JOINED
                    assert calls["server"][waiter] == v
                    waiter, count = int(calls["next"][waiter]), count + 1
                assert count == 0 or leaders > 0


@settings(max_examples=40, deadline=None)
@given(SCENARIOS, TIMELINES, st.integers(0, 2**31))
def test_the_books_balance_whatever_is_done(scenario, timeline, seed):
    state = fresh(scenario, seed, windowed=True)
    experiment = Experiment(scenario, seed, timeline)
    for until in (0.4, 1.1, 1.9, 2.6, 3.3):
        proceed(state, experiment, round(until * 1e6), scratch())
        check(state[0], scenario)
    slow_end = fresh(scenario, seed, windowed=True)
    proceed(slow_end, experiment, 3_300_000, scratch())
    assert state.tobytes() == slow_end.tobytes()
