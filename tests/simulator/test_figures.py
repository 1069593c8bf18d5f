"""The figures beside the picture: whose utilisation, what is counted since when, of which class, and which formula fits."""

import pytest

from simulator import Change, Experiment, Run, ScenarioError, load_scenario, parse_scenario, simulate
from simulator.theory import said


def run(name: str, *settings: tuple[str, object], later: tuple[Change, ...] = ()) -> Run:
    scenario = load_scenario(name)
    return Run(Experiment(scenario, 1, (*(Change(0, *each) for each in settings), *later)))


def last(played: Run, seconds: int) -> dict:
    for second in range(int(played.now) + 1, seconds + 1):
        segment = played.advance(second)
    return segment.readouts


def test_utilisation_is_that_of_the_servers_that_work():
    """Idle nodes of a session store, a CDN's places and a root that only waits are not what a learner asks about."""
    played = run("stateless", ("servers", 2))
    busy = last(played, 20)["utilisation"]
    assert busy == pytest.approx(played.measures()["stations"]["servers"]["utilisation"], abs=0.08)
    found = simulate(run("hedging", ("arrival_rate", 126.5), ("visits", 1)).experiment, 60, 10)
    assert found["utilisation"] == found["stations"]["leaves"]["utilisation"] < 0.3
    labels = {each["name"]: each["label"] for each in load_scenario("hedging").describe()["readouts"]}
    assert labels["utilisation"] == "Utilisation, leaves"


def test_lost_sessions_are_counted_from_the_start():
    played = run("stateless", ("servers", 4), ("sessions", "memory"), later=(Change(20, "stop.2", True),))
    lost = last(played, 40)["lost_sessions"]
    assert lost > 100
    assert last(played, 60)["lost_sessions"] >= lost


def test_what_holds_from_the_start_has_moved_no_keys():
    assert last(run("sharding", ("arrival_rate", 1000), ("placement", "mod")), 3)["moved_keys"] is None
    assert last(run("sharding", later=(Change(2, "servers", 9),)), 5)["moved_keys"] > 0


def test_the_goodput_of_a_class():
    readouts = last(run("shedding", ("arrival_rate", 100)), 30)
    assert readouts["goodput.premium"] + readouts["goodput.free"] == pytest.approx(readouts["goodput"], rel=0.25)
    text = "name: x\ntitle: X\nclients: {arrival_rate: 10}\nclasses: [{name: gold, share: 1}]\n"
    text += "stations: [{name: servers}]\nreadouts: [goodput.silver]\n"
    with pytest.raises(ScenarioError, match="there is no class 'silver'"):
        parse_scenario(text)
    with pytest.raises(ScenarioError, match=r"there is no readout 'p99\.gold'"):
        parse_scenario(text.replace("goodput.silver", "p99.gold"))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"arrival_rate": 30, "retries": 3}, "λ(1 + r) against C: does not heal by itself after an outage (limit 25 %)"),
        ({"arrival_rate": 80, "retries": 3, "retry_budget": 0.1}, "λ(1 + budget) against C: heals by itself"),
        ({"arrival_rate": 95, "retries": 3, "retry_budget": 0.1}, "does not heal by itself after an outage (limit 91 %)"),
    ],
)
def test_a_storm_is_judged_by_what_bounds_the_retries(settings, words):
    scenario = load_scenario("retry-storm")
    opening = tuple(Change(0, name, value) for name, value in settings.items())
    assert words in said(scenario, Experiment(scenario, 1, opening).settings_at(0.0), ["up"])["name"]
