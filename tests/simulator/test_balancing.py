"""How a balancer chooses: each strategy against a closed form, an exact trace, or another strategy that it must equal."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator import Change, Experiment, Run, simulate, theory
from simulator.engine.codes import ANSWER, JOIN
from tests.simulator.watched import record, scenario, trace


def pool(rate, servers=4, strategy="least-connections", *, more="", clients="", controls="", seed=7, duration=400, changes=()):
    station = f"{{name: servers, servers: {servers}, service_time: 0.01, strategy: {strategy}, queue_limit: 100000{more}}}"
    built = scenario(f"{{arrival_rate: {rate}, clients: 2000{clients}}}", station, more=controls)
    return simulate(Experiment(built, seed, changes), duration, warm_up=20)


def shares(found):
    return [server["share"] for server in found["stations"]["servers"]["servers"]]


@pytest.mark.parametrize("more", [", weights: [2, 2, 2, 2]", ", slow_start: 10"])
def test_weighted_least_connections_with_equal_weights_are_least_connections(more):
    plain = pool(320, duration=60)
    assert pool(320, strategy="weighted-least-connections", more=more, duration=60) == plain
    assert pool(320, more=", slow_start: 10", duration=60) == plain


def test_weights_let_a_slow_server_carry_what_it_can():
    """Three servers and one of half the speed at 280 of 350 requests/s: turns overload it, counts and weights do not."""
    slow, weights = ", speeds: [1, 1, 1, 0.5]", ", weights: [2, 2, 2, 1]"
    turns = pool(280, strategy="round-robin", more=slow)
    assert turns["stations"]["servers"]["servers"][3]["utilisation"] > 0.99
    assert turns["p99"] > 10  # and grows without limit: 70 requests/s come to a server that does 50
    weighted = pool(280, strategy="weighted", more=slow + weights)
    assert shares(weighted) == pytest.approx([2 / 7, 2 / 7, 2 / 7, 1 / 7], abs=0.001)
    assert [server["utilisation"] for server in weighted["stations"]["servers"]["servers"]] == pytest.approx([0.8] * 4, rel=0.03)
    least = pool(280, more=slow, duration=3600)
    assert least["p99"] == pytest.approx(0.116, rel=0.06)
    counted = pool(280, strategy="weighted-least-connections", more=slow + weights)
    assert counted["p99"] < 0.150
    assert counted["mean_response_time"] < least["mean_response_time"] * 1.02


def test_a_server_that_fails_fast_draws_traffic_where_requests_in_flight_are_counted():
    fault = (Change(0.0, "fast_fail.1", True),)
    faults = "faults: [{name: fast_fail, label: Fail, target: servers}]"
    counted = pool(320, controls=faults, changes=fault)
    turns = pool(320, strategy="round-robin", controls=faults, changes=fault)
    assert shares(counted)[0] == pytest.approx(0.46, abs=0.015)
    assert counted["error_rate"] == pytest.approx(0.46, abs=0.015)
    assert turns["error_rate"] == pytest.approx(0.25, abs=0.002)
    hashed = pool(320, strategy="hash", controls=faults, changes=fault)
    assert hashed["error_rate"] == pytest.approx(0.25, abs=0.03)


def test_peak_ewma_tries_a_slow_server_again_when_its_cost_has_faded():
    """One request a second; 10 and 100 ms: the slow server's turn comes when 100 ms × e^(-t/10 s) is below the fast one's."""
    station = """{name: servers, servers: 2, service_time: 0.01, variability: 0, speeds: [1, 0.1], strategy: peak-ewma}"""
    rows = trace(scenario("{arrival_rate: 1, arrivals: deterministic}", station), 200)
    went = rows[rows["kind"] == JOIN]["server"].tolist()
    answers = rows[rows["kind"] == ANSWER]
    assert len(went) == 199
    assert sorted(went[:2]) == [0, 1]  # one that has never answered costs nothing
    average, at, expected = [0.0, 0.0], [0.0, 0.0], went[:2]
    for n, (row, arrived) in enumerate(zip(answers, rows[rows["kind"] == JOIN]["t"], strict=False)):
        v, now = int(row["server"]), int(row["t"])
        kept = math.exp(-(now - at[v]) / 10e6)
        response, faded = now - arrived, average[v] * kept
        average[v], at[v] = (response if response > faded else faded + response * (1 - kept)), now
        if n >= 1:
            later = arrived + 1_000_000
            costs = [average[i] * math.exp(-(later - at[i]) / 10e6) for i in range(2)]
            expected.append(costs.index(min(costs)))
    assert went == expected[: len(went)]
    visits = np.flatnonzero(np.array(went) == 1)
    assert set(np.diff(visits[1:]).tolist()) <= {23, 24, 25}


def test_peak_ewma_keeps_away_from_a_server_that_slows_down():
    faults = "faults: [{name: slow, label: Slow, target: servers}]"
    slow = (Change(0.0, "slow.1", True),)
    found = pool(280, strategy="peak-ewma", controls=faults, changes=slow)
    assert shares(found)[0] < 0.17
    assert found["p99"] < pool(280, strategy="two-choices", controls=faults, changes=slow)["p99"]


@pytest.mark.parametrize("bound", [1.0, 1.25, 2.0])
def test_no_server_takes_more_than_its_bound_of_the_requests_in_flight(bound):
    station = f"""{{name: servers, servers: 5, service_time: 0.01, strategy: bounded-consistent-hash, load_bound: {bound},
      virtual_nodes: 20}}"""
    rows = trace(scenario("{arrival_rate: 450, clients: 50}", station), 3)
    load, full = [0] * 5, 0
    for row in rows:
        if row["kind"] == JOIN:
            most = math.ceil(bound * (sum(load) + 1) / 5)
            load[row["server"]] += 1
            assert load[row["server"]] <= most
            full += load[row["server"]] == most
        elif row["kind"] == ANSWER:
            load[row["server"]] -= 1
    assert full > 50


def test_without_a_bound_it_is_consistent_hashing_and_with_the_tightest_the_load_is_even():
    rings = {bound: pool(320, strategy="bounded-consistent-hash", more=f", load_bound: {bound}") for bound in (1, 1.25, 100)}
    assert rings[100] == pool(320, strategy="consistent-hash")
    means = [rings[bound]["mean_response_time"] for bound in (1, 1.25, 100)]
    assert means == sorted(means)
    assert means[0] < theory.round_robin(320, 100, 4)["mean_response_time"]


def test_turns_of_several_balancers_are_less_even_than_one_s():
    """Each splits evenly what it gets, but a server sees four streams laid over one another."""
    one, four = (pool(320, strategy="round-robin", more=f", balancers: {count}") for count in (1, 4))
    exact, random = theory.round_robin(320, 100, 4), theory.random_split(320, 100, 4)
    assert one["mean_response_time"] == pytest.approx(exact["mean_response_time"], rel=0.05)
    assert one["mean_response_time"] * 1.03 < four["mean_response_time"] < random["mean_response_time"]
    sent = record(scenario("{arrival_rate: 320}", "{name: a, servers: 4, strategy: round-robin, balancers: 4}"), 50)["servers"][
        "sent"
    ][:4]
    assert sent.max() - sent.min() <= 4


@pytest.mark.parametrize("strategy", ["random", "hash", "consistent-hash"])
def test_strategies_that_remember_nothing_are_the_same_for_any_number_of_balancers(strategy):
    assert pool(320, strategy=strategy, duration=30) == pool(320, strategy=strategy, more=", balancers: 3", duration=30)


@pytest.mark.parametrize("strategy", ["least-connections", "two-choices", "weighted-least-connections"])
def test_balancers_that_see_only_their_own_requests_choose_worse(strategy):
    means = [pool(320, strategy=strategy, more=f", balancers: {count}")["mean_response_time"] for count in (1, 2, 4)]
    assert means == sorted(means)
    assert means[0] * 1.1 < means[2] < theory.random_split(320, 100, 4)["mean_response_time"]


def test_the_counts_of_all_balancers_add_up_to_what_is_in_flight():
    controls = """controls: [{name: balancers, label: Balancers, minimum: 1, maximum: 4}]
faults: [{name: stop, label: Stop, target: servers}, {name: slow, label: Slow, target: servers}]"""
    station = """{name: servers, servers: 4, service_time: 0.01, queue_limit: 5, strategy: least-connections, balancers: 3,
      when_full: drop-oldest}"""
    clients = "{arrival_rate: 380, timeout: 0.1, retries: 2, hedge_after: 0.03, cancel_hedges: true}"
    built = scenario(clients, station, more=controls)
    changes = (Change(1.0, "slow.2", True), Change(2.0, "stop.1", True), Change(3.0, "balancers", 2), Change(4.0, "balancers", 1),
               Change(5.0, "stop.1", False), Change(6.0, "balancers", 4))  # fmt: skip
    for until in (0.9, 1.7, 2.01, 3.3, 6.01, 8.0):
        run = record(built, until, *changes)
        counted = run["servers"]["own_load"][:4].sum(axis=1)
        if not 4.0 <= until < 6.0:
            assert counted.tolist() == run["load"][:4].tolist()
        assert (run["servers"]["own_load"][:4] >= 0).all()
    assert run["load"][:4].sum() > 0


def test_a_newcomer_that_starts_slowly_gets_a_growing_share():
    """Weight w grows from 0.1 to 1 beside four others: its share over that time is the mean of w/(4 + w)."""
    controls = "controls: [{name: servers, label: Servers, minimum: 1, maximum: 5}]"
    station = "{name: a, servers: 4, service_time: 0.001, strategy: weighted, boot_time: 1, slow_start: 20}"
    built = scenario("{arrival_rate: 1000, arrivals: deterministic}", station, more=controls)
    change = Change(9.0, "servers", 5)
    sent = {at: record(built, at, change)["servers"]["sent"][:5].astype(float) for at in (10, 30, 50)}
    while_new, later = sent[30] - sent[10], sent[50] - sent[30]
    mean = (0.9 - 4 * math.log(5 / 4.1)) / 0.9
    assert while_new[4] / while_new.sum() == pytest.approx(mean, rel=0.02)
    assert later[4] / later.sum() == pytest.approx(0.2, rel=0.001)
    first = record(built, 12, change)["servers"]["sent"][:5] - sent[10]
    assert first[4] / first.sum() == pytest.approx(0.145 / 4.145, rel=0.05)  # w is 0.1 to 0.19


@pytest.mark.parametrize("strategy", ["least-connections", "weighted-least-connections"])
def test_counts_start_slowly_too(strategy):
    controls = "controls: [{name: servers, label: Servers, minimum: 1, maximum: 5}]"
    taken = {}
    for slow_start in (0, 20):
        station = f"{{name: a, servers: 4, service_time: 0.01, strategy: {strategy}, boot_time: 1, slow_start: {slow_start}}}"
        built = scenario("{arrival_rate: 320}", station, more=controls)
        sent = [record(built, at, Change(9.0, "servers", 5))["servers"]["sent"][:5] for at in (10, 15)]
        taken[slow_start] = (sent[1] - sent[0])[4] / (sent[1] - sent[0]).sum()
    assert taken[0] == pytest.approx(0.2, abs=0.02)
    assert 0 < taken[20] < 0.1


@pytest.mark.parametrize(
    "strategy", ["peak-ewma", "weighted-least-connections", "bounded-consistent-hash", "hash", "least-connections"]
)
def test_slices_do_not_change_what_is_chosen(strategy):
    controls = """controls: [{name: servers, label: Servers, minimum: 1, maximum: 6},
  {name: balancers, label: B, minimum: 1, maximum: 4}]
faults: [{name: slow, label: Slow, target: a}]"""
    station = (
        f"{{name: a, servers: 4, service_time: 0.01, strategy: {strategy}, slow_start: 3, balancers: 2, ejection: {{after: 3}}}}"
    )
    built = scenario("{arrival_rate: 320, clients: 300}", station, more=controls)
    changes = (Change(1.0, "servers", 6), Change(2.0, "slow.2", True), Change(3.0, "balancers", 3), Change(4.0, "servers", 3))
    experiment = Experiment(built, 3, changes)
    whole, sliced = Run(experiment), Run(experiment)
    whole.advance(6.0)
    for stop in (0.31, 1.0, 1.7, 2.2, 2.9, 3.3, 4.0, 5.1, 6.0):
        sliced.advance(stop)
    assert whole.checkpoint() == sliced.checkpoint()


EVERYTHING = scenario(
    "{arrival_rate: 600, clients: 300, timeout: 0.2, retries: 1, throttle: 2}",
    """{name: a, servers: 4, workers: 2, service_time: 0.01, queue_limit: 8, strategy: hash, virtual_nodes: 3, boot_time: 0.3,
      ejection: {after: 4, time: 0.5}, health_check: {interval: 0.1}, slow_start: 1, weights: [2, 1, 1, 1],
      gate: {rate: 500, burst: 20, reject_cost: 0.05}, tls: {at: servers}}""",
    more="""objects: {count: 200, exponent: 1}
controls:
  - {name: strategy, label: S, choices: [[hash, a], [consistent-hash, b], [bounded-consistent-hash, c], [peak-ewma, d],
     [weighted-least-connections, e], [least-connections, f], [two-choices, g], [weighted, h], [shared-queue, i], [sticky, j]]}
  - {name: hash_by, label: H, choices: [[client, a], [object, b]]}
  - {name: discipline, label: D, choices: [[fifo, a], [lifo, b]]}
  - {name: tls, label: T, choices: [[none, a], [servers, b], [balancer, c]]}
  - {name: virtual_nodes, label: V, minimum: 1, maximum: 500}
  - {name: servers, label: N, minimum: 1, maximum: 12}
  - {name: balancers, label: B, minimum: 1, maximum: 4}
  - {name: clients, label: C, minimum: 1, maximum: 4000}
  - {name: bucket_rate, label: R, minimum: 0, maximum: 1000}
  - {name: load_bound, label: L, minimum: 1, maximum: 3}
  - {name: reject_cost, label: X, minimum: 0, maximum: 1}
  - {name: eject_after, label: E, minimum: 0, maximum: 10}
  - {name: exponent, label: Z, minimum: 0, maximum: 2}
faults: [{name: stop, label: S, target: a}, {name: zombie, label: Z, target: a}, {name: fast_fail, label: F, target: a}]""",
)


def moves():
    def of(name):
        control = EVERYTHING.control(name)
        if control.kind == "choice":
            values = st.sampled_from([key for key, _ in control.choices])
        elif control.kind == "fault":
            values = st.booleans()
        else:
            whole = st.integers(int(control.minimum), int(control.maximum))
            values = whole if control.whole else st.floats(control.minimum, control.maximum)
        return st.tuples(st.just(name), values)

    return st.one_of(*[of(name) for name in EVERYTHING.all_controls])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 3), moves()), max_size=25), st.integers(0, 2**31))
def test_whatever_is_changed_requests_are_conserved_and_slices_do_not_matter(timeline, seed):
    changes = tuple(Change(at, *rest) for at, rest in sorted(timeline, key=lambda pair: pair[0]))
    experiment = Experiment(EVERYTHING, seed, changes)
    whole, sliced = Run(experiment), Run(experiment)
    segment = whole.advance(4.0)
    totals = segment.totals
    assert totals["arrivals"] == totals["answered"] + sum(totals["errors"].values()) + segment.readouts["number_in_system"]
    assert all(state["in_flight"] >= 0 for state in segment.states)
    for stop in (0.4, 1.1, 1.9, 2.6, 4.0):
        sliced.advance(stop)
    assert whole.checkpoint() == sliced.checkpoint()
