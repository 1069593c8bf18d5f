"""What a learner may move: sliders, choices, switches and faults, each with the values that it takes."""

import math
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Value = float | str | bool


class ControlValueError(ValueError):
    """A control was given a value that it does not take; the message names what it takes."""


class UnknownControl(ValueError):
    """No control has this name; the message names those that exist."""


class Control(BaseModel):
    """One thing that can be changed during a run. Values are in base units: seconds, requests/s, counts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    label: str = Field(min_length=1)
    kind: Literal["range", "choice", "switch", "fault"] = "range"
    unit: str = ""
    display_unit: str = ""
    scale: float = Field(1.0, gt=0)
    minimum: float = 0.0
    maximum: float = 1.0
    step: float = Field(1.0, gt=0)
    whole: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    logarithmic: bool = False
    setting: str = ""
    station: int = 0  # index of the station that it concerns
    target: str | None = None
    server: int | None = None

    @model_validator(mode="after")
    def _consistent(self) -> "Control":
        if self.kind == "range" and not self.minimum < self.maximum:
            raise ValueError("minimum must be below maximum")
        if self.kind == "choice" and len(self.choices) < 2:
            raise ValueError("a choice needs at least two choices")
        return self

    def check(self, value: object) -> Value:
        """The value as the engine takes it; ControlValueError with the range when it does not fit."""
        if self.kind in ("switch", "fault"):
            if isinstance(value, bool):
                return value
            raise ControlValueError(f"{self.label} takes true or false, not {_shown(value)}.")
        if self.kind == "choice":
            if isinstance(value, str) and value in dict(self.choices):
                return value
            known = ", ".join(key for key, _ in self.choices)
            raise ControlValueError(f"{self.label} takes one of {known}, not {_shown(value)}.")
        number = float("nan")
        if isinstance(value, int | float) and not isinstance(value, bool):
            try:
                number = float(value)
            except OverflowError:
                number = math.inf
        fits = math.isfinite(number) and self.minimum <= number <= self.maximum
        if not fits or (self.whole and number != int(number)):
            unit = self.display_unit or self.unit
            kind = "whole numbers from " if self.whole else ""
            span = f"{kind}{self.minimum * self.scale:g} to {self.maximum * self.scale:g}"
            shown = f"{number * self.scale:g}" if math.isfinite(number) else _shown(value)
            raise ControlValueError(f"{self.label} takes {span}{f' {unit}' if unit else ''}, not {shown}.")
        return int(number) if self.whole else number

    def read(self, text: str) -> Value:
        """A value from the command line or a form: `true`, `round-robin`, `0.01`."""
        if self.kind in ("switch", "fault"):
            return self.check({"true": True, "false": False}.get(text.lower(), text))
        if self.kind == "choice":
            return self.check(text)
        try:
            return self.check(float(text))
        except ValueError as error:
            if isinstance(error, ControlValueError):
                raise
            return self.check(text)


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 40 else f"{text[:37]}…"
