"""The kinds of questions: one class each, one template each (templates/lessons/questions/_<kind>.html).

A new kind is a class here and a line in KINDS. Nothing in this package knows Django.
"""

from typing import Any

from lessons.questions.base import AnswerError, Form, Graded, Kind, Options
from lessons.questions.choices import Multiple, Single
from lessons.questions.number import Number
from lessons.questions.order import Order
from lessons.questions.tune import Tune

KINDS: dict[str, type[Kind]] = {kind.name: kind for kind in (Single, Multiple, Number, Order, Tune)}


def question_of(kind: str, data: dict[str, Any]) -> Kind:
    """The question that was stored."""
    return KINDS[kind](data)


__all__ = ["KINDS", "AnswerError", "Form", "Graded", "Kind", "Options", "question_of"]
