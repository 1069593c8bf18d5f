"""The question section of a track for one learner: what is asked, what was answered, what it scored."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString

from lessons.models import Answer, Attempt, CheckAnswer, Question, Track
from lessons.progress import Learner, answer_once, scores
from lessons.questions import Form, Graded, Kind, question_of
from lessons.simulations import Row, still
from lessons.still import LEAST, NARROW, default_table, strips


@dataclass(frozen=True)
class Shown:
    """A run beside a question: its picture and the figures that the question is about."""

    title: str
    still_svg: SafeString
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class AskedQuestion:
    """A question as a page may know it."""

    kind: str
    prompt_html: str
    public: dict[str, Any]
    figures_html: str
    runs: list[Shown]


def kind_of(question: Question) -> Kind:
    """The question with its answer."""
    return question_of(question.kind, {**question.data, "uid": question.uid})


def asked(question: Question, answer: Answer | CheckAnswer | None) -> AskedQuestion:
    """What may be shown of a question: nothing of the right answer unless it is answered."""
    kind = kind_of(question)
    public = kind.public() if answer is None else kind.answered(answer.given)
    return AskedQuestion(question.kind, question.prompt_html, public, question.figures_html, runs_of(kind, answer))


def graded(question: Question, answer: Answer | CheckAnswer | None) -> Graded | None:
    """The grading of an answer: the verdict as it was then, the words as they are now."""
    if answer is None:
        return None
    found = kind_of(question).grade(answer.given, answer.outcome or None)
    return replace(found, correct=answer.correct, score=answer.score)


def runs_of(kind: Kind, answer: Answer | CheckAnswer | None) -> list[Shown]:
    """The run that a question is about and, once it is answered, what the learner made of it; on one scale."""
    found = [("As it opens", kind.opening())]
    if answer is not None:
        found.append(("With your settings", kind.tried(answer.given)))
    runs = [(title, run) for title, run in found if run is not None]
    top = max((waiting for _, run in runs for row in strips(run).values() for waiting in row), default=0)
    shown = kind.measures()
    return [Shown(title, still(run, NARROW, max(LEAST, top)), default_table(run.scenario, run, shown)) for title, run in runs]


@dataclass
class Quiz:
    """A track's questions and a learner's latest go at them."""

    track: Track
    learner: Learner

    @cached_property
    def questions(self) -> list[Question]:
        """The questions, in order; their place in this list is the number that readers see."""
        return list(self.track.questions.published())

    @cached_property
    def attempts(self) -> list[Attempt]:
        """Every go, first to latest."""
        return self.learner.attempts(self.track)

    @cached_property
    def answers(self) -> dict[int, Answer]:
        """The answers of the latest go, by question id."""
        return {answer.question_id: answer for answer in self.attempts[-1].answers.all()} if self.attempts else {}

    def answer(self, number: int, form: Form) -> None:
        """Grade and keep an answer; the first one counts, so a second is not even read. AnswerError if unreadable."""
        question = self.questions[number - 1]
        if question.pk in self.answers:
            return
        kind = kind_of(question)
        given = kind.read(form)
        graded = kind.grade(given)
        answer_once(
            self.learner.attempt(self.track),
            question,
            given=given,
            outcome=graded.outcome,
            correct=graded.correct,
            score=graded.score * question.points,
        )
        self.__dict__.pop("attempts", None)
        self.__dict__.pop("answers", None)

    def asked(self, number: int) -> AskedQuestion:
        """What may be shown of a question."""
        question = self.questions[number - 1]
        return asked(question, self.answers.get(question.pk))

    def graded(self, number: int) -> Graded | None:
        """The grading of an answered question."""
        question = self.questions[number - 1]
        return graded(question, self.answers.get(question.pk))

    def url(self, number: int) -> str:
        """The page of a question."""
        return reverse("lessons:question", args=[self.track.slug, number])

    @property
    def score_url(self) -> str:
        """The page of the score."""
        return reverse("lessons:score", args=[self.track.slug])

    def next_url(self, number: int) -> str:
        """Where one goes after a question."""
        return self.url(number + 1) if number < len(self.questions) else self.score_url

    def stepper(self, current: int | None = None) -> list[dict[str, Any]]:
        """A step for each question: number, state, url."""
        steps = []
        for number, question in enumerate(self.questions, 1):
            answer = self.answers.get(question.pk)
            state = "current" if number == current else "todo"
            if answer is not None:
                state = "right" if answer.correct else "wrong"
            steps.append({"number": number, "state": state, "url": self.url(number)})
        return steps

    def first_open(self) -> int | None:
        """The number of the first question without an answer."""
        return next((at for at, each in enumerate(self.questions, 1) if each.pk not in self.answers), None)

    def result(self) -> dict[str, Any]:
        """What the score page says. Every go stays: with several, the first and the best are named too."""
        out_of = sum(question.points for question in self.questions)
        found = scores(self.attempts, [question.pk for question in self.questions])
        score = found[-1] if found else 0.0
        open_ = self.first_open()
        review = [
            {"number": number, "question": self.asked(number), "graded": self.graded(number), "url": self.url(number)}
            for number in range(1, len(self.questions) + 1)
        ]
        return {
            "score": score,
            "out_of": out_of,
            "review": review,
            "unanswered": sum(question.pk not in self.answers for question in self.questions),
            "resume_url": self.url(open_) if open_ else "",
            "passed": open_ is None and score >= 0.8 * out_of,
            "attempt_number": len(found) or 1,
            "first_score": found[0] if len(found) > 1 else None,
            "best_score": max(found) if len(found) > 1 else None,
        }
