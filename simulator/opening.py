"""The kernel's record of a scenario at 0 s, before anything happened: every number that the scenario gives."""

import hashlib
import math
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.engine import codes
from simulator.record import blank, pack, unpack
from simulator.scenario.keys import most_members, places_keys, ring_points
from simulator.scenario.model import Scenario
from simulator.scenario.stations import Place, Station
from simulator.settings import SETTINGS

RUN_KEYS = ("arrival", "client", "home", "probe", "class", "region", "object", "burst", "think", "session", "boot")
STATION_KEYS = ("service", "branch", "routing", "reuse", "write", "cache", "balancer", "ring")
LINK_KEYS = ("backoff", "throttle", "fresh")
KILOMETRES_PER_SECOND = 200_000.0  # of light in fibre
EARTH_RADIUS = 6371.0  # km


def key(seed: int, source: str) -> int:
    """The key (64 bits) of one random stream of a seed."""
    digest = hashlib.blake2b(f"{seed}/{source}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little")


def distance(a: Any, b: Any) -> float:
    """Kilometres of great circle between two things with `latitude` and `longitude` in degrees (haversine formula)."""
    north, south = math.radians(a.latitude), math.radians(b.latitude)
    across = math.radians(b.longitude - a.longitude)
    half = math.sin((south - north) / 2) ** 2 + math.cos(north) * math.cos(south) * math.sin(across / 2) ** 2
    return 2 * EARTH_RADIUS * math.asin(math.sqrt(min(1.0, half)))


def popularity(count: int, exponent: float) -> NDArray[np.float64]:
    """The probability of each object and those before it, by Zipf's law: p_i proportional to 1 / i^exponent."""
    weights = np.arange(1, count + 1, dtype=np.float64) ** -exponent
    total = np.cumsum(weights)
    return total / total[-1]  # type: ignore[no-any-return]


def needs_asks(link: Any) -> bool:
    """Whether callers over a link (rows.LINK) have a policy at present; without one a request is a call and nothing more."""
    return any(link[field] > 0 for field in ("timeout", "retries", "hedge", "throttle", "breaker"))


@lru_cache(maxsize=64)
def _filled(scenario: Scenario) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """The packed record without its random keys, and the catalogue's popularity. Never write to them."""
    state = blank()
    run = state[0]
    clients = scenario.clients
    run["law"] = codes.ARRIVALS[clients.arrivals]
    run["spike"] = run["burst"] = 1.0
    if clients.arrivals == "bursty":
        burst = clients.burst
        run["burst_factor"], run["calm_factor"] = burst.factor, burst.calm
        run["burst"] = burst.calm
        run["burst_time"] = burst.length * 1e6
        run["calm_time"] = burst.length * (1 - burst.share) / burst.share * 1e6
    if clients.profile is not None:
        points = clients.profile.points
        run["profile_used"] = len(points)
        run["profile_period"] = round(clients.profile.period * 1e6)
        run["profile_steps"] = clients.profile.kind == "step"
        run["profile_at"][: len(points)] = [round(at * 1e6) for at, _ in points]
        run["profile_factor"][: len(points)] = [factor for _, factor in points]
    run["users"] = clients.users
    run["clients_used"] = max([clients.clients, *(int(part.maximum) for part in scenario.controls if part.name == "clients")])
    run["objects_used"] = scenario.objects.count if scenario.objects else 0
    for setting in SETTINGS.values():
        if setting.where == "clients" and setting.field:
            value = scenario.opening(setting, scenario.pool)
            if value is not None:
                run[setting.field] = setting.encode(value)
    run["stations_used"] = len(scenario.stations)
    run["judged"] = scenario.judged
    run["servers_used"] = scenario.most_servers
    _fill_classes(run, scenario)
    entries = ring = 0
    for index, station in enumerate(scenario.stations):
        entries = _fill_station(run, scenario, index, station, entries)
        ring = _fill_ring(run["stations"][index], scenario, station, ring)
    run["entries_used"] = entries
    run["ring_used"] = ring
    _fill_regions(run, scenario)
    run["detailed"] = len(scenario.stations) > 1 or len(scenario.classes) > 1
    below = popularity(scenario.objects.count, scenario.objects.exponent) if scenario.objects else np.zeros(0)
    return pack(state), below


def _fill_classes(run: Any, scenario: Scenario) -> None:
    names = [station.name for station in scenario.stations]
    upper = 0.0
    run["classes_used"] = max(1, len(scenario.classes))
    run["classes"][0]["share"], run["classes"][0]["writes"], run["classes"][0]["route"] = 1.0, -1, 0xFF
    for index, each in enumerate(scenario.classes):
        row = run["classes"][index]
        upper += each.share
        row["share"] = upper
        row["level"] = each.priority
        row["enters"] = names.index(each.enters) if each.enters else 0
        row["writes"] = -1 if each.writes is None else int(each.writes)
        row["route"] = sum(1 << place for place, name in enumerate(names) if name not in each.skips)


def _fill_station(run: Any, scenario: Scenario, index: int, station: Station, entries: int) -> int:
    """One station, its link and its servers; gives the first free entry of the catalogue."""
    row, link = run["stations"][index], run["links"][index]
    names = [other.name for other in scenario.stations]
    room, first = scenario.room(station), scenario.firsts[index]
    row["kind"] = codes.KINDS[station.kind]
    row["first"], row["room"] = first, room
    row["servers"], row["workers"] = station.members, station.workers
    row["distribution"] = codes.DISTRIBUTIONS[station.distribution]
    for setting in SETTINGS.values():
        if setting.where in ("station", "link") and setting.field:
            record = row if setting.where == "station" else link
            record[setting.field] = setting.encode(scenario.opening(setting, station))
    row["interval"] = round(station.health_check.interval * 1e6)
    row["replicas"] = station.database.replicas
    if station.kind == "database":
        row["primaries"][: station.servers] = first + np.arange(station.servers)
    row["store"] = names.index(station.sessions.store) if station.sessions.store else -1
    row["probing"] = 1
    row["parallel"] = station.parallel
    row["holds"] = station.holds
    row["callees"][: len(station.calls)] = [names.index(name) for name in station.calls]
    row["callees_used"] = len(station.calls)
    row["then"] = names.index(station.then) if station.then else -1
    row["step_out"], row["step_in"] = station.autoscale.step_out, station.autoscale.step_in
    row["memory_idle"], row["memory_call"] = station.autoscale.memory_idle, station.autoscale.memory_per_call
    row["class_service"] = row["class_queue"] = 1.0
    for place, each in enumerate(scenario.classes):
        row["class_service"][place] = each.service.get(station.name, 1.0)
        row["class_queue"][place] = each.queue.get(station.name, 1.0)
    row["price_server" if station.price_per == "server" else "price_worker"] = station.price
    row["price_call"] = station.price_per_million / 1e6
    row["uneven"] = bool((row["class_service"] != 1.0).any())
    link["policy"] = needs_asks(link)
    servers = run["servers"][first : first + room]
    servers["station"] = index
    for server in range(room):
        servers["speed"][server] = station.speeds[server] if server < len(station.speeds) else 1.0
        servers["weight"][server] = station.weights[server] if server < len(station.weights) else 1.0
        servers["zone"][server] = server % station.zones
    row["entries"] = entries
    if scenario.objects and (station.kind in ("edge", "cache")) and station.cache.hit_ratio is None:
        entries += room * scenario.objects.count
    return entries


def _fill_ring(row: Any, scenario: Scenario, station: Station, ring: int) -> int:
    """Where a station's ring begins (-1: it has none) and whose points are on it; gives the first free point."""
    row["keyed"] = places_keys(scenario, station)
    row["ring_members"] = most_members(scenario, station)
    points = ring_points(scenario, station)
    row["ring"] = ring if points else -1
    return ring + points


def _fill_regions(run: Any, scenario: Scenario) -> None:
    """The way from each region to each server of a placed station, and from there to what it calls."""
    regions, inflation = scenario.clients.regions, scenario.clients.path_inflation
    run["regions_used"] = len(regions)
    upper = 0.0
    for index, region in enumerate(regions):
        upper += region.share
        run["region_share"][index] = upper
        run["region_base"][index] = round(region.round_trip_time * 1e6)
    for station, first in zip(scenario.stations, scenario.firsts, strict=True):
        onward = next((other for other in scenario.stations if other.name in station.calls and other.places), None)
        for place, spot in enumerate(station.places[: scenario.room(station)]):
            for index, region in enumerate(regions):
                run["region_trip"][index, first + place] = round_trip(region, spot, inflation)
            if onward is not None:
                run["servers"][first + place]["away"] = round_trip(spot, onward.places[0], inflation)


def round_trip(a: Any, b: Place, inflation: float) -> int:
    """µs there and back through fibre that runs `inflation` × as far as the great circle."""
    return round(2 * distance(a, b) * inflation / KILOMETRES_PER_SECOND * 1e6)


def opening(scenario: Scenario, seed: int, *, windowed: bool) -> NDArray[Any]:
    """A zeroed record (layout.RUN) with everything that `kernel.begin` needs."""
    filled, below = _filled(scenario)
    state = blank()
    unpack(filled, state)
    run = state[0]
    run["windowed"] = windowed
    for source in RUN_KEYS:
        run[f"key_{source}"] = key(seed, source)
    for index in range(len(scenario.stations)):
        for source in STATION_KEYS:
            run["stations"][index][f"key_{source}"] = key(seed, f"{source}/{index}")
        for source in LINK_KEYS:
            run["links"][index][f"key_{source}"] = key(seed, f"{source}/{index}")
    if len(below):
        run["objects"]["below"][: len(below)] = below
        run["objects"]["written"][: len(below)] = -1
    run["clients"]["written"][: int(run["clients_used"])] = -1
    return state
