"""Running an answer on its seeds: off the request's thread, one setting once, never more than two at a time."""

import statistics
import threading
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from lessons.questions.base import AnswerError
from lessons.questions.targets import Target
from simulator import ENGINE_VERSION, Experiment, simulate

KEPT = 512  # settings whose result is remembered
PATIENCE = 60  # seconds until a learner is told to try again
WAITING = 32  # settings that may wait for a thread

_pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="grading")
_results: OrderedDict[Any, Future[dict[str, Any]]] = OrderedDict()
_lock = threading.Lock()


@dataclass(frozen=True)
class Trials:
    """Runs of one setting on many seeds, and what each must meet."""

    experiments: tuple[Experiment, ...]
    duration: float
    warm_up: float
    targets: tuple[Target, ...]

    def run(self) -> dict[str, Any]:
        """How many runs passed, of how many, and each target's middle value (None when half the runs had none)."""
        results = [simulate(each, self.duration, self.warm_up) for each in self.experiments]
        found = [[target.measured(result) for target in self.targets] for result in results]
        passed = sum(all(map(Target.holds, self.targets, values)) for values in found)
        medians = [_middle(values) for values in zip(*found, strict=True)]
        return {"passed": passed, "runs": len(found), "median": medians[0], "medians": medians, "engine": ENGINE_VERSION}


def _middle(found: Sequence[float | None]) -> float | None:
    values = sorted(value for value in found if value is not None)
    return statistics.median_low(values) if len(values) * 2 > len(found) else None


def run_trials(trials: Trials) -> dict[str, Any]:
    """The result of `trials`; equal ones share one computation. AnswerError when the graders are overrun."""
    with _lock:
        future = _results.get(trials)
        if future is None:
            if sum(not each.done() for each in _results.values()) >= WAITING:
                raise AnswerError("Many answers are being graded right now. Try again in a minute.")
            future = _results[trials] = _pool.submit(trials.run)
            while len(_results) > KEPT:
                _results.popitem(last=False)
        _results.move_to_end(trials)
    try:
        return dict(future.result(timeout=PATIENCE))
    except TimeoutError as error:
        raise AnswerError("Grading takes longer than usual. Try again in a minute.") from error
    except BaseException:
        with _lock:
            _results.pop(trials, None)
        raise
