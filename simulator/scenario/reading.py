"""Reading scenarios: from a file by name, or from text; every mistake with its file and line."""

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from simulator.scenario.model import Scenario, ScenarioError

FOLDER = Path(__file__).parent.parent / "scenarios"


def parse_scenario(text: str, *, file: str = "scenario") -> Scenario:
    """A scenario from YAML; ScenarioError with file, line and expectation when it is not one."""
    try:
        tree = yaml.compose(text, Loader=yaml.SafeLoader)
        if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(text, Loader=yaml.SafeLoader)):
            raise ScenarioError(f"{file}:1: aliases (*name) are not taken: a few lines of them can stand for gigabytes")
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise ScenarioError(f"{file}:{line}: this is not YAML: {getattr(error, 'problem', error)}") from error
    if not isinstance(data, dict):
        raise ScenarioError(f"{file}:1: expected the fields of a scenario (name, title, clients, stations, …)")
    try:
        return Scenario.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        path = first["loc"] + getattr(first.get("ctx", {}).get("error"), "path", ())
        where = ".".join(str(part) for part in path) or "scenario"
        message = re.sub(r"^Value error, ", "", first["msg"])
        raise ScenarioError(f"{file}:{_line(tree, path)}: {where}: {message}") from error


def _line(tree: Any, path: tuple[int | str, ...]) -> int:
    """The line on which the value at `path` stands (or the last of its parents that is there)."""
    line = tree.start_mark.line + 1
    for step in path:
        if isinstance(tree, yaml.MappingNode):
            pair = next(((key, value) for key, value in tree.value if key.value == step), None)
            if pair is None:
                break
            line, tree = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(tree, yaml.SequenceNode) and isinstance(step, int) and step < len(tree.value):
            tree = tree.value[step]
            line = tree.start_mark.line + 1
        else:
            break
    return int(line)


def scenario_names() -> list[str]:
    """The names of the scenarios that ship."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


@lru_cache(maxsize=128)
def load_scenario(name: str | Path) -> Scenario:
    """A shipped scenario by name, or one from a YAML file; ScenarioError when there is none."""
    path = Path(name)
    if path.suffix not in (".yaml", ".yml"):
        path = FOLDER / f"{name}.yaml"
        if str(name) not in scenario_names():
            raise ScenarioError(f"There is no scenario {str(name)[:60]!r}; there are {', '.join(scenario_names())}.")
    try:
        text = path.read_text()
    except OSError as error:
        raise ScenarioError(f"{path}: cannot be read: {error.strerror}") from error
    return parse_scenario(text, file=str(name))
