"""Response times in logarithmic buckets: 128 to an octave, from 1 µs to 2^32 µs (71 minutes).

A bucket is at most 0.78% wide and a percentile is interpolated inside it. `histogram` holds the whole run;
`window_histogram` the last 1,000 answers, of which p99 is known to about 7% (with 100 it would be 20%).
"""

import numpy as np

from simulator.engine.codes import BUCKETS, WINDOW
from simulator.engine.compiled import inner
from simulator.engine.layout import State

PER_OCTAVE_BITS = 7
MANTISSA = 52 - PER_OCTAVE_BITS
OFFSET = 1023 << PER_OCTAVE_BITS
BLOCK = 64
SHARES = (0.50, 0.95, 0.99)  # of the rolling percentiles
LONGEST_KEPT = 2**31 - 1  # µs


@inner
def bucket_of(time: int) -> int:
    """The bucket of a time in µs: exponent and first seven bits of the mantissa of its float64."""
    bucket = (np.float64(max(time, 1)).view(np.int64) >> MANTISSA) - OFFSET
    return min(bucket, BUCKETS - 1)


@inner
def lower_edge(bucket: int) -> float:
    """The shortest time of a bucket, in µs."""
    octave = bucket >> PER_OCTAVE_BITS
    return (1.0 + (bucket & 127) / 128.0) * np.float64(1 << octave)


@inner
def forget_and_keep(run: State, time: int, bucket: int) -> None:
    """Replace the oldest answer of the window by this one."""
    place = run.window_next
    if run.window_used < WINDOW:
        run.window_used += 1
    else:
        old = run.window[place]
        run.window_sum -= old
        run.window_histogram[bucket_of(old)] -= 1
    kept = min(time, LONGEST_KEPT)
    run.window[place] = kept
    run.window_sum += kept
    run.window_histogram[bucket if kept == time else bucket_of(kept)] += 1
    place += 1
    run.window_next = 0 if place == WINDOW else place


@inner
def window_percentiles(run: State, row: np.ndarray) -> None:
    """The percentiles of `SHARES` of the window, which is not empty, into the first places of `row`, in seconds."""
    counts = run.window_histogram
    below = np.int64(0)
    found = 0
    for block in range(0, BUCKETS, BLOCK):
        total = np.int64(0)
        for k in range(block, block + BLOCK):
            total += counts[k]
        while found < len(SHARES) and total > 0 and below + total >= SHARES[found] * run.window_used:
            row[found] = inside(counts, block, below, SHARES[found] * run.window_used)
            found += 1
        if found == len(SHARES):
            return
        below += total


@inner
def inside(counts: np.ndarray, block: int, below: int, rank: float) -> float:
    """The time in seconds of the answer of this rank, which is in this block; `below` answers lie before it."""
    for k in range(block, block + BLOCK):
        if below + counts[k] >= rank and counts[k] > 0:
            low = lower_edge(k)
            part = (rank - below) / counts[k]
            return (low + (lower_edge(k + 1) - low) * part) * 1e-6
        below += counts[k]
    return lower_edge(block + BLOCK) * 1e-6
