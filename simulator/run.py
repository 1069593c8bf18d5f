"""A run in progress: advance, change, checkpoint, rewind; and `simulate`, the fast way to a result."""

from typing import Any

import numpy as np

from simulator.control import Value
from simulator.costs import CLOCK
from simulator.engine import layout
from simulator.engine.places import HEAD, word
from simulator.experiment import LONGEST, Change, Experiment, ExperimentError, TooExpensive
from simulator.measures import Totals, measures
from simulator.record import Record, pack, unpack
from simulator.segment import Segment, mask, read, tells_totals, written
from simulator.state import apply, fresh, kernel, micro, scratch

BETWEEN = 4_000  # requests between two checkpoints as they come: what a rewind among the last ones replays at most, 1 ms
CHECKPOINTS = 8  # that a run keeps: the last four as they come, older ones ever wider apart
FEWEST = 3  # however large they are
MEMORY = 8_000_000  # bytes that a run's checkpoints may take beyond that: those of caches hold their catalogues
BUDGET = 20_000_000  # simulated requests, unless the caller says otherwise
RATE, APPLIED = word(layout.RUN, "rate"), word(layout.RUN, "applied")


class Run:
    """One experiment, played from its beginning. `now` is simulated seconds."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self._begin()
        self._kept: list[tuple[int, Any]] = []  # (µs, packed state), by time
        self._bytes = 0  # of those
        self._spare: Any = None  # the memory of one that was let go of

    def _begin(self) -> None:
        """A fresh state at 0 s."""
        self._state = fresh(self.experiment.scenario, self.experiment.seed, windowed=True)
        self._words, self._numbers = self._state.view(np.int64), self._state.view(np.float64)  # NumPy's quick way to a field

    @property
    def now(self) -> float:
        """The playhead, in simulated seconds."""
        return self._clock / 1e6

    @property
    def _clock(self) -> int:
        return self._words.item(CLOCK)

    @property
    def _stride(self) -> float:
        """µs in which a run replays BETWEEN requests."""
        return BETWEEN / self._numbers.item(RATE)

    def advance(self, until: float) -> Segment:
        """Play from `now` to `until` (seconds) and give what happened; ExperimentError when it lies behind.

        The segment depends on the experiment and on its two ends alone.
        """
        out, before = self._play(until)
        return read(self._state, out, self.experiment, before)

    def write(self, until: float) -> bytes:
        """The same as JSON text: what `orjson.dumps(run.advance(until).to_json())` gives, in less time."""
        out, before = self._play(until)
        return written(self._state, out, self.experiment, before)

    def _play(self, until: float) -> tuple[Record, Totals | None]:
        """Play to `until` (seconds) with an output record; and what was counted before, where readouts are made of that."""
        begin, end = self._clock, micro(until)
        if end <= begin or until > LONGEST:
            raise ExperimentError(f"A segment ends after {begin / 1e6:g} s and before {LONGEST:g} s.")
        self._keep()
        out, scenario = scratch(), self.experiment.scenario
        kernel().start(self._state, out, end, mask(self.experiment, begin, end))
        before = Totals.of(self._state, scenario) if tells_totals(scenario) else None
        self._proceed(end, out)
        kernel().survey(self._state, out)
        return out, before

    def change(self, at: float, control: str, value: Value) -> None:
        """Change a control at `at`, also in the past: what was simulated or to be changed after that instant is forgotten."""
        begun = self._clock
        self.follow(self.experiment.with_change(Change(at, control, value)))
        self._proceed(min(micro(self.experiment.timeline[-1].at), begun), scratch())

    def follow(self, experiment: Experiment) -> None:
        """Be a run of an experiment that is this one's own up to its last change, which is new; it stands there or before.

        A run that was beyond that change stands at a checkpoint then, and is still to be played up to it.
        """
        moment = micro(experiment.timeline[-1].at)
        self._return(moment)
        self.experiment = experiment
        self._forget(moment)

    def reaches(self, at: float) -> float:
        """Where it goes on from on the way to `at`: where it stands or, for what lies behind, its latest checkpoint before."""
        target = micro(at)
        if self._clock <= target:
            return self.now
        return next((moment / 1e6 for moment, _ in reversed(self._kept) if moment <= target), 0.0)

    def back(self, at: float) -> None:
        """Stand where `reaches` says, without playing on from there; no-op where it has not come to `at` (seconds) yet."""
        self._return(micro(at))

    def rewind(self, at: float) -> None:
        """Go to another instant of the same experiment, earlier or later; ExperimentError for one that no run has."""
        if not 0 <= at <= LONGEST:
            raise ExperimentError(f"A playhead stands between 0 and {LONGEST:g} s.")
        self._return(micro(at))
        self._proceed(micro(at), scratch())

    def _return(self, target: int) -> None:
        """Where the clock is beyond `target` (µs): to the latest checkpoint before, or to the beginning."""
        if target >= self._clock:
            return
        self._forget(target)
        if self._kept:
            unpack(self._kept[-1][1], self._state)  # in place: a fresh record costs as much as a thousand requests
        else:
            self._begin()

    @property
    def size(self) -> int:
        """Bytes that it holds in memory, about: its checkpoints, and a state: its head, and what else the last of them holds."""
        return HEAD + self._bytes + (len(self._kept[-1][1]) if self._kept else 0)

    def checkpoint(self) -> bytes:
        """The state as bytes, from which `resume` goes on in any process with the same engine version."""
        return pack(self._state).tobytes()

    @classmethod
    def resume(cls, experiment: Experiment, checkpoint: bytes) -> "Run":
        """A run that goes on from a checkpoint of the same experiment, or of one that was the same up to there."""
        run = cls(experiment)
        try:
            unpack(np.frombuffer(bytearray(checkpoint), np.uint8), run._state)
        except ValueError as error:
            raise ExperimentError("This checkpoint belongs to another version of the engine.") from error
        if int(run._state["applied"][0]) != sum(micro(change.at) < run._clock for change in experiment.timeline):
            raise ExperimentError("This checkpoint belongs to another experiment.")
        return run

    def measures(self) -> dict[str, Any]:
        """Everything measured from the beginning to `now`."""
        scenario = self.experiment.scenario
        return measures(scenario, Totals.of(self._state, scenario), Totals.zero(scenario))

    def _proceed(self, until: int, out: Record) -> None:
        """Simulate to `until` µs, keeping checkpoints on the way."""
        while True:
            stop = min(until, self._clock + max(1, int(self._stride)))
            proceed(self._state, self.experiment, stop, out)
            if stop == until:
                return
            self._keep()

    def _forget(self, after: int) -> None:
        """Let go of the checkpoints of later instants (µs)."""
        while self._kept and self._kept[-1][0] > after:
            self._let_go(-1)

    def _keep(self) -> None:
        """Keep a checkpoint of this instant if the last one is not close; thin out the older ones."""
        now = self._clock
        if self._kept and now - self._kept[-1][0] < self._stride / 2:
            return
        most = max(FEWEST, min(CHECKPOINTS, MEMORY // len(self._kept[-1][1]))) if self._kept else FEWEST
        while len(self._kept) >= most:
            times = [*(at for at, _ in self._kept), now]
            old = range(1, max(2, len(times) - 4))
            dispensable = min(old, key=lambda k: (times[k + 1] - times[k - 1]) / (now - times[k]))
            self._let_go(dispensable)
        packed = pack(self._state, self._spare)
        self._spare = None
        self._kept.append((now, packed))
        self._bytes += len(packed)

    def _let_go(self, place: int) -> None:
        """Forget one checkpoint."""
        packed = self._kept.pop(place)[1]
        self._bytes -= len(packed)
        self._spare = packed.base


def proceed(state: Record, experiment: Experiment, until: int, out: Record) -> None:
    """Simulate a state up to `until` µs; the changes of the timeline before that are applied at their times."""
    engine, words = kernel(), state.view(np.int64)
    timeline = experiment.timeline
    applied = words.item(APPLIED)
    while applied < len(timeline) and (at := micro(timeline[applied].at)) < until:
        change = timeline[applied]
        engine.advance(state, out, at)
        apply(state, out, experiment.scenario, experiment.scenario.control(change.control), change.value)
        applied += 1
    words[APPLIED] = applied
    engine.advance(state, out, until)


def simulate(experiment: Experiment, duration: float, warm_up: float = 0.0, *, budget: int = BUDGET) -> dict[str, Any]:
    """What an experiment measures over `duration` seconds after `warm_up` seconds that do not count.

    TooExpensive when it would simulate more than `budget` requests; ExperimentError for impossible lengths.
    """
    if not 0 < duration <= LONGEST or not 0 <= warm_up <= LONGEST:
        raise ExperimentError(f"A run lasts between 0 and {LONGEST:g} simulated seconds.")
    price = experiment.price(warm_up + duration)
    if price > budget:
        raise TooExpensive(f"This run would simulate {price:,} requests; its budget is {budget:,}.")
    scenario = experiment.scenario
    state = fresh(scenario, experiment.seed, windowed=False)
    out = scratch()
    then = Totals.zero(scenario)
    if warm_up:
        proceed(state, experiment, micro(warm_up), out)
        then = Totals.of(state, scenario)
    proceed(state, experiment, micro(warm_up + duration), out)
    return measures(scenario, Totals.of(state, scenario), then)
