"""The engine against closed forms: 1 M requests, fixed seeds, tolerances of 3 % (mean) and 6 % (p99) at ρ = 0.8."""

import pytest

from simulator import Experiment, parse_scenario, simulate, theory


def pool(rate, servers=1, strategy="random", *, workers=1, cv2=1.0, limit=1_000_000, requests=1_000_000, seed=7):
    text = f"""
        name: bench
        title: Bench
        clients: {{arrival_rate: {rate}, clients: 4000}}
        stations:
          - {{name: servers, servers: {servers}, workers: {workers}, service_time: 0.01, variability: {cv2},
             queue_limit: {limit}, strategy: {strategy}}}
    """
    scenario = parse_scenario(text)
    return simulate(Experiment(scenario, seed), requests / rate, warm_up=20_000 / rate)


def test_one_server_is_mm1():
    found = pool(80)
    assert found["mean_response_time"] == pytest.approx(0.050, rel=0.03)
    assert found["p99"] == pytest.approx(0.2303, rel=0.06)
    assert found["utilisation"] == pytest.approx(0.8, rel=0.01)


@pytest.mark.parametrize(("cv2", "mean"), [(0, 0.030), (0.25, 0.035), (0.5, 0.040), (4, 0.110)])
def test_variability_follows_pollaczek_khinchine(cv2, mean):
    assert theory.mg1(80, 0.01, cv2)["mean_response_time"] == pytest.approx(mean)
    assert pool(80, cv2=cv2)["mean_response_time"] == pytest.approx(mean, rel=0.06 if cv2 >= 4 else 0.03)


@pytest.mark.parametrize(
    ("strategy", "mean", "p99"),
    [
        ("random", 0.050, 0.2303),
        ("round-robin", 0.032674, 0.15047),
        ("weighted", 0.032674, 0.15047),
        ("least-connections", 0.0195313, None),
        ("shared-queue", 0.0174554, 0.06893),
    ],
)
def test_four_servers_at_eighty_percent(strategy, mean, p99):
    found = pool(320, 4, strategy)
    assert found["mean_response_time"] == pytest.approx(mean, rel=0.03)
    if p99:
        assert found["p99"] == pytest.approx(p99, rel=0.06)


def test_two_choices_of_many_servers_reach_the_fixed_point():
    found = pool(4000, 50, "two-choices")
    assert found["mean_response_time"] == pytest.approx(0.01947, rel=0.05)


@pytest.mark.parametrize(("rate", "workers", "mean"), [(160, 2, 0.0277778), (800, 10, 0.0120459)])
def test_many_workers_are_mmc(rate, workers, mean):
    assert pool(rate, workers=workers)["mean_response_time"] == pytest.approx(mean, rel=0.03)


def test_no_queue_is_erlangs_loss_formula_whatever_the_service():
    for cv2 in (0, 1, 4):
        found = pool(800, workers=10, cv2=cv2, limit=0)
        assert found["error_rate"] == pytest.approx(0.12166, rel=0.03)


@pytest.mark.parametrize("rate", [80, 120])
def test_a_limited_queue_is_mmck(rate):
    exact = theory.mmck(rate, 100, 1, 10)
    found = pool(rate, limit=9)
    assert found["error_rate"] == pytest.approx(exact["error_rate"], rel=0.04)
    assert found["mean_response_time"] == pytest.approx(exact["mean_response_time"], rel=0.03)


def test_theory_agrees_with_the_known_answers():
    assert theory.erlang_c(3.2, 4) == pytest.approx(0.5964324717874046)
    assert theory.mmc(32, 10, 4)["p99"] == pytest.approx(0.6893203748883031, rel=1e-6)
    assert theory.erlang_b(45, 50) == pytest.approx(0.05410447216462616)
    assert theory.round_robin(32, 10, 4)["p99"] == pytest.approx(1.5046857588428488, rel=1e-9)
    assert theory.mmck(12, 10, 1, 100)["error_rate"] == pytest.approx(0.16666666834370464)
    assert theory.usl(64, 0.05, 0) == pytest.approx(15.42168674698795)
    with pytest.raises(ValueError, match="no steady state"):
        theory.mmc(10, 10, 1)
