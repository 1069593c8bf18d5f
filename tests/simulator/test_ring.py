"""Keys on rings: how uneven the shares are, what a change of members moves, and what it leaves alone."""

import numpy as np
import pytest

from simulator import Change, ScenarioError, simulate, theory
from simulator.engine.codes import JOIN
from simulator.experiment import Experiment
from tests.simulator.watched import record, scenario, trace

SERVERS = "{{name: servers, label: Maximum, minimum: 1, maximum: {}, step: 1}}"


def ring(
    members,
    points,
    strategy="consistent-hash",
    *,
    most=None,
    by="object",
    count=10_000,
    more="",
    exponent=0,
    rate=50,
    clients=2000,
):
    controls = f"objects: {{count: {count}, exponent: {exponent}}}\ncontrols:\n  - " + SERVERS.format(most or members + 1) + more
    station = f"""{{name: servers, servers: {members}, service_time: 0.001, strategy: {strategy}, hash_by: {by},
      virtual_nodes: {points}, boot_time: 1, health_check: {{interval: 0.2}}}}"""
    return scenario(f"{{arrival_rate: {rate}, clients: {clients}}}", station, more=controls)


def database(shards, placement, points=100, *, bound=1.25, count=10_000, exponent=1.0):
    controls = f"objects: {{count: {count}, exponent: {exponent}}}\ncontrols:\n  - " + SERVERS.format(shards + 1)
    station = f"""{{name: servers, kind: database, servers: {shards}, service_time: 0.001, virtual_nodes: {points},
      load_bound: {bound}, database: {{placement: {placement}}}}}"""
    return scenario("{arrival_rate: 1, clients: 10}", station, more=controls)


def points_of(run):
    station = run["stations"][0]
    return run["ring"][int(station["ring"]) : int(station["ring"]) + int(station["ring_used"])]


def shares(run, members):
    """What part of the circle belongs to each of the first members: an arc belongs to the point at its end.

    The points of servers that are not there are passed over.
    """
    points = points_of(run)
    points = points[points["server"] < members]
    places = points["place"].astype(np.float64) / 2.0**64
    arcs = np.diff(places, prepend=places[-1] - 1.0)
    return np.bincount(points["server"], weights=arcs, minlength=members)


@pytest.mark.parametrize(("members", "points"), [(10, 1), (10, 100), (4, 50)])
def test_shares_of_random_rings_are_as_uneven_as_a_beta_law(members, points):
    pool = ring(members, points)
    squares, largest = [], []
    for seed in range(300):
        found = shares(record(pool, 0.001, seed=seed), members) * members
        squares.append(np.mean((found - 1) ** 2))
        largest.append(found.max())
    expected = theory.consistent_hash(members, points)
    assert np.sqrt(np.mean(squares)) == pytest.approx(expected["cv"], rel=0.06)
    if points == 1:
        assert np.mean(largest) == pytest.approx(expected["max_over_mean_one_point"], rel=0.06)


def test_a_ring_is_in_order_and_holds_every_copy_once():
    run = record(ring(10, 100), 0.001)
    points = points_of(run)
    assert len(points) == 11 * 100
    assert (np.diff(points["place"].astype(np.float64)) >= 0).all()
    assert np.bincount(points["server"]).tolist() == [100] * 11


@pytest.mark.parametrize(("strategy", "expected", "tolerance"), [("consistent-hash", 1 / 11, 0.04), ("hash", 10 / 11, 0.01)])
def test_an_eleventh_server_moves_one_key_in_eleven_on_a_ring_and_ten_by_modulo(strategy, expected, tolerance):
    change = Change(0.5, "servers", 11)
    moved = [float(record(ring(10, 100, strategy), 2.0, change, seed=seed)["stations"][0]["moved"]) for seed in range(20)]
    assert np.mean(moved) == pytest.approx(expected, rel=tolerance)


@pytest.mark.parametrize(("placement", "expected"), [("ring", 1 / 11), ("mod", 10 / 11)])
def test_an_eleventh_shard_moves_as_much_and_at_once(placement, expected):
    change = Change(0.5, "servers", 11)
    moved = [float(record(database(10, placement), 0.6, change, seed=seed)["stations"][0]["moved"]) for seed in range(20)]
    assert np.mean(moved) == pytest.approx(expected, rel=0.04)


def test_several_servers_that_join_at_once_are_one_change():
    moved = [
        float(record(ring(10, 100, most=20), 2.0, Change(0.5, "servers", 20), seed=seed)["stations"][0]["moved"])
        for seed in range(10)
    ]
    assert np.mean(moved) == pytest.approx(1 / 2, rel=0.04)


def test_other_virtual_nodes_make_another_ring_that_keeps_its_old_points():
    more = "\n  - {name: virtual_nodes, label: Points, minimum: 1, maximum: 500}"
    pool = ring(10, 1, more=more)
    before, after = record(pool, 0.001), record(pool, 1.0, Change(0.5, "virtual_nodes", 100))
    assert len(points_of(before)) == 11
    assert len(points_of(after)) == 1100
    assert set(points_of(before)["place"].tolist()) <= set(points_of(after)["place"].tolist())
    assert 0.5 < float(after["stations"][0]["moved"]) < 0.95  # with other arcs most keys have another owner; 1/10 stay by chance
    back = record(pool, 2.0, Change(0.5, "virtual_nodes", 100), Change(1.5, "virtual_nodes", 1))
    assert points_of(back).tolist() == points_of(before).tolist()


def where_clients_go(rows):
    joins = rows[rows["kind"] == JOIN]
    return {(int(row["client"]), int(row["server"])) for row in joins}


@pytest.mark.parametrize("strategy", ["hash", "consistent-hash"])
def test_a_client_always_meets_the_same_server(strategy):
    pool = ring(5, 50, strategy, by="client", rate=2000)
    pairs = where_clients_go(trace(pool, 0.6))
    assert len(pairs) == len(dict(pairs))
    assert len(pairs) > 800
    assert {server for _, server in pairs} == set(range(5))


def test_only_the_clients_of_a_stopped_server_move_and_they_come_back():
    faults = "\nfaults:\n  - {name: stop, label: Stop, target: servers}"
    pool = ring(5, 50, by="client", more=faults, rate=150, clients=150)
    rows = trace(pool, 6.0, Change(2.0, "stop.3", True), Change(3.0, "stop.3", False))
    joined = rows[rows["kind"] == JOIN]
    before = dict(where_clients_go(joined[joined["t"] < 2_000_000]))
    without = dict(where_clients_go(joined[(joined["t"] > 2_500_000) & (joined["t"] < 3_900_000)]))
    again = dict(where_clients_go(joined[joined["t"] > 5_000_000]))
    both = before.keys() & without.keys()
    assert {client for client in both if before[client] != without[client]} == {c for c in both if before[c] == 2}
    assert sum(before[client] == 2 for client in both) > 10
    both = before.keys() & again.keys()
    assert all(before[client] == again[client] for client in both)


def test_the_most_popular_key_bounds_what_shards_can_do():
    """Zipf's law with exponent 1 and 10,000 keys: the first has 10.2 % of all requests."""
    count = 10_000
    top = 1 / sum(1 / i for i in range(1, count + 1))
    assert top == pytest.approx(0.102, abs=0.0005)
    found = simulate(Experiment(ring(50, 100, exponent=1, rate=2000), 3), 100, warm_up=1)
    busiest = max(server["share"] for server in found["stations"]["servers"]["servers"])
    assert busiest >= top * 0.97
    assert busiest * 50 > 4  # times the mean, however many servers


@pytest.mark.parametrize("members", [5, 10])
def test_a_bounded_placement_keeps_every_shard_within_its_bound(members):
    for seed in range(10):
        run = record(database(members, "bounded-ring"), 0.001, seed=seed)
        loads = run["servers"]["key_load"][:members]
        assert loads.sum() == pytest.approx(1)
        assert loads.max() * members <= 1.25 + 1e-9
        assert (np.bincount(run["objects"]["owner"][:10_000], minlength=members) > 0).all()


def test_a_bounded_placement_moves_little_more_than_a_ring_when_a_shard_is_added():
    change = Change(0.5, "servers", 11)
    moved = []
    for seed in range(20):
        run = record(database(10, "bounded-ring"), 0.6, change, seed=seed)
        assert run["servers"]["key_load"][:11].max() * 11 <= 1.25 + 1e-9
        moved.append(float(run["stations"][0]["moved"]))
    assert 1 / 11 * 0.9 < np.mean(moved) < 0.25


def test_what_moved_is_measured():
    found = simulate(Experiment(ring(10, 100), 4, (Change(0.5, "servers", 11),)), 10)
    assert found["stations"]["servers"]["moved_keys"] == pytest.approx(1 / 11, rel=0.3)  # one ring, where 1/11 is the mean


def test_slices_do_not_change_where_keys_are():
    changes = (Change(0.5, "servers", 11), Change(0.9, "servers", 8), Change(1.2, "servers", 10))
    one = record(ring(10, 100), 3.0, *changes)
    other = record(ring(10, 100), 3.0, *changes, stops=(0.3, 0.5, 0.7, 1.3, 1.6, 2.4))
    assert one["stations"][0]["moved"] == other["stations"][0]["moved"]
    assert (one["servers"]["sent"] == other["servers"]["sent"]).all()


def test_a_second_bounded_database_and_keys_without_objects_are_refused():
    one, two = (f"{{name: {name}, kind: database, servers: 2, database: {{placement: bounded-ring}}}}" for name in "ab")
    with pytest.raises(ScenarioError, match="only one database may have the placement bounded-ring, not a and b"):
        scenario("{arrival_rate: 1}", one, two, more="objects: {count: 10}")
    choice = """controls:
  - {name: hash_by, label: By, choices: [[client, Client], [object, Object]]}"""
    with pytest.raises(ScenarioError, match="a places keys on servers: the scenario needs `objects`"):
        scenario("{arrival_rate: 1}", "{name: a, servers: 2, strategy: hash}", more=choice)
