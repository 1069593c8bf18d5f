"""Which Python 3.11 the virtual environments are made of: the one that was called, or another here that is clearly quicker.

How a Python was built makes more of a difference than much work on what it runs: without profile-guided optimisation, as
pyenv builds one unless told otherwise, a learner takes a quarter more of a server's core. What a build says of itself does
not tell (Debian's is optimised and does not mention it), so they are asked to do the same, by turns.
"""

import os
import statistics
import subprocess
import sys
from pathlib import Path

FOLDERS = ("/usr/local/bin", "/usr/bin", "/opt/homebrew/bin")  # looked at besides PATH, where a version manager may stand alone
ROUNDS = 5
CLEARLY = 0.9  # of the time of the one that was called: for less than that nobody is surprised by another Python
PIECE = """
import ctypes, ensurepip, sqlite3, ssl, sys, time, venv
assert sys.version_info[:2] == (3, 11) and sys.prefix == sys.base_prefix
class Each:
    def __init__(self, n):
        self.n, self.kept = n, {}
    def ask(self, k):
        self.kept[k] = self.kept.get(k, 0) + self.n
        return f"{k}:{self.kept[k]}"
def work():
    began = time.perf_counter()
    for n in range(60):
        each = Each(n)
        sum(len(each.ask(k % 7)) for k in range(100))
    return time.perf_counter() - began
print(min(work() for _ in range(5)), sys.executable)
"""


def timed(python: str) -> tuple[float, str] | None:
    """Seconds that a piece of Python takes there, and its real path; None where no environment can be made of it."""
    try:
        done = subprocess.run([python, "-I", "-c", PIECE], capture_output=True, text=True, timeout=20, check=True)
        seconds, path = done.stdout.strip().split(" ", 1)
        return float(seconds), path
    except (OSError, ValueError, subprocess.SubprocessError):
        return None


def others(called: str) -> list[str]:
    """Every other Python 3.11 that can be found, once each (what a version manager puts into PATH only points at one)."""
    folders = [Path(folder) for folder in [*os.environ.get("PATH", "").split(os.pathsep), *FOLDERS] if folder]
    places = dict.fromkeys(place.resolve() for folder in folders if os.access(place := folder / "python3.11", os.X_OK))
    found = dict.fromkeys(answer[1] for place in places if (answer := timed(str(place))))
    return [other for other in found if Path(other).resolve() != Path(called).resolve()]


def quickest(called: str = sys.executable) -> str:
    """The path of the Python to use: by the median of how long each takes beside `called`, that itself when none is clearly
    quicker. A processor that changes its speed meanwhile (they do, by half) spoils a pair or two, and no more.
    """
    best, least = called, CLEARLY
    for other in others(called):
        pairs = [(timed(called), timed(other)) for _ in range(ROUNDS)]
        ratios = [theirs[0] / ours[0] for ours, theirs in pairs if ours and theirs]
        if len(ratios) == ROUNDS and (ratio := statistics.median(ratios)) < least:
            best, least = other, ratio
    return best
