"""What does not fit is refused with the range, the place and the expectation, before anything runs."""

import base64
import json
import math
import zlib

import pytest

from simulator import (
    Change,
    ControlValueError,
    Experiment,
    ExperimentError,
    LinkError,
    Run,
    ScenarioError,
    TooExpensive,
    UnknownControl,
    load_scenario,
    parse_scenario,
    scenario_names,
    simulate,
)
from simulator.__main__ import main
from simulator.scenario import FOLDER

SCENARIO = load_scenario("load-balancing-strategies")
TEXT = (FOLDER / "one-server.yaml").read_text()


@pytest.mark.parametrize("value", [5000, -1, math.nan, math.inf, True, "90", None, [90], 10**400])
def test_a_rate_outside_its_range_is_refused_with_the_range(value):
    with pytest.raises(ControlValueError, match="Arrival rate takes 20 to 1000 req/s"):
        SCENARIO.control("arrival_rate").check(value)


def test_a_time_is_refused_in_the_unit_that_the_learner_sees():
    with pytest.raises(ControlValueError, match="Mean service time takes 2 to 40 ms, not 500"):
        SCENARIO.control("service_time").check(0.5)


def test_choices_faults_and_counts_take_only_their_own_kind():
    with pytest.raises(ControlValueError, match="takes one of random, round-robin"):
        SCENARIO.control("strategy").check("best")
    with pytest.raises(ControlValueError, match="takes true or false"):
        SCENARIO.control("stop.3").check(1)
    with pytest.raises(ControlValueError, match="whole numbers from 2 to 12"):
        SCENARIO.control("servers").check(3.5)
    with pytest.raises(UnknownControl, match=r"There is no control 'stop\.13'"):
        SCENARIO.control("stop.13")


@pytest.mark.parametrize("at", [-1, math.nan, math.inf, "1", True, 1e9])
def test_a_change_at_an_impossible_time_is_refused(at):
    with pytest.raises(ExperimentError, match="between 0 and 86400"):
        Experiment(SCENARIO, 1, (Change(at, "servers", 4),))


def test_a_timeline_is_in_order_and_bounded():
    with pytest.raises(ExperimentError, match="order"):
        Experiment(SCENARIO, 1, (Change(2, "servers", 4), Change(1, "servers", 5)))
    with pytest.raises(ExperimentError, match="at most 200"):
        Experiment(SCENARIO, 1, tuple(Change(i, "servers", 4) for i in range(201)))
    with pytest.raises(ExperimentError, match="seed"):
        Experiment(SCENARIO, -1)


def test_a_segment_goes_forward():
    run = Run(Experiment(SCENARIO))
    run.advance(1)
    with pytest.raises(ExperimentError, match="ends after 1 s"):
        run.advance(1)


def test_links_hold_the_experiment_or_say_why_not():
    experiment = Experiment(SCENARIO, 9, (Change(0.25, "stop.3", True), Change(1.5, "arrival_rate", 90)))
    assert Experiment.from_link(experiment.to_link(), SCENARIO) == experiment
    for damaged in ("", "%%%", "AAAA", experiment.to_link()[:-8], "x" * 9000):
        with pytest.raises(LinkError, match="damaged"):
            Experiment.from_link(damaged, SCENARIO)
    old = json.dumps(["0", SCENARIO.digest[:8], 1, []]).encode()
    with pytest.raises(LinkError, match="no longer replays exactly"):
        Experiment.from_link(base64.urlsafe_b64encode(zlib.compress(old)).decode(), SCENARIO)


@pytest.mark.parametrize(
    ("wrong", "right", "said"),
    [
        ("clients: 60", "clients: 60, colour: red", r"one.yaml:6: clients.colour: Extra inputs"),
        ("arrival_rate: 50", "arrival_rate: 0", r"one.yaml:6: clients.arrival_rate: .*greater than 0"),
        (
            "arrival_rate: 50",
            "arrival_rate: 1e12",
            r"one.yaml:6: clients.arrival_rate: .*less than or equal to 20000",
        ),
        ("arrival_rate: 50", "arrival_rate: .nan", r"one.yaml:6: clients.arrival_rate: "),
        ("stations:", "rooms:", r"one.yaml:\d+: (stations|rooms): "),
        ("minimum: 1, maximum: 150", "minimum: 60, maximum: 150", r"opening value does not fit"),
        ("target: servers", "target: databases", r"there is no station .databases"),
        ("title: One", "title: [One", r"one.yaml:\d+: this is not YAML"),
    ],
)
def test_a_wrong_scenario_is_refused_with_file_line_and_expectation(wrong, right, said):
    assert wrong in TEXT
    with pytest.raises(ScenarioError, match=said):
        parse_scenario(TEXT.replace(wrong, right), file="one.yaml")


def test_every_shipped_scenario_reads_and_describes_itself():
    assert "load-balancing-strategies" in scenario_names()
    for name in scenario_names():
        scenario = load_scenario(name)
        assert scenario.name == name
        described = json.loads(json.dumps(scenario.describe(), allow_nan=False))
        names = {control["name"].rpartition(".")[2] for control in described["controls"]}  # `database.servers`
        assert names == {part.name for part in scenario.controls}
    with pytest.raises(ScenarioError, match="There is no scenario 'nothing'"):
        load_scenario("nothing")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run", "nothing"], "There is no scenario"),
        (["run", "pool", "--set", "servers"], "expected control=value"),
        (["run", "pool", "--set", "servers=900"], "takes whole numbers from 1 to 20"),
        (["run", "pool", "--duration", "-3"], "lasts between"),
        (["run", "pool", "--duration", "86400", "--budget", "1000"], "its budget is 1,000"),
    ],
)
def test_the_command_line_refuses_in_one_sentence(words, said, capsys):
    assert main(words) == 1
    assert said in capsys.readouterr().err


def test_a_comparison_is_paired_over_the_same_arrivals(capsys):
    words = "compare pool --a strategy=random --b strategy=shared-queue --replications 4 --duration 60 --json".split()
    assert main(words) == 0
    gap = json.loads(capsys.readouterr().out)["difference"]["mean_response_time"]
    assert gap["real"]
    assert gap["difference"] == pytest.approx(0.0174554 - 0.050, rel=0.4)


STATIONS = """name: two
title: Two stations
clients: {arrival_rate: 50}
stations:
  - name: app
    calls: [database]
  - name: database
    kind: database
  - {name: other, kind: servers}
"""


@pytest.mark.parametrize(
    ("wrong", "right", "said"),
    [
        ("calls: [database]", "calls: [databse]", r"two.yaml:6: stations.0.calls: there is no station 'databse'"),
        ("kind: database", "calls: [app]", r"two.yaml:7: stations.1: the stations call in a circle: app → database → app"),
        ("kind: database", "kind: cache", r"two.yaml:7: stations.1: .*a cache needs `calls`"),
        ("kind: database", "servers: 0", r"two.yaml:8: stations.1.servers: .*greater than or equal to 1"),
        ("name: other", "name: app", r"two.yaml:4: stations: two stations have the same name"),
        ("other, kind: servers", "other, then: app, calls: [app]", r"two.yaml:9: stations.2: .*not both"),
        ("other, kind: servers", "other, servers: 64", r"two.yaml:4: stations: .*at most 64 servers"),
        ("other, kind: servers", "other, strategy: nearest", r"two.yaml:9: stations.2: .*a place for each"),
        ("kind: database", "servers: 2\n    kind: database", r"two.yaml:7: stations.1: .*needs `objects`"),
        ("arrival_rate: 50}", "arrival_rate: 50, profile: {points: [[1, 1]]}}", r"two.yaml:3: clients.profile: .*stands at 0 s"),
        ("name: app", "name: app\n    workers: &w 2\n    servers: *w", r"two.yaml:7: .*expected no alias"),
    ],
)
def test_stations_that_do_not_fit_together_are_refused_with_their_line(wrong, right, said):
    assert wrong in STATIONS
    with pytest.raises(ScenarioError, match=said):
        parse_scenario(STATIONS.replace(wrong, right, 1), file="two.yaml")


def test_a_run_is_priced_with_all_that_its_requests_can_cause():
    text = STATIONS.replace("arrival_rate: 50}", "arrival_rate: 50, retries: 3, timeout: 1}")
    text = text.replace("calls:", "visits: 4\n    calls:")
    scenario = parse_scenario(text)
    assert Experiment(scenario).requests(10.0) == 500
    assert Experiment(scenario).price(10.0) == 500 * (1 + 3) * (1 + 4)
    with pytest.raises(TooExpensive, match="10,000"):
        simulate(Experiment(scenario), 10.0, budget=9_999)
