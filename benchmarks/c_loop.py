"""The pool in C (`pool.c`), compiled with the machine's own compiler, and the engine's pool for it to be compared with."""

import ctypes
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from simulator import Experiment, parse_scenario
from simulator.engine.codes import BUCKETS, MAX_SERVERS

SOURCE = Path(__file__).with_name("pool.c")
POOL = """
name: bench
title: Bench
clients: {arrival_rate: 3200}
stations:
  - {name: servers, servers: 10, workers: 4, service_time: 0.01, queue_limit: 1000, strategy: least-connections}
"""
EXPERIMENT = Experiment(parse_scenario(POOL), 1)  # 10 servers × 4 workers at 80 %: 3,200 requests/s of 4,000


class Parameters(ctypes.Structure):
    """`Pool` of pool.c."""

    _fields_ = [
        *((name, ctypes.c_uint64) for name in ("key_arrival", "key_service", "key_routing")),
        *((name, ctypes.c_double) for name in ("rate", "service_time")),
        *((name, ctypes.c_int64) for name in ("servers", "workers", "queue_limit", "until")),
    ]


class Result(ctypes.Structure):
    """`Result` of pool.c."""

    _fields_ = [
        *(
            (name, ctypes.c_int64)
            for name in ("arrivals", "answered", "failed", "sum_response", "sum_waiting", "number", "number_area")
        ),
        *((name, ctypes.c_int64 * MAX_SERVERS) for name in ("busy_area", "sent", "done")),
        ("histogram", ctypes.c_int64 * BUCKETS),
    ]


@cache
def library() -> ctypes.CDLL | None:
    """pool.c with -O3, compiled for this process; None where there is no C compiler."""
    compiler = os.environ.get("CC") or next((name for name in ("cc", "gcc", "clang") if shutil.which(name)), None)
    if compiler is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "pool.so"
        flags = ("-O3", "-std=gnu11", "-shared", "-fPIC", "-ffp-contract=off")
        subprocess.run([*compiler.split(), *flags, "-o", target, SOURCE, "-lm"], check=True)
        return ctypes.CDLL(str(target))


def parameters(state: Any, until: int) -> Parameters:
    """What the C loop needs to play the same run as a fresh record of the engine (layout.RUN), up to `until` µs."""
    run = state[0]
    station = run["stations"][0]
    return Parameters(
        int(run["key_arrival"]), int(station["key_service"]), int(station["key_routing"]),
        float(run["rate"]), float(station["service_time"]),
        int(station["servers"]), int(station["workers"]), int(station["queue_limit"]), until,
    )  # fmt: skip


def play(settings: Parameters) -> Result:
    """Run the C loop."""
    found = Result()
    loop = library()
    assert loop is not None
    if loop.simulate(ctypes.byref(settings), ctypes.byref(found)):
        raise RuntimeError("the C loop had more requests in the system than slots")
    return found


def differences(state: Any, found: Result) -> list[str]:
    """Where the engine's record and the C loop's result differ: nothing, if both are right."""
    run = state[0]
    names = ("arrivals", "answered", "failed", "sum_response", "sum_waiting", "number", "number_area")
    wrong = [f"{name}: {int(run[name])} and {getattr(found, name)}" for name in names if int(run[name]) != getattr(found, name)]
    if not np.array_equal(run["histogram"], np.array(found.histogram)):
        wrong.append("histogram")
    servers = run["servers"]
    busy = servers["area"] + servers["busy"] * int(run["clock"])
    for name, mine in (("busy_area", busy), ("sent", servers["sent"]), ("done", servers["answered"])):
        if not np.array_equal(mine[: len(mine)], np.array(getattr(found, name))):
            wrong.append(name)
    return wrong
