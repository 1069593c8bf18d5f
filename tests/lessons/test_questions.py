"""Reading and grading, for whatever is sent."""

import contextlib
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lessons.markdown import parse_questions
from lessons.questions import AnswerError, question_of
from tests.lessons.content import QUESTIONS

ASKED = {each.kind: question_of(each.kind, {**json.loads(json.dumps(each.data)), "uid": each.uid})
         for each in parse_questions(QUESTIONS, "questions.md")}  # fmt: skip
QUICK = [ASKED[kind] for kind in ("single", "multiple", "number", "order")]
FIELDS = ["choice", "value", "strategy"] + [f"position-{item['key']}" for item in ASKED["order"].data["items"]]
KEYS = [each["key"] for kind in ("single", "multiple") for each in ASKED[kind].data["choices"]]
VALUES = st.one_of(st.text(max_size=120), st.sampled_from([*KEYS, "1", "2", "3", "4711", "nan", "1e999", "-0", "4.711e3"]))


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)  # building text tables, the first time
@given(st.dictionaries(st.sampled_from(FIELDS), st.lists(VALUES, max_size=4)))
def test_a_form_is_read_or_refused_and_never_breaks(form):
    for question in QUICK:
        try:
            answer = question.read(form)
        except AnswerError:
            continue
        stored = json.loads(json.dumps(answer, allow_nan=False))
        graded = question.grade(stored)
        assert graded.score in (0.0, 1.0)
        assert graded == question.grade(stored)
    with contextlib.suppress(AnswerError):
        assert set(ASKED["tune"].read(form)) == {"strategy"}


@given(st.floats(0, 1e6))
def test_a_number_is_right_within_its_tolerance_and_only_there(number):
    assert ASKED["number"].grade(number).correct == (abs(number - 4711) <= 4711 * 0.03 + 1e-5)


@given(st.sets(st.sampled_from([each["key"] for each in ASKED["multiple"].data["choices"]]), min_size=1))
def test_several_are_right_only_together(chosen):
    wanted = {each["key"] for each in ASKED["multiple"].data["choices"] if each["correct"]}
    assert ASKED["multiple"].grade(sorted(chosen)).correct == (chosen == wanted)


@given(st.permutations([item["key"] for item in ASKED["order"].data["items"]]))
def test_an_order_is_right_only_in_order(keys):
    graded = ASKED["order"].grade(list(keys))
    assert graded.correct == (list(keys) == [item["key"] for item in ASKED["order"].data["items"]])
    assert [each["given_position"] for each in graded.feedback] == [keys.index(each["key"]) + 1 for each in graded.feedback]


def test_numbers_as_people_type_them():
    for text in ("4711", " 4711 ", "4,711", "4711 ms", "4711.0", "4.711e3", "4 711"):
        assert ASKED["number"].read({"value": [text]}) == 4711
    assert ASKED["number"].read({"value": ["12,5"]}) == 12.5


def test_what_a_page_may_show_holds_no_answer():
    for question in ASKED.values():
        public = json.dumps(question.public())
        assert not any(word in public for word in ("correct", "WHY-", "4711", "mistake"))
    shown = [item["key"] for item in ASKED["order"].public()["items"]]
    assert shown != [item["key"] for item in ASKED["order"].data["items"]]


def test_tuning_is_graded_by_the_simulator_and_once():
    tune = ASKED["tune"]
    graded = tune.grade({"strategy": "least-connections"})
    assert graded.correct
    assert graded.outcome["runs"] == 3
    assert tune.grade({"strategy": "least-connections"}, {"passed": 0, "runs": 3, "median": None}).correct is False


def test_sliders_are_read_in_the_units_of_the_page():
    data = {**ASKED["tune"].data, "free": ["service_time", "servers"], "fixed": {}, "opening": {}}
    tune = question_of("tune", data)
    assert tune.read({"service_time": ["12"], "servers": ["4"]}) == {"service_time": 0.012, "servers": 4}
    shown = {each["name"]: each for each in tune.public()["controls"]}
    assert (shown["service_time"]["unit"], shown["service_time"]["value"]) == ("ms", 10)
    for wrong in ("nan", "1e999", "-1", "5000", "x", "1_0", "", "٣"):
        with pytest.raises(AnswerError):
            tune.read({"service_time": [wrong], "servers": ["4"]})
    with pytest.raises(AnswerError):
        tune.read({"service_time": ["12"], "servers": ["4.5"]})


def test_what_is_typed_need_not_lie_on_the_sliders_step():
    """The number that a formula gives is an answer too; of servers only whole ones."""
    data = {**ASKED["tune"].data, "free": ["arrival_rate", "servers"], "fixed": {}, "opening": {}}
    tune = question_of("tune", data)
    shown = {each["name"]: each for each in tune.public()["controls"]}
    assert (shown["arrival_rate"]["typed"], shown["servers"]["typed"]) == ("any", 1)
    assert shown["arrival_rate"]["step"] > 1
    assert tune.read({"arrival_rate": ["333.25"], "servers": ["4"]}) == {"arrival_rate": 333.25, "servers": 4}


@pytest.mark.parametrize(("percent", "said"), [(1.5, "1.5%"), (2, "2%"), (0, "")])
def test_a_tolerance_as_people_write_it(percent, said):
    public = question_of("number", {**ASKED["number"].data, "tolerance_percent": percent}).public()
    assert public["tolerance_text"] == said


def test_a_challenge_may_move_the_controls_of_an_inner_station():
    fixed = {"scenario": "hedging", "fixed": {}, "opening": {}, "free": ["leaves.hedge_after", "leaves.cancel_hedges"]}
    public = question_of("tune", {**ASKED["tune"].data, **fixed}).public()
    assert [each["name"] for each in public["controls"]] == ["leaves.hedge_after", "leaves.cancel_hedges"]
    assert public["controls"][0]["value"] == 0
