"""The question section: one question a page, graded on the server, answered once per attempt."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from lessons import progress
from lessons.cards import TrackCard
from lessons.markdown import render as render_markdown
from lessons.models import Answer, Attempt, Question
from lessons.progress import Learner
from lessons.questions import KINDS, Kind, Unreadable
from lessons.views import find_card, locked

PASS = 0.8  # share of the score from which a learner "has" the track


@dataclass(frozen=True)
class Shown:
    """A question as a template shows it: nothing of the answer is in it."""

    kind: str
    prompt_html: str
    public: dict[str, Any]


def _kind(question: Question) -> Kind:
    return KINDS[question.kind](question.uid, question.data, render_markdown)


def _answers(attempt: Attempt | None) -> dict[int, Answer]:
    return {answer.question_id: answer for answer in attempt.answers.all()} if attempt else {}


def _url(card: TrackCard, number: int) -> str:
    if number > card.questions_total:
        return reverse("lessons:score", args=[card.track.slug])
    return reverse("lessons:question", args=[card.track.slug, number])


def _stepper(card: TrackCard, questions: list[Question], answers: dict[int, Answer], here: int) -> list[dict[str, Any]]:
    steps = []
    for question in questions:
        answer = answers.get(question.pk)
        state = "current" if question.number == here else "todo"
        if answer:
            state = "right" if answer.graded["correct"] else "wrong"
        steps.append({"number": question.number, "state": state, "url": _url(card, question.number)})
    return steps


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
def question(request: HttpRequest, track: str, number: int) -> HttpResponse:
    """One question, open or graded. The first answer of an attempt counts; a reload shows it again."""
    card, found, learner = find_card(request, track)
    questions = list(card.track.questions.all())
    asked = next((row for row in questions if row.number == number), None)
    if asked is None:
        raise Http404("There is no such question.")
    if not card.access.allowed:
        return locked(request, card, found, None)
    kind = _kind(asked)
    error, status = "", 200
    given: Any = []
    if request.method == "POST":
        learner = Learner.of(request, make=True)
        attempt = progress.current_attempt(learner, card.track, make=True)
        assert attempt is not None
        if asked.pk not in _answers(attempt):
            try:
                answer = kind.read(request.POST)
            except Unreadable as wrong:
                error, status, given = str(wrong), 422, request.POST.getlist("choice") or request.POST.get("value", "")
            else:
                progress.record(attempt, asked, answer, kind.grade(answer).to_json())
        if not error and not request.htmx:  # type: ignore[attr-defined]
            return redirect(_url(card, number))
    else:
        attempt = progress.current_attempt(learner, card.track)
    answers = _answers(attempt)
    mine = answers.get(asked.pk)
    last = card.lessons[-1] if card.lessons else None
    context = {
        "track": card.track,
        "question": Shown(asked.kind, asked.prompt_html, _public(kind, mine)),
        "number": number,
        "total": card.questions_total,
        "stepper": _stepper(card, questions, answers, number),
        "graded": mine.graded if mine else None,
        "given": given,
        "back_url": card.track.get_absolute_url(),
        "next_url": _url(card, number + 1),
        "error": error,
        "last_lesson": last,
    }
    whole = not request.htmx or request.htmx.history_restore_request  # type: ignore[attr-defined]
    template = "lessons/question.html" if whole else "lessons/_question.html"
    return render(request, template, context, status=status)


def _public(kind: Kind, mine: Answer | None) -> dict[str, Any]:
    """What the page shows of a question; once answered, a tune question's controls stand as they were set."""
    public = kind.public()
    if mine and "controls" in public:
        for control in public["controls"]:
            value = mine.given.get(control["name"], control["value"])
            control["value"] = round(value * control["scale"], 9) if control["kind"] == "range" else value
    return public


@require_http_methods(["GET", "HEAD", "POST"])
def score(request: HttpRequest, track: str) -> HttpResponse:
    """The score with a review; posting `again` begins a new attempt."""
    card, found, learner = find_card(request, track)
    questions = list(card.track.questions.all())
    if not questions:
        raise Http404("This track has no questions.")
    if not card.access.allowed:
        return locked(request, card, found, None)
    if request.method == "POST":
        progress.begin_again(Learner.of(request, make=True), card.track)
        return redirect(_url(card, 1))
    answers = _answers(progress.current_attempt(learner, card.track))
    review = [
        {
            "number": asked.number,
            "question": Shown(asked.kind, asked.prompt_html, _kind(asked).public()),
            "graded": answers[asked.pk].graded if asked.pk in answers else None,
            "url": _url(card, asked.number),
        }
        for asked in questions
    ]
    open_ones = [asked.number for asked in questions if asked.pk not in answers]
    points = sum(float(answer.graded["score"]) for answer in answers.values())
    others = [other.track for other in found if other.track.pk != card.track.pk]
    context = {
        "track": card.track,
        "score": points,
        "out_of": float(len(questions)),
        "passed": points >= PASS * len(questions),
        "unanswered": len(open_ones),
        "resume_url": _url(card, open_ones[0]) if open_ones else "",
        "stepper": _stepper(card, questions, answers, 0),
        "review": review,
        "next_track": others[0] if others else None,
    }
    return render(request, "lessons/score.html", context)
