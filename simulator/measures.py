"""What a run measured between two instants, as differences of running totals. Seconds, requests/s, $/h."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.engine.codes import BUCKETS, FAILED, REASONS
from simulator.scenario.keys import places_keys
from simulator.scenario.model import Scenario
from simulator.scenario.stations import Station

EDGES = np.array([(1.0 + (k & 127) / 128.0) * 2.0 ** (k >> 7) for k in range(BUCKETS + 1)]) * 1e-6  # s
COUNTED = ("arrivals", "answered", "on_time", "failed", "sum_response", "sum_waiting", "wasted")  # of a run
STATION_COUNTED = (
    "arrived", "answered", "failed", "sum_response", "sum_waiting", "lost_sessions", "made_sessions", "reads", "stale",
    "own_stale", "writes", "probes", "false_ejections", "ejections", "boots",
)  # fmt: skip
STATION_HIGHEST = ("stampede",)  # since 0 s: what a difference would make nothing of
SERVER_COUNTED = ("sent", "answered", "errors", "hits", "misses", "loads", "handshake_work")
LINK_COUNTED = ("retried", "hedged", "timed_out")
GAUGES = ("moved", "stampede", "servers")
EXTRA = ("hit_ratio", "fetch_rate", "retry_rate", "wasted_work", "lost_sessions", "stale_share", "servers", "moved_keys")
CLASS_COUNTED = ("arrivals", "answered", "on_time", "failed", "sum_response")


@dataclass(frozen=True)
class Totals:
    """Running totals of a run at its clock. Times and areas in µs; arrays per reason, bucket, station, server or class."""

    clock: int
    run: dict[str, int]
    errors: NDArray[np.int64]
    number_area: int
    histogram: NDArray[np.int64]
    stations: dict[str, NDArray[np.int64]]
    links: dict[str, NDArray[np.int64]]
    servers: dict[str, NDArray[np.int64]]
    classes: dict[str, NDArray[np.int64]]
    class_histograms: NDArray[np.int32]
    gauges: dict[str, NDArray[Any]]  # as they stand, per station

    @classmethod
    def of(cls, state: NDArray[Any], scenario: Scenario) -> "Totals":
        """The totals of a state (layout.RUN)."""
        run = state[0]
        now = int(run["clock"])
        servers = run["servers"][: scenario.most_servers]
        stations = run["stations"][: len(scenario.stations)]
        links = run["links"][: len(scenario.stations)]
        classes = run["classes"][: len(scenario.classes)]
        waiting = stations["waiting"].copy()
        for place, (first, room) in enumerate(zip(scenario.firsts, scenario.rooms, strict=True)):
            waiting[place] += servers["waiting"][first : first + room].sum()
        areas = {
            "rented_area": stations["rented_area"] + stations["servers"] * now,
            "worker_area": stations["worker_area"] + stations["servers"] * stations["workers"] * now,
            "waiting_area": stations["waiting_area"] + waiting * now,
        }
        return cls(
            clock=now,
            run={name: int(run[name]) for name in COUNTED},
            errors=run["errors"][: len(REASONS)].copy(),
            number_area=int(run["number_area"]) + int(run["number"]) * now,
            histogram=run["histogram"].copy(),
            stations={name: stations[name].copy() for name in (*STATION_COUNTED, *STATION_HIGHEST)} | areas,
            links={name: links[name].copy() for name in LINK_COUNTED},
            servers={name: servers[name].copy() for name in SERVER_COUNTED}
            | {"busy_area": servers["area"] + servers["busy"] * now},
            classes={name: classes[name].copy() for name in CLASS_COUNTED},
            class_histograms=classes["histogram"].copy(),
            gauges={name: stations[name].copy() for name in GAUGES},
        )

    def since(self, then: "Totals") -> "Totals":
        """The differences to an earlier instant; `clock` becomes the span, at least 1 µs."""
        return Totals(
            clock=max(1, self.clock - then.clock),
            run={name: value - then.run[name] for name, value in self.run.items()},
            errors=self.errors - then.errors,
            number_area=self.number_area - then.number_area,
            histogram=self.histogram - then.histogram,
            **{
                part: {
                    name: value if name in STATION_HIGHEST else value - getattr(then, part)[name]
                    for name, value in getattr(self, part).items()
                }
                for part in ("stations", "links", "servers", "classes")
            },
            class_histograms=self.class_histograms - then.class_histograms,
            gauges=self.gauges,
        )

    @classmethod
    def zero(cls, scenario: Scenario) -> "Totals":
        """The totals at 0 s."""
        stations, servers = len(scenario.stations), scenario.most_servers

        def none(names: tuple[str, ...], size: int) -> dict[str, NDArray[np.int64]]:
            return {name: np.zeros(size, np.int64) for name in names}

        return cls(
            clock=0, run=dict.fromkeys(COUNTED, 0), errors=np.zeros(len(REASONS), np.int64), number_area=0,
            histogram=np.zeros(BUCKETS, np.int64),
            stations=none((*STATION_COUNTED, *STATION_HIGHEST, "rented_area", "worker_area", "waiting_area"), stations),
            links=none(LINK_COUNTED, stations), servers=none((*SERVER_COUNTED, "busy_area"), servers),
            classes=none(CLASS_COUNTED, len(scenario.classes)),
            class_histograms=np.zeros((len(scenario.classes), BUCKETS), np.int32), gauges=none(GAUGES, stations),
        )  # fmt: skip


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


def price_per_hour(station: Station, servers: float, workers: float, calls_per_second: float = 0.0) -> float:
    """$/h of a station for so many servers, of which all together have so many workers, and its calls."""
    rent = station.price * (workers if station.price_per == "worker" else servers)
    return rent + station.price_per_million / 1e6 * calls_per_second * 3600


def _mean(total: int, count: int) -> float | None:
    """A mean in seconds of a sum in µs; None of nothing."""
    return int(total) / int(count) / 1e6 if count else None


def measures(scenario: Scenario, now: Totals, then: Totals) -> dict[str, Any]:
    """Everything measured between two instants, under the names of the command line's JSON; None for what was not.

    `utilisation` is the main station's (its pool of servers), `cost_per_hour` that of all stations.
    """
    gone = now.since(then)
    span, run, errors = gone.clock, gone.run, gone.errors
    answered, failed = run["answered"], run["failed"]
    stations = {
        station.name: _station(scenario, gone, place, len(scenario.stations) == 1)
        for place, station in enumerate(scenario.stations)
    }
    cost = sum(
        price_per_hour(
            station, gone.stations["rented_area"][place] / span, gone.stations["worker_area"][place] / span,
            gone.stations["arrived"][place] / span * 1e6,
        )
        for place, station in enumerate(scenario.stations)
    )  # fmt: skip
    found = {
        "duration": span / 1e6,
        "arrivals": run["arrivals"],
        "answered": answered,
        "mean_response_time": _mean(run["sum_response"], answered),
        "mean_waiting_time": _mean(run["sum_waiting"], answered),
        **{f"p{p}": percentile(gone.histogram, p / 100) for p in (50, 95, 99)},
        "throughput": (answered + int(errors[FAILED])) / span * 1e6,
        "goodput": run["on_time"] / span * 1e6,
        "error_rate": failed / (answered + failed) if answered + failed else 0.0,
        "errors": {reason: int(errors[code]) for code, reason in enumerate(REASONS)},
        "utilisation": stations[scenario.stations[scenario.judged].name]["utilisation"],
        "mean_number_in_system": gone.number_area / span,
        "cost_per_hour": float(cost),
        **_extra(scenario, gone),
        "retries": int(gone.links["retried"].sum()),
        "hedges": int(gone.links["hedged"].sum()),
        "stations": stations,
    }
    if scenario.classes:
        found["classes"] = {each.name: _class(gone, place) for place, each in enumerate(scenario.classes)}
    return found


def _extra(scenario: Scenario, gone: Totals) -> dict[str, Any]:
    """The measures of EXTRA; those of parts that the scenario does not have are None."""
    seconds = gone.clock / 1e6
    hits, misses = int(gone.servers["hits"].sum()), int(gone.servers["misses"].sum())
    reads = int(gone.stations["reads"].sum())
    keyed = [place for place in range(len(scenario.stations)) if gone.gauges["moved"][place] > 0]
    return {
        "hit_ratio": hits / (hits + misses) if hits + misses else None,
        "fetch_rate": int(gone.servers["loads"].sum()) / seconds,
        "retry_rate": int(gone.links["retried"].sum()) / seconds,
        "wasted_work": min(1.0, gone.run["wasted"] / max(1, int(gone.servers["busy_area"].sum()))),  # told when it ends
        "lost_sessions": int(gone.stations["lost_sessions"].sum()),
        "stale_share": int(gone.stations["stale"].sum()) / reads if reads else None,
        "servers": int(gone.stations["rented_area"][scenario.main]) / gone.clock,
        "moved_keys": float(gone.gauges["moved"][keyed[0]]) if keyed else None,
    }


def extra(scenario: Scenario, now: Totals, then: Totals) -> dict[str, Any]:
    """The measures of EXTRA between two instants; servers are counted at the end, lost sessions since the start."""
    gone, lost = now.since(then), int(now.stations["lost_sessions"].sum())
    found = {**_extra(scenario, gone), "servers": int(now.gauges["servers"][scenario.main]), "lost_sessions": lost}
    of_classes = [each.partition(".")[2] for each in scenario.readouts if each.startswith("goodput.")]
    for place, each in enumerate(scenario.classes):
        if each.name in of_classes:
            found[f"goodput.{each.name}"] = _class(gone, place)["goodput"]
    return found


def _station(scenario: Scenario, gone: Totals, place: int, alone: bool) -> dict[str, Any]:
    station = scenario.stations[place]
    first = scenario.firsts[place]
    mine = {name: values[first : first + scenario.room(station)] for name, values in gone.servers.items()}
    own = {name: int(values[place]) for name, values in gone.stations.items()}
    span, busy, sent = gone.clock, mine["busy_area"], mine["sent"]
    workers, rented = own["worker_area"], own["rented_area"]
    each = max(1, span * (workers / rented if rented else 1))
    last = max([station.members, *(np.flatnonzero(sent) + 1).tolist()])
    queued = gone.number_area - int(busy.sum()) if alone else own["waiting_area"]
    found: dict[str, Any] = {
        "utilisation": int(busy.sum()) / workers if workers else 0.0,
        "mean_queue_length": queued / span,
        "mean_servers": rented / span,
        "servers": [
            {
                "utilisation": int(busy[server]) / each,
                "share": int(sent[server]) / max(1, int(sent.sum())),
                "answered": int(mine["answered"][server]),
                "errors": int(mine["errors"][server]),
            }
            for server in range(last)
        ],
    }
    if not alone:
        found |= {
            "arrivals": own["arrived"], "throughput": own["answered"] / span * 1e6,
            "mean_response_time": _mean(own["sum_response"], own["answered"]),
            "mean_waiting_time": _mean(own["sum_waiting"], own["answered"]),
            "failed": own["failed"],
        }  # fmt: skip
    looked = int(mine["hits"].sum() + mine["misses"].sum())
    if station.kind in ("edge", "cache"):
        found |= {"hit_ratio": int(mine["hits"].sum()) / looked if looked else None, "fetches": int(mine["loads"].sum())}
        found["most_fetches_at_once"] = own["stampede"]  # of one object at one server, since 0 s
    if station.kind == "database":
        found |= {
            "reads": own["reads"], "writes": own["writes"],
            "stale_share": own["stale"] / own["reads"] if own["reads"] else None,
            "own_stale": own["own_stale"],
        }  # fmt: skip
    if station.sessions.where != "none" or own["made_sessions"]:
        found |= {"made_sessions": own["made_sessions"], "lost_sessions": own["lost_sessions"]}
    if places_keys(scenario, station):
        found["moved_keys"] = float(gone.gauges["moved"][place])
    if station.tls.at != "none":
        found["handshake_share"] = int(mine["handshake_work"].sum()) / max(1, workers)
    if own["probes"] or own["ejections"]:
        found |= {"ejections": own["ejections"], "false_ejections": own["false_ejections"]}
    return found


def _class(gone: Totals, place: int) -> dict[str, Any]:
    own = {name: int(values[place]) for name, values in gone.classes.items()}
    histogram = gone.class_histograms[place]
    return {
        "arrivals": own["arrivals"],
        "answered": own["answered"],
        "mean_response_time": _mean(own["sum_response"], own["answered"]),
        **{f"p{p}": percentile(histogram, p / 100) for p in (50, 95, 99)},
        "goodput": own["on_time"] / gone.clock * 1e6,
        "error_rate": own["failed"] / (own["answered"] + own["failed"]) if own["answered"] + own["failed"] else 0.0,
    }
