"""The histogram that a page draws holds every answer of the segment, and each in the bucket of its response time."""

import numpy as np

from simulator import Experiment, Run, load_scenario
from simulator.measures import EDGES
from simulator.segment import coarse


def begins(bucket: int) -> float:
    """Seconds at which a bucket begins, as the page computes it."""
    return (1 + bucket % 4 / 4) * 2 ** (bucket // 4) * 1e-6


def test_every_answer_is_in_it_once():
    run = Run(Experiment(load_scenario("load-balancing-strategies"), 1))
    first, second = run.advance(5.0), run.advance(10.0)
    assert sum(n for _, n in first.histogram) == first.totals["answered"]
    assert sum(n for _, n in first.histogram + second.histogram) == second.totals["answered"]


def test_a_bucket_holds_what_lies_between_its_edges():
    fine = np.zeros(len(EDGES) - 1, np.int64)
    at = int(np.searchsorted(EDGES, 0.0123, side="right")) - 1
    fine[at] = 7
    [[bucket, answers]] = coarse(fine)
    assert answers == 7
    assert begins(bucket) <= 0.0123 < begins(bucket + 1)
