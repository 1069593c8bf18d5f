"""The locks: every package pinned with hashes, no host named, and what the benchmark adds stays out of the site's environment."""

import re
from pathlib import Path

import pytest

REQUIREMENTS = Path(__file__).resolve().parents[2] / "requirements"
LOCKS = sorted(path.stem for path in REQUIREMENTS.glob("*.txt"))


def pinned(name: str) -> dict[str, str]:
    """Package → version of a lock; each must have a hash on its next line."""
    found = re.findall(r"^([a-z0-9.-]+)(?:\[[^\]]*\])?==(\S+)(?: ; .*)? \\\n    --hash=sha256:", lock(name), re.MULTILINE)
    return dict(found)


def lock(name: str) -> str:
    return (REQUIREMENTS / f"{name}.txt").read_text()


def test_there_is_a_lock_for_each_set():
    assert sorted(path.stem for path in REQUIREMENTS.glob("*.in")) == LOCKS


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_pins_everything_with_hashes_and_names_no_host(name):
    lines = [line for line in lock(name).splitlines() if line and line[0] not in " #"]
    assert len(pinned(name)) == len(lines) > 0
    assert "://" not in lock(name)
    assert "index-url" not in lock(name)


def test_the_benchmarks_packages_agree_with_the_sites_and_are_not_among_them():
    site, bench = pinned("dev"), pinned("bench")
    assert "bokeh" in bench
    assert "bokeh" not in site
    shared = site.keys() & bench.keys()
    assert "numpy" in shared
    assert {name: bench[name] for name in shared} == {name: site[name] for name in shared}
