"""Which stations place keys on their servers (or shards), and how much room their rings need."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from simulator.scenario.controls import ControlPart
from simulator.scenario.parts import Mistake
from simulator.scenario.stations import Station

if TYPE_CHECKING:
    from simulator.scenario.model import Scenario

ON_A_RING = ("consistent-hash", "bounded-consistent-hash", "ring", "bounded-ring")
KEYED = ("hash", "mod", *ON_A_RING)


def controls(scenario: "Scenario", station: Station, name: str) -> Iterator[ControlPart]:
    """The controls that move this setting of this station."""
    return (part for part in scenario.controls if part.name == name and (part.station or scenario.pool.name) == station.name)


def ways(scenario: "Scenario", station: Station) -> set[str]:
    """Every strategy (of a database: every placement) that the station has or may be given by a control."""
    database = station.kind == "database"
    name, now = ("placement", station.database.placement) if database else ("strategy", station.strategy)
    return {now, *(key for part in controls(scenario, station, name) for key, _ in part.choices)}


def places_keys(scenario: "Scenario", station: Station) -> bool:
    """Whether keys live on its members, or may after a change of a control."""
    return bool(ways(scenario, station).intersection(KEYED)) and most_members(scenario, station) > 1


def most_members(scenario: "Scenario", station: Station) -> int:
    """The most servers that keys can be placed on; of a database its shards."""
    if station.kind == "database":
        return max([station.servers, *(int(part.maximum) for part in controls(scenario, station, "servers"))])
    return scenario.room(station)


def ring_points(scenario: "Scenario", station: Station) -> int:
    """The most points that its ring can have; 0 when it never has one. All rings fit: 64 servers × 500 virtual nodes."""
    if not places_keys(scenario, station) or not ways(scenario, station).intersection(ON_A_RING):
        return 0
    copies = max([station.virtual_nodes, *(int(part.maximum) for part in controls(scenario, station, "virtual_nodes"))])
    return most_members(scenario, station) * copies


def check(scenario: "Scenario", place: int, station: Station) -> None:
    """Mistake when the station's keys do not fit the rest of the scenario; `place` is its number."""
    others = [other.name for other in scenario.stations[:place] if "bounded-ring" in ways(scenario, other)]
    if others and "bounded-ring" in ways(scenario, station):
        names = f"{others[0]} and {station.name}"
        raise Mistake(("stations", place), f"only one database may have the placement bounded-ring, not {names}")
    by_object = station.hash_by == "object" or any(True for _ in controls(scenario, station, "hash_by"))
    if station.kind != "database" and by_object and scenario.objects is None and places_keys(scenario, station):
        raise Mistake(("stations", place), f"{station.name} places keys on servers: the scenario needs `objects`")
