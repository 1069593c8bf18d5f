"""What is wrong with a content file, and where."""

from dataclasses import dataclass
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class ContentError:
    """One mistake: the file, its line (from 1) and what was expected."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class ContentErrors(Exception):
    """A file that cannot be used; `errors` holds every mistake that was found."""

    def __init__(self, errors: list[ContentError]) -> None:
        super().__init__("\n".join(str(error) for error in errors))
        self.errors = errors


def fail(file: str, line: int, message: str) -> ContentErrors:
    """One mistake as an exception."""
    return ContentErrors([ContentError(file, line, message)])


def read_options(model: type[Model], text: str, file: str, line: int, what: str) -> Model:
    """YAML `text`, which begins on `line`, as a `model`; ContentErrors with the line of each wrong field."""
    try:
        data = yaml.safe_load(text) if text.strip() else {}
        tree = yaml.compose(text, Loader=yaml.SafeLoader) if text.strip() else None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or error
        raise fail(file, line + (mark.line if mark else 0), f"{what}: this is not YAML: {problem}") from error
    if not isinstance(data, dict):
        raise fail(file, line, f"{what}: expected fields like `title: …`")
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise ContentErrors(
            [ContentError(file, line + _offset(tree, found["loc"]), f"{what}: {_words(found)}") for found in error.errors()]
        ) from error


def _words(found: Any) -> str:
    where = ".".join(str(step) for step in found["loc"])
    message = found["msg"].removeprefix("Value error, ")
    if found["type"] == "extra_forbidden":
        return f"there is no field `{where}`"
    if found["type"] == "missing":
        return f"the field `{where}` is missing"
    return f"`{where}`: {message}" if where else message


def _offset(tree: Any, path: tuple[int | str, ...]) -> int:
    line = 0
    for step in path:
        if isinstance(tree, yaml.MappingNode):
            pair = next(((key, value) for key, value in tree.value if key.value == step), None)
            if pair is None:
                break
            line, tree = pair[0].start_mark.line, pair[1]
        elif isinstance(tree, yaml.SequenceNode) and isinstance(step, int) and step < len(tree.value):
            tree = tree.value[step]
            line = tree.start_mark.line
    return int(line)
