"""Whether two settings really differ: both run on the same seeds, and the differences between the pairs have an interval.

Two runs side by side show one sample each; what a learner is to believe comes from ten pairs. Runs are simulated one at
a time (`step`), so that other learners' work comes between.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import floor, log10
from threading import Lock
from typing import Any

from simulator import Change, Experiment, theory
from simulator.replications import compare, replicate
from simulator.scenario import READOUTS

PAIRS = 10
EACH = 250_000  # simulated requests of one run, at most about
LONGEST, SHORTEST = 600.0, 2.0  # seconds of one run
WARM_UP = 0.1  # of it, which does not count
MEASURES = ("mean_response_time", "p50", "p95", "p99", "throughput", "error_rate", "utilisation", "cost_per_hour")
KEPT = 512  # settings whose results are remembered
Results = tuple[dict[str, Any], ...]

_kept: OrderedDict[tuple[Experiment, float], Results] = OrderedDict()
_lock = Lock()


def steady(experiment: Experiment) -> Experiment:
    """The settings that are in force at the end of an experiment, from 0 s on: what is compared is settings."""
    defaults = experiment.scenario.defaults
    last = {change.control: change.value for change in experiment.timeline}
    changes = tuple(Change(0.0, name, value) for name, value in sorted(last.items()) if value != defaults.get(name, False))
    return Experiment(experiment.scenario, experiment.seed, changes)


@dataclass
class Comparison:
    """Two settings that are being compared; `step` until it says that it is done, then `result`."""

    a: Experiment
    b: Experiment
    found: dict[Experiment, list[dict[str, Any]]] = field(default_factory=dict)

    @classmethod
    def of(cls, a: Experiment, b: Experiment) -> "Comparison":
        """The steady settings of two experiments of one scenario."""
        made = cls(steady(a), steady(b))
        for each in (made.a, made.b):
            with _lock:
                made.found[each] = list(_kept.get((each, made.length), ()))
        return made

    @property
    def length(self) -> float:
        """Seconds of one run: as long as the busier of the two settings allows."""
        rate = max(1, *(experiment.price(1.0) for experiment in (self.a, self.b)))
        return float(f"{min(LONGEST, max(SHORTEST, EACH / rate)):.2g}")

    @property
    def price(self) -> int:
        """Simulated requests that are still to be done."""
        return sum((PAIRS - len(results)) * experiment.price(self.length) for experiment, results in self.found.items())

    def step(self) -> bool:
        """Simulate one run more; whether that was not the last."""
        for experiment, results in self.found.items():
            if len(results) < PAIRS:
                warm_up = self.length * WARM_UP
                results += replicate(experiment.reseeded(len(results)), 1, self.length - warm_up, warm_up)
                if len(results) == PAIRS:
                    self._keep(experiment, results)
                return True
        return False

    def _keep(self, experiment: Experiment, results: list[dict[str, Any]]) -> None:
        with _lock:
            _kept[experiment, self.length] = tuple(results)
            while len(_kept) > KEPT:
                _kept.popitem(last=False)

    def result(self) -> dict[str, Any]:
        """What was found: the measures with their differences (B − A, base units) and a sentence for the learner."""
        a, b = self.found[self.a], self.found[self.b]
        measures = {}
        for name in MEASURES:
            if all(result.get(name) is not None for result in (*a, *b)):
                means = {side: sum(result[name] for result in results) / PAIRS for side, results in (("a", a), ("b", b))}
                label, unit, scale, digits = READOUTS[name]
                shown = {"label": label, "unit": unit, "scale": scale, "digits": digits}
                measures[name] = {**means, **compare(a, b, name), **shown}
        found = {"pairs": PAIRS, "seconds": self.length, "counted_from": round(self.length * WARM_UP, 3)}
        return {**found, "measures": measures, "sentence": self._sentence(measures)}

    def _sentence(self, measures: dict[str, dict[str, Any]]) -> str:
        if self.a == self.b:
            return "A and B have the same settings. Change one of them."
        row = measures.get("mean_response_time")
        said = [speed(row) if row else silence(self.found[self.a], self.found[self.b]), losses(measures.get("error_rate"))]
        over = [side for side, experiment in (("A", self.a), ("B", self.b)) if overloaded(experiment)]
        if len(over) == 2:
            said.append("Both get more than they can serve, so their queues grow until they are full.")
        elif over:
            said.append(f"{over[0]} gets more than it can serve, so its queue grows until it is full.")
        return " ".join(sentence for sentence in said if sentence)


def silence(a: Sequence[dict[str, Any]], b: Sequence[dict[str, Any]]) -> str:
    """Which of them answered nothing, in all of its runs or in some."""
    mute = {side: sum(result["mean_response_time"] is None for result in results) for side, results in (("A", a), ("B", b))}
    if all(count == PAIRS for count in mute.values()):
        return "Neither answered anything, so there is no time to compare."
    who = " and ".join(side if count == PAIRS else f"{side} in some of its runs" for side, count in mute.items() if count)
    return f"{who} answered nothing, so there is no time to compare."


def speed(row: dict[str, Any]) -> str:
    """Which one answers faster on average, by how much, and whether that is more than chance."""
    if not row["real"]:
        low, high = times(row["low"], row["high"])
        unsure = f"Which one answers faster on average, {PAIRS} pairs of runs cannot tell"
        return f"{unsure}: the difference lies from {low} to {high}."
    word = "faster" if row["difference"] < 0 else "slower"
    by, low, high = times(abs(row["difference"]), *sorted((abs(row["low"]), abs(row["high"]))))
    pairs = f"by {by} in each of {PAIRS} pairs of runs" if low == high else f"{PAIRS} pairs of runs: {low} to {high}"
    return f"B answers {by} {word} on average; that is real ({pairs})."


def losses(row: dict[str, Any] | None) -> str:
    """Which one loses more requests, if the difference is real and large enough to be seen."""
    if row is None or not row["real"] or max(row["a"], row["b"]) < 0.0005:
        return ""
    if f"{row['a']:.1%}" == f"{row['b']:.1%}":
        return f"Both lose {row['a']:.1%} of the requests."
    more, less = ("B", "A") if row["difference"] > 0 else ("A", "B")
    return f"{more} loses {row[more.lower()]:.1%} of the requests, {less} {row[less.lower()]:.1%}."


def overloaded(experiment: Experiment) -> bool:
    """Whether more comes in than can be served, where the settings tell: in one plain pool, without a steady state that is known.

    Caches, replicas, autoscalers and later stations carry what the first pool alone could not.
    """
    if not experiment.scenario.is_simple:
        return False
    settings = experiment.settings_at(0.0)
    says = theory.expectation(settings, ["up"] * int(settings["servers"]))
    return not says["holds"] and (says["utilisation"] or 0.0) >= 1.0


def times(*seconds: float) -> list[str]:
    """Times as a sentence tells them: in one unit, with as many decimals as the longest needs for three digits (seconds: four).

    Milliseconds, or seconds when one of them is ten of them. The unit stays on its number's line.
    """
    longest = max(map(abs, seconds))
    scale, unit, digits = (1, "s", 4) if longest >= 10 else (1000, "ms", 3)
    decimals = max(0, digits - 1 - floor(log10(longest * scale))) if longest else 0
    return [f"{each * scale:,.{decimals}f}\u00a0{unit}".replace("-", "−") for each in seconds]
