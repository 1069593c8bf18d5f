"""What all kinds of questions share. Nothing here knows Django."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from simulator import Experiment

Form = Mapping[str, Sequence[str]]  # every field with all the values that were sent for it
Render = Callable[[str], str]  # Markdown to clean HTML
LONGEST = 100  # characters of one field of an answer


class AnswerError(ValueError):
    """An answer that cannot be graded; the message says in plain words what is wrong. Nothing is kept of it."""


@dataclass(frozen=True)
class Graded:
    """An answer and what there is to say about it. `feedback` entries: key, text_html, given, correct, why_html.

    `answer_html` gives the answer away: a page that lets one try again shows it to who asks for it, or has passed.
    """

    correct: bool
    score: float
    given: Any
    feedback: list[dict[str, Any]] = field(default_factory=list)
    summary_html: str = ""
    answer_html: str = ""
    outcome: dict[str, Any] = field(default_factory=dict)


class Options(BaseModel):
    """What an author writes between the `---` lines of a question; an unknown field is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{1,78}$", description="stable, never reused")
    points: int = Field(1, ge=1, le=100)


class Kind(ABC):
    """A question of one kind. `data` is what is stored; it holds the answer, `public()` does not."""

    name: ClassVar[str]
    options: ClassVar[type[Options]]

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data

    @classmethod
    @abstractmethod
    def build(cls, options: Any, render: Render) -> dict[str, Any]:
        """What to store, from what the author wrote; the texts rendered."""

    @abstractmethod
    def public(self) -> dict[str, Any]:
        """What a page may show before the answer."""

    def answered(self, given: Any) -> dict[str, Any]:
        """What a page shows beside the grading."""
        return self.public()

    def opening(self) -> Experiment | None:
        """The run that the question is about, as the learner finds it; None when it is about none."""
        return None

    def tried(self, given: Any) -> Experiment | None:
        """The same run with what the learner set."""
        return None

    def measures(self) -> tuple[str, ...]:
        """The measures of that run which matter here."""
        return ()

    @abstractmethod
    def read(self, form: Form) -> Any:
        """The answer in a form, as plain JSON; AnswerError when there is none that can be graded."""

    @abstractmethod
    def grade(self, given: Any, outcome: dict[str, Any] | None = None) -> Graded:
        """Grade what `read` gave. With the outcome of an earlier grading nothing dear is done again."""


def one(form: Form, name: str, missing: str) -> str:
    """The one value of a field; AnswerError when it is missing, repeated or too long."""
    values = [value.strip() for value in form.get(name, ()) if value.strip()]
    if not values:
        raise AnswerError(missing)
    if len(values) > 1:
        raise AnswerError("This question takes one answer, and several came.")
    if len(values[0]) > LONGEST:
        raise AnswerError(f"That answer is too long: {LONGEST} characters at most.")
    return values[0]


def key_for(uid: str, text: str) -> str:
    """A short key that tells nothing: not whether a choice is right, nor where an item belongs."""
    return hashlib.sha256(f"{uid}\0{text}".encode()).hexdigest()[:10]
