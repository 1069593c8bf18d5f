"""Many learners at once, as pages are: `python -m benchmarks.crowd KIND SITE PATH` in a process of its own.

It reads commands from its input, one a line: a number adds so many learners, `measure S` watches all of them for S seconds
and prints what they saw as one line of JSON. Three kinds: `panel` asks for segments as static/js/panel/run.js does, at 1x with
1,000 requests/s of its own seed, and moves a slider every 5 s; `frames` is sent 20 frames a second and moves the same slider;
`bokeh` is sent as many patches by a Bokeh server.
"""

import asyncio
import json
import math
import random
import resource
import sys
import time
from typing import Any

import orjson

from benchmarks.bokeh_session import Session
from benchmarks.wire import Line, connect

LENGTH = 3.0  # seconds of wall time in a segment; this and what follows as static/js/panel/ahead.js has it
LEAD, SPARE = 0.8, 0.5  # seconds that are drawn ahead of the playhead; that are left, beside them, when more is asked for
EVERY = 5.0  # seconds between two changes of one learner
FRAME = 0.05
PRESET = [[0.0, "servers", 12], [0.0, "arrival_rate", 1000]]
VALUES = (900, 1000)


class Seen:
    """What all learners saw in one measurement. Seconds."""

    def __init__(self) -> None:
        self.answers: list[float] = []  # how long a play took
        self.changes: list[float] = []  # how long a change took, from the touch to the segment or frame that carries it
        self.late: list[float] = []  # by how much a segment or frame came after it was needed
        self.pieces = 0  # segments or frames
        self.closed: list[int] = []
        self.refused: list[str] = []


def until_of(at: float) -> float:
    """The end that a panel asks for: the first multiple of a segment's length that is far enough."""
    return round(math.ceil((at + LEAD + LENGTH * 0.4) / LENGTH) * LENGTH, 6)


class Panel:
    """A learner whose page asks for segments a little ahead of its playhead."""

    def __init__(self, seed: int) -> None:
        self.seed, self.seen = seed, Seen()
        self.loop = asyncio.get_running_loop()
        self.end = self.begun = self.asked = 0.0
        self.waits = ""
        self.turn = 0
        self.delay = 0.04

    async def start(self, site: str, path: str) -> None:
        """Open, and play on for ever."""
        self.line: Line = await connect(site, path, self.heard, lambda code: self.seen.closed.append(code))
        self._say({"type": "open", "seed": self.seed, "timeline": PRESET, "from": 0.0, "until": until_of(0.0)})
        self.loop.call_later(random.uniform(1.0, EVERY), self.touch)

    def _say(self, message: dict[str, Any]) -> None:
        self.waits, self.asked, self.until = message["type"], time.perf_counter(), message["until"]
        self.line.say(orjson.dumps(message))

    @property
    def playhead(self) -> float:
        """Where the page is; it stops where what is known ends."""
        return time.perf_counter() - self.begun

    def heard(self, data: bytes) -> None:
        """A segment: play it, and ask for the next in time."""
        now = time.perf_counter()
        took = now - self.asked
        if data.startswith(b'{"type":"error"'):
            self.seen.refused.append(orjson.loads(data)["code"])
            return
        self.delay += (min(0.4, took) - self.delay) * 0.3
        if self.waits == "open":
            self.begun = now
        elif self.waits == "play":
            self.seen.answers.append(took)
            self.seen.late.append(max(0.0, self.playhead - (self.end - LEAD)))
        else:
            self.seen.changes.append(took)
        self.seen.pieces += 1
        if self.playhead > self.until - LEAD:  # it came too late: the page has stood still meanwhile
            self.begun = now - max(0.0, self.end - LEAD)
        self.end, self.waits = self.until, ""
        self.loop.call_later(max(0.0, self.end - LEAD - SPARE - self.playhead), self.provide)

    def provide(self) -> None:
        """Ask for what comes next, unless something is under way."""
        if not self.waits and self.end - LEAD - self.playhead <= SPARE + 0.001:
            self._say({"type": "play", "from": self.end, "until": until_of(self.end)})

    def touch(self) -> None:
        """Move the slider."""
        self.loop.call_later(EVERY, self.touch)
        if self.waits:
            self.loop.call_later(0.02, self._touch_again)
            return
        self._touch()

    def _touch_again(self) -> None:
        self.loop.call_later(0.02, self._touch_again) if self.waits else self._touch()

    def _touch(self) -> None:
        self.turn += 1
        at = round(min(self.playhead + self.delay, self.end), 6)
        value = VALUES[self.turn % 2]
        self._say({"type": "change", "at": at, "control": "arrival_rate", "value": value, "until": until_of(at)})


class Frames:
    """A learner who is sent 20 frames a second."""

    def __init__(self, seed: int) -> None:
        self.seed, self.seen = seed, Seen()
        self.loop = asyncio.get_running_loop()
        self.begun = self.touched = 0.0
        self.count = self.turn = 0

    async def start(self, site: str, path: str) -> None:
        """Open; the server pushes from here on."""
        self.line: Line = await connect(site, path, self.heard, lambda code: self.seen.closed.append(code))
        self.line.say(orjson.dumps({"seed": self.seed, "timeline": PRESET}))
        self.loop.call_later(random.uniform(1.0, EVERY), self.touch)

    def heard(self, data: bytes) -> None:
        """A frame: late by what it comes after its turn."""
        now = time.perf_counter()
        if not self.count:
            self.begun = now
        self.seen.late.append(max(0.0, now - self.begun - self.count * FRAME))
        self.seen.pieces += 1
        self.count += 1
        if self.touched and self.carries(data, VALUES[self.turn % 2]):
            self.seen.changes.append(now - self.touched)
            self.touched = 0.0

    def touch(self) -> None:
        """Move the slider."""
        self.loop.call_later(EVERY, self.touch)
        self.turn += 1
        self.touched = time.perf_counter()
        self.move(VALUES[self.turn % 2])

    def carries(self, data: bytes, value: int) -> bool:
        """Whether a frame was simulated with this arrival rate."""
        return b'"arrival_rate": %d' % value in data

    def move(self, value: int) -> None:
        """Say that the slider stands here now."""
        self.line.say(orjson.dumps({"control": "arrival_rate", "value": value}))


class Bokeh(Frames):
    """The same learner at the page of a Bokeh server; a patch of the plot's rows is a frame."""

    async def start(self, site: str, path: str) -> None:
        """Load the page and connect."""
        self.session = Session(self.heard, lambda kind: self.seen.refused.append(kind))
        self.line = await self.session.open(site, path, self.seed, lambda code: self.seen.closed.append(code))
        self.loop.call_later(random.uniform(1.0, EVERY), self.touch)

    def carries(self, data: bytes, value: int) -> bool:
        """Whether the rows of a patch were simulated with this arrival rate."""
        return b'["arrival_rate",[%d' % value in data

    def move(self, value: int) -> None:
        """Move the slider; a document that is not here yet has none."""
        if self.session.slider:
            self.session.move(value)


KINDS = {"panel": Panel, "frames": Frames, "bokeh": Bokeh}


def percentile(values: list[float], part: float) -> float | None:
    """In milliseconds; None of nothing."""
    return round(sorted(values)[min(len(values) - 1, int(part * len(values)))] * 1e3, 1) if values else None


def report(learners: list[Any], seconds: float, before: float) -> dict[str, Any]:
    """What was seen, and what this process itself used (a crowd that is busy measures itself)."""
    seen = [each.seen for each in learners]
    changes = [took for each in seen for took in each.changes]
    answers = [took for each in seen for took in each.answers] + changes
    late = [by for each in seen for by in each.late]
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "learners": len(learners),
        "pieces": sum(each.pieces for each in seen) / seconds / max(1, len(learners)),
        "p50": percentile(answers, 0.5),
        "p99": percentile(answers, 0.99),
        "change_p50": percentile(changes, 0.5),
        "change_p99": percentile(changes, 0.99),
        "late": sum(by > 0 for by in late),
        "late_p99": percentile(late, 0.99),
        "bytes": sum(each.line.received for each in learners),
        "closed": len([code for each in seen for code in each.closed]),
        "refused": sorted({code for each in seen for code in each.refused}),
        "own_cpu": round((usage.ru_utime + usage.ru_stime - before) / seconds, 3),
    }


async def main(kind: str, site: str, path: str) -> None:
    """Serve the commands."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    learners: list[Any] = []
    while said := (await reader.readline()).decode().split():
        if said[0] == "measure":
            for each in learners:
                each.seen = Seen()
                each.line.received = 0
            usage = resource.getrusage(resource.RUSAGE_SELF)
            begun = time.perf_counter()
            await asyncio.sleep(float(said[1]))
            found = report(learners, time.perf_counter() - begun, usage.ru_utime + usage.ru_stime)
            print(json.dumps(found), flush=True)
            continue
        for _ in range(int(said[0])):
            one = KINDS[kind](1 + len(learners))
            await one.start(site, path)
            learners.append(one)
            await asyncio.sleep(0.004)
        print(json.dumps({"learners": len(learners)}), flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:4]))
