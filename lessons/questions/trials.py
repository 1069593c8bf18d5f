"""Running an answer on its seeds: off the request's thread, one setting once, never more than two at a time."""

import statistics
import threading
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from lessons.questions.base import AnswerError
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
    measure: str
    at_most: float | None
    at_least: float | None

    def run(self) -> dict[str, Any]:
        """How many runs passed, of how many, and the middle run's value (None when half the runs had none)."""
        found = [simulate(each, self.duration, self.warm_up)[self.measure] for each in self.experiments]
        passed = sum(self._holds(value) for value in found)
        values = sorted(value for value in found if value is not None)
        middle = statistics.median_low(values) if len(values) * 2 > len(found) else None
        return {"passed": passed, "runs": len(found), "median": middle, "engine": ENGINE_VERSION}

    def _holds(self, value: float | None) -> bool:
        if value is None:
            return False
        if self.at_most is not None:
            return value <= self.at_most
        return self.at_least is not None and value >= self.at_least


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
