"""One of several, and any number of several."""

from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from lessons.questions.base import AnswerError, Form, Graded, Kind, Options, Render, key_for, one


class Choice(BaseModel):
    """One choice, with the explanation that names the misconception behind a wrong one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str = Field(min_length=1)
    correct: bool = False
    why: str = Field(min_length=1)


class ChoiceOptions(Options):
    """Fields of `multiple`."""

    choices: tuple[Choice, ...] = Field(min_length=2, max_length=8)
    why: str = ""

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        if len({choice.text for choice in self.choices}) < len(self.choices):
            raise ValueError("two choices have the same text")
        if not any(choice.correct for choice in self.choices):
            raise ValueError("expected at least one choice with correct: true")
        return self


class SingleOptions(ChoiceOptions):
    """Fields of `single`."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(choice.correct for choice in self.choices) != 1:
            raise ValueError("expected exactly one choice with correct: true (use the kind multiple for several)")
        return self


class Multiple(Kind):
    """Any number of several; correct when exactly the right ones are chosen."""

    name = "multiple"
    options: ClassVar[type[Options]] = ChoiceOptions

    @classmethod
    def build(cls, options: ChoiceOptions, render: Render) -> dict[str, Any]:
        """Choices keep the author's order."""
        choices = [
            {
                "key": key_for(options.id, choice.text),
                "text_html": render(choice.text),
                "correct": choice.correct,
                "why_html": render(choice.why),
            }
            for choice in options.choices
        ]
        return {"choices": choices, "why_html": render(options.why) if options.why else ""}

    def public(self) -> dict[str, Any]:
        """The choices' keys and texts."""
        return {"choices": [{key: each[key] for key in ("key", "text_html")} for each in self.data["choices"]]}

    def read(self, form: Form) -> Any:
        """The chosen keys, each once, in the question's order."""
        chosen = list(form.get("choice", ()))
        known = [each["key"] for each in self.data["choices"]]
        if not chosen:
            raise AnswerError("Choose at least one.")
        if len(chosen) > len(known) or len(set(chosen)) < len(chosen):
            raise AnswerError("A choice came more than once.")
        if not set(chosen) <= set(known):
            raise AnswerError("That is not one of the choices. Reload the page: the question may have changed.")
        return [key for key in known if key in chosen]

    def grade(self, given: Any, outcome: dict[str, Any] | None = None) -> Graded:
        """Every choice with its explanation."""
        chosen = set(given if isinstance(given, list) else [given])
        feedback = [{**each, "given": each["key"] in chosen} for each in self.data["choices"]]
        correct = chosen == {each["key"] for each in self.data["choices"] if each["correct"]}
        return Graded(correct, float(correct), given, feedback, self.data.get("why_html", ""))


class Single(Multiple):
    """One of several."""

    name = "single"
    options = SingleOptions

    def read(self, form: Form) -> Any:
        """The chosen key."""
        key = one(form, "choice", "Choose one of the answers.")
        if key not in {each["key"] for each in self.data["choices"]}:
            raise AnswerError("That is not one of the choices. Reload the page: the question may have changed.")
        return key
