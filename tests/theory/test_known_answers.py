"""Every entry of oracle.json, worked out elsewhere, against the function that stands for it here."""
# ruff: noqa: N803, E741 (the names are those of the file)

import json
from pathlib import Path

import pytest

from simulator import theory

ORACLE = {entry["id"]: entry["cases"] for entry in json.loads((Path(__file__).parent / "oracle.json").read_text())}
ROUNDED = {"jsq": 5.1e-7, "path_routing": 5.1e-7}  # answers that the file gives to six decimals


def named(found, **names):
    """The values of `found` under the file's names."""
    return {theirs: found[ours] for theirs, ours in names.items()}


TIMES = {"T": "mean_response_time", "Wq": "mean_waiting_time"}
ONE = {**TIMES, "rho": "utilisation", "N": "mean_number_in_system", "p50": "p50", "p99": "p99"}
MIX = [(0.9, 0.005, 1), (0.1, 0.1, 1)]


def hedge(dist, d, S=0, pf=0, f=0, s=0):
    found = theory.hedged([(1, S)] if dist == "exp" else [(pf, f), (1 - pf, s)], d)
    return {key: found[key] for key in ("extra", "p99", "p999", "p99_plain", "p999_plain")}


def path_routing(lam_per_server=None, mix="", pool=""):
    if pool:
        return named(theory.mm1(144, 1 / 0.005), T="mean_response_time")
    found = theory.mixture(lam_per_server, MIX)
    api, report = found["response_times"]
    return {"rho": found["utilisation"], "Wq": found["mean_waiting_time"], "api": api, "report": report}


def hpa(n0, need, target):
    return {name: theory.hpa_steps(n0, need, target, saturates=name == "cpu") for name in ("cpu", "rps")}


def power(rho, d, S):
    found = theory.power_of_choices(rho, d, S)
    levels = {f"s{i}": found["at_least"][i] for i in (1, 2, 3)}
    return {**levels, **named(found, N="mean_number_in_system", T="mean_response_time")}


def ttl(lam, T):
    return named(theory.ttl(lam, T), h_fixed="hit_ratio_fixed", h_renew="hit_ratio_renewing", miss_rate_fixed="miss_rate_fixed")


def arch(h, Napp, shards, rep, q, w, mu_app, mu_db):
    return {"X": theory.architecture(hit_ratio=h, app_servers=Napp, app_rate=mu_app, shards=shards, replicas_per_shard=rep,
                                     database_rate=mu_db, queries=q, write_share=w)}  # fmt: skip


def usl(n, s, k):
    peak = theory.usl_peak(s, k)
    return {"X": theory.usl(n, s, k), "nstar": peak["workers"], "Xstar": peak["throughput"]}


ANSWERS = {
    "mm1": lambda lam, mu: named(theory.mm1(lam, mu), **ONE),
    "mmc": lambda lam, mu, c: named(
        theory.mmc(lam, mu, c), **TIMES, rho="utilisation", C="waits", Lq="mean_queue_length", p99="p99"
    ),
    "erlangB": lambda a, c: {"B": theory.erlang_b(a, c)},
    "mmcK": lambda lam, mu, c, K: named(
        theory.mmck(lam, mu, c, K),
        Pblock="error_rate",
        goodput="goodput",
        N="mean_number_in_system",
        T="mean_response_time",
    ),
    "md1": lambda lam, S: named(theory.md1(lam, S), **TIMES, rho="utilisation"),
    "mg1": lambda lam, S, cv2: named(theory.mg1(lam, S, cv2), **TIMES, rho="utilisation"),
    "rr_split": lambda lam, mu, c: named(theory.round_robin(lam, mu, c), **TIMES, sigma="sigma", p99="p99"),
    "random_split": lambda lam, mu, c: named(theory.random_split(lam, mu, c), **ONE),
    "power_of_d": power,
    "mg1_ps": lambda lam, S: named(theory.processor_sharing(lam, S), T="mean_response_time", slowdown="slowdown"),
    "little": lambda lam, W: {"N": theory.littles_law(lam, W)},
    "jackson_tandem": lambda lam, mu: named(
        theory.tandem(lam, mu), T="mean_response_time", N="mean_number_in_system", p99="p99", Xmax="highest_rate"
    ),
    "che_lru": lambda N, alpha, C: named(
        theory.lru(N, alpha, C), tC="characteristic_time", hit="hit_ratio", lfu="hit_ratio_ideal"
    ),
    "ttl": ttl,
    "usl": usl,
    "autoscale_fluid": lambda lam1, C0, C1, D: named(
        theory.step_backlog(lam1, C0, C1, D),
        backlog="backlog",
        drain="drain",
        recover_at="recovered_at",
        Wmax="longest_wait",
    ),
    "hpa_steps": hpa,
    "consistent_hash": lambda N, V: named(
        theory.consistent_hash(N, V),
        cv="cv",
        moved_ring="moved_ring",
        moved_mod="moved_mod",
        max_over_mean_V1="max_over_mean_one_point",
    ),
    "retry": lambda p, r: named(theory.retries(p, r), att="attempts", fail="failed"),
    "metastable": lambda r: {"rho_crit": theory.metastable_utilisation(r)},
    "hedge": hedge,
    "fanout": lambda n, S: named(theory.fan_out(n, S), p_slow="slow", Emax="mean_response_time", p99="p99"),
    "health_check": lambda I, fall, timeout, lam, N: named(
        theory.health_check(I, fall, timeout, lam, N),
        detect_min="least",
        detect_mean="mean",
        detect_max="most",
        errors="errors",
    ),
    "sticky_drain": lambda N0, N1, tau, t: theory.sticky_drain(N0, N1, tau, t),
    "replica_amdahl": lambda w, N: named(theory.replicas(w, N), X="capacity", limit="limit"),
    "hot_key": lambda N, alpha: named(theory.hot_key(N, alpha), p1="share", cap="most"),
    "stampede": lambda lam, R: {"n": theory.stampede(lam, R)},
    "stale_read": lambda w, L: {"p": theory.stale_read(w, L)},
    "token_bucket": lambda r, b, t: {"max": theory.token_bucket(r, b, t)},
    "throttle_google": lambda lam, C, K: {"backend": theory.client_throttle(lam, C, K)},
    "cdn": lambda km, S: {f"tls1{version}": 1000 * theory.first_byte(km, S / 1000, trips) for version, trips in ((3, 3), (2, 4))},
    "nplus1": lambda N, k, r: {"rho": theory.spare_for_failure(N, k, r)},
    "bottleneck": lambda D: {"X": theory.bottleneck(D)},
    "jsq": lambda N, rho, S: named(theory.shortest_queue(rho, N, S), T="mean_response_time"),
    "ttl_zipf_pops": lambda total, pops, N, alpha, T: named(
        theory.ttl_pops(total, pops, N, alpha, T), hit="hit_ratio", origin="origin_rate"
    ),
    "deadline_goodput": lambda lam, mu, K, D: {"goodput": theory.deadline_goodput(lam, mu, K, D)},
    "false_ejection": lambda p, k: {"probes": theory.probes_until_false_ejection(p, k)},
    "ramp_headroom": lambda lam0, r, D: {"target": theory.ramp_target(lam0, r, D)},
    "autoscale_push": lambda lam1, C0, D: {"W": theory.step_wait_push(lam1, C0, D)},
    "reject_cost": lambda C, lam, cr, K: {
        "none": theory.rejecting_goodput(C, lam, cr),
        "throttled": theory.throttled_goodput(C, cr, K),
    },
    "path_routing": path_routing,
    "arch_xmax": arch,
}


def test_every_entry_has_a_function():
    assert set(ORACLE) - set(ANSWERS) == set()
    assert len(ORACLE) == 42


@pytest.mark.parametrize("entry", ORACLE)
def test_entry(entry):
    assert ORACLE[entry]
    for case in ORACLE[entry]:
        found = ANSWERS[entry](**case["inp"])
        assert set(found) >= set(case["out"])
        for name, answer in case["out"].items():
            if answer is None:
                assert found[name] is None
                continue
            assert found[name] == pytest.approx(answer, rel=1e-9, abs=ROUNDED.get(entry, 1e-15)), (case["inp"], name)
