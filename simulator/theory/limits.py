"""Stations whose places are limited: M/M/c/K, and what of it is in time for a deadline. Requests/s and seconds."""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from simulator.theory.conditions import not_negative, positive, whole
from simulator.theory.queues import SHOWN, quantile

MOST_PLACES = 20_000
Vector = NDArray[np.float64]


def _numbers(load: float, workers: int, places: int) -> Vector:
    """Probability of 0 … K in the system (birth and death), as an array of K + 1; logarithms keep large K finite."""
    steps = np.minimum(np.arange(1, places + 1), workers)
    logs = np.concatenate(([0.0], np.cumsum(math.log(load) - np.log(steps))))
    weights = np.exp(logs - logs.max())
    found: Vector = weights / weights.sum()
    return found


def _poisson(mean: float, count: int) -> Vector:
    """Probability of 0 … count − 1 events when `mean` are expected."""
    if not mean:
        return np.concatenate(([1.0], np.zeros(count - 1)))
    logs = np.concatenate(([0.0], np.cumsum(math.log(mean) - np.log(np.arange(1, count))))) - mean
    found: Vector = np.exp(logs)
    return found


@lru_cache(maxsize=256)
def _mmck(arrival_rate: float, service_rate: float, workers: int, places: int) -> dict[str, float]:
    numbers = _numbers(arrival_rate / service_rate, workers, places)
    blocked = float(numbers[-1])
    goodput = arrival_rate * (1 - blocked)
    inside = float(np.arange(places + 1) @ numbers)
    mean = inside / goodput
    # An admitted request meets n < K others; it waits for ends = n − c + 1 of them, at rate cμ together.
    seen = numbers[:-1] / numbers[:-1].sum()
    at_once, waits = float(seen[:workers].sum()), np.concatenate(([0.0], seen[workers:]))
    together = workers * service_rate
    keep = 1 - 1 / workers  # share of cμ that is not the request's own worker
    started = [0.0]  # by number of ends m: started after k of them, and its own service has outlasted the rest

    def tail(t: float) -> float:
        expected = together * t
        count = int(len(waits) + expected + 12 * math.sqrt(expected) + 60)
        ends = _poisson(expected, count)
        waiting = float(waits @ np.cumsum(np.concatenate(([0.0], ends)))[: len(waits)])
        while len(started) < count:
            started.append(started[-1] * keep + (float(waits[len(started)]) if len(started) < len(waits) else 0.0))
        return at_once * math.exp(-service_rate * t) + waiting + float(ends @ np.array(started[:count]))

    return {
        "error_rate": blocked,
        "goodput": goodput,
        "mean_number_in_system": inside,
        "mean_response_time": mean,
        "mean_waiting_time": mean - 1 / service_rate,
        "utilisation": goodput / service_rate / workers,
        **{f"p{p}": quantile(tail, p / 100, mean) for p in SHOWN if places <= 200},
    }


def mmck(arrival_rate: float, service_rate: float, workers: int, places: int) -> dict[str, float]:
    """M/M/c/K with K `places` in all, in service and waiting: share blocked, goodput, number, times of the admitted.

    Percentiles are of admitted requests and given for up to 200 places.
    Holds: Poisson arrivals, exponential service, FIFO, newcomers dropped when full, any load.
    Source: Gross, Shortle, Thompson & Harris, Fundamentals of Queueing Theory, 4th ed. 2008, ch. 2 (birth and death).
    """
    positive(arrival_rate=arrival_rate, service_rate=service_rate)
    whole(1, workers=workers)
    whole(workers, MOST_PLACES, places=places)
    return dict(_mmck(float(arrival_rate), float(service_rate), int(workers), int(places)))


def deadline_goodput(arrival_rate: float, service_rate: float, places: int, deadline: float) -> float:
    """Answers per second within `deadline` of a FIFO M/M/1/K whose server works on although the client has left.

    Holds: Poisson arrivals, exponential service, any load, all requests served in order.
    Source: Gross et al. 2008, ch. 2; an arrival sees time averages (Wolff, Poisson arrivals see time averages, 1982),
    and n others ahead make an Erlang(n + 1) response.
    """
    positive(arrival_rate=arrival_rate, service_rate=service_rate)
    not_negative(deadline=deadline)
    whole(1, MOST_PLACES, places=places)
    numbers = _numbers(arrival_rate / service_rate, 1, places)
    done = _poisson(service_rate * deadline, places + 1)
    in_time = 1 - np.cumsum(done)[:places]
    return float(arrival_rate * (numbers[:-1] @ in_time))
