"""The course that ships: it is whole, and its last question can be failed and passed."""

import re
from html import unescape

import pytest

from lessons.importer import check_content, import_content
from lessons.models import Lesson, Question, Track
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


SWEPT = {  # every tune question and challenge: what it frees, the settings that are meant to pass
    "q-tune-strategy": ("strategy", {"least-connections", "two-choices"}),
    "ss-strategies-slow": ("strategy", {"least-connections", "two-choices"}),
    "ss-vertical-size": ("workers", {15, 16, 17, 18}),
    "ss-why-rate": ("arrival_rate", {72, 74, 76, 78}),
    "ss-autoscaling-ramp": ("target", {50, 55, 60}),
}
TRIED = {
    "workers": [1, 8, 12, 13, 15, 16, 17, 18, 20, 24, 32, 64],
    "arrival_rate": [1, 60, 69, 72, 74, 76, 78, 82, 85, 90, 95, 150],
    "target": [30, 45, 50, 55, 60, 65, 80],
}


SWEPT_TOGETHER = {  # those that free several controls: settings that are meant to pass; what their authors call a mistake fails
    "ss-horizontal-death": [{"servers": 5}, {"servers": 5, "strategy": "least-connections"}],
    "ss-balancing-probes": [{"probe_interval": 5}, {"probe_interval": 4, "fall": 3}, {"probe_interval": 2, "fall": 3}],
    "ss-stateless-sale": [
        {"sessions": "store", "strategy": "random", "store_copies": 2},
        {"sessions": "store", "strategy": "round-robin", "store_copies": 3},
    ],
    "ss-cdns-both": [{"shield.ttl": 60}, {"edge.servers": 10, "shield.ttl": 120}],
    "ss-architecture-tour": [
        {"servers": 6, "database.servers": 1, "database.replicas": 1},
        {"servers": 6, "database.servers": 2, "database.replicas": 0},
    ],
    "so-caching-fresh": [{"cache.protection": "early-expiry", "cache.early_beta": 1}],
    "so-replication-size": [{"replicas": 7, "strategy": "least-connections"}, {"replicas": 7, "strategy": "two-choices"}],
    "so-sharding-hot": [{"placement": "bounded-ring", "virtual_nodes": 100, "load_bound": 1.25}],
    "so-queues-patience": [{"queue_limit": 19}, {"discipline": "lifo", "when_full": "drop-oldest"}],
    "so-shedding-vote": [{"throttle": 2}],
    "so-retries-hold": [{"queue_limit": 10}, {"queue_limit": 20}],
    "so-tail-busy": [{"leaves.cancel_hedges": True, "leaves.hedge_after": 0.03}],
    "so-game-night": [{"servers": 13, "database.replicas": 3}],
    "so-q-tune-storm": [{"queue_limit": 20}, {"queue_limit": 40}],
}


def tuned():
    return {question.uid for question in Question.objects.filter(kind="tune", published=True)}


def test_every_question_that_the_simulator_grades_is_swept(shipped):
    assert tuned() == set(SWEPT) | set(SWEPT_TOGETHER)


@pytest.mark.parametrize("uid", SWEPT_TOGETHER)
def test_several_controls_fail_as_they_open_and_as_mistaken_and_pass_as_intended(shipped, uid):
    question = Question.objects.get(uid=uid)
    tune = question_of("tune", {**question.data, "uid": uid})
    assert not tune.grade({}).correct
    assert len(question.data["mistakes"]) >= 2
    for mistake in question.data["mistakes"]:
        graded = tune.grade(mistake["setting"])
        assert not graded.correct, (mistake["setting"], graded.outcome)
        assert graded.feedback
    for setting in SWEPT_TOGETHER[uid]:
        graded = tune.grade(setting)
        assert graded.correct, (setting, graded.outcome)


@pytest.mark.parametrize("uid", SWEPT)
def test_it_fails_as_it_opens_and_passes_as_intended(shipped, uid):
    name, intended = SWEPT[uid]
    question = Question.objects.get(uid=uid)
    tune = question_of("tune", {**question.data, "uid": uid})
    choices = [key for key, _ in tune.public()["controls"][0]["choices"]]
    assert question.data["opening"][name] not in intended
    assert intended <= set(choices or TRIED[name])
    explained = 0
    for value in choices or TRIED[name]:
        graded = tune.grade({name: value})
        assert graded.outcome["runs"] >= 20
        assert graded.correct == (value in intended), (value, graded.outcome)
        explained += bool(graded.feedback)
    assert explained >= 4  # a wrong setting names the misconception behind it


def test_questions_inside_lessons_explain_every_choice(shipped):
    inside = Question.objects.filter(published=True).exclude(lesson=None)
    assert {question.lesson.slug for question in inside} >= {"why-systems-need-to-scale", "load-balancing-strategies"}
    for question in inside:
        told = [*question.data.get("choices", []), *question.data.get("mistakes", [])]
        assert len(told) >= 3
        assert all(each["why_html"] for each in told)
