"""The gate: token bucket, cost of rejections, throttled clients, classes that are shed, TLS, passive ejection."""

import numpy as np
import pytest

from simulator import Change, Experiment, load_scenario, simulate, theory
from simulator.engine.codes import DROP, JOIN, JOINED_ROTATION, LEFT_ROTATION
from tests.simulator.watched import record, scenario, trace


def run(clients, *stations, duration=600, warm_up=20, seed=7, changes=(), more=""):
    return simulate(Experiment(scenario(clients, *stations, more=more), seed, changes), duration, warm_up=warm_up)


def most_in_window(times, window):
    """The most of these instants (µs, in order) that lie in a half-open window of so many µs."""
    return max(np.searchsorted(times, times + window, side="left") - np.arange(len(times)))


@pytest.mark.parametrize(("rate", "burst", "window"), [(100, 50, 1), (100, 50, 3), (33.3, 7, 0.5), (400, 1, 0.1)])
@pytest.mark.parametrize("arrivals", ["poisson", "bursty"])
def test_a_bucket_lets_through_its_burst_and_its_rate_and_no_more(rate, burst, window, arrivals):
    station = f"{{name: a, servers: 4, workers: 64, service_time: 0.001, gate: {{rate: {rate}, burst: {burst}}}}}"
    rows = trace(scenario(f"{{arrival_rate: 300, arrivals: {arrivals}, burst: {{factor: 4}}}}", station), 6)
    passed = rows[rows["kind"] == JOIN]["t"]
    assert (rows["kind"] == DROP).sum() > 0
    allowed = theory.token_bucket(rate, burst, window)
    assert most_in_window(passed, round(window * 1e6)) <= allowed
    if rate == 100 and window == 1:
        assert most_in_window(passed, 1_000_000) >= allowed - 1  # a full bucket and a second of the rate are to be had


def test_a_bucket_of_one_token_lets_every_request_through_that_comes_as_fast_as_its_rate():
    station = "{name: a, servers: 4, service_time: 0.001, gate: {rate: 100, burst: 1}}"
    found = run("{arrival_rate: 100, arrivals: deterministic}", station, duration=1000)
    assert found["errors"]["rejected"] == 0
    twice = run("{arrival_rate: 200, arrivals: deterministic}", station, duration=100, warm_up=1)
    assert twice["errors"]["rejected"] == twice["answered"] == 10_000


@pytest.mark.parametrize("rate", [80, 150, 1000])
def test_in_the_long_run_a_bucket_admits_the_smaller_of_both_rates(rate):
    station = "{name: a, servers: 4, workers: 64, service_time: 0.001, gate: {rate: 100, burst: 50}}"
    found = run(f"{{arrival_rate: {rate}}}", station, duration=300)
    assert found["throughput"] == pytest.approx(min(rate, 100), rel=0.01)


def test_a_bucket_that_is_changed_goes_on_with_what_is_in_it():
    station = "{name: a, servers: 4, workers: 64, service_time: 0.001, gate: {rate: 0, burst: 50}}"
    more = """controls:
  - {name: bucket_rate, label: Rate, minimum: 0, maximum: 1000}
  - {name: bucket_burst, label: Burst, minimum: 1, maximum: 1000}"""
    built = scenario("{arrival_rate: 1000, arrivals: deterministic}", station, more=more)
    changes = (Change(1.0, "bucket_rate", 100), Change(2.0, "bucket_rate", 10), Change(3.0, "bucket_rate", 0))
    arrived = {at: record(built, at, *changes)["servers"]["sent"].sum() for at in (1.0, 2.0, 3.0, 4.0)}
    assert arrived[1.0] == pytest.approx(999, abs=1)
    assert arrived[2.0] - arrived[1.0] == pytest.approx(50 + 100, abs=1)  # a new bucket is full
    assert arrived[3.0] - arrived[2.0] == pytest.approx(10, abs=1)
    assert arrived[4.0] - arrived[3.0] == pytest.approx(1000, abs=1)


@pytest.mark.parametrize(("offered", "cost"), [(500, 0.1), (200, 0.1), (500, 0.02), (300, 0.3)])
@pytest.mark.parametrize("workers", [1, 4])
def test_rejections_by_a_full_queue_cost_goodput(offered, cost, workers):
    station = f"{{name: a, workers: {workers}, service_time: {0.01 * workers}, queue_limit: 30, gate: {{reject_cost: {cost}}}}}"
    found = run(f"{{arrival_rate: {offered}}}", station)
    assert found["throughput"] == pytest.approx(theory.rejecting_goodput(100, offered, cost), rel=0.03)


def test_ten_times_the_load_leaves_nothing():
    station = "{name: a, service_time: 0.01, queue_limit: 30, gate: {reject_cost: 0.1}}"
    assert theory.rejecting_goodput(100, 1000, 0.1) == 0
    assert run("{arrival_rate: 1000}", station, duration=1000, warm_up=600)["throughput"] < 1


@pytest.mark.parametrize(("strategy", "servers"), [("random", 4), ("shared-queue", 4), ("least-connections", 4)])
def test_all_servers_of_a_pool_pay(strategy, servers):
    station = (
        f"{{name: a, servers: {servers}, service_time: 0.04, queue_limit: 10, strategy: {strategy}, gate: {{reject_cost: 0.1}}}}"
    )
    found = run("{arrival_rate: 500}", station)
    assert found["throughput"] == pytest.approx(theory.rejecting_goodput(100, 500, 0.1), rel=0.03)


def test_a_bucket_s_rejections_are_worked_off_by_idle_workers_first():
    station = "{name: a, servers: 4, service_time: 0.04, strategy: shared-queue, gate: {rate: 60, burst: 5, reject_cost: 0.1}}"
    light, free = run("{arrival_rate: 260}", station), run("{arrival_rate: 260}", station.replace(", reject_cost: 0.1", ""))
    assert light["throughput"] == pytest.approx(60, rel=0.01)  # 60 and 200 rejections at a tenth are 80 of 100: it fits
    assert free["mean_response_time"] * 1.05 < light["mean_response_time"] < free["mean_response_time"] * 2


def test_a_bucket_s_rejections_can_be_more_than_there_is_time_for():
    """g + 0.1 (800 + f) = 100 and g + f = 60, f being turned away by the full queues as well: g = 15.6."""
    station = """{name: a, servers: 4, service_time: 0.04, strategy: shared-queue, queue_limit: 5,
      gate: {rate: 60, burst: 5, reject_cost: 0.1}}"""
    found = run("{arrival_rate: 860}", station)
    assert found["throughput"] == pytest.approx(14 / 0.9, rel=0.03)
    assert found["throughput"] + found["errors"]["full"] / found["duration"] == pytest.approx(60, rel=0.01)


@pytest.mark.parametrize(("multiple", "tolerance"), [(2, 0.03), (1.1, 0.03)])
def test_clients_that_throttle_themselves_spare_the_backend(multiple, tolerance):
    station = "{name: a, service_time: 0.01, queue_limit: 30, gate: {reject_cost: 0.1}}"
    found = run(f"{{arrival_rate: 500, throttle: {multiple}}}", station, duration=1200, warm_up=600)
    asked = (found["answered"] + found["errors"]["full"]) / found["duration"]
    goodput = theory.throttled_goodput(100, 0.1, multiple)
    assert found["throughput"] == pytest.approx(goodput, rel=tolerance)
    assert asked == pytest.approx(multiple * goodput, rel=tolerance)


def test_without_a_cost_a_throttled_backend_sees_a_multiple_of_what_it_can_do():
    station = "{name: a, service_time: 0.01, queue_limit: 30}"
    for multiple in (2, 1.1):
        found = run(f"{{arrival_rate: 500, throttle: {multiple}}}", station, duration=1200, warm_up=600)
        asked = (found["answered"] + found["errors"]["full"]) / found["duration"]
        assert asked == pytest.approx(theory.client_throttle(500, 100, multiple), rel=0.03)


SHED = """classes:
  - {name: premium, share: 0.1, priority: 0}
  - {name: free, share: 0.9, priority: 1, queue: {a: 0.5}}"""


def test_free_requests_are_shed_before_premium_ones():
    station = "{name: a, service_time: 0.01, queue_limit: 40}"
    found = run("{arrival_rate: 500}", station, more=SHED)
    assert found["classes"]["premium"]["error_rate"] <= 0.01
    assert found["classes"]["free"]["error_rate"] == pytest.approx(1 - 50 / 450, rel=0.02)
    equal = run("{arrival_rate: 500}", station, more=SHED.replace(", queue: {a: 0.5}", ""))
    assert equal["classes"]["premium"]["error_rate"] == pytest.approx(0.8, abs=0.02)


def test_shedding_and_throttling_together_keep_the_goodput_and_the_premium_class():
    """Five times the load, a rejection costs a tenth of a request: the challenge of the lesson on shedding."""
    station = "{name: a, service_time: 0.01, queue_limit: 40, discipline: priority, gate: {reject_cost: 0.1}}"
    found = run("{arrival_rate: 500, throttle: 1.5}", station, more=SHED, duration=1200, warm_up=600)
    assert found["throughput"] >= 85
    assert found["classes"]["premium"]["error_rate"] <= 0.01
    alone = run("{arrival_rate: 500}", station, more=SHED)
    assert alone["throughput"] == pytest.approx(55.6, rel=0.03)


@pytest.mark.parametrize(("reuse", "expected"), [(0.0, 0.96), (0.9, 0.816), (0.99, 0.8016)])
def test_tls_handshakes_at_the_servers_use_them_and_at_the_balancer_do_not(reuse, expected):
    """80 requests/s per server of 10 ms; a handshake is 2 ms of work."""
    found = {}
    for where in ("none", "balancer", "servers"):
        tls = f"{{at: {where}, handshake: 0.002, reuse: {reuse}}}"
        station = f"{{name: a, servers: 4, service_time: 0.01, strategy: random, tls: {tls}}}"
        found[where] = run("{arrival_rate: 320}", station, duration=2000)
    assert found["servers"]["utilisation"] == pytest.approx(expected, rel=0.01)
    assert found["balancer"]["utilisation"] == pytest.approx(0.8, rel=0.01)
    mean = found["none"]["mean_response_time"] + 0.002 * (1 - reuse)
    assert found["balancer"]["mean_response_time"] == pytest.approx(mean, rel=0.005)  # it still takes its time
    handshakes = found["servers"]["stations"]["a"]["handshake_share"]
    assert handshakes == pytest.approx(expected - 0.8, rel=0.05)


def test_path_routing_frees_short_requests_from_long_ones():
    """144 API requests/s of 5 ms and 16 reports/s of 100 ms on four servers: mixed, or one for the API and three for reports."""
    mixed = """classes:
  - {name: api, share: 0.9}
  - {name: reports, share: 0.1, service: {a: 20}}"""
    together = run(
        "{arrival_rate: 160}", "{name: a, servers: 4, service_time: 0.005, strategy: random}", more=mixed, duration=6000
    )
    assert together["classes"]["api"]["mean_response_time"] == pytest.approx(0.102381, rel=0.03)
    assert together["classes"]["reports"]["mean_response_time"] == pytest.approx(0.197381, rel=0.03)
    routed = """classes:
  - {name: api, share: 0.9, enters: a}
  - {name: reports, share: 0.1, enters: b}"""
    stations = ("{name: a, service_time: 0.005}", "{name: b, servers: 3, service_time: 0.1, strategy: random}")
    apart = run("{arrival_rate: 160}", *stations, more=routed, duration=6000)
    assert apart["classes"]["api"]["mean_response_time"] == pytest.approx(1 / (200 - 144), rel=0.03)
    assert apart["classes"]["reports"]["mean_response_time"] == pytest.approx(0.1 / (1 - 16 / 3 * 0.1), rel=0.04)


FAULTS = """faults:
  - {name: zombie, label: Zombie, target: a}
  - {name: stop, label: Stop, target: a}"""


def ejecting(servers=4, after=3, time=2, interval=1000):
    station = f"""{{name: a, servers: {servers}, service_time: 0.001, strategy: round-robin, boot_time: 0.5,
      ejection: {{after: {after}, time: {time}}}, health_check: {{interval: {interval}}}}}"""
    return scenario("{arrival_rate: 40, arrivals: deterministic}", station, more=FAULTS)


def test_a_server_that_answers_with_errors_is_left_out_and_tried_again():
    rows = trace(ejecting(), 9, Change(1.0, "zombie.2", True), Change(6.0, "zombie.2", False))
    left = rows[rows["kind"] == LEFT_ROTATION]
    back = rows[(rows["kind"] == JOINED_ROTATION) & (rows["t"] > 0)]
    assert set(left["server"].tolist()) == set(back["server"].tolist()) == {1}
    assert (back["t"] - left["t"]).tolist() == [2_000_000] * len(left)
    failed = rows[(rows["reason"] == 3)]["t"]
    for at, until in zip(left["t"], [*left["t"][1:], 9_000_000], strict=True):
        assert sum((failed <= at) & (failed > at - 1_000_000)) == 3  # every time three failures, no more
        assert until - at >= 2_000_000
    assert 2 <= len(left) <= 3


@pytest.mark.parametrize(("until", "ejected"), [(1.2, 0), (1.4, 1)])
def test_a_good_answer_in_between_starts_the_count_anew(until, ejected):
    """Ten requests a second come to the server: three fail from 1 s on, or two do, and two more after a good one."""
    changes = (Change(1.0, "zombie.2", True), Change(until, "zombie.2", False), Change(until + 0.1, "zombie.2", True))
    again = Change(until + 0.28, "zombie.2", False)
    rows = trace(ejecting(), 3, *changes, again)
    assert (rows["reason"] == 3).sum() >= 4 - ejected
    assert (rows["kind"] == LEFT_ROTATION).sum() == ejected


def test_a_refused_connection_counts_and_the_last_server_stays():
    stopped = [Change(1.0 + n / 10, f"stop.{n + 1}", True) for n in range(4)]
    rows = trace(ejecting(time=100), 4, *stopped)
    left = rows[rows["kind"] == LEFT_ROTATION]["server"].tolist()
    assert sorted(left) == sorted(set(left))
    assert len(left) == 3
    refused = rows[(rows["kind"] == DROP) & (rows["t"] > 3_000_000)]
    assert len(refused) == pytest.approx(40, abs=1)
    assert set(refused["server"].tolist()) == set(range(4)) - set(left)


def test_an_ejected_server_is_not_let_in_by_a_probe():
    rows = trace(ejecting(interval=0.1), 4.9, Change(1.0, "zombie.2", True))
    left = rows[rows["kind"] == LEFT_ROTATION]["t"]
    back = rows[(rows["kind"] == JOINED_ROTATION) & (rows["t"] > 0)]["t"]
    assert (back[0] - left[0]) >= 2_000_000


@pytest.mark.parametrize("name", ["sharding", "shedding"])
def test_the_scenarios_open(name):
    assert load_scenario(name).describe()["controls"]
