"""The course that ships: it is whole, and its last question can be failed and passed."""

import re
from html import unescape

import pytest

from lessons.importer import check_content
from lessons.markdown.sketches import USUAL, sketches
from lessons.models import Lesson, Question, Track
from lessons.questions import question_of
from tests.lessons.conftest import CONTENT, import_shipped


@pytest.fixture
def shipped(db):
    import_shipped()
    return {track.slug: track for track in Track.objects.all()}


def test_it_has_its_parts(shipped):
    free, paid = shipped["system-scaling"], shipped["surviving-overload"]
    assert [lesson.slug for lesson in free.lessons.published()] == [
        "why-systems-need-to-scale", "vertical-scaling", "horizontal-scaling", "load-balancing",
        "load-balancing-strategies", "stateless-servers", "autoscaling", "cdns", "scalable-system-architecture",
    ]  # fmt: skip
    assert [lesson.slug for lesson in paid.lessons.published()] == [
        "caching-and-stampedes", "replication", "sharding-and-hot-partitions", "queues-and-backpressure",
        "rate-limiting-and-load-shedding", "retries-and-metastable-failure", "tail-latency-and-hedging", "game-day",
    ]  # fmt: skip
    assert [question.kind for question in paid.questions.published()][-1] == "tune"
    assert paid.questions.published().count() == 5
    assert free.is_free
    assert not paid.is_free
    for lesson in Lesson.objects.all():
        assert len(lesson.key_points) == 3
        assert len(lesson.body_html.split()) > 600, lesson
        assert "<figure>" in lesson.body_html, lesson


def test_no_two_lessons_have_the_same_drawings(client, shipped):
    lessons = Lesson.objects.all()
    assert len({tuple(lesson.sketches) for lesson in lessons}) == len(lessons) == 17
    used = {name for lesson in lessons for name in lesson.sketches} | set(USUAL)
    assert used == set(sketches())
    page = client.get("/tracks/system-scaling/why-systems-need-to-scale/").content.decode()
    for name in ("knee", "mixed", "growing"):
        assert sketches()[name] in page


def test_the_drawings_use_what_the_page_has_colours_for():
    styled = set(re.findall(r"\.(kp-[a-z]+) \{", (CONTENT.parents[1] / "static/css/pages.css").read_text()))
    for name, drawing in sketches().items():
        assert drawing.startswith("<"), name
        assert set(re.findall(r"<([a-z]+)", drawing)) <= {"path", "rect", "circle"}, name
        assert len(re.findall(r"<[a-z]", drawing)) == len(re.findall('class="kp-', drawing)), name
        assert set(re.findall(r'class="([^"]*)"', drawing)) <= styled, name


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


def secrets_of(data):
    """Every explanation that a question holds, without its marks."""
    for key, value in data.items():
        if key == "why_html" and value:
            yield re.sub(r"<[^>]*>", "", value)[:60]
        for each in value if isinstance(value, list) else ():
            yield from secrets_of(each) if isinstance(each, dict) else ()


@pytest.mark.parametrize("headers", [{}, {"HTTP_HX_REQUEST": "true"}])
@pytest.mark.parametrize("number", range(1, 6))
def test_no_page_tells_an_answer_before_it_is_given(shipped, client, number, headers):
    question = shipped["system-scaling"].questions.published().get(number=number)
    page = client.get(f"/tracks/system-scaling/questions/{number}/", **headers).content.decode()
    text = unescape(re.sub(r"<[^>]*>", "", page))
    secrets = list(secrets_of(question.data))
    assert len(secrets) > 4
    assert not any(unescape(secret) in text for secret in secrets)
    assert not any(word in page for word in ("correct&quot;", '"correct"', "mistake", "Correct answer"))
    if question.kind == "order":
        shown = re.findall(r'data-key="(\w+)"', page)
        assert sorted(shown) == sorted(item["key"] for item in question.data["items"])
        assert shown != [item["key"] for item in question.data["items"]]
    if question.kind == "tune":
        tune = question_of("tune", {**question.data, "uid": question.uid})
        hidden = {each.seed for each in tune.trials({}).experiments}
        assert tune.opening().seed not in hidden
        assert not any(str(seed) in page for seed in hidden)


def test_beside_each_question_stands_what_it_is_about(shipped, client):
    for number in range(1, 6):
        page = client.get(f"/tracks/system-scaling/questions/{number}/").content.decode()
        beside = page[page.index('class="beside"') :]
        assert "<figure" in beside
        assert re.search(r'<svg[^>]*aria-label="[^"]{20,}"', beside)
    answered = client.post("/tracks/system-scaling/questions/5/", {"strategy": "two-choices"}, follow=True).context["question"]
    opening, mine = answered.runs
    assert [run.title for run in answered.runs] == ["As it opens", "With your settings"]
    assert float({row[0]: row[1] for row in opening.rows}["p99 latency"]) > 100
    assert float({row[0]: row[1] for row in mine.rows}["p99 latency"]) < 100


def test_questions_inside_lessons_explain_every_choice(shipped):
    inside = Question.objects.filter(published=True).exclude(lesson=None)
    assert {question.lesson.slug for question in inside} >= {"why-systems-need-to-scale", "load-balancing-strategies"}
    for question in inside:
        told = [*question.data.get("choices", []), *question.data.get("mistakes", [])]
        assert len(told) >= 3
        assert all(each["why_html"] for each in told)
