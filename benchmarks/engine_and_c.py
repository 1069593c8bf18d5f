"""The engine against the C loop alone, interleaved: what to run while the kernel is being made faster.

Seconds are those of the processor (of this thread), for on a busy machine those of the clock mean little.

`.venv/bin/python -m benchmarks.engine_and_c [requests] [rounds]`
"""

import statistics
import sys
import time

from benchmarks.c_loop import EXPERIMENT, Result, differences, library, parameters, play
from simulator.run import proceed
from simulator.state import fresh, scratch

RATE = EXPERIMENT.scenario.clients.arrival_rate


def engine_seconds(until: int) -> tuple[float, object]:
    """CPU seconds of the engine for the run up to `until` µs, and the record at its end."""
    state = fresh(EXPERIMENT.scenario, EXPERIMENT.seed, windowed=False)
    began = time.thread_time()
    proceed(state, EXPERIMENT, until, scratch())
    return time.thread_time() - began, state


def c_seconds(until: int) -> tuple[float, Result]:
    """CPU seconds of the C loop for the same run, and its result."""
    settings = parameters(fresh(EXPERIMENT.scenario, EXPERIMENT.seed, windowed=False), until)
    began = time.thread_time()
    found = play(settings)
    return time.thread_time() - began, found


def main(requests: int = 1_000_000, rounds: int = 11) -> None:
    """Print requests/s of both (medians), the ratio pair by pair, and whether the results are equal."""
    if library() is None:
        raise SystemExit("There is no C compiler (cc, gcc, clang) to compare with.")
    until = round(requests / RATE * 1e6)
    c_seconds(until // 10), engine_seconds(until // 10)  # both warm
    pairs = []
    for turn in range(rounds):
        if turn % 2:
            (mine, state), (theirs, found) = engine_seconds(until), c_seconds(until)
        else:
            (theirs, found), (mine, state) = c_seconds(until), engine_seconds(until)
        pairs.append((mine, theirs))
    wrong = differences(state, found)
    ratios = sorted(theirs / mine for mine, theirs in pairs)
    print(f"results     {'equal to the last bit' if not wrong else 'DIFFERENT: ' + '; '.join(wrong)}")
    print(f"engine      {found.arrivals / statistics.median(m for m, _ in pairs) / 1e6:.2f} M requests/s")
    print(f"C -O3       {found.arrivals / statistics.median(c for _, c in pairs) / 1e6:.2f} M requests/s")
    print(f"engine / C  {statistics.median(ratios):.3f} (goal 0.75; from {ratios[0]:.3f} to {ratios[-1]:.3f}, {rounds} pairs)")


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:3]))
