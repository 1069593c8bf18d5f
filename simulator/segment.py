"""What happened in [from, until): the requests to draw, the series to plot, the figures to read.

A segment is a function of the experiment and its two ends alone. Rolling figures are over the last
answers (their number says how sure they are), not over a span of time, so that a slow system does not
show a percentile of a handful of requests.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from simulator import theory
from simulator.engine import kernel
from simulator.engine.state import Machine
from simulator.experiment import Experiment
from simulator.measures import REASONS

DRAWN = 64  # requests drawn per segment
GRID = 20  # instants of the series
LEAST = 50  # answers before a percentile is shown
TRACES = 4 * DRAWN + 512
CONDITIONS = {kernel.UP: "up", kernel.DOWN: "down", kernel.BOOT: "boot", kernel.ABSENT: "down"}
SERIES = (
    "p50",
    "p95",
    "p99",
    "mean_response_time",
    "throughput",
    "goodput",
    "error_rate",
    "utilisation",
    "number_in_system",
)


def sampling(expected: int) -> int:
    """One request in how many is drawn when `expected` arrive in the segment."""
    return max(1, math.ceil(expected / DRAWN))


def trace_for() -> Any:
    """An empty buffer for the kernel's trace."""
    return np.zeros(TRACES, kernel.TRACE)


def _seconds(micros: int) -> float:
    return round(micros / 1e6, 4)


def _short(number: float | None) -> float | None:
    """Four significant digits, which is more than a picture can show; None for what is not a number."""
    if number is None or not math.isfinite(number):
        return None
    return float(f"{number:.4g}")


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
    readouts: dict[str, float | None]
    theory: dict[str, Any]
    totals: dict[str, Any]
    settings: dict[str, Any]
    notices: list[tuple[float, str]] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """The segment as the page reads it."""
        return {
            "from": self.begin, "until": self.until, "sample": self.sample, "standing": self.standing,
            "events": self.events, "at": self.at, "servers": self.servers, "states": self.states, "series": self.series,
            "window": self.window, "readouts": self.readouts, "theory": self.theory, "totals": self.totals,
            "settings": self.settings, "notices": [list(notice) for notice in self.notices],
        }  # fmt: skip


def build(
    machine: Machine,
    experiment: Experiment,
    end: int,
    sample: int,
    trace: Any,
    used: Any,
    go: Callable[[int], None],
) -> Segment:
    """Advance through the grid with `go` and collect the segment that ends at `end` (µs)."""
    st = machine.state[0]
    begin = int(st["now"])
    sent_before = st["sent"].copy()
    rotation = [bool(x) for x in st["in_rotation"]]
    standing = _standing(st, sample)
    grid = [begin + (end - begin) * i // GRID for i in range(1, GRID + 1)]
    rows, queues, busy, notices = [], [], [], _changes(experiment, begin, end)
    for at in grid:
        go(at)
        rows.append(_rolling(st))
        queues.append(st["waiting"].copy())
        busy.append(st["busy"].copy())
        for server in range(int(st["servers"])):
            inside = bool(st["in_rotation"][server])
            if inside != rotation[server]:
                rotation[server] = inside
                word = "returns to" if inside else "leaves"
                notices.append((_seconds(at), f"S{server + 1} {word} the rotation"))
    servers = int(st["servers"])
    sent = st["sent"][:servers] - sent_before[:servers]
    last = rows[-1]
    pool = experiment.scenario.pool
    units = int(st["workers"]) if pool.price_per == "worker" else 1
    last["cost_per_hour"] = int(st["running"]) * units * pool.price
    settings = experiment.settings_at(end / 1e6)
    return Segment(
        begin=_seconds(begin),
        until=_seconds(end),
        sample=sample,
        standing=standing,
        events=_events(trace, int(used[0])),
        at=[_seconds(at) for at in grid],
        servers={
            "queue_length": [[int(row[i]) for row in queues] for i in range(servers)],
            "busy": [[int(row[i]) for row in busy] for i in range(servers)],
            "shared_queue": [int(row[kernel.SERVERS]) for row in queues],
            "share": [round(float(n) / max(1, int(sent.sum())), 4) for n in sent],
        },
        states=_states(st, machine),
        series={name: [_short(row[name]) for row in rows] for name in SERIES},
        window={"answers": int(min(st["recent_count"], kernel.RECENT))},
        readouts={name: _short(value) for name, value in last.items()},
        theory=theory.expectation(settings, [state["state"] for state in _states(st, machine)]),
        totals={
            "arrivals": int(st["arrived"]),
            "answered": int(st["answered"]),
            "dropped": int(st["dropped"].sum()),
            "errors": {
                **{name: int(st["dropped"][i]) for i, name in enumerate(REASONS)},
                "failed": int(st["failed"]),
            },
        },
        settings={name: settings[name] for name in experiment.scenario.all_controls if name in settings},
        notices=sorted(notices),
    )


def _standing(st: Any, sample: int) -> list[list[Any]]:
    """The drawn requests that are in the system when the segment begins."""
    found: list[list[Any]] = []
    for slot in np.nonzero(st["r_live"])[0] if int(st["in_system"]) else ():
        number = int(st["r_number"][slot])
        if number % sample == 0 and len(found) < 4 * DRAWN:
            started = int(st["r_started"][slot])
            working = started >= 0
            found.append([
                number, int(st["r_client"][slot]), int(st["r_server"][slot]), _seconds(int(st["r_joined"][slot])),
                _seconds(started) if working else None, int(st["r_worker"][slot]),
                _seconds(int(st["r_ends"][slot])) if working else None,
            ])  # fmt: skip
    return sorted(found)


def _events(trace: Any, used: int) -> list[list[Any]]:
    found: list[list[Any]] = []
    for at, kind, request, server, extra, more in trace[:used].tolist():
        if kind == kernel.JOIN:
            found.append([_seconds(at), "join", request, server, extra])
        elif kind == kernel.START:
            found.append([_seconds(at), "start", request, server, extra, _seconds(more)])
        elif kind == kernel.FINISH:
            found.append([_seconds(at), "end", request, server, "error" if extra else "ok"])
        else:
            found.append([_seconds(at), "drop", request, server, REASONS[extra], more])
    return found


def _rolling(st: Any) -> dict[str, float | None]:
    """The figures over the last outcomes, at this instant."""
    count = int(min(st["recent_count"], kernel.RECENT))
    times = st["recent_time"][:count]
    good = np.sort(times[times >= 0])
    row: dict[str, float | None] = dict.fromkeys(SERIES)
    row["number_in_system"] = float(st["in_system"])
    row["utilisation"] = float(np.mean(_utilisation(st))) if int(st["servers"]) else None
    if len(good) >= LEAST:
        for name, share in (("p50", 0.50), ("p95", 0.95), ("p99", 0.99)):
            row[name] = float(good[math.ceil(share * len(good)) - 1]) / 1e6
        row["mean_response_time"] = float(good.mean()) / 1e6
    if count >= LEAST:
        at = st["recent_at"][:count]
        span = max(1, int(st["now"]) - int(at.min())) / 1e6
        row["throughput"] = len(good) / span
        row["goodput"] = int((good <= int(st["deadline"])).sum()) / span
        row["error_rate"] = 1 - len(good) / count
    return row


def _utilisation(st: Any) -> Any:
    """Busy share of each server's workers over the last second (0 … 1)."""
    servers, count = int(st["servers"]), int(st["snap_count"])
    now = int(st["now"])
    busy = (st["busy_area"] + st["busy"] * (now - st["busy_changed"]))[:servers]
    oldest = count % kernel.SNAPS if count >= kernel.SNAPS else 0
    since = int(st["snap_at"][oldest]) if count else 0
    before = st["snap_busy"][oldest][:servers] if count else 0
    return (busy - before) / max(1, now - since) / max(1, int(st["workers"]))


def _states(st: Any, machine: Machine) -> list[dict[str, Any]]:
    """Each server as it stands at the end of the segment."""
    share = _utilisation(st)
    count = int(min(st["recent_count"], kernel.RECENT))
    found = []
    for server in range(int(st["servers"])):
        state = CONDITIONS[int(st["condition"][server])]
        if state == "up" and float(st["slow"][server]) < 1:
            state = "slow"
        own = st["recent_time"][:count][st["recent_server"][:count] == server]
        found.append({
            "state": state, "in_rotation": bool(st["in_rotation"][server]), "workers": int(st["workers"]),
            "weight": float(st["weight"][server]), "in_flight": int(st["in_flight"][server]),
            "failing": bool(st["failing"][server]), "utilisation": round(float(min(1.0, share[server])), 3),
            "worst": _short(float(own.max()) / 1e6) if len(own) and own.max() >= 0 else None,
        })  # fmt: skip
    return found


def _changes(experiment: Experiment, begin: int, end: int) -> list[tuple[float, str]]:
    """What the learner did in this stretch, in words for the time axis."""
    said = []
    words = {("stop", True): "stops", ("stop", False): "starts", ("slow", True): "slows", ("slow", False): "recovers",
             ("fast_fail", True): "fails fast", ("fast_fail", False): "answers again"}  # fmt: skip
    for change in experiment.timeline:
        if begin <= round(change.at * 1e6) < end and change.at > 0:
            control = experiment.scenario.control(change.control)
            part = change.control.partition(".")[0]
            if control.server is not None and (part, bool(change.value)) in words:
                said.append((round(change.at, 4), f"S{control.server} {words[part, bool(change.value)]}"))
            elif control.kind == "fault":
                said.append((round(change.at, 4), "Spike" if change.value else "Spike ends"))
            elif isinstance(change.value, str):
                said.append((round(change.at, 4), dict(control.choices).get(change.value, change.value)))
            else:
                shown = f"{float(change.value) * control.scale:g}"
                said.append(
                    (
                        round(change.at, 4),
                        f"{control.label} {shown} {control.display_unit or control.unit}".strip(),
                    )
                )
    return said
