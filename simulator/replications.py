"""Many seeds: confidence intervals for one experiment, and the paired difference between two."""

import math
from collections.abc import Callable, Sequence
from typing import Any

from simulator.experiment import Experiment
from simulator.run import simulate

# Student's t, two-sided 95 %, by degrees of freedom 1 … 30; beyond that the normal's 1.96.
T95 = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120,
    2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
)  # fmt: skip
KEYS = (
    "mean_response_time", "p50", "p95", "p99", "mean_waiting_time", "throughput", "goodput", "error_rate",
    "utilisation", "mean_number_in_system", "cost_per_hour",
)  # fmt: skip


def interval(values: Sequence[float]) -> tuple[float, float]:
    """(mean, half width of the 95 % confidence interval) of independent results; half width 0 for one value."""
    n = len(values)
    mean = math.fsum(values) / n
    if n < 2:
        return mean, 0.0
    variance = math.fsum((value - mean) ** 2 for value in values) / (n - 1)
    return mean, (T95[n - 2] if n <= 31 else 1.96) * math.sqrt(variance / n)


def replicate(
    experiment: Experiment,
    runs: int,
    duration: float,
    warm_up: float = 0.0,
    *,
    budget: int = 20_000_000,
    each: Callable[[int], None] = lambda done: None,
) -> list[dict[str, Any]]:
    """The measures of `runs` runs with the seeds that follow the experiment's own; `each` hears of progress."""
    found = []
    for number in range(runs):
        found.append(simulate(experiment.reseeded(number), duration, warm_up, budget=budget))
        each(number + 1)
    return found


def confidence(results: Sequence[dict[str, Any]]) -> dict[str, dict[str, float] | None]:
    """Mean, low and high of each measure over independent results; None where a run had no value."""
    found: dict[str, dict[str, float] | None] = {}
    for key in KEYS:
        values = [result[key] for result in results if result[key] is not None]
        if len(values) < len(results):
            found[key] = None
            continue
        mean, half = interval(values)
        found[key] = {"mean": mean, "low": mean - half, "high": mean + half}
    return found


def compare(a: Sequence[dict[str, Any]], b: Sequence[dict[str, Any]], key: str = "mean_response_time") -> dict[str, float | bool]:
    """The paired difference B − A of a measure over the same seeds; `real` when its interval leaves out zero."""
    mean, half = interval([y[key] - x[key] for x, y in zip(a, b, strict=True)])
    return {"difference": mean, "low": mean - half, "high": mean + half, "real": len(a) > 1 and abs(mean) > half}


WORDS = {  # measure: what B does; its less and its more of it; unit; factor to that unit
    "mean_response_time": ("answers", "faster", "slower", "ms", 1000.0),
    "p99": ("answers its slowest 1 %", "faster", "slower", "ms", 1000.0),
    "error_rate": ("fails", "less often", "more often", "points", 100.0),
    "cost_per_hour": ("costs", "less", "more", "$/h", 1.0),
}


def sentence(found: dict[str, float | bool], key: str) -> str:
    """A paired difference in words: "B answers faster by 13.2 ms ± 0.4"; that it may be chance, where it may."""
    does, less, more, unit, factor = WORDS[key]
    gap = abs(float(found["difference"])) * factor
    half = (float(found["high"]) - float(found["low"])) / 2 * factor
    if not found["real"]:
        return f"A and B may be equal here: the difference of {gap:.3g} {unit} ± {half:.2g} leaves room for none."
    return f"B {does} {less if float(found['difference']) < 0 else more} by {gap:.3g} {unit} ± {half:.2g}."
