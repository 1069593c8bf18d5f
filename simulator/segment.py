"""What happened in [from, until): the requests to draw, the series to plot, the figures to read.

A segment is a function of the experiment and its two ends alone. Rolling figures are over the last
answers (their number says how sure they are), not over a span of time, so that a slow system does not
show a percentile of a handful of requests.
"""

import threading
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import islice
from types import ModuleType
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from simulator import theory
from simulator.control import Value
from simulator.costs import BEGUN, CLOCK, cost_per_hour
from simulator.engine import codes, layout
from simulator.experiment import Experiment
from simulator.measures import EXTRA, Totals, extra
from simulator.notices import Notice, notices_of
from simulator.scenario.model import Scenario

DRAWN = 120  # requests of a segment that are drawn, at most about
REASONS = codes.REASONS
OTHER = {codes.HIT: "hit", codes.MISS: "miss", codes.RETRIED: "retry", codes.GAVE_UP: "give_up", codes.HEDGED: "hedge"}
_here = threading.local()
STATE_FIELDS = (
    "station", "present", "stopped", "booting", "hung", "draining", "in_rotation", "failing", "zombie", "slowed", "weight",
)  # fmt: skip


@dataclass
class Segment:
    """One stretch of a run, ready for a page. `to_json()` gives plain JSON values."""

    begin: float
    until: float
    sample: int
    standing: list[list[Any]]
    events: list[list[Any]]
    at: list[float]
    servers: dict[str, Any]
    states: list[dict[str, Any]]
    series: dict[str, list[float | None]]
    window: dict[str, int]
    histogram: list[list[int]]
    readouts: dict[str, float | None]
    theory: dict[str, Any]
    totals: dict[str, Any]
    settings: dict[str, Any]
    notices: list[Notice] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """The segment as the page reads it."""
        return {
            "from": self.begin, "until": self.until, "sample": self.sample, "standing": self.standing,
            "events": self.events, "at": self.at, "servers": self.servers, "states": self.states, "series": self.series,
            "window": self.window, "histogram": self.histogram, "readouts": self.readouts, "theory": self.theory,
            "settings": self.settings, "totals": self.totals, "notices": [list(notice) for notice in self.notices],
        }  # fmt: skip


def mask(experiment: Experiment, begin: int, end: int) -> int:
    """Which requests of the segment from `begin` to `end` µs are drawn: one in `mask` + 1, a power of two."""
    expected = experiment.requests(end / 1e6, begin / 1e6)
    stride = 1
    while stride * DRAWN < expected:
        stride *= 2
    return stride - 1


@lru_cache(maxsize=64)
def tells_totals(scenario: Scenario) -> bool:
    """Whether a readout is made of all that is counted."""
    return any(each in EXTRA or "." in each for each in scenario.readouts)


def read(state: NDArray[Any], out: NDArray[Any], experiment: Experiment, before: Totals | None) -> Segment:
    """The segment of a run that has just been advanced with an output that was started where it begins.

    `before` is what was counted by then, where readouts are made of that.
    """
    run, record = state[0], out[0]
    words, begun = state.view(np.int64), out.view(np.int64)
    scenario = experiment.scenario
    first, clock = begun.item(BEGUN), words.item(CLOCK)
    settings = experiment.settings_at(_before(clock))
    room = scenario.most_servers
    present = np.flatnonzero((run["servers"]["present"][:room] == 1) | (run["load"][:room] > 0))
    rows = room if len(scenario.stations) > 1 else int(present[-1]) + 1 if len(present) else 0
    used = int(record["grid_used"])
    sent = run["servers"]["sent"][:rows] - record["sent"][:rows]
    standing = _standing(record)
    values = record["series"][:used].T
    short = iter(_short(np.concatenate([values.ravel(), record["readout"], record["worst"][:rows] * 1e-6])))
    series = {name: list(islice(short, used)) for name in layout.SERIES}
    readouts = dict(zip(layout.SERIES, islice(short, len(layout.SERIES)), strict=True))
    readouts["number_in_system"] = float(run["number"])
    readouts["cost_per_hour"] = cost_per_hour(scenario, words, begun)
    if before is not None:
        readouts |= extra(scenario, Totals.of(state, scenario), before)
    conditions = _states(scenario, run, record, list(short))
    return Segment(
        begin=round(first / 1e6, 6),
        until=round(clock / 1e6, 6),
        sample=int(record["sample_mask"]) + 1,
        standing=standing,
        events=_events(record),
        at=_seconds(record["grid"][:used]),
        servers={
            "queue_length": record["queue"][:used, :rows].T.tolist(),
            "busy": record["busy"][:used, :rows].T.tolist(),
            "shared_queue": record["shared"][:used, scenario.main].tolist(),
            "share": _shares(scenario, sent),
        },
        states=conditions,
        series=series,
        window={"answers": int(run["window_used"])},
        histogram=coarse(run["histogram"] - record["histogram"]),
        readouts=readouts,
        theory=theory.said(scenario, settings, [each["state"] for each in conditions]),
        totals=_totals(run),
        settings=_controlled(scenario, settings),
        notices=notices_of(experiment, first, clock, record),
    )


def written(state: NDArray[Any], out: NDArray[Any], experiment: Experiment, before: Totals | None) -> bytes:
    """`read(…).to_json()` as JSON text, with the many numbers written in compiled code: a fifth of the time."""
    scenario = experiment.scenario
    text, how = _paper()
    first, last, rows, told = writer().write(state, out, scenario.most_servers, scenario.main, how, text)
    if text[0]:
        return orjson.dumps(read(state, out, experiment, before).to_json())
    words, begun = state.view(np.int64), out.view(np.int64)
    clock = words.item(CLOCK)
    readouts = {"cost_per_hour": cost_per_hour(scenario, words, begun)}
    if before is not None:
        readouts |= extra(scenario, Totals.of(state, scenario), before)
    notices = notices_of(experiment, begun.item(BEGUN), clock, out[0] if told else None)
    moved = tuple(experiment.moved_at(_before(clock)).items())
    return b"".join((
        text[1:first].data, orjson.dumps(readouts)[1:], _conditions(scenario, moved, how[:rows].tobytes()),
        text[first:last].data, orjson.dumps(notices) if notices else b"[]", b"}",
    ))  # fmt: skip


@lru_cache(maxsize=1_024)
def _conditions(scenario: Scenario, moved: tuple[tuple[str, Value], ...], how: bytes) -> bytes:
    """What theory says and the settings, as text: they change only when a learner moves a control or a server's state does."""
    settings, states = {**scenario.defaults, **dict(moved)}, [writer().STATES[code] for code in how]
    said = {"theory": theory.said(scenario, settings, states), "settings": _controlled(scenario, settings)}
    return b"," + orjson.dumps(said)[1:-1]


@cache
def writer() -> ModuleType:
    """What writes text, imported with the kernel."""
    from simulator.engine import text

    return text


def _paper() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """This thread's text to write into, and its states of servers."""
    paper: tuple[NDArray[np.uint8], NDArray[np.uint8]] | None = getattr(_here, "paper", None)
    if paper is None:
        paper = _here.paper = np.zeros(writer().ROOM, np.uint8), np.zeros(codes.MAX_SERVERS, np.uint8)
    return paper


def coarse(histogram: NDArray[Any]) -> list[list[int]]:
    """The answers by response time: [bucket, answers], four buckets to a doubling; those of 0 answers are left out.

    Bucket b begins at (1 + (b mod 4) / 4) · 2^⌊b/4⌋ µs.
    """
    fine = 32  # of the engine's buckets in one: it has 128 to a doubling
    sums = histogram.reshape(-1, fine).sum(axis=1)
    filled = np.flatnonzero(sums)
    return np.stack([filled, sums[filled]], axis=1).tolist()  # type: ignore[no-any-return]


def _totals(run: Any) -> dict[str, Any]:
    """What was counted since 0 s."""
    errors = run["errors"][: len(REASONS)].tolist()
    return {
        "arrivals": int(run["arrivals"]),
        "answered": int(run["answered"]),
        "dropped": int(run["failed"]) - errors[codes.FAILED],
        "errors": dict(zip(REASONS, errors, strict=True)),
    }


def _controlled(scenario: Scenario, settings: dict[str, Value]) -> dict[str, Value]:
    """Those of the settings that a control or a fault moves."""
    return {name: settings[name] for name in scenario.all_controls if name in settings}


def _before(end: int) -> float:
    """The second for which a segment up to `end` (µs) tells the settings: a change at that instant belongs to what follows."""
    return (end - 1) / 1e6


def _seconds(micros: NDArray[Any]) -> list[float]:
    """µs as seconds, to 0.1 ms."""
    return np.round(micros * 1e-6, 4).tolist()  # type: ignore[no-any-return]


def _short(values: NDArray[Any]) -> list[float | None]:
    """Four significant digits, which is more than a picture can show; None for what is not a number."""
    with np.errstate(divide="ignore", invalid="ignore"):
        unit = 10.0 ** (3 - np.floor(np.log10(np.abs(values))))
        rounded = np.round(values * unit) / unit
    rounded[values == 0.0] = 0.0
    return [None if value != value else value for value in rounded.tolist()]


def _standing(record: Any) -> list[list[Any]]:
    """The drawn requests in the system when the segment begins: [id, client, server, joined, started, worker, ends]."""
    rows = record["standing"][: int(record["standing_used"])]
    rows = rows[np.argsort(rows["id"], kind="stable")]
    busy = (rows["started"] >= 0).tolist()
    started, ends, workers = _seconds(rows["started"]), _seconds(rows["ends"]), rows["worker"].tolist()
    columns = (rows["id"].tolist(), rows["client"].tolist(), rows["server"].tolist(), _seconds(rows["joined"]))
    return [
        [*first, started[n] if busy[n] else None, workers[n], ends[n] if busy[n] else None]
        for n, first in enumerate(zip(*columns, strict=True))
    ]


def _events(record: Any) -> list[list[Any]]:
    """The drawn requests' events in the order of their times.

    [t, "join", id, server, client], [t, "start", id, server, worker, ends], [t, "end", id, server, "ok" | "error"],
    [t, "drop", id, server, reason, client], [t, "hit" | "miss" | "retry" | "give_up" | "hedge", id, server, client]
    """
    rows = record["trace"][: int(record["trace_used"])]
    columns = [rows[name].tolist() for name in ("kind", "id", "server", "worker", "reason", "client")]
    found: list[list[Any]] = []
    for at, ends, kind, number, server, worker, reason, client in zip(
        _seconds(rows["t"]), _seconds(rows["ends"]), *columns, strict=True
    ):
        if kind == codes.START:
            found.append([at, "start", number, server, worker, ends])
        elif kind == codes.JOIN:
            found.append([at, "join", number, server, client])
        elif kind == codes.ANSWER:
            found.append([at, "end", number, server, "ok"])
        elif kind == codes.ERROR:
            found.append([at, "end", number, server, "error"])
        elif kind == codes.DROP:
            found.append([at, "drop", number, server, REASONS[reason], client])
        elif kind in OTHER:
            found.append([at, OTHER[kind], number, server, client])
    return found


def _shares(scenario: Scenario, sent: NDArray[Any]) -> list[float]:
    """Each server's share of what its station was sent."""
    found: list[float] = []
    for first, room in zip(scenario.firsts, scenario.rooms, strict=True):
        part = sent[first : first + room]
        found += np.round(part / max(1, int(part.sum())), 4).tolist()
    return found


def _states(scenario: Scenario, run: Any, record: Any, worst: list[float | None]) -> list[dict[str, Any]]:
    """Each server as it stands at the end of the segment; `worst` has its longest response lately, in seconds."""
    rows = len(worst)
    columns = [run["servers"][name][:rows].tolist() for name in STATE_FIELDS]
    load = run["load"][:rows].tolist()
    busy = np.minimum(1.0, np.round(record["utilisation"][:rows], 3)).tolist()
    workers = run["stations"]["workers"].tolist()
    leading = _primaries(scenario, run)
    found = []
    for n, (station, present, stopped, booting, hung, draining, rotation, failing, zombie, slowed, weight) in enumerate(
        zip(*columns, strict=True)
    ):
        state = "slow" if slowed < 1.0 else "up"
        if stopped or not (present or load[n]):
            state = "down"
        elif booting:
            state = "boot"
        elif hung:
            state = "hung"
        elif draining:
            state = "drain"
        found.append({
            "state": state, "in_rotation": bool(rotation), "workers": workers[station], "weight": weight,
            "in_flight": load[n], "failing": bool(failing or zombie), "utilisation": busy[n], "worst": worst[n] or None,
            **({} if present or load[n] else {"present": False}),
            **({"primary": True} if n in leading else {}),
        })  # fmt: skip
    return found


def _primaries(scenario: Scenario, run: Any) -> set[int]:
    """The servers that take a database's writes, where it has replicas."""
    found: set[int] = set()
    for place, station in enumerate(scenario.stations):
        row = run["stations"][place]
        if station.kind == "database" and row["replicas"] > 0:
            found |= set(row["primaries"][: row["servers"] // (1 + row["replicas"])].tolist())
    return found
