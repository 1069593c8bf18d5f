"""YAML read into a pydantic model, every mistake with its own line and what was expected there."""

from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from lessons.markdown.errors import Problems

Model = TypeVar("Model", bound=BaseModel)
LARGEST = 100_000  # characters of one YAML block


class Loader(yaml.SafeLoader):
    """Safe, and strict: no repeated keys and no aliases (which can grow without bound)."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Refuse aliases."""
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()
            raise yaml.constructor.ConstructorError(None, None, "expected no alias (*name)", event.start_mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        """Refuse a key that stands twice."""
        seen = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"expected {key.value} once", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def read_fields(text: str, model: type[Model], problems: Problems, line: int, what: str) -> Model | None:
    """`text` (its first line is `line` of the file) as `model`; None when there are mistakes, which are noted."""
    try:
        if len(text) > LARGEST:
            raise yaml.YAMLError("too long")
        tree = yaml.compose(text, Loader=Loader)
        data = yaml.load(text, Loader=Loader)  # noqa: S506
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or str(error) or "nested too deeply"
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
            problems.add(line + _line(tree, each["loc"]), _message(each, model, what))
        return None


def field_line(text: str, line: int, *path: int | str) -> int:
    """The line of the file on which the value at `path` stands."""
    try:
        return line + _line(yaml.compose(text, Loader=Loader), path)
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


def _line(tree: Any, path: tuple[int | str, ...]) -> int:
    """Lines below the first on which the value at `path` stands, or the last of its parents that is there."""
    line = tree.start_mark.line if tree is not None else 0
    for step in path:
        if isinstance(tree, yaml.MappingNode):
            pair = next(((key, value) for key, value in tree.value if key.value == step), None)
            if pair is None:
                break
            line, tree = pair[0].start_mark.line, pair[1]
        elif isinstance(tree, yaml.SequenceNode) and isinstance(step, int) and step < len(tree.value):
            tree = tree.value[step]
            line = tree.start_mark.line
        else:
            break
    return int(line)
