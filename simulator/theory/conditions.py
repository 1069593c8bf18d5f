"""What a formula asks of its inputs. Outside, it says so; it never gives a number that means nothing."""

import itertools
import math


class ConditionError(ValueError):
    """Inputs for which the formula does not hold; the message says what it needs."""


def _number(name: str, value: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ConditionError(f"{name} must be a finite number, not {value!r}")
    return value


def positive(**values: float) -> None:
    """Each value is a finite number above 0."""
    for name, value in values.items():
        if _number(name, value) <= 0:
            raise ConditionError(f"{name} must be above 0, not {value:g}")


def not_negative(**values: float) -> None:
    """Each value is a finite number from 0."""
    for name, value in values.items():
        if _number(name, value) < 0:
            raise ConditionError(f"{name} must not be below 0, and is {value:g}")


def share(**values: float) -> None:
    """Each value lies from 0 to 1, both included."""
    for name, value in values.items():
        if not 0 <= _number(name, value) <= 1:
            raise ConditionError(f"{name} must lie from 0 to 1, not at {value:g}")


def below_one(**values: float) -> None:
    """Each value lies from 0 to below 1."""
    for name, value in values.items():
        if not 0 <= _number(name, value) < 1:
            raise ConditionError(f"{name} must lie from 0 to below 1, not at {value:g}")


def at_least_one(**values: float) -> None:
    """Each value is a finite number from 1."""
    for name, value in values.items():
        if _number(name, value) < 1:
            raise ConditionError(f"{name} must be 1 or more, not {value:g}")


def whole(least: int = 1, most: int = 10_000_000, /, **values: int) -> None:
    """Each value is a whole number from `least` to `most`."""
    for name, value in values.items():
        if _number(name, value) != int(value) or not least <= value <= most:
            raise ConditionError(f"{name} must be a whole number from {least} to {most}, not {value!r}")


def ordered(**values: float) -> None:
    """Each value lies below the next one named."""
    for (name, value), (following, limit) in itertools.pairwise(values.items()):
        if not _number(name, value) < _number(following, limit):
            raise ConditionError(f"{name} must lie below {following}: {value:g} against {limit:g}")


def stable(load: float, capacity: float) -> None:
    """The offered load lies below the capacity (same unit on both sides)."""
    if load >= capacity:
        raise ConditionError("no steady state: the offered load is not below the capacity")
