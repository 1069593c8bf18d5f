"""The tracks as one learner sees them: cards, outline, what comes next. A handful of queries whatever the page."""

from dataclasses import dataclass, field
from typing import Any, Literal

from django.urls import reverse

from lessons.access import Access, access_to
from lessons.models import Answer, Lesson, Track
from lessons.progress import Learner

State = Literal["done", "here", "todo", "locked"]
SHOWN = 4  # lessons on a card in the catalogue


@dataclass(frozen=True)
class LessonRow:
    """A lesson and where the learner stands with it."""

    lesson: Lesson
    state: State


@dataclass(frozen=True)
class TrackCard:
    """A track, what is in it and how far the learner is."""

    track: Track
    access: Access
    rows: list[LessonRow]
    questions_total: int
    checks_total: int = 0
    challenges_total: int = 0

    @property
    def lessons(self) -> list[Lesson]:
        """The lessons, in order."""
        return [row.lesson for row in self.rows]

    @property
    def total(self) -> int:
        """How many lessons there are."""
        return len(self.rows)

    @property
    def done(self) -> int:
        """How many are done."""
        return sum(row.state == "done" for row in self.rows)

    @property
    def next_lesson(self) -> Lesson | None:
        """The first that is not done, if the learner may open it."""
        if not self.access.allowed:
            return None
        return next((row.lesson for row in self.rows if row.state != "done"), None)

    @property
    def peek(self) -> list[LessonRow]:
        """A few lessons from the one that comes next."""
        at = next((at for at, row in enumerate(self.rows) if row.state != "done"), 0)
        begin = max(0, min(at, len(self.rows) - SHOWN))
        return self.rows[begin : begin + SHOWN]

    @property
    def asked_total(self) -> int:
        """How many questions there are, in the lessons and at the end, challenges left out."""
        return self.questions_total + self.checks_total

    @property
    def simulations_total(self) -> int:
        """How many simulations the lessons hold."""
        return sum(len(row.lesson.simulations) for row in self.rows)


@dataclass(frozen=True)
class OutlineTrack:
    """A track in the outline beside a page."""

    track: Track
    access: Access
    lessons: list[tuple[Lesson, State]]
    done: int
    total: int
    current: bool
    questions_url: str
    questions_state: State


@dataclass
class Shelf:
    """All published tracks for one user."""

    cards: list[TrackCard] = field(default_factory=list)
    right: dict[int, int] = field(default_factory=dict)  # by track: questions of its section answered rightly in some go

    @classmethod
    def of(cls, user: Any, learner: Learner) -> "Shelf":
        """Read everything: tracks, lessons, progress, answers, and access to each locked track."""
        done = learner.done()
        shelf = cls()
        for track in Track.objects.all().shelved():
            access = access_to(user, track)
            rows = []
            for lesson in track.shelved_lessons:  # type: ignore[attr-defined]
                lesson.track = track
                left: State = "todo" if access.allowed else "locked"
                rows.append(LessonRow(lesson, "done" if access.allowed and lesson.pk in done else left))
            counts = (getattr(track, name) for name in ("questions_total", "checks_total", "challenges_total"))
            shelf.cards.append(TrackCard(track, access, rows, *counts))
        if learner.known:
            for track_id, _ in (
                Answer.objects.filter(question__published=True, correct=True)
                .filter(**{f"attempt__{key}": value for key, value in learner.owner.items()})
                .values_list("attempt__track_id", "question_id")
                .distinct()
            ):
                shelf.right[track_id] = shelf.right.get(track_id, 0) + 1
        return shelf

    def card(self, slug: str) -> TrackCard | None:
        """The card of the track with this slug."""
        return next((card for card in self.cards if card.track.slug == slug), None)

    @property
    def resume(self) -> Lesson | None:
        """The lesson to go on with: in a track that is begun if there is one, else in the first."""
        open_ = [card for card in self.cards if card.next_lesson]
        begun = [card for card in open_ if card.done]
        return next((card.next_lesson for card in (*begun, *open_)), None)

    @property
    def resume_started(self) -> bool:
        """Whether anything is done yet."""
        return any(card.done for card in self.cards)

    def outline(self, current: Track | None = None, here: Lesson | None = None, questions: bool = False) -> list[OutlineTrack]:
        """The outline for a page of `current`, with `here` (or the questions) marked."""
        found = []
        for card in self.cards:
            is_current = current is not None and card.track.pk == current.pk
            lessons = [(row.lesson, self._state(row, here)) for row in card.rows]
            finished = 0 < card.questions_total <= self.right.get(card.track.pk, 0)
            state: State = "done" if finished else "todo"
            if not card.access.allowed:
                state = "locked"
            elif questions and is_current:
                state = "here"
            url = reverse("lessons:question", args=[card.track.slug, 1]) if card.questions_total else ""
            found.append(OutlineTrack(card.track, card.access, lessons, card.done, card.total, is_current, url, state))
        return found

    @staticmethod
    def _state(row: LessonRow, here: Lesson | None) -> State:
        is_here = here is not None and row.lesson.pk == here.pk and row.state != "locked"
        return "here" if is_here else row.state


def cards(user: Any, learner: Learner) -> list[TrackCard]:
    """Every track as this user sees it."""
    return Shelf.of(user, learner).cards


def track_card(user: Any, learner: Learner, track: Track) -> TrackCard:
    """One track as this user sees it; Track.DoesNotExist when it is not published."""
    card = Shelf.of(user, learner).card(track.slug)
    if card is None:
        raise Track.DoesNotExist(track.slug)
    return card
