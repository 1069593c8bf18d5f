"""Formulas hold where they say and nowhere else, agree with one another, and name their source."""

import inspect
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator import theory

FUNCTIONS = {name: getattr(theory, name) for name in theory.__all__ if name not in ("ConditionError", "expectation", "said")}
LOADS = st.floats(0.05, 0.95)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_formula_names_its_source_and_its_condition(name):
    said = inspect.getdoc(FUNCTIONS[name])
    assert "Holds:" in said
    assert "Source:" in said


@pytest.mark.parametrize(
    ("ask", "why"),
    [
        (lambda: theory.mm1(10, 10), "no steady state"),
        (lambda: theory.mm1(-1, 10), "arrival_rate must be above 0"),
        (lambda: theory.mmc(math.nan, 10, 1), "finite number"),
        (lambda: theory.mmc(40, 10, 4), "no steady state"),
        (lambda: theory.mmc(10, 10, 1.5), "whole number"),
        (lambda: theory.erlang_b(1, -1), "whole number"),
        (lambda: theory.erlang_c(2, 2), "no steady state"),
        (lambda: theory.md1(10, 0.1), "no steady state"),
        (lambda: theory.mg1(8, 0.1, -1), "cv2 must not be below 0"),
        (lambda: theory.mixture(40, [(0.9, 0.005, 1)]), "add up to 1"),
        (lambda: theory.mixture(400, [(1, 0.005, 1)]), "no steady state"),
        (lambda: theory.priorities([(60, 0.01, 1), (60, 0.01, 1)]), "no steady state"),
        (lambda: theory.processor_sharing(10, 0.1), "no steady state"),
        (lambda: theory.ggc(10, 0.1, 1, 1, 1), "no steady state"),
        (lambda: theory.tandem(60, [200, 60]), "no steady state"),
        (lambda: theory.tandem(60, []), "stations must be a whole number"),
        (lambda: theory.mmck(10, 10, 4, 3), "places must be a whole number from 4"),
        (lambda: theory.deadline_goodput(10, 10, 0, 1), "places"),
        (lambda: theory.random_split(40, 10, 4), "no steady state"),
        (lambda: theory.round_robin(40, 10, 4), "no steady state"),
        (lambda: theory.power_of_choices(1.0, 2, 0.1), "below 1"),
        (lambda: theory.power_of_choices(0.5, 1, 0.1), "choices must be a whole number from 2"),
        (lambda: theory.shortest_queue(0.8, 5, 0.1), "servers must be a whole number from 2 to 4"),
        (lambda: theory.shortest_queue(0.96, 2, 0.1), "up to a utilisation of 0.95"),
        (lambda: theory.sticky_drain(4, 2, 30, 5), "before must lie below after"),
        (lambda: theory.consistent_hash(0, 1), "servers"),
        (lambda: theory.lru(100, 1.0, 100), "misses each of them once only"),
        (lambda: theory.hot_key(0, 1.0), "objects"),
        (lambda: theory.ttl(0, 10), "above 0"),
        (lambda: theory.ttl_pops(1000, 0, 10, 1, 60), "pops"),
        (lambda: theory.stampede(-1, 1), "below 0"),
        (lambda: theory.stale_read(1, math.inf), "finite"),
        (lambda: theory.usl(0, 0.1, 0.1), "workers"),
        (lambda: theory.usl_peak(0, 0), "no peak"),
        (lambda: theory.replicas(1.2, 3), "write_share must lie from 0 to 1"),
        (lambda: theory.bottleneck([]), "stations"),
        (lambda: theory.spare_for_failure(2, 3, 0.8), "lost"),
        (lambda: theory.step_backlog(300, 200, 250, 90), "rate must lie below after"),
        (lambda: theory.step_wait_push(100, 200, 90), "before must lie below rate"),
        (lambda: theory.hpa_steps(4, 40, 0, saturates=True), "above 0"),
        (lambda: theory.ramp_target(0, 2, 75), "above 0"),
        (lambda: theory.retries(1.1, 3), "from 0 to 1"),
        (lambda: theory.retry_storm(3, 0), "layers"),
        (lambda: theory.metastable_utilisation(-1), "most"),
        (lambda: theory.hedged([(1, 0)], 10), "mean must be above 0"),
        (lambda: theory.fan_out(0, 10), "leaves"),
        (lambda: theory.health_check(0, 3, 0, 400, 4), "interval"),
        (lambda: theory.probes_until_false_ejection(1, 2), "below 1"),
        (lambda: theory.token_bucket(-1, 1, 1), "below 0"),
        (lambda: theory.client_throttle(500, 100, 0.5), "1 or more"),
        (lambda: theory.rejecting_goodput(100, 500, 1), "below 1"),
        (lambda: theory.throttled_goodput(100, 0.1, 0.9), "1 or more"),
        (lambda: theory.first_byte(-1, 0, 3), "below 0"),
        (lambda: theory.quantile(math.exp, 1, 1), "below 1"),
        (lambda: theory.zipf(10, -1), "below 0"),
    ],
)
def test_outside_its_condition_a_formula_says_what_it_needs(ask, why):
    with pytest.raises(theory.ConditionError, match=why):
        ask()


@given(LOADS)
def test_one_worker_is_the_case_of_every_wider_formula(busy):
    one = theory.mm1(busy, 1)
    for wider in (theory.mmc(busy, 1, 1), theory.mg1(busy, 1, 1), theory.ggc(busy, 1, 1, 1, 1), theory.round_robin(busy, 1, 1),
                  theory.tandem(busy, [1]), theory.processor_sharing(busy, 1), theory.mmck(busy, 1, 1, 600)):  # fmt: skip
        assert wider["mean_response_time"] == pytest.approx(one["mean_response_time"], rel=1e-9)
        for p in ("p50", "p99"):
            assert wider.get(p, one[p]) == pytest.approx(one[p], rel=1e-9)


@given(LOADS, st.integers(1, 12), st.integers(0, 60))
def test_limited_places_lie_between_pure_loss_and_no_limit(busy, workers, waiting):
    rate = busy * workers
    found = theory.mmck(rate, 1, workers, workers + waiting)
    assert found["error_rate"] <= theory.erlang_b(rate, workers) * (1 + 1e-9)
    assert 1 - 1e-9 <= found["mean_response_time"] <= theory.mmc(rate, 1, workers)["mean_response_time"] * (1 + 1e-9)
    assert found["p50"] < found["p95"] < found["p99"] <= theory.mmc(rate, 1, workers)["p99"] * (1 + 1e-9)


@given(st.lists(st.tuples(st.floats(0.01, 0.2), st.floats(0.1, 1), st.floats(0, 5)), min_size=1, max_size=4))
def test_priorities_move_waiting_between_classes_but_not_away(classes):
    """Kleinrock's conservation law (1965): Σ ρᵢ Wᵢ is that of one FIFO queue, whatever the order of the classes."""
    total = sum(rate for rate, _, _ in classes)
    fifo = theory.mixture(total, [(rate / total, mean, cv2) for rate, mean, cv2 in classes])
    for order in (classes, classes[::-1]):
        waits = theory.priorities(order)
        assert waits == sorted(waits)
        weighted = sum(rate * mean * wait for (rate, mean, _), wait in zip(order, waits, strict=True))
        assert weighted == pytest.approx(fifo["utilisation"] * fifo["mean_waiting_time"], rel=1e-9)


@given(LOADS, st.integers(2, 4))
def test_better_informed_balancing_waits_less(busy, servers):
    rate = busy * servers
    means = [theory.mmc(rate, 1, servers), theory.shortest_queue(busy, servers, 1), theory.round_robin(rate, 1, servers),
             theory.random_split(rate, 1, servers)]  # fmt: skip
    times = [found["mean_response_time"] for found in means]
    assert times == sorted(times)


def test_a_tandem_of_equal_stations_is_an_erlang_response():
    found = theory.tandem(5, [10, 10, 10])
    rest = lambda t: math.exp(-5 * t) * (1 + 5 * t + (5 * t) ** 2 / 2)  # noqa: E731
    assert rest(found["p99"]) == pytest.approx(0.01, rel=1e-9)


def test_rejecting_costs_nothing_while_there_is_room():
    assert theory.rejecting_goodput(100, 80, 0.1) == 80
    assert theory.client_throttle(80, 100, 2) == 80
    assert theory.retry_storm(3, 3) == 64
