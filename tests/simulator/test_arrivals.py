"""When requests come: profiles of the rate against their integral, bursts against their mean, closed loops against theirs."""

import math

import numpy as np
import pytest

from simulator import Experiment, simulate
from tests.simulator.small import Watched, world

SERVER = "name: servers, service_time: 0.001, servers: 4"


def arrived(clients, times, *changes, seed=1, more=""):
    run = Watched(world(clients, SERVER, more=more), *changes, seed=seed)
    return [int(run.at(time).record["arrivals"]) for time in times]


def test_evenly_spaced_arrivals_count_the_integral_of_a_ramp():
    """100/s, rising to 300/s from 10 to 20 s: one request for each unit of the integral, the first after one unit."""
    ramp = "arrivals: deterministic, arrival_rate: 100, profile: {kind: ramp, points: [[0, 1], [10, 1], [20, 3]]}"
    found = arrived(ramp, [5, 10, 15, 20, 30])
    assert found == pytest.approx([500, 1000, 1000 + 750, 1000 + 2000, 3000 + 3000], abs=2)


def test_a_profile_of_steps_that_repeats():
    """200/s for 2 s, nothing for 3 s, 50/s for 5 s, and again."""
    steps = "arrivals: deterministic, arrival_rate: 100, profile: {kind: step, points: [[0, 2], [2, 0], [5, 0.5]], period: 10}"
    assert arrived(steps, [2, 4.99, 10, 12, 20, 100]) == pytest.approx([400, 400, 650, 1050, 1300, 6500], abs=2)


def test_a_poisson_stream_follows_its_profile():
    wave = "arrival_rate: 100, profile: {kind: ramp, points: [[0, 0.5], [50, 1.5]], period: 100}"
    counts = np.array([arrived(wave, [50, 100, 150], seed=seed) for seed in range(30)])
    halves = np.diff(counts, axis=1, prepend=0)
    # the last point's factor holds until the period is over
    assert halves.mean(axis=0) == pytest.approx([5000, 7500, 5000], rel=0.01)
    assert halves[:, 0].var() == pytest.approx(5000, rel=0.8)  # of 30 samples


def test_a_change_of_the_rate_shows_at_once_under_a_profile_too():
    more = "controls:\n  - {name: arrival_rate, label: Rate, minimum: 1, maximum: 1000}\n"
    slow = "arrivals: deterministic, arrival_rate: 1, profile: {kind: step, points: [[0, 0.1], [1000, 1]]}"
    found = arrived(slow, [5, 15], (5, "arrival_rate", 1000), more=more)
    assert found == pytest.approx([0, 1000], abs=2)  # half of the first gap of 10 s was over


def test_a_profile_with_a_short_period_and_a_low_rate_is_not_dead():
    fast = "arrivals: deterministic, arrival_rate: 0.01, profile: {kind: step, points: [[0, 0], [0.0001, 2]], period: 0.0002}"
    assert arrived(fast, [99, 101, 1001]) == [0, 1, 10]


def test_bursts_keep_the_mean_rate_and_spread_the_counts():
    """A two-state Markov-modulated stream. Index of dispersion for long windows (Fischer & Meier-Hellstern 1993):
    1 + 2 (r1 - r2)² π1 π2 / ((σ1 + σ2) λ), with the rates r, the shares π and the rates of leaving σ of the two states."""
    clients = "arrival_rate: 100, arrivals: bursty, burst: {factor: 4, share: 0.1, length: 2}"
    counts = np.array([np.diff(arrived(clients, [100 * k for k in range(21)], seed=seed)) for seed in range(12)]).ravel()
    high, low = 400, 100 * (1 - 0.4) / 0.9
    leave = 1 / 2 + 1 / 18
    dispersion = 1 + 2 * (high - low) ** 2 * 0.1 * 0.9 / (leave * 100)
    assert counts.mean() / 100 == pytest.approx(100, rel=0.04)
    assert counts.var() / counts.mean() == pytest.approx(dispersion, rel=0.35)


def machine_repair(users, think, mu):
    """M/M/1//N (Gross et al., Fundamentals of Queueing Theory, 4th ed. 2008, ch. 2.8): throughput, mean response time."""
    weights = [math.perm(users, n) / (think * mu) ** n for n in range(users + 1)]
    idle = 1 / math.fsum(weights)
    throughput = mu * (1 - idle)
    return throughput, users / throughput - think


@pytest.mark.parametrize("users", [5, 20, 50])
def test_users_who_wait_before_they_ask_again_are_the_machine_repair_model(users):
    scenario = world(f"arrival_rate: 1, arrivals: closed, users: {users}, think_time: 0.2", "name: servers, service_time: 0.01")
    found = simulate(Experiment(scenario, 3), 3000, warm_up=50)
    throughput, response = machine_repair(users, 0.2, 100)
    assert found["throughput"] == pytest.approx(throughput, rel=0.01)
    assert found["mean_response_time"] == pytest.approx(response, rel=0.03)


def test_users_who_do_not_think_keep_the_server_busy():
    scenario = world("arrival_rate: 1, arrivals: closed, users: 8, think_time: 0", "name: servers, service_time: 0.01")
    found = simulate(Experiment(scenario, 3), 1000, warm_up=10)
    assert found["throughput"] == pytest.approx(100, rel=0.01)
    assert found["mean_response_time"] == pytest.approx(0.08, rel=0.01)
    assert found["mean_number_in_system"] == pytest.approx(8, rel=1e-6)


def test_users_come_and_go():
    more = "controls:\n  - {name: users, label: Users, minimum: 1, maximum: 100}\n"
    scenario = world("arrival_rate: 1, arrivals: closed, users: 10, think_time: 0.1", SERVER, more=more)
    run = Watched(scenario, (5, "users", 60), (10, "users", 3))
    assert [int(run.at(time).record["users_started"]) for time in (4, 9, 20)] == [10, 60, 3]


def test_an_open_stream_has_no_users():
    more = "controls:\n  - {name: users, label: Users, minimum: 1, maximum: 100}\n"
    plain = arrived("arrival_rate: 100", [20])
    assert arrived("arrival_rate: 100", [20], (5, "users", 60), more=more) == plain
