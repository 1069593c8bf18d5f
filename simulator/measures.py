"""What a run measured, read out of the kernel's state. Seconds, requests/s, $/h."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.engine import kernel
from simulator.engine.state import State
from simulator.scenario import Scenario

REASONS = ("full", "refused", "stopped")


def bucket_middle(bucket: NDArray[Any] | int) -> Any:
    """The response time in seconds that stands for a histogram bucket (its geometric middle)."""
    return 2.0 ** ((np.asarray(bucket) - 0.5) / kernel.PER_OCTAVE) * 1e-6


def percentile(histogram: NDArray[Any], share: float) -> float | None:
    """The response time in seconds below which `share` of the answers lie; None without answers."""
    total = int(histogram.sum())
    if not total:
        return None
    rank = max(1, int(np.ceil(share * total)))
    return float(bucket_middle(int(np.searchsorted(np.cumsum(histogram), rank))))


def measures(state: State, scenario: Scenario) -> dict[str, Any]:
    """Everything measured since the last reset, under the names of the command line's JSON."""
    st = state[0]
    now, since = int(st["now"]), int(st["since"])
    span = max(1, now - since)
    answered, failed = int(st["answered"]), int(st["failed"])
    dropped = {name: int(st["dropped"][i]) for i, name in enumerate(REASONS)}
    finished = answered + failed + sum(dropped.values())
    servers = int(st["servers"])
    busy = st["busy_area"] + st["busy"] * (now - st["busy_changed"])
    queued = st["queue_area"] + st["waiting"] * (now - st["queue_changed"])
    running = int(st["running_area"] + st["running"] * (now - st["running_changed"])) / span
    inside = int(st["number_area"] + st["in_system"] * (now - st["number_changed"])) / span
    workers = int(st["workers"])
    units = workers if scenario.pool.price_per == "worker" else 1
    per_server = [
        {
            "utilisation": float(busy[i]) / span / workers,
            "mean_queue_length": float(queued[i]) / span,
            "share": int(st["sent"][i]) / max(1, int(st["sent"].sum())),
        }
        for i in range(servers)
    ]
    return {
        "duration": span / 1e6,
        "arrivals": int(st["arrived"]),
        "answered": answered,
        "mean_response_time": int(st["response_sum"]) / answered / 1e6 if answered else None,
        "mean_waiting_time": int(st["waiting_sum"]) / answered / 1e6 if answered else None,
        **{f"p{p}": percentile(st["histogram"], p / 100) for p in (50, 95, 99)},
        "throughput": (answered + failed) / span * 1e6,
        "goodput": int(st["in_time"]) / span * 1e6,
        "error_rate": (finished - answered) / finished if finished else 0.0,
        "errors": {**dropped, "failed": failed},
        "utilisation": float(busy[:servers].sum()) / span / workers / max(running, 1e-9),
        "mean_number_in_system": inside,
        "cost_per_hour": running * units * scenario.pool.price,
        "stations": {scenario.pool.name: {"mean_queue_length": float(queued.sum()) / span, "servers": per_server}},
    }
