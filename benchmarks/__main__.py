"""Figures beside goals, all measured in this run: `make bench`. A figure never fails anything; a wrong result does."""

import os
import platform
import statistics
import sys

from benchmarks.c_loop import differences, library
from benchmarks.engine_and_c import RATE, c_seconds, engine_seconds
from benchmarks.features import DECLARED, costs
from benchmarks.learner import figures
from benchmarks.peers import ciw_seconds, simpy_seconds

ROUNDS = 7
OWN, IN_SIMPY, IN_CIW = 500_000, 20_000, 4_000  # requests of each per round


def speeds() -> dict[str, list[float]]:
    """Requests per CPU second of each contender, round by round, interleaved; SystemExit when C and engine differ."""
    found: dict[str, list[float]] = {}
    until = round(OWN / RATE * 1e6)
    engine_seconds(until // 10)
    for _ in range(ROUNDS):
        took, state = engine_seconds(until)
        arrivals = int(state[0]["arrivals"])
        found.setdefault("engine", []).append(arrivals / took)
        if library() is not None:
            took, result = c_seconds(until)
            if wrong := differences(state, result):
                raise SystemExit(f"The engine and the C loop differ: {'; '.join(wrong)}")
            found.setdefault("C -O3, the same algorithm", []).append(arrivals / took)
        for name, contender, requests in (("SimPy", simpy_seconds, IN_SIMPY), ("Ciw", ciw_seconds, IN_CIW)):
            took, answered = contender(requests)
            found.setdefault(name, []).append(answered / took)
    return found


def row(what: str, figure: str, goal: str = "") -> None:
    """One line of the report."""
    print(f"  {what:<58}{figure:>18}   {goal}", flush=True)


def main() -> None:
    """Print the report."""
    machine = f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}"
    print(f"{machine}; medians of what this run measured")
    print("\n10 servers × 4 workers, least connections, 80 %: requests per second of processor time")
    found = speeds()
    for name, rates in found.items():
        row(name, f"{statistics.median(rates):,.0f}/s")
    goals = {"C -O3, the same algorithm": "≥ 0.75", "SimPy": "≥ 100", "Ciw": "≥ 500"}
    for name, goal in goals.items():
        if name in found:
            ratios = [mine / theirs for mine, theirs in zip(found["engine"], found[name], strict=True)]
            row(f"engine / {name}", f"{statistics.median(ratios):,.2f} ×", f"goal {goal} ×")
        else:
            row(f"engine / {name}", "no C compiler here")
    print("\nA feature that is offered and off: time against the plain run")
    for name, cost in costs().items():
        row(name, f"{cost * 100:+.1f} %", "is measured apart: no goal" if name in DECLARED else "goal ≤ 3 %")
    print("\nWhat a learner waits for")
    for what, figure, goal in figures():
        row(what, figure, f"goal ≤ {goal}")


if __name__ == "__main__":
    sys.exit(main())
