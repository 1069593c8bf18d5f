"""The course that ships: it is whole, and its last question can be failed and passed."""

import pytest

from lessons.importer import check_content, import_content
from lessons.models import Lesson, Track
from lessons.questions import question_of
from tests.lessons.conftest import CONTENT


@pytest.fixture
def shipped(db):
    import_content(CONTENT)
    return {track.slug: track for track in Track.objects.all()}


def test_it_has_its_parts(shipped):
    free, paid = shipped["system-scaling"], shipped["surviving-overload"]
    assert [lesson.slug for lesson in free.lessons.published()] == [
        "why-systems-need-to-scale", "vertical-scaling", "horizontal-scaling", "load-balancing",
        "load-balancing-strategies", "stateless-servers", "autoscaling", "cdns", "scalable-system-architecture",
    ]  # fmt: skip
    assert paid.lessons.published().count() == 2
    assert free.is_free
    assert not paid.is_free
    for lesson in Lesson.objects.all():
        assert len(lesson.key_points) == 3
        assert len(lesson.body_html.split()) > 600, lesson
        assert "<figure>" in lesson.body_html, lesson


def test_nothing_in_it_is_wrong():
    assert check_content(CONTENT) == []


def test_five_questions_of_five_kinds_with_an_explanation_for_everything(shipped):
    questions = list(shipped["system-scaling"].questions.published())
    assert [question.kind for question in questions] == ["number", "order", "multiple", "number", "tune"]
    for question in questions:
        data = question.data
        assert data["why_html"]
        explained = [*data.get("choices", []), *data.get("items", []), *data.get("mistakes", [])]
        assert len(explained) > 3, question
        assert all(each["why_html"] for each in explained), question


def test_the_fifth_question_fails_as_it_opens_and_the_fix_passes(shipped):
    question = shipped["system-scaling"].questions.get(kind="tune")
    tune = question_of("tune", {**question.data, "uid": question.uid})
    strategies = {key for key, _ in tune.public()["controls"][0]["choices"]}
    looking = {"least-connections", "two-choices"} & strategies
    assert question.data["opening"]["strategy"] not in looking
    for strategy in sorted(strategies):
        graded = tune.grade({"strategy": strategy})
        assert graded.outcome["runs"] >= 20
        assert graded.correct == (strategy in looking), (strategy, graded.outcome)
        assert graded.correct or any("why_html" in each for each in graded.feedback), strategy
