"""One learner's run, driven by messages; and the whole of what a page and the server say to each other.

A page opens a websocket to `/ws/tracks/<track>/<lesson>/<simulation>/` and asks; every message gets one answer, in order.
All is JSON text, times are simulated seconds, values are in base units (seconds, requests/s). `id`, a whole number of
the page's choice, may stand in any message and comes back in its answer.

open    {"type": "open", "from": t, "until": t, …}: first on every connection, and again to restart. What, in one of three
        ways:
          "opening": true       the lesson's opening, preset included; "seed" may be given. This is what Restart sends.
          "link": "…"           what Experiment.to_link() gave; a page's address holds it as `#<panel's id>=<link>`
          "seed", "timeline"    the learner's own, [[at, control, value], …]; resuming sends them with "from" = the
                                playhead. An empty timeline means the bare scenario with "opening": false, and the
                                lesson's opening without it.
play    {"type": "play", "from": t, "until": t}: what comes next; `from` is where the last segment ended.
change  {"type": "change", "at": t, "control": c, "value": v, "until": t}: stamped with the playhead plus the round trip;
        what was sent for after `at` is void, and so are changes of the timeline that lie after it: touching a control
        ends the script that a prediction or a link brought. The answer's timeline is the one that counts.
compare {"type": "compare", "timeline": […]}: whether the settings at the end of this run and at the end of that timeline
        really differ. Answered with "comparison"; nothing is changed. See lessons/comparison.py.

segment {"type": "segment", "reply": "open" | "play" | "change", "from", "until", …}: see simulator/segment.py; to open and
        change also "seed", "timeline", "link" and "opening" (whether this is still the lesson's opening).
comparison {"type": "comparison", "pairs", "seconds", "counted_from", "measures", "sentence"}: B is the timeline that was
        sent; both are counted from that second on.
error   {"type": "error", "code", "message", "fatal"}: nothing was changed. The message is for the learner.
          bad_message    no page of ours says that; the third closes with 4400
          out_of_range, unknown_control    with "control"
          bad_link       damaged, of another simulation or of an earlier engine: the page opens the opening instead
          too_expensive  with "longest", the seconds that a segment from there may last: ask for less or play more
                         slowly. Without it, going on from so far costs too much: begin again.
          too_many       with "wait", the seconds until it can be paid for; asking again sooner, twelve times on end,
                         closes with 4429
          no_access, idle, too_many, bad_message, failed    with "fatal": true the connection closes

Close codes: 4400 bad · 4401 sign in · 4403 not yours · 4404 no such simulation · 4408 does not read · 4429 too many ·
1011 and 1012 open again with seed, timeline and playhead: with jitter, or after the error "idle" when the learner needs it.
Segments whose ends fall on whole multiples of one length are shared between learners; with 3 s of wall time
each a message is rare enough and little is lost when a control moves.
"""

from dataclasses import dataclass
from threading import Lock
from typing import Any

import orjson

from lessons.checkpoints import Checkpoints
from lessons.comparison import Comparison
from lessons.messages import Refused, bad
from lessons.purse import DEAREST, HIT, OVERHEAD, REPLAY
from lessons.runs import Runs
from lessons.segments import History, Key, Segments, micro
from simulator import Change, ControlValueError, Experiment, ExperimentError, LinkError, Run, Scenario, UnknownControl

LONGEST = 600.0  # simulated seconds of a segment
KEEP_EVERY = 100_000  # simulated requests between two shared checkpoints
UNFIT = (LinkError, ExperimentError, ControlValueError, UnknownControl)
WORTH = 20_000  # simulated requests that a replay must cost for a checkpoint to be left instead: 4 ms


@dataclass(slots=True)  # not frozen: making one would take as long as all else that a plan needs
class Plan:
    """What a message comes to, before anything is simulated. Times in seconds, prices in simulated requests."""

    kind: str
    id: int | None
    history: History
    begin: float
    until: float
    key: Key
    change: Change | None = None
    text: bytes | None = None  # the segment, when it has been simulated before
    requests: int = 0  # in the segment otherwise
    replay: int = 0  # before it

    @property
    def work(self) -> int:
        """Simulated requests in all; 0 when the segment is there."""
        return self.requests + self.replay

    @property
    def price(self) -> int:
        """What it takes from a purse."""
        return HIT if self.text else OVERHEAD + self.work


@dataclass(slots=True)
class Shelf:
    """What the streams of one process share."""

    segments: Segments
    checkpoints: Checkpoints
    runs: Runs

    @classmethod
    def empty(cls) -> "Shelf":
        """A shelf with nothing on it."""
        return cls(Segments(), Checkpoints(), Runs())


SHELF = Shelf.empty()


class Stream:
    """One learner's run. `plan` says what a message costs, `approach` replays up to it in slices, `play` answers it."""

    def __init__(self, scenario: Scenario, opening: tuple[Change, ...], shelf: Shelf = SHELF) -> None:
        self.scenario = scenario
        self.opening = History(Experiment(scenario, scenario.seed, opening))
        self.shelf = shelf
        self.history: History | None = None
        self.now = 0.0  # where the last segment ended
        self._run: Run | None = None
        self._run_of: History | None = None
        self._unkept = 0
        self._gone = False
        self._lock = Lock()

    # --- what is asked -----------------------------------------------------------------------------
    def plan(self, message: dict[str, Any]) -> Plan:
        """What the message comes to; Refused when it does not fit or costs too much."""
        try:
            history, begin, change = self._asked(message)
        except UNFIT as error:
            raise _refusal(error, message) from error
        if message["type"] != "open" and begin > self.now + LONGEST:
            raise bad("The message skips ahead.")
        until = float(message["until"])
        if not 0 < micro(until) - micro(begin) <= micro(LONGEST):
            raise Refused("out_of_range", f"A segment ends after it begins and lasts up to {LONGEST:g} simulated seconds.")
        key = history.key(begin, until)
        plan = Plan(message["type"], message.get("id"), history, begin, until, key, change, self.shelf.segments.get(key))
        if plan.text is None:
            plan.requests, plan.replay = self._cost(plan)
        return plan

    def _asked(self, message: dict[str, Any]) -> tuple[History, float, Change | None]:
        if message["type"] == "open":
            return self._opened(message), float(message["from"]), None
        if self.history is None:
            raise bad("The first message opens the simulation.")
        if message["type"] == "play":
            return self.history, float(message["from"]), None
        change = Change(message["at"], message["control"], message["value"])
        history = self.history.changed(self.history.experiment.with_change(change))
        made = history.experiment.timeline[-1]
        return history, made.at, made

    def _opened(self, message: dict[str, Any]) -> History:
        if "link" in message:
            return History(Experiment.from_link(message["link"], self.scenario))
        seed = message.get("seed", self.scenario.seed)
        timeline = tuple(Change(*row) for row in message.get("timeline", ()))
        if message.get("opening", not timeline):
            timeline = self.opening.experiment.timeline
        return History(Experiment(self.scenario, seed, timeline))

    def _cost(self, plan: Plan) -> tuple[int, int]:
        """Requests in the segment and in the replay before it; Refused when they are too many."""
        experiment, begin = plan.history.experiment, plan.begin
        requests = max(1, experiment.price(plan.until, begin))
        if requests > DEAREST:
            longest = affordable(experiment, begin, DEAREST)
            raise Refused("too_expensive", "That is too much to simulate at once: choose a lower speed.", longest=longest)
        if self._stands(plan):  # nearly always
            return requests, 0
        replay = self._replay(plan, max(self._own(plan), self.shelf.checkpoints.since(plan.history, begin)))
        if replay > REPLAY:
            raise Refused("too_expensive", "This run is too long to go on from here: start it again.")
        return requests, replay

    def _replay(self, plan: Plan, since: float) -> int:
        """Requests from an instant to where the plan begins."""
        # what it was before the change is the same up to there, and has its settings at hand
        before = self.history if plan.change and self.history else plan.history
        return before.experiment.price(plan.begin, since)

    def _stands(self, plan: Plan) -> bool:
        """Whether the run that is there is the plan's and stands where it begins."""
        run = self._run  # once: a thread that is at work for another stream may put it away
        return run is not None and self._run_of is plan.history and run.now == plan.begin

    def _own(self, plan: Plan) -> float:
        """The latest instant from which the run that is there goes on to the plan's beginning; -1 when it does not lead there."""
        run, before = self._run, self.history if plan.change else plan.history
        if run is None or (self._run_of is not before and self._run_of is not plan.history):
            return -1.0
        return run.reaches(plan.begin)

    def compared(self, message: dict[str, Any]) -> Comparison:
        """This run and another timeline, to be compared; Refused when that does not fit."""
        if self.history is None:
            raise bad("The first message opens the simulation.")
        own = self.history.experiment
        try:
            other = Experiment(self.scenario, own.seed, tuple(Change(*row) for row in message["timeline"]))
        except UNFIT as error:
            raise _refusal(error, message) from error
        return Comparison.of(own, other)

    # --- what is done ------------------------------------------------------------------------------
    def approach(self, plan: Plan) -> bool:
        """Bring the run a slice of at most DEAREST requests nearer to the segment; whether more slices are needed."""
        if plan.text or self._stands(plan):
            return False
        with self._lock:
            run, experiment = self._run_for(plan), plan.history.experiment
            price = self._replay(plan, run.now)
            if price <= DEAREST:  # nearly always
                run.rewind(plan.begin)
                self._count(run, plan.history, price)
                return False
            run.rewind(min(plan.begin, run.now + max(0.001, affordable(experiment, run.now, DEAREST))))
            self._count(run, plan.history, DEAREST)
            return run.now < plan.begin

    def _run_for(self, plan: Plan) -> Run:
        """The run, made or found, of the plan's experiment and at the plan's beginning or before."""
        run, history = self._run, plan.history
        if run is not None and self._stands(plan):
            self._hold()
            return run
        own = self._own(plan)
        if run is None or (own < plan.begin and own < self.shelf.checkpoints.since(history, plan.begin)):
            state = self.shelf.checkpoints.nearest(history, plan.begin)
            run = Run.resume(history.experiment, state) if state else Run(history.experiment)
            self._unkept = 0
        elif self._run_of is not history and plan.change:
            run.follow(history.experiment)
        run.back(plan.begin)
        self._run, self._run_of = run, history
        self._hold()
        return run

    def _hold(self) -> None:
        """Tell that the run is in use; a thread that is still at work when the learner has left does not keep it."""
        self.shelf.runs.hold(self)
        if self._gone:
            self.shelf.runs.drop(self)

    def _count(self, run: Run, history: History, requests: int) -> None:
        """Share a checkpoint now and then."""
        self._unkept += requests
        if self._unkept >= KEEP_EVERY:
            self.shelf.checkpoints.keep(history, run.now, run.checkpoint())
            self._unkept = 0

    def simulate(self, plan: Plan) -> bytes:
        """The plan's segment as JSON, kept for others. `approach` must have said that the run is there."""
        with self._lock:
            run = self._run_for(plan)
            if micro(run.now) != micro(plan.begin):
                run.rewind(plan.begin)
            text = run.write(plan.until)
            self._count(run, plan.history, plan.requests)
        # What others may well ask for. A link that is passed on counts from the second who opens it.
        self.shelf.segments.put(plan.key, text, shared=plan.key[0] == self.opening.digest(plan.key[2]))
        return text

    def take(self, plan: Plan, text: bytes) -> bytes:
        """The answer with a segment that was simulated, by this stream or for another one; the plan is now the run."""
        self.history, self.now = plan.history, plan.until
        return b"".join((self._head(plan), memoryview(text)[1:]))

    def play(self, plan: Plan) -> bytes:
        """Carry a plan out: the answer as it is sent."""
        return self.take(plan, plan.text or self.simulate(plan))

    def _head(self, plan: Plan) -> bytes:
        """The beginning of the answer, which is the learner's own; the segment's fields follow."""
        head: dict[str, Any] = {"type": "segment", "reply": plan.kind}
        if plan.id is not None:
            head["id"] = plan.id
        if plan.kind != "play":
            experiment = plan.history.experiment
            head["seed"] = experiment.seed
            head["timeline"] = [[change.at, change.control, change.value] for change in experiment.timeline]
            head["link"] = experiment.to_link()
            head["opening"] = plan.history.same(self.opening)
        return orjson.dumps(head)[:-1] + b","

    @property
    def run_size(self) -> int:
        """Bytes that the run holds in memory; 0 without one."""
        run = self._run
        return run.size if run else 0

    def put_away(self) -> bool:
        """Let go of the run, leaving a checkpoint from which it goes on; False while it is at work."""
        if not self._lock.acquire(blocking=False):
            return False
        try:
            if self._run is not None and self._run_of is not None:
                history, now = self._run_of, self._run.now
                if history.experiment.price(now, self.shelf.checkpoints.since(history, now)) > WORTH:
                    self.shelf.checkpoints.keep(history, now, self._run.checkpoint())
            self._run = self._run_of = None
        finally:
            self._lock.release()
        return True

    def leave(self) -> None:
        """The connection is gone; whoever comes back finds the checkpoint."""
        self._gone = True
        self.shelf.runs.drop(self)
        self.put_away()


def _refusal(error: ValueError, message: dict[str, Any]) -> Refused:
    """What the simulator does not take, with the control that it is about."""
    if isinstance(error, LinkError):
        return Refused("bad_link", str(error))
    refused = Refused("unknown_control" if isinstance(error, UnknownControl) else "out_of_range", str(error))
    if isinstance(message.get("control"), str):
        refused.rest["control"] = message["control"]
    return refused


def affordable(experiment: Experiment, begin: float, budget: int) -> float:
    """How many seconds from `begin` cost at most `budget` simulated requests, rounded down to a millisecond."""
    end = begin + LONGEST
    at = begin
    for edge in [*sorted({change.at for change in experiment.timeline if begin < change.at < end}), end]:
        price = experiment.price(edge, at)
        if price > budget:
            return int(((at - begin) + (edge - at) * budget / price) * 1000) / 1000
        budget -= price
        at = edge
    return LONGEST
