"""Autoscaling against its formulas: exact traces where nothing is random, fluid limits where requests queue."""

import numpy as np
import pytest

from simulator import Change, Experiment, load_scenario, simulate, theory
from simulator.engine.autoscaling import stabilised
from simulator.engine.station_rows import STATION
from simulator.measures import EDGES
from tests.simulator.small import Watched, world

MOMENT = 0.001
LOOKS = [15 * k + MOMENT for k in range(1, 10)]  # just after each look


def fleet(clients, rule, *, servers=4, boot=0, more="", service_time=0.1, limit=1, strategy="shared-queue"):
    return world(
        f"arrivals: deterministic, {clients}",
        f"name: servers, servers: {servers}, service_time: {service_time}, variability: 0, queue_limit: {limit}, "
        f"strategy: {strategy}, boot_time: {boot}, price: 0.1, autoscale: {{{rule}, maximum: 60}}",
        more=more,
    )


@pytest.mark.parametrize("target", [0.7, 0.5])
def test_cpu_saturates_so_a_fleet_grows_by_one_over_the_target_at_most(target):
    expected = theory.hpa_steps(4, 40, target, saturates=True)
    rule = f"rule: hpa, metric: cpu, target: {target}"
    run = Watched(fleet("arrival_rate: 250", rule, service_time=40 * target / 250, limit=0))  # 40 servers would be at the target
    found = [4, *run.counts(LOOKS)]
    assert found == expected + [40] * (10 - len(expected))


def test_a_request_rate_does_not_saturate_so_one_look_is_enough():
    run = Watched(fleet("arrival_rate: 250", "rule: hpa, metric: request-rate, target: 6.25"))
    assert [4, *run.counts(LOOKS[:3])] == [*theory.hpa_steps(4, 40, 0.7, saturates=False), 40, 40]


def test_servers_that_are_not_ready_count_nothing_when_the_fleet_would_grow():
    by_rate = Watched(fleet("arrival_rate: 400", "rule: hpa, metric: request-rate, target: 24", boot=20))
    assert by_rate.counts(LOOKS[:4]) == [17, 17, 17, 17]  # without this: 71 recommended at the second look
    by_cpu = Watched(fleet("arrival_rate: 280", "rule: hpa, metric: cpu, target: 0.7", boot=20))
    assert by_cpu.counts(LOOKS[:6]) == [6, 6, 9, 9, 13, 13]


def test_a_new_server_is_measured_from_when_it_came_up():
    """Booted 5 s before the look and busy since: 100 %, not a third."""
    run = Watched(fleet("arrival_rate: 280", "rule: hpa, metric: cpu, target: 0.7", boot=10))
    assert run.counts(LOOKS[:6]) == [6, 9, 13, 19, 28, 40]


def test_a_fleet_shrinks_to_the_highest_recommendation_of_the_window():
    falls = "arrival_rate: 400, profile: {kind: step, points: [[0, 1], [100, 0.25]]}"
    rule = "rule: hpa, metric: request-rate, target: 24, stabilisation: 60"
    run = Watched(fleet(falls, rule))
    times = [15 * k + MOMENT for k in range(1, 14)]
    assert run.counts(times) == [17] * 10 + [13, 5, 5]  # 300/s were seen at 105 s, 100/s since 120 s


def test_the_window_is_the_highest_of_all_looks_in_it():
    """The falling row that the engine keeps, against the whole list."""
    station = np.zeros(1, STATION).view(np.recarray)[0]
    station.stabilisation = 900_000_000
    chance = np.random.default_rng(2)
    seen = []
    for look in range(3_000):
        t, desired = 1_000_000 * look, int(chance.integers(1, 65))
        seen.append((t, desired))
        expected = max(each for at, each in seen if at >= t - 900_000_000)
        assert stabilised.py_func(t, station, desired) == expected


def test_target_tracking_cools_down_but_grows_at_once_after_a_shrinkage():
    falls = "arrival_rate: 400, profile: {kind: step, points: [[0, 0.25], [20, 1], [35, 0.75], [62, 1], [75, 2]]}"
    rule = "rule: target-tracking, metric: request-rate, target: 25, period: 10, cooldown: 30"
    run = Watched(fleet(falls, rule))
    found = run.counts([10 * k + MOMENT for k in range(1, 12)])
    assert found == [4, 4, 16, 16, 16, 12, 16, 16, 16, 32, 32]
    #                      30 grows, 60 shrinks after 30 s, 70 grows at once, 80 and 90 cool, 100 grows


def test_steps_add_and_take_away_a_fixed_number():
    falls = "arrival_rate: 400, profile: {kind: step, points: [[0, 1], [60, 0.25]]}"
    rule = "rule: steps, metric: request-rate, target: 25, step_out: 5, step_in: 2, minimum: 10"
    assert Watched(fleet(falls, rule)).counts(LOOKS[:8]) == [10, 15, 15, 15, 13, 11, 10, 10]


def test_least_and_most_hold():
    rule = "rule: hpa, metric: request-rate, target: 1, maximum: 9"
    scenario = world(
        "arrivals: deterministic, arrival_rate: 100", f"name: servers, servers: 4, boot_time: 0, autoscale: {{{rule}}}"
    )
    assert Watched(scenario).counts([20]) == [9]
    rule = "rule: hpa, metric: request-rate, target: 1000, minimum: 3, stabilisation: 0"
    scenario = world(
        "arrivals: deterministic, arrival_rate: 100", f"name: servers, servers: 4, boot_time: 0, autoscale: {{{rule}}}"
    )
    assert Watched(scenario).counts([20]) == [3]


def test_memory_does_not_see_load_that_the_processors_cannot_take():
    rule = "rule: hpa, metric: memory, target: 0.5, memory_idle: 0.45, memory_per_call: 0.001"
    assert Watched(fleet("arrival_rate: 280", rule)).counts(LOOKS[:4]) == [4, 4, 4, 4]


def test_a_queue_length_per_server_is_a_metric():
    """14 wait for each of two servers, the target is 4: seven servers."""
    rule = "rule: hpa, metric: queue-length, target: 4"
    run = Watched(fleet("arrival_rate: 100", rule, servers=2, limit=14, strategy="round-robin", service_time=1))
    assert run.counts([LOOKS[0]]) == [7]


def test_rent_is_the_integral_of_servers_that_boot_as_well():
    found = simulate(Experiment(fleet("arrival_rate: 250", "rule: hpa, metric: request-rate, target: 6.25", boot=30)), 60)
    assert found["stations"]["servers"]["mean_servers"] == (4 * 15 + 40 * 45) / 60
    assert found["cost_per_hour"] == pytest.approx(0.1 * (4 * 15 + 40 * 45) / 60)


def test_a_rule_may_come_and_go_during_a_run():
    more = """
controls:
  - {name: autoscale, label: Rule, choices: [[none, None], [hpa, HPA], [steps, Steps]]}
"""
    scenario = fleet("arrival_rate: 250", "rule: none, metric: request-rate, target: 6.25", more=more)
    run = Watched(
        scenario, (20, "autoscale", "hpa"), (21, "autoscale", "steps"), (22, "autoscale", "hpa"), (40, "autoscale", "none")
    )
    assert run.counts([36.9, 37.1]) == [4, 40]  # 15 s after it was set for the last time
    assert int(run.at(100).station["looks"]) == 0


def test_a_boot_fails_as_often_as_it_is_told():
    more = "controls:\n  - {name: servers, label: Servers, minimum: 1, maximum: 61}\n"
    scenario = world("arrival_rate: 1", "name: servers, servers: 1, boot_time: 1, boot_failure: 0.5", more=more)
    tries, waits = [], []
    for seed in range(10):
        run = Watched(scenario, (1, "servers", 61), seed=seed)
        up = [sum(run.at(1.5 + second).servers("in_rotation")) - 1 for second in range(25)]
        tries.append(int(run.station["boots"]) / 60)
        waits.append(sum(60 - each for each in up) / 60)
    assert np.mean(tries) == pytest.approx(2, rel=0.12)  # 600 geometric numbers: ±6 % is one in twenty
    assert np.mean(waits) == pytest.approx(2, rel=0.12)


def test_a_server_that_was_taken_away_boots_when_it_is_wanted_again():
    more = "controls:\n  - {name: servers, label: Servers, minimum: 1, maximum: 4}\n"
    scenario = world("arrival_rate: 10", "name: servers, servers: 4, boot_time: 5", more=more)
    run = Watched(scenario, (1, "servers", 2), (10, "servers", 4))
    assert sum(run.at(14).servers("in_rotation")) == 2
    assert sum(run.at(15.1).servers("in_rotation")) == 4


def longest(run):
    """The longest response time in seconds, to 0.8 %."""
    return EDGES[np.flatnonzero(run.record["histogram"])[-1] + 1]


@pytest.mark.parametrize(("strategy", "wait"), [("shared-queue", 30), ("round-robin", 45)])
def test_a_step_meets_a_fleet_that_is_ninety_seconds_late(strategy, wait):
    assert theory.step_backlog(300, 200, 400, 90)["longest_wait"] == pytest.approx(30)
    assert theory.step_wait_push(300, 200, 90) == pytest.approx(45)
    rule = "rule: hpa, metric: request-rate, target: 75"
    run = Watched(fleet("arrival_rate: 300", rule, servers=2, boot=75, service_time=0.01, limit=100_000, strategy=strategy))
    assert run.at(89).counts([89]) == [4]
    assert sum(run.servers("alive")) == 2
    assert longest(run.at(300)) == pytest.approx(wait, rel=0.01)


def test_the_ramp_of_the_lesson_needs_the_headroom_of_its_formula():
    """Target below λ0/(λ0 + r·D) = 0.571: p99 as with idle servers; well above it: seconds."""
    assert theory.ramp_target(200, 2, 75) == pytest.approx(0.5714, rel=1e-3)
    scenario = load_scenario("autoscaling")

    def p99(target, seed):
        return simulate(Experiment(scenario, seed, (Change(0, "target", target),)), 660)["p99"]

    assert np.mean([p99(50, seed) for seed in range(3)]) == pytest.approx(0.050, rel=0.1)
    assert np.mean([p99(60, seed) for seed in range(3)]) < 0.2
    assert np.mean([p99(70, seed) for seed in range(3)]) > 1


def test_the_challenge_of_the_lesson_can_be_met_and_costs_what_it_says():
    scenario = load_scenario("autoscaling")
    for target, hours in ((50, 2.33), (60, 1.94)):
        found = simulate(Experiment(scenario, 1, (Change(0, "target", target),)), 660)
        assert found["stations"]["servers"]["mean_servers"] * 660 / 3600 == pytest.approx(hours, rel=0.03)
        assert found["p99"] < 0.2


def test_the_processor_lesson_grows_in_its_six_steps():
    scenario = load_scenario("autoscaling-cpu")
    run = Watched(scenario)
    assert run.counts([15 * k + MOMENT for k in range(2, 10)]) == [4, 6, 9, 13, 19, 28, 40, 40]
    assert Watched(scenario, (0, "metric", "memory")).counts([120]) == [4]
