"""A number with its unit and a tolerance."""

import math
import re
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from lessons.questions.base import AnswerError, Form, Graded, Kind, Options, Render, one

Finite = Annotated[float, Field(allow_inf_nan=False, ge=-1e15, le=1e15)]
GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", re.ASCII)
COMMA = re.compile(r"[+-]?\d+,\d+", re.ASCII)
PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?", re.ASCII | re.IGNORECASE)
LARGEST = 1e15


class Mistake(BaseModel):
    """A wrong value that a known misconception leads to."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    value: Finite
    within_percent: float = Field(2.0, ge=0, le=50, allow_inf_nan=False)
    why: str = Field(min_length=1)


class NumberOptions(Options):
    """Fields of `number`."""

    answer: Finite
    unit: str = Field("", max_length=30)
    tolerance_percent: float = Field(1.0, ge=0, le=50, allow_inf_nan=False)
    mistakes: tuple[Mistake, ...] = ()
    why: str = Field(min_length=1)


class Number(Kind):
    """A number; correct within the tolerance."""

    name = "number"
    options = NumberOptions

    @classmethod
    def build(cls, options: NumberOptions, render: Render) -> dict[str, Any]:
        """The answer, its tolerance and the known mistakes."""
        mistakes = [
            {"value": each.value, "within_percent": each.within_percent, "why_html": render(each.why)}
            for each in options.mistakes
        ]
        fields = options.model_dump(include={"answer", "unit", "tolerance_percent"})
        return {**fields, "mistakes": mistakes, "why_html": render(options.why)}

    def public(self) -> dict[str, Any]:
        """Unit and tolerance; in words, and empty when the exact number counts."""
        percent = self.data["tolerance_percent"]
        return {"unit": self.data["unit"], "tolerance_text": f"{percent:g}%" if percent else ""}

    def read(self, form: Form) -> Any:
        """The number; `5,000`, `5000`, `12.5`, `12,5` and a unit behind it are understood."""
        text = one(form, "value", "Type a number.")
        unit = self.data["unit"]
        if unit and text.lower().endswith(unit.lower()):
            text = text[: -len(unit)]
        text = re.sub(r"[\s\u00a0\u202f]", "", text).replace("−", "-")
        if GROUPED.fullmatch(text):
            text = text.replace(",", "")
        elif COMMA.fullmatch(text):
            text = text.replace(",", ".")
        if not PLAIN.fullmatch(text):
            raise AnswerError(f"Type a number{f' of {unit}' if unit else ''}, like 12.5.")
        number = float(text)
        if not math.isfinite(number) or abs(number) > LARGEST:
            raise AnswerError("That number is too large.")
        return number

    def grade(self, given: Any, outcome: dict[str, Any] | None = None) -> Graded:
        """Compare, and name the mistake that leads to this number."""
        correct = _near(given, self.data["answer"], self.data["tolerance_percent"])
        feedback = []
        if not correct:
            near = [each for each in self.data["mistakes"] if _near(given, each["value"], each["within_percent"])]
            feedback = [
                {
                    "key": "mistake",
                    "text_html": shown(given),
                    "given": True,
                    "correct": False,
                    "why_html": each["why_html"],
                }
                for each in sorted(near, key=lambda each: abs(each["value"] - given))[:1]
            ]
        unit = f" {_escaped(self.data['unit'])}" if self.data["unit"] else ""
        summary = f"<p>The answer is <b>{shown(self.data['answer'])}{unit}</b>.</p>{self.data['why_html']}"
        return Graded(correct, float(correct), shown(given), feedback, summary)


def shown(number: float) -> str:
    """A number as people write it: 5,000, 12.5."""
    return f"{int(number):,}" if number == int(number) else f"{number:,}"


def _near(given: float, wanted: float, percent: float) -> bool:
    return abs(given - wanted) <= abs(wanted) * percent / 100 + 1e-9 * max(1.0, abs(wanted))


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
