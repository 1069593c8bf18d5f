"""Closed forms beside the measurement, each with its source and the condition under which it holds.

Rates in requests/s, times in seconds. Functions raise ValueError where there is no steady state.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any


def _stable(load: float, capacity: float) -> None:
    if load >= capacity:
        raise ValueError("no steady state: the offered load is not below the capacity")


def erlang_b(load: float, workers: int) -> float:
    """Share blocked by `workers` without a queue at `load` erlangs (Erlang 1917; recursion)."""
    blocked = 1.0
    for k in range(1, workers + 1):
        blocked = load * blocked / (k + load * blocked)
    return blocked


def erlang_c(load: float, workers: int) -> float:
    """Probability of waiting in M/M/c (Erlang 1917)."""
    _stable(load, workers)
    blocked = erlang_b(load, workers)
    return blocked / (1 - load / workers * (1 - blocked))


def _quantile(tail: Callable[[float], float], share: float, scale: float) -> float:
    """The t at which `tail(t)` falls to 1 − share, by bisection."""
    low, high = 0.0, scale
    while tail(high) > 1 - share:
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if tail(middle) > 1 - share else (low, middle)
    return high


def mmc(arrival_rate: float, service_rate: float, workers: int) -> dict[str, float]:
    """M/M/c: mean and percentiles of the response time (Gross & Harris, Fundamentals of Queueing Theory, ch. 3)."""
    load = arrival_rate / service_rate
    wait = erlang_c(load, workers)
    spare = workers * service_rate - arrival_rate
    gap = spare - service_rate

    def tail(t: float) -> float:
        own = math.exp(-service_rate * t)
        if abs(gap) < 1e-9 * service_rate:
            return own * (1 + wait * service_rate * t)
        return own + wait * service_rate / gap * (own - math.exp(-spare * t))

    mean = wait / spare + 1 / service_rate
    return {"mean_response_time": mean, **{f"p{p}": _quantile(tail, p / 100, mean) for p in (50, 95, 99)}}


def mg1(arrival_rate: float, service_time: float, cv2: float) -> dict[str, float]:
    """M/G/1, FIFO: the mean response time (Pollaczek–Khinchine 1930)."""
    load = arrival_rate * service_time
    _stable(load, 1)
    return {"mean_response_time": service_time + load * service_time * (1 + cv2) / (2 * (1 - load))}


def mmck(arrival_rate: float, service_rate: float, workers: int, places: int) -> dict[str, float]:
    """M/M/c/K, K places in all: share blocked, mean number and mean response time (birth–death)."""
    weights = [1.0]
    for n in range(1, places + 1):
        weights.append(weights[-1] * arrival_rate / (service_rate * min(n, workers)))
    total = sum(weights)
    number = sum(n * weight for n, weight in enumerate(weights)) / total
    blocked = weights[-1] / total
    return {
        "error_rate": blocked,
        "number_in_system": number,
        "mean_response_time": number / (arrival_rate * (1 - blocked)),
    }


def round_robin(arrival_rate: float, service_rate: float, servers: int) -> dict[str, float]:
    """Each of `servers` single-worker servers sees every n-th request of a Poisson stream: E_n/M/1 (GI/M/1 root)."""
    _stable(arrival_rate, servers * service_rate)
    sigma = 0.5
    for _ in range(10_000):
        sigma, before = (arrival_rate / (arrival_rate + service_rate * (1 - sigma))) ** servers, sigma
        if abs(sigma - before) < 1e-14:
            break
    mean = 1 / (service_rate * (1 - sigma))
    return {"mean_response_time": mean, **{f"p{p}": -mean * math.log(1 - p / 100) for p in (50, 95, 99)}}


def usl(workers: int, contention: float, coherency: float) -> float:
    """Throughput of n workers relative to one (Gunther 2007)."""
    return workers / (1 + contention * (workers - 1) + coherency * workers * (workers - 1))


NAMES = {"p50", "p95", "p99", "mean_response_time"}


def expectation(settings: Mapping[str, Any], states: Sequence[str]) -> dict[str, Any]:
    """What theory says for these settings: {name, holds, why, p50 …}; values are None when nothing can be said."""
    plain = tuple(sorted((key, value) for key, value in settings.items() if not key.startswith(("stop", "slow."))))
    odd = [f"S{i + 1} is {state}" for i, state in enumerate(states) if state != "up"]
    return dict(_expectation(plain, odd[0] if odd else ""))


@lru_cache(maxsize=512)
def _expectation(plain: tuple[tuple[str, Any], ...], odd: str) -> dict[str, Any]:
    settings = dict(plain)
    result: dict[str, Any] = {"name": "", "holds": False, "why": "", **dict.fromkeys(sorted(NAMES))}
    rate = settings["arrival_rate"] * (settings["spike_factor"] if settings.get("spike") else 1)
    servers, workers, cv2 = settings["servers"], settings["workers"], settings["variability"]
    speeds = {settings.get(f"speed.{i}", 1.0) for i in range(1, servers + 1)}
    per_worker = usl(workers, settings["contention"], settings["coherency"]) / workers * speeds.copy().pop()
    mu = per_worker / settings["service_time"]
    capacity = servers * workers * mu
    result["throughput"] = min(rate, capacity)
    result["utilisation"] = min(1.0, rate / capacity)
    result["error_rate"] = 0.0 if rate < capacity else 1 - capacity / rate
    failing = next((key for key, value in settings.items() if key.startswith("fast_fail.") and value), "")
    if odd or failing:
        return {**result, "throughput": None, "utilisation": None, "error_rate": None,
                "why": f"{odd or 'a server fails fast'}: the formula assumes healthy, equal servers"}  # fmt: skip
    if len(speeds) > 1:
        return {**result, "why": "the servers differ in speed"}
    if rate >= capacity:
        return {**result, "why": "more arrives than the servers can do: no steady state"}
    strategy = settings["strategy"]
    weights = {settings.get(f"weight.{i}", 1.0) for i in range(1, servers + 1)}
    if servers == 1 or strategy == "shared-queue":
        total = servers * workers
        if cv2 == 1:
            return {**result, **mmc(rate, mu, total), "holds": True, "name": f"M/M/{total}"}
        if total == 1:
            return {**result, **mg1(rate, 1 / mu, cv2), "holds": True, "name": "M/G/1"}
        return {**result, "why": "no closed form for several workers unless service is exponential (cv² 1)"}
    if strategy == "random":
        if cv2 == 1:
            name = f"M/M/{workers} at each server"
            return {**result, **mmc(rate / servers, mu, workers), "holds": True, "name": name}
        if workers == 1:
            return {
                **result,
                **mg1(rate / servers, 1 / mu, cv2),
                "holds": True,
                "name": "M/G/1 at each server",
            }
        return {**result, "why": "no closed form for several workers unless service is exponential (cv² 1)"}
    if strategy == "round-robin" or (strategy == "weighted" and len(weights) == 1):
        if workers == 1 and cv2 == 1:
            name = f"E{servers}/M/1 at each server"
            return {**result, **round_robin(rate, mu, servers), "holds": True, "name": name}
        return {**result, "why": "the formula needs one worker and exponential service (cv² 1)"}
    why = {"least-connections": "no closed form for the shortest of more than two queues",
           "two-choices": "only the limit of many servers has a closed form",
           "sticky": "it depends on which clients are at home where"}.get(strategy, "the weights differ")  # fmt: skip
    return {**result, "why": why}
