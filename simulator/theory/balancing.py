"""Who gets the next request: splits, shortest queues, rings and sessions. Requests/s and seconds."""

import itertools
import math
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from simulator.theory.conditions import ConditionError, below_one, not_negative, ordered, positive, stable, whole
from simulator.theory.queues import SHOWN, mmc

Matrix = NDArray[np.float64]
SPREAD = {2: 30, 3: 16, 4: 10}  # by servers: the longest queue is at most so much longer than the shortest


def random_split(arrival_rate: float, service_rate: float, servers: int, workers: int = 1) -> dict[str, float]:
    """Servers picked at random: each is M/M/c at its share of the rate; number and queue length are one server's.

    Holds: Poisson arrivals, exponential service, equal servers, λ below their capacity.
    Source: Gross et al., Fundamentals of Queueing Theory, 2008, ch. 2; a Poisson stream split at random is Poisson.
    """
    whole(1, servers=servers)
    positive(arrival_rate=arrival_rate)
    return mmc(arrival_rate / servers, service_rate, workers)


@lru_cache(maxsize=256)
def _sigma(arrival_rate: float, service_rate: float, servers: int) -> float:
    """The root in (0, 1) of σ = (λ/(λ + μ(1 − σ)))ⁿ, by bisection: f(σ) − σ changes its sign there alone."""
    low, high = 0.0, 1 - 1e-12
    while (middle := (low + high) / 2) not in (low, high):
        above = (arrival_rate / (arrival_rate + service_rate * (1 - middle))) ** servers > middle
        low, high = (middle, high) if above else (low, middle)
    return (low + high) / 2


def round_robin(arrival_rate: float, service_rate: float, servers: int) -> dict[str, float]:
    """Single-worker servers in turn: each sees every n-th request of a Poisson stream, E_n/M/1; λ is the total rate.

    Holds: one balancer, Poisson arrivals, exponential service, one worker each, equal servers, λ < nμ.
    Source: Kendall, Stochastic processes occurring in the theory of queues, 1953 (GI/M/1).
    """
    positive(arrival_rate=arrival_rate, service_rate=service_rate)
    whole(1, servers=servers)
    stable(arrival_rate, servers * service_rate)
    sigma = _sigma(float(arrival_rate), float(service_rate), int(servers))
    mean = 1 / (service_rate * (1 - sigma))
    return {
        "sigma": sigma,
        "mean_response_time": mean,
        "mean_waiting_time": sigma * mean,
        **{f"p{p}": -mean * math.log(1 - p / 100) for p in SHOWN},
        "utilisation": arrival_rate / servers / service_rate,
    }


def power_of_choices(utilisation: float, choices: int, service_time: float) -> dict[str, object]:
    """The shorter of `choices` queues picked at random, among very many servers: `at_least[i]` is the share of servers
    with i or more requests, then the mean number at a server and the mean response time.

    Holds: in the limit of many servers (the mean is 20 % higher with 4 of them, 0.4 % with 100), exponential service.
    Source: Vvedenskaya, Dobrushin & Karpelevich, Queueing system with selection of the shortest of two queues, 1996;
    Mitzenmacher, The power of two choices in randomized load balancing, 2001.
    """
    below_one(utilisation=utilisation)
    positive(utilisation=utilisation, service_time=service_time)
    whole(2, choices=choices)
    shares, exponent = [1.0], 1
    while (level := utilisation**exponent) > 1e-300 and exponent < 10**9:
        shares.append(level)
        exponent = exponent * choices + 1
    number = math.fsum(shares[1:])
    return {
        "at_least": shares,
        "mean_number_in_system": number,
        "mean_response_time": service_time / utilisation * number,
    }


@lru_cache(maxsize=512)
def _shortest(utilisation: float, servers: int) -> float:
    """Mean number in the system, in levels of the total number: π(n+1) = π(n) R(n), R from the top down."""
    spread = SPREAD[servers]
    top = int(max(40, math.log(1e-11) / math.log(utilisation))) + 4 * servers
    shapes = [shape for shape in itertools.product(range(spread + 1), repeat=servers - 1) if list(shape) == sorted(shape)]

    def level(total: int) -> dict[tuple[int, ...], int]:
        found = []
        for shape in shapes:
            left = total - sum(shape)
            if left >= 0 and left % servers == 0:
                found.append((left // servers, *(left // servers + more for more in shape)))
        return {state: i for i, state in enumerate(found)}

    # From `full` on every shape fits, and the blocks repeat with the remainder of the total.
    full = spread * (servers - 1) + servers + 1
    levels = [level(total) for total in range(min(top, full + servers) + 2)]
    rate = utilisation * servers

    def same(total: int) -> int:
        return total if total < full else full + (total - full) % servers

    @cache
    def up(total: int) -> Matrix:
        block = np.zeros((len(levels[total]), len(levels[total + 1])))
        for state, i in levels[total].items():
            block[i, levels[total + 1][tuple(sorted((state[0] + 1, *state[1:])))]] += rate
        return block

    @cache
    def down(total: int) -> Matrix:
        block = np.zeros((len(levels[total]), len(levels[total - 1])))
        for state, i in levels[total].items():
            for k in range(servers):
                less = tuple(sorted((*state[:k], state[k] - 1, *state[k + 1 :])))
                if (j := levels[total - 1].get(less)) is not None:  # none: nobody there, or the spread would be too wide
                    block[i, j] += 1.0
        return block

    size = len(levels[same(top)])
    steps, back = [], np.zeros((size, size))
    for total in range(top, 0, -1):
        falls = down(same(total))
        out = falls.sum(axis=1) + (rate if total < top else 0.0)
        climb = np.linalg.solve((np.diag(out) - back).T, up(same(total - 1)).T).T
        steps.append(climb)
        back = climb @ falls
    share, total_share, number = np.ones(1), 1.0, 0.0
    for total, climb in enumerate(reversed(steps), start=1):
        share = share @ climb
        total_share += float(share.sum())
        number += total * float(share.sum())
    return number / total_share


def shortest_queue(utilisation: float, servers: int, service_time: float) -> dict[str, float]:
    """Each request joins the shortest of all queues (least connections): mean response time and number in the system.

    Holds: Poisson arrivals, exponential service, 2 to 4 equal single-worker servers, ties at random, utilisation ≤ 0.95.
    No closed form: the Markov chain is solved in levels, cut where queues differ by more than SPREAD, which changes the
    mean by less than 1e-6 of itself up to a utilisation of 0.9 and 1e-5 beyond.
    Source: Adan, van Houtum & van der Wal, Upper and lower bounds for the waiting time in the symmetric shortest
    queue system, 1994.
    """
    below_one(utilisation=utilisation)
    positive(utilisation=utilisation, service_time=service_time)
    whole(2, 4, servers=servers)
    if utilisation > 0.95:
        raise ConditionError("the chain of the shortest queue is solved up to a utilisation of 0.95")
    number = _shortest(float(utilisation), int(servers))
    return {
        "mean_response_time": service_time * number / (utilisation * servers),
        "mean_number_in_system": number,
        "utilisation": utilisation,
    }


def sticky_drain(before: int, after: int, session_life: float, since: float) -> dict[str, float]:
    """After growing from `before` to `after` servers with sticky sessions: share of the load on one old and one new
    server, `since` seconds later.

    Holds: sessions of exponential life (mean `session_life` seconds) that begin on a server picked evenly; mean values.
    Source: Gross et al., Fundamentals of Queueing Theory, 2008, ch. 2 (M/M/∞, transient mean).
    """
    whole(1, before=before, after=after)
    positive(session_life=session_life)
    not_negative(since=since)
    ordered(before=before, after=after)
    kept = math.exp(-since / session_life)
    return {"old": kept / before + (1 - kept) / after, "new": (1 - kept) / after}


def consistent_hash(servers: int, points: int) -> dict[str, float]:
    """A ring with `points` random points per server: how uneven the shares are, and what moves when a server joins.

    `cv` of a server's share, `moved_ring` and `moved_mod` (hash mod N) as shares of all keys, and the largest share over
    the mean with a single point each.
    Holds: in expectation over rings whose points fall evenly and independently; cv: share ~ Beta(V, V(N − 1)).
    Source: Karger et al., Consistent hashing and random trees, 1997; spacings: Pyke, Spacings, 1965.
    """
    whole(1, servers=servers, points=points)
    return {
        "cv": math.sqrt((servers - 1) / (servers * points + 1)),
        "moved_ring": 1 / (servers + 1),
        "moved_mod": servers / (servers + 1),
        "max_over_mean_one_point": math.fsum(1 / i for i in range(1, servers + 1)),
    }
