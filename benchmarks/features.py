"""What a feature costs a run that does not use it: the plain pool beside the same pool with controls for it, all of them off."""

import time
from collections.abc import Iterator

from benchmarks.c_loop import EXPERIMENT, POOL
from simulator import Experiment, parse_scenario
from simulator.run import proceed
from simulator.state import fresh, scratch

RANGE = "label: X, maximum: 1, step: 0.1"
OFFERED = {  # off, and ready to be moved
    "time-outs, retries, hedges, breaker, throttle": ["timeout", "retries", "hedge_after", "breaker", "throttle"],
    "service time that grows with data": ["growth"],
    "slow share of calls": ["slow_share"],
    "contention and coherency": ["contention", "coherency"],
    "passive ejection, slow start": ["eject_after", "slow_start"],
    "token bucket, cost of rejections": ["bucket_rate", "reject_cost"],
    "network": ["round_trip_time", "new_connections"],
}
DECLARED = {  # not off: what they declare is measured apart, class by class and station by station
    "two classes of requests that are alike": "classes: [{name: a, share: 0.5}, {name: b, share: 0.5}]",
    "a second station that nobody calls": "  - {name: other, service_time: 0.01, health_check: {interval: 3600}}",
}


def variants() -> Iterator[tuple[str, Experiment]]:
    """Each feature's name and the pool that offers it."""
    yield "plain", EXPERIMENT
    yield "nothing: the plain pool again, what chance makes", EXPERIMENT
    for name, controls in OFFERED.items():
        rows = "".join(f"  - {{name: {control}, {RANGE}}}\n" for control in controls)
        yield name, Experiment(parse_scenario(f"{POOL}controls:\n{rows}"), EXPERIMENT.seed)
    for name, text in DECLARED.items():
        yield name, Experiment(parse_scenario(f"{POOL}{text}\n"), EXPERIMENT.seed)


def seconds(experiment: Experiment, until: int) -> float:
    """CPU seconds of a run up to `until` µs."""
    state = fresh(experiment.scenario, experiment.seed, windowed=False)
    began = time.thread_time()
    proceed(state, experiment, until, scratch())
    return time.thread_time() - began


def costs(requests: int = 50_000, rounds: int = 50) -> dict[str, float]:
    """The cost of each as a share of the plain run: the least time of each over interleaved rounds, which noise only adds to."""
    until = round(requests / EXPERIMENT.scenario.clients.arrival_rate * 1e6)
    found: dict[str, list[float]] = {}
    for turn in range(rounds):
        order = list(variants())
        for name, experiment in order[turn % len(order) :] + order[: turn % len(order)]:
            found.setdefault(name, []).append(seconds(experiment, until))
    plain = found.pop("plain")
    return {name: min(mine) / min(plain) - 1 for name, mine in found.items()}
