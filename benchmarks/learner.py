"""What a learner and a server wait for: rewinds, checkpoints, replays, the start of a process, the memory of a run."""

import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator

from simulator import Change, Experiment, Run, parse_scenario

BUSY = parse_scenario("""
name: busy
title: Busy
clients: {arrival_rate: 2000, clients: 240, deadline: 1.0}
stations:
  - {name: servers, servers: 8, workers: 4, service_time: 0.01, queue_limit: 1000, strategy: least-connections,
     health_check: {interval: 0.1}}
controls:
  - name: strategy
    label: Strategy
    choices: [[random, Random], [round-robin, Round robin], [least-connections, Least connections], [two-choices, Two choices]]
  - {name: arrival_rate, label: Arrival rate, minimum: 100, maximum: 4000, step: 10}
  - {name: variability, label: Variability, minimum: 0, maximum: 10, step: 1}
  - {name: workers, label: Workers, minimum: 1, maximum: 8, step: 1}
faults: [{name: stop, label: Stop, target: servers}, {name: slow, label: Slow, target: servers}]
""")
CHANGES = tuple(
    Change(30.0 * (number + 1), *change)
    for number, change in enumerate(
        [
            ("strategy", "round-robin"), ("stop.1", True), ("stop.1", False), ("strategy", "two-choices"), ("variability", 4),
            ("variability", 1), ("workers", 5), ("workers", 4), ("slow.2", True), ("slow.2", False), ("strategy", "random"),
            ("strategy", "least-connections"), ("stop.3", True), ("stop.3", False), ("arrival_rate", 2100),
            ("arrival_rate", 2000), ("variability", 0), ("variability", 1),
        ]
    )
)  # fmt: skip
START = """
import time
began = time.perf_counter()
from simulator.state import compile_all
compile_all()
print(time.perf_counter() - began)
"""
MEMORY = """
import gc, re
from benchmarks.learner import BUSY, Experiment, Run
def resident():
    gc.collect()
    return int(re.search(r"VmRSS:\\s+(\\d+)", open("/proc/self/status").read())[1]) * 1024
def played(seed):
    run = Run(Experiment(BUSY, seed))
    for second in range(1, 61):
        run.advance(second)
    return run
runs = [played(0)]
before = resident()
runs += [played(seed) for seed in range(1, 21)]
print((resident() - before) / 20)
"""


def _script(text: str) -> float:
    """What a fresh process says that keeps its bytecode, as a served one does: a start is not the time to compile Python."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    said = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True, env=kept)
    return float(said.stdout)


def rewinds(times: int = 300, length: float = 0.1) -> list[float]:
    """Seconds for each of `times` rewinds to an instant of the last 10 s at 2,000 requests/s, with the segment from there."""
    run, chance, found = Run(Experiment(BUSY, 1)), random.Random(1), []
    for tick in range(1, 601):
        run.advance(tick / 10)
    for _ in range(times):
        at = round(chance.uniform(50, 60 - length), 3)
        began = time.perf_counter()
        run.rewind(at)
        run.advance(at + length)
        found.append(time.perf_counter() - began)
        run.rewind(at)
        while run.now < 60:
            run.advance(min(60, run.now + 0.1))
    return found


def checkpoints(times: int = 300) -> list[float]:
    """Seconds for each of `times` checkpoints of a run at 2,000 requests/s."""
    run, found = Run(Experiment(BUSY, 1)), []
    for number in range(times):
        run.advance((number + 1) / 10)
        began = time.perf_counter()
        run.checkpoint()
        found.append(time.perf_counter() - began)
    return found


def replay() -> float:
    """Seconds for ten minutes at 2,000 requests/s with 18 changes."""
    run = Run(Experiment(BUSY, 1, CHANGES))
    began = time.perf_counter()
    run.rewind(600)
    return time.perf_counter() - began


def figures() -> Iterator[tuple[str, str, str]]:
    """(what, figure, goal), one after another."""
    found = sorted(rewinds())
    worst = found[int(0.99 * len(found))]
    yield "rewind in the last 10 s and a new segment, p99", f"{worst * 1e3:.2f} ms", "5 ms"
    yield "checkpoint, median", f"{statistics.median(checkpoints()) * 1e6:.0f} µs", "50 µs"
    yield "ten minutes at 2,000/s with 18 changes, median of 5", f"{statistics.median(replay() for _ in range(5)):.3f} s", "0.3 s"
    _script(START)
    yield (
        "start of the engine in a fresh process, median of 5",
        f"{statistics.median(_script(START) for _ in range(5)):.2f} s",
        "1 s",
    )
    if sys.platform == "linux":
        yield "resident memory of a run, its checkpoints included", f"{_script(MEMORY) / 1e6:.2f} MB", "1 MB"
