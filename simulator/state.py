"""The kernel's record for an experiment: a fresh one, a change applied to it, and its checkpoint."""

import hashlib
import threading
from collections.abc import Mapping
from functools import cache
from types import ModuleType
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from simulator.control import Value
from simulator.engine import layout
from simulator.scenario import Scenario

Record: TypeAlias = NDArray[Any]  # one element of layout.RUN or layout.OUT
Told = tuple[int, int, float]  # code, index, value: what `kernel.apply` takes
STRATEGIES = {
    "random": layout.RANDOM,
    "round-robin": layout.ROUND_ROBIN,
    "weighted": layout.WEIGHTED,
    "least-connections": layout.LEAST_CONNECTIONS,
    "two-choices": layout.TWO_CHOICES,
    "sticky": layout.STICKY,
    "shared-queue": layout.SHARED_QUEUE,
}
CODES = {
    "arrival_rate": layout.SET_ARRIVAL_RATE,
    "spike": layout.SET_SPIKE,
    "deadline": layout.SET_DEADLINE,
    "clients": layout.SET_POPULATION,
    "service_time": layout.SET_SERVICE_TIME,
    "variability": layout.SET_VARIABILITY,
    "servers": layout.SET_SERVERS,
    "workers": layout.SET_WORKERS,
    "queue_limit": layout.SET_QUEUE_LIMIT,
    "strategy": layout.SET_STRATEGY,
    "probe_interval": layout.SET_INTERVAL,
    "rise": layout.SET_RISE,
    "fall": layout.SET_FALL,
    "boot_time": layout.SET_BOOT_TIME,
    "contention": layout.SET_CONTENTION,
    "coherency": layout.SET_COHERENCY,
    "speed": layout.SET_SPEED,
    "weight": layout.SET_WEIGHT,
    "stop": layout.SET_STOP,
    "slow": layout.SET_SLOW,
    "fast_fail": layout.SET_FAST_FAIL,
}
_here = threading.local()


@cache
def kernel() -> ModuleType:
    """The compiled kernel, imported when it is first needed (about half a second)."""
    from simulator.engine import kernel as module

    return module


def micro(seconds: float) -> int:
    """Seconds as whole microseconds."""
    return round(seconds * 1e6)


def key(seed: int, source: str) -> int:
    """The key (64 bits) of one random stream of a seed."""
    digest = hashlib.blake2b(f"{seed}/{source}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little")


def scratch() -> Record:
    """This thread's output record (layout.OUT), switched off."""
    out: Record | None = getattr(_here, "out", None)
    if out is None:
        out = _here.out = np.zeros(1, layout.OUT)
    record = out[0]
    record["tracing"] = record["trace_used"] = record["grid_used"] = record["grid_next"] = 0
    return out


def fresh(scenario: Scenario, seed: int, *, windowed: bool) -> Record:
    """The state (layout.RUN) at 0 s, before any change of the timeline.

    Without `windowed` the rolling measures are not kept, which is faster.
    """
    state: Record = np.zeros(1, layout.RUN)
    run = state[0]
    settings: Mapping[str, Any] = scenario.defaults
    run["windowed"] = windowed
    run["base_rate"] = settings["arrival_rate"] * 1e-6
    run["spike"] = 1.0
    run["population"] = settings["clients"]
    run["deadline"] = micro(settings["deadline"])
    for source in ("arrival", "client", "home", "probe"):
        run[f"key_{source}"] = key(seed, source)
    room = scenario.most_servers
    row = run["stations"][0]
    row["first"], row["room"] = 0, room
    for name in ("servers", "workers", "queue_limit", "variability", "contention", "coherency", "rise", "fall"):
        row[name] = settings[name]
    row["service_time"] = settings["service_time"] * 1e6
    row["strategy"] = STRATEGIES[settings["strategy"]]
    row["boot_time"] = micro(settings["boot_time"])
    row["probing"] = 1
    row["interval"] = micro(settings["probe_interval"])
    for source in ("service", "branch", "routing"):
        row[f"key_{source}"] = key(seed, f"{source}/0")
    servers = run["servers"][:room]
    servers["speed"] = [settings[f"speed.{server}"] for server in range(1, room + 1)]
    servers["weight"] = [settings[f"weight.{server}"] for server in range(1, room + 1)]
    run["stations_used"] = 1
    kernel().begin(state, scratch())
    return state


def told(settings: Mapping[str, Value], control: str, value: Value) -> Told:
    """A change of a control as the kernel takes it. The value must have been checked by its control."""
    name, _, number = control.partition(".")
    index = int(number) - 1 if number else 0
    if name == "strategy":
        return CODES[name], index, float(STRATEGIES[str(value)])
    if name == "spike":
        return CODES[name], index, float(settings["spike_factor"]) if value else 1.0
    if name == "slow":
        return CODES[name], index, float(settings["slow_factor"]) if value else 1.0
    if name == "fast_fail":
        return CODES[name], index, float(settings["fast_fail_time"]) if value else 0.0
    return CODES[name], index, float(value)


HEAD = layout.RUN.fields["heap"][1]  # type: ignore[index]
HEAP_ITEM = 8
CALLS = layout.RUN.fields["calls"][1]  # type: ignore[index]
CALL_ITEM = layout.CALL.itemsize


def pack(state: Record) -> NDArray[np.uint8]:
    """A copy of the used bytes of a state: the head, the event list, the calls."""
    raw = state.view(np.uint8)
    run = state[0]
    events = (int(run["heap_size"]) + 1) * HEAP_ITEM
    calls = int(run["calls_high"]) * CALL_ITEM
    packed = np.empty(HEAD + events + calls, np.uint8)
    packed[:HEAD] = raw[:HEAD]
    packed[HEAD : HEAD + events] = raw[HEAD : HEAD + events]
    packed[HEAD + events :] = raw[CALLS : CALLS + calls]
    return packed


def unpack(packed: NDArray[np.uint8], state: Record) -> None:
    """Restore a packed state into an existing one; ValueError for bytes that are none."""
    raw = state.view(np.uint8)
    if len(packed) < HEAD + HEAP_ITEM:
        raise ValueError("too short")
    raw[:HEAD] = packed[:HEAD]
    run = state[0]
    events, calls = (int(run["heap_size"]) + 1) * HEAP_ITEM, int(run["calls_high"]) * CALL_ITEM
    if events < 0 or calls < 0 or len(packed) != HEAD + events + calls:
        raise ValueError("of another length")
    raw[HEAD : HEAD + events] = packed[HEAD : HEAD + events]
    raw[CALLS : CALLS + calls] = packed[HEAD + events :]


def compile_all() -> bool:
    """Load every door of the kernel, compiling what is not on disk yet; returns whether anything was compiled."""
    from simulator.engine import cache as kept

    engine = kernel()
    state, out = np.zeros(1, layout.RUN), np.zeros(1, layout.OUT)
    state["base_rate"] = state["spike"] = state["population"] = 1
    engine.begin(state, out)
    engine.advance(state, out, 0)
    engine.apply(state, out, layout.SET_SPIKE, 0, 1.0)
    engine.snapshot(state, out)
    engine.survey(state, out)
    doors = (engine.begin, engine.advance, engine.apply, engine.snapshot, engine.survey)
    if any(sum(door.stats.cache_misses.values()) for door in doors):
        kept.discard_old()
        return True
    return False
