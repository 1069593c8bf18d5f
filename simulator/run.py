"""A run in progress: advance, change, checkpoint, rewind; and the fast way to a result."""

from collections import deque
from typing import Any

import numpy as np

from simulator.control import Value
from simulator.engine import kernel
from simulator.engine.state import NO_COUNT, NO_TRACE, Machine, micro
from simulator.experiment import LONGEST, Change, Experiment, ExperimentError, TooExpensive
from simulator.measures import measures
from simulator.segment import Segment, build, sampling, trace_for

CHECKPOINTS = 12
BUDGET = 20_000_000  # simulated requests, unless the caller says otherwise


class Run:
    """One experiment, played from its beginning. `now` is simulated seconds."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self._restart()

    def _restart(self) -> None:
        self._machine = Machine(self.experiment.scenario.defaults, self.experiment.seed)
        self._applied = 0
        self._kept: deque[tuple[int, int, bytes]] = deque(maxlen=CHECKPOINTS)
        self._apply_due()

    @property
    def now(self) -> float:
        """The playhead, in simulated seconds."""
        return int(self._machine.state["now"][0]) / 1e6

    def _apply_due(self, trace: Any = NO_TRACE, used: Any = NO_COUNT, sample: int = 0) -> None:
        """Apply the changes that are dated now or earlier and not yet applied."""
        now = int(self._machine.state["now"][0])
        timeline = self.experiment.timeline
        while self._applied < len(timeline) and micro(timeline[self._applied].at) <= now:
            change = timeline[self._applied]
            self._machine.apply(change.control, change.value, trace, used, sample)
            self._applied += 1

    def _to(self, until: int, trace: Any = NO_TRACE, used: Any = NO_COUNT, sample: int = 0) -> None:
        """Advance to `until` (µs), applying the timeline on the way."""
        timeline = self.experiment.timeline
        while self._applied < len(timeline) and micro(timeline[self._applied].at) <= until:
            kernel.advance(self._machine.state, micro(timeline[self._applied].at), trace, used, sample)
            self._apply_due(trace, used, sample)
        kernel.advance(self._machine.state, until, trace, used, sample)

    def advance(self, until: float) -> Segment:
        """Play from `now` to `until` (seconds) and give what happened; ExperimentError when it lies behind."""
        begin, end = int(self._machine.state["now"][0]), micro(until)
        if end <= begin or until > LONGEST:
            raise ExperimentError(f"A segment ends after {begin / 1e6:g} s and before {LONGEST:g} s.")
        self._kept.append((begin, self._applied, self.checkpoint()))
        sample = sampling(self.experiment.price(end / 1e6, begin / 1e6))
        trace, used = trace_for(), np.zeros(1, np.int64)
        return build(
            self._machine,
            self.experiment,
            end,
            sample,
            trace,
            used,
            lambda at: self._to(at, trace, used, sample),
        )

    def change(self, at: float, control: str, value: Value) -> None:
        """Change a control at `at`, also in the past: what was simulated after that instant is forgotten."""
        experiment = self.experiment.with_change(Change(at, control, value))
        moment = experiment.timeline[-1].at
        if moment <= self.now:
            self.rewind(moment)
        self.experiment = experiment
        if micro(moment) == int(self._machine.state["now"][0]):
            self._apply_due()

    def rewind(self, at: float) -> None:
        """Go to another instant of the same experiment, by way of the nearest checkpoint before it."""
        target = micro(at)
        while self._kept and (self._kept[-1][0] > target):
            self._kept.pop()
        if int(self._machine.state["now"][0]) > target:
            if self._kept:
                begin, applied, memory = self._kept[-1]
                self._restore(memory, applied, begin)
            else:
                self._restart()
        self._to(target)
        self._apply_due()

    def checkpoint(self) -> bytes:
        """The state as bytes."""
        return self._machine.state.view(np.uint8).tobytes()

    def _restore(self, memory: bytes, applied: int, begin: int) -> None:
        self._machine.state.view(np.uint8)[:] = np.frombuffer(memory, np.uint8)
        self._applied = applied
        settings = dict(self.experiment.scenario.defaults)
        for change in self.experiment.timeline[:applied]:
            settings[change.control] = change.value
        self._machine.settings = settings

    @classmethod
    def resume(cls, experiment: Experiment, checkpoint: bytes) -> "Run":
        """A run that goes on from a checkpoint of the same experiment."""
        run = cls(experiment)
        if len(checkpoint) != kernel.STATE.itemsize:
            raise ExperimentError("This checkpoint belongs to another version of the engine.")
        at = int(np.frombuffer(checkpoint, kernel.STATE)["now"][0])
        applied = sum(micro(change.at) <= at for change in experiment.timeline)
        run._restore(checkpoint, applied, at)
        return run

    def measures(self) -> dict[str, Any]:
        """Everything measured from the beginning to `now`."""
        return measures(self._machine.state, self.experiment.scenario)


def simulate(experiment: Experiment, duration: float, warm_up: float = 0.0, *, budget: int = BUDGET) -> dict[str, Any]:
    """What an experiment measures over `duration` seconds after `warm_up` seconds that do not count.

    TooExpensive when it would simulate more than `budget` requests; ExperimentError for impossible lengths.
    """
    if not 0 < duration <= LONGEST or not 0 <= warm_up <= LONGEST:
        raise ExperimentError(f"A run lasts between 0 and {LONGEST:g} simulated seconds.")
    price = experiment.price(warm_up + duration)
    if price > budget:
        raise TooExpensive(f"This run would simulate {price:,} requests; its budget is {budget:,}.")
    run = Run(experiment)
    if warm_up:
        run._to(micro(warm_up))
        kernel.reset_measures(run._machine.state)
    run._to(micro(warm_up + duration))
    return run.measures()
