"""Sessions: how a sticky fleet drains after it grew, and what a kill, a deploy and a lost store node cost."""

import math
from collections import defaultdict

import numpy as np
import pytest

from simulator import Change, Experiment, Run, parse_scenario, simulate
from simulator.run import proceed
from simulator.state import fresh, scratch

CLIENTS = 4000


def fleet(
    where="memory", *, servers=4, strategy="sticky", lifetime=1800, store=1, copies=1, rate=400, clients=CLIENTS, calls=True
):
    return parse_scenario(f"""
        name: fleet
        title: Fleet
        clients: {{arrival_rate: {rate}, clients: {clients}}}
        stations:
          - {{name: app, servers: {servers}, workers: 8, service_time: 0.001, strategy: {strategy}, boot_time: 0.2,
             health_check: {{interval: 0.1}}, {"calls: [sessions]," if calls else ""}
             sessions: {{where: {where}, lifetime: {lifetime}, store: sessions, copies: {copies}}}}}
          - {{name: sessions, kind: store, servers: {store}, workers: 8, service_time: 0.0002, boot_time: 0.2, strategy: random,
             health_check: {{interval: 0.1}}, asked: {{round_trip_time: 0.001}}}}
        controls:
          - {{name: servers, label: Servers, minimum: 1, maximum: 8}}
          - {{name: clients, label: Clients, minimum: 10, maximum: {clients}}}
          - {{name: sessions, label: Sessions, choices: [[memory, Memory], [store, Store]]}}
          - {{name: strategy, label: Balancing, choices: [[sticky, Sticky], [random, Random], [shared-queue, Shared]]}}
        faults:
          - {{name: stop, label: Stop, target: app}}
          - {{name: stop, label: Stop, target: sessions}}
    """)


def state_after(scenario, seconds, timeline=(), seed=3):
    state = fresh(scenario, seed, windowed=False)
    proceed(state, Experiment(scenario, seed, timeline), round(seconds * 1e6), scratch())
    return state[0]


@pytest.mark.parametrize(("minutes", "old", "new"), [(5, 0.4616204, 0.0383796), (30, 0.3419699, 0.1580301), (90, 0.262, 0.2376)])
def test_a_sticky_fleet_that_doubled_fills_its_new_servers_slowly(minutes, old, new):
    """2 → 4 servers, sessions of 30 min: shares by session that is still an old one (M/M/∞), so many minutes later."""
    left = math.exp(-minutes / 30)
    assert (left / 2 + (1 - left) / 4, (1 - left) / 4) == pytest.approx((old, new), abs=0.0005)
    scenario = fleet(servers=2, calls=False)
    found = np.zeros(4)
    for seed in range(3):
        run = state_after(scenario, 600 + minutes * 60, (Change(600, "servers", 4),), seed)
        found += run["servers"]["sessions"][:4]
    shares = found / found.sum()
    spread = math.sqrt(new * 2 * (1 - new * 2) / (3 * CLIENTS))
    assert shares[2:].sum() == pytest.approx(2 * new, abs=4 * spread)
    assert shares[:2].sum() == pytest.approx(2 * old, abs=4 * spread)


def test_the_load_follows_the_sessions():
    scenario = fleet(servers=2, calls=False)
    found = simulate(Experiment(scenario, 3, (Change(60, "servers", 4),)), 60, 60 + 1800 - 30)["stations"]["app"]["servers"]
    assert found[2]["share"] + found[3]["share"] == pytest.approx(2 * 0.15803, abs=0.03)


def test_a_session_lasts_as_long_as_its_law_says():
    """One new session per client and lifetime (and the wait for its next request)."""
    run = state_after(fleet(lifetime=100, calls=False), 2500)["stations"][0]
    begun = run["made_sessions"] - state_after(fleet(lifetime=100, calls=False), 500)["stations"][0]["made_sessions"]
    between = CLIENTS / 400
    assert begun / CLIENTS == pytest.approx(2000 / (100 + between), rel=0.02)
    assert run["lost_sessions"] == 0


def test_killing_one_of_four_loses_a_quarter_of_the_sessions():
    lost = state_after(fleet(calls=False), 120, (Change(60, "stop.2", True),))["stations"]["lost_sessions"][0]
    assert lost / CLIENTS == pytest.approx(0.25, abs=3 * math.sqrt(0.25 * 0.75 / CLIENTS))


def test_restarting_one_after_the_other_loses_them_all():
    """A rolling deploy: everybody loses the session at least once, some again on the server that they fled to."""
    timeline = tuple(
        change
        for n in range(4)
        for change in (Change(60 + 20 * n, f"stop.{n + 1}", True), Change(61 + 20 * n, f"stop.{n + 1}", False))
    )
    assert state_after(fleet(calls=False), 60, timeline)["stations"]["lost_sessions"][0] == 0
    run = state_after(fleet(calls=False), 160, timeline)
    assert run["stations"]["lost_sessions"][0] >= 0.98 * CLIENTS


def test_a_store_loses_none_whatever_happens_to_the_servers():
    timeline = tuple(
        change
        for n in range(4)
        for change in (Change(10 + 2 * n, f"stop.{n + 1}", True), Change(11 + 2 * n, f"stop.{n + 1}", False))
    )
    found = simulate(Experiment(fleet("store", strategy="random"), 3, timeline), 30)
    assert found["lost_sessions"] == 0
    assert found["stations"]["sessions"]["arrivals"] > 0.9 * found["arrivals"]


def test_in_memory_the_store_is_not_asked():
    scenario = fleet("memory")
    found = simulate(Experiment(scenario, 3), 30)
    assert found["stations"]["sessions"]["arrivals"] == 0
    moved = simulate(Experiment(scenario, 3, (Change(10, "sessions", "store"),)), 20, 10)
    assert moved["stations"]["sessions"]["arrivals"] == pytest.approx(moved["arrivals"], abs=5)
    assert moved["lost_sessions"] == 0


@pytest.mark.parametrize(("nodes", "copies", "share"), [(1, 1, 1.0), (3, 1, 1 / 3), (3, 2, 0.0), (2, 2, 0.0), (1, 2, 1.0)])
def test_a_store_node_that_stops_loses_what_had_no_copy(nodes, copies, share):
    timeline = (Change(60, "sessions.stop.1", True), Change(61, "sessions.stop.1", False))
    run = state_after(fleet("store", store=nodes, copies=copies), 100, timeline)
    lost = run["stations"]["lost_sessions"][0]
    assert lost / CLIENTS == pytest.approx(share, abs=0.025)


def test_two_copies_do_not_survive_two_nodes():
    timeline = (Change(60, "sessions.stop.1", True), Change(60, "sessions.stop.2", True))
    lost = state_after(fleet("store", store=3, copies=2), 61, timeline)["stations"]["lost_sessions"][0]
    # those that were at 1 and 2; the others were at 2 and 3, or at 3 and 1
    assert lost / CLIENTS == pytest.approx(1 / 3, abs=0.025)


def test_without_stickiness_three_of_four_requests_lose_the_session():
    """Random servers and sessions in memory: a checkout of five requests survives (1/4)^4 of the time."""
    scenario = fleet(strategy="random", calls=False, rate=400, clients=200)
    run = state_after(scenario, 400)["stations"][0]
    with_session = 400 * 400 - 200
    assert run["lost_sessions"] / with_session == pytest.approx(0.75, abs=0.01)
    played, whole = Run(Experiment(scenario, 3)), defaultdict(list)
    for part in range(1, 601):
        segment = played.advance(part / 10)  # 40 requests: all of them are in the sample
        assert segment.sample == 1
        for event in segment.events:
            if event[1] == "join":
                whole[event[4]].append(event[3])
    fives = [visits[at : at + 5] for visits in whole.values() for at in range(0, len(visits) - 4, 5)]
    survived = sum(len(set(five)) == 1 for five in fives) / len(fives)
    assert survived == pytest.approx((1 / 4) ** 4, abs=4 * math.sqrt(0.0039 / len(fives)))


def test_a_shared_queue_and_sessions_in_memory_do_not_go_together():
    run = state_after(fleet(strategy="shared-queue", calls=False), 100)["stations"][0]
    assert run["lost_sessions"] > 0.6 * (100 * 400 - CLIENTS)


def test_the_sum_of_all_holders_is_what_the_servers_count():
    timeline = (
        Change(5, "stop.1", True), Change(6, "servers", 7), Change(7, "stop.1", False), Change(8, "sessions", "store"),
        Change(9, "sessions.stop.2", True), Change(10, "sessions", "memory"),
        Change(11, "servers", 3), Change(12, "strategy", "random"),
    )  # fmt: skip
    scenario = fleet(store=3, copies=2, lifetime=20)
    for at in (4, 5.5, 6.5, 8.5, 9.5, 10.5, 11.5, 14):
        run = state_after(scenario, at, timeline)
        held = [int((run["clients"]["copies"] >> np.uint64(v) & np.uint64(1)).sum()) for v in range(len(run["servers"]))]
        assert held == run["servers"]["sessions"].tolist()


def test_any_slicing_gives_the_same_run():
    changes = (
        Change(1, "stop.1", True),
        Change(1.5, "servers", 6),
        Change(1.9, "clients", 50),
        Change(2, "sessions", "store"),
        Change(2.7, "clients", CLIENTS),
        Change(3, "sessions.stop.1", True),
    )
    experiment = Experiment(fleet(store=2, copies=2, lifetime=2), 5, changes)
    whole, sliced, middle = Run(experiment), Run(experiment), Run(experiment)
    whole.advance(4)
    for stop in (0.3, 1.0, 1.7, 2.2, 2.9, 4):
        sliced.advance(stop)
    middle.advance(2.5)
    resumed = Run.resume(experiment, middle.checkpoint())
    resumed.advance(4)
    assert whole.checkpoint() == sliced.checkpoint() == resumed.checkpoint()


def test_a_store_must_be_named():
    with pytest.raises(ValueError, match="need `store`"):
        parse_scenario("""
            name: wrong
            title: Wrong
            clients: {arrival_rate: 1}
            stations:
              - {name: app, sessions: {where: store}}
        """)
