"""Reading scenarios: from a file by name, or from text; every mistake with its file and line."""

import re
from functools import lru_cache
from pathlib import Path

import yaml
from pydantic import ValidationError

from simulator.scenario.model import Scenario, ScenarioError
from simulator.scenario.strict_yaml import compose, line_of, values

FOLDER = Path(__file__).parent.parent / "scenarios"


def parse_scenario(text: str, *, file: str = "scenario") -> Scenario:
    """A scenario from YAML; ScenarioError with file, line and expectation when it is not one."""
    try:
        tree = compose(text)
        data = values(tree)
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise ScenarioError(f"{file}:{line}: this is not YAML: {getattr(error, 'problem', None) or error}") from error
    if not isinstance(data, dict):
        raise ScenarioError(f"{file}:1: expected the fields of a scenario (name, title, clients, stations, …)")
    try:
        return Scenario.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        path = first["loc"] + getattr(first.get("ctx", {}).get("error"), "path", ())
        where = ".".join(str(part) for part in path) or "scenario"
        message = re.sub(r"^Value error, ", "", first["msg"])
        raise ScenarioError(f"{file}:{line_of(tree, path) + 1}: {where}: {message}") from error


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
