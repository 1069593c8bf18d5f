"""How capacity grows: workers, replicas, layers, autoscaling. Requests/s and seconds."""

import math
from collections.abc import Sequence

from simulator.theory.conditions import ConditionError, below_one, not_negative, ordered, positive, share, whole


def usl(workers: int, contention: float, coherency: float) -> float:
    """Throughput of n workers relative to one: n / (1 + σ(n − 1) + κn(n − 1)).

    Holds: for a system whose σ and κ were measured; here the model of a box with many workers.
    Source: Gunther, Guerrilla Capacity Planning, 2007 (Universal Scalability Law).
    """
    whole(1, workers=workers)
    share(contention=contention, coherency=coherency)
    return workers / (1 + contention * (workers - 1) + coherency * workers * (workers - 1))


def usl_peak(contention: float, coherency: float) -> dict[str, float | None]:
    """The number of workers with the highest throughput (not rounded; None without coherency) and that throughput
    relative to one worker (without coherency the limit 1/σ).

    Holds: as for `usl`, with σ or κ above 0. Source: Gunther 2007.
    """
    share(contention=contention, coherency=coherency)
    if not contention and not coherency:
        raise ConditionError("without contention and coherency the throughput has no peak")
    if not coherency:
        return {"workers": None, "throughput": 1 / contention}
    best = math.sqrt((1 - contention) / coherency)
    return {
        "workers": best,
        "throughput": best / (1 + contention * (best - 1) + coherency * best * (best - 1)),
    }


def replicas(write_share: float, nodes: int) -> dict[str, float | None]:
    """Capacity of `nodes` database nodes relative to one, and its limit for many nodes (None without writes).

    Holds: every node applies every write, reads and writes cost the same, reads are spread evenly.
    Source: Amdahl, Validity of the single processor approach, 1967; Gray, Helland, O'Neil & Shasha, The dangers of
    replication and a solution, 1996.
    """
    share(write_share=write_share)
    whole(1, nodes=nodes)
    return {
        "capacity": 1 / (write_share + (1 - write_share) / nodes),
        "limit": 1 / write_share if write_share else None,
    }


def bottleneck(demands: Sequence[float]) -> float:
    """The highest throughput of a chain of stations, from the seconds that a request needs at each.

    Holds: always, as a bound. Source: Denning & Buzen, The operational analysis of queueing network models, 1978.
    """
    whole(1, stations=len(demands))
    positive(**{f"demand_{i + 1}": demand for i, demand in enumerate(demands)})
    return 1 / max(demands)


def architecture(
    *,
    hit_ratio: float,
    app_servers: int,
    app_rate: float,
    shards: int,
    replicas_per_shard: int,
    database_rate: float,
    queries: float,
    write_share: float,
) -> float:
    """The highest rate (requests/s) that a CDN, app servers and a sharded, replicated database carry together.

    Holds: even shards, every replica applies every write, `queries` per request that the CDN lets through.
    Source: Denning & Buzen 1978 with the replicas of Gray et al. 1996.
    """
    below_one(hit_ratio=hit_ratio)
    whole(1, app_servers=app_servers, shards=shards)
    whole(0, replicas_per_shard=replicas_per_shard)
    positive(app_rate=app_rate, database_rate=database_rate, queries=queries)
    through = 1 - hit_ratio
    gain = replicas(write_share, replicas_per_shard + 1)["capacity"]
    assert gain is not None
    return min(app_servers * app_rate / through, shards * database_rate * gain / (through * queries))


def spare_for_failure(servers: int, lost: int, limit: float) -> float:
    """The highest utilisation at which losing `lost` of `servers` keeps the rest at or below `limit`.

    Holds: equal servers, the load is spread evenly over those left. Source: own arithmetic, (N − k)/N of the limit.
    """
    whole(1, servers=servers)
    whole(0, servers, lost=lost)
    share(limit=limit)
    return limit * (servers - lost) / servers


def step_backlog(rate: float, before: float, after: float, lag: float) -> dict[str, float]:
    """A step to `rate` while capacity stays `before` for `lag` seconds and is `after` then, one shared queue: backlog
    (requests), seconds to drain it, seconds from the step to recovery, the longest wait.

    Holds: fluid limit (no randomness), before < rate < after.
    Source: Newell, Applications of Queueing Theory, 2nd ed. 1982, ch. 2.
    """
    positive(rate=rate, before=before, after=after)
    not_negative(lag=lag)
    ordered(before=before, rate=rate, after=after)
    backlog = (rate - before) * lag
    drain = backlog / (after - rate)
    return {
        "backlog": backlog,
        "drain": drain,
        "recovered_at": lag + drain,
        "longest_wait": lag * (1 - before / rate),
    }


def step_wait_push(rate: float, before: float, lag: float) -> float:
    """The longest wait in seconds after a step when each server has its own queue: the new ones do not help the old.

    Holds: fluid limit, before < rate, the old servers' queues are not rebalanced. Source: Newell 1982, ch. 2.
    """
    positive(rate=rate, before=before)
    not_negative(lag=lag)
    ordered(before=before, rate=rate)
    return lag * (rate / before - 1)


def hpa_steps(replicas_now: int, needed: float, target: float, *, saturates: bool) -> list[int]:
    """The replica counts that n ← ⌈n · measured / target⌉ passes, from now to rest, under a fixed load.

    `needed` is the count at which the load meets the target; CPU `saturates` (shows at most 1), a request rate does not.
    Holds: load above capacity at first, new replicas ready before the next look, no tolerance and no upper limit.
    Source: Kubernetes documentation, Horizontal Pod Autoscaling, 2023.
    """
    whole(1, replicas_now=replicas_now)
    positive(needed=needed, target=target)
    share(target=target)
    counts = [replicas_now]
    while True:
        now = counts[-1]
        measured = needed * target / now
        if saturates:
            measured = min(1.0, measured)
        following = max(1, math.ceil(round(now * measured / target, 9)))
        if following == now:
            return counts
        counts.append(following)


def ramp_target(rate: float, growth: float, lag: float) -> float:
    """The utilisation target below which a ramp of `growth` (requests/s per second) from `rate` meets no overload when
    new capacity is `lag` seconds late.

    Holds: fluid, and conservative: the load grows by growth × lag before help comes. Source: own derivation, after Newell 1982.
    """
    positive(rate=rate)
    not_negative(growth=growth, lag=lag)
    return rate / (rate + growth * lag)
