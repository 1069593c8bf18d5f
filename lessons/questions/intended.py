"""What the author of a question to tune means to pass: values, choices and ranges of some of its free controls."""

import itertools
from typing import Annotated, Any

from pydantic import Field, StrictBool

Setting = StrictBool | Annotated[float, Field(allow_inf_nan=False)] | str
Intended = dict[str, Setting | tuple[Setting, ...]]  # a value, one of several choices, or [lowest, highest] of a range


def corners(meant: Intended) -> list[dict[str, Any]]:
    """The settings at the ends of what is meant: every choice, the lowest and the highest of a range."""
    named = [[(name, one) for one in _several(value)] for name, value in meant.items()]
    return [dict(each) for each in itertools.product(*named)]


def covers(meant: Intended, setting: dict[str, Any]) -> bool:
    """Whether a whole setting is one that is meant; a control that is not named may stand anywhere."""
    return all(name in setting and _within(value, setting[name]) for name, value in meant.items())


def _several(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, list | tuple) else (value,)


def _within(value: Any, found: Any) -> bool:
    several = _several(value)
    if isinstance(found, bool | str):
        return any(type(each) is type(found) and each == found for each in several)
    return bool(several[0] <= found <= several[-1])
