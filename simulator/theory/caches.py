"""Popularity, caches and copies. Rates per second, times in seconds; hit ratios from 0 to 1."""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from simulator.theory.conditions import ConditionError, not_negative, positive, whole

Vector = NDArray[np.float64]


@lru_cache(maxsize=16)
def zipf(objects: int, exponent: float) -> Vector:
    """Popularity of each of `objects`, most popular first: float64, shape (objects,), adds up to 1; read only.

    Holds: always. Source: Breslau, Cao, Fan, Phillips & Shenker, Web caching and Zipf-like distributions, 1999.
    """
    whole(1, objects=objects)
    not_negative(exponent=exponent)
    weights = np.arange(1, objects + 1, dtype=np.float64) ** -exponent
    weights /= weights.sum()
    weights.flags.writeable = False
    return weights


def hot_key(objects: int, exponent: float) -> dict[str, float]:
    """Share of the most popular key, and the most that sharding can multiply one shard's throughput by.

    Holds: every key lives on one shard, Zipf popularity. Source: own bound (its shard must carry the key whole), with the
    popularity of Breslau et al. 1999.
    """
    first = float(zipf(objects, exponent)[0])
    return {"share": first, "most": 1 / first}


def lru(objects: int, exponent: float, places: int) -> dict[str, float]:
    """LRU cache of `places` under Zipf popularity: characteristic time (in requests), hit ratio, and that of an ideal
    cache which holds the most popular objects (LFU).

    Holds: independent requests (IRM), equal sizes, 0 < places < objects; an approximation, off by well below 1 %.
    Source: Che, Tung & Wang, Hierarchical Web caching systems: modeling, design and experimental results, 2002.
    """
    whole(1, places=places)
    popularity = zipf(objects, exponent)
    if places >= objects:
        raise ConditionError("an LRU cache with a place for every object misses each of them once only")
    low, high = 0.0, float(places)
    while -np.expm1(-popularity * high).sum() < places:
        high *= 2
    while (middle := (low + high) / 2) not in (low, high):
        low, high = (middle, high) if -np.expm1(-popularity * middle).sum() < places else (low, middle)
    return {
        "characteristic_time": high,
        "hit_ratio": float(popularity @ -np.expm1(-popularity * high)),
        "hit_ratio_ideal": float(popularity[:places].sum()),
    }


def ttl(request_rate: float, lifetime: float) -> dict[str, float]:
    """One object with a time to live: hit ratio when it counts from the fetch (fixed) or from the last use (renewing),
    and misses per second of the fixed one.

    Holds: Poisson requests, fetched at once. Source: Jung, Berger & Balakrishnan, Modeling TTL-based Internet caches,
    2003; renewing: Fofack, Nain, Neglia & Towsley, Analysis of TTL-based cache networks, 2012.
    """
    positive(request_rate=request_rate, lifetime=lifetime)
    used = request_rate * lifetime
    return {
        "hit_ratio_fixed": used / (1 + used),
        "hit_ratio_renewing": -math.expm1(-used),
        "miss_rate_fixed": request_rate / (1 + used),
    }


def ttl_pops(request_rate: float, pops: int, objects: int, exponent: float, lifetime: float) -> dict[str, float]:
    """`pops` caches without a shield, each with its own copies: hit ratio, and requests per second at the origin.

    A shield from which copies inherit their age gives what one PoP gives.
    Holds: Poisson requests, Zipf popularity, requests spread evenly, room for all, fixed lifetime from an instant fetch.
    Source: Jung et al. 2003, summed over the popularity of Breslau et al. 1999.
    """
    positive(request_rate=request_rate, lifetime=lifetime)
    whole(1, pops=pops)
    popularity = zipf(objects, exponent)
    used = popularity * (request_rate / pops * lifetime)
    hit = float(popularity @ (used / (1 + used)))
    return {"hit_ratio": hit, "origin_rate": request_rate * (1 - hit)}


def stampede(request_rate: float, recompute_time: float) -> float:
    """Mean number of recomputations that one expiry starts without protection (single flight: 1).

    Holds: Poisson requests for the key, recomputing takes `recompute_time` seconds however many do it.
    Source: Vattani, Chierichetti & Lowenstein, Optimal probabilistic cache stampede prevention, 2015.
    """
    not_negative(request_rate=request_rate, recompute_time=recompute_time)
    return 1 + request_rate * recompute_time


def stale_read(write_rate: float, lag: float) -> float:
    """Probability that a read from a replica misses a write of the primary.

    Holds: Poisson writes, a fixed lag in seconds. Source: Bailis et al., Probabilistically bounded staleness for
    practical partial quorums, 2012.
    """
    not_negative(write_rate=write_rate, lag=lag)
    return -math.expm1(-write_rate * lag)
