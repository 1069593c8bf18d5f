"""What a challenge may ask for: several bounds at once, of a station too, in runs that something happens to."""

import pytest

from lessons.questions import question_of
from lessons.questions.targets import Target, joined
from lessons.questions.tune import Tune, TuneOptions
from simulator import load_scenario

DEATH = {
    "id": "death",
    "scenario": "pool",
    "fixed": {"arrival_rate": 320},
    "at": [[10, "stop.1", True]],
    "free": ["servers"],
    "opening": {"servers": 4},
    "target": {"measure": "p99", "at_most": 0.15},
    "also": [{"measure": "cost_per_hour", "at_most": 0.505}],
    "duration": 60,
    "warm_up": 10,
    "runs": 3,
    "pass": 2,
    "why": "why",
}


def tune(**other):
    return question_of("tune", Tune.build(TuneOptions(**{**DEATH, **other}), lambda text: text))


def test_all_bounds_must_hold_in_the_same_run():
    question = tune()
    assert not question.grade({"servers": 4}).correct  # fast until one dies
    assert question.grade({"servers": 5}).correct
    graded = question.grade({"servers": 6})
    assert not graded.correct  # fast, and too dear
    assert "p99 latency was" in graded.summary_html
    assert "cost was $0.60 an hour" in graded.summary_html


def test_what_happens_later_is_in_every_run_and_in_the_one_that_is_shown():
    question = tune()
    for experiment in (question.opening(), question.tried({"servers": 5}), *question.trials({"servers": 5}).experiments):
        assert [(each.at, each.control) for each in experiment.timeline if each.at] == [(10, "stop.1")]


def test_the_target_is_told_whole():
    """Of money whole cents, on the safe side: who keeps what is printed keeps the bound."""
    told = tune().public()["target_text"]
    assert "p99 latency at 150 ms or less and cost at $0.50 an hour or less over 1 simulated minute, in" in told
    three = tune(also=[*DEATH["also"], {"measure": "error_rate", "at_most": 0.01}], duration=600)
    assert "less, cost at $0.50 an hour or less and the error rate at 1% or less" in three.public()["target_text"]
    assert "over 10 simulated minutes" in three.public()["target_text"]
    assert "over 20 simulated seconds" in tune(duration=20).public()["target_text"]
    assert "over 1.5 simulated minutes" in tune(duration=90).public()["target_text"]


@pytest.mark.parametrize(
    ("target", "bound"),
    [
        ({"measure": "lost_sessions", "at_most": 0}, "lost sessions at 0"),
        ({"measure": "throughput", "at_least": 1200}, "throughput at 1,200 requests/s or more"),
        ({"measure": "cost_per_hour", "at_most": 1.45}, "cost at $1.45 an hour or less"),
        ({"measure": "cost_per_hour", "at_least": 1.451}, "cost at $1.46 an hour or more"),
        ({"measure": "share.max", "at_most": 0.36}, "the busiest server's share of requests at 36% or less"),
    ],
)
def test_bounds_as_people_write_them(target, bound):
    assert Target(**target).bound_text(load_scenario("pool")) == bound


def test_a_miss_says_what_broke_and_gives_nothing_away():
    question = tune()
    slow = question.grade({"servers": 4}, {"passed": 0, "runs": 3, "median": 2.602, "medians": [2.602, 0.4]})
    assert "In the middle run p99 latency was 2,602 ms and cost was $0.40 an hour." in slow.summary_html
    assert "The bound that broke: p99 latency at 150 ms or less." in slow.summary_html
    assert "why" not in slow.summary_html
    assert slow.answer_html == "why"
    near = question.grade({"servers": 5}, {"passed": 1, "runs": 3, "median": 0.149, "medians": [0.149, 0.5]})
    assert "So the middle run holds, and 2 of the 3 do not." in near.summary_html
    hair = question.grade({"servers": 5}, {"passed": 1, "runs": 3, "median": 0.1502, "medians": [0.1502, 0.5]})
    assert "p99 latency was 150.2 ms" in hair.summary_html
    before = question.grade({"servers": 5}, {"passed": 1, "runs": 3, "median": None})  # as answers were stored at first
    assert "The bound that broke: p99 latency" in before.summary_html
    passed = question.grade({"servers": 5}, {"passed": 3, "runs": 3, "median": 0.1, "medians": [0.1, 0.5]})
    assert "broke" not in passed.summary_html


def test_a_measure_of_one_station_and_of_the_busiest_server():
    scenario = load_scenario("architecture")
    target = Target(measure="app.mean_response_time", at_most=0.06)
    target.check(scenario)
    assert target.bound_text(scenario) == "mean latency at the app servers at 60 ms or less"
    assert target.measured({"stations": {"app": {"mean_response_time": 0.05}}}) == 0.05
    shares = {"stations": {"app": {"servers": [{"share": 0.2}, {"share": 0.8}]}}}
    assert Target(measure="share.max", at_most=0.5).measured(shares) == 0.8
    assert not target.holds(None)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"target": {"measure": "happiness", "at_most": 1}}, "expected one of"),
        ({"target": {"measure": "app.happiness", "at_most": 1}}, "expected one of"),
        ({"target": {"measure": "app.utilisation", "at_most": 1}}, "one of the stations servers"),
        ({"also": [{"measure": "p99"}]}, "at_most or at_least"),
        ({"at": [[0, "stop.1", True]]}, "outside of the run"),
        ({"at": [[900, "stop.1", True]]}, "outside of the run"),
        ({"at": [[20, "stop.1", True], [10, "stop.2", True]]}, "order of their times"),
        ({"at": [[20, "stop.99", True]]}, "stop.99"),
    ],
)
def test_what_cannot_be_asked_is_a_mistake(changed, said):
    with pytest.raises(ValueError, match=said):
        TuneOptions(**{**DEATH, **changed})


def test_lists_in_words():
    assert [joined(each) for each in (["a"], ["a", "b"], ["a", "b", "c"])] == ["a", "a and b", "a, b and c"]
