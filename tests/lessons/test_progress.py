"""What a visitor did is theirs after they sign in: nothing lost, nothing twice."""

import uuid

import pytest
from django.urls import reverse

from lessons.models import Answer, Attempt, Lesson, LessonProgress
from lessons.progress import SESSION_KEY, Learner, answer_once, merge


@pytest.fixture
def visitor():
    return uuid.uuid4()


def answer(learner, track, number, correct=True, attempt=None):
    question = track.questions.published().get(number=number)
    attempt = attempt or learner.attempt(track)
    return answer_once(attempt, question, given="x", correct=correct, score=float(correct))


def lesson_of(track, number=1):
    return Lesson.objects.get(track=track, number=number)


def test_a_visitor_marks_a_lesson_and_keeps_it_after_signing_in(free, alice, client):
    client.post(reverse("lessons:complete", args=[free.slug, "beginning"]))
    assert "1 of 2" in client.get("/").content.decode()
    client.force_login(alice, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert "1 of 2" in client.get("/").content.decode()
    assert LessonProgress.objects.get().user == alice
    assert SESSION_KEY not in client.session


def test_marking_twice_is_once_and_unmarking_undoes_it(free, client):
    url = reverse("lessons:complete", args=[free.slug, "beginning"])
    client.post(url)
    client.post(url)
    assert LessonProgress.objects.count() == 1
    client.post(url, {"done": "0"})
    assert not LessonProgress.objects.exists()


def test_both_did_the_same_lesson(free, alice, visitor):
    for learner in (Learner(visitor=visitor), Learner(user=alice)):
        learner.mark(lesson_of(free), True)
    first = LessonProgress.objects.get(visitor=visitor).done_at
    merge(visitor, alice)
    merge(visitor, alice.pk)
    assert LessonProgress.objects.get().done_at == first


def test_answers_to_other_questions_join_the_unfinished_go(free, alice, visitor):
    answer(Learner(user=alice), free, 1)
    answer(Learner(visitor=visitor), free, 2)
    merge(visitor, alice)
    assert Attempt.objects.get().answers.count() == 2


@pytest.mark.parametrize("visitor_first", [True, False])
def test_of_two_answers_to_one_question_the_first_counts(free, alice, visitor, visitor_first):
    learners = [Learner(visitor=visitor), Learner(user=alice)]
    first, second = learners if visitor_first else learners[::-1]
    answer(first, free, 1, correct=False)
    answer(second, free, 1, correct=True)
    merge(visitor, alice)
    assert Answer.objects.get().correct is False


def test_a_finished_go_stays_and_the_visitors_becomes_the_next(free, alice, visitor):
    for number in range(1, 6):
        answer(Learner(user=alice), free, number)
    answer(Learner(visitor=visitor), free, 1)
    merge(visitor, alice)
    merge(visitor, alice)
    assert [each.answers.count() for each in Attempt.objects.filter(user=alice)] == [5, 1]


def test_all_of_a_visitors_goes_come_along(free, alice, visitor):
    learner = Learner(visitor=visitor)
    answer(learner, free, 1)
    answer(learner, free, 1, attempt=learner.start_over(free))
    learner.start_over(free)
    merge(visitor, alice)
    assert [each.answers.count() for each in Attempt.objects.filter(user=alice)] == [1, 1]
    assert not Attempt.objects.filter(visitor=visitor).exists()


@pytest.mark.parametrize("nonsense", [None, "", "not-a-uuid"])
def test_nobody_to_merge(alice, nonsense):
    merge(nonsense, alice)
