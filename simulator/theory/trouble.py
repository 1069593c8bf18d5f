"""Failures and what is done about them: probes, retries, hedges, shedding; and the way to far users.

Rates per second, times in seconds.
"""

import math
from collections.abc import Sequence

from simulator.theory.conditions import at_least_one, below_one, not_negative, positive, share, whole
from simulator.theory.queues import quantile

KILOMETRES_PER_SECOND = 100_000.0  # of round trip: light in fibre goes 200 km in a millisecond, there and back


def retries(failure: float, most: int) -> dict[str, float]:
    """Mean attempts per request with up to `most` retries, and the share that fails all the same.

    Holds: attempts fail independently with probability `failure`.
    Source: Beyer, Jones, Petoff & Murphy (eds.), Site Reliability Engineering, 2016, ch. 22; a geometric series.
    """
    share(failure=failure)
    whole(0, most=most)
    return {
        "attempts": math.fsum(failure**i for i in range(most + 1)),
        "failed": failure ** (most + 1),
    }


def retry_storm(retries_per_layer: int, layers: int) -> int:
    """Attempts at the last of `layers` layers per request of a user when everything fails.

    Holds: every layer retries everything. Source: Site Reliability Engineering, 2016, ch. 22.
    """
    whole(0, retries_per_layer=retries_per_layer)
    whole(1, layers=layers)
    return int((1 + retries_per_layer) ** layers)


def metastable_utilisation(most: int) -> float:
    """The utilisation above which a collapse keeps itself up: λ(1 + r) > C, all attempts timing out.

    Holds: fluid drift, immediate retries, a server that works on for clients who left; with a retry budget b (a share)
    take 1/(1 + b) instead.
    Source: Bronson, Aghayev, Charapko & Zhu, Metastable failures in distributed systems, 2021.
    """
    whole(0, most=most)
    return 1 / (1 + most)


def hedged(parts: Sequence[tuple[float, float]], delay: float) -> dict[str, float]:
    """A second copy after `delay`, the first answer wins: share of requests that send it, and p99 and p99.9 with and
    without, for a service time that is a mixture of exponentials, (share, mean) of each.

    Holds: copies are independent and add no queueing. Source: Dean & Barroso, The tail at scale, 2013; P(T > t) = F̄(t)F̄(t − d).
    """
    not_negative(delay=delay)
    for part, mean in parts:
        share(share=part)
        positive(mean=mean)

    def plain(t: float) -> float:
        return math.fsum(part * math.exp(-t / mean) for part, mean in parts) if t > 0 else 1.0

    scale = math.fsum(part * mean for part, mean in parts)
    found = {"extra": plain(delay)}
    for name, below in (("p99", 0.99), ("p999", 0.999)):
        found[f"{name}_plain"] = quantile(plain, below, scale)
        found[name] = quantile(lambda t: plain(t) * plain(t - delay), below, scale)
    return found


def fan_out(leaves: int, service_time: float) -> dict[str, float]:
    """A request that waits for all of `leaves` parallel answers: share that meets a leaf's slowest 1 %, mean and p99.

    Holds: independent exponential answers of mean `service_time`. Source: Dean & Barroso 2013; Rényi, On the theory of
    order statistics, 1953 (mean S·H_n).
    """
    whole(1, leaves=leaves)
    positive(service_time=service_time)
    return {
        "slow": 1 - 0.99**leaves,
        "mean_response_time": service_time * math.fsum(1 / i for i in range(1, leaves + 1)),
        "p99": -service_time * math.log(-math.expm1(math.log(0.99) / leaves)),
    }


def health_check(interval: float, fall: int, timeout: float, arrival_rate: float, servers: int) -> dict[str, float]:
    """Seconds from a crash to its detection (least, mean, most), and the requests that fail until then.

    `timeout` is 0 when a probe of the dead server fails at once, else the seconds a probe waits for a hung one.
    Holds: probes every `interval` with a uniform phase, `fall` failures in a row, requests spread evenly over `servers`.
    Source: own derivation: the first failure comes after a uniform part of an interval.
    """
    positive(interval=interval, arrival_rate=arrival_rate)
    not_negative(timeout=timeout)
    whole(1, fall=fall, servers=servers)
    mean = (fall - 0.5) * interval + timeout
    return {
        "least": (fall - 1) * interval + timeout,
        "mean": mean,
        "most": fall * interval + timeout,
        "errors": arrival_rate / servers * mean,
    }


def probes_until_false_ejection(loss: float, fall: int) -> float:
    """Mean number of probes of a healthy server until `fall` of them in a row are lost.

    Holds: probes are lost independently with probability `loss`.
    Source: Feller, An Introduction to Probability Theory and Its Applications I, 3rd ed. 1968, ch. XIII (success runs).
    """
    below_one(loss=loss)
    positive(loss=loss)
    whole(1, fall=fall)
    return (loss**-fall - 1) / (1 - loss)


def token_bucket(rate: float, burst: float, window: float) -> float:
    """The most requests that a bucket of `burst` tokens, filled at `rate`, lets through in `window` seconds.

    Holds: always. Source: Cruz, A calculus for network delay, part I, 1991.
    """
    not_negative(rate=rate, burst=burst, window=window)
    return burst + rate * window


def client_throttle(arrival_rate: float, capacity: float, multiple: float) -> float:
    """Requests per second that reach a backend whose clients reject by max(0, (requests − K·accepts)/(requests + 1)).

    Holds: steady state, approximately. Source: Site Reliability Engineering, 2016, ch. 21.
    """
    positive(arrival_rate=arrival_rate, capacity=capacity)
    at_least_one(multiple=multiple)
    return min(arrival_rate, multiple * capacity)


def rejecting_goodput(capacity: float, arrival_rate: float, cost: float) -> float:
    """Goodput when refusing a request costs `cost` of the work of serving one: max(0, (C − cλ)/(1 − c)) in overload.

    Holds: fluid. Source: own balance g + c(λ − g) = C; the setting is that of Site Reliability Engineering, 2016, ch. 21.
    """
    positive(capacity=capacity, arrival_rate=arrival_rate)
    below_one(cost=cost)
    return min(arrival_rate, max(0.0, (capacity - cost * arrival_rate) / (1 - cost)))


def throttled_goodput(capacity: float, cost: float, multiple: float) -> float:
    """The same goodput when clients throttle themselves to `multiple` × what is accepted: C/(1 + c(K − 1)).

    Holds: fluid, clients offer more than `multiple` × the goodput. Source: as for `client_throttle` and `rejecting_goodput`.
    """
    positive(capacity=capacity)
    below_one(cost=cost)
    at_least_one(multiple=multiple)
    return capacity / (1 + cost * (multiple - 1))


def first_byte(kilometres: float, service_time: float, round_trips: int) -> float:
    """Seconds to the first byte over a new connection: TCP, TLS and the request take `round_trips` (TLS 1.3: 3, TLS 1.2: 4).

    Holds: ideal fibre, no loss. Source: Grigorik, High Performance Browser Networking, 2013, ch. 1 and 4; Rescorla,
    RFC 8446, 2018.
    """
    not_negative(kilometres=kilometres, service_time=service_time)
    whole(1, round_trips=round_trips)
    return round_trips * kilometres / KILOMETRES_PER_SECOND + service_time
