"""Health checks against their formulas: how long a dead server goes unnoticed, how often a healthy one is thrown out."""

import numpy as np
import pytest

from simulator import theory
from tests.simulator.small import Watched, world

FAULTS = """
faults:
  - {name: stop, label: Stop, target: servers}
  - {name: hang, label: Hang, target: servers}
  - {name: zombie, label: Zombie, target: servers}
  - {name: stop_all, label: Stop all, target: servers}
  - {name: probe_loss_storm, label: Probes are lost, target: servers}
"""


def pool(servers, check, clients="arrival_rate: 1"):
    return world(
        clients, f"name: servers, servers: {servers}, service_time: 0.001, boot_time: 0, health_check: {{{check}}}", more=FAULTS
    )


@pytest.mark.parametrize(
    ("fault", "interval", "fall", "timeout", "detect"),
    [("stop", 2, 3, 0, 5), ("stop", 30, 2, 5, 45), ("hang", 2, 3, 0, 5), ("hang", 30, 2, 5, 50)],
)
def test_a_server_is_noticed_after_fall_less_a_half_intervals(fault, interval, fall, timeout, detect):
    """60 servers go at once, each with its own phase: when do they leave the rotation?"""
    waits = timeout if fault == "hang" else 0
    exact = theory.health_check(interval, fall, waits, 400, 4)
    assert exact["mean"] == detect
    changes = [(100, f"{fault}.{server}", True) for server in range(1, 61)]
    run = Watched(pool(60, f"interval: {interval}, fall: {fall}, timeout: {timeout}"), *changes)
    step = interval / 50
    left = [sum(run.at(100 + step * k).servers("in_rotation")) for k in range(int(exact["most"] / step) + 2)]
    assert left[int(exact["least"] / step) - 1] == 60
    assert left[-1] == 0
    assert sum(left) * step / 60 == pytest.approx(detect, abs=0.12 * interval)  # three deviations of a mean of 60 uniform ones


@pytest.mark.parametrize(("interval", "fall", "errors"), [(2, 3, 500), (30, 2, 4500)])
def test_a_crash_costs_its_share_of_the_traffic_until_it_is_noticed(interval, fall, errors):
    """The lesson's numbers: 500 with HAProxy's defaults, 4,500 with those of an AWS load balancer."""
    scenario = pool(4, f"interval: {interval}, fall: {fall}", "arrival_rate: 400")
    lost = []
    for seed in range(24):
        run = Watched(scenario, (10, "stop.1", True), seed=seed).at(10 + interval * (fall + 1))
        lost.append(int(run.record["failed"]))
    assert theory.health_check(interval, fall, 0, 400, 4)["errors"] == errors
    assert np.mean(lost) == pytest.approx(errors, rel=0.1 if fall == 3 else 0.15)


def test_a_hang_costs_the_time_out_of_the_probe_on_top():
    """5,000 with an AWS load balancer's defaults, for clients that give up after a second."""
    scenario = pool(4, "interval: 30, fall: 2, timeout: 5", "arrival_rate: 400, timeout: 1")
    lost = [int(Watched(scenario, (10, "hang.1", True), seed=seed).at(80).record["failed"]) for seed in range(24)]
    assert theory.health_check(30, 2, 5, 400, 4)["errors"] == 5000
    assert np.mean(lost) == pytest.approx(5000, rel=0.1)


def test_a_short_hang_is_not_noticed_when_the_probe_waits_longer():
    short = pool(2, "interval: 1, fall: 1, timeout: 0.9")
    run = Watched(short, (10, "hang.1", True), (10.8, "hang.1", False)).at(30)
    assert run.servers("in_rotation") == [1, 1]
    assert int(run.station["ejections"]) == 0


@pytest.mark.parametrize(("loss", "fall"), [(0.01, 1), (0.1, 2), (0.2, 3)])
def test_one_more_failure_in_a_row_makes_false_ejections_rare(loss, fall):
    """Between two ejections lie (p^-k - 1)/(1-p) probes, and those until one passes and it is back."""
    run = Watched(pool(40, f"interval: 0.01, fall: {fall}, rise: 1, loss: {loss}")).at(40)
    station = run.station
    cycle = theory.probes_until_false_ejection(loss, fall) + 1 / (1 - loss)
    assert station["probes"] == pytest.approx(40 * 40 / 0.01, rel=0.001)
    assert station["probes"] / station["ejections"] == pytest.approx(cycle, rel=0.08)
    assert station["false_ejections"] == station["ejections"]


def test_a_zombie_passes_its_probes():
    run = Watched(pool(4, "interval: 0.1, fall: 1", "arrival_rate: 400"), (5, "zombie.2", True)).at(105)
    assert run.servers("in_rotation") == [1, 1, 1, 1]
    assert run.servers("errors")[1] == pytest.approx(10_000, rel=0.03)


def test_when_no_probe_gets_through_everything_is_refused_until_they_do():
    run = Watched(
        pool(4, "interval: 1, fall: 2, rise: 3", "arrival_rate: 100"),
        (10, "probe_loss_storm", True), (20, "probe_loss_storm", False),
    ).at(19)  # fmt: skip
    assert run.servers("in_rotation") == [0, 0, 0, 0]
    assert int(run.record["errors"][1]) > 600
    assert int(run.station["false_ejections"]) == 4
    run.at(24)
    refused = int(run.record["failed"])
    assert run.servers("in_rotation") == [1, 1, 1, 1]
    assert int(run.at(30).record["failed"]) == refused


def test_all_servers_stop_and_come_back():
    run = Watched(pool(3, "interval: 1, fall: 1, rise: 1"), (10, "stop_all", True), (20, "stop_all", False))
    assert run.at(12).servers("alive") == [0, 0, 0]
    assert run.at(22).servers("in_rotation") == [1, 1, 1]
