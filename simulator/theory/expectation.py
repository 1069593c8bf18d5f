"""Which closed form applies to a running simulation, what it says, and why none does when none does.

Reads the settings of a run (names of the scenario schema) and gives numbers under the names of the readouts.
"""

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from simulator.theory.balancing import round_robin, shortest_queue
from simulator.theory.conditions import ConditionError
from simulator.theory.limits import mmck
from simulator.theory.named import FORMS
from simulator.theory.queues import erlang_b, mg1, mmc
from simulator.theory.scaling import usl

SHOWN = ("p50", "p95", "p99", "mean_response_time", "number_in_system", "throughput", "utilisation", "error_rate")
NEGLIGIBLE = 1e-6  # share of requests that a limit may drop before the form without a limit no longer holds
LONGEST_QUEUE = 1000  # places that fill soon enough in overload for the steady state to be seen
HANDLED = {
    "arrival_rate", "spike", "spike_factor", "servers", "workers", "service_time", "variability", "queue_limit",
    "strategy", "contention", "coherency",
}  # fmt: skip


class _NoForm(Exception):
    """No closed form applies; the message is the reason, in the reader's words."""


def said(scenario: Any, settings: Mapping[str, Any], states: Sequence[str]) -> dict[str, Any]:
    """What theory says about a run of a scenario: by the form that it names, else by the one that fits a pool, if any.

    `settings` as `Experiment.settings_at` gives them, `states` one word per server ("up" when nothing is wrong).
    """
    if scenario.is_simple and not scenario.theory:
        return expectation(settings, states)
    nothing: dict[str, Any] = {"name": "", "holds": False, "why": "", **dict.fromkeys(SHOWN)}
    if not scenario.theory:
        return {**nothing, "why": "too much happens at once here"}
    odd = next((f"a server is {state}" for state in states if state not in ("up", "down")), "")
    if any(on for name, on in settings.items() if "stop" in name.split(".")):
        odd = odd or "a server is down"  # states say it also of those that nobody has asked for yet
    if settings.get("spike"):
        odd = odd or "the rate has just jumped"
    if odd:
        return {**nothing, "why": f"{odd}: the formula is about steady, healthy servers"}
    try:
        name, values = FORMS[scenario.theory](scenario, settings)
    except ConditionError as reason:
        return {**nothing, "why": str(reason)}
    return {**nothing, **values, "name": name, "holds": True}


def expectation(settings: Mapping[str, Any], states: Sequence[str]) -> dict[str, Any]:
    """What theory says: {name, holds, why, p50, mean_response_time …}; values are None when nothing can be said.

    `settings` as `Experiment.settings_at` gives them, `states` one word per server ("up" when nothing is wrong).
    """
    return dict(_looked_up(tuple(settings.items()), tuple(states)))


@lru_cache(maxsize=2_048)
def _looked_up(items: tuple[tuple[str, Any], ...], states: tuple[str, ...]) -> dict[str, Any]:
    """The same for whoever has these settings: a segment asks, and settings rarely change."""
    settings = dict(items)
    plain = {key: value for key, value in settings.items() if key in HANDLED}
    speeds = tuple(float(settings.get(f"speed.{i}", 1.0)) for i in range(1, settings["servers"] + 1))
    weights = {settings.get(f"weight.{i}", 1.0) for i in range(1, settings["servers"] + 1)}
    odd = next((f"S{i + 1} is {state}" for i, state in enumerate(states) if state != "up"), "")
    if any(value for key, value in settings.items() if key.startswith("fast_fail.")):
        odd = odd or "a server fails fast"
    return _expectation(tuple(sorted(plain.items())), speeds, len(weights) == 1, odd)


@lru_cache(maxsize=512)
def _expectation(plain: tuple[tuple[str, Any], ...], speeds: tuple[float, ...], even: bool, odd: str) -> dict[str, Any]:
    result: dict[str, Any] = {"name": "", "holds": False, "why": "", **dict.fromkeys(SHOWN)}
    if odd:
        return {**result, "why": f"{odd}: the formula assumes healthy, equal servers"}
    settings = dict(plain)
    rate = settings["arrival_rate"] * (settings["spike_factor"] if settings.get("spike") else 1)
    workers = settings["workers"]
    slowed = usl(workers, settings["contention"], settings["coherency"]) / workers
    rates = [speed * slowed / settings["service_time"] for speed in speeds]
    capacity = workers * math.fsum(rates)
    # A bound on flow, true for any strategy that wastes no capacity; a form below says it exactly.
    result["throughput"] = min(rate, capacity)
    result["utilisation"] = min(1.0, rate / capacity)
    result["error_rate"] = max(0.0, 1 - capacity / rate)
    try:
        name, found = _form(settings, rate, rates, even)
    except _NoForm as reason:
        return {**result, "why": str(reason)}
    result |= {key: value for key, value in found.items() if key in SHOWN}
    result["throughput"] = rate * (1 - result["error_rate"])
    result["number_in_system"] = result["throughput"] * result["mean_response_time"]
    return {**result, "name": name, "holds": True}


def _form(settings: Mapping[str, Any], rate: float, rates: Sequence[float], even: bool) -> tuple[str, dict[str, float]]:
    """The name of the form and its values; _NoForm with the reason."""
    strategy, servers, workers = settings["strategy"], len(rates), settings["workers"]
    cv2, limit = settings["variability"], settings["queue_limit"]
    if len(set(rates)) > 1:
        if strategy != "random":
            raise _NoForm("the servers differ in speed")
        return _each_by_its_speed(rate / servers, rates, workers, cv2, limit)
    mu = rates[0]
    if servers == 1 or strategy == "shared-queue":
        return _one_queue(rate, mu, servers * workers, cv2, limit * servers)
    if strategy == "random":
        name, found = _one_queue(rate / servers, mu, workers, cv2, limit)
        return f"{name} at each server", found
    if strategy == "round-robin" or (strategy == "weighted" and even):
        return _in_turn(rate, mu, servers, workers, cv2, limit)
    if strategy == "least-connections" and servers <= 4:
        return _to_the_shortest(rate, mu, servers, workers, cv2, limit)
    raise _NoForm(
        {"least-connections": "nobody has one for the shortest of more than four queues",
         "two-choices": "only the limit of many servers has a closed form",
         "sticky": "it depends on which clients are at home where",
         "weighted": "the weights differ"}.get(strategy, f"nobody has one for {strategy}")
    )  # fmt: skip


def _one_queue(rate: float, mu: float, workers: int, cv2: float, limit: int) -> tuple[str, dict[str, float]]:
    """Poisson arrivals at one queue with `workers`, and `limit` places to wait."""
    if limit == 0 and cv2 != 1:  # the loss formula does not ask how service is distributed
        blocked = erlang_b(rate / mu, workers)
        busy = rate * (1 - blocked) / mu / workers
        return f"M/G/{workers}/{workers}", {"error_rate": blocked, "mean_response_time": 1 / mu, "utilisation": busy}
    places = workers + limit
    if cv2 == 1 and places <= LONGEST_QUEUE and (limited := mmck(rate, mu, workers, places))["error_rate"] > NEGLIGIBLE:
        return f"M/M/{workers}/{places}", limited
    if rate >= workers * mu:
        raise _NoForm("more arrives than the servers can do, so latency never settles")
    if cv2 == 1:
        if (rate / mu / workers) ** limit > NEGLIGIBLE:
            raise _NoForm("the queue is so long that its steady state takes too long to be seen")
        return f"M/M/{workers}", {**mmc(rate, mu, workers), "error_rate": 0.0}
    if workers > 1:
        raise _NoForm("several workers have one only when service is exponential (cv² 1)")
    busy = rate / mu
    _unlimited(math.exp(-2 * (1 - busy) / (busy * (1 + cv2)) * limit), limit)  # its tail in heavy traffic
    return "M/G/1", {**mg1(rate, 1 / mu, cv2), "error_rate": 0.0}


def _each_by_its_speed(rate: float, rates: Sequence[float], workers: int, cv2: float, limit: int) -> tuple[str, dict[str, float]]:
    """Servers of different speed picked at random: means over servers (percentiles would need their mixture)."""
    if cv2 != 1:
        raise _NoForm("the servers differ in speed")
    every = [_one_queue(rate, mu, workers, cv2, limit)[1] for mu in rates]
    admitted = [1 - one["error_rate"] for one in every]
    return "M/M/c at each server, by its speed", {
        "error_rate": 1 - math.fsum(admitted) / len(rates),
        "utilisation": math.fsum(one["utilisation"] for one in every) / len(rates),
        "mean_response_time": math.fsum(one["mean_response_time"] * part for one, part in zip(every, admitted, strict=True))
        / math.fsum(admitted),
    }


def _unlimited(dropped: float, limit: int) -> None:
    if dropped > NEGLIGIBLE:
        raise _NoForm(f"the formula assumes a queue without limit, and here {limit} may wait")


def _single_exponential(rate: float, mu: float, servers: int, workers: int, cv2: float) -> None:
    if workers != 1 or cv2 != 1:
        raise _NoForm("the formula needs one worker and exponential service (cv² 1)")
    if rate >= servers * mu:
        raise _NoForm("more arrives than the servers can do, so latency never settles")


def _in_turn(rate: float, mu: float, servers: int, workers: int, cv2: float, limit: int) -> tuple[str, dict[str, float]]:
    _single_exponential(rate, mu, servers, workers, cv2)
    found = round_robin(rate, mu, servers)
    _unlimited(found["sigma"] ** limit, limit)
    return f"E{servers}/M/1 at each server", {**found, "error_rate": 0.0}


def _to_the_shortest(rate: float, mu: float, servers: int, workers: int, cv2: float, limit: int) -> tuple[str, dict[str, float]]:
    _single_exponential(rate, mu, servers, workers, cv2)
    busy = rate / mu / servers
    if busy > 0.95:
        raise _NoForm("so near to capacity the shortest queue has no solution that is quick to compute")
    _unlimited(busy ** (servers * limit), limit)
    return f"shortest of {servers} queues", {**shortest_queue(busy, servers, 1 / mu), "error_rate": 0.0}
