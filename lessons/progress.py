"""What a learner has opened, done and answered: before there is an account, and after."""

import uuid
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone

from lessons.models import Answer, Attempt, Lesson, LessonProgress, Question, Track

SESSION_KEY = "visitor"


@dataclass(frozen=True)
class Learner:
    """A user, or a visitor known by a number in the session."""

    user_id: int | None = None
    visitor: uuid.UUID | None = None

    @classmethod
    def of(cls, request: HttpRequest, *, make: bool = False) -> "Learner":
        """Who asks. With `make`, a visitor without a number gets one (and thereby a session)."""
        if request.user.is_authenticated:
            return cls(user_id=request.user.pk)
        known = request.session.get(SESSION_KEY)
        if known is None and make:
            known = request.session[SESSION_KEY] = str(uuid.uuid4())
        return cls(visitor=uuid.UUID(known)) if known else cls()

    @property
    def owner(self) -> dict[str, Any]:
        """The fields by which rows belong to this learner; matches nothing for a nobody."""
        if self.user_id is not None:
            return {"user_id": self.user_id}
        return {"visitor": self.visitor or uuid.UUID(int=0)}

    @property
    def known(self) -> bool:
        """Whether anything can belong to this learner yet."""
        return self.user_id is not None or self.visitor is not None


def done_lessons(learner: Learner) -> set[int]:
    """The ids of the lessons that the learner marked as done."""
    if not learner.known:
        return set()
    return set(LessonProgress.objects.of(learner).exclude(done_at=None).values_list("lesson_id", flat=True))


def note_opened(learner: Learner, lesson: Lesson) -> LessonProgress | None:
    """Remember that a lesson was opened; None for a visitor without a number."""
    if not learner.known:
        return None
    return LessonProgress.objects.get_or_create(**learner.owner, lesson=lesson)[0]


def set_done(learner: Learner, lesson: Lesson, done: bool) -> None:
    """Mark a lesson as done, or as not done."""
    LessonProgress.objects.update_or_create(
        **learner.owner, lesson=lesson, defaults={"done_at": timezone.now() if done else None}
    )


def current_attempt(learner: Learner, track: Track, *, make: bool = False) -> Attempt | None:
    """The learner's newest walk through the questions; with `make`, the first one is begun."""
    if not learner.known:
        return None
    found = Attempt.objects.of(learner).filter(track=track).last()
    if found is None and make:
        found = Attempt.objects.get_or_create(**learner.owner, track=track, number=1)[0]
    return found


def begin_again(learner: Learner, track: Track) -> None:
    """Start a new walk through the questions; the old one stays as it was."""
    last = current_attempt(learner, track)
    if last and last.answers.exists():
        Attempt.objects.get_or_create(**learner.owner, track=track, number=last.number + 1)


def record(attempt: Attempt, question: Question, given: Any, graded: dict[str, Any]) -> Answer:
    """Store an answer unless there is one already; gives the one that counts."""
    try:
        with transaction.atomic():
            return Answer.objects.create(attempt=attempt, question=question, given=given, graded=graded)
    except IntegrityError:
        return Answer.objects.get(attempt=attempt, question=question)


def merge(visitor: uuid.UUID, user_id: int) -> None:
    """Give a user what they did as a visitor. What the user has already wins; safe to repeat."""
    with transaction.atomic():
        mine = {row.lesson_id: row for row in LessonProgress.objects.filter(user_id=user_id)}
        for row in LessonProgress.objects.filter(visitor=visitor):
            own = mine.get(row.lesson_id)
            if own is None:
                row.user_id, row.visitor = user_id, None
                row.save()
                continue
            if row.done_at and not own.done_at:
                own.done_at = row.done_at
                own.save()
            row.delete()
        for attempt in Attempt.objects.filter(visitor=visitor):
            last = Attempt.objects.filter(user_id=user_id, track=attempt.track_id).last()
            attempt.number = last.number + 1 if last else 1
            attempt.user_id, attempt.visitor = user_id, None
            attempt.save()
