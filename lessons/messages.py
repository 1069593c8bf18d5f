"""What a page may say to a simulation: a closed, typed schema, read before anything believes it.

The protocol as a whole is told in lessons/stream.py.
"""

import math
from typing import Any

import orjson

LARGEST = 16_384  # bytes of a message
LATEST = 86_400.0  # simulated seconds
FIELDS = {  # by type, the fields that it must have and those that it may have
    "open": ({"type", "from", "until"}, {"id", "seed", "timeline", "link", "opening"}),
    "play": ({"type", "from", "until"}, {"id"}),
    "change": ({"type", "at", "control", "value", "until"}, {"id"}),
    "compare": ({"type", "timeline"}, {"id"}),
}


class Refused(Exception):
    """A message that is not carried out; `code` is for the page and the text for the learner."""

    def __init__(self, code: str, message: str, *, bad: bool = False, **rest: Any) -> None:
        super().__init__(message)
        self.code, self.bad, self.rest = code, bad, rest

    def to_json(self) -> dict[str, Any]:
        """As sent."""
        return {"type": "error", "code": self.code, "message": str(self), "fatal": False, **self.rest}


def bad(message: str) -> Refused:
    """A message that no page of ours sends."""
    return Refused("bad_message", message, bad=True)


def read(text: str | None, data: bytes | None) -> dict[str, Any]:
    """A message, checked in its form; Refused (bad) otherwise."""
    if text is None or data:
        raise bad("Messages are JSON text.")
    if len(text) > LARGEST or len(text.encode("utf-8", "surrogatepass")) > LARGEST:
        raise bad("The message is too long.")
    try:
        message = orjson.loads(text)
    except (orjson.JSONDecodeError, UnicodeError) as error:
        raise bad("The message is not JSON.") from error
    kind = message.get("type") if isinstance(message, dict) else None
    if not isinstance(kind, str) or kind not in FIELDS:
        raise bad("The message is of no known type.")
    needed, allowed = FIELDS[kind]
    if not needed <= message.keys() <= needed | allowed:
        raise bad(f"A message of type {kind} has {', '.join(sorted(needed))} and may have {', '.join(sorted(allowed))}.")
    for name in ("from", "until", "at"):
        if name in message and not _seconds(message[name]):
            raise bad(f"{name} is a number of seconds.")
    if not isinstance(message.get("id", 0), int) or not isinstance(message.get("opening", False), bool):
        raise bad("id is a whole number, opening is true or false.")
    if kind == "open":
        _opening(message)
    elif kind == "compare" and not _timeline(message["timeline"]):
        raise bad("The timeline is a list of [at, control, value].")
    checked: dict[str, Any] = message
    return checked


def _opening(message: dict[str, Any]) -> None:
    """What is to be opened is said in one way: by link, or by seed and timeline, or as the lesson's opening."""
    if "link" in message:
        if not isinstance(message["link"], str) or message.keys() & {"seed", "timeline", "opening"}:
            raise bad("A link is text and stands for seed and timeline.")
        return
    rows = message.get("timeline", [])
    if not _timeline(rows):
        raise bad("The timeline is a list of [at, control, value].")
    if not message.get("opening") and not {"seed", "timeline"} <= message.keys():
        raise bad("open needs a link, or seed and timeline, or opening.")
    if message.get("opening") and rows:
        raise bad("The lesson's opening has no timeline of the page's.")


def _timeline(rows: object) -> bool:
    return isinstance(rows, list) and all(isinstance(row, list) and len(row) == 3 for row in rows)


def _seconds(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return 0 <= value <= LATEST and math.isfinite(value)
