"""Whether the parts of a scenario fit together; the first that does not is a Mistake with its place in the file."""

from typing import TYPE_CHECKING

from simulator.control import ControlValueError
from simulator.engine.codes import MAX_ENTRIES, MAX_SERVERS
from simulator.scenario import keys
from simulator.scenario.controls import ControlPart, FaultPart
from simulator.scenario.parts import Mistake
from simulator.scenario.stations import READ_STRATEGIES, Station

if TYPE_CHECKING:
    from simulator.scenario.model import Scenario

Path = tuple[str | int, ...]


def known(scenario: "Scenario", path: Path, name: str) -> None:
    """There is a station of that name."""
    if name not in scenario.by_name:
        raise Mistake(path, f"there is no station {name!r}; there are {', '.join(scenario.by_name)}")


def check_stations(scenario: "Scenario") -> None:
    """Names, callees, what caches and keys need, no circle, and room for all of it."""
    if len(scenario.by_name) < len(scenario.stations):
        raise Mistake(("stations",), "two stations have the same name")
    entries = 0
    for place, station in enumerate(scenario.stations):
        path = ("stations", place)
        for name in station.calls:
            known(scenario, (*path, "calls"), name)
        if station.then:
            known(scenario, (*path, "then"), station.then)
        if station.sessions.store:
            known(scenario, (*path, "sessions", "store"), station.sessions.store)
        caching = station.kind in ("edge", "cache") and station.cache.hit_ratio is None
        if caching and scenario.objects is None:
            raise Mistake(path, f"the cache {station.name} needs `objects`, or a fixed hit_ratio")
        if _is_keyed(station) and scenario.objects is None:
            raise Mistake(path, f"{station.name} places keys on servers: the scenario needs `objects`")
        keys.check(scenario, place, station)
        if caching and scenario.objects:
            entries += scenario.room(station) * scenario.objects.count
    if sum(station.sessions.where != "none" for station in scenario.stations) > 1:
        raise Mistake(("stations",), "one station keeps the clients' sessions, not several")
    if entries > MAX_ENTRIES:
        raise Mistake(("objects",), f"the caches would hold {entries:,} entries; at most {MAX_ENTRIES:,} fit")
    _check_cycle(scenario)


def check_rooms(scenario: "Scenario") -> None:
    """All servers fit, whatever a control may ask for."""
    if sum(scenario.room(station) for station in scenario.stations) > MAX_SERVERS:
        raise Mistake(("stations",), f"all stations together may have at most {MAX_SERVERS} servers, at their largest settings")


def _is_keyed(station: Station) -> bool:
    if station.kind == "database":
        return station.servers > 1
    return station.hash_by == "object" and station.strategy in ("hash", "consistent-hash", "bounded-consistent-hash")


def _check_cycle(scenario: "Scenario") -> None:
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            circle = " → ".join((*path[path.index(name) :], name))
            place = next(n for n, station in enumerate(scenario.stations) if station.name == path[-1])
            raise Mistake(("stations", place), f"the stations call in a circle: {circle}")
        if name not in done:
            station = scenario.by_name[name]
            for other in (*station.calls, *([station.then] if station.then else [])):
                visit(other, (*path, name))
            done.add(name)

    for station in scenario.stations:
        visit(station.name, ())


def check_classes(scenario: "Scenario") -> None:
    """Shares that add up, and stations that exist."""
    if scenario.classes and abs(sum(each.share for each in scenario.classes) - 1) > 1e-6:
        raise Mistake(("classes",), "the classes' shares must add up to 1")
    for place, each in enumerate(scenario.classes):
        for field, names in (("skips", each.skips), ("service", each.service), ("queue", each.queue)):
            for name in names:
                known(scenario, ("classes", place, field), name)
        if each.enters:
            known(scenario, ("classes", place, "enters"), each.enters)


def check_controls(scenario: "Scenario") -> None:
    """Controls and faults of stations that have them, with names of their own and opening values inside their ranges."""
    seen: set[str] = set()
    parts: list[tuple[str, int, ControlPart | FaultPart]] = [("controls", n, part) for n, part in enumerate(scenario.controls)]
    parts += [("faults", n, part) for n, part in enumerate(scenario.faults)]
    for where, place, part in parts:
        if mistake := part.mistake() or _misplaced(scenario, part):
            raise Mistake((where, place), mistake)
        station = part.station if isinstance(part, ControlPart) else part.target
        if station is not None:
            known(scenario, (where, place, "station" if where == "controls" else "target"), station)
        name = scenario.full_name(part)
        if name in seen:
            raise Mistake((where, place), f"two controls have the same name, {name}")
        seen.add(name)
    for name, control in scenario.all_controls.items():
        try:
            control.check(scenario.defaults.get(name, False))
        except ControlValueError as error:
            place = next(
                n
                for n, part in enumerate(scenario.controls)
                if name in (scenario.full_name(part), f"{scenario.full_name(part)}.{control.server}")
            )
            raise Mistake(("controls", place), f"the opening value does not fit its control: {error}") from error


def _misplaced(scenario: "Scenario", part: ControlPart | FaultPart) -> str:
    """What a part asks of its station that this does not do; empty when there is nothing."""
    if isinstance(part, FaultPart) or part.name != "strategy":
        return ""
    if scenario.by_name.get(part.station or "", scenario.pool).kind != "database":
        return ""
    unknown = [key for key, _ in part.choices if key not in READ_STRATEGIES]
    return f"a database's reads are spread by {', '.join(READ_STRATEGIES)}, not by {unknown[0]}" if unknown else ""
