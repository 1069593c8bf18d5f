"""The questions: honest, whatever is pressed, sent or reloaded."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from lessons.models import Answer, Attempt
from tests.lessons.conftest import signed_in
from tests.lessons.content import SECRETS

HTMX = {"HTTP_HX_REQUEST": "true"}
KEYS = {"single": 1, "multiple": 2, "number": 3, "order": 4, "tune": 5}


def url(track, number):
    return reverse("lessons:question", args=[track.slug, number])


def right(track, number):
    question = track.questions.published().get(number=number)
    data = question.data
    if question.kind in ("single", "multiple"):
        return {"choice": [each["key"] for each in data["choices"] if each["correct"]]}
    if question.kind == "number":
        return {"value": "4,711"}
    if question.kind == "order":
        return {f"position-{item['key']}": place for place, item in enumerate(data["items"], 1)}
    return {"strategy": "least-connections"}


def wrong(track, number):
    choices = track.questions.published().get(number=number).data["choices"]
    return {"choice": [next(each["key"] for each in choices if not each["correct"])]}


@pytest.mark.parametrize("headers", [{}, HTMX])
@pytest.mark.parametrize("number", range(1, 6))
def test_no_answer_is_told_before_it_is_graded(free, client, number, headers):
    page = client.get(url(free, number), **headers).content.decode()
    assert f"Question {number} of 5" in page
    assert not any(secret in page for secret in SECRETS)


def test_all_five_without_javascript(free, client):
    for number in range(1, 6):
        response = client.post(url(free, number), right(free, number))
        assert (response.status_code, response.url) == (302, url(free, number))  # then the reload posts nothing
        assert "Correct" in client.get(url(free, number)).content.decode()
    page = client.get(reverse("lessons:score", args=[free.slug])).content.decode()
    assert "<b>5</b><span>of 5 correct" in page
    assert all(why in page for why in ("WHY-ALPHA", "WHY-NUMBER", "WHY-ORDER", "WHY-TUNE"))


def test_with_htmx_only_the_screen_comes(free, client):
    page = client.post(url(free, 1), wrong(free, 1), **HTMX).content.decode()
    assert page.strip().startswith("<div") or 'id="screen"' in page
    assert "<html" not in page
    assert "WHY-ALPHA" in page
    assert "WHY-BETA" in page


def test_revealing_and_answering_again_gains_nothing(free, client):
    client.post(url(free, 1), wrong(free, 1))
    page = client.post(url(free, 1), right(free, 1), **HTMX).content.decode()
    assert 'data-verdict="Not correct"' in page
    assert Answer.objects.get().correct is False


def test_starting_over_keeps_the_first_score_and_says_so(free, client):
    score = reverse("lessons:score", args=[free.slug])
    client.post(url(free, 1), wrong(free, 1))
    assert client.post(score, {"again": "1"}).url == url(free, 1)
    client.post(score, {"again": "1"})  # pressed twice
    assert list(Attempt.objects.values_list("number", flat=True)) == [1, 2]
    client.post(url(free, 1), right(free, 1))
    context = client.get(score).context
    assert (context["score"], context["first_score"], context["best_score"], context["attempt_number"]) == (1, 0, 1, 2)


def test_the_score_page_has_this_go_the_first_and_the_best(free, client):
    score = reverse("lessons:score", args=[free.slug])
    for answers in ([wrong, right], [right, right], [wrong, wrong]):
        for number, answer in enumerate(answers, 1):
            client.post(url(free, number), answer(free, number))
        shown = client.get(score)
        assert shown["Cache-Control"] == "no-store, private"
        client.post(score, {"again": "1", "attempt": shown.context["attempt_number"]})
    page = shown.content.decode()
    assert "<b>0</b><span>of 5 correct" in page
    goes = re.findall(r"<dt>([^<]*)</dt>\s*<dd>\s*([^<]*?)\s*</dd>", page[page.index('class="goes"') :])[:3]
    assert goes == [("This is go", "3"), ("Your first", "1 of 5"), ("Your best", "2 of 5")]


def test_reload_and_back_lose_nothing(free, client):
    client.post(url(free, 1), wrong(free, 1))
    client.post(url(free, 2), right(free, 2))
    for _ in range(2):
        page = client.get(url(free, 1))
        assert 'data-verdict="Not correct"' in page.content.decode()
        assert page["Cache-Control"] == "no-store, private"
    score = client.get(reverse("lessons:score", args=[free.slug]))
    assert "3 questions to go" in score.content.decode()
    assert score.context["resume_url"] == url(free, 3)


def test_two_tabs_count_once(free, client):
    client.get(url(free, 1))
    client.post(url(free, 2), right(free, 2))  # now there is a session that both tabs have
    other = Client()
    other.cookies = client.cookies
    client.post(url(free, 1), wrong(free, 1))
    stale = other.post(url(free, 1), right(free, 1), **HTMX).content.decode()
    assert 'data-verdict="Not correct"' in stale
    assert Answer.objects.filter(question__number=1).count() == 1
    score = reverse("lessons:score", args=[free.slug])
    for tab in (client, other):  # both show the first go; one presses after the other has answered again
        tab.post(score, {"again": "1", "attempt": "1"})
        client.post(url(free, 1), right(free, 1))
    assert [each.number for each in Attempt.objects.all()] == [1, 2]


@pytest.mark.parametrize(
    ("number", "form"),
    [
        (1, {}), (1, {"choice": ""}), (1, {"choice": "nonsense"}), (1, {"choice": ["a", "b"]}),
        (1, {"choice": "x" * 5000}),
        (2, {}), (2, {"choice": ["x"] * 100}),
        (3, {}), (3, {"value": "NaN"}), (3, {"value": "1e999"}), (3, {"value": "9" * 99}), (3, {"value": "1" * 4000}),
        (3, {"value": "1_000"}), (3, {"value": "٣"}), (3, {"value": ["1", "2"]}), (3, {"value": "0x10"}),
        (4, {}), (4, {"position-a": "1"}),
        (5, {}), (5, {"strategy": "magic"}), (5, {"strategy": ["random", "random"]}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_what_cannot_be_graded_is_refused_in_words_and_not_kept(free, client, number, form, headers):
    response = client.post(url(free, number), form, **headers)
    assert response.status_code == 422
    assert 'id="question-error"' in response.content.decode()
    assert not any(secret in response.content.decode() for secret in SECRETS)
    assert not Answer.objects.exists()


def test_the_fixed_settings_cannot_be_moved(free, client):
    client.post(url(free, 5), {"strategy": "random", "arrival_rate": "20", "servers": "12"})
    answer = Answer.objects.get()
    assert answer.given == {"strategy": "random"}
    assert not answer.correct


def test_the_known_mistake_is_named(free, client):
    page = client.post(url(free, 5), {"strategy": "round-robin"}, **HTMX).content.decode()
    assert page.index("WHY-ROUND") < page.index("Show what passes, and why") < page.index("WHY-TUNE")
    assert "of 3 runs" in page
    review = client.get(reverse("lessons:score", args=[free.slug])).content.decode()
    assert review.index("WHY-ROUND") < review.index("Show what passes, and why") < review.index("WHY-TUNE")


@pytest.mark.parametrize("number", [0, 6, 999999999999])
def test_there_is_no_such_question(free, client, number):
    assert client.get(url(free, number)).status_code == 404


def test_reading_leaves_no_trace(free, client):
    client.get(url(free, 1))
    client.get("/")
    assert not client.cookies.get("sessionid")


def test_two_learners_do_not_meet(free, alice, bob):
    signed_in(alice).post(url(free, 1), right(free, 1))
    assert "data-verdict" not in signed_in(bob).get(url(free, 1)).content.decode()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("who", ["alice", "visitor"])
def test_fifty_at_once_count_once(free, alice, who):
    first = signed_in(alice) if who == "alice" else Client()
    first.post(url(free, 2), {"choice": "nonsense"})  # not kept, but now the visitor has a session
    session = first.cookies
    forms = [right(free, 1), wrong(free, 1)] * 25

    def submit(form):
        client = Client()
        client.cookies = session
        try:
            return client.post(url(free, 1), form).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        assert set(pool.map(submit, forms)) == {302}
    assert Attempt.objects.count() == 1
    assert Answer.objects.count() == 1


def test_the_pages_cost_few_queries(free, bob, django_assert_max_num_queries):
    client = signed_in(bob)
    client.post(url(free, 1), right(free, 1))
    with django_assert_max_num_queries(14):
        client.get(url(free, 1))
    with django_assert_max_num_queries(14):
        client.get(reverse("lessons:score", args=[free.slug]))
