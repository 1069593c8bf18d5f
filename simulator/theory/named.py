"""The closed forms that a scenario can name (`theory: stampede`): what each reads from the settings, and what it gives.

A form gives its name and values under the names of the readouts. Where its condition fails it raises ConditionError with
the reason, which is shown instead of a number. Settings of other stations than the main one carry their station's name.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

from simulator.theory.caches import lru, stale_read, stampede, ttl_pops
from simulator.theory.conditions import ConditionError
from simulator.theory.limits import deadline_goodput
from simulator.theory.queues import processor_sharing, tandem
from simulator.theory.scaling import architecture, replicas
from simulator.theory.trouble import metastable_utilisation, rejecting_goodput, throttled_goodput

Settings = Mapping[str, Any]
Said = tuple[str, dict[str, float]]


def _of(scenario: Any, settings: Settings, station: Any, name: str) -> Any:
    """A setting of a station."""
    return settings.get(name if station is scenario.pool else f"{station.name}.{name}")


def _kind(scenario: Any, *kinds: str) -> Any:
    """The first station of these kinds."""
    for station in scenario.stations:
        if station.kind in kinds:
            return station
    raise ConditionError(f"the scenario has no station of kind {kinds[0]}")


def _capacity(scenario: Any, settings: Settings, station: Any) -> float:
    """Requests/s of a station's servers together."""
    servers, workers = _of(scenario, settings, station, "servers"), _of(scenario, settings, station, "workers")
    return float(servers * workers / _of(scenario, settings, station, "service_time"))


def _one_exponential_worker(scenario: Any, settings: Settings) -> float:
    """μ of a main station that is one FIFO worker with exponential service."""
    pool = scenario.pool
    if settings["servers"] != 1 or settings["workers"] != 1 or settings["variability"] != 1:
        raise ConditionError("the formula needs one worker and exponential service (cv² 1)")
    if settings.get("discipline", pool.discipline) != "fifo":
        raise ConditionError("the formula is about a FIFO queue")
    return 1.0 / float(settings["service_time"])


def _shared_worker(scenario: Any, settings: Settings) -> Said:
    servers = settings["servers"]
    if settings["workers"] != 1 or (servers > 1 and settings["strategy"] != "random"):
        raise ConditionError("the formula needs one worker per server, and servers picked at random")
    found = processor_sharing(settings["arrival_rate"] / servers, settings["service_time"])
    mean = found["mean_response_time"]
    return "M/G/1 with processor sharing", {"mean_response_time": mean, "number_in_system": settings["arrival_rate"] * mean}


def _row(scenario: Any, settings: Settings) -> Said:
    rates = []
    for station in scenario.stations:
        if _of(scenario, settings, station, "workers") != 1 or _of(scenario, settings, station, "variability") != 1:
            raise ConditionError("the formula needs one worker and exponential service (cv² 1) at every station")
        rates.append(1.0 / _of(scenario, settings, station, "service_time"))
    found = tandem(settings["arrival_rate"], rates)
    return "Jackson's stations in a row", {"mean_response_time": found["mean_response_time"], "p99": found["p99"]}


def _in_time(scenario: Any, settings: Settings) -> Said:
    rate, mu = settings["arrival_rate"], _one_exponential_worker(scenario, settings)
    if settings.get("when_full", "drop-newest") != "drop-newest":
        raise ConditionError("the formula is about a queue that turns newcomers away")
    places = int(settings["queue_limit"]) + 1
    return f"M/M/1/{places}, answers in time", {"goodput": deadline_goodput(rate, mu, places, settings["deadline"])}


def _rejecting(scenario: Any, settings: Settings) -> Said:
    capacity, rate = _capacity(scenario, settings, scenario.pool), settings["arrival_rate"]
    cost, multiple = settings["reject_cost"], settings["throttle"]
    if rate <= capacity:
        raise ConditionError("nothing has to be rejected below capacity")
    if multiple:
        return "work lost to rejections, throttled clients", {"goodput": throttled_goodput(capacity, cost, multiple)}
    return "work lost to rejections", {"goodput": rejecting_goodput(capacity, rate, cost)}


def _storm(scenario: Any, settings: Settings) -> Said:
    retries, budget = int(settings["retries"]), settings.get("retry_budget", math.inf)
    load = settings["arrival_rate"] / _capacity(scenario, settings, scenario.pool)
    bound = budget < retries  # a budget above what is tried at most bounds nothing
    limit = 1 / (1 + budget) if bound else metastable_utilisation(retries)
    fate = "heals by itself" if load < limit else "does not heal by itself"
    return f"λ(1 + {'budget' if bound else 'r'}) against C: {fate} after an outage (limit {100 * limit:.0f} %)", {}


def _expiry(scenario: Any, settings: Settings) -> Said:
    cache, database = _kind(scenario, "cache", "edge"), _kind(scenario, "database", "store", "servers")
    if _of(scenario, settings, cache, "protection") != "none":
        raise ConditionError("the formula is about a cache without protection")
    if scenario.objects is None or scenario.objects.count != 1:
        raise ConditionError("the formula is about one hot key")
    count = stampede(settings["arrival_rate"], _of(scenario, settings, database, "service_time"))
    return f"1 + λR = {count:.0f} recomputations at each expiry", {}


def _edges(scenario: Any, settings: Settings) -> Said:
    edge = _kind(scenario, "edge", "cache")
    rate, count = settings["arrival_rate"], _of(scenario, settings, edge, "servers")
    objects, exponent = scenario.objects.count, settings.get("exponent", scenario.objects.exponent)
    life, capacity = _of(scenario, settings, edge, "ttl"), _of(scenario, settings, edge, "capacity")
    if capacity and not life:
        found = lru(objects, exponent, int(capacity))
        return "LRU by Che's approximation", {"hit_ratio": found["hit_ratio"]}
    if capacity or not life:
        raise ConditionError("the formula needs a time to live and room for everything, or an LRU cache")
    if _of(scenario, settings, edge, "renewing"):
        raise ConditionError("the formula is about a time to live from the fetch on")
    found = ttl_pops(rate, count, objects, exponent, life)
    return "TTL caches, each with its own copies", {
        "hit_ratio": found["hit_ratio"],
        "fetch_rate": rate * (1 - found["hit_ratio"]),
    }


def _reading(scenario: Any, settings: Settings) -> Said:
    database = _kind(scenario, "database")
    nodes = 1 + int(_of(scenario, settings, database, "replicas"))
    writes = float(_of(scenario, settings, database, "write_share"))
    one = _of(scenario, settings, database, "workers") / _of(scenario, settings, database, "service_time")
    most = one * float(replicas(writes, nodes)["capacity"] or 1.0)
    values = {"throughput": min(settings["arrival_rate"], most)}
    objects = scenario.objects.count if scenario.objects else 0
    if objects == 1:
        values["stale_share"] = (
            stale_read(settings["arrival_rate"] * writes, _of(scenario, settings, database, "lag")) * (nodes - 1) / nodes
        )
    return f"every node applies every write: at most {most:,.0f} queries/s", values


def _layers(scenario: Any, settings: Settings) -> Said:
    app, database = scenario.pool, _kind(scenario, "database")
    edge = next((station for station in scenario.stations if station.kind == "edge"), None)
    hits = float(_of(scenario, settings, edge, "hit_ratio") or 0) if edge else 0.0
    most = architecture(
        hit_ratio=hits,
        app_servers=settings["servers"],
        app_rate=settings["workers"] / settings["service_time"],
        shards=_of(scenario, settings, database, "servers"),
        replicas_per_shard=_of(scenario, settings, database, "replicas"),
        database_rate=_of(scenario, settings, database, "workers") / _of(scenario, settings, database, "service_time"),
        queries=app.visits,
        write_share=_of(scenario, settings, database, "write_share"),
    )
    return f"the narrowest layer carries {most:,.0f} requests/s", {"throughput": min(settings["arrival_rate"], most)}


FORMS: dict[str, Callable[[Any, Settings], Said]] = {
    "processor-sharing": _shared_worker,
    "tandem": _row,
    "deadline-goodput": _in_time,
    "rejections": _rejecting,
    "retry-storm": _storm,
    "stampede": _expiry,
    "edge-caches": _edges,
    "replicas": _reading,
    "layers": _layers,
}
