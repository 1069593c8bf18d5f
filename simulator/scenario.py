"""A scenario is data: what requests pass, what may be changed, what is shown. Read from YAML."""

import hashlib
import re
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from simulator.control import Control, ControlValueError, UnknownControl, Value
from simulator.engine.layout import MAX_CLIENTS as CLIENTS
from simulator.engine.layout import MAX_SERVERS as SERVERS

FOLDER = Path(__file__).parent / "scenarios"
Strategy = Literal["random", "round-robin", "weighted", "least-connections", "two-choices", "sticky", "shared-queue"]
Rate = Annotated[float, Field(gt=0, le=20_000, allow_inf_nan=False)]
Seconds = Annotated[float, Field(gt=0, le=3600, allow_inf_nan=False)]
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
}


class ScenarioError(ValueError):
    """A scenario that cannot be read; the message holds file, line and what was expected."""


class Part(BaseModel):
    """A part of a scenario; a field that it does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Clients(Part):
    """Who sends requests: an open Poisson stream from a number of clients."""

    arrival_rate: Rate
    clients: int = Field(60, ge=1, le=CLIENTS)
    deadline: Seconds = 1.0
    spike_factor: float = Field(2.0, gt=0, le=20)


class HealthCheck(Part):
    """How the balancer learns that a server is gone: probes every `interval`, `fall` failures, `rise` passes."""

    interval: Seconds = 0.5
    fall: int = Field(2, ge=1, le=20)
    rise: int = Field(2, ge=1, le=20)


class Station(Part):
    """A pool of servers behind a balancer."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: str = "Servers"
    kind: Literal["servers"] = "servers"
    servers: int = Field(1, ge=1, le=SERVERS)
    workers: int = Field(1, ge=1, le=64)
    service_time: Seconds = 0.010
    variability: float = Field(1.0, ge=0, le=100)
    queue_limit: int = Field(1000, ge=0, le=1_000_000)
    strategy: Strategy = "round-robin"
    weights: tuple[Annotated[float, Field(gt=0, le=100)], ...] = ()
    speeds: tuple[Annotated[float, Field(gt=0, le=100)], ...] = ()
    slow_factor: float = Field(0.5, gt=0, le=1)
    fast_fail_time: Seconds = 0.001
    boot_time: Seconds = 1.0
    contention: float = Field(0.0, ge=0, le=1)
    coherency: float = Field(0.0, ge=0, le=1)
    price: float = Field(0.10, ge=0, le=1000, description="$ per hour")
    price_per: Literal["server", "worker"] = "server"
    health_check: HealthCheck = HealthCheck()


class ControlPart(Part):
    """A setting that the learner may move, with its range in base units."""

    name: Literal[
        "arrival_rate",
        "service_time",
        "variability",
        "servers",
        "workers",
        "queue_limit",
        "strategy",
        "contention",
        "coherency",
        "speed",
        "weight",
        "probe_interval",
        "fall",
        "rise",
        "deadline",
    ]
    label: str
    unit: str = ""
    display_unit: str = ""
    scale: float = Field(1.0, gt=0)
    minimum: float = 0
    maximum: float = 1
    step: float = 1
    choices: tuple[tuple[Strategy, str], ...] = ()


class FaultPart(Part):
    """Something that can be done to the system by hand."""

    name: Literal["stop", "slow", "fast_fail", "spike"]
    label: str
    target: str | None = None


WHOLE = {"servers", "workers", "queue_limit", "fall", "rise"}
PER_SERVER = {"speed", "weight"}
LIMITS = {  # what the kernel can take, whatever an author writes
    "arrival_rate": (0.001, 20_000), "service_time": (0.0001, 3600), "variability": (0, 100), "servers": (1, SERVERS),
    "workers": (1, 64), "queue_limit": (0, 1_000_000), "contention": (0, 1), "coherency": (0, 1), "speed": (0.01, 100),
    "weight": (0.01, 100), "probe_interval": (0.01, 3600), "fall": (1, 20), "rise": (1, 20), "deadline": (0.001, 3600),
}  # fmt: skip


class Scenario(Part):
    """Everything that a simulation is made from, except the seed's choice and the learner's changes."""

    name: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    title: str
    summary: str = ""
    seed: int = Field(1, ge=0, le=2**31)
    speed: float = Field(1.0, ge=0.01, le=60, description="simulated seconds per second on the page")
    clients: Clients
    stations: tuple[Station, ...] = Field(min_length=1, max_length=1)
    controls: tuple[ControlPart, ...] = ()
    faults: tuple[FaultPart, ...] = ()
    readouts: tuple[str, ...] = ("throughput", "p50", "p95", "p99", "error_rate", "utilisation")
    charts: tuple[Literal["percentiles", "queues"], ...] = ("percentiles", "queues")

    @model_validator(mode="after")
    def _consistent(self) -> "Scenario":
        names = [*(part.name for part in self.controls), *(part.name for part in self.faults)]
        if len(set(names)) < len(names):
            raise ValueError("two controls have the same name")
        for readout in self.readouts:
            if readout not in READOUTS:
                raise ValueError(f"there is no readout {readout!r}; there are {', '.join(READOUTS)}")
        for fault in self.faults:
            known = None if fault.name == "spike" else self.pool.name
            if fault.target != known:
                raise ValueError(f"the fault {fault.name} needs target: {known or 'nothing'}")
        for part in self.controls:
            if part.name == "strategy":
                continue
            low, high = LIMITS[part.name]
            if not low <= part.minimum < part.maximum <= high:
                raise ValueError(f"{part.name} must range inside {low:g} to {high:g}, minimum below maximum")
        for name, control in self.all_controls.items():
            try:
                control.check(self.defaults.get(name, False))
            except ControlValueError as error:
                raise ValueError(f"the opening value does not fit its control: {error}") from error
        return self

    @property
    def pool(self) -> Station:
        """The pool of servers."""
        return self.stations[0]

    @cached_property
    def all_controls(self) -> dict[str, Control]:
        """Every control by name; per-server settings and faults are spelt out (`stop.3`)."""
        found: dict[str, Control] = {}
        most = self.most_servers
        for part in self.controls:
            fields = part.model_dump()
            if part.name == "strategy":
                fields["kind"] = "choice"
            if part.name in PER_SERVER:
                for server in range(1, most + 1):
                    name = f"{part.name}.{server}"
                    label = f"{part.label}, server {server}"
                    found[name] = Control(**{**fields, "name": name, "label": label}, server=server)
            else:
                found[part.name] = Control(**fields, whole=part.name in WHOLE)
        for fault in self.faults:
            targets: tuple[int | None, ...] = tuple(range(1, most + 1)) if fault.target else (None,)
            for target in targets:
                name = fault.name if target is None else f"{fault.name}.{target}"
                label = fault.label if target is None else f"{fault.label}, server {target}"
                found[name] = Control(name=name, label=label, kind="fault", target=fault.target, server=target)
        return found

    @property
    def most_servers(self) -> int:
        """The largest pool that the learner can make."""
        asked = [int(part.maximum) for part in self.controls if part.name == "servers"]
        return max([self.pool.servers, *asked])

    @cached_property
    def defaults(self) -> dict[str, Value]:
        """The opening value of every setting of the engine, whether or not a control moves it."""
        pool, clients = self.pool, self.clients
        values: dict[str, Value] = {
            "arrival_rate": clients.arrival_rate, "clients": clients.clients, "deadline": clients.deadline,
            "spike_factor": clients.spike_factor, "servers": pool.servers, "workers": pool.workers,
            "service_time": pool.service_time, "variability": pool.variability, "queue_limit": pool.queue_limit,
            "strategy": pool.strategy, "slow_factor": pool.slow_factor, "fast_fail_time": pool.fast_fail_time,
            "boot_time": pool.boot_time, "contention": pool.contention, "coherency": pool.coherency,
            "probe_interval": pool.health_check.interval,
            "fall": pool.health_check.fall, "rise": pool.health_check.rise,
        }  # fmt: skip
        for server in range(1, self.most_servers + 1):
            for name, list_ in (("speed", pool.speeds), ("weight", pool.weights)):
                values[f"{name}.{server}"] = list_[server - 1] if server <= len(list_) else 1.0
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
            known = ", ".join([*(part.name for part in self.controls), *(part.name for part in self.faults)])
            raise UnknownControl(f"There is no control {str(name)[:40]!r}; there are {known}.") from None

    def describe(self) -> dict[str, Any]:
        """What a page needs to draw the simulation, as plain JSON."""
        pool = self.pool
        station = {
            "name": pool.name, "label": pool.label, "kind": pool.kind, "servers": pool.servers,
            "max_servers": self.most_servers, "workers": pool.workers, "queue_limit": pool.queue_limit,
        }  # fmt: skip
        controls = []
        for part in self.controls:
            control = self.all_controls.get(part.name) or self.all_controls[f"{part.name}.1"]
            shown = control.model_dump(exclude={"server", "target", "whole"})
            default = self.defaults.get(part.name, self.defaults.get(f"{part.name}.1"))
            controls.append({**shown, "name": part.name, "label": part.label, "default": default,
                             "per_server": part.name in PER_SERVER})  # fmt: skip
        return {
            "name": self.name, "title": self.title, "summary": self.summary, "seed": self.seed, "speed": self.speed,
            "clients": min(12, self.clients.clients), "stations": [station], "controls": controls,
            "faults": [fault.model_dump() for fault in self.faults],
            "readouts": [
                {"name": name, "label": READOUTS[name][0], "unit": READOUTS[name][1], "scale": READOUTS[name][2],
                 "digits": READOUTS[name][3]} for name in self.readouts
            ],
            "charts": list(self.charts),
        }  # fmt: skip


def parse_scenario(text: str, *, file: str = "scenario") -> Scenario:
    """A scenario from YAML; ScenarioError with file, line and expectation when it is not one."""
    try:
        data = yaml.safe_load(text)
        tree = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise ScenarioError(f"{file}:{line}: this is not YAML: {getattr(error, 'problem', error)}") from error
    if not isinstance(data, dict):
        raise ScenarioError(f"{file}:1: expected the fields of a scenario (name, title, clients, stations, …)")
    try:
        return Scenario.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "scenario"
        message = re.sub(r"^Value error, ", "", first["msg"])
        raise ScenarioError(f"{file}:{_line(tree, first['loc'])}: {where}: {message}") from error


def _line(tree: Any, path: tuple[int | str, ...]) -> int:
    """The line on which the value at `path` stands (or the last of its parents that is there)."""
    line = tree.start_mark.line + 1
    for step in path:
        if isinstance(tree, yaml.MappingNode):
            pair = next(((key, value) for key, value in tree.value if key.value == step), None)
            if pair is None:
                break
            line, tree = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(tree, yaml.SequenceNode) and isinstance(step, int) and step < len(tree.value):
            tree = tree.value[step]
            line = tree.start_mark.line + 1
        else:
            break
    return int(line)


def scenario_names() -> list[str]:
    """The names of the scenarios that ship."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


@lru_cache(maxsize=128)
def load_scenario(name: str | Path) -> Scenario:
    """A shipped scenario by name, or one from a YAML file; ScenarioError when there is none."""
    path = Path(name)
    if path.suffix not in (".yaml", ".yml"):
        path = FOLDER / f"{name}.yaml"
        if str(name) not in scenario_names():
            raise ScenarioError(f"There is no scenario {str(name)[:60]!r}; there are {', '.join(scenario_names())}.")
    try:
        text = path.read_text()
    except OSError as error:
        raise ScenarioError(f"{path}: cannot be read: {error.strerror}") from error
    return parse_scenario(text, file=str(name))
