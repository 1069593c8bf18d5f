"""The set-up: steps that are done cost nothing, and what stands in the way is one sentence and exit code 1."""

import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def bootstrap(tmp_path, monkeypatch):
    """tools/bootstrap.py as a module of its own, with its stamps in a scratch folder."""
    spec = importlib.util.spec_from_file_location("bootstrap", ROOT / "tools" / "bootstrap.py")
    assert spec is not None and spec.loader is not None  # noqa: PT018
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "STAMPS", tmp_path / "stamps")
    return module


def run(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """`tools/bootstrap.py run` in a tree, with nothing of this process's environment but the path."""
    clean = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    command = [sys.executable, "tools/bootstrap.py", "run"]
    return subprocess.run(
        command, cwd=folder, env={**clean, **environment}, capture_output=True, text=True, timeout=120, check=False
    )


def test_a_step_is_done_once_until_what_it_depends_on_changes(bootstrap):
    done: list[str] = []
    for key in ("first", "first", "second", "second"):
        bootstrap.step("thing", "Making a thing", key, lambda: done.append(key))  # noqa: B023 - called at once
    assert done == ["first", "second"]


def test_a_step_whose_result_was_removed_is_done_again(bootstrap, tmp_path):
    made = tmp_path / "made"
    for _ in range(2):
        bootstrap.step("thing", "Making a thing", "same", made.touch, made=[made])
        assert made.exists()
        made.unlink()


def test_steps_side_by_side_all_end_before_one_that_fails_is_heard(bootstrap):
    done: list[str] = []

    def fail() -> None:
        raise bootstrap.Stop("no room")

    def slow() -> None:
        time.sleep(0.2)
        done.append("slow")

    with pytest.raises(bootstrap.Stop, match="no room"):
        bootstrap.together(fail, slow)
    assert done == ["slow"]


def test_a_step_that_fails_is_not_taken_for_done(bootstrap):
    def fail() -> None:
        raise bootstrap.Stop("no")

    with pytest.raises(bootstrap.Stop):
        bootstrap.step("thing", "Making a thing", "same", fail)
    done: list[bool] = []
    bootstrap.step("thing", "Making a thing", "same", lambda: done.append(True))
    assert done == [True]


def test_a_wrong_python_is_named(bootstrap, monkeypatch):
    monkeypatch.setattr(bootstrap.sys, "version_info", (3, 12, 1, "final", 0))
    with pytest.raises(bootstrap.Stop, match=r"needs Python 3\.11 and this is 3\.12\.1"):
        bootstrap.check_machine()


def test_a_disk_without_room_is_named_before_anything_is_installed(bootstrap, monkeypatch, tmp_path):
    monkeypatch.setattr(bootstrap, "PYTHON", tmp_path / "none")
    monkeypatch.setattr(bootstrap.shutil, "disk_usage", lambda path: SimpleNamespace(free=10_000_000))
    with pytest.raises(bootstrap.Stop, match=r"needs 1\.5 GB of free disk space"):
        bootstrap.check_machine()


def test_a_disk_that_fills_up_on_the_way_is_named(bootstrap):
    says = "import sys; print('OSError: [Errno 28] No space left on device'); sys.exit(1)"
    with pytest.raises(bootstrap.Stop, match="The disk is full"):
        bootstrap.command(sys.executable, "-c", says, fails="The packages could not be installed.")


def test_a_port_in_use_is_one_sentence():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run(ROOT, PORT=str(port))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"Port {port} is in use: stop what uses it, or choose another with PORT=8001 make run.\n"


def test_a_port_that_is_no_number_is_one_sentence():
    done = run(ROOT, PORT="soon")
    assert (done.returncode, done.stderr) == (1, "PORT must be a number, not 'soon'.\n")


def test_without_a_network_the_registry_is_named(tmp_path):
    shutil.copytree(ROOT / "tools", tmp_path / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    nobody = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "0", "PIP_CONFIG_FILE": os.devnull}
    done = run(tmp_path, PORT="0", PIP_NO_CACHE_DIR="1", **nobody)
    assert done.returncode == 1
    assert done.stderr.endswith("The package registry cannot be reached: check the network and start again.\n")
    assert "Traceback" not in done.stderr


def test_what_uv_cannot_get_pip_does(bootstrap, monkeypatch, tmp_path):
    said: list[tuple] = []

    def command(*words: str | Path, **_: object) -> None:
        said.append(words)
        if "uv" in words:
            raise bootstrap.Stop("uv knows no such mirror")

    monkeypatch.setattr(bootstrap, "command", command)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").touch()
    lock = tmp_path / "lock.txt"
    bootstrap.install(tmp_path, lock)
    assert [(words[2], words[-1]) for words in said] == [("pip", bootstrap.UV), ("uv", lock), ("pip", lock)]
    assert all("--require-hashes" in words for words in said)


@pytest.mark.parametrize(("breaks", "first", "makers"), [
    (False, False, ["quick"]),
    (True, False, ["quick", "called"]),
    (False, True, ["first"]),
])  # fmt: skip
def test_an_environment_is_of_the_quickest_python_that_can_make_one(bootstrap, monkeypatch, tmp_path, breaks, first, makers):
    """The one of the benchmark's peers is of the same as the site's."""
    made: list[str] = []

    def command(*words: str | Path, **_: object) -> None:
        made.append(str(words[0]))
        if words[0] == "quick" and breaks:
            raise bootstrap.Stop("no")

    monkeypatch.setattr(bootstrap, "command", command)
    monkeypatch.setattr(bootstrap.sys, "executable", "called")
    monkeypatch.setattr(bootstrap, "PYTHON", tmp_path / "first")
    monkeypatch.setitem(sys.modules, "interpreter", SimpleNamespace(quickest=lambda: "quick"))
    if first:
        (tmp_path / "first").touch()
    bootstrap.make_environment(tmp_path / "made")
    assert [Path(maker).name for maker in made] == makers


def test_an_environment_that_no_python_can_make_is_one_sentence(bootstrap, monkeypatch, tmp_path):
    def command(*_: str | Path, fails: str) -> None:
        raise bootstrap.Stop(fails)

    monkeypatch.setattr(bootstrap, "command", command)
    monkeypatch.setattr(bootstrap, "PYTHON", tmp_path / "none")
    monkeypatch.setitem(sys.modules, "interpreter", SimpleNamespace(quickest=lambda: "quick"))
    with pytest.raises(bootstrap.Stop, match="The virtual environment could not be made"):
        bootstrap.make_environment(tmp_path / "made")


@pytest.mark.parametrize(
    ("there", "root", "network", "asked"),
    [
        (["chromium-headless-shell"], True, True, []),
        (["chromium", "apt-get"], True, True, ["update", "chromium-headless-shell"]),
        (["chromium", "apt-get"], True, False, ["update"]),
        (["google-chrome"], False, True, []),
        (["apt-get"], True, True, ["update", "chromium-headless-shell"]),
        (["apt-get"], True, False, ["update", "chromium"]),
    ],
)
def test_a_browser_is_found_or_installed(bootstrap, monkeypatch, there, root, network, asked):
    said: list[str] = []

    def command(*words: str, **_: object) -> None:
        said.append(words[-1])
        if words[-1] == "update" and not network:
            raise bootstrap.Stop("no network")

    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(bootstrap, "command", command)
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: f"/bin/{name}" if name in there else None)
    monkeypatch.setattr(bootstrap.os, "geteuid", lambda: 0 if root else 1000)
    bootstrap.browser()
    assert said == asked


def test_without_a_browser_it_says_how_to_get_one(bootstrap, monkeypatch):
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: None)
    with pytest.raises(bootstrap.Stop, match="need a browser: install Chromium"):
        bootstrap.browser()
