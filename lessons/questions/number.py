"""A number with a unit and a tolerance."""

import math
import re
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from lessons.questions.base import Form, Graded, Kind, Options, Unreadable

LONGEST = 24  # characters
NUMBER = re.compile(r"^[+-]?(\d+(\.\d*)?|\.\d+)$")


class Mistake(BaseModel):
    """A wrong number that many give, and the misconception behind it."""

    model_config = ConfigDict(extra="forbid")

    value: float
    within_percent: float = Field(3, gt=0, le=50)
    why: str = Field(min_length=1)


class NumberOptions(Options):
    """The answer, how near it must be, and known mistakes."""

    unit: str = ""
    answer: float = Field(allow_inf_nan=False)
    tolerance_percent: float = Field(2, ge=0, le=50)
    mistakes: list[Mistake] = Field(default_factory=list)


def _near(value: float, target: float, percent: float) -> bool:
    return abs(value - target) <= abs(target) * percent / 100 + 1e-9


class Number(Kind):
    """A number; thousands may be grouped with commas or spaces."""

    name: ClassVar[str] = "number"
    Options: ClassVar[type[Options]] = NumberOptions

    def public(self) -> dict[str, Any]:
        """Unit and tolerance."""
        return {"unit": self.data["unit"], "tolerance_percent": self.data["tolerance_percent"]}

    def read(self, form: Form) -> float:
        """A finite number, written in digits."""
        text = str(form.get("value", ""))
        if len(text) > LONGEST or len(form.getlist("value")) > 1:
            raise Unreadable(f"A number has at most {LONGEST} characters.")
        plain = re.sub(r"(?<=\d)[,\u00a0\u202f ](?=\d{3}(\D|$))", "", text.strip())
        if not NUMBER.match(plain) or not plain.isascii():
            raise Unreadable("Write a number in digits, like 12.5.")
        value = float(plain)
        if not math.isfinite(value):
            raise Unreadable("That number is too large.")
        return value

    def grade(self, given: float) -> Graded:
        """Right within the tolerance; a known mistake is explained."""
        correct = _near(given, self.data["answer"], self.data["tolerance_percent"])
        feedback: list[dict[str, Any]] = []
        if not correct:
            for mistake in self.data["mistakes"]:
                if _near(given, mistake["value"], mistake["within_percent"]):
                    feedback.append({"key": "mistake", "why_html": self.render(mistake["why"])})
                    break
        unit = f" {self.data['unit']}" if self.data["unit"] else ""
        answer = f"**{self.data['answer']:,.10g}{unit}.** "
        return Graded(correct, float(correct), f"{given:g}", feedback, self.render(answer + self.data["why"]))
