"""Every known answer (tests/theory/oracle.json) that one pool, a row of stations or a link's policy can be asked for.

Each case is a run of a million requests with a fixed seed. Tolerances: 3 % (mean) and 6 % (p99) up to ρ = 0.8, 8 % and 16 %
above, twice that for cv² ≥ 4. Time is scaled so that a service takes about 10 ms: 38 simulated hours are the most.

| elsewhere | entries |
|---|---|
| test_links.py | throttle_google |
| test_caches.py | che_lru, ttl, ttl_zipf_pops, stampede, hot_key |
| test_database.py | stale_read, replica_amdahl, arch_xmax |
| test_ring.py | consistent_hash |
| test_scaling.py | autoscale_fluid, autoscale_push, hpa_steps, ramp_headroom |
| test_health.py | health_check, false_ejection |
| test_gate.py | token_bucket, reject_cost |
| test_sessions.py | sticky_drain |
"""

import json
import math
from pathlib import Path

import pytest

from simulator import Change, Experiment, simulate
from simulator.measures import percentile
from tests.simulator.test_links import played, scenario, storm

ORACLE = {entry["id"]: entry for entry in json.loads(Path("tests/theory/oracle.json").read_text())}
ELSEWHERE = {
    line.split("|")[1].strip(): line.split("|")[2].replace(",", " ").split()
    for line in __doc__.splitlines()
    if line.startswith("| test_")
}
REQUESTS = 1_000_000
ENOUGH = "queue_limit: 1000000"
PAST_SATURATION = 2.0  # × the capacity


def run(rate, *stations, classes="[]", faults="[]", timeline=(), requests=REQUESTS, seed=11, **clients):
    """The measures of so many requests, after 20,000 that do not count."""
    policy = "".join(f", {name}: {value}" for name, value in clients.items())
    scene = scenario(f"arrival_rate: {rate}, clients: 4000{policy}", *stations, classes=classes, faults=faults)
    return simulate(Experiment(scene, seed, timeline), requests / rate, warm_up=20_000 / rate)


def pool(rate, mu, *, servers=1, workers=1, cv2=1, limit=1_000_000, strategy="random", rest="", **clients):
    """`run` of one pool, in units of time in which a service takes 10 ms; gives the measures and the unit in seconds."""
    unit = 100 / mu
    station = (
        f"name: servers, servers: {servers}, workers: {workers}, service_time: 0.01, variability: {cv2}, strategy: {strategy}"
    )
    return run(rate * unit, f"{station}, queue_limit: {limit}{rest}", **clients), unit


def close(found, unit, out, rho, cv2=1.0, **names):
    """Compare measures with the known answer: times in units, tolerances by load and variability."""
    wide = (1 if rho <= 0.8 else 8 / 3) * (2 if cv2 >= 4 else 1)
    known = {"T": "mean_response_time", "Wq": "mean_waiting_time", "p50": "p50", "p99": "p99"} | names
    for name in known.keys() & out.keys():
        share = (0.06 if name == "p99" else 0.03) * wide
        assert found[known[name]] * unit == pytest.approx(out[name], rel=share), name
    if "N" in out:
        assert found["mean_number_in_system"] == pytest.approx(out["N"], rel=0.03 * wide)
    if "rho" in out:
        assert found["utilisation"] == pytest.approx(out["rho"], rel=0.01)


def mm1(out, lam, mu):
    close(*pool(lam, mu), out, lam / mu)


def mmc(out, lam, mu, c):
    found, unit = pool(lam, mu, workers=c)
    close(found, unit, out, lam / mu / c)
    assert found["stations"]["servers"]["mean_queue_length"] == pytest.approx(out["Lq"], rel=0.04)


def erlang_b(out, a, c):
    for cv2 in (0, 1, 4):
        assert pool(a * 100, 100, workers=c, cv2=cv2, limit=0)[0]["error_rate"] == pytest.approx(out["B"], rel=0.03)


def mmck(out, lam, mu, c, K):  # noqa: N803 - the entry's own names
    found, unit = pool(lam, mu, workers=c, limit=K - c)
    assert found["error_rate"] == pytest.approx(out["Pblock"], rel=0.04)
    assert found["throughput"] / unit == pytest.approx(out["goodput"], rel=0.01)
    close(found, unit, out, 0.8)


def md1(out, lam, S):  # noqa: N803
    close(*pool(lam, 1 / S, cv2=0), out, lam * S)


def mg1(out, lam, S, cv2):  # noqa: N803
    close(*pool(lam, 1 / S, cv2=cv2), out, lam * S, cv2)


def round_robin(out, lam, mu, c):
    close(*pool(lam, mu, servers=c, strategy="round-robin"), out, lam / mu / c)


def random_split(out, lam, mu, c):
    found, unit = pool(lam, mu, servers=c)
    found["mean_number_in_system"] /= c
    close(found, unit, out, lam / mu / c)


def power_of_d(out, rho, d, S):  # noqa: N803
    """The fixed point is the limit of many servers; 64 come within two per cent of it, more at ρ = 0.95."""
    assert d == 2
    found, unit = pool(64 * rho / S, 1 / S, servers=64, strategy="two-choices")
    assert found["mean_response_time"] * unit == pytest.approx(out["T"], rel=0.03 if rho < 0.95 else 0.06)


def processor_sharing(out, lam, S):  # noqa: N803
    """Whatever the law of the service, and in proportion to a request's own work."""
    sharing = ", discipline: processor-sharing"
    for cv2 in (0, 1, 4):
        close(*pool(lam, 1 / S, cv2=cv2, rest=sharing), out, lam * S, cv2)
    small, large = 0.5, 1.5
    classes = f"[{{name: a, share: 0.5, service: {{servers: {small}}}}}, {{name: b, share: 0.5, service: {{servers: {large}}}}}]"
    found, _ = pool(lam, 1 / S, rest=sharing, classes=classes)
    for name, factor in (("a", small), ("b", large)):
        own = found["classes"][name]["mean_response_time"] / (factor * 0.01)
        assert own == pytest.approx(out["slowdown"], rel=0.03)


def little(out, lam, W):  # noqa: N803
    """To the last microsecond, on a run that starts and ends empty; and N itself where nobody waits."""
    clients = f"arrival_rate: {lam}, deadline: 100, profile: {{kind: step, points: [[0, 1], [{REQUESTS / lam}, 0]]}}"
    scene = scenario(clients, f"name: servers, discipline: delay, service_time: {W}")
    record = played(Experiment(scene, 11), REQUESTS / lam + 100 * W)
    assert record["number"] == 0
    assert record["number_area"] == record["sum_response"]
    assert int(record["number_area"]) / (REQUESTS / lam * 1e6) == pytest.approx(out["N"], rel=0.01)


def in_a_row(times, cv2=1, limit=1_000_000):
    last = len(times) - 1
    return [
        f"name: s{place}, service_time: {time}, variability: {cv2}, queue_limit: {limit}"
        + (f", then: s{place + 1}" if place < last else "")
        for place, time in enumerate(times)
    ]


def tandem(out, lam, mu):
    rates = [1 / each for each in mu]
    close(run(lam, *in_a_row(rates)), 1, out, lam / min(mu))
    most = run(PAST_SATURATION * out["Xmax"], *in_a_row(rates, limit=200), deadline=100)
    assert most["throughput"] == pytest.approx(out["Xmax"], rel=0.01)


def bottleneck(out, D):  # noqa: N803
    found = run(PAST_SATURATION * out["X"], *in_a_row(D, limit=200), deadline=100)
    assert found["throughput"] == pytest.approx(out["X"], rel=0.01)


def usl(out, n, s, k):
    busy = PAST_SATURATION * out["X"]
    found, unit = pool(busy, 1, workers=n, limit=100, rest=f", contention: {s}, coherency: {k}")
    assert found["throughput"] / unit == pytest.approx(out["X"], rel=0.01)


def retry(out, p, r):
    """Attempts fail independently where nobody waits and a time-out cuts off the share p."""
    found = run(1000, "name: servers, discipline: delay, service_time: 0.01", timeout=-0.01 * math.log(p), retries=r)
    assert 1 + found["retries"] / found["arrivals"] == pytest.approx(out["att"], rel=0.01)
    assert found["error_rate"] == pytest.approx(out["fail"], rel=0.02, abs=5e-5)


def metastable(out, r):
    """A tenth below the limit it recovers; a tenth above, never."""
    for factor, recovers in ((0.9, True), (1.1, False)):
        rate = round(100 * out["rho_crit"] * factor, 1)
        goodput = storm(240, arrival_rate=rate, retries=r, queue_limit=5000)
        assert goodput[-5:].mean() == pytest.approx(rate, rel=0.1) if recovers else goodput[3:].max() == 0


def hedge(out, dist, d, S=0.0, pf=1.0, f=0.0, s=1.0):  # noqa: N803
    """Milliseconds in the entry. Copies are independent where nobody waits; servers for the hedge to go to another."""
    mean, slow = (S, "") if dist == "exp" else (f, f", slow_share: {1 - pf}, slow_time: {s / 1000}")
    station = f"name: servers, servers: 10, discipline: delay, service_time: {mean / 1000}, strategy: random{slow}"
    for delay, end in ((0, "_plain"), (d / 1000, "")):
        scene = scenario(f"arrival_rate: 10000, deadline: 100, hedge_after: {delay}", station)
        record = played(Experiment(scene, 11), REQUESTS / 10_000)
        assert percentile(record["histogram"], 0.99) * 1000 == pytest.approx(out[f"p99{end}"], rel=0.03)
        assert percentile(record["histogram"], 0.999) * 1000 == pytest.approx(out[f"p999{end}"], rel=0.06)
    assert int(record["links"][0]["hedged"]) / int(record["arrivals"]) == pytest.approx(out["extra"], rel=0.02)


def fan_out(out, n, S):  # noqa: N803
    root = f"name: root, discipline: delay, service_time: 0.00001, variability: 0, parallel: true, visits: {n}, calls: [leaves]"
    found = run(1000, root, f"name: leaves, discipline: delay, service_time: {S / 1000}", requests=REQUESTS // n)
    assert (found["mean_response_time"] - 0.00001) * 1000 == pytest.approx(out["Emax"], rel=0.01)
    assert (found["p99"] - 0.00001) * 1000 == pytest.approx(out["p99"], rel=0.02)


def first_byte(out, km, S):  # noqa: N803
    """A new connection: TCP, TLS, then the request. One round trip is a millisecond per 100 km."""
    for name, handshakes in (("tls13", 2), ("tls12", 3)):
        found = run(
            100, f"name: servers, discipline: delay, service_time: {S / 1000}, variability: 0", requests=10_000,
            round_trip_time=km / 100 / 1000, handshake_round_trips=handshakes, new_connections=1,
        )  # fmt: skip
        assert found["mean_response_time"] * 1000 == pytest.approx(out[name], rel=1e-6)


def spare(out, N, k, r):  # noqa: N803
    """What is left after `k` stops carries the utilisation r, and not more."""
    found = run(
        N * 100 * out["rho"], f"name: servers, servers: {N}, service_time: 0.01, strategy: random, {ENOUGH}",
        faults="[{name: stop, label: Stop, target: servers}]",
        timeline=tuple(Change(0, f"stop.{server + 1}", True) for server in range(k)),
    )  # fmt: skip
    for server in found["stations"]["servers"]["servers"][k:]:
        assert server["utilisation"] == pytest.approx(r, rel=0.01)


def shortest_queue(out, N, rho, S):  # noqa: N803
    close(*pool(N * rho / S, 1 / S, servers=N, strategy="least-connections"), out, rho)


def deadline_goodput(out, lam, mu, K, D):  # noqa: N803
    found = run(lam, f"name: servers, service_time: {1 / mu}, queue_limit: {K - 1}", deadline=D)
    assert found["goodput"] == pytest.approx(out["goodput"], rel=0.01 if K <= 80 else 0.03 if K <= 100 else 0.10)


def path_routing(out, lam_per_server=0.0, mix="", pool=""):
    if pool:
        close(run(144, f"name: api, service_time: 0.005, {ENOUGH}"), 1, out, 0.72)
        return
    found = run(
        4 * lam_per_server, f"name: servers, servers: 4, service_time: 0.005, strategy: random, {ENOUGH}",
        classes="[{name: api, share: 0.9}, {name: report, share: 0.1, service: {servers: 20}}]",
    )  # fmt: skip
    close(found, 1, out, out["rho"], cv2=4)
    for name in ("api", "report"):
        assert found["classes"][name]["mean_response_time"] == pytest.approx(out[name], rel=0.06)


PLAYS = {
    "mm1": mm1, "mmc": mmc, "erlangB": erlang_b, "mmcK": mmck, "md1": md1, "mg1": mg1, "rr_split": round_robin,
    "random_split": random_split, "power_of_d": power_of_d, "mg1_ps": processor_sharing, "little": little,
    "jackson_tandem": tandem, "usl": usl, "retry": retry, "metastable": metastable, "hedge": hedge, "fanout": fan_out,
    "cdn": first_byte, "nplus1": spare, "bottleneck": bottleneck, "jsq": shortest_queue,
    "deadline_goodput": deadline_goodput, "path_routing": path_routing,
}  # fmt: skip


def test_every_entry_is_played_here_or_elsewhere():
    elsewhere = [name for names in ELSEWHERE.values() for name in names]
    assert sorted([*PLAYS, *elsewhere]) == sorted(ORACLE)


CASES = [(name, case) for name in PLAYS for case in ORACLE[name]["cases"]]


@pytest.mark.parametrize(("name", "case"), CASES, ids=[f"{name}-{'-'.join(map(str, c['inp'].values()))}" for name, c in CASES])
def test_known_answer(name, case):
    PLAYS[name](case["out"], **case["inp"])
