"""Questions inside a lesson: answered where they stand, as often as one likes; every go is kept."""

from dataclasses import dataclass

from django.db import transaction
from django.urls import reverse

from lessons.models import CheckAnswer, Lesson, Question
from lessons.progress import Learner, finish
from lessons.questions import Form, Graded
from lessons.quiz import AskedQuestion, asked, graded, kind_of


@dataclass(frozen=True)
class Check:
    """A question of a lesson as a page shows it: open, or graded with the learner's latest answer."""

    number: int
    title: str
    url: str
    question: AskedQuestion
    graded: Graded | None
    go: int
    error: str = ""
    given: str | list[str] = ""

    @property
    def ids(self) -> str:
        """What stands before its ids on a page with several."""
        return f"check-{self.number}-"


class Checks:
    """The questions of one lesson for one learner: one query for the questions, one for the answers."""

    def __init__(self, lesson: Lesson, learner: Learner) -> None:
        self.lesson, self.learner = lesson, learner
        self.questions = list(Question.objects.of_lesson(lesson))
        self.latest: dict[int, CheckAnswer] = {}
        self.right: set[int] = set()  # questions (ids) that were answered rightly in some go
        if learner.known and self.questions:
            rows = CheckAnswer.objects.filter(**learner.owner, question__lesson=lesson).order_by("number")
            self.latest = {row.question_id: row for row in rows}
            self.right = {row.question_id for row in rows if row.correct}

    @property
    def finished(self) -> bool:
        """Whether each of the lesson's questions was answered rightly once."""
        return bool(self.questions) and all(question.pk in self.right for question in self.questions)

    def shown(self, number: int, *, again: bool = False, error: str = "", given: str | list[str] = "") -> Check:
        """A question by its number (IndexError otherwise); with `again`, or after an error, it is open once more."""
        question = self._question(number)
        answer = self.latest.get(question.pk)
        shown = None if again or error else answer
        return Check(
            number=number,
            title=question.data.get("title", ""),
            url=reverse("lessons:check", args=[self.lesson.track.slug, self.lesson.slug, number]),
            question=asked(question, shown),
            graded=graded(question, shown),
            go=(answer.number if answer else 0) + (1 if shown is None else 0),
            error=error,
            given=given,
        )

    def answer(self, number: int, go: int, form: Form) -> bool:
        """Grade and keep an answer of this go, unless that go has one; AnswerError when it cannot be read.

        True when with it the lesson is done.
        """
        question = self._question(number)
        latest = self.latest.get(question.pk)
        if latest is not None and go <= latest.number:
            return False
        kind = kind_of(question)
        given = kind.read(form)
        found = kind.grade(given)  # outside of the transaction: it takes seconds
        with transaction.atomic():
            kept, _ = CheckAnswer.objects.get_or_create(
                **self.learner.owner,
                question=question,
                number=(latest.number if latest else 0) + 1,
                defaults={"given": given, "outcome": found.outcome, "correct": found.correct, "score": found.score},
            )
            done = kept.correct and finish(self.learner.owner, self.lesson.pk)
        self.latest[question.pk] = kept
        if kept.correct:
            self.right.add(question.pk)
        return done

    def _question(self, number: int) -> Question:
        if not 1 <= number <= len(self.questions):
            raise IndexError(number)
        return self.questions[number - 1]
