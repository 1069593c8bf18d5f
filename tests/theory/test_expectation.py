"""The line of theory under a simulation: what it says of which settings, and why it is silent."""

import pytest

from simulator import Change, Experiment, Run, load_scenario, simulate, theory

POOL = load_scenario("pool")


def says(scenario="pool", states=None, **changes):
    settings = {**load_scenario(scenario).defaults, **changes}
    return theory.expectation(settings, states or ["up"] * int(settings["servers"]))


@pytest.mark.parametrize(
    ("changes", "name", "mean"),
    [
        ({}, "M/M/4", 0.0174554),
        ({"workers": 2, "arrival_rate": 640}, "M/M/8", theory.mmc(640, 100, 8)["mean_response_time"]),
        ({"strategy": "random"}, "M/M/1 at each server", 0.05),
        ({"strategy": "random", "variability": 4}, "M/G/1 at each server", 0.11),
        ({"strategy": "round-robin"}, "E4/M/1 at each server", 0.0326738),
        ({"strategy": "weighted"}, "E4/M/1 at each server", 0.0326738),
        ({"strategy": "least-connections"}, "shortest of 4 queues", 0.0195313),
        ({"servers": 1, "arrival_rate": 120, "queue_limit": 9}, "M/M/1/10", 0.06926137844142957),
        ({"servers": 1, "workers": 10, "arrival_rate": 800, "queue_limit": 0, "variability": 4}, "M/G/10/10", 0.01),
        ({"servers": 2, "strategy": "random", "arrival_rate": 40, "speed.2": 0.5}, "M/M/c at each server, by its speed",
         (1 / 80 + 1 / 30) / 2),
        ({"spike": True, "spike_factor": 1.2, "arrival_rate": 250}, "M/M/4", theory.mmc(300, 100, 4)["mean_response_time"]),
    ],
)  # fmt: skip
def test_the_form_that_applies(changes, name, mean):
    found = says(**changes)
    assert (found["name"], found["holds"], found["why"]) == (name, True, "")
    assert found["mean_response_time"] == pytest.approx(mean, rel=1e-5)
    assert found["number_in_system"] == pytest.approx(found["throughput"] * found["mean_response_time"])


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"arrival_rate": 400, "queue_limit": 5000}, "more arrives than the servers can do"),
        ({"strategy": "two-choices"}, "limit of many servers"),
        ({"strategy": "sticky"}, "at home"),
        ({"strategy": "least-connections", "servers": 8}, "more than four queues"),
        ({"strategy": "weighted", "weight.1": 2.0}, "the weights differ"),
        ({"strategy": "round-robin", "speed.1": 2.0}, "differ in speed"),
        ({"strategy": "round-robin", "workers": 2}, "one worker"),
        ({"strategy": "round-robin", "queue_limit": 5}, "without limit"),
        ({"variability": 2}, "several workers"),
        ({"fast_fail.2": True}, "fails fast"),
    ],
)
def test_no_form_and_why(changes, why):
    found = says(**changes)
    assert not found["holds"]
    assert why in found["why"]
    assert found["mean_response_time"] is None


def test_a_server_that_is_not_up_silences_the_theory():
    found = says(states=["up", "down", "up", "up"])
    assert found["why"].startswith("S2 is down")
    assert found["throughput"] is None


@pytest.mark.parametrize("changes", [{"strategy": name} for name in ("shared-queue", "random", "least-connections")])
def test_what_it_says_is_what_is_measured(changes):
    timeline = tuple(Change(0.0, name, value) for name, value in changes.items())
    experiment = Experiment(POOL, 3, timeline)
    found = simulate(experiment, 1000, 50)
    settings = experiment.settings_at(0)
    expected = theory.expectation(settings, ["up"] * int(settings["servers"]))
    assert expected["holds"]
    assert found["mean_response_time"] == pytest.approx(expected["mean_response_time"], rel=0.03)
    assert found["mean_number_in_system"] == pytest.approx(expected["number_in_system"], rel=0.03)
    assert found["throughput"] == pytest.approx(expected["throughput"], rel=0.03)
    for p in ("p50", "p95", "p99"):
        if expected[p] is not None:
            assert found[p] == pytest.approx(expected[p], rel=0.06)


@pytest.mark.parametrize(
    ("scenario", "fault"),
    [("replication", "stop.1"), ("architecture", "stop.1"), ("architecture", "database.stop.1"), ("cdn", "edge.stop.1")],
)
def test_a_named_form_is_silent_while_a_server_is_down(scenario, fault):
    """Also where the states cannot tell: a fleet's servers that nobody has asked for yet are down, too."""
    system = load_scenario(scenario)
    experiment = Experiment(system, 1, (Change(5.0, fault, True), Change(9.0, fault, False)))
    before, during, after = (theory.said(system, experiment.settings_at(at), ["up"]) for at in (0, 6, 10))
    assert (before["holds"], after["holds"]) == (True, True)
    assert not during["holds"]
    assert during["why"].startswith("a server is down")
    assert during["throughput"] is None


def test_a_readout_without_a_value_says_when_it_will_have_one():
    """The words name the number of answers at which the engine begins to tell."""
    system = load_scenario("one-server")
    none = {each["name"]: each["none"] for each in system.describe()["readouts"]}
    assert none["throughput"] == ""
    run = Run(Experiment(system, 1, ()))
    told: dict[str, int] = {}
    for step in range(1, 1_000):
        segment = run.advance(step * 0.02)
        for name in ("mean_response_time", "p50", "p99"):
            if segment.readouts[name] is not None:
                told.setdefault(name, segment.window["answers"])
    for name, answers in told.items():
        needed = int(none[name].split()[1])
        assert needed <= answers <= needed + 6, "two steps of the clock bring a few answers"
    assert told.keys() == {"mean_response_time", "p50", "p99"}
