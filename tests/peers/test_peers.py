"""The engine beside Ciw and SimPy: the same systems, several replications each, 99 % intervals, fixed seeds."""

from functools import partial

import ciw
import pytest

from tests.peers import in_ciw, in_simpy
from tests.peers.agreement import agree, scenario

HYPER = "service_time: 0.01, variability: 4"
ROOT = (4 - 1) / (4 + 1)
BRANCH = (1 + ROOT**0.5) / 2  # balanced means
HYPEREXPONENTIAL = ciw.dists.HyperExponential([2 * BRANCH / 0.01, 2 * (1 - BRANCH) / 0.01], [BRANCH, 1 - BRANCH])
TEN = in_ciw.exponential(0.01)
ENOUGH = "queue_limit: 100000"


# Ciw


@pytest.mark.parametrize("workers", [1, 3])
def test_one_pool(workers):
    rate = 60 * workers
    system = scenario(f"arrival_rate: {rate}", f"name: servers, workers: {workers}, service_time: 0.01, {ENOUGH}")
    agree(system, partial(in_ciw.queue, rate=rate, service=TEN, workers=workers), 16_000, within=0.15)


@pytest.mark.parametrize(
    ("law", "service"),
    [("service_time: 0.01, variability: 0", ciw.dists.Deterministic(0.01)), (HYPER, HYPEREXPONENTIAL)],
    ids=["deterministic", "hyperexponential"],
)
def test_other_laws_of_the_service_time(law, service):
    system = scenario("arrival_rate: 45", f"name: servers, {law}, {ENOUGH}")
    agree(system, partial(in_ciw.queue, rate=45, service=service), 24_000, within=0.15)


def test_a_limited_queue_turns_away():
    system = scenario("arrival_rate: 260", "name: servers, workers: 2, service_time: 0.01, queue_limit: 5")
    agree(system, partial(in_ciw.queue, rate=260, service=TEN, workers=2, limit=5), 20_000, "mean", "p95", "failed")


def test_stations_in_a_row():
    system = scenario(
        "arrival_rate: 50",
        f"name: a, service_time: 0.005, {ENOUGH}, then: b",
        f"name: b, workers: 2, service_time: 0.02, variability: 0, {ENOUGH}, then: c",
        f"name: c, service_time: 0.01, {ENOUGH}",
    )
    services = [in_ciw.exponential(0.005), ciw.dists.Deterministic(0.02), TEN]
    agree(system, partial(in_ciw.row, rate=50, services=services, workers=[1, 2, 1], limits=[float("inf")] * 3), 10_000)


def test_a_full_station_blocks_the_one_before_it():
    system = scenario(
        "arrival_rate: 45",
        f"name: a, workers: 2, service_time: 0.02, {ENOUGH}, then: b",
        "name: b, service_time: 0.01, queue_limit: 1, when_full: block, then: c",
        "name: c, service_time: 0.012, queue_limit: 2, when_full: block",
    )
    services = [in_ciw.exponential(mean) for mean in (0.02, 0.01, 0.012)]
    play = partial(in_ciw.row, rate=45, services=services, workers=[2, 1, 1], limits=[float("inf"), 1, 2])
    agree(system, play, 16_000, within=0.15)


def test_classes_with_their_own_service_times():
    system = scenario(
        "arrival_rate: 80",
        f"name: servers, workers: 2, service_time: 0.005, {ENOUGH}",
        classes="[{name: api, share: 0.9}, {name: report, share: 0.1, service: {servers: 12}}]",
    )
    services = {"api": [in_ciw.exponential(0.005)], "report": [in_ciw.exponential(0.06)]}
    play = partial(in_ciw.classes, rates={"api": 72, "report": 8}, services=services, workers=[2])
    agree(system, play, 24_000, "report", "api", "mean", within=0.15)


def test_priorities():
    classes = "[{name: premium, share: 0.3}, {name: free, share: 0.7, priority: 1}]"
    system = scenario("arrival_rate: 60", f"name: servers, service_time: 0.01, {ENOUGH}, discipline: priority", classes=classes)
    services = {name: [TEN] for name in ("premium", "free")}
    order = ({"premium": 0, "free": 1}, [False])
    play = partial(in_ciw.classes, rates={"premium": 18, "free": 42}, services=services, workers=[1], priorities=order)
    agree(system, play, 24_000, "premium", "free")


@pytest.mark.parametrize("workers", [1, 2])
def test_processor_sharing(workers):
    rate = 55 * workers
    station = f"name: servers, workers: {workers}, {HYPER}, discipline: processor-sharing, {ENOUGH}"
    system = scenario(f"arrival_rate: {rate}", station)
    agree(system, partial(in_ciw.shared, rate=rate, service=HYPEREXPONENTIAL, workers=workers), 20_000, within=0.15)


# SimPy


@pytest.mark.parametrize("strategy", ["random", "round-robin", "least-connections"])
def test_balancing_over_four_servers(strategy):
    station = f"name: servers, servers: 4, workers: 2, service_time: 0.01, {ENOUGH}, strategy: {strategy}"
    play = partial(in_simpy.pool, rate=520, servers=4, workers=2, service=in_simpy.exponential(0.01), choose=strategy)
    agree(scenario("arrival_rate: 520", station), play, 48_000)


def test_priorities_behind_a_station_that_has_none():
    system = scenario(
        "arrival_rate: 60",
        f"name: first, service_time: 0.01, {ENOUGH}, then: second",
        f"name: second, service_time: 0.01, {ENOUGH}, discipline: priority",
        classes="[{name: premium, share: 0.3}, {name: free, share: 0.7, priority: 1}]",
    )
    agree(system, partial(in_simpy.premium_second, rate=60, share=0.3), 20_000, "premium", "free")


def test_calls_that_hold_the_workers_of_their_caller():
    system = scenario(
        "arrival_rate: 260",
        f"name: web, servers: 2, workers: 4, service_time: 0.005, {ENOUGH}, calls: [database], visits: 2",
        f"name: database, workers: 3, service_time: 0.004, {ENOUGH}",
    )
    agree(system, partial(in_simpy.nested, rate=260, visits=2), 24_000)


def test_many_leaves_at_once():
    system = scenario(
        "arrival_rate: 90",
        "name: root, discipline: delay, service_time: 0.001, variability: 0, calls: [leaves], visits: 5, parallel: true",
        f"name: leaves, servers: 10, service_time: 0.01, {ENOUGH}, strategy: random",
    )
    agree(system, partial(in_simpy.fanned_out, rate=90, leaves=5), 8_000)


def test_time_outs_and_retries():
    system = scenario(
        "arrival_rate: 150, timeout: 0.05, retries: 2, backoff: exponential, backoff_base: 0.02, deadline: 10",
        "name: servers, workers: 2, service_time: 0.01, queue_limit: 12",
    )
    play = partial(in_simpy.retried, rate=150, timeout=0.05, retries=2, base=0.02, limit=12)
    agree(system, play, 40_000, within=0.15)


@pytest.mark.parametrize("cancel", [False, True], ids=["the loser works on", "the loser is taken back"])
def test_hedges(cancel):
    system = scenario(
        f"arrival_rate: 180, hedge_after: 0.02, cancel_hedges: {str(cancel).lower()}",
        f"name: servers, servers: 5, service_time: 0.01, {ENOUGH}, strategy: random",
    )
    agree(system, partial(in_simpy.hedged, rate=180, servers=5, delay=0.02, cancel=cancel), 16_000)


def test_users_who_think():
    clients = "arrival_rate: 1, arrivals: closed, users: 30, think_time: 0.1"
    system = scenario(clients, "name: servers, workers: 2, service_time: 0.01")
    agree(system, partial(in_simpy.closed, users=30, think=0.1, workers=2, mean=0.01), 24_000, rate=200)
