"""What a learner did, and whose it is: a user's, or a visitor's until they sign in."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest

from lessons.models import Answer, Attempt, CheckAnswer, Lesson, LessonProgress, Owned, Prediction, Question, SavedRun, Track

SESSION_KEY = "visitor"  # the visitor's uuid in the session


@dataclass(frozen=True)
class Learner:
    """A user, a visitor with a uuid, or (neither) somebody of whom nothing is kept yet."""

    user: Any = None
    visitor: uuid.UUID | None = None

    @classmethod
    def of(cls, request: HttpRequest, *, remember: bool = False) -> "Learner":
        """Who asks. Only with `remember` does a new visitor get a uuid and so a session: reading leaves no trace."""
        if request.user.is_authenticated:
            return cls(user=request.user)
        visitor = _uuid(request.session.get(SESSION_KEY))
        if visitor is None and remember:
            visitor = uuid.uuid4()
            request.session[SESSION_KEY] = str(visitor)
        return cls(visitor=visitor)

    @property
    def owner(self) -> dict[str, Any]:
        """The fields that say whose a row is."""
        if self.user is not None:
            return {"user": self.user}
        assert self.visitor is not None, "nothing is kept for a learner without a uuid"
        return {"visitor": self.visitor}

    @property
    def owner_if_known(self) -> dict[str, Any] | None:
        """`owner`, None for a learner of whom nothing is kept."""
        return self.owner if self.known else None

    @property
    def known(self) -> bool:
        """Whether there can be anything of theirs."""
        return self.user is not None or self.visitor is not None

    def done(self) -> set[int]:
        """The lessons (ids) marked as done: one query, none for a new visitor."""
        if not self.known:
            return set()
        return set(LessonProgress.objects.filter(**self.owner).values_list("lesson_id", flat=True))

    def mark(self, lesson: Lesson, done: bool) -> None:
        """Mark a lesson as done or as not done; again changes nothing."""
        if done:
            LessonProgress.objects.get_or_create(**self.owner, lesson=lesson)
        else:
            LessonProgress.objects.filter(**self.owner, lesson=lesson).delete()

    def attempts(self, track: Track) -> list[Attempt]:
        """All goes at a track's questions, first to latest, with their answers: two queries."""
        if not self.known:
            return []
        found = Attempt.objects.filter(**self.owner, track=track).order_by("number")
        return list(found.prefetch_related("answers"))

    def attempt(self, track: Track) -> Attempt:
        """The latest go at a track's questions; the first is made here."""
        latest = Attempt.objects.filter(**self.owner, track=track).order_by("number").last()
        return latest or Attempt.objects.get_or_create(**self.owner, track=track, number=1)[0]

    def start_over(self, track: Track, after: int | None = None) -> Attempt:
        """A new go. Earlier ones stay; pressed twice, or with nothing answered yet, there is no second new one.

        `after` is the number of the go that the page showed: when a later one is there already, that one it is.
        """
        latest = self.attempt(track)
        if not latest.answers.exists() or (after is not None and latest.number > after):
            return latest
        return Attempt.objects.get_or_create(**self.owner, track=track, number=latest.number + 1)[0]


def answer_once(attempt: Attempt, question: Question, **fields: Any) -> Answer:
    """Keep an answer, unless there is one: then that one is given back. Fifty at once count once."""
    return Answer.objects.get_or_create(attempt=attempt, question=question, defaults=fields)[0]


def finish(owner: dict[str, Any], lesson_id: int) -> bool:
    """Mark a lesson as done if each of its questions was answered rightly once; whether that is news.

    Called in the transaction of a right answer. Of two last answers at once the second waits here and sees the first. What
    a learner gets wrong later, or marks as not done, is not looked at.
    """
    Lesson.objects.select_for_update(no_key=True).filter(pk=lesson_id).values_list("pk").first()
    asked = Question.objects.filter(published=True, lesson=lesson_id)
    right = CheckAnswer.objects.filter(**owner, correct=True, question__lesson=lesson_id).values("question")
    if not asked.exists() or asked.exclude(pk__in=right).exists():
        return False
    return LessonProgress.objects.get_or_create(**owner, lesson_id=lesson_id)[1]


def merge(visitor: uuid.UUID | str | None, user: Any) -> None:
    """Give a visitor's progress to `user` (or their id): nothing lost, nothing twice. Again it has no effect."""
    known = _uuid(visitor)
    if known is None:
        return
    for last in (False, True):
        try:
            with transaction.atomic():
                _merge(known, user)
            return
        except IntegrityError:  # the same sign-in twice at once: the other one was quicker, so look again
            if last:
                raise


def _merge(visitor: uuid.UUID, user: Any) -> None:
    mine = LessonProgress.objects.filter(user=user)
    for row in LessonProgress.objects.filter(visitor=visitor):
        if known := mine.filter(lesson=row.lesson_id).first():
            if row.done_at < known.done_at:
                mine.filter(pk=known.pk).update(done_at=row.done_at)
            row.delete()
        else:
            _hand_over(row, user)
    for attempt in Attempt.objects.filter(visitor=visitor).order_by("track", "number").prefetch_related("answers"):
        latest = Attempt.objects.filter(user=user, track=attempt.track_id).order_by("number").last()
        if not attempt.answers.all():
            attempt.delete()
        elif latest is None:
            _hand_over(attempt, user, number=1)
        elif attempt.number == 1 and not _complete(latest):
            _fold(attempt, latest)
        else:
            _hand_over(attempt, user, number=latest.number + 1)

    answered = CheckAnswer.objects.filter(visitor=visitor).select_related("question").order_by("question", "number")
    lessons = {check.question.lesson_id for check in answered if check.correct}
    for check in answered:
        own = CheckAnswer.objects.filter(user=user, question=check.question_id).order_by("number").last()
        _hand_over(check, user, number=own.number + 1 if own else 1)
    for lesson_id in sorted(lesson_id for lesson_id in lessons if lesson_id is not None):
        finish({"user_id": getattr(user, "pk", user)}, lesson_id)
    for said in Prediction.objects.filter(visitor=visitor).order_by("number"):
        last = Prediction.objects.filter(user=user, lesson=said.lesson_id, simulation=said.simulation).order_by("number").last()
        _hand_over(said, user, number=last.number + 1 if last else 1)
    free = free_places({"user": user})
    for run in SavedRun.objects.filter(visitor=visitor).order_by("-updated_at"):
        if free:  # the latest find a place first; what does not fit into the account is let go
            _hand_over(run, user, place=free.pop(0))
        else:
            run.delete()


def free_places(owner: dict[str, Any]) -> list[int]:
    """The places that a learner has left for saved runs, in order."""
    taken = set(SavedRun.objects.filter(**owner).values_list("place", flat=True))
    return [place for place in range(SavedRun.MOST) if place not in taken]


def _hand_over(row: Owned, user: Any, **changes: Any) -> None:
    row.user_id, row.visitor = getattr(user, "pk", user), None
    for name, value in changes.items():
        setattr(row, name, value)
    row.save()


def _complete(attempt: Attempt) -> bool:
    asked = Question.objects.published().filter(track=attempt.track_id)
    return not asked.exclude(answers__attempt=attempt).exists()


def _fold(attempt: Attempt, into: Attempt) -> None:
    """Move the answers of one go into another; of two answers to one question the earlier counts."""
    for answer in attempt.answers.all():
        other = into.answers.filter(question=answer.question_id).first()
        if other and other.answered_at <= answer.answered_at:
            continue
        if other:
            other.delete()
        Answer.objects.filter(pk=answer.pk).update(attempt=into)
    Attempt.objects.filter(pk=attempt.pk).delete()


def scores(attempts: Iterable[Attempt], asked: Iterable[int]) -> list[float]:
    """What each go scored on the questions (ids) that are asked today."""
    wanted = set(asked)
    return [sum(answer.score for answer in each.answers.all() if answer.question_id in wanted) for each in attempts]


def _uuid(value: object) -> uuid.UUID | None:
    try:
        return value if isinstance(value, uuid.UUID) else uuid.UUID(str(value))
    except ValueError:
        return None


__all__ = ["SESSION_KEY", "Learner", "answer_once", "finish", "free_places", "merge", "scores"]
