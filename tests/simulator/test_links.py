"""How a caller asks: time-outs, retries, budgets, breakers, throttles, deadlines, hedges and fan-out, against closed forms."""

import hashlib
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator import Change, Experiment, Run, load_scenario, parse_scenario, simulate
from simulator.engine.codes import FREE, INDEX_BITS, PROBE, UNUSED
from simulator.engine.events import KIND_MASK
from simulator.measures import percentile
from simulator.record import pack
from simulator.run import proceed
from simulator.state import fresh, scratch


def scenario(clients, *stations, faults="[]", classes="[]"):
    rows = "\n".join(f"  - {{{station}}}" for station in stations)
    return parse_scenario(
        f"name: links\ntitle: Links\nclients: {{{clients}}}\nfaults: {faults}\nclasses: {classes}\nstations:\n{rows}\n"
    )


def played(experiment, until):
    """The record after `until` seconds."""
    state = fresh(experiment.scenario, experiment.seed, windowed=False)
    proceed(state, experiment, round(until * 1e6), scratch())
    return state[0]


ALONE = "name: servers, discipline: delay, service_time: 0.01"  # no queue: the closed forms of independent attempts
TOO_SLOW = "name: servers, discipline: delay, service_time: 1, variability: 0"  # no attempt is ever in time


# Time-outs


def test_a_server_goes_on_working_for_a_client_that_has_given_up():
    """M/M/1: the answer is late with probability e^-(μ-λ)τ; the work for these is in vain; the load is what it was."""
    rate, mu, limit = 80, 100, 0.05
    found = simulate(
        Experiment(scenario(f"arrival_rate: {rate}, timeout: {limit}", "name: servers, service_time: 0.01"), 3), 12_500, 100
    )
    assert found["error_rate"] == pytest.approx(math.exp(-(mu - rate) * limit), rel=0.03)
    assert found["utilisation"] == pytest.approx(0.8, rel=0.01)
    late = rate / mu * mu * math.exp(-(mu - rate) * limit) * (1 - math.exp(-rate * limit) * (1 + rate * limit)) / rate**2
    late += math.exp(-mu * limit) * (limit + 1 / mu)  # E[S; W + S > τ]
    assert found["wasted_work"] == pytest.approx(late * mu, rel=0.03)
    assert found["errors"]["timed_out"] == sum(found["errors"].values())


@pytest.mark.parametrize(
    ("backoff", "waits"), [("none", []), ("exponential", [0.1, 0.2, 0.25])], ids=["at once", "exponential, capped"]
)
def test_the_waits_between_attempts_are_exact(backoff, waits):
    clients = "arrival_rate: 0.01, arrivals: deterministic, timeout: 0.1, retries: 3, backoff_base: 0.1, backoff_cap: 0.25"
    run = played(Experiment(scenario(f"{clients}, backoff: {backoff}", TOO_SLOW)), 150)
    assert int(run["number_area"]) == round((4 * 0.1 + sum(waits)) * 1e6)  # µs that the only request was in the system
    assert (int(run["links"][0]["timed_out"]), int(run["links"][0]["retried"])) == (4, 3)
    assert int(run["wasted"]) == 4_000_000
    assert run["errors"].tolist() == [0, 0, 0, 0, 1, 0, 0, 0]


def test_full_jitter_waits_half_as_long_on_average():
    clients = "arrival_rate: 50, timeout: 0.1, retries: 3, backoff: jittered, backoff_base: 0.1, backoff_cap: 0.25"
    found = simulate(Experiment(scenario(clients, TOO_SLOW), 2), 400, 10)
    assert found["mean_number_in_system"] / 50 == pytest.approx(0.4 + (0.1 + 0.2 + 0.25) / 2, rel=0.02)


def test_a_budget_allows_so_many_retries_per_request_and_saves_up_ten():
    found = simulate(Experiment(scenario("arrival_rate: 100, timeout: 0.1, retries: 3, retry_budget: 0.1", TOO_SLOW), 2), 200)
    assert found["arrivals"] * 0.1 - 10 <= found["retries"] <= found["arrivals"] * 0.1


def test_retries_of_three_layers_multiply():
    """(1 + r)^L attempts reach the last one when it always fails: 3 retries in 3 layers are 64."""
    layer = "discipline: delay, service_time: 0.001"
    chain = scenario(
        "arrival_rate: 20, retries: 3",
        f"name: a, {layer}, calls: [b]",
        f"name: b, {layer}, calls: [c], asked: {{retries: 3}}",
        f"name: c, {layer}, asked: {{retries: 3}}",
        faults="[{name: zombie, label: Zombie, target: c}]",
    )
    found = simulate(Experiment(chain, 1, (Change(0, "c.zombie.1", True),)), 100)
    assert found["answered"] == 0
    last = [found["stations"][name]["arrivals"] for name in "abc"]
    assert last[2] / found["arrivals"] == pytest.approx(64, rel=0.01)  # a few are still on their way at the end
    assert last[1] / found["arrivals"] == pytest.approx(16, rel=0.01)


def test_a_policy_that_is_offered_and_off_costs_no_ask():
    offered = parse_scenario("""
        name: offered
        title: Offered
        clients: {arrival_rate: 100}
        stations: [{name: servers, service_time: 0.01, variability: 0}]
        controls:
          - {name: timeout, label: Time-out, maximum: 5, step: 0.001}
          - {name: retries, label: Retries, maximum: 5, step: 1}
    """)
    assert played(Experiment(offered), 10)["asks_high"] == 0
    timeline = (Change(5, "timeout", 0.005), Change(8, "timeout", 0))
    run = played(Experiment(offered, 1, timeline), 10)
    assert 0 < int(run["asks_high"]) < 10
    assert int(run["errors"][4]) == pytest.approx(300, abs=50)
    assert (run["asks"]["state"][: int(run["asks_high"])] == UNUSED).all()


# Breaker, throttle, deadlines


def test_a_breaker_counts_to_twenty_and_stays_open():
    """Arrivals every 10 ms, each failing after 100 ms: 29 set out before the twentieth failure, then 500 are refused."""
    clients = "arrival_rate: 100, arrivals: deterministic, timeout: 0.1, breaker: 0.5, breaker_time: 5"
    run = played(Experiment(scenario(clients, TOO_SLOW)), 4 * 5.29 + 0.005)
    assert int(run["arrivals"]) == 4 * 529
    assert run["errors"].tolist() == [0, 0, 0, 0, 4 * 29, 0, 0, 4 * 500]


@pytest.mark.parametrize("k", [2, 1.1])
def test_a_throttled_backend_sees_k_times_what_it_accepts(k):
    throttled = scenario(f"arrival_rate: 500, throttle: {k}", "name: servers, service_time: 0.01, queue_limit: 60")
    experiment = Experiment(throttled, 4)
    early, late = (int(played(experiment, until)["stations"][0]["arrived"]) for until in (600, 1800))
    assert (late - early) / 1200 == pytest.approx(k * 100, rel=0.02)


@pytest.mark.parametrize("rate", [80, 120])
def test_dropping_what_is_expired_is_a_queue_with_patience(rate):
    """M/M/1 + D, customers whose wait would exceed D (Barrer, "Queuing with impatient customers", 1957)."""
    mu, limit = 100, 0.1
    wait = np.linspace(0, limit, 20_001)
    density = rate * np.exp(-(mu - rate) * wait)  # of the work found, times P(nothing there)
    never = rate / mu * math.exp(-(mu - rate) * limit)
    idle = 1 / (1 + np.trapezoid(density, wait) + never)
    on_time = idle * (1 - math.exp(-mu * limit) + np.trapezoid(density * (1 - np.exp(-mu * (limit - wait))), wait))
    station = "name: servers, service_time: 0.01, queue_limit: 100000, drop_expired: true"
    found = simulate(Experiment(scenario(f"arrival_rate: {rate}, deadline: {limit}", station), 8), 8_000, 100)
    assert found["error_rate"] == pytest.approx(idle * never, rel=0.04)
    assert found["goodput"] == pytest.approx(rate * on_time, rel=0.02)


# The storm (P6): a collapse keeps itself up when λ(1 + r) exceeds the capacity

STORM = load_scenario("retry-storm")
STALLING = STORM.model_copy(update={"stations": (STORM.stations[0].model_copy(update={"slow_factor": 0.01}),)})


def storm(until=200, begin=20, **opening):
    """Answers within the deadline per second, by stretches of ten seconds, around an outage of ten seconds."""
    first = tuple(Change(0, name, value) for name, value in opening.items())
    experiment = Experiment(STALLING, 1, (*first, Change(begin, "slow.1", True), Change(begin + 10, "slow.1", False)))
    state, out, counts = fresh(STALLING, 1, windowed=False), scratch(), [0]
    for second in range(10, until + 1, 10):
        proceed(state, experiment, second * 1_000_000, out)
        counts.append(int(state[0]["on_time"]))
    return np.diff(counts) / 10


@pytest.mark.parametrize(
    ("rate", "retries", "recovers"), [(23, 3, True), (27, 3, False), (45, 1, True), (55, 1, False), (45, 0, True)]
)
def test_an_outage_heals_when_all_the_retries_together_fit_the_capacity(rate, retries, recovers):
    goodput = storm(240, arrival_rate=rate, retries=retries, queue_limit=5000)
    assert goodput[:2].mean() == pytest.approx(rate, rel=0.1)
    assert goodput[2] < 1
    if recovers:
        assert goodput[-6:].mean() == pytest.approx(rate, rel=0.1)
    else:
        assert goodput[3:].max() == 0


def test_backoff_with_jitter_alone_does_not_save_it():
    assert storm(arrival_rate=80, backoff="jittered")[3:].max() == 0


@pytest.mark.parametrize(("limit", "recovers"), [(80, True), (150, False)])
def test_a_queue_shorter_than_the_patience_of_its_clients_recovers_at_once(limit, recovers):
    goodput = storm(arrival_rate=80, queue_limit=limit)
    assert goodput[3] > 75 if recovers else goodput[3:].max() == 0


def test_a_budget_of_a_tenth_works_the_backlog_off():
    """10 s × 88 of backlog leave with 100 - 88 per second: 73 s."""
    goodput = storm(arrival_rate=80, retry_budget=0.1)
    assert goodput[3:8].max() < 5
    assert goodput[11:].mean() == pytest.approx(80, rel=0.05)


@pytest.mark.parametrize("remedy", [{"breaker": 0.5}, {"drop_expired": True}, {"queue_limit": 80, "retries": 1}], ids=str)
def test_what_keeps_the_goodput_within_a_minute_of_the_outage(remedy):
    assert storm(arrival_rate=80, **remedy)[9:].mean() > 76


# Hedges (P7)


def leaves(hedge_after, *, rate=2000, discipline="delay", servers=10, **policy):
    rest = "".join(f", {name}: {str(value).lower()}" for name, value in policy.items())
    station = f"name: servers, servers: {servers}, service_time: 0.01, slow_share: 0.02, slow_time: 0.3, strategy: random"
    return scenario(
        f"arrival_rate: {rate}, hedge_after: {hedge_after}, deadline: 100{rest}",
        f"{station}, discipline: {discipline}, queue_limit: 100000",
    )


def test_a_hedge_cuts_the_tail_for_two_per_cent_more_work():
    before, after = (simulate(Experiment(leaves(delay), 3), 300) for delay in (0, 0.05))
    assert before["p99"] == pytest.approx(0.20794, rel=0.03)
    assert after["p99"] == pytest.approx(0.057028, rel=0.03)
    assert after["hedges"] / after["arrivals"] == pytest.approx(0.023533, rel=0.03)


def test_with_queues_too():
    rate = 0.2 * 10 / 0.0158
    before, after = (
        simulate(Experiment(leaves(delay, rate=rate, discipline="fifo"), 1), 1_000_000 / rate, 100) for delay in (0, 0.05)
    )
    assert before["p99"] == pytest.approx(0.785, rel=0.06)
    assert after["p99"] == pytest.approx(0.114, rel=0.10)
    assert after["hedges"] / after["arrivals"] == pytest.approx(0.118, rel=0.06)


@pytest.mark.parametrize("delay", [0.02, 0.1, 0.3])
def test_hedges_run_away_when_busy_unless_the_loser_is_cancelled(delay):
    rate = 0.6 * 10 / 0.0158
    away, held = (
        simulate(Experiment(leaves(delay, rate=rate, discipline="fifo", cancel_hedges=cancel), 1), 200, 60)
        for cancel in (False, True)
    )
    assert away["utilisation"] > 0.97
    assert away["mean_response_time"] > 1
    assert held["utilisation"] < 0.62
    assert held["mean_response_time"] < 0.1


def test_cancelled_losers_cost_no_work_when_the_service_has_no_memory():
    rate = 500
    for delay, cancel in ((0, False), (0.005, True)):
        clients = f"arrival_rate: {rate}, hedge_after: {delay}, cancel_hedges: {str(cancel).lower()}"
        run = played(Experiment(scenario(clients, ALONE), 6), 400)
        busy = int(run["servers"][0]["area"]) + int(run["servers"][0]["busy"]) * int(run["clock"])
        assert busy / 400e6 == pytest.approx(rate * 0.01, rel=0.01)


def test_the_slot_of_a_cancelled_call_is_nobodys_when_its_server_stops():
    clients = "arrival_rate: 100, hedge_after: 0.005, cancel_hedges: true"
    station = "name: servers, servers: 2, service_time: 0.01, strategy: random"
    scene = scenario(clients, station, faults="[{name: stop, label: Stop, target: servers}]")
    run = played(Experiment(scene, 1, (Change(5, "stop.1", True),)), 5.1)
    assert int(run["load"][0]) == int(run["servers"][0]["waiting"]) == int(run["servers"][0]["busy"]) == 0


def test_the_cap_is_a_share_of_the_requests():
    found = simulate(Experiment(leaves(0.02, hedge_cap=0.01), 3), 100)
    assert found["hedges"] / found["arrivals"] == pytest.approx(0.01, rel=0.01)


@pytest.mark.parametrize("strategy", ["random", "least-connections", "two-choices"])
def test_a_hedge_goes_to_another_server(strategy):
    station = f"name: servers, servers: 2, speeds: [0.01, 1], service_time: 0.01, variability: 0, strategy: {strategy}"
    found = simulate(Experiment(scenario("arrival_rate: 10, hedge_after: 0.05", f"{station}, discipline: delay"), 1), 500)
    assert found["hedges"] > 100
    assert found["p99"] < 0.0605  # 50 ms, and 10 ms at the fast one
    assert found["wasted_work"] > 0.9


def test_a_root_that_asks_a_hundred_leaves_meets_a_slow_one_in_63_of_100_requests():
    root = "name: root, discipline: delay, service_time: 0.00001, variability: 0, parallel: true, visits: 100, calls: [leaves]"
    leaf = "name: leaves, discipline: delay, service_time: 0.01"
    for policy, tail in (("", lambda t: math.exp(-t / 0.01)), (", asked: {hedge_after: 0.02}", hedged_tail)):
        run = played(Experiment(scenario("arrival_rate: 100, deadline: 1", root, leaf + policy), 2), 100)
        slow = next(t for t in np.arange(0, 0.2, 1e-5) if tail(t) <= 0.01)  # the leaves' p99
        share = 1 - (1 - tail(slow)) ** 100
        assert share == pytest.approx(0.634, abs=0.002)
        assert percentile(run["histogram"], 1 - share) == pytest.approx(slow + 0.00001, rel=0.02)


def hedged_tail(t, mean=0.01, delay=0.02):
    return math.exp(-t / mean) * (math.exp(-(t - delay) / mean) if t > delay else 1)


def test_the_hedging_scenario_is_the_lessons_system():
    scene = load_scenario("hedging")
    hedged = Experiment(scene, 1, (Change(0, "leaves.hedge_after", 0.05),))
    found = simulate(hedged, 3000, 60)
    assert found["p99"] == pytest.approx(0.114, rel=0.10)
    assert found["hedges"] / found["arrivals"] < 0.15


# Whatever the policies, nothing is left over and slices change nothing

POLICY = st.fixed_dictionaries(
    {
        "timeout": st.sampled_from([0, 0.02, 0.1]),
        "retries": st.integers(0, 4),
        "backoff": st.sampled_from(["none", "exponential", "jittered"]),
        "backoff_base": st.sampled_from([0.001, 0.05]),
        "hedge_after": st.sampled_from([0, 0.005, 0.03]),
        "hedge_cap": st.sampled_from([0.05, 1]),
        "cancel_hedges": st.sampled_from(["false", "true"]),
        "throttle": st.sampled_from([0, 1.5]),
        "breaker": st.sampled_from([0, 0.3]),
        "breaker_time": st.just(0.2),
        "round_trip_time": st.sampled_from([0, 0.004]),
        "retry_budget": st.sampled_from(["null", 0.2]),
    }
).map(lambda policy: ", ".join(f"{name}: {value}" for name, value in policy.items()))
KIND = st.tuples(
    st.sampled_from(["fifo", "lifo", "priority", "processor-sharing", "delay"]),
    st.sampled_from(["shared-queue", "random", "least-connections", "two-choices"]),
    st.integers(1, 3), st.integers(0, 6), st.sampled_from(["drop-newest", "drop-oldest"]),
).map(lambda kind: "discipline: {}, strategy: {}, workers: {}, queue_limit: {}, when_full: {}".format(*kind))  # fmt: skip
FAULT = st.tuples(
    st.floats(0, 2), st.sampled_from(["stop", "zombie", "slow"]), st.sampled_from(["", "back."]), st.integers(1, 2), st.booleans()
)


@settings(max_examples=60, deadline=None)
@given(st.tuples(POLICY, POLICY), st.tuples(KIND, KIND), st.integers(1, 4), st.booleans(), st.lists(FAULT, max_size=6),
       st.sampled_from(["calls: [back]", "then: back"]), st.integers(0, 99))  # fmt: skip
def test_after_the_last_request_nothing_is_left(policies, kinds, visits, parallel, faults, way, seed):
    rest = f", visits: {visits}, parallel: {str(parallel).lower()}" if "calls" in way else ""
    every = [(name, place) for place in ("front", "back") for name in ("stop", "zombie", "slow")]
    scene = scenario(
        f"arrival_rate: 300, profile: {{kind: step, points: [[0, 1], [2, 0]]}}, {policies[0]}",
        f"name: front, servers: 2, service_time: 0.005, {kinds[0]}, {way}{rest}",
        f"name: back, servers: 2, service_time: 0.005, {kinds[1]}, drop_expired: true, asked: {{{policies[1]}}}",
        faults="[" + ", ".join(f"{{name: {name}, label: F, target: {place}}}" for name, place in every) + "]",
        classes="[{name: a, share: 0.3, priority: 1}, {name: b, share: 0.7}]",
    )
    changes = sorted((at, f"{place}{what}.{n}", on) for at, what, place, n, on in faults)
    changes += [(30, f"{place}stop.{n}", False) for place in ("", "back.") for n in (1, 2)]  # a queue waits for its servers
    experiment = Experiment(scene, seed, tuple(Change(*change) for change in changes))
    run = played(experiment, 90)
    assert int(run["arrivals"]) == int(run["answered"]) + int(run["failed"]) == sum(int(c["arrivals"]) for c in run["classes"])
    assert int(run["number"]) == 0
    assert (run["calls"]["state"][: int(run["calls_high"])] == FREE).all()
    assert (run["asks"]["state"][: int(run["asks_high"])] == UNUSED).all()
    assert not run["load"].any()
    assert not run["servers"]["busy"].any()
    assert not run["servers"]["waiting"].any()
    assert (run["links"]["heads"][:2] == -1).all()
    kinds_left = (run["heap"][: int(run["heap_size"])] >> INDEX_BITS) & KIND_MASK
    assert set(kinds_left.tolist()) <= {PROBE}


@settings(max_examples=15, deadline=None)
@given(POLICY, KIND, st.lists(st.integers(1, 2999), max_size=6), st.integers(0, 99))
def test_slices_change_nothing(policy, kind, stops, seed):
    scene = scenario(f"arrival_rate: 400, {policy}", f"name: servers, servers: 2, service_time: 0.005, {kind}")
    experiment = Experiment(scene, seed)
    digests = []
    for sliced in ([], sorted(stops)):
        state = fresh(scene, seed, windowed=True)
        for stop in (*sliced, 3000):
            proceed(state, experiment, stop * 1000, scratch())
        digests.append(hashlib.sha256(pack(state).tobytes()).hexdigest())
    assert digests[0] == digests[1]


def test_calls_that_wait_for_a_connection_go_on_when_the_pool_grows_or_its_limit_goes():
    scenario = parse_scenario("""
        name: pooled
        title: Pooled
        clients: {arrival_rate: 40}
        stations:
          - {name: app, workers: 64, service_time: 0.001, calls: [db], pool: 1}
          - {name: db, workers: 64, service_time: 0.1, variability: 0}
        controls: [{name: pool, label: Pool, minimum: 0, maximum: 64}]
    """)
    for pool in (0, 64):
        run = Run(Experiment(scenario, 1, (Change(10, "pool", pool), Change(30, "pool", 2), Change(40, "pool", pool))))
        stuck = run.advance(10).readouts["number_in_system"]
        assert stuck > 60  # 10 a second go on, 40 come, and 64 workers are held
        assert run.advance(20).readouts["number_in_system"] < 15
        assert run.advance(40).readouts["number_in_system"] > 60
        assert run.advance(50).readouts["number_in_system"] < 15
        assert run.measures()["stations"]["db"]["failed"] == 0
