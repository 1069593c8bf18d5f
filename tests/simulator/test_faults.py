"""Servers that stop, hang, lie, drain and come back; and the engine's promises under whatever is done to it."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator import Run
from simulator.record import pack, unpack
from simulator.run import proceed
from simulator.state import fresh, scratch
from tests.simulator.invariants import check
from tests.simulator.small import Watched, world
from tests.simulator.worlds import LENGTH, experiments


def played(experiment, stops):
    """The state of an experiment, checked at each of the stops (µs)."""
    state = fresh(experiment.scenario, experiment.seed, windowed=True)
    check(state)
    for stop in stops:
        proceed(state, experiment, stop, scratch())
        check(state)
    return state


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(experiments())
def test_whatever_is_done_the_engine_keeps_its_promises(experiment):
    changes = [round(change.at * 1e6) for change in experiment.timeline]
    stops = {
        *changes,
        *(at + 1 for at in changes),
        *(at + 5_000 for at in changes),
        *range(250_000, round(LENGTH * 1e6) + 1, 250_000),
    }
    played(experiment, sorted(stops - {0}))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(experiments(), st.lists(st.integers(1, round(LENGTH * 1e6)), max_size=8))
def test_no_slicing_and_no_checkpoint_changes_a_bit(experiment, cuts):
    whole = fresh(experiment.scenario, experiment.seed, windowed=True)
    proceed(whole, experiment, round(LENGTH * 1e6), scratch())
    state = fresh(experiment.scenario, experiment.seed, windowed=True)
    for cut in sorted({*cuts, round(LENGTH * 1e6)}):
        proceed(state, experiment, cut, scratch())
        resumed = fresh(experiment.scenario, experiment.seed, windowed=True)
        unpack(pack(state), resumed)
        state = resumed
    assert pack(state).tobytes() == pack(whole).tobytes()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(experiments())
def test_a_page_can_draw_whatever_happens(experiment):
    """Segments are plain JSON, their events in order, and percentiles never below one another."""
    run = Run(experiment)
    for stop in (0.4, 1.1, 2.0, LENGTH):
        segment = run.advance(stop)
        json.dumps(segment.to_json(), allow_nan=False)
        times = [event[0] for event in segment.events]
        assert times == sorted(times)
        for row in zip(*(segment.series[name] for name in ("p50", "p95", "p99")), strict=True):
            known = [figure for figure in row if figure is not None]
            assert known == sorted(known)
    json.dumps(run.measures(), allow_nan=False)


FAULTS = """
faults:
  - {name: stop, label: Stop, target: servers}
  - {name: hang, label: Hang, target: servers}
  - {name: zone, label: Zone, target: servers}
  - {name: deploy, label: Deploy, target: servers}
"""
CHECKS = "health_check: {interval: 60, fall: 20}"


def responses(hangs, *, until, service=50_000, gap=100_000):
    """Lindley's recursion for one worker that pauses: the sum (µs) and the number of responses before an instant."""
    free, total, answered = 0, 0, 0
    for arrival in range(gap, until, gap):
        at, left = max(free, arrival), service
        for begin, end in hangs:
            if begin <= at < end:
                at = end
            if at < begin < at + left:
                left -= begin - at
                at = end
        free = at + left
        if free < until:
            total, answered = total + free - arrival, answered + 1
    return total, answered


@pytest.mark.parametrize("discipline", ["fifo", "priority"])
def test_a_hung_server_keeps_what_it_holds_and_goes_on_with_what_was_left(discipline):
    """Deterministic, so exact: arrivals each 100 ms of 50 ms, hangs in the middle of a service and between two."""
    scenario = world(
        "arrivals: deterministic, arrival_rate: 10",
        f"name: servers, service_time: 0.05, variability: 0, discipline: {discipline}, {CHECKS}",
        more=FAULTS,
    )
    hangs = [(120_000, 720_000), (1_990_000, 2_210_000)]
    changes = [(at / 1e6, "hang.1", on) for pair in hangs for at, on in zip(pair, (True, False), strict=True)]
    run = Watched(scenario, *changes).at(0.7)
    assert int(run.record["answered"]) == 0
    assert int(run.record["number"]) == 6
    assert run.servers("busy") == [1]
    record = run.at(6).record
    assert (int(record["sum_response"]), int(record["answered"])) == responses(hangs, until=6_000_000)


def test_a_hung_server_that_shares_its_worker_loses_the_time_and_nothing_else():
    """Two calls of 50 ms together since 0.2 s, a hang of a second in between: each is done a second later."""
    scenario = world(
        "arrivals: deterministic, arrival_rate: 5, profile: {kind: step, points: [[0, 1], [0.201, 0]]}",
        f"name: servers, service_time: 0.3, variability: 0, discipline: processor-sharing, {CHECKS}",
        "name: other",
        more=FAULTS,
    )
    plain, hung = Watched(scenario).at(5).record, Watched(scenario, (0.25, "hang.1", True), (1.25, "hang.1", False)).at(5).record
    assert int(plain["answered"]) == int(hung["answered"]) == 1
    assert int(hung["sum_response"]) == int(plain["sum_response"]) + 1_000_000


def test_what_a_hung_server_has_asked_for_is_answered_when_the_hang_ends():
    scenario = world(
        "arrivals: deterministic, arrival_rate: 1",
        f"name: servers, service_time: 0.1, variability: 0, calls: [other], {CHECKS}",
        "name: other, service_time: 0.2, variability: 0",
        more=FAULTS,
    )
    run = Watched(scenario, (1.2, "hang.1", True), (1.7, "hang.1", False))  # the answer comes at 1.3 s
    assert int(run.at(1.69).record["answered"]) == 0
    run.at(1.71)
    assert (int(run.record["answered"]), int(run.record["sum_response"])) == (1, 700_000)


def test_a_restart_cures_a_hang():
    scenario = world("arrival_rate: 1", f"name: servers, boot_time: 1, {CHECKS}", more=FAULTS)
    run = Watched(scenario, (1, "hang.1", True), (2, "stop.1", True), (3, "stop.1", False))
    assert run.at(1.5).servers("hung") == [1]
    assert run.at(4.5).servers("hung") == [0]
    assert run.servers("alive") == [1]


def deploying(*changes, drain=1, boot=2, servers=4, rate=100, **more):
    scenario = world(
        f"arrival_rate: {rate}",
        f"name: servers, servers: {servers}, service_time: 0.01, drain_time: {drain}, boot_time: {boot}, {CHECKS}",
        more=FAULTS,
    )
    return Watched(scenario, (10, "deploy", True), *changes, **more)


def test_a_rolling_deploy_takes_one_server_after_another_and_loses_nothing():
    run = deploying()
    assert run.at(9.9).servers("in_rotation") == [1, 1, 1, 1]
    for server in range(4):
        begin = 10 + 3 * server
        others = [int(other != server) for other in range(4)]
        assert run.at(begin + 0.01).servers("in_rotation") == others
        assert run.servers("draining") == [1 - other for other in others]
        assert run.at(begin + 1.01).servers("alive") == others
        assert run.at(begin + 2.99).servers("in_rotation") == others
    run.at(22.01)
    assert run.servers("in_rotation") == [1, 1, 1, 1]
    assert int(run.station["deploying"]) == 0
    assert int(run.record["failed"]) == 0
    assert run.servers("up_at") == [13_000_000, 16_000_000, 19_000_000, 22_000_000]


def test_a_deploy_that_does_not_drain_loses_what_is_in_flight():
    lost = [int(deploying(drain=0, rate=200, seed=seed).at(30).record["errors"][2]) for seed in range(20)]
    assert 40 < sum(lost) < 200  # four stops each, with one or two in flight


def test_a_deploy_that_is_called_off_ends_with_the_server_that_it_is_at():
    run = deploying((11.5, "deploy", False)).at(40)
    assert run.servers("up_at") == [13_000_000, 0, 0, 0]
    assert run.servers("in_rotation") == [1, 1, 1, 1]


@pytest.mark.parametrize("moment", [10.5, 11.5])
def test_a_deploy_goes_on_when_its_server_stops(moment):
    """While it drains, and while it boots."""
    run = deploying((moment, "stop.1", True)).at(40)
    assert run.servers("alive") == [0, 1, 1, 1]
    assert run.servers("up_at")[1:] == [run.servers("up_at")[1] + 3_000_000 * k for k in range(3)]
    assert int(run.station["deploying"]) == 0


def test_a_lost_zone_takes_every_server_of_it_and_gives_them_back():
    scenario = world(
        "arrival_rate: 10",
        "name: servers, servers: 5, zones: 2, boot_time: 1, health_check: {interval: 0.1, fall: 1, rise: 1}",
        more=FAULTS,
    )
    run = Watched(scenario, (1, "zone.1", True), (3, "zone.1", False))
    assert run.at(1.5).servers("in_rotation") == [0, 1, 0, 1, 0]
    assert run.at(4.5).servers("in_rotation") == [1, 1, 1, 1, 1]


def test_clients_whose_server_is_taken_away_find_another_and_keep_it():
    more = "controls:\n  - {name: servers, label: Servers, minimum: 1, maximum: 4}\n"
    scenario = world(
        "arrival_rate: 200, clients: 50", "name: servers, servers: 4, strategy: sticky, service_time: 0.001", more=more
    )
    run = Watched(scenario, (10, "servers", 2)).at(10)
    homes = run.record["clients"]["home"][:50].copy()
    assert set(homes) == {1, 2, 3, 4}
    later = run.at(20).record["clients"]["home"][:50]
    assert set(later) == {1, 2}
    assert all(later[homes <= 2] == homes[homes <= 2])
    assert int(run.record["failed"]) == 0
