"""Random numbers without state: draw k of a stream is a hash of the stream's key and k.

A stream has one key per source (arrivals, service, routing …), made from the seed. k is the request's
number, so a strategy that draws more numbers never shifts those of another source: two runs with one
seed see the same arrivals and the same work, whatever else differs (common random numbers).
The hash is the output function of splitmix64 (Steele, Lea & Flood, "Fast splittable pseudorandom number
generators", OOPSLA 2014).
"""

import math

import numpy as np

from simulator.engine.codes import (
    DETERMINISTIC,
    ERLANG,
    EXPONENTIAL,
    HYPEREXPONENTIAL,
    LOGNORMAL,
    MAX_CLIENTS,
    PARETO,
    SHIFTED,
)
from simulator.engine.compiled import apart, inlined, inner
from simulator.engine.layout import State
from simulator.engine.logarithm import ln

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
FIRST = np.uint64(0xBF58476D1CE4E5B9)
SECOND = np.uint64(0x94D049BB133111EB)
S11, S27, S30, S31, S32 = np.uint64(11), np.uint64(27), np.uint64(30), np.uint64(31), np.uint64(32)
LOW = np.uint64(0xFFFFFFFF)
UNIT = 2.0**-53
STREAM = 1 << 40  # between the draws of two stations that share a key
MOST_STAGES = 100  # of an Erlang law: cv² down to 0.01


@inner
def mix(key: np.uint64, k: int) -> np.uint64:
    """64 random bits: number `k` of the stream `key`."""
    z = key + np.uint64(k) * GOLDEN
    z = (z ^ (z >> S30)) * FIRST
    z = (z ^ (z >> S27)) * SECOND
    return z ^ (z >> S31)


@inner
def uniform(bits: np.uint64) -> float:
    """A number in the open interval (0, 1) from 64 random bits."""
    return (np.float64(np.int64(bits >> S11)) + 0.5) * UNIT  # by way of a signed number, which is one step of the machine


@inlined
def exponential(key: np.uint64, k: int) -> float:
    """Number `k` of a stream of exponential numbers with mean 1."""
    return -ln(uniform(mix(key, k)))


@inner
def below(bits: np.uint64, n: int) -> int:
    """An integer 0 … n-1 from the upper 32 of 64 random bits (n < 2^31)."""
    return np.int64(((bits >> S32) * np.uint64(n)) >> S32)


@inner
def below_low(bits: np.uint64, n: int) -> int:
    """An integer 0 … n-1 from the lower 32 bits; independent of `below` on the same bits."""
    return np.int64(((bits & LOW) * np.uint64(n)) >> S32)


@inner
def client_of(run: State, k: int) -> int:
    """The client that sends request `k`: each of the population is equally likely."""
    return below(mix(run.key_client, k), run.population)


@inner
def class_of(run: State, k: int) -> int:
    """The class of request `k`."""
    if run.classes_used == 1:
        return 0
    place = uniform(mix(run.key_class, k))
    kind = 0
    while kind < run.classes_used - 1 and place >= run.classes[kind].share:
        kind += 1
    return kind


@inner
def region_of(run: State, k: int) -> int:
    """The region that request `k` comes from; a client stays in its region."""
    if run.regions_used < 2:
        return 0
    place = uniform(mix(run.key_region, client_of(run, k)))
    region = 0
    while region < run.regions_used - 1 and place >= run.region_share[region]:
        region += 1
    return region


@inner
def object_of(run: State, k: int) -> int:
    """The object that request `k` asks for, by the catalogue's popularity (`OBJECT.below`, binary search)."""
    place = uniform(mix(run.key_object, k))
    low, high = 0, run.objects_used - 1
    while low < high:
        middle = (low + high) >> 1
        if run.objects[middle].below > place:
            high = middle
        else:
            low = middle + 1
    return low


@inner
def normal(key: np.uint64, k: int) -> float:
    """Number `k` of a stream of standard normal numbers (Box and Muller 1958, the cosine branch)."""
    bits = mix(key, k)
    return math.sqrt(-2.0 * ln(uniform(bits))) * math.cos(2.0 * math.pi * uniform(mix(bits, 1)))


@inner
def set_law(station: State) -> None:
    """Choose the law of the service time from its mean and cv² and work out its parameters.

    Lognormal and Pareto where the scenario asks for them (Pareto with shape 1 + √(1 + 1/cv²)). Otherwise cv² = 0 is
    deterministic; below 0.01 a constant plus an exponential; below 1 a mixture of Erlang laws with k-1 and k stages; 1
    exponential; above 1 hyperexponential with two branches of balanced means. All match mean and cv² exactly (Tijms, "A
    First Course in Stochastic Models", 2003, appendix B).
    """
    mean, cv2 = station.service_time, station.variability
    if station.slow_share > 0.0:  # a few calls are slow: two exponential branches as they are given
        station.law = HYPEREXPONENTIAL
        station.chance = 1.0 - station.slow_share
        station.mean_a = mean
        station.mean_b = station.slow_time
    elif cv2 <= 0.0:
        station.law = DETERMINISTIC
    elif station.distribution == 1:
        station.law = LOGNORMAL
        station.mean_b = math.log(1.0 + cv2)  # variance of the logarithm
        station.mean_a = math.log(mean) - station.mean_b / 2.0
    elif station.distribution == 2:
        station.law = PARETO
        station.chance = 1.0 + math.sqrt(1.0 + 1.0 / cv2)  # shape
        station.mean_a = mean * (station.chance - 1.0) / station.chance  # least
    elif cv2 < 1.0 / MOST_STAGES:
        station.law = SHIFTED
        station.mean_a = mean * math.sqrt(cv2)
        station.mean_b = mean - station.mean_a
    elif cv2 < 1.0:
        station.law = ERLANG
        k = math.ceil(1.0 / cv2 - 1e-9)
        chance = (k * cv2 - math.sqrt(max(0.0, k * (1.0 + cv2) - k * k * cv2))) / (1.0 + cv2)
        station.stages = k
        station.chance = chance  # of k-1 stages
        station.mean_a = mean / (k - chance)
    elif cv2 == 1.0:
        station.law = EXPONENTIAL
    else:
        station.law = HYPEREXPONENTIAL
        station.chance = (1.0 + math.sqrt((cv2 - 1.0) / (cv2 + 1.0))) / 2.0
        station.mean_a = mean / (2.0 * station.chance)
        station.mean_b = mean / (2.0 * (1.0 - station.chance))


@inlined
def work_of(station: State, k: int) -> float:
    """The work of request `k` at a station, in µs at speed 1; the same whichever server does it."""
    if station.law == EXPONENTIAL:
        return exponential(station.key_service, k) * station.service_time
    return otherwise(station, k)


@apart
def otherwise(station: State, k: int) -> float:
    """The work of request `k` by any other law."""
    law = station.law
    if law == DETERMINISTIC:
        return station.service_time
    if law == HYPEREXPONENTIAL:
        if uniform(mix(station.key_branch, k)) < station.chance:
            return exponential(station.key_service, k) * station.mean_a
        return exponential(station.key_service, k) * station.mean_b
    if law == ERLANG:
        bits = mix(station.key_service, k)
        stages = station.stages
        if uniform(mix(station.key_branch, k)) < station.chance:
            stages -= 1
        product = 1.0
        for stage in range(stages):
            product *= uniform(mix(bits, stage))
        return -ln(product) * station.mean_a
    if law == LOGNORMAL:
        return math.exp(station.mean_a + math.sqrt(station.mean_b) * normal(station.key_service, k))
    if law == PARETO:
        return station.mean_a * uniform(mix(station.key_service, k)) ** (-1.0 / station.chance)
    return station.mean_b + exponential(station.key_service, k) * station.mean_a  # SHIFTED


@inner
def known_client(client: int) -> int:
    """The balancer's entry for a client; it remembers `MAX_CLIENTS` of them."""
    return client % MAX_CLIENTS
