"""What a page calls the servers, and which of them are there: by station, in states and in what is said of them."""

import re

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
    found = {words: (scenario.called(server), turn) for _, words, server, turn, *_ in notices}
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


def test_a_server_that_boots_is_told_of_when_it_begins_and_until_when():
    """An order of the autoscaler and a boot that fails have words; what a change brought about has the change's."""
    timeline = (Change(0.0, "boot_failure", 0.5), Change(20.0, "stop.1", True), Change(30.0, "stop.1", False))
    notices = Run(Experiment(load_scenario("autoscaling"), 1, timeline)).advance(200.0).notices
    boots = [notice for notice in notices if len(notice) == 5]
    assert (30.0, "", 0, "boot", 90.0) in boots
    assert (30.0, "S5 boots", 4, "new", 90.0) in boots, "ordered at the same instant, and not by the learner"
    ups = {(at, server) for at, _, server, turn, *_ in notices if turn == "up"}
    again = {(at, server) for at, words, server, *_ in boots if words == f"The boot of S{server + 1} fails"}
    assert again, "some fail"
    assert ups, "some do not"
    assert {(until, server) for *_, server, _, until in boots if until < 200} == ups | again
    assert [notice[1] for notice in notices if notice[0] == 60.0] == ["", "S6 and S7 boot"], "one mark for both"
    assert [notice[1:] for notice in notices if notice[0] == 120.0][:2] == [("S6 is up", 5, "up"), ("", 5, "in")], "it never left"
    assert any(words == "S1 returns to the rotation" for _, words, *_ in notices)


def test_servers_that_a_slider_adds_or_takes_are_named_by_the_change():
    timeline = (Change(5.0, "servers", 6), Change(9.0, "servers", 2))
    notices = Run(Experiment(load_scenario("pool"), 1, timeline)).advance(12.0).notices
    for at, words, whom in ((5.0, "Servers 6", {4, 5}), (9.0, "Servers 2", {2, 3, 4, 5})):
        assert [notice[1] for notice in notices if notice[0] == at and notice[1]] == [words]
        assert {notice[2] for notice in notices if notice[0] == at and notice[2:]} == whom


def test_many_servers_at_once_have_one_mark():
    """By their first and last, where none between them is left out."""
    ramp = Run(Experiment(load_scenario("autoscaling"), 1, (Change(20.0, "spike", True),))).advance(160.0).notices
    said = [words for _, words, *_ in ramp]
    assert any(re.fullmatch(r"S\d+ to S\d+ boot", words) for words in said)
    assert any(re.fullmatch(r"S\d+ to S\d+ are up", words) for words in said)


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
