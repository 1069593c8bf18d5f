"""The kernel's record for an experiment: a fresh one, a change applied to it, and its checkpoint."""

import threading
from functools import cache
from types import ModuleType
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from simulator.control import Control, Value
from simulator.engine import codes, layout
from simulator.opening import blank, opening, popularity
from simulator.scenario.model import Scenario
from simulator.settings import SETTINGS

Record: TypeAlias = NDArray[Any]  # one element of layout.RUN or layout.OUT
_here = threading.local()


@cache
def kernel() -> ModuleType:
    """The compiled kernel, imported when it is first needed (about half a second)."""
    from simulator.engine import kernel as module

    return module


def micro(seconds: float) -> int:
    """Seconds as whole microseconds."""
    return round(seconds * 1e6)


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
    state = opening(scenario, seed, windowed=windowed)
    kernel().begin(state, scratch())
    return state


def apply(state: Record, out: Record, scenario: Scenario, control: Control, value: Value) -> None:
    """Change a control at the state's clock. The value must have been checked by its control."""
    if control.kind == "fault":
        _break(state, out, scenario, control, bool(value))
        return
    setting = SETTINGS[control.setting]
    run = state[0]
    index = control.station
    number = setting.encode(value)
    if setting.where == "server":
        index = scenario.firsts[control.station] + int(control.server or 1) - 1
        run["servers"][index][setting.field] = number
    elif setting.where == "clients":
        index = 0
        if setting.field:
            run[setting.field] = number
        if setting.code == codes.SET_OBJECTS:
            used = int(run["objects_used"])
            run["objects"]["below"][:used] = popularity(used, float(number))
    elif setting.where == "link":
        entering = control.name == control.setting  # a bare name: the clients' own links
        for place, station in enumerate(scenario.stations):
            if place == control.station if not entering else station.name in scenario.entrances:
                run["links"][place][setting.field] = number
    elif setting.field:
        run["stations"][index][setting.field] = number
    if setting.code is not None:
        kernel().apply(state, out, setting.code, index, float(value if not setting.choices else number))


def _break(state: Record, out: Record, scenario: Scenario, control: Control, on: bool) -> None:
    """A fault begins or ends at the state's clock."""
    name, run, engine = control.setting, state[0], kernel()
    station = scenario.stations[control.station]
    if name == "spike":
        run["spike"] = scenario.clients.spike_factor if on else 1.0
        engine.apply(state, out, codes.SET_RATE, 0, 0.0)
        return
    if name in ("zone", "deploy", "purge"):
        code = {"zone": codes.DO_ZONE, "deploy": codes.DO_DEPLOY, "purge": codes.DO_PURGE}[name]
        which = 2 * (int(control.server or 1) - 1) if name == "zone" else 0
        engine.apply(state, out, code, control.station, float(which + on))
        return
    if name == "stop_all":
        engine.apply(state, out, codes.DO_ZONE, control.station, float(on - 2))  # of zone -1
        return
    if name == "probe_loss_storm":
        run["stations"][control.station]["probe_storm"] = on
        return
    index = scenario.firsts[control.station] + int(control.server or 1) - 1
    server = run["servers"][index]
    if name == "slow":
        server["slowed"] = station.slow_factor if on else 1.0
        engine.apply(state, out, codes.SET_SPEED, index, 0.0)
    elif name == "fast_fail":
        server["failing"] = micro(station.fast_fail_time) if on else 0
    elif name == "zombie":
        server["zombie"] = on
    else:
        engine.apply(state, out, codes.SET_STOP if name == "stop" else codes.SET_HANG, index, float(on))


HEAD: int = layout.RUN.fields["heap"][1]  # type: ignore[index]
USED = {  # how many items of each tail are in use
    "heap": lambda run: int(run["heap_size"]) + 1,
    "calls": lambda run: int(run["calls_high"]),
    "asks": lambda run: int(run["asks_high"]),
    "classes": lambda run: int(run["classes_used"]),
    "clients": lambda run: int(run["clients_used"]),
    "objects": lambda run: int(run["objects_used"]),
    "ring": lambda run: int(run["ring_used"]),
    "entries": lambda run: int(run["entries_used"]),
}
PLACES: dict[str, tuple[int, int, int]] = {  # offset, size of an item, how many there can be
    name: (layout.RUN.fields[name][1], kind.base.itemsize, kind.shape[0])  # type: ignore[index]
    for name in layout.TAILS
    for kind in [layout.RUN[name]]
}


def _pieces(state: Record) -> list[tuple[int, int]]:
    """(offset, bytes) of everything in a state that is in use."""
    run = state[0]
    found = [(0, HEAD)]
    for name in layout.TAILS:
        offset, size, most = PLACES[name]
        count = USED[name](run)
        if not 0 <= count <= most:
            raise ValueError("damaged")
        found.append((offset, count * size))
    return found


def pack(state: Record) -> NDArray[np.uint8]:
    """A copy of the used bytes of a state: the head, then the used beginning of each tail."""
    raw = state.view(np.uint8)
    return np.concatenate([raw[offset : offset + size] for offset, size in _pieces(state)])


def unpack(packed: NDArray[np.uint8], state: Record) -> None:
    """Restore a packed state into an existing one; ValueError for bytes that are none."""
    if len(packed) < HEAD:
        raise ValueError("too short")
    raw = state.view(np.uint8)
    raw[:HEAD] = packed[:HEAD]
    pieces = _pieces(state)
    if sum(size for _, size in pieces) != len(packed):
        raise ValueError("of another length")
    at = HEAD
    for offset, size in pieces[1:]:
        raw[offset : offset + size] = packed[at : at + size]
        at += size


def compile_all() -> bool:
    """Load every door of the kernel, compiling what is not on disk yet; returns whether anything was compiled."""
    from simulator.engine import cache as kept

    engine = kernel()
    state, out = blank(), np.zeros(1, layout.OUT)
    state["base_rate"] = state["spike"] = state["burst"] = state["population"] = 1
    engine.begin(state, out)
    engine.advance(state, out, 0)
    engine.apply(state, out, codes.SET_RATE, 0, 1.0)
    engine.snapshot(state, out)
    engine.survey(state, out)
    if sum(engine.door.stats.cache_misses.values()):
        kept.discard_old()
        return True
    return False
