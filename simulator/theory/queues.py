"""One station: M/M/c, its losses and limits, M/G/1, processor sharing, priorities; and stations in a row.

Rates in requests/s, times in seconds, loads in erlangs. ConditionError (a ValueError) outside the stated condition.
"""

import math
from collections.abc import Callable, Sequence

from simulator.theory.conditions import ConditionError, below_one, not_negative, positive, share, stable, whole

SHOWN = (50, 95, 99)


def quantile(tail: Callable[[float], float], below: float, scale: float) -> float:
    """The t (unit of `scale`, a first guess) at which the decreasing `tail(t)` falls to 1 − `below`.

    Holds: tail is continuous and falls to 0. Source: bisection, to a relative 1e-13.
    """
    below_one(below=below)
    positive(scale=scale)
    low, high = 0.0, scale
    while tail(high) > 1 - below:
        high *= 2
    while high - low > 1e-13 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if tail(middle) > 1 - below else (low, middle)
    return high


def littles_law(arrival_rate: float, response_time: float) -> float:
    """Mean number in the system, N = λT.

    Holds: for any system in steady state, and exactly over a stretch that begins and ends empty.
    Source: Little, A proof for the queuing formula L = λW, 1961.
    """
    not_negative(arrival_rate=arrival_rate, response_time=response_time)
    return arrival_rate * response_time


def erlang_b(load: float, workers: int) -> float:
    """Share of requests blocked at `load` erlangs by `workers` without a queue.

    Holds: Poisson arrivals, any service time with a mean.
    Source: Erlang, Solution of some problems in the theory of probabilities of significance in automatic
    telephone exchanges, 1917; recursion over the workers.
    """
    not_negative(load=load)
    whole(0, workers=workers)
    blocked = 1.0
    for k in range(1, workers + 1):
        blocked = load * blocked / (k + load * blocked)
    return blocked


def erlang_c(load: float, workers: int) -> float:
    """Probability that a request waits in M/M/c at `load` erlangs.

    Holds: Poisson arrivals, exponential service, load < workers. Source: Erlang 1917, as for `erlang_b`.
    """
    whole(1, workers=workers)
    not_negative(load=load)
    stable(load, workers)
    blocked = erlang_b(load, workers)
    return blocked / (1 - load / workers * (1 - blocked))


def mmc(arrival_rate: float, service_rate: float, workers: int) -> dict[str, float]:
    """M/M/c: response and waiting time (mean, percentiles), numbers, utilisation, share that waits.

    Holds: Poisson arrivals, exponential service, one FIFO queue without limit, λ < cμ.
    Source: Gross, Shortle, Thompson & Harris, Fundamentals of Queueing Theory, 4th ed. 2008, ch. 2.
    """
    positive(arrival_rate=arrival_rate, service_rate=service_rate)
    load = arrival_rate / service_rate
    waits = erlang_c(load, workers)
    spare = workers * service_rate - arrival_rate
    gap = spare - service_rate

    def tail(t: float) -> float:
        own = math.exp(-service_rate * t)
        if abs(gap) < 1e-9 * service_rate:
            return own * (1 + waits * service_rate * t)
        return own + waits * service_rate / gap * (own - math.exp(-spare * t))

    waiting = waits / spare
    mean = waiting + 1 / service_rate
    return {
        "mean_response_time": mean,
        "mean_waiting_time": waiting,
        **{f"p{p}": quantile(tail, p / 100, mean) for p in SHOWN},
        "utilisation": load / workers,
        "waits": waits,
        "mean_queue_length": arrival_rate * waiting,
        "mean_number_in_system": arrival_rate * mean,
    }


def mm1(arrival_rate: float, service_rate: float) -> dict[str, float]:
    """M/M/1: response and waiting time (mean, percentiles), number, utilisation.

    Holds: Poisson arrivals, exponential service, FIFO, λ < μ. Source: Gross et al. 2008, ch. 2.
    """
    positive(arrival_rate=arrival_rate, service_rate=service_rate)
    stable(arrival_rate, service_rate)
    mean = 1 / (service_rate - arrival_rate)
    busy = arrival_rate / service_rate
    return {
        "mean_response_time": mean,
        "mean_waiting_time": busy * mean,
        **{f"p{p}": -math.log(1 - p / 100) * mean for p in SHOWN},
        "utilisation": busy,
        "mean_number_in_system": busy / (1 - busy),
    }


def mg1(arrival_rate: float, service_time: float, cv2: float) -> dict[str, float]:
    """M/G/1: mean response and waiting time; `cv2` is the squared coefficient of variation of the service time.

    Holds: Poisson arrivals, FIFO, one worker, λE[S] < 1.
    Source: Pollaczek, Über eine Aufgabe der Wahrscheinlichkeitstheorie, 1930; Khintchine 1932.
    """
    positive(arrival_rate=arrival_rate, service_time=service_time)
    not_negative(cv2=cv2)
    load = arrival_rate * service_time
    stable(load, 1)
    waiting = load * service_time * (1 + cv2) / (2 * (1 - load))
    return {"mean_response_time": service_time + waiting, "mean_waiting_time": waiting, "utilisation": load}


def md1(arrival_rate: float, service_time: float) -> dict[str, float]:
    """M/D/1: mean response and waiting time when every request needs the same work.

    Holds: as for `mg1`, of which it is the case cv² = 0. Source: Erlang, The theory of probabilities and
    telephone conversations, 1909.
    """
    return mg1(arrival_rate, service_time, 0.0)


def mixture(arrival_rate: float, classes: Sequence[tuple[float, float, float]]) -> dict[str, object]:
    """M/G/1 with several classes of request in one FIFO queue: (share, mean service time, cv²) of each.

    Gives the mean waiting time, common to all, the utilisation and `response_times`, one per class.
    Holds: Poisson arrivals, shares that add up to 1, total load < 1.
    Source: Pollaczek 1930, with the second moment of the mixture; Kleinrock, Queueing Systems vol. II, 1976, ch. 3.
    """
    positive(arrival_rate=arrival_rate)
    for part, mean, cv2 in classes:
        share(share=part)
        positive(service_time=mean)
        not_negative(cv2=cv2)
    total = math.fsum(part for part, _, _ in classes)
    if abs(total - 1) > 1e-9:
        raise ConditionError(f"the shares of the classes must add up to 1, not to {total:g}")
    load = arrival_rate * math.fsum(part * mean for part, mean, _ in classes)
    stable(load, 1)
    second = math.fsum(part * mean * mean * (1 + cv2) for part, mean, cv2 in classes)
    waiting = arrival_rate * second / (2 * (1 - load))
    return {
        "mean_waiting_time": waiting,
        "utilisation": load,
        "response_times": [waiting + mean for _, mean, _ in classes],
    }


def priorities(classes: Sequence[tuple[float, float, float]]) -> list[float]:
    """Mean waiting time of each class, most urgent first: (arrival rate, mean service time, cv²) of each.

    Holds: Poisson arrivals, one worker, service is not interrupted, total load < 1.
    Source: Cobham, Priority assignment in waiting line problems, 1954.
    """
    for rate, mean, cv2 in classes:
        positive(arrival_rate=rate, service_time=mean)
        not_negative(cv2=cv2)
    stable(math.fsum(rate * mean for rate, mean, _ in classes), 1)
    left = math.fsum(rate * mean * mean * (1 + cv2) for rate, mean, cv2 in classes) / 2
    found, before = [], 0.0
    for rate, mean, _ in classes:
        upto = before + rate * mean
        found.append(left / ((1 - before) * (1 - upto)))
        before = upto
    return found


def processor_sharing(arrival_rate: float, service_time: float) -> dict[str, float]:
    """M/G/1 with processor sharing: mean response time, and the slow-down of a request of any length.

    Holds: Poisson arrivals, any service time with a mean, λE[S] < 1.
    Source: Kleinrock, Time-shared systems: a theoretical treatment, 1967; insensitivity: Sakata, Noguchi & Oizumi 1971.
    """
    positive(arrival_rate=arrival_rate, service_time=service_time)
    load = arrival_rate * service_time
    stable(load, 1)
    return {"mean_response_time": service_time / (1 - load), "slowdown": 1 / (1 - load), "utilisation": load}


def ggc(arrival_rate: float, service_time: float, workers: int, cv2_arrivals: float, cv2: float) -> dict[str, float]:
    """G/G/c, approximately: M/M/c's wait times (ca² + cs²)/2.

    Holds: one FIFO queue, load < workers; exact for M/M/c and M/G/1, else within some tens of percent, best when busy.
    Source: Allen, Probability, Statistics and Queueing Theory, 1978 (Allen–Cunneen).
    """
    positive(arrival_rate=arrival_rate, service_time=service_time)
    not_negative(cv2_arrivals=cv2_arrivals, cv2=cv2)
    load = arrival_rate * service_time
    waiting = erlang_c(load, workers) * service_time / (workers - load) * (cv2_arrivals + cv2) / 2
    return {
        "mean_response_time": service_time + waiting,
        "mean_waiting_time": waiting,
        "utilisation": load / workers,
    }


def tandem(arrival_rate: float, service_rates: Sequence[float]) -> dict[str, float]:
    """Single-worker stations in a row: mean response time, p99, mean number, and the highest stable rate.

    Holds: Poisson arrivals, exponential service drawn anew at each station, FIFO, queues without limit, λ below every rate.
    The time in each is independent of the others: p99 is that of a sum of exponentials (equal rates included).
    Source: Jackson, Networks of waiting lines, 1957; Reich, Waiting times when queues are in tandem, 1957.
    """
    positive(arrival_rate=arrival_rate, **{f"service_rate_{i + 1}": rate for i, rate in enumerate(service_rates)})
    whole(1, stations=len(service_rates))
    spare = []
    for rate in service_rates:
        stable(arrival_rate, rate)
        spare.append(rate - arrival_rate)
    mean = math.fsum(1 / rate for rate in spare)

    def tail(t: float) -> float:
        """Uniformised chain through the phases: sums of positive terms, so equal rates are no special case."""
        if t <= 0:
            return 1.0
        fastest = max(spare)
        phase, left = [1.0] + [0.0] * (len(spare) - 1), 0.0
        weight, steps = -fastest * t, int(fastest * t + 12 * math.sqrt(fastest * t) + 60)
        for step in range(steps):
            left += math.exp(weight) * math.fsum(phase)
            weight += math.log(fastest * t / (step + 1))
            kept = [p * (1 - rate / fastest) for p, rate in zip(phase, spare, strict=True)]
            for i in range(1, len(phase)):
                kept[i] += phase[i - 1] * spare[i - 1] / fastest
            phase = kept
        return left

    return {
        "mean_response_time": mean,
        "mean_number_in_system": arrival_rate * mean,
        "p99": quantile(tail, 0.99, mean),
        "highest_rate": min(service_rates),
    }
