"""A | B on the server: same seeds for both, an interval around the difference, a sentence that does not claim too much."""

import pytest

from lessons import consumers
from lessons.comparison import PAIRS, Comparison, losses, overloaded, silence, speed, steady
from lessons.purse import Purse
from simulator import Change, Experiment, load_scenario, parse_scenario, scenario_names
from tests.live.conftest import OPEN, SCENARIO, socket

LATE = parse_scenario("""
name: late
title: Nobody comes in the first ten seconds
clients: {arrival_rate: 100, profile: {points: [[0, 0], [10, 0], [20, 100]]}}
stations: [{name: servers, servers: 2, workers: 2, service_time: 0.01}]
controls: [{name: arrival_rate, label: Arrival rate, minimum: 1, maximum: 2000, step: 1}]
""")


def experiment(**settings) -> Experiment:
    return Experiment(SCENARIO, 1, tuple(Change(0.0, name.replace("__", "."), value) for name, value in settings.items()))


def compared(a: Experiment, b: Experiment) -> dict:
    comparison = Comparison.of(a, b)
    while comparison.step():
        pass
    return comparison.result()


def test_least_connections_really_is_faster_than_random():
    found = compared(experiment(strategy="random"), experiment(strategy="least-connections"))
    row = found["measures"]["mean_response_time"]
    assert row["real"]
    assert row["low"] < row["difference"] < row["high"] < 0
    assert found["sentence"].startswith("B answers ")
    assert "faster on average; that is real (10 pairs of runs" in found["sentence"]


def test_the_same_settings_in_another_order_are_the_same():
    a = Experiment(SCENARIO, 1, (Change(0.0, "arrival_rate", 300), Change(3.0, "strategy", "random")))
    b = Experiment(
        SCENARIO, 1, (Change(1.0, "strategy", "random"), Change(2.0, "arrival_rate", 900), Change(5.0, "arrival_rate", 300))
    )
    assert steady(a) == steady(b)
    assert compared(a, b)["sentence"] == "A and B have the same settings. Change one of them."


def test_the_largest_seed_and_a_stream_that_has_yet_to_begin_are_compared_too():
    a, b = (Experiment(SCENARIO, 2**31 - 3, (Change(0.0, "servers", servers),)) for servers in (4, 6))
    assert compared(a, b)["pairs"] == PAIRS
    late = Experiment(LATE, 1)
    assert late.price(1.0) == 0
    assert Comparison.of(late, late).length > 0


def test_a_difference_that_may_be_chance_is_called_that():
    row = {"difference": 0.0004, "low": -0.0011, "high": 0.0019, "real": False}
    said = "Which one answers faster on average, 10 pairs of runs cannot tell"
    assert speed(row) == f"{said}: the difference lies from −1.10\u00a0ms to 1.90\u00a0ms."


def test_a_difference_without_chance_is_not_an_interval():
    row = {"difference": -0.00136, "low": -0.00136, "high": -0.00136, "real": True}
    assert speed(row) == "B answers 1.36\u00a0ms faster on average; that is real (by 1.36\u00a0ms in each of 10 pairs of runs)."


def test_times_of_one_sentence_have_one_unit_and_as_many_decimals():
    slow = speed({"difference": 9.997, "low": 9.983, "high": 10.011, "real": True})
    assert slow == "B answers 10.00\u00a0s slower on average; that is real (10 pairs of runs: 9.98\u00a0s to 10.01\u00a0s)."
    fast = speed({"difference": -0.09996, "low": -0.1012, "high": -0.0987, "real": True})
    assert fast == "B answers 100\u00a0ms faster on average; that is real (10 pairs of runs: 99\u00a0ms to 101\u00a0ms)."


def test_who_answered_nothing_is_named():
    answered, mute = [{"mean_response_time": 0.01}] * PAIRS, [{"mean_response_time": None}] * PAIRS
    assert silence(mute, mute).startswith("Neither answered anything")
    assert silence(answered, mute).startswith("B answered nothing")
    assert silence(mute, [*mute[1:], *answered[:1]]).startswith("A and B in some of its runs answered nothing")


def test_what_is_lost_is_told_only_when_it_can_be_seen():
    assert losses({"a": 0.0, "b": 0.0623, "difference": 0.0623, "real": True}) == "B loses 6.2% of the requests, A 0.0%."
    assert losses({"a": 0.0, "b": 0.0002, "difference": 0.0002, "real": True}) == ""
    assert losses({"a": 0.9998, "b": 0.9997, "difference": -0.0001, "real": True}) == "Both lose 100.0% of the requests."


def test_too_much_load_is_said():
    found = compared(experiment(), experiment(arrival_rate=700))
    assert "B gets more than it can serve" in found["sentence"]
    both = compared(experiment(arrival_rate=600), experiment(arrival_rate=700))["sentence"]
    assert both.count("more than") == both.count("Both get more than they can serve") == 1


def test_a_short_queue_that_overflows_has_figures_that_settle():
    for rate in (430, 600):
        rejecting = Experiment(load_scenario("shedding"), 1, (Change(0.0, "arrival_rate", rate), Change(0.0, "spike", True)))
        assert not overloaded(rejecting)


@pytest.mark.parametrize("name", scenario_names())
def test_no_scenario_begins_with_more_than_it_can_serve(name):
    """As the simulator has it: a cache, an autoscaler or a replica carries what the first pool could not."""
    assert not overloaded(Experiment(load_scenario(name), 1, ()))


@pytest.mark.parametrize(("name", "grows"), [("one-server", True), ("queues", False), ("shedding", False)])
def test_a_queue_is_said_to_grow_where_it_takes_long_to_fill(name, grows):
    """Of these 5,000, 499 and 40 may wait; a short queue that overflows has a steady state, and its figures are that."""
    assert overloaded(Experiment(load_scenario(name), 1, (Change(0.0, "arrival_rate", 150),))) == grows


def test_a_side_that_was_simulated_before_costs_nothing_again():
    first = Comparison.of(experiment(arrival_rate=410), experiment(arrival_rate=400))
    both = first.price
    while first.step():
        pass
    assert both == pytest.approx(2 * PAIRS * 250_000, rel=0.1)
    assert first.price == 0
    again = Comparison.of(experiment(arrival_rate=410), experiment(arrival_rate=405))
    assert again.price == pytest.approx(PAIRS * 250_000, rel=0.1)


async def test_a_page_asks_and_its_run_goes_on(path):
    line = socket(path)
    await line.connect()
    await line.send_json_to(OPEN)
    await line.receive_json_from(5)
    await line.send_json_to({"type": "compare", "timeline": [[0.0, "strategy", "least-connections"]], "id": 7})
    found = await line.receive_json_from(60)
    assert (found["type"], found["id"], found["pairs"]) == ("comparison", 7, PAIRS)
    await line.send_json_to({"type": "play", "from": 1.0, "until": 2.0})
    assert (await line.receive_json_from(5))["from"] == 1.0
    await line.disconnect()


async def test_it_is_paid_for_before_anything_is_simulated(path, monkeypatch):
    monkeypatch.setattr(consumers, "Purse", lambda: Purse(rate=1.0, burst=1_000_000.0))
    line = socket(path)
    await line.connect()
    await line.send_json_to(OPEN)
    await line.receive_json_from(5)
    await line.send_json_to({"type": "compare", "timeline": [[0.0, "arrival_rate", 333]]})
    refused = await line.receive_json_from(5)
    assert (refused["code"], refused["fatal"]) == ("too_many", False)
    await line.disconnect()


async def test_a_timeline_that_does_not_fit_is_refused_in_words(path):
    line = socket(path)
    await line.connect()
    await line.send_json_to(OPEN)
    await line.receive_json_from(5)
    await line.send_json_to({"type": "compare", "timeline": [[0.0, "servers", 900]]})
    assert (await line.receive_json_from(5))["code"] == "out_of_range"
    await line.send_json_to({"type": "compare", "timeline": "all of it"})
    assert (await line.receive_json_from(5))["code"] == "bad_message"
    await line.disconnect()
