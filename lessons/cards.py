"""Tracks as pages show them: with the learner's access and progress."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Prefetch
from django.urls import reverse

from lessons.access import Access, access_to
from lessons.models import Lesson, Question, Track
from lessons.progress import Learner, done_lessons


@dataclass(frozen=True)
class LessonRow:
    """A lesson and how far the learner is with it: done, here, todo or locked."""

    lesson: Lesson
    state: str


@dataclass
class TrackCard:
    """A track with what one learner may open and has done."""

    track: Track
    access: Access
    lessons: list[Lesson]
    done_ids: set[int]
    questions_total: int
    rows: list[LessonRow] = field(default_factory=list)

    @property
    def total(self) -> int:
        """How many lessons."""
        return len(self.lessons)

    @property
    def done(self) -> int:
        """How many of them are done."""
        return sum(lesson.pk in self.done_ids for lesson in self.lessons)

    @property
    def next_lesson(self) -> Lesson | None:
        """The first lesson that is not done."""
        return next((lesson for lesson in self.lessons if lesson.pk not in self.done_ids), None)

    @property
    def peek(self) -> list[LessonRow]:
        """The first few lessons."""
        return self.rows[:4]

    @property
    def simulations_total(self) -> int:
        """How many live simulations the lessons hold."""
        return sum(len(lesson.simulations) for lesson in self.lessons)


@dataclass(frozen=True)
class OutlineTrack:
    """A track in the outline beside a page."""

    track: Track
    access: Access
    lessons: list[tuple[Lesson, str]]
    done: int
    total: int
    current: bool
    questions_url: str
    questions_state: str


def cards(user: Any, learner: Learner) -> list[TrackCard]:
    """Every published track as a card; a fixed number of queries plus at most two per locked track."""
    lessons = Lesson.objects.filter(published=True).order_by("number")
    questions = Question.objects.filter(published=True)
    found = Track.objects.published().prefetch_related(
        Prefetch("lessons", queryset=lessons), Prefetch("questions", queryset=questions)
    )
    done = done_lessons(learner)
    result = []
    for track in found:
        listed = list(track.lessons.all())
        for lesson in listed:
            lesson.track = track
        card = TrackCard(track, access_to(user, track), listed, done, len(track.questions.all()))
        here = card.next_lesson
        for lesson in listed:
            if not card.access.allowed:
                state = "locked"
            elif lesson.pk in done:
                state = "done"
            else:
                state = "here" if lesson == here and card.done else "todo"
            card.rows.append(LessonRow(lesson, state))
        result.append(card)
    return result


def outline(found: list[TrackCard], track: Track, lesson: Lesson | None = None, questions: bool = False) -> list[OutlineTrack]:
    """The outline of all tracks, with the page that is open marked."""
    result = []
    for card in found:
        rows = []
        for row in card.rows:
            state = "todo" if row.state == "here" else row.state
            rows.append((row.lesson, "here" if lesson is not None and row.lesson.pk == lesson.pk else state))
        has = bool(card.questions_total)
        result.append(
            OutlineTrack(
                track=card.track,
                access=card.access,
                lessons=rows,
                done=card.done,
                total=card.total,
                current=card.track.pk == track.pk,
                questions_url=reverse("lessons:question", args=[card.track.slug, 1]) if has else "",
                questions_state="here" if questions else ("todo" if card.access.allowed else "locked"),
            )
        )
    return result


def track_card(user: Any, learner: Learner, track: Track) -> TrackCard:
    """The card of one published track."""
    return next(card for card in cards(user, learner) if card.track.pk == track.pk)
