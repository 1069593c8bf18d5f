"""Databases against closed forms: replicas that apply every write, stale reads, shards and hot keys, failover; and the
calls that lead to them: pools of connections and workers that wait."""

import numpy as np
import pytest

from simulator import Change, Experiment, Run, parse_scenario, simulate, theory
from simulator.engine.codes import REASONS
from simulator.run import proceed
from simulator.state import fresh, scratch


def database(
    rate=100, *, shards=1, replicas=0, writes=0.2, lag=0.0, pin=0.0, failover=2.0, strategy="random", service=0.001, workers=1,
    objects=None, exponent=1.0, clients=1000, cv2=1, most=(1, 0), extra="",
):  # fmt: skip
    catalogue = f"objects: {{count: {objects}, exponent: {exponent}}}" if objects else ""
    controls = ""
    if most != (1, 0):
        controls = f"""
        controls:
          - {{name: servers, label: Shards, minimum: 1, maximum: {most[0]}}}
          - {{name: replicas, label: Replicas, minimum: 0, maximum: {most[1]}}}"""
    return parse_scenario(f"""
        name: database
        title: Database
        clients: {{arrival_rate: {rate}, clients: {clients}}}
        {catalogue}
        stations:
          - name: database
            kind: database
            servers: {shards}
            workers: {workers}
            service_time: {service}
            variability: {cv2}
            strategy: {strategy}
            boot_time: 0.1
            health_check: {{interval: 0.1}}
            database: {{replicas: {replicas}, write_share: {writes}, lag: {lag}, pin_own_reads: {pin}, failover_time: {failover}}}
        {controls}
        faults:
          - {{name: stop, label: Stop, target: database}}
        {extra}
    """)


def state_after(scenario, seconds, timeline=(), seed=3):
    state = fresh(scenario, seed, windowed=False)
    proceed(state, Experiment(scenario, seed, timeline), round(seconds * 1e6), scratch())
    return state[0]


@pytest.mark.parametrize(
    ("writes", "nodes", "gain"), [(0.2, 5, 2.7777778), (0.2, 10, 3.5714286), (0.05, 10, 6.8965517), (0.2, 7, 3.18)]
)
def test_replicas_add_less_than_themselves_because_each_applies_every_write(writes, nodes, gain):
    """Capacity is what a node carries / the utilisation of each: every node is as busy as the formula says."""
    assert theory.replicas(writes, nodes)["capacity"] == pytest.approx(gain, rel=0.001)
    rate = 500.0
    scenario = database(rate, replicas=nodes - 1, writes=writes, service=0.001)
    found = simulate(Experiment(scenario, 3), 600, 10)["stations"]["database"]
    for server in found["servers"]:
        assert rate * 0.001 / server["utilisation"] == pytest.approx(gain, rel=0.02)


@pytest.mark.parametrize("strategy", ["random", "round-robin", "least-connections", "two-choices"])
def test_ten_nodes_carry_just_below_their_capacity_and_not_more(strategy):
    """1000 q/s a node, 20 % writes: 3571 q/s."""
    below = simulate(Experiment(database(3571 * 0.95, replicas=9, strategy=strategy), 3), 60, 5)
    above = simulate(Experiment(database(3571 * 1.1, replicas=9, strategy=strategy), 3), 60, 5)
    assert below["error_rate"] == 0
    assert below["mean_response_time"] < 0.05
    assert above["mean_response_time"] > 0.2


@pytest.mark.parametrize(("writes", "lag", "stale"), [(1, 0.1, 0.0951626), (5, 0.1, 0.3934693)])
def test_reads_of_replicas_are_stale_by_the_lag(writes, lag, stale):
    assert theory.stale_read(writes, lag) == pytest.approx(stale, rel=1e-6)
    scenario = database(100, replicas=3, writes=writes / 100, lag=lag, service=0.0001, workers=8)
    run = state_after(scenario, 8000)["stations"][0]
    at_replicas = run["reads"] * 3 / 4
    assert run["writes"] / 8000 == pytest.approx(writes, rel=0.04)
    assert run["stale"] / at_replicas == pytest.approx(stale, rel=0.03)


def test_staleness_is_per_object():
    """Two objects alike, each written 1 time a second: as stale as one object that is."""
    run = state_after(database(200, replicas=3, writes=0.01, lag=0.1, service=0.0001, objects=2, exponent=0), 4000)["stations"][0]
    assert run["stale"] / (run["reads"] * 3 / 4) == pytest.approx(0.0951626, rel=0.04)


def test_pinning_own_reads_to_the_primary_for_the_lag_ends_own_stale_reads():
    free = state_after(database(500, replicas=3, lag=0.5, clients=50), 100)["stations"][0]
    pinned = state_after(database(500, replicas=3, lag=0.5, pin=0.5, clients=50), 100)["stations"][0]
    short = state_after(database(500, replicas=3, lag=0.5, pin=0.1, clients=50), 100)["stations"][0]
    # a client reads λ(1−w)/50 = 8 times a second, and at replicas within half a second of its last write
    within = 1 - np.exp(-500 * 0.2 / 50 * 0.5)
    assert free["own_stale"] / (free["reads"] * 3 / 4) == pytest.approx(within, rel=0.05)
    assert pinned["own_stale"] == 0
    assert 0 < short["own_stale"] < free["own_stale"]
    assert pinned["stale"] > 0  # others' writes are still missed


def test_every_replica_applies_every_write_after_the_lag():
    scenario = database(50, replicas=2, writes=1, lag=1.0, service=0.0001, cv2=0)
    run = state_after(scenario, 100)
    busy = run["servers"]["area"][:3] / 100  # µs of work per write
    written = int(run["stations"]["writes"][0])
    assert busy[0] == written
    assert busy[1] == busy[2]
    assert written - busy[1] == pytest.approx(50, abs=25)  # those of the last second are on their way
    background = run["calls"][: int(run["calls_high"])]
    assert (background[background["state"] > 0]["background"] == 1).sum() == 2 * (written - busy[1])


def test_writes_are_the_same_requests_whatever_the_setting():
    some = state_after(database(500, replicas=0), 20)["stations"]["writes"][0]
    more = state_after(database(500, replicas=5, strategy="least-connections", shards=2, objects=10), 20)["stations"]["writes"][0]
    assert abs(int(some) - int(more)) <= 3  # one or two are still in a queue


def test_classes_say_what_they_write():
    classes = """
        classes:
          - {name: browse, share: 0.7, writes: false}
          - {name: buy, share: 0.3, writes: true}
    """
    run = state_after(database(500, replicas=1, extra=classes), 40)["stations"][0]
    assert run["writes"] / (run["reads"] + run["writes"]) == pytest.approx(0.3, abs=0.01)


def test_a_failover_refuses_writes_until_a_replica_takes_over():
    scenario = database(1000, replicas=2, writes=0.5, failover=2.0, service=0.0001)
    gone = (Change(10, "stop.1", True),)
    found = simulate(Experiment(scenario, 3, gone), 20)
    # 2 s of writes, and reads at the dead node until two checks have failed
    assert found["errors"]["refused"] == pytest.approx(1000 * 0.5 * 2 + 1000 * 0.5 / 3 * 0.15, rel=0.06)
    assert state_after(scenario, 11.9, gone)["stations"]["primaries"][0][0] == -1
    assert state_after(scenario, 12.1, gone)["stations"]["primaries"][0][0] == 1
    back = (*gone, Change(11, "stop.1", False))  # back before the failover is over, and then in charge again
    assert state_after(scenario, 11.9, back)["stations"]["primaries"][0][0] == -1
    assert state_after(scenario, 12.1, back)["stations"]["primaries"][0][0] == 0


def test_a_shard_whose_members_are_all_down_waits_for_one_of_them():
    scenario = database(1000, replicas=1, writes=1, failover=0.5, service=0.0001)
    gone = (Change(1, "stop.1", True), Change(1, "stop.2", True), Change(4, "stop.2", False))
    found = simulate(Experiment(scenario, 3, gone), 6)
    assert found["errors"]["refused"] == pytest.approx(3100 + 150, rel=0.06)  # up at 4.1 s, trusted after two checks
    assert state_after(scenario, 6, gone)["stations"]["primaries"][0][0] == 1


def test_the_hottest_key_bounds_its_shard():
    """Zipf(1) of 10,000 keys: 10.2 % are for one key, so no number of shards gives more than 9.79 times one shard."""
    assert theory.hot_key(10_000, 1.0)["most"] == pytest.approx(9.787606, rel=1e-6)
    for shards in (10, 50):
        scenario = database(1000, shards=shards, objects=10_000, service=0.0001)
        found = simulate(Experiment(scenario, 3), 200)["stations"]["database"]["servers"]
        hottest = max(server["share"] for server in found)
        assert 1 / hottest < 9.7877  # with the hot key come others: the bound is not reached
        assert hottest < 0.1022 + 3 / shards


def test_shards_and_replicas_come_and_go():
    scenario = database(1000, shards=2, replicas=1, objects=100, exponent=0, most=(6, 3), service=0.0001)
    changes = (
        Change(1, "replicas", 3), Change(2, "servers", 6), Change(3, "stop.1", True), Change(4, "replicas", 0),
        Change(5, "servers", 2), Change(6, "stop.1", False), Change(7, "replicas", 2), Change(8, "servers", 1),
    )  # fmt: skip
    sizes = [(0.5, 4), (1.5, 8), (2.5, 24), (4.5, 6), (5.5, 2), (7.5, 6), (8.5, 3)]
    for at, members in sizes:
        run = state_after(scenario, at, changes)
        assert run["servers"]["present"].sum() == members
    assert run["arrivals"] == run["answered"] + run["failed"] + run["number"]
    assert run["errors"][REASONS.index("full")] == 0
    last = simulate(Experiment(scenario, 3, changes), 1, 9)
    assert last["error_rate"] == 0


def test_any_slicing_gives_the_same_run():
    scenario = database(
        1000, shards=2, replicas=2, lag=0.2, pin=0.1, objects=100, most=(3, 2), failover=0.5, strategy="two-choices"
    )
    changes = (Change(1, "stop.1", True), Change(1.5, "servers", 3), Change(2.5, "stop.1", False), Change(3, "replicas", 1))
    experiment = Experiment(scenario, 5, changes)
    ends = []
    for stops in ((4,), (0.3, 1.0, 1.7, 2.2, 2.9, 4)):
        run = Run(experiment)
        for stop in stops:
            run.advance(stop)
        ends.append(run.checkpoint())
    middle = Run(experiment)
    middle.advance(1.3)
    resumed = Run.resume(experiment, middle.checkpoint())
    resumed.advance(4)
    assert ends[0] == ends[1] == resumed.checkpoint()


def test_a_database_takes_strategies_that_know_groups():
    with pytest.raises(ValueError, match="a database's reads are spread by"):
        database(strategy="shared-queue")


# ---- what leads to a database: nested calls and pools of connections


def calling(rate, app, *, service=0.01, cv2=1, tail=""):
    return parse_scenario(f"""
        name: calling
        title: Calling
        clients: {{arrival_rate: {rate}}}
        stations:
          - {{name: app, queue_limit: 1000000, {app}}}
          - {{name: database, service_time: {service}, variability: {cv2}, queue_limit: 1000000{tail}}}
    """)


def test_a_worker_is_held_while_its_call_waits_for_the_answer():
    """One worker: the caller and its callee are one server whose time is the sum, two exponential stages (M/G/1)."""
    found = simulate(Experiment(calling(40, "service_time: 0.01, calls: [database]"), 3), 20_000, 100)
    variability = 0.5  # of the sum of two equal exponential times
    assert found["stations"]["app"]["utilisation"] == pytest.approx(0.8, rel=0.01)
    assert found["stations"]["database"]["utilisation"] == pytest.approx(0.4, rel=0.01)
    assert found["mean_response_time"] == pytest.approx(theory.mg1(40, 0.02, variability)["mean_response_time"], rel=0.03)


def test_a_worker_that_is_let_go_leaves_a_tandem():
    """Not held: two queues in a row, each M/M/1 (Jackson)."""
    found = simulate(Experiment(calling(80, "service_time: 0.01, calls: [database], holds_worker: false"), 3), 10_000, 200)
    assert found["mean_response_time"] == pytest.approx(0.1, rel=0.03)
    assert found["stations"]["app"]["utilisation"] == pytest.approx(0.8, rel=0.01)


def test_a_pool_of_one_connection_makes_one_server_of_many():
    """50 workers at the database behind one connection: the database is M/M/1 to its callers, who wait in front of it."""
    app = "service_time: 0.00001, variability: 0, workers: 64, discipline: delay, pool: 1, calls: [database]"
    found = simulate(Experiment(calling(80, app, tail=", workers: 50"), 3), 10_000, 100)
    assert found["mean_response_time"] == pytest.approx(0.05, rel=0.03)
    assert found["stations"]["database"]["mean_waiting_time"] == 0
    assert found["stations"]["database"]["utilisation"] == pytest.approx(0.8 / 50, rel=0.02)


def test_a_pool_of_four_is_mmc():
    app = "service_time: 0.00001, variability: 0, workers: 64, discipline: delay, pool: 4, calls: [database]"
    found = simulate(Experiment(calling(320, app, tail=", workers: 50"), 3), 3_000, 100)
    assert found["mean_response_time"] == pytest.approx(0.0174554, rel=0.03)


def test_two_visits_ask_twice_and_a_round_trip_counts_for_each():
    app = "service_time: 0.01, variability: 0, workers: 64, calls: [database], visits: 2"
    found = simulate(Experiment(calling(1, app, cv2=0, tail=", workers: 64, asked: {round_trip_time: 0.004}"), 3), 300)
    assert found["mean_response_time"] == pytest.approx(0.01 + 2 * (0.01 + 0.004), abs=2e-6)
    assert found["stations"]["database"]["arrivals"] == pytest.approx(2 * found["arrivals"], abs=2)


@pytest.mark.parametrize(
    ("rate", "rates", "mean", "p99"), [(50, (200, 100, 60), 0.1266667, 0.4897307), (80, (200, 100, 120), 0.0833333, 0.2739012)]
)
def test_a_row_of_queues_is_a_jackson_tandem(rate, rates, mean, p99):
    stations = "".join(
        f"\n          - {{name: s{n}, service_time: {1 / mu}, queue_limit: 1000000{f', then: s{n + 1}' if n < 2 else ''}}}"
        for n, mu in enumerate(rates)
    )
    scenario = parse_scenario(f"""
        name: tandem
        title: Tandem
        clients: {{arrival_rate: {rate}}}
        stations:{stations}
    """)
    found = simulate(Experiment(scenario, 3), 1_000_000 / rate, 20_000 / rate)
    assert found["mean_response_time"] == pytest.approx(mean, rel=0.03)
    assert found["p99"] == pytest.approx(p99, rel=0.06)
    assert found["mean_number_in_system"] == pytest.approx(rate * mean, rel=0.03)
    most = max(station["utilisation"] for station in found["stations"].values())
    assert rate / most == pytest.approx(theory.bottleneck([1 / mu for mu in rates]), rel=0.01)
