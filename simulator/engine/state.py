"""A run's state from a scenario's settings, and one control's change applied to it."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.engine import kernel

State = NDArray[np.void]
NO_TRACE = np.zeros(1, kernel.TRACE)
NO_COUNT = np.zeros(1, np.int64)
STRATEGIES = {
    "random": kernel.RANDOM,
    "round-robin": kernel.ROUND_ROBIN,
    "weighted": kernel.WEIGHTED,
    "least-connections": kernel.LEAST_CONNECTIONS,
    "two-choices": kernel.TWO_CHOICES,
    "sticky": kernel.STICKY,
    "shared-queue": kernel.SHARED_QUEUE,
}
MASK = (1 << 64) - 1


def micro(seconds: float) -> int:
    """Seconds as whole microseconds."""
    return round(seconds * 1e6)


def stream_key(seed: int, stream: int) -> int:
    """The key of a random stream: a hash of the seed and the stream's number (splitmix64's finaliser)."""
    z = (seed * 0x9E3779B97F4A7C15 + (stream + 1) * 0xD1342543DE82EF95) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def erlang_mixture(cv2: float) -> tuple[int, float]:
    """(k, p) of the Erlang(k−1)/Erlang(k) mixture with this cv², for 1/64 ≤ cv² < 1 (Tijms 2003, appendix B)."""
    k = min(64, max(2, math.ceil(1 / cv2)))
    p = (k * cv2 - math.sqrt(max(0.0, k * (1 + cv2) - k * k * cv2))) / (1 + cv2)
    return k, max(0.0, p)


def slowdown(workers: int, contention: float, coherency: float) -> float:
    """Speed of each of n workers in one box relative to one alone.

    Universal Scalability Law (Gunther, Guerrilla Capacity Planning, 2007): 1 / (1 + σ(n−1) + κn(n−1)).
    """
    return 1 / (1 + contention * (workers - 1) + coherency * workers * (workers - 1))


class Machine:
    """The kernel's state with the settings in force, as controls change them."""

    def __init__(self, settings: Mapping[str, float | str | bool], seed: int) -> None:
        self.state: State = np.zeros(1, kernel.STATE)
        self.settings = dict(settings)
        st = self.state
        for stream in range(8):
            st["keys"][0, stream] = stream_key(seed, stream)
        for name in ("head", "tail", "home"):
            st[name] = -1
        st["free"][0] = np.arange(kernel.SLOTS - 1, -1, -1)
        st["free_count"] = kernel.SLOTS
        st["next_arrival"] = kernel.NEVER
        st["next_snap"] = kernel.SNAP_EVERY
        st["slow"] = st["speed"] = st["weight"] = 1.0
        for name, value in self.settings.items():
            self._copy(name, value)
        self._speeds()
        kernel.set_servers(st, int(self.settings["servers"]), NO_TRACE, NO_COUNT, 0)
        interval = int(st["probe_interval"][0])
        for server in range(kernel.SERVERS):  # each server's probes have a phase of their own
            phase = stream_key(seed * 64 + server, kernel.PROBES) % interval
            self._push(phase, (kernel.PROBE << 56) | server)
        kernel.set_arrival_rate(st, self._rate())

    def _push(self, at: int, what: int) -> None:
        kernel.push(self.state, at, what)

    def _rate(self) -> float:
        spike = float(self.settings.get("spike_factor", 1)) if self.settings.get("spike") else 1.0
        return float(self.settings["arrival_rate"]) * spike

    def _speeds(self) -> None:
        workers = int(self.settings["workers"])
        factor = slowdown(workers, float(self.settings.get("contention", 0)), float(self.settings.get("coherency", 0)))
        for server in range(kernel.SERVERS):
            own = float(self.settings.get(f"speed.{server + 1}", 1))
            self.state["speed"][0, server] = own * factor * float(self.settings.get("speed", 1))

    def _copy(self, name: str, value: float | str | bool) -> None:
        """Write one setting where it is a plain number of the state."""
        st = self.state
        part, _, number = name.partition(".")
        if part in ("service_time", "deadline", "probe_interval", "boot_time", "fast_fail_time"):
            st[part] = float(value) if part == "service_time" else max(1, micro(float(value)))
        elif part in ("workers", "queue_limit", "fall", "rise", "clients"):
            st[part] = int(value)
        elif part == "variability":
            st["cv2"] = float(value)
            if 0 < float(value) < 1:
                st["erlang"], st["mixing"] = erlang_mixture(max(1 / 64, float(value)))
        elif part == "strategy":
            st["strategy"] = STRATEGIES[str(value)]
        elif part == "weight":
            st["weight"][0, int(number) - 1] = float(value)

    def apply(
        self,
        name: str,
        value: float | str | bool,
        trace: State = NO_TRACE,
        used: Any = NO_COUNT,
        sample: int = 0,
    ) -> None:
        """Change one control now. The value must have been checked by its control."""
        before = self.settings.get(name)
        self.settings[name] = value
        st = self.state
        part, _, number = name.partition(".")
        server = int(number) - 1 if number else -1
        if part == "stop":
            if value:
                kernel.stop(st, server, trace, used, sample)
            else:
                kernel.start(st, server)
        elif part == "slow":
            st["slow"][0, server] = float(self.settings.get("slow_factor", 0.5)) if value else 1.0
        elif part == "fast_fail":
            st["failing"][0, server] = bool(value)
        elif part in ("arrival_rate", "spike"):
            if before != value:
                kernel.set_arrival_rate(st, self._rate())
        elif part == "servers":
            kernel.set_servers(st, int(value), trace, used, sample)
        else:
            self._copy(name, value)
            if part in ("workers", "speed", "contention", "coherency"):
                self._speeds()
            kernel.settle(st, trace, used, sample)
