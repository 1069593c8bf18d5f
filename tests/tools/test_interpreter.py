"""Which Python the site runs on: a clearly quicker one of the same version that is here, else the one that was called."""

import importlib.util
import itertools
import os
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).resolve().parents[2] / "tools" / "interpreter.py"
BASE = os.path.realpath(Path(sys.base_prefix) / "bin" / "python3.11")
CALLED, OTHER, THIRD = "/called/python3.11", "/other/python3.11", "/third/python3.11"


@pytest.fixture
def interpreter():
    """tools/interpreter.py as a module of its own."""
    spec = importlib.util.spec_from_file_location("interpreter", TOOL)
    assert spec is not None and spec.loader is not None  # noqa: PT018
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def script(folder: Path, text: str) -> Path:
    """An executable `python3.11` in a folder that is made for it."""
    folder.mkdir()
    path = folder / "python3.11"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("times", "chosen"),
    [
        ({CALLED: [1.0], OTHER: [0.7]}, OTHER),
        ({CALLED: [1.0], OTHER: [0.95]}, CALLED),
        ({CALLED: [1.0], OTHER: [1.4]}, CALLED),
        ({CALLED: [1.0], OTHER: [0.8], THIRD: [0.6]}, THIRD),
        ({CALLED: [1.0, 1.0, 1.0, 1.0, 0.5], OTHER: [0.7, 1.4, 0.7, 0.7, 0.7]}, OTHER),  # the processor changes its speed
        ({CALLED: [1.0, 1.5, 1.0, 1.0, 1.5], OTHER: [1.0]}, CALLED),
        ({CALLED: [1.0], OTHER: [0.7, None]}, CALLED),  # one that does not always start
        ({CALLED: [None], OTHER: [0.7]}, CALLED),  # called in somebody's environment
    ],
)
def test_another_python_is_taken_where_it_is_clearly_quicker(interpreter, monkeypatch, times, chosen):
    clocks = {python: itertools.cycle(each) for python, each in times.items()}

    def timed(python: str) -> tuple[float, str] | None:
        seconds = next(clocks[python])
        return None if seconds is None else (seconds, python)

    monkeypatch.setattr(interpreter, "timed", timed)
    monkeypatch.setattr(interpreter, "others", lambda called: [python for python in times if python != called])
    assert interpreter.quickest(CALLED) == chosen


def test_what_cannot_make_an_environment_is_left_out(interpreter, tmp_path):
    assert interpreter.timed(sys.executable) is None  # itself in one
    assert interpreter.timed(str(tmp_path / "python3.11")) is None
    assert interpreter.timed(str(script(tmp_path / "says", "echo quick"))) is None
    assert interpreter.timed(str(script(tmp_path / "fails", f"echo 0.001 {BASE}; exit 1"))) is None
    assert interpreter.timed(str(script(tmp_path / "silent", "exit 0"))) is None


def test_each_python_of_the_machine_is_looked_at_once(interpreter, monkeypatch, tmp_path):
    seconds, path = interpreter.timed(BASE)
    assert 0 < seconds < 10
    assert os.path.realpath(path) == BASE
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "python3.11").symlink_to(BASE)
    script(tmp_path / "manager", f'exec {BASE} "$@"')
    script(tmp_path / "broken", "exit 3")
    folders = [tmp_path / name for name in ("broken", "first", "manager", "second", "none")]
    monkeypatch.setenv("PATH", os.pathsep.join(map(str, folders)))
    monkeypatch.setattr(interpreter, "FOLDERS", ())
    assert [os.path.realpath(found) for found in interpreter.others("/elsewhere/python3.11")] == [BASE]
    assert interpreter.others(BASE) == []
