"""What a page calls the servers, and which of them are there: by station, in states and in what is said of them."""

import pytest

from simulator import Change, Experiment, Run, load_scenario


@pytest.mark.parametrize(
    ("scenario", "server", "name"),
    [
        ("load-balancing-strategies", 3, "S4"),
        ("one-server", 0, "S1"),
        ("replication", 1, "D2"),
        ("cdn", 11, "E12"),
        ("cdn", 20, "Origin"),
        ("architecture", 0, "CDN"),
        ("architecture", 3, "S3"),
        ("architecture", 31, "D1"),
        ("hedging", 0, "Root"),
        ("hedging", 10, "S10"),
    ],
)
def test_a_server_is_called_after_its_station(scenario: str, server: int, name: str):
    assert load_scenario(scenario).called(server) == name


def test_what_happens_to_a_server_is_said_with_its_name():
    timeline = (Change(0.1, "stop.3", True), Change(0.2, "database.stop.1", True))
    scenario = load_scenario("architecture")
    notices = Run(Experiment(scenario, 1, timeline)).advance(2.0).notices
    assert [words for _, words, *_ in notices][:2] == ["S3 stops", "D1 stops"]
    found = {words: (scenario.called(server), turn) for _, words, server, turn in notices}
    assert found["S3 stops"] == ("S3", "down")
    assert found["D1 stops"] == ("D1", "down")
    assert found["S3 leaves the rotation"] == ("S3", "out")
    assert found["D1 leaves the rotation"] == ("D1", "out")


def test_what_is_done_to_all_names_no_server():
    timeline = (
        Change(0.1, "arrival_rate", 200),
        Change(0.2, "spike", True),
        Change(0.3, "slow.2", True),
        Change(0.4, "slow.2", False),
    )
    notices = Run(Experiment(load_scenario("load-balancing-strategies"), 1, timeline)).advance(1.0).notices
    assert [notice[2:] for notice in notices] == [(), (), (1, "slow"), (1, "up")]


def test_a_server_that_is_not_there_is_not_down():
    timeline = (Change(0.1, "servers", 10), Change(0.1, "database.replicas", 2), Change(0.1, "stop.3", True))
    states = Run(Experiment(load_scenario("architecture"), 1, timeline)).advance(1.6).states
    there = [n for n, state in enumerate(states) if state.get("present", True)]
    assert there == [0, *range(1, 11), 31, 32, 33], "one edge, ten app servers, a primary and two replicas"
    assert states[3]["state"] == "down"
    assert [n for n, state in enumerate(states) if state.get("primary")] == [31]


def test_writes_have_another_primary_after_a_failover():
    timeline = (Change(0.1, "replicas", 3), Change(8.0, "stop.1", True))
    states = Run(Experiment(load_scenario("replication"), 1, timeline)).advance(60.0).states
    assert [n for n, state in enumerate(states) if state.get("primary")] == [1]


def test_a_switch_is_on_or_off():
    scenario = load_scenario("queues")
    name, label = next((each["name"], each["label"]) for each in scenario.describe()["controls"] if each["kind"] == "switch")
    notices = Run(Experiment(scenario, 1, (Change(0.1, name, True), Change(0.2, name, False)))).advance(0.5).notices
    assert [words for _, words, *_ in notices] == [f"{label}: on", f"{label}: off"]
