"""What a page and the server say to each other about a simulation: a closed, typed schema, and what it may cost."""

import math
import time
from dataclasses import dataclass, field
from typing import Any

import orjson

from simulator import Change, ControlValueError, Experiment, ExperimentError, Run, Scenario, UnknownControl

LARGEST = 16_384  # bytes of a message
LONGEST = 60.0  # simulated seconds of a segment
DEAREST = 60_000  # simulated requests of a segment
REPLAY = 2_000_000  # simulated requests of a replay
REFILL, BURST = 40_000.0, 4_000_000.0  # simulated requests per second, and at once
FIELDS = {
    "open": {"type", "seed", "timeline", "from", "until", "id"},
    "play": {"type", "from", "until", "id"},
    "change": {"type", "at", "control", "value", "until", "id"},
}


class Refused(Exception):
    """A message that is not carried out; `code` is for the page and the text for the learner."""

    def __init__(self, code: str, message: str, *, bad: bool = False, **rest: Any) -> None:
        super().__init__(message)
        self.code, self.bad, self.rest = code, bad, rest

    def to_json(self) -> dict[str, Any]:
        """As sent."""
        return {"type": "error", "code": self.code, "message": str(self), "fatal": False, **self.rest}


def read(text: str | None, data: bytes | None) -> dict[str, Any]:
    """A message, checked in its form; Refused (bad) otherwise."""
    if text is None or data:
        raise Refused("bad_message", "Messages are JSON text.", bad=True)
    if len(text) > LARGEST or len(text.encode("utf-8", "surrogatepass")) > LARGEST:
        raise Refused("bad_message", "The message is too long.", bad=True)
    try:
        message = orjson.loads(text)
    except (orjson.JSONDecodeError, UnicodeError) as error:
        raise Refused("bad_message", "The message is not JSON.", bad=True) from error
    kind = message.get("type") if isinstance(message, dict) else None
    if not isinstance(kind, str) or kind not in FIELDS or not set(message) <= FIELDS[kind]:
        raise Refused("bad_message", "The message is of no known type or has unknown fields.", bad=True)
    needed = FIELDS[kind] - {"id"}
    if not needed <= set(message):
        raise Refused("bad_message", f"The message lacks {', '.join(sorted(needed - set(message)))}.", bad=True)
    for name in ("from", "until", "at"):
        if name in message and not _number(message[name]):
            raise Refused("bad_message", f"{name} is a number of seconds.", bad=True)
    checked: dict[str, Any] = message
    return checked


def _number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) and 0 <= value <= 86_400


@dataclass
class Purse:
    """A token bucket in simulated requests: what may be simulated now, and how fast that grows again."""

    left: float = BURST
    at: float = field(default_factory=time.monotonic)

    def pay(self, price: int) -> None:
        """Take the price, or Refused when it is not there."""
        now = time.monotonic()
        self.left = min(BURST, self.left + (now - self.at) * REFILL)
        self.at = now
        if price > self.left:
            raise Refused("too_many", "This page asks for more than its share; it goes on in a moment.")
        self.left -= price


class Stream:
    """One learner's run, driven by messages. `price` says what a message costs before `answer` carries it out."""

    def __init__(self, scenario: Scenario, opening: tuple[Change, ...]) -> None:
        self.scenario = scenario
        self.opening = opening
        self.run: Run | None = None

    def price(self, message: dict[str, Any]) -> int:
        """How many requests the message makes the server simulate, replay included; Refused when too dear."""
        try:
            if message["type"] == "open":
                self._opened(message)
                experiment, begin, replay = self._next, message["from"], self._next.price(message["from"])
            elif self.run is None:
                raise Refused("bad_message", "The first message opens the simulation.", bad=True)
            else:
                experiment = self.run.experiment
                begin = float(message["at"] if message["type"] == "change" else message["from"])
                replay = experiment.price(begin) // 10 if begin < self.run.now else 0
                if begin > self.run.now + LONGEST:
                    raise Refused("bad_message", "The message skips ahead.", bad=True)
        except (ExperimentError, ControlValueError, UnknownControl) as error:
            raise refusal(error, message) from error
        length = message["until"] - begin
        if not 0 < length <= LONGEST:
            raise Refused("out_of_range", f"A segment lasts up to {LONGEST:g} simulated seconds.")
        price = experiment.price(message["until"], begin)
        if price > DEAREST or replay > REPLAY:
            raise Refused("too_expensive", "That is too much to simulate at once: choose a lower speed.")
        return price + replay

    def _opened(self, message: dict[str, Any]) -> None:
        rows = message["timeline"]
        if not isinstance(rows, list) or not all(isinstance(row, list) and len(row) == 3 for row in rows):
            raise Refused("bad_message", "The timeline is a list of [at, control, value].", bad=True)
        changes = tuple(Change(*row) for row in rows) if rows else self.opening
        self._next = Experiment(self.scenario, message["seed"], changes)

    def answer(self, message: dict[str, Any]) -> dict[str, Any]:
        """Carry a message out and give the segment; Refused when a control does not take its value."""
        kind = message["type"]
        try:
            if kind == "open":
                self.run = Run(self._next)
                self.run.rewind(message["from"])
            assert self.run is not None
            if kind == "play" and abs(message["from"] - self.run.now) > 1e-6:
                self.run.rewind(message["from"])
            if kind == "change":
                if message["at"] > self.run.now:
                    self.run.rewind(message["at"])
                self.run.change(message["at"], message["control"], message["value"])
            if message["until"] <= self.run.now:
                raise Refused("out_of_range", "The segment ends before it begins.")
            segment = self.run.advance(message["until"]).to_json()
        except (ExperimentError, ControlValueError, UnknownControl) as error:
            raise refusal(error, message) from error
        reply = {"type": "segment", "reply": kind, **segment}
        if "id" in message:
            reply["id"] = message["id"] if isinstance(message["id"], int) else None
        if kind != "play":
            experiment = self.run.experiment
            reply["timeline"] = [[change.at, change.control, change.value] for change in experiment.timeline]
            reply["link"] = experiment.to_link()
        return reply


def refusal(error: Exception, message: dict[str, Any]) -> Refused:
    """A simulator's error as an answer."""
    code = "unknown_control" if isinstance(error, UnknownControl) else "out_of_range"
    control = message.get("control")
    rest: dict[str, Any] = {"control": control} if isinstance(control, str) else {}
    if isinstance(message.get("id"), int):
        rest["id"] = message["id"]
    return Refused(code, str(error), **rest)
