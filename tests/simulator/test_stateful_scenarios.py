"""The lessons on stateless servers, CDNs, architecture, stampedes and replication: their scenarios give their numbers."""

import json

import pytest

from simulator import Change, Experiment, Run, load_scenario, simulate, theory
from simulator.run import proceed
from simulator.state import fresh, scratch


def run(name, duration, warm_up=0.0, *, later=(), seed=1, **opening):
    changes = tuple(Change(0, control.replace("__", "."), value) for control, value in opening.items())
    return simulate(Experiment(load_scenario(name), seed, (*changes, *later)), duration, warm_up)


def state_of(name, seconds, *, later=(), **opening):
    changes = tuple(Change(0, control.replace("__", "."), value) for control, value in opening.items())
    experiment = Experiment(load_scenario(name), 1, (*changes, *later))
    state = fresh(experiment.scenario, 1, windowed=False)
    proceed(state, experiment, round(seconds * 1e6), scratch())
    return state[0]


# ---- stateless servers


GROWN = Change(60, "servers", 4)


def test_five_minutes_after_doubling_a_sticky_fleet_the_new_servers_carry_a_thirteenth():
    found = run("stateless", 120, 60 + 240, later=(GROWN,))["stations"]["servers"]["servers"]
    assert found[2]["share"] + found[3]["share"] == pytest.approx(2 * 0.0384, abs=0.025)


def test_only_the_store_and_free_choice_pass_the_challenge():
    """2 → 4 at 60 s, one killed at 120 s, a store node at 150 s: nothing lost, and even load within a minute."""
    killed = (GROWN, Change(120, "stop.1", True), Change(150, "sessions.stop.1", True))

    def judged(**opening):
        lost = run("stateless", 180, later=killed, **opening)["lost_sessions"]
        shares = [s["share"] for s in run("stateless", 60, 60, later=(GROWN,), **opening)["stations"]["servers"]["servers"]]
        return lost, max(shares) / max(min(shares), 1e-9)

    lost, uneven = judged(sessions="store", strategy="random", store_copies=2)
    assert (lost, uneven < 1.2) == (0, True)
    lost, uneven = judged(sessions="store", strategy="sticky", store_copies=2)
    assert (lost, uneven > 5) == (0, True)
    assert judged(sessions="store", strategy="random", store_copies=1)[0] == pytest.approx(1000 / 3, rel=0.15)
    assert judged(sessions="memory", strategy="sticky")[0] > 300
    assert judged(sessions="memory", strategy="random")[0] > 5000


# ---- CDNs


def test_twenty_pops_send_the_origin_three_and_a_half_times_as_much_as_one():
    for pops, origin in ((1, 98.8408), (20, 358.9947)):
        found = run("cdn", 300, 200, edge__servers=pops)
        assert found["stations"]["origin"]["throughput"] == pytest.approx(origin, rel=0.05)
        assert found["error_rate"] == 0


def test_the_shield_passes_the_challenge_and_its_absence_fails():
    """20 PoPs, TTL of at most 120 s: the origin below 120 requests/s, the median below 100 ms."""
    shielded = run("cdn-shield", 300, 300, edge__servers=20, edge__ttl=120, shield__ttl=120)
    assert shielded["stations"]["origin"]["throughput"] == pytest.approx(60.9, rel=0.06)
    assert shielded["p50"] < 0.1
    bare = run("cdn", 300, 300, edge__servers=20, edge__ttl=120)
    assert bare["stations"]["origin"]["throughput"] == pytest.approx(291.25, rel=0.05)
    assert run("cdn", 100, 200)["p50"] > 0.1


def test_losing_an_edge_sends_its_region_to_the_next_one():
    later = (Change(50, "edge.stop.2", True),)
    found = run("cdn", 20, 55, later=later, edge__servers=20)
    assert found["error_rate"] == 0
    assert found["stations"]["edge"]["servers"][1]["share"] == 0


def test_the_origins_load_doubles_from_95_to_90_percent_of_hits():
    loads = [
        run("architecture", 200, arrival_rate=100, cdn__hit_ratio=hit)["stations"]["app"]["throughput"] for hit in (0.9, 0.8)
    ]
    assert loads[1] / loads[0] == pytest.approx(2, rel=0.06)


# ---- architecture


@pytest.mark.parametrize(
    ("rate", "hit", "app", "shards", "replicas", "most"),
    [
        (120, 0, 24, 1, 0, 200.0),
        (900, 0.9, 3, 1, 0, 1500.0),
        (900, 0.8, 5, 1, 1, 1250.0),
        (300, 0, 24, 4, 0, 800.0),
        (600, 0, 24, 4, 2, 1200.0),
    ],
)
def test_the_bottleneck_limits_the_whole(rate, hit, app, shards, replicas, most):
    """Xmax is what passes / the utilisation of the busiest layer (operational law)."""
    exact = theory.architecture(
        hit_ratio=hit, app_servers=app, app_rate=50, shards=shards, replicas_per_shard=replicas, database_rate=400,
        queries=2, write_share=0.1,
    )  # fmt: skip
    assert exact == pytest.approx(most)
    found = run(
        "architecture",
        400,
        20,
        arrival_rate=rate,
        cdn__hit_ratio=hit,
        servers=app,
        database__servers=shards,
        database__replicas=replicas,
    )
    busiest = max(found["stations"][name]["utilisation"] for name in ("app", "database"))
    assert found["arrivals"] / 400 / busiest == pytest.approx(most, rel=0.03)
    assert found["error_rate"] == 0


def test_ninety_percent_of_hits_and_four_servers_survive_a_kill_and_three_do_not():
    """1,000 requests/s below 60 ms at the origin."""
    kill = (Change(60, "stop.1", True),)

    def origin(servers):
        found = run("architecture", 300, 60 + 20, later=kill, arrival_rate=1000, cdn__hit_ratio=0.9, servers=servers)
        return found["stations"]["app"]["mean_response_time"], found["error_rate"]

    late, errors = origin(4)
    assert late < 0.06
    assert errors == 0
    assert origin(3)[0] > 0.06


# ---- stampedes


def test_an_expiry_costs_201_recomputations_and_single_flight_one():
    bare = run("stampede", 300, 1)
    assert state_of("stampede", 300)["stations"]["stampede"][0] == pytest.approx(201, rel=0.25)
    assert bare["stations"]["cache"]["fetches"] / 9 == pytest.approx(201, rel=0.08)
    alone = run("stampede", 300, 1, cache__protection="single-flight")
    assert alone["stations"]["cache"]["fetches"] == 9
    assert state_of("stampede", 300, cache__protection="single-flight")["stations"]["stampede"][0] == 1


def test_early_expiry_keeps_users_from_missing():
    """β = 1: about e refreshes per expiry; from the second on nobody misses."""
    found = run("stampede", 600, 1, cache__protection="early-expiry")
    assert found["stations"]["cache"]["hit_ratio"] == 1
    assert 30 <= found["stations"]["cache"]["fetches"] <= 90
    assert (
        state_of("stampede", 600, later=(), cache__protection="early-expiry")["stations"]["stampede"][0] > 100
    )  # the cold start
    assert found["p99"] < 0.001


def test_flushing_the_cache_is_a_stampede_of_its_own():
    later = (Change(10, "cache.purge", True),)
    found = run("stampede", 10, 5, later=later)
    assert found["stations"]["cache"]["fetches"] == pytest.approx(201, rel=0.25)


# ---- replication


def test_ten_nodes_are_three_and_a_half():
    found = run("replication", 60, 10, replicas=9, arrival_rate=3000)
    assert 3000 / 1000 / found["utilisation"] == pytest.approx(3.571, rel=0.02)


def test_reads_are_stale_by_lag_and_write_rate():
    """100 writes/s on 20 objects are 5 each: 39.3 % of the reads at replicas."""
    found = run("replication", 200, 10, replicas=9, strategy="random")["stations"]["database"]
    assert found["stale_share"] / 0.9 == pytest.approx(0.3935, rel=0.03)


def test_eight_nodes_pass_the_challenge_with_pinned_reads():
    """3,000 queries/s on nodes of 1,000, a fifth of them writes, no own write missed."""
    passed = run("replication", 120, 10, replicas=7, arrival_rate=3000, pin_own_reads=0.1)
    assert passed["throughput"] == pytest.approx(3000, rel=0.01)
    assert passed["error_rate"] == 0
    assert passed["stations"]["database"]["own_stale"] == 0
    assert run("replication", 120, 10, replicas=7, arrival_rate=3000)["stations"]["database"]["own_stale"] > 100
    assert run("replication", 60, 10, replicas=4, arrival_rate=3000)["mean_response_time"] > 0.1
    assert run("replication", 60, 10, replicas=6, arrival_rate=3000)["utilisation"] == pytest.approx(3 / 3.18, rel=0.02)


def test_a_lost_primary_refuses_writes_for_half_a_minute():
    later = (Change(20, "stop.1", True),)
    found = run("replication", 100, later=later, replicas=3)
    assert found["errors"]["refused"] == pytest.approx(30 * 100 + 1.5 * 100, rel=0.1)
    assert run("replication", 30, 60, later=later, replicas=3)["error_rate"] == 0


@pytest.mark.parametrize("name", ["stateless", "cdn", "cdn-shield", "architecture", "stampede", "replication"])
def test_a_page_can_play_it(name):
    run = Run(Experiment(load_scenario(name), 1))
    for until in (0.5, 1.0):
        segment = run.advance(until).to_json()
        json.dumps(segment, allow_nan=False)
    assert segment["totals"]["answered"] > 0
    assert {event[1] for event in segment["events"]} >= {"join", "start", "end"}
    if name in ("cdn", "stampede"):
        assert {event[1] for event in segment["events"]} >= {"hit"}
