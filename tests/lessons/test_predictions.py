"""What an author writes about a prediction's end: which choice happens, why, and how it is measured."""

import pytest

from lessons.markdown import ContentErrors, parse_lesson
from simulator import Change, Experiment, load_scenario, simulate
from tests.lessons.content import lesson

AT = [[5.0, "stop.4", True]]


def predict(options: str, settings: str = "kind: choice\nchoices: [Few, Many]\nseconds: 20"):
    """The prediction of a lesson whose simulation opens with four servers in turn."""
    block = (
        f":::{{predict}} strategies\n---\n{settings}\nat: [[5, stop.4, true]]\n{options}\n---\nWhat will happen?\n:::\n\n"
        ":::{claim} load-balancing-strategies\n---\nid: stopped\nsettings: {servers: 4}\n---\n:::\n\n"
    )
    source = lesson("x-x", "X").replace(":::{simulation}", block + ":::{simulation}", 1)
    parts = parse_lesson(source, "x.md").parts
    [found] = [part["simulation"]["predict"] for part in parts if "simulation" in part]
    return found


def test_the_choice_that_happens_and_why():
    found = predict('right: 2\noutcome: "A quarter went to the dead server: [80](claim:stopped/throughput) a second."')
    assert found["right"] == 2
    assert '<a class="claim" href="?claim=stopped#sim-strategies"' in found["outcome_html"]
    with pytest.raises(ContentErrors, match=r"right: expected the number of one of the 2 choices, not 3"):
        predict('right: 3\noutcome: "[80](claim:stopped/throughput)"')


def test_failed_requests_are_counted_when_the_lesson_is_read():
    found = predict('measure: failed\noutcome: "[80](claim:stopped/throughput)"')
    scenario = load_scenario("load-balancing-strategies")
    opening = [Change(*row) for row in found["timeline"]]
    run = simulate(Experiment(scenario, scenario.seed, tuple(opening)), 20)
    assert found["counted"] == sum(run["errors"].values()) > 0
    assert found["label"] == "Failed requests"


def test_a_measure_of_the_last_seconds_is_that_of_whole_runs():
    found = predict('measure: goodput\nover: 10\noutcome: "[80](claim:stopped/throughput)"')
    scenario = load_scenario("load-balancing-strategies")
    opening = [Change(*row) for row in found["timeline"]]
    assert found["counted"] == simulate(Experiment(scenario, scenario.seed, tuple(opening)), 10, 10)["goodput"]
    with pytest.raises(ContentErrors, match="over: expected at most seconds"):
        predict('measure: goodput\nover: 30\noutcome: "[80](claim:stopped/throughput)"')
