"""YAML read into a pydantic model, every mistake with its own line and what was expected there."""

from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from lessons.markdown.errors import Problems
from simulator.scenario.strict_yaml import compose, line_of, values

Model = TypeVar("Model", bound=BaseModel)
LARGEST = 100_000  # characters of one YAML block


def read_fields(text: str, model: type[Model], problems: Problems, line: int, what: str) -> Model | None:
    """`text` (its first line is `line` of the file) as `model`; None when there are mistakes, which are noted."""
    try:
        if len(text) > LARGEST:
            raise yaml.YAMLError("too long")
        tree = compose(text)
        data = values(tree)
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        reason = (getattr(error, "problem", None) or str(error))[:200]  # a tag may be as long as the text
        problems.add(line + (mark.line if mark else 0), f"expected YAML ({what}): {reason}")
        return None
    if data is None:
        data = {}
    if not isinstance(data, dict):
        problems.add(line, f"expected {what} as `field: value` lines")
        return None
    try:
        return model.model_validate(data)
    except ValidationError as error:
        for each in error.errors():
            problems.add(line + line_of(tree, each["loc"]), _message(each, model, what))
        return None


def field_line(text: str, line: int, *path: int | str) -> int:
    """The line of the file on which the value at `path` stands."""
    try:
        return line + line_of(compose(text), path)
    except yaml.YAMLError:
        return line


def _message(error: Any, model: type[BaseModel], what: str) -> str:
    path = ".".join(str(part) for part in error["loc"] if not str(part).startswith(("constrained", "function")))
    if error["type"] == "missing":
        return f"expected the field {path} ({what})"
    if error["type"] == "extra_forbidden" and len(error["loc"]) == 1:
        known = ", ".join(field.alias or name for name, field in model.model_fields.items())
        return f"unknown field {path} ({what}); expected one of {known}"
    if error["type"] == "extra_forbidden":
        return f"unknown field {path} ({what})"
    message = str(error["msg"]).removeprefix("Value error, ")
    message = message[0].lower() + message[1:] if message[:6] in ("Input ", "String", "List s", "Tuple ") else message
    message = message.replace("input should be", "expected").replace("should have", "expected")
    return f"{path}: {message}" if path else f"{message} ({what})"
