"""What a run measured between two instants, as differences of running totals. Seconds, requests/s, $/h."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.engine.layout import BUCKETS, FAILED, REASONS
from simulator.scenario import Scenario

EDGES = np.array([(1.0 + (k & 127) / 128.0) * 2.0 ** (k >> 7) for k in range(BUCKETS + 1)]) * 1e-6  # s


@dataclass(frozen=True)
class Totals:
    """Running totals of a run at its clock. Times and areas in µs; arrays per server, reason or bucket."""

    clock: int
    arrivals: int
    answered: int
    on_time: int
    failed: int
    errors: NDArray[np.int64]
    sum_response: int
    sum_waiting: int
    number_area: int
    histogram: NDArray[np.int64]
    busy_area: NDArray[np.int64]
    sent: NDArray[np.int64]
    server_answered: NDArray[np.int64]
    server_errors: NDArray[np.int64]
    rented_area: int
    worker_area: int

    @classmethod
    def of(cls, state: NDArray[Any], scenario: Scenario) -> "Totals":
        """The totals of a state (layout.RUN)."""
        run = state[0]
        now = int(run["clock"])
        servers = run["servers"][: scenario.most_servers]
        station = run["stations"][0]
        present, workers = int(station["servers"]), int(station["workers"])
        return cls(
            clock=now,
            arrivals=int(run["arrivals"]),
            answered=int(run["answered"]),
            on_time=int(run["on_time"]),
            failed=int(run["failed"]),
            errors=run["errors"][: len(REASONS)].copy(),
            sum_response=int(run["sum_response"]),
            sum_waiting=int(run["sum_waiting"]),
            number_area=int(run["number_area"]) + int(run["number"]) * now,
            histogram=run["histogram"].copy(),
            busy_area=servers["area"] + servers["busy"] * now,
            sent=servers["sent"].copy(),
            server_answered=servers["answered"].copy(),
            server_errors=servers["errors"].copy(),
            rented_area=int(station["rented_area"]) + present * now,
            worker_area=int(station["worker_area"]) + present * workers * now,
        )

    @classmethod
    def zero(cls, scenario: Scenario) -> "Totals":
        """The totals at 0 s."""
        none = np.zeros(scenario.most_servers, np.int64)
        reasons, empty = np.zeros(len(REASONS), np.int64), np.zeros(BUCKETS, np.int64)
        return cls(0, 0, 0, 0, 0, reasons, 0, 0, 0, empty, none, none, none, none, 0, 0)


def percentile(histogram: NDArray[Any], share: float) -> float | None:
    """The response time in seconds below which `share` (0 … 1) of the answers lie; None without answers.

    Interpolated inside its bucket, which is at most 0.78 % wide.
    """
    counts = np.cumsum(histogram)
    total = int(counts[-1])
    if not total:
        return None
    rank = share * total
    bucket = int(np.searchsorted(counts, rank, side="left"))
    while histogram[bucket] == 0:
        bucket += 1
    below = int(counts[bucket]) - int(histogram[bucket])
    part = max(0.0, (rank - below) / int(histogram[bucket]))
    return float(EDGES[bucket] + (EDGES[bucket + 1] - EDGES[bucket]) * part)


def price_per_hour(scenario: Scenario, servers: float, workers: float) -> float:
    """$/h for servers of which all together have so many workers."""
    pool = scenario.pool
    return pool.price * (workers if pool.price_per == "worker" else servers)


def measures(scenario: Scenario, now: Totals, then: Totals) -> dict[str, Any]:
    """Everything measured between two instants, under the names of the command line's JSON; None for what was not."""
    span = max(1, now.clock - then.clock)
    answered, failed = now.answered - then.answered, now.failed - then.failed
    errors = now.errors - then.errors
    histogram = now.histogram - then.histogram
    busy, sent = now.busy_area - then.busy_area, now.sent - then.sent
    rented, workers = now.rented_area - then.rented_area, now.worker_area - then.worker_area
    inside = now.number_area - then.number_area
    queued = (inside - int(busy.sum())) / span
    finished = answered + failed
    each = max(1, span * (workers / rented if rented else 1))
    last = max([scenario.pool.servers, *(np.flatnonzero(sent) + 1).tolist()])
    per_server = [
        {
            "utilisation": int(busy[server]) / each,
            "share": int(sent[server]) / max(1, int(sent.sum())),
            "answered": int(now.server_answered[server] - then.server_answered[server]),
            "errors": int(now.server_errors[server] - then.server_errors[server]),
        }
        for server in range(last)
    ]
    utilisation = int(busy.sum()) / workers if workers else 0.0
    return {
        "duration": span / 1e6,
        "arrivals": now.arrivals - then.arrivals,
        "answered": answered,
        "mean_response_time": (now.sum_response - then.sum_response) / answered / 1e6 if answered else None,
        "mean_waiting_time": (now.sum_waiting - then.sum_waiting) / answered / 1e6 if answered else None,
        **{f"p{p}": percentile(histogram, p / 100) for p in (50, 95, 99)},
        "throughput": (answered + int(errors[FAILED])) / span * 1e6,
        "goodput": (now.on_time - then.on_time) / span * 1e6,
        "error_rate": failed / finished if finished else 0.0,
        "errors": {reason: int(errors[code]) for code, reason in enumerate(REASONS)},
        "utilisation": utilisation,
        "mean_number_in_system": inside / span,
        "cost_per_hour": price_per_hour(scenario, rented / span, workers / span),
        "stations": {
            scenario.pool.name: {"utilisation": utilisation, "mean_queue_length": queued, "servers": per_server},
        },
    }
