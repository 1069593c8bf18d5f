"""Who is served next, and for how long: disciplines, full queues, deadlines and laws of the service time."""

import math

import numpy as np
import pytest

from simulator import Change, Experiment, load_scenario, simulate, theory
from tests.simulator.small import Watched, world

LONG = 1_000_000  # requests


def one(clients, station, requests=LONG, rate=80, seed=7, more=""):
    scenario = world(f"arrival_rate: {rate}, {clients}", f"name: servers, service_time: 0.01, {station}", more=more)
    return simulate(Experiment(scenario, seed), requests / rate, warm_up=20_000 / rate)


@pytest.mark.parametrize("cv2", [0, 1, 4])
def test_processor_sharing_does_not_care_about_variability(cv2):
    found = one("clients: 60", f"discipline: processor-sharing, variability: {cv2}, queue_limit: 10000")
    exact = theory.processor_sharing(80, 0.01)["mean_response_time"]
    assert exact == pytest.approx(0.05)
    assert found["mean_response_time"] == pytest.approx(exact, rel=0.06 if cv2 == 4 else 0.03)
    assert found["utilisation"] == pytest.approx(0.8, rel=0.01)


def test_processor_sharing_of_two_workers_counts_like_two_workers():
    """M/M/2 with processor sharing has as many in the system as with a queue: the rates are the same."""
    found = one("clients: 60", "discipline: processor-sharing, workers: 2, queue_limit: 10000", rate=160)
    assert found["mean_response_time"] == pytest.approx(theory.mmc(160, 100, 2)["mean_response_time"], rel=0.03)


def test_a_full_server_that_shares_turns_away():
    found = one("clients: 60", "discipline: processor-sharing, queue_limit: 9", rate=120)
    assert found["error_rate"] == pytest.approx(theory.mmck(120, 100, 1, 10)["error_rate"], rel=0.03)


def test_last_in_first_out_has_the_same_mean_and_a_longer_tail():
    found = one("clients: 60", "discipline: lifo, queue_limit: 100000")
    assert found["mean_response_time"] == pytest.approx(0.05, rel=0.03)
    assert found["p99"] > 2 * theory.mm1(80, 100)["p99"]


def test_urgent_classes_wait_as_cobham_says():
    more = """
classes:
  - {name: gold, share: 0.25, priority: 0}
  - {name: silver, share: 0.25, priority: 1, service: {servers: 2}}
  - {name: rest, share: 0.5, priority: 2, service: {servers: 0.5}}
"""
    found = one("clients: 60", "discipline: priority, queue_limit: 100000", more=more)["classes"]
    rates = [(20, 0.01, 1.0), (20, 0.02, 1.0), (40, 0.005, 1.0)]
    for name, wait, (_, service, _) in zip(("gold", "silver", "rest"), theory.priorities(rates), rates, strict=True):
        assert found[name]["mean_response_time"] == pytest.approx(wait + service, rel=0.03)


@pytest.mark.parametrize("law", ["lognormal", "pareto"])
def test_heavy_tails_have_the_quantiles_of_their_law(law):
    """A station without a limit of workers answers in the service time itself; cv² = 4, mean 10 ms."""
    found = one("clients: 60", f"discipline: delay, distribution: {law}, variability: 4", requests=400_000, rate=1000)
    if law == "lognormal":
        spread = math.sqrt(math.log(5))
        middle = 0.01 / math.sqrt(5)
        exact = {"p50": middle, "p95": middle * math.exp(1.644854 * spread), "p99": middle * math.exp(2.326348 * spread)}
    else:
        shape = 1 + math.sqrt(1.25)
        least = 0.01 * (shape - 1) / shape
        exact = {f"p{p}": least * (1 - p / 100) ** (-1 / shape) for p in (50, 95, 99)}
        assert 1 / (shape * (shape - 2)) == pytest.approx(4)  # variance / mean² of Pareto's law
    for name, value in exact.items():
        assert found[name] == pytest.approx(value, rel=0.02)
    assert found["mean_response_time"] == pytest.approx(0.01, rel=0.02)


def test_a_lognormal_service_waits_as_its_variability_says():
    found = one("clients: 60", "distribution: lognormal, variability: 4, queue_limit: 100000")
    assert found["mean_response_time"] == pytest.approx(theory.mg1(80, 0.01, 4)["mean_response_time"], rel=0.06)


def test_dropping_the_oldest_loses_as_many_and_answers_sooner():
    """Whoever is dropped, the number in the system is the same M/M/1/K; in overload the newer ones have waited less."""
    newest, oldest = (one("clients: 60", f"queue_limit: 9, when_full: drop-{which}", rate=120) for which in ("newest", "oldest"))
    exact = theory.mmck(120, 100, 1, 10)
    for found in (newest, oldest):
        assert found["error_rate"] == pytest.approx(exact["error_rate"], rel=0.03)
        assert found["mean_number_in_system"] == pytest.approx(exact["mean_number_in_system"], rel=0.03)
    assert oldest["mean_response_time"] < 0.8 * newest["mean_response_time"]


@pytest.mark.parametrize("places", [30, 50, 80, 100, 120])
def test_a_queue_longer_than_the_patience_of_its_clients_does_useless_work(places):
    exact = theory.deadline_goodput(120, 100, places, 1.0)
    found = lesson(Change(0, "queue_limit", places - 1))
    assert found["goodput"] == pytest.approx(exact, rel=0.03 if places < 120 else 0.06)
    assert found["error_rate"] == pytest.approx(1 / 6, rel=0.03)


def lesson(*changes, requests=LONG):
    return simulate(Experiment(load_scenario("queues"), 7, changes), requests / 120, warm_up=200)


def test_the_newest_first_keeps_the_long_queue_useful():
    newest = (Change(0, "queue_limit", 199), Change(0, "discipline", "lifo"), Change(0, "when_full", "drop-oldest"))
    assert lesson(*newest)["goodput"] == pytest.approx(99.3, rel=0.01)
    assert lesson(Change(0, "queue_limit", 199))["goodput"] < 0.1


def test_dropping_what_is_too_late_keeps_the_long_queue_useful_too():
    """Nothing is begun that has waited for longer than the deadline; all that is begun is an answer, most of them in time."""
    found = lesson(Change(0, "drop_expired", True))
    assert found["errors"]["timed_out"] > 0
    assert found["throughput"] == pytest.approx(100, rel=0.01)
    assert found["p99"] < 1.05


@pytest.mark.parametrize(("limit", "order", "useful"), [(85, "fifo", True), (499, "fifo", False), (499, "lifo", True)])
def test_the_challenge_of_the_lesson(limit, order, useful):
    """Ten minutes at 120 requests/s, at least 95 of them in time each second."""
    changes = [Change(0, "queue_limit", limit - 1), Change(0, "discipline", order)]
    if order == "lifo":
        changes.append(Change(0, "when_full", "drop-oldest"))
    good = [simulate(Experiment(load_scenario("queues"), seed, tuple(changes)), 600)["goodput"] for seed in range(3)]
    assert all((each >= 95) == useful for each in good)


def test_a_change_of_order_keeps_who_waits():
    """Oldest first, then newest first: 50 wait, and the next one served is the last that came."""
    scenario = world(
        "arrivals: deterministic, arrival_rate: 100",
        "name: servers, service_time: 0.1, variability: 0",
        more="controls:\n  - {name: discipline, label: Order, choices: [[fifo, F], [lifo, L], [priority, P]]}\n",
    )
    run = Watched(scenario, (0.5, "discipline", "lifo"), (1.0, "discipline", "fifo")).at(0.51)

    def waiting():
        calls, found = run.record["calls"], []
        c = int(run.record["servers"][0]["heads"][0])
        while c >= 0:
            found.append(int(calls[c]["id"]))
            c = int(calls[c]["next"])
        return found

    assert waiting() == sorted(waiting(), reverse=True)
    assert len(waiting()) > 40
    run.at(1.001)
    assert waiting() == sorted(waiting())


def test_littles_law_is_exact_where_a_run_starts_and_ends_empty():
    """The time integral of the number in the system is the sum of the response times, to the microsecond."""
    ends = "profile: {kind: step, points: [[0, 1], [20, 0]]}"
    for station in (
        "servers: 4, strategy: least-connections",
        "servers: 2, workers: 3, strategy: shared-queue, variability: 4",
        "discipline: lifo, variability: 0",
        "discipline: processor-sharing",
        "discipline: delay, distribution: lognormal, variability: 2",
        "servers: 2, calls: [behind], visits: 2",
    ):
        scenario = world(
            f"arrival_rate: 90, round_trip_time: 0.02, {ends}",
            f"name: servers, service_time: 0.01, queue_limit: 100000, {station}",
            "name: behind, service_time: 0.002, servers: 2, queue_limit: 100000",
        )
        record = Watched(scenario).at(100).record
        assert int(record["number"]) == int(record["failed"]) == 0
        assert int(record["arrivals"]) > 1500
        assert int(record["number_area"]) == int(record["sum_response"])
        arrival_rate, response = int(record["answered"]) / 100e6, int(record["sum_response"]) / int(record["answered"])
        assert int(record["number_area"]) / 100e6 == pytest.approx(arrival_rate * response, rel=1e-9)


def test_no_percentile_lies_below_another():
    found = [one("clients: 60", "variability: 4", requests=2_000, seed=seed) for seed in range(10)]
    assert all(each["p50"] <= each["p95"] <= each["p99"] for each in found)
    assert np.isfinite([each["p99"] for each in found]).all()


@pytest.mark.parametrize("places", [0, 1, 4])
def test_blocking_in_a_row_costs_the_capacity_that_hunt_found(places):
    """Two equal exponential servers, the first never idle, B places between: μ (B + 2) / (B + 3).

    Hunt, Sequential arrays of waiting lines, Operations Research 4, 1956 (blocking after service).
    """
    scenario = world(
        "arrival_rate: 300",
        "name: servers, service_time: 0.01, queue_limit: 50, then: second",
        f"name: second, service_time: 0.01, when_full: block, queue_limit: {places}",
    )
    found = simulate(Experiment(scenario, 7), 3_000, warm_up=20)
    assert found["throughput"] == pytest.approx(100 * (places + 2) / (places + 3), rel=0.01)
    assert found["stations"]["second"]["failed"] == 0


@pytest.mark.parametrize("dies", ["stop.2", "second.stop.1"])
def test_nobody_stays_blocked_behind_the_dead(dies):
    """A blocked call dies with its server and leaves the line; behind a dead server there is room to be refused."""
    scenario = world(
        "arrivals: deterministic, arrival_rate: 10, profile: {kind: step, points: [[0, 1], [0.45, 0]]}",
        "name: servers, servers: 2, service_time: 0.01, variability: 0, then: second, health_check: {interval: 60}",
        "name: second, service_time: 1, variability: 0, when_full: block, queue_limit: 0, health_check: {interval: 60}",
        more="faults:\n" + "".join(f"  - {{name: stop, label: Stop, target: {each}}}\n" for each in ("servers", "second")),
    )
    run = Watched(scenario, (0.5, dies, True)).at(0.5)
    assert int(run.record["stations"][1]["blocked"]) == 2
    record = run.at(10).record
    assert int(record["number"]) == 0
    assert int(record["answered"]) + int(record["failed"]) == 4


def test_more_workers_let_in_all_for_whom_there_is_room():
    scenario = world(
        "arrivals: deterministic, arrival_rate: 10, profile: {kind: step, points: [[0, 1], [0.45, 0]]}",
        "name: servers, servers: 4, service_time: 0.01, variability: 0, then: second",
        "name: second, service_time: 1, variability: 0, when_full: block, queue_limit: 0",
        more="controls:\n  - {name: workers, station: second, label: Workers, minimum: 1, maximum: 4}\n",
    )
    second = Watched(scenario, (0.5, "second.workers", 4)).at(0.51).record["stations"][1]
    assert int(second["blocked"]) == 0


@pytest.mark.parametrize("discipline", ["processor-sharing", "delay"])
def test_a_shared_queue_before_workers_without_a_queue_is_emptied(discipline):
    scenario = world(
        "arrival_rate: 300, profile: {kind: step, points: [[0, 1], [5, 0]]}",
        f"name: servers, servers: 2, strategy: shared-queue, service_time: 0.01, discipline: {discipline}",
    )
    record = Watched(scenario).at(60).record
    assert int(record["number"]) == int(record["failed"]) == 0
