"""Questions inside a lesson: answered where they stand, as often as one likes, and never told beforehand."""

import re
import uuid

import pytest
from django.test import Client
from django.urls import reverse

from lessons.importer import import_content
from lessons.markdown import ContentErrors, parse_lesson
from lessons.models import CheckAnswer, Lesson, LessonProgress, Question
from lessons.progress import Learner, merge
from tests.lessons.conftest import signed_in
from tests.lessons.content import SECRETS, lesson

HTMX = {"HTTP_HX_REQUEST": "true"}
PAGE = "/tracks/system-scaling/beginning/"
URL = PAGE + "questions/1/"
CHALLENGE = """
:::{challenge} Hold the line
---
id: system-hold
scenario: load-balancing-strategies
fixed: {arrival_rate: 320, servers: 4}
free: [strategy]
target: {measure: p99, at_most: 0.1}
duration: 30
runs: 3
pass: 2
opening: {strategy: random}
why: "WHY-HOLD"
---
Bring p99 down.
:::
"""


def keys(track, correct):
    choices = Question.objects.get(uid=f"{track.uid.replace('scaling', 'system')}-beginning-check").data["choices"]
    return [each["key"] for each in choices if each["correct"] == correct]


@pytest.fixture
def right(free):
    return {"choice": keys(free, True)}


@pytest.fixture
def wrong(free):
    return {"choice": keys(free, False)}


def test_it_stands_in_its_lesson_and_tells_nothing(free, client):
    page = client.get(PAGE).content.decode()
    assert page.index("BODY-OF-system-beginning") < page.index("Which of the two in system-beginning?")
    assert "Check yourself" in page
    assert not any(word in page for word in SECRETS if word != "BODY-OF-")
    assert "WHY-" not in client.get(URL, **HTMX).content.decode()


def test_it_is_no_part_of_the_question_section(free, client):
    assert "of 5" in client.get("/tracks/system-scaling/questions/1/").content.decode()
    assert [each.kind for each in free.questions.published()] == ["single", "multiple", "number", "order", "tune"]
    assert client.get("/").context["tracks"][0].questions_total == 5


def test_without_javascript_the_way_leads_back_to_its_place(free, client, wrong):
    response = client.post(URL, {**wrong, "go": "1"})
    assert (response.status_code, response.url) == (302, f"{PAGE}#check-1")
    page = client.get(PAGE)
    assert 'data-verdict="Not correct"' in page.content.decode()
    assert "WHY-GAMMA" in page.content.decode()
    assert page["Cache-Control"] == "no-store, private"


def test_with_htmx_only_the_question_comes(free, client, right):
    page = client.post(URL, {**right, "go": "1"}, **HTMX).content.decode()
    assert page.strip().startswith("<section")
    assert "<html" not in page
    assert 'data-verdict="Correct"' in page


def test_one_may_try_again_and_every_go_is_kept(free, client, wrong, right):
    client.post(URL, {**wrong, "go": "1"})
    client.post(URL, {**right, "go": "1"})  # a second tab, or the back button: that go has its answer
    assert [each.correct for each in CheckAnswer.objects.all()] == [False]
    again = client.get(URL + "?again=1")
    assert again.url == f"{PAGE}?again=1#check-1"
    opened = client.get(PAGE + "?again=1").content.decode()
    assert "Check answer" in opened
    assert "WHY-" not in opened
    go = re.search(r'name="go" value="(\d)"', client.get(URL + "?again=1", **HTMX).content.decode())[1]
    client.post(URL, {**right, "go": go})
    assert [(each.number, each.correct) for each in CheckAnswer.objects.all()] == [(1, False), (2, True)]
    assert 'data-verdict="Correct"' in client.get(PAGE).content.decode()


@pytest.mark.parametrize("form", [{}, {"choice": "nonsense"}, {"choice": ["a", "b"]}, {"choice": "x" * 5000}])
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_what_cannot_be_graded_is_refused_in_words(free, client, form, headers):
    response = client.post(URL, {**form, "go": "1"}, **headers)
    assert response.status_code == 422
    page = response.content.decode()
    assert 'role="alert"' in page
    assert ("BODY-OF-system-beginning" in page) == (headers == {})
    assert "WHY-" not in page
    assert not CheckAnswer.objects.exists()


@pytest.mark.parametrize("go", ["", "0", "-1", "9" * 50, "١", "one"])
def test_a_go_that_makes_no_sense_is_the_next(free, client, right, go):
    client.post(URL, {**right, "go": go})
    assert [each.number for each in CheckAnswer.objects.all()] == [1]


@pytest.mark.parametrize("path", ["0/", "2/", "99999999999/"])
def test_there_is_no_such_question(free, client, path):
    assert client.get(PAGE + "questions/" + path).status_code == 404


@pytest.mark.parametrize("who", ["visitor", "alice", "refunded"])
def test_locked_is_locked(locked, who, client, request):
    visitor = client if who == "visitor" else signed_in(request.getfixturevalue(who))
    url = reverse("lessons:check", args=[locked.slug, "beginning", 1])
    for response in (visitor.get(url), visitor.get(url, **HTMX), visitor.post(url, {"choice": "x", "go": "1"}, **HTMX)):
        assert response.status_code == 403
        assert "Which of the two" not in response.content.decode()


def test_what_a_visitor_answered_is_theirs_after_signing_in(free, alice, wrong, right):
    visitor = uuid.uuid4()
    question = Question.objects.get(uid="system-beginning-check")
    for learner, correct in ((Learner(user=alice), False), (Learner(visitor=visitor), True)):
        fields = {"given": "x", "correct": correct, "score": float(correct)}
        CheckAnswer.objects.create(**learner.owner, question=question, **fields)
    merge(visitor, alice)
    merge(visitor, alice)
    assert [(each.number, each.correct) for each in CheckAnswer.objects.filter(user=alice)] == [(1, False), (2, True)]


@pytest.fixture
def two(free, folder):
    """A lesson with a question and a challenge."""
    file = folder / "system-scaling" / "01-beginning.md"
    file.write_text(file.read_text() + CHALLENGE)
    import_content(folder)


DONE = "every question of this lesson is answered"


def test_a_lesson_is_done_once_all_of_its_questions_were_answered_rightly(two, client, right, wrong):
    client.post(URL, {**right, "go": "1"}, **HTMX)
    client.post(URL, {**wrong, "go": "2"}, **HTMX)  # what was right once stays so
    assert not LessonProgress.objects.exists()
    missed = client.post(PAGE + "questions/2/", {"strategy": "random", "go": "1"}, **HTMX).content.decode()
    assert DONE not in missed
    passed = client.post(PAGE + "questions/2/", {"strategy": "least-connections", "go": "2"}, **HTMX).content.decode()
    assert f"Done: {DONE}." in passed
    assert LessonProgress.objects.get().lesson.slug == "beginning"
    form = re.search(r'<form class="finish".*?</form>', passed, re.DOTALL)[0]
    assert 'hx-swap-oob="true"' in form
    assert "Mark as not done" in form
    progress = re.search(r'<span class="meta"\s+id="progress-system-scaling".*', passed, re.DOTALL)[0]
    assert "1 of 2 done" in progress
    again = client.post(PAGE + "questions/2/", {"strategy": "random", "go": "3"}, **HTMX).content.decode()
    assert DONE not in again
    page = client.get(PAGE).content.decode()
    assert f"Done: {DONE}" in page
    assert "1 of 2 done" in page
    assert "hx-swap-oob" not in page


def test_what_was_marked_by_hand_stays_until_there_is_news(free, client, right, wrong):
    complete = reverse("lessons:complete", args=[free.slug, "beginning"])
    client.post(complete)
    assert DONE not in client.get(PAGE).content.decode()
    client.post(URL, {**wrong, "go": "1"})
    assert LessonProgress.objects.exists()
    client.post(URL, {**right, "go": "2"})
    assert f"Done: {DONE}" in client.get(PAGE).content.decode()
    client.post(complete, {"done": "0"})
    client.post(URL, {**wrong, "go": "3"})
    assert "Mark as done" in client.get(PAGE).content.decode()


def test_no_answer_is_kept_without_what_follows_from_it(free, client, right, monkeypatch):
    def break_down(*_):
        raise OSError("no room on the disk")

    monkeypatch.setattr("lessons.checks.finish", break_down)
    with pytest.raises(OSError, match="no room"):
        client.post(URL, {**right, "go": "1"})
    assert not CheckAnswer.objects.exists()


@pytest.mark.parametrize("mine", ["system-hold", "system-beginning-check"])
def test_what_two_of_one_person_answered_is_a_lesson_done_after_signing_in(two, alice, mine):
    visitor = uuid.uuid4()
    for uid in ("system-hold", "system-beginning-check"):
        learner = Learner(user=alice) if uid == mine else Learner(visitor=visitor)
        fields = {"given": {"strategy": "random"}, "correct": True, "score": 1.0}
        CheckAnswer.objects.create(**learner.owner, question=Question.objects.get(uid=uid), **fields)
    merge(visitor, alice.pk)
    merge(visitor, alice.pk)
    assert LessonProgress.objects.get().user == alice


def test_two_learners_do_not_meet(free, alice, right):
    signed_in(alice).post(URL, {**right, "go": "1"})
    assert "data-verdict" not in Client().get(PAGE).content.decode()


def test_a_challenge_is_graded_by_the_simulator_as_often_as_one_tries(free, folder, client):
    file = folder / "system-scaling" / "01-beginning.md"
    file.write_text(file.read_text() + CHALLENGE)
    import_content(folder)
    page = client.get(PAGE).content.decode()
    assert "Challenge: Hold the line" in page
    assert "p99 latency at 100 ms or less" in page
    assert "WHY-HOLD" not in page
    assert "Running 3 runs…" in page  # what the button says meanwhile
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    url = PAGE + "questions/2/"
    first = client.post(url, {"strategy": "random", "go": "1"}, **HTMX).content.decode()
    assert "0 of 3 runs" in first
    assert "The bound that broke: p99 latency at 100 ms or less." in first
    hidden = re.search(r"<details[^>]*>\s*<summary>Show what passes, and why</summary>.*?</details>", first, re.DOTALL)
    assert "WHY-HOLD" in hidden[0]
    assert "WHY-HOLD" not in first.replace(hidden[0], "")
    assert "With your settings" in first
    second = client.post(url, {"strategy": "least-connections", "go": "2"}, **HTMX).content.decode()
    assert 'data-verdict="Correct"' in second
    assert "WHY-HOLD" in second
    assert "<details" not in second
    assert CheckAnswer.objects.filter(question__uid="system-hold").count() == 2
    assert not import_content(folder).changed


def test_a_question_moves_with_its_lesson_and_keeps_its_answers(free, folder, client, right):
    client.post(URL, {**right, "go": "1"})
    (folder / "system-scaling" / "01-beginning.md").rename(folder / "surviving-overload" / "07-moved.md")
    import_content(folder)
    moved = Lesson.objects.get(uid="system-beginning")
    assert CheckAnswer.objects.get().question.lesson == moved
    assert moved.track.slug == "surviving-overload"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (":::{challenge} Hold the line", ":::{challenge}", "expected a title"),
        ("free: [strategy]", "free: [magic]", "There is no control"),
        ("id: system-hold", "id: x-x-check", "no other question has"),
    ],
)
def test_a_challenge_that_cannot_be_set(old, new, said):
    with pytest.raises(ContentErrors, match=said):
        parse_lesson(lesson("x-x", "X") + CHALLENGE.replace(old, new), "x.md")


def test_a_question_stands_by_itself():
    nested = lesson("x-x", "X").replace(":::{question}", "::::{note} N\n:::{question}") + "::::\n"
    with pytest.raises(ContentErrors, match="expected a question outside of other directives"):
        parse_lesson(nested, "x.md")
