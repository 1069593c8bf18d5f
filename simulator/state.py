"""The kernel's record for an experiment: a fresh one, and a change applied to it."""

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np

from simulator.control import Control, Value
from simulator.engine import codes, layout
from simulator.engine.places import word
from simulator.opening import needs_asks, opening, popularity
from simulator.record import Record, blank, pack, unpack
from simulator.scenario.model import Scenario
from simulator.settings import SETTINGS

SWITCHES = [word(layout.OUT, name) for name in ("tracing", "trace_used", "grid_used", "grid_next")]
_here = threading.local()


@contextmanager
def uncollected() -> Iterator[None]:
    """No garbage collection meanwhile: a sixth of the start of an engine goes into looking for garbage where none is."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


@cache
def kernel() -> ModuleType:
    """The compiled kernel, imported when it is first needed (about half a second)."""
    with uncollected():
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
        _here.words = out.view(np.int64)
    words = _here.words
    for place in SWITCHES:
        words[place] = 0
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
                run["links"][place]["policy"] = needs_asks(run["links"][place])
    elif setting.field:
        run["stations"][index][setting.field] = number
    code = codes.SET_NUMBER if setting.code is None else setting.code
    kernel().apply(state, out, code, index, float(value if not setting.choices else number))


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


def compile_all() -> bool:
    """Load the kernel, or compile it where it is not on disk yet; returns whether anything was compiled."""
    from simulator.engine import cache as kept

    with uncollected():
        engine = kernel()
        from simulator.engine import packing, text

        state, out = blank(), np.zeros(1, layout.OUT)
        state["base_rate"] = state["spike"] = state["burst"] = state["population"] = 1
        engine.begin(state, out)  # the other doors are the same function
        text.write(state, out, 1, 0, np.zeros(codes.MAX_SERVERS, np.uint8), np.zeros(text.ROOM, np.uint8))
        unpack(pack(state), state)
    doors: tuple[Any, ...] = (engine.door, text.write, packing.collect, packing.restore)
    if any(door.stats.cache_misses for door in doors):
        kept.discard_old()
        return True
    return False
