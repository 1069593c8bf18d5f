"""Which stations place keys on their servers (or shards), and how much room their rings need."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from simulator.scenario.controls import ControlPart
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


def mistake(scenario: "Scenario") -> str:
    """What is wrong with a scenario's keys, in words; empty when nothing is."""
    bounded = [station.name for station in scenario.stations if "bounded-ring" in ways(scenario, station)]
    if len(bounded) > 1:
        return f"only one database may have the placement bounded-ring, not {' and '.join(bounded)}"
    for station in scenario.stations:
        objects = station.hash_by == "object" or any(True for _ in controls(scenario, station, "hash_by"))
        if station.kind != "database" and objects and scenario.objects is None and places_keys(scenario, station):
            return f"{station.name}: keys need `objects`"
    return ""
