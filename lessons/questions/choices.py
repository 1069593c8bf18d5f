"""One of several, and any of several."""

import hashlib
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from lessons.questions.base import Form, Graded, Kind, Options, Unreadable


class Choice(BaseModel):
    """One choice and why it is right or wrong."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1)
    correct: bool
    why: str = Field(min_length=1)


class MultipleOptions(Options):
    """Choices of which some are correct."""

    choices: list[Choice] = Field(min_length=2, max_length=8)

    @model_validator(mode="after")
    def _some_correct(self) -> "MultipleOptions":
        if not any(choice.correct for choice in self.choices):
            raise ValueError("at least one choice must be correct")
        return self


class SingleOptions(MultipleOptions):
    """Choices of which exactly one is correct."""

    @model_validator(mode="after")
    def _one_correct(self) -> "SingleOptions":
        if sum(choice.correct for choice in self.choices) != 1:
            raise ValueError("exactly one choice must be correct")
        return self


class Multiple(Kind):
    """Any number of several; correct when all of the correct ones and no other are chosen."""

    name: ClassVar[str] = "multiple"
    Options: ClassVar[type[Options]] = MultipleOptions

    def _keys(self) -> list[tuple[str, dict[str, Any]]]:
        """Choices with keys that tell nothing: a digest of question and text."""
        return [
            (hashlib.sha256(f"{self.uid}\0{choice['text']}".encode()).hexdigest()[:8], choice) for choice in self.data["choices"]
        ]

    def public(self) -> dict[str, Any]:
        """The choices with their keys."""
        return {"choices": [{"key": key, "text_html": self.render(choice["text"])} for key, choice in self._keys()]}

    def read(self, form: Form) -> list[str]:
        """The chosen keys."""
        given = form.getlist("choice")
        known = {key for key, _ in self._keys()}
        if not given:
            raise Unreadable("Choose at least one answer.")
        if len(set(given)) < len(given) or not set(given) <= known:
            raise Unreadable("That is not one of the choices.")
        return sorted(str(key) for key in given)

    def grade(self, given: list[str]) -> Graded:
        """Every choice with its explanation."""
        feedback = [
            {
                "key": key,
                "text_html": self.render(choice["text"]),
                "given": key in given,
                "correct": choice["correct"],
                "why_html": self.render(choice["why"]),
            }
            for key, choice in self._keys()
        ]
        correct = all(entry["given"] == entry["correct"] for entry in feedback)
        return Graded(correct, float(correct), given, feedback, self.render(self.data["why"]))


class Single(Multiple):
    """One of several."""

    name: ClassVar[str] = "single"
    Options: ClassVar[type[Options]] = SingleOptions

    def read(self, form: Form) -> list[str]:
        """The chosen key."""
        given = super().read(form)
        if len(given) != 1:
            raise Unreadable("Choose one answer.")
        return given
