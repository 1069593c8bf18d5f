"""A scenario is data: what requests pass, what may be changed, what is shown."""

import hashlib
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Literal

from pydantic import Field, model_validator

from simulator.control import Control, UnknownControl, Value
from simulator.engine.codes import ENOUGH_P50, ENOUGH_P95, ENOUGH_P99, MAX_CLASSES, MAX_STATIONS
from simulator.scenario.checks import check_classes, check_controls, check_rooms, check_stations
from simulator.scenario.controls import ControlPart, FaultPart
from simulator.scenario.parts import Ask, Clients, Mistake, Objects, Part, RequestClass
from simulator.scenario.stations import Station
from simulator.settings import FAULTS, SETTINGS, Setting
from simulator.theory.named import FORMS

READOUTS: dict[str, tuple[str, str, float, int]] = {  # name: label, unit, scale, digits
    "throughput": ("Throughput", "req/s", 1, 0),
    "goodput": ("Goodput", "req/s", 1, 0),
    "mean_response_time": ("Mean latency", "ms", 1000, 1),
    "p50": ("p50 latency", "ms", 1000, 0),
    "p95": ("p95 latency", "ms", 1000, 0),
    "p99": ("p99 latency", "ms", 1000, 0),
    "error_rate": ("Errors", "%", 100, 1),
    "utilisation": ("Utilisation", "%", 100, 0),
    "number_in_system": ("In the system", "requests", 1, 0),
    "cost_per_hour": ("Cost per hour", "$/h", 1, 2),
    "queue_length": ("Waiting", "requests", 1, 0),
    "hit_ratio": ("Cache hits", "%", 100, 1),
    "fetch_rate": ("Fetched by caches", "req/s", 1, 0),
    "retry_rate": ("Retries", "req/s", 1, 0),
    "wasted_work": ("Work for nobody", "%", 100, 0),
    "lost_sessions": ("Lost sessions", "", 1, 0),
    "stale_share": ("Stale reads", "%", 100, 1),
    "servers": ("Servers", "", 1, 0),
    "moved_keys": ("Keys moved", "%", 100, 1),
}
MOST_SEED = 2**31
NONE_YET = {  # name: when a readout that has no value will have one
    "mean_response_time": f"after {ENOUGH_P50} answers",
    "p50": f"after {ENOUGH_P50} answers",
    "p95": f"after {ENOUGH_P95} answers",
    "p99": f"after {ENOUGH_P99} answers",
    "moved_keys": "once shards change",
}
CLASS_READOUTS = ("goodput",)  # that there are of one class too, as goodput.<class>


class ScenarioError(ValueError):
    """A scenario that cannot be read; the message holds file, line and what was expected."""


class Scenario(Part):
    """Everything that a simulation is made from, except the seed's choice and the learner's changes."""

    name: str = Field(pattern=r"^[a-z][a-z0-9-]*$", max_length=60)
    title: str
    summary: str = ""
    seed: int = Field(1, ge=0, le=MOST_SEED)
    speed: float = Field(1.0, ge=0.01, le=60, description="simulated seconds per second on the page")
    clients: Clients
    classes: tuple[RequestClass, ...] = Field((), max_length=MAX_CLASSES)
    objects: Objects | None = None
    stations: tuple[Station, ...] = Field(min_length=1, max_length=MAX_STATIONS)
    controls: tuple[ControlPart, ...] = ()
    faults: tuple[FaultPart, ...] = ()
    theory: str = Field("", description="the closed form beside the measurement; by default the one that fits")
    readouts: tuple[str, ...] = ("throughput", "p50", "p95", "p99", "error_rate", "utilisation")
    charts: tuple[Literal["percentiles", "queues", "shares", "histogram"], ...] = ("percentiles", "queues")

    @model_validator(mode="after")
    def _consistent(self) -> "Scenario":
        check_stations(self)
        check_classes(self)
        check_controls(self)
        if self.theory and self.theory not in FORMS:
            raise Mistake(("theory",), f"there is no closed form {self.theory!r}; there are {', '.join(FORMS)}")
        for place, readout in enumerate(self.readouts):
            name, _, whom = readout.partition(".")
            if name not in (CLASS_READOUTS if whom else READOUTS):
                known = f"{', '.join(READOUTS)}, and goodput.<class>"
                raise Mistake(("readouts", place), f"there is no readout {readout!r}; there are {known}")
            if whom and whom not in [each.name for each in self.classes]:
                raise Mistake(("readouts", place), f"there is no class {whom!r}")
        check_rooms(self)
        return self

    @cached_property
    def by_name(self) -> dict[str, Station]:
        """The stations by their names."""
        return {station.name: station for station in self.stations}

    @property
    def pool(self) -> Station:
        """The main station: the first pool of servers (the first station where there is none)."""
        return next((station for station in self.stations if station.kind == "servers"), self.stations[0])

    @cached_property
    def judged(self) -> int:
        """The station whose utilisation is the run's: the main one, or the next pool where that one only lets time pass."""
        work = (place for place, each in enumerate(self.stations) if each.kind == "servers" and each.discipline != "delay")
        return self.main if self.pool.discipline != "delay" else next(work, self.main)

    @cached_property
    def main(self) -> int:
        """The main station's index."""
        return self.stations.index(self.pool)

    def room(self, station: Station) -> int:
        """The most servers that a station can have, by its controls and its autoscaler."""

        def most(name: str, now: int) -> int:
            return max(
                [
                    now,
                    *(
                        int(part.maximum)
                        for part in self.controls
                        if part.name == name and (part.station or self.pool.name) == station.name
                    ),
                ]
            )

        servers = most("servers", station.servers)
        if station.kind == "database":
            return servers * (1 + most("replicas", station.database.replicas))
        if station.autoscale.rule != "none" or any(part.name == "autoscale" for part in self.controls):
            return max(servers, most("maximum_servers", station.autoscale.maximum))
        return servers

    @cached_property
    def firsts(self) -> list[int]:
        """The index of each station's first server, over all stations."""
        found, total = [], 0
        for room in self.rooms:
            found.append(total)
            total += room
        return found

    @cached_property
    def rooms(self) -> list[int]:
        """The most servers of each station (see `room`)."""
        return [self.room(station) for station in self.stations]

    @cached_property
    def most_servers(self) -> int:
        """How many servers all stations can have together."""
        return sum(self.rooms)

    @cached_property
    def marks(self) -> list[str]:
        """What each station's servers are called before their number; alone in its station, one bears the station's name."""
        letters = {"servers": "S", "edge": "E", "cache": "C", "store": "K", "database": "D"}
        found: list[str] = []
        for station in self.stations:
            letter = letters[station.kind]
            if len(self.stations) > 1 and self.room(station) == 1:
                letter = station.label or station.name
            elif letter in found:
                letter = (station.label or station.name)[0].upper()
            found.append(letter)
        return found

    def called(self, server: int) -> str:
        """What a page calls a server (its index over all stations): S4, D1, Origin."""
        place = max(n for n, first in enumerate(self.firsts) if first <= server)
        mark = self.marks[place]
        return mark if len(mark) > 1 else f"{mark}{server - self.firsts[place] + 1}"

    def full_name(self, part: ControlPart | FaultPart) -> str:
        """A control's name; those of other stations than the main one carry their station's."""
        if isinstance(part, ControlPart):
            there = part.station if SETTINGS[part.name].where != "clients" else None
        else:
            there = part.target
        return part.name if there is None or there == self.pool.name else f"{there}.{part.name}"

    @cached_property
    def all_controls(self) -> dict[str, Control]:
        """Every control by name; per-server settings and faults are spelt out (`stop.3`, `database.stop.1`)."""
        found: dict[str, Control] = {}
        for part in self.controls:
            setting = SETTINGS[part.name]
            station = self.by_name[part.station or self.pool.name]
            index = self.stations.index(station)
            name = self.full_name(part)
            fields = part.model_dump(exclude={"name", "station"}) | {"setting": part.name, "station": index}
            fields["kind"] = "choice" if setting.choices else "switch" if setting.switch else "range"
            if setting.where == "server":
                for server in range(1, self.room(station) + 1):
                    label = f"{part.label}, server {server}"
                    found[f"{name}.{server}"] = Control(**{**fields, "name": f"{name}.{server}", "label": label}, server=server)
            else:
                found[name] = Control(**fields, name=name, whole=setting.control_whole)
        for fault in self.faults:
            found |= self._fault_controls(fault)
        return found

    def _fault_controls(self, fault: FaultPart) -> dict[str, Control]:
        reach = FAULTS[fault.name]
        name = self.full_name(fault)
        station = self.by_name[fault.target] if fault.target else self.pool
        fields: dict[str, Any] = {
            "kind": "fault",
            "setting": fault.name,
            "station": self.stations.index(station),
            "target": fault.target,
        }
        if reach in ("clients", "station"):
            return {name: Control(name=name, label=fault.label, **fields)}
        count, word = (station.zones, "zone") if reach == "zone" else (self.room(station), "server")
        return {
            f"{name}.{n}": Control(name=f"{name}.{n}", label=f"{fault.label}, {word} {n}", server=n, **fields)
            for n in range(1, count + 1)
        }

    def opening(self, setting: Setting, station: Station) -> Any:
        """The opening value of a setting, for its station; None for a policy that is unset."""
        owner: Any = station
        if setting.where == "clients":
            owner = self if setting.path.startswith("objects.") else self.clients
        elif setting.where == "link":
            owner = self.link(station)
        for step in setting.path.split("."):
            owner = getattr(owner, step, None)
        return owner

    def link(self, station: Station) -> Ask:
        """How a station is asked: by the clients where they enter, else as the station itself says."""
        return self.clients if station.name in self.entrances else station.asked

    @cached_property
    def entrances(self) -> set[str]:
        """The stations at which requests enter."""
        return {each.enters or self.stations[0].name for each in self.classes} or {self.stations[0].name}

    @cached_property
    def defaults(self) -> dict[str, Value]:
        """The opening value of every setting of the engine, whether or not a control moves it.

        Those of the main station stand under their bare names, of other stations as `database.workers`.
        """
        values: dict[str, Value] = {"spike_factor": self.clients.spike_factor, "slow_factor": self.pool.slow_factor}
        values["fast_fail_time"] = self.pool.fast_fail_time
        for station in (*(s for s in self.stations if s is not self.pool), self.pool):
            prefix = "" if station is self.pool else f"{station.name}."
            for name, setting in SETTINGS.items():
                if setting.where == "server":
                    given = getattr(station, setting.path)
                    for server in range(1, self.room(station) + 1):
                        values[f"{prefix}{name}.{server}"] = given[server - 1] if server <= len(given) else 1.0
                elif setting.where != "clients" or not prefix:
                    value = self.opening(setting, station)
                    if value is not None:
                        values[f"{prefix}{name}"] = value
        entrance = next(station for station in self.stations if station.name in self.entrances)
        for name, setting in SETTINGS.items():  # a bare `timeout` is the clients'
            if setting.where == "link" and (value := self.opening(setting, entrance)) is not None:
                values[name] = value
        return values

    @cached_property
    def digest(self) -> str:
        """A short digest of the whole content; equal scenarios have equal ones."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]

    def __hash__(self) -> int:
        return hash(self.digest)

    def control(self, name: str) -> Control:
        """The control of this name; UnknownControl otherwise."""
        try:
            return self.all_controls[name]
        except (KeyError, TypeError):
            known = ", ".join([*map(self.full_name, self.controls), *map(self.full_name, self.faults)])
            raise UnknownControl(f"There is no control {str(name)[:40]!r}; there are {known}.") from None

    @cached_property
    def is_simple(self) -> bool:
        """Whether it is one pool of FIFO servers and one Poisson stream: the systems that most closed forms are about."""
        clients, pool = self.clients, self.stations[0]
        plain = clients.arrivals == "poisson" and clients.profile is None and not clients.has_policy and not clients.regions
        alone = len(self.stations) == 1 and not self.classes and pool.kind == "servers"
        steady = pool.autoscale.rule == "none" and pool.gate.rate == 0 and pool.tls.at == "none" and pool.growth == 0
        usual = pool.discipline == "fifo" and pool.distribution == "by-variability" and pool.when_full == "drop-newest"
        even = pool.slow_share == 0 and not any(part.name == "slow_share" for part in self.controls)
        return plain and alone and steady and usual and even

    def work(self, settings: Mapping[str, Value]) -> float:
        """The most calls that one request can cause under these settings: visits, fan-out, retries, hedges. At least 1."""

        def below(station: Station) -> float:
            prefix = "" if station is self.pool else f"{station.name}."
            asked = "" if station.name in self.entrances else prefix
            retries = float(settings.get(f"{asked}retries", 0))
            budget = settings.get(f"{asked}retry_budget")
            attempts = 1.0 + (retries if budget is None else min(retries, float(budget)))
            if float(settings.get(f"{asked}hedge_after", 0)):
                attempts += float(settings.get(f"{asked}hedge_cap", 1))
            onward = sum(below(self.by_name[name]) for name in station.calls) * float(settings.get(f"{prefix}visits", 1))
            onward += below(self.by_name[station.then]) if station.then else 0.0
            return attempts * (1.0 + onward)

        return max(below(self.by_name[name]) for name in self.entrances)

    def describe(self) -> dict[str, Any]:
        """What a page needs to draw the simulation, as plain JSON."""
        stations = [
            {"name": station.name, "label": station.label, "kind": station.kind, "servers": station.members,
             "max_servers": self.room(station), "workers": station.workers, "queue_limit": station.queue_limit,
             "first": first, "mark": mark, "calls": list(station.calls), "then": station.then, "discipline": station.discipline,
             "zones": station.zones}
            for station, first, mark in zip(self.stations, self.firsts, self.marks, strict=True)
        ]  # fmt: skip
        controls = []
        for part in self.controls:
            name = self.full_name(part)
            control = self.all_controls.get(name) or self.all_controls[f"{name}.1"]
            shown = control.model_dump(exclude={"server", "target", "whole", "setting", "station"})
            default = self.defaults.get(name, self.defaults.get(f"{name}.1"))
            controls.append({**shown, "name": name, "label": part.label, "default": default, "station": part.station,
                             "per_server": SETTINGS[part.name].where == "server"})  # fmt: skip
        return {
            "name": self.name, "title": self.title, "summary": self.summary, "seed": self.seed, "speed": self.speed,
            "clients": min(12, self.clients.clients), "stations": stations, "controls": controls,
            "faults": [{**fault.model_dump(), "name": self.full_name(fault), "kind": fault.name, "reach": FAULTS[fault.name]}
                       for fault in self.faults],
            "entrances": sorted(self.entrances), "regions": [region.name for region in self.clients.regions],
            "classes": [{"name": each.name, "label": each.label or each.name} for each in self.classes],
            "readouts": [self._readout(name) for name in self.readouts],
            "charts": list(self.charts),
        }  # fmt: skip

    def _readout(self, name: str) -> dict[str, Any]:
        """A readout as a page shows it."""
        name_of_all, _, whom = name.partition(".")
        label, unit, scale, digits = READOUTS[name_of_all]
        if name == "utilisation" and len(self.stations) > 1:
            label = f"{label}, {self.stations[self.judged].name}"
        said = next((f"{label}, {each.label or each.name}" for each in self.classes if each.name == whom), label)
        return {"name": name, "label": said, "unit": unit, "scale": scale, "digits": digits, "none": NONE_YET.get(name, "")}
