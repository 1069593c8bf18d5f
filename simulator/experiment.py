"""The value that everything else is made from: a scenario, a seed, and the changes that the learner made."""

import base64
import binascii
import json
import math
import zlib
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from operator import attrgetter

import orjson

from simulator.control import Value
from simulator.scenario import Scenario
from simulator.scenario.model import MOST_SEED

ENGINE_VERSION = "3"
MOST_CHANGES = 200
LONGEST = 86_400.0  # seconds of simulated time
LONGEST_LINK = 8_000  # characters
SMALL = (12, 4)  # zlib's window and memory for a link, in bits: with the usual ones it takes seven times as long to begin
_at = attrgetter("at")


class LinkError(ValueError):
    """A link that does not hold an experiment of this scenario; the message says why."""


class TooExpensive(ValueError):
    """A run that would simulate more requests than its budget allows."""


class ExperimentError(ValueError):
    """A seed or a timeline that no experiment can have."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change: at this simulated second, this control takes this value."""

    at: float
    control: str
    value: Value


@dataclass(frozen=True)
class Experiment:
    """Scenario, seed and timeline: running it gives the same numbers everywhere, for one ENGINE_VERSION."""

    scenario: Scenario
    seed: int = 1
    timeline: tuple[Change, ...] = ()

    def __post_init__(self) -> None:
        if isinstance(self.seed, bool) or not isinstance(self.seed, int) or not 0 <= self.seed <= MOST_SEED:
            raise ExperimentError(f"The seed is a whole number from 0 to {MOST_SEED}.")
        if len(self.timeline) > MOST_CHANGES:
            raise ExperimentError(f"An experiment holds at most {MOST_CHANGES} changes.")
        last = 0.0
        checked = []
        for change in self.timeline:
            made = self._checked(change)
            if change.at < last:
                raise ExperimentError("The changes of a timeline stand in the order of their times.")
            last = change.at
            checked.append(made)
        object.__setattr__(self, "timeline", tuple(checked))

    def _checked(self, change: Change) -> Change:
        """A change as a timeline holds it: its time to the µs, its value as its control takes it."""
        number = isinstance(change.at, int | float) and not isinstance(change.at, bool)
        if not number or not math.isfinite(change.at) or not 0 <= change.at <= LONGEST:
            raise ExperimentError(f"A change is made between 0 and {LONGEST:g} simulated seconds.")
        return Change(round(float(change.at), 6), change.control, self.scenario.control(change.control).check(change.value))

    def with_change(self, change: Change) -> "Experiment":
        """The experiment up to a change's instant, and then that change: what was to follow later is dropped.

        A control that is moved again at the same instant has only its last value: a slider that is dragged at rest is one change.
        """
        made = self._checked(change)
        later = bisect_right(self.timeline, made.at, key=_at)
        again = later > 0 and (self.timeline[later - 1].at, self.timeline[later - 1].control) == (made.at, made.control)
        kept = later - again
        if kept == MOST_CHANGES:
            raise ExperimentError(f"A run holds at most {MOST_CHANGES} changes: restart it to make others.")
        following = object.__new__(Experiment)  # all but the new change has been checked
        following.__dict__.update(scenario=self.scenario, seed=self.seed, timeline=(*self.timeline[:kept], made))
        if later == len(self.timeline):
            following.__dict__["moved"] = {**self.moved, made.control: made.value}
            following.__dict__["final"] = {**self.final, made.control: made.value}
        return following

    def reseeded(self, further: int) -> "Experiment":
        """The same with the seed that comes so many later; behind the largest they begin again."""
        return replace(self, seed=(self.seed + further) % (MOST_SEED + 1))

    @cached_property
    def moved(self) -> dict[str, Value]:
        """The controls that the timeline moves, as they stand after the last change. Never write to it."""
        return {change.control: change.value for change in self.timeline}

    @cached_property
    def final(self) -> dict[str, Value]:
        """Every setting in force after the last change. Never write to it."""
        return {**self.scenario.defaults, **self.moved}

    def moved_at(self, at: float) -> dict[str, Value]:
        """The controls that were moved up to an instant (changes at that instant included), as they stand then. Read only."""
        if not self.timeline or self.timeline[-1].at <= at:
            return self.moved
        return {change.control: change.value for change in self.timeline[: bisect_right(self.timeline, at, key=_at)]}

    def settings_at(self, at: float) -> dict[str, Value]:
        """Every setting in force at an instant (changes at that instant included). Never write to it."""
        moved = self.moved_at(at)
        return self.final if moved is self.moved else {**self.scenario.defaults, **moved}

    def _flow(self, settings: dict[str, Value]) -> tuple[float, float]:
        """Requests/s, and how many times as many come in a spike."""
        rate = float(settings["arrival_rate"])
        if self.scenario.clients.arrivals == "closed":
            rate = float(settings["users"]) / max(0.001, float(settings["think_time"]) + float(settings["service_time"]))
        return rate, float(settings["spike_factor"]) if settings.get("spike") else 1.0

    @cached_property
    def _last_flow(self) -> tuple[float, float]:
        """That after the last change."""
        return self._flow(self.final)

    def _stretches(self, since: float, until: float) -> Iterator[tuple[dict[str, Value], float]]:
        """(settings, expected requests) of each stretch between two changes."""
        clients = self.scenario.clients
        edges = [since, until]
        if self.timeline and self.timeline[-1].at > since:
            later = self.timeline[bisect_right(self.timeline, since, key=_at) :]
            edges = sorted({*edges, *(change.at for change in later if change.at < until)})
        for begin, end in zip(edges, edges[1:], strict=False):
            settings = self.settings_at(begin)
            rate, factor = self._flow(settings)
            if clients.profile is not None:
                factor *= clients.profile.mean(begin, end)
            yield settings, (end - begin) * rate * factor

    def requests(self, until: float, since: float = 0.0) -> int:
        """How many requests are expected to arrive from `since` to `until` (seconds)."""
        if until <= since:
            return 0
        if self.scenario.clients.profile is None and (not self.timeline or self.timeline[-1].at <= since):  # nearly always
            rate, factor = self._last_flow
            return math.ceil((until - since) * rate * factor)
        return math.ceil(sum(count for _, count in self._stretches(since, until)))

    def price(self, until: float, since: float = 0.0) -> int:
        """What a run from `since` to `until` (seconds) may cost: its requests × the calls that each can cause."""
        if until <= since:
            return 0
        if self.scenario.is_simple:
            return self.requests(until, since)
        return math.ceil(sum(count * self.scenario.work(settings) for settings, count in self._stretches(since, until)))

    def to_link(self) -> str:
        """The experiment as short text for an address; it carries the engine's version."""
        changes = [[change.at, change.control, change.value] for change in self.timeline]
        plain = orjson.dumps([ENGINE_VERSION, self.scenario.digest[:8], self.seed, changes])
        deflate = zlib.compressobj(9, zlib.DEFLATED, *SMALL)
        return base64.urlsafe_b64encode(deflate.compress(plain) + deflate.flush()).decode().rstrip("=")

    @classmethod
    def from_link(cls, text: str, scenario: Scenario) -> "Experiment":
        """The experiment that a link holds; LinkError when it holds none, or one of another version."""
        try:
            if len(text) > LONGEST_LINK:
                raise ValueError("too long")
            packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            inflate = zlib.decompressobj()
            plain = inflate.decompress(packed, 64_000)
            version, digest, seed, changes = json.loads(plain)
            timeline = tuple(Change(at, control, value) for at, control, value in changes)
        except (ValueError, TypeError, zlib.error, binascii.Error, RecursionError) as error:
            raise LinkError("This link is damaged: it does not hold an experiment.") from error
        if version != ENGINE_VERSION or digest != scenario.digest[:8]:
            raise LinkError("This link was made with an earlier version of the simulation and no longer replays exactly.")
        try:
            return cls(scenario, seed, timeline)
        except (ValueError, TypeError) as error:
            raise LinkError(f"This link does not fit the simulation: {error}") from error
