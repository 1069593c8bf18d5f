"""Two simulators of one system: independent replications, and whether their means differ by more than chance allows."""

import math
from dataclasses import replace
from statistics import fmean, quantiles, stdev

from simulator import Experiment, parse_scenario, simulate

REPLICATIONS = 8  # of the peer
OWN = 64  # of the engine, of the same length (percentiles of short runs have a bias), so that its own error hardly counts
T99 = 3.499  # Student's t, two-sided 99 %, 7 degrees of freedom


def scenario(clients, *stations, classes="[]"):
    rows = "\n".join(f"  - {{{station}}}" for station in stations)
    return parse_scenario(f"name: peer\ntitle: Peer\nclients: {{{clients}}}\nclasses: {classes}\nstations:\n{rows}\n")


def engine(system, duration, warm_up):
    """What the engine measures in each replication."""
    found = []
    for number in range(OWN):
        result = simulate(replace(Experiment(system), seed=100 + number), duration, warm_up)
        found.append({"mean": result["mean_response_time"], "p95": result["p95"], "failed": result["error_rate"]})
        for name, each in result.get("classes", {}).items():
            found[-1][name] = each["mean_response_time"]
    return found


def peer(play, duration, warm_up):
    """What a peer measures in each replication; `play(seed, until)` gives (answered at, class or None, response time or None)."""
    found = []
    for number in range(REPLICATIONS):
        rows = [row for row in play(number, warm_up + duration) if warm_up < row[0] <= warm_up + duration]
        times = [time for _, _, time in rows if time is not None]
        found.append({"mean": fmean(times), "p95": quantiles(times, n=20)[-1], "failed": 1 - len(times) / len(rows)})
        for kind in {kind for _, kind, _ in rows if kind}:
            found[-1][kind] = fmean(time for _, mine, time in rows if mine == kind and time is not None)
    return found


def agree(system, play, requests, *measures, rate=None, within=0.1):
    """Fail when a measure's two means differ by more than the 99 % interval of the difference (Welch), or when that
    interval is too wide to tell anything: `within` is the widest half, as a share of the mean (twice that for others
    than the first measure)."""
    rate = rate or system.clients.arrival_rate
    duration, warm_up = requests / rate / REPLICATIONS, 300 / rate
    ours, theirs = engine(system, duration, warm_up), peer(play, duration, warm_up)
    for place, name in enumerate(measures or ("mean", "p95")):
        a, b = [row[name] for row in ours], [row[name] for row in theirs]
        half = T99 * math.sqrt(stdev(a) ** 2 / OWN + stdev(b) ** 2 / REPLICATIONS)
        said = f"{name}: {fmean(a):.6g} here, {fmean(b):.6g} there, ± {half:.3g} ({(fmean(a) / fmean(b) - 1) * 100:+.2f} %)"
        print(said)
        assert abs(fmean(a) - fmean(b)) <= half, said
        assert half <= (2 * within if place else within) * fmean(b), f"{said}: too wide an interval to tell"
