"""The short way of a plain run (engine/plain.py) and the long way give the same numbers."""

import pytest

from simulator import Change, Experiment, parse_scenario, simulate

TEXT = """
name: both-ways
title: Both ways
clients: {{arrival_rate: 480, clients: 100, deadline: 0.5{regions}}}
stations:
  - {{name: servers, servers: 6, workers: 2, service_time: 0.02, variability: {cv2}, queue_limit: 12, strategy: {strategy},
     drop_expired: true, health_check: {{interval: 0.2}}}}
controls:
  - {{name: arrival_rate, label: Rate, minimum: 10, maximum: 1000}}
  - {{name: servers, label: Servers, minimum: 2, maximum: 8}}
  - {{name: workers, label: Workers, minimum: 1, maximum: 4}}
  - {{name: growth, label: Growth, maximum: 1, step: 0.1}}
  - {{name: data, label: Data, maximum: 10}}
  - {{name: reject_cost, label: Cost of a rejection, maximum: 1, step: 0.1}}
faults:
  - {{name: stop, label: Stop, target: servers}}
  - {{name: slow, label: Slow, target: servers}}
  - {{name: fast_fail, label: Fail, target: servers}}
  - {{name: zombie, label: Zombie, target: servers}}
  - {{name: spike, label: Spike}}
"""
CHANGES = tuple(
    Change(at, control, value)
    for at, control, value in [
        (2.0, "stop.2", True), (4.0, "slow.1", True), (5.0, "servers", 8), (6.0, "fast_fail.3", True), (7.0, "stop.2", False),
        (8.0, "zombie.4", True), (9.0, "spike", True), (11.0, "reject_cost", 0.1), (12.0, "spike", False), (13.0, "workers", 1),
        (14.0, "reject_cost", 0.0), (15.0, "servers", 3),
        (16.0, "growth", 0.1), (17.0, "data", 5), (18.0, "growth", 0.0),
    ]
)  # fmt: skip


@pytest.mark.parametrize("strategy", ["random", "round-robin", "least-connections", "two-choices", "sticky", "shared-queue"])
@pytest.mark.parametrize("cv2", [1, 4])
def test_both_ways_give_the_same_numbers(strategy, cv2):
    here = ", regions: [{name: here, share: 1}]"  # a region without distance changes nothing but the way
    short, long = (parse_scenario(TEXT.format(strategy=strategy, cv2=cv2, regions=regions)) for regions in ("", here))
    one, other = (simulate(Experiment(scenario, 3, CHANGES), 20) for scenario in (short, long))
    assert one == other
    assert one["answered"] > 4000  # of 12,000: most of what can go wrong does
    assert sum(count > 0 for count in one["errors"].values()) >= 2
