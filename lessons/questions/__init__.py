"""Kinds of question and how they are graded. No Django here: a kind is one class (and one template)."""

from lessons.questions.base import Graded, Kind, Unreadable
from lessons.questions.choices import Multiple, Single
from lessons.questions.number import Number
from lessons.questions.order import Order
from lessons.questions.tune import Tune

KINDS: dict[str, type[Kind]] = {kind.name: kind for kind in (Single, Multiple, Number, Order, Tune)}

__all__ = ["KINDS", "Graded", "Kind", "Unreadable"]
