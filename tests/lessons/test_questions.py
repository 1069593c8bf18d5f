"""The question section: honest, forgiving of reloads, deaf to tricks."""

import contextlib
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from lessons.importer import import_content
from lessons.markdown import render
from lessons.models import Answer, Attempt, LessonProgress, Question
from lessons.progress import Learner, merge
from lessons.questions import KINDS, Unreadable
from tests.lessons.conftest import CONTENT

FIRST = "/tracks/system-scaling/questions/1/"


def test_a_number_is_graded_and_explained(client, free):
    page = client.get(FIRST).content.decode()
    assert "Question 1 of 5" in page
    assert "<b>100 ms" not in page
    right = client.post(FIRST, {"value": "100"}, follow=True)
    assert "Correct" in right.content.decode()


def test_the_first_answer_counts_whatever_comes_after(client, free):
    client.post(FIRST, {"value": "56"})
    client.post(FIRST, {"value": "100"})
    answer = Answer.objects.get()
    assert not answer.graded["correct"]
    assert answer.given == 56.0


def test_reload_and_back_lose_nothing(client, free):
    client.post(FIRST, {"value": "100"})
    client.get("/tracks/system-scaling/questions/2/")
    again = client.get(FIRST).content.decode()
    assert "Correct" in again
    assert "Check answer" not in again
    score = client.get("/tracks/system-scaling/questions/score/").content.decode()
    assert "4 questions to go" in score


def test_trying_again_begins_a_new_attempt_and_keeps_the_old_one(client, free):
    client.post(FIRST, {"value": "56"})
    client.post("/tracks/system-scaling/questions/score/", {"again": "1"})
    assert "Check answer" in client.get(FIRST).content.decode()
    client.post(FIRST, {"value": "100"})
    assert Attempt.objects.count() == 2
    assert [answer.graded["correct"] for answer in Answer.objects.order_by("pk")] == [False, True]


@pytest.mark.parametrize("value", ["", "abc", "NaN", "1e999", "inf", "9" * 40, "\x00", "１００", "1,2,3"])
def test_what_is_no_number_is_refused_and_nothing_is_stored(client, free, value):
    answer = client.post(FIRST, {"value": value})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert not Answer.objects.exists()


def test_htmx_gets_the_fragment_and_a_plain_form_the_page(client, free):
    fragment = client.post(FIRST, {"value": "100"}, headers={"HX-Request": "true"})
    assert fragment.status_code == 200
    assert "<html" not in fragment.content.decode()
    assert client.post(FIRST, {"value": "100"}).status_code == 302


def test_no_answer_is_in_a_page_before_it_is_given(client, free):
    for question in free.questions.all():
        page = client.get(f"/tracks/system-scaling/questions/{question.number}/").content.decode()
        hidden = [question.data["why"]]
        for part in question.data.get("choices", []) + question.data.get("items", []) + question.data.get("mistakes", []):
            hidden.append(part.get("why", ""))
        for text in filter(None, hidden):
            words = re.sub(r"[*`$]", "", text).strip()[:60]
            assert words not in page
        assert '"correct"' not in page
        assert "tolerance" not in page or question.kind == "number"


def test_the_order_shown_is_not_the_answer_and_keys_tell_nothing(free):
    question = free.questions.get(kind="order")
    shown = [item["key"] for item in KINDS["order"](question.uid, question.data, render).public()["items"]]
    assert not set(shown) & {item["key"] for item in question.data["items"]}


def test_tuning_is_graded_by_the_simulator(free):
    question = free.questions.get(kind="tune")
    kind = KINDS["tune"](question.uid, question.data, render)
    assert kind.grade(kind.read(QueryDict("strategy=least-connections"))).correct
    wrong = kind.grade(kind.read(QueryDict("strategy=random")))
    assert not wrong.correct
    assert "0 of" in wrong.summary_html
    for bad in ("", "strategy=best", "strategy=random&strategy=two-choices"):
        with pytest.raises(Unreadable):
            kind.read(QueryDict(bad))


@pytest.mark.django_db(transaction=True)
def test_fifty_parallel_submissions_count_once():
    import_content(CONTENT)
    client = Client()
    client.post(FIRST, {"value": "1x"})  # a visitor's number, no answer yet
    cookie = client.cookies["sessionid"].value

    def submit(value):
        other = Client()
        other.cookies["sessionid"] = cookie
        try:
            return other.post(FIRST, {"value": str(value)}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(submit, range(50)))
    assert set(codes) == {302}
    assert Answer.objects.count() == 1


def test_what_a_visitor_did_is_the_users_after_signing_in(client, people, free):
    client.post("/tracks/system-scaling/cdns/done/")
    client.post(FIRST, {"value": "100"})
    visitor = LessonProgress.objects.get().visitor
    alice = people["alice"]
    for _ in range(2):  # safe to repeat
        merge(visitor, alice.pk)
    learner = Learner(user_id=alice.pk)
    assert LessonProgress.objects.of(learner).get().done_at
    assert Attempt.objects.of(learner).get().answers.count() == 1
    assert not LessonProgress.objects.exclude(visitor=None).exists()


@given(st.text(max_size=30))
def test_reading_a_number_gives_a_finite_one_or_refuses(text):
    kind = KINDS["number"]("q", {"unit": "", "answer": 1, "tolerance_percent": 1, "mistakes": [], "why": ""}, render)
    form = QueryDict(mutable=True)
    form["value"] = text
    with contextlib.suppress(Unreadable):
        assert abs(kind.read(form)) < 1e25


def test_every_question_has_its_template(free):
    assert {question.kind for question in Question.objects.all()} <= set(KINDS)
