"""Caches against closed forms: Che's approximation, times to live, PoPs and their shield, stampedes and what stops them."""

import math

import pytest

from simulator import Change, Experiment, Run, parse_scenario, simulate, theory
from simulator.run import proceed
from simulator.state import fresh, scratch

FAST = "service_time: 0.00001, variability: 0, workers: 64, discipline: delay, queue_limit: 1000000"


def caching(rate, cache, *, objects=1, exponent=1.0, pops=1, fetch=0.00001, variability=0, extra="", between="", calls="origin"):
    return parse_scenario(f"""
        name: caching
        title: Caching
        clients: {{arrival_rate: {rate}, clients: 4000}}
        objects: {{count: {objects}, exponent: {exponent}}}
        stations:
          - {{name: edge, kind: edge, servers: {pops}, strategy: random, {FAST}, calls: [{calls}], boot_time: 0.01,
             cache: {{{cache}}}}}
          {between}
          - {{name: origin, service_time: {fetch}, variability: {variability}, discipline: delay, strategy: random}}
        controls:
          - {{name: capacity, station: edge, label: Places, minimum: 0, maximum: 10000}}
          - {{name: servers, station: edge, label: PoPs, minimum: 1, maximum: {max(pops, 2)}}}
        faults:
          - {{name: purge, label: Purge, target: edge}}
          - {{name: stop, label: Stop, target: edge}}
        {extra}
    """)


def at_edge(scenario, duration, warm_up=0.0, *, timeline=(), seed=3):
    return simulate(Experiment(scenario, seed, timeline), duration, warm_up)["stations"]["edge"]


def state_after(scenario, seconds, timeline=(), seed=3):
    state = fresh(scenario, seed, windowed=False)
    proceed(state, Experiment(scenario, seed, timeline), round(seconds * 1e6), scratch())
    return state[0]


@pytest.mark.parametrize(
    ("exponent", "places", "hit"), [(0.8, 100, 0.1566246), (0.8, 1000, 0.4366597), (1.0, 100, 0.3905255), (1.0, 1000, 0.6756018)]
)
def test_lru_follows_ches_approximation(exponent, places, hit):
    assert theory.lru(10_000, exponent, places)["hit_ratio"] == pytest.approx(hit, rel=1e-5)
    found = at_edge(caching(1000, f"policy: lru, capacity: {places}", objects=10_000, exponent=exponent), 400, 40)
    assert found["hit_ratio"] == pytest.approx(hit, rel=0.01)


def test_fifo_is_worse_than_lru_and_both_hold_no_more_than_their_places():
    ratios = {}
    for policy in ("lru", "fifo"):
        scenario = caching(1000, f"policy: {policy}, capacity: 100", objects=10_000)
        ratios[policy] = at_edge(scenario, 200, 20)["hit_ratio"]
        run = state_after(scenario, 5)
        assert run["servers"]["cached"][0] == 100
        assert (run["entries"]["expires"][:10_000] > 0).sum() == 100
    assert ratios["fifo"] < ratios["lru"] - 0.02


@pytest.mark.parametrize(
    ("rate", "renewing", "hit"), [(0.1, False, 0.5), (0.1, True, 0.6321206), (1, False, 0.9090909), (1, True, 0.9999546)]
)
def test_a_time_to_live_of_ten_seconds(rate, renewing, hit):
    scenario = caching(100 * rate, f"policy: ttl, ttl: 10, renewing: {str(renewing).lower()}", objects=100, exponent=0)
    found = at_edge(scenario, 5_000 / rate, 50 / rate)  # half a million requests for a hundred objects
    assert found["hit_ratio"] == pytest.approx(hit, rel=0.01)
    if renewing:
        assert 1 - found["hit_ratio"] == pytest.approx(1 - hit, rel=0.5 if rate == 1 else 0.02)


@pytest.mark.parametrize(
    ("pops", "lifetime", "origin"), [(1, 60, 98.8408), (5, 60, 226.2129), (20, 60, 358.9947), (20, 120, 291.2531)]
)
def test_more_pops_send_more_to_the_origin(pops, lifetime, origin):
    assert theory.ttl_pops(1000, pops, 10_000, 1, lifetime)["origin_rate"] == pytest.approx(origin, rel=1e-5)
    scenario = caching(1000, f"policy: ttl, ttl: {lifetime}", objects=10_000, pops=pops)
    assert at_edge(scenario, 600, 300)["fetches"] / 600 == pytest.approx(origin, rel=0.02)


@pytest.mark.parametrize(("lifetime", "origin"), [(60, 98.8408), (120, 60.9)])
def test_a_shield_brings_twenty_pops_back_to_one(lifetime, origin):
    shield = f"- {{name: shield, kind: edge, {FAST}, calls: [origin], cache: {{policy: ttl, ttl: {lifetime}}}}}"
    scenario = caching(1000, f"policy: ttl, ttl: {lifetime}", objects=10_000, pops=20, between=shield, calls="shield")
    found = simulate(Experiment(scenario, 3), 600, 300)
    assert theory.ttl_pops(1000, 1, 10_000, 1, lifetime)["origin_rate"] == pytest.approx(origin, rel=0.001)
    assert found["stations"]["origin"]["throughput"] == pytest.approx(origin, rel=0.02)
    assert found["stations"]["edge"]["fetches"] / 600 > 3 * origin


@pytest.mark.parametrize(("rate", "fetch", "expected"), [(100, 0.5, 51), (1000, 0.2, 201)])
def test_an_expiry_without_protection_is_a_stampede(rate, fetch, expected):
    assert theory.stampede(rate, fetch) == expected
    scenario = caching(rate, "policy: ttl, ttl: 5", fetch=fetch)
    cycles = 200  # the last of a stampede fills the entry anew when it began just before the first one was done
    found = at_edge(scenario, cycles * (5 + 2 * fetch) - 2)
    assert found["fetches"] / cycles == pytest.approx(expected, rel=0.02)
    most = state_after(scenario, 300)["stations"]["stampede"][0]
    assert expected < most < expected + 5 * math.sqrt(expected)


def test_single_flight_fetches_once_and_everybody_gets_the_answer():
    scenario = caching(1000, "policy: ttl, ttl: 5, protection: single-flight", fetch=0.2)
    found = simulate(Experiment(scenario, 3), 60 * 5.201)
    assert found["stations"]["edge"]["fetches"] == 60
    assert found["error_rate"] == 0
    assert found["stations"]["origin"]["arrivals"] == 60
    assert state_after(scenario, 300)["stations"]["stampede"][0] == 1
    assert found["mean_response_time"] == pytest.approx(0.2 / 5.201 * 0.2 / 2, rel=0.05)  # a share of them, half a fetch long


@pytest.mark.parametrize("beta", [0.5, 1.0, 2.0])
def test_early_expiry_refreshes_before_anybody_misses(beta):
    """Hits come at rate λ and refresh with probability e^(−s/(βR)), s before the end: e^(1/β) fetches per expiry on average."""
    scenario = caching(500, f"policy: ttl, ttl: 8, protection: early-expiry, early_beta: {beta}", fetch=0.2)
    edge = at_edge(scenario, 4000, 100)
    ahead = beta * 0.2 * (math.log(500 * beta * 0.2) + 0.5772)  # the first refresh begins so long before: a Gumbel law
    cycles = 4000 / (8 - ahead + 0.2)
    assert edge["fetches"] / cycles == pytest.approx(math.exp(1 / beta), rel=0.1)
    assert edge["hit_ratio"] > 0.9999


def test_a_fixed_hit_ratio_is_a_draw():
    scenario = caching(1000, "hit_ratio: 0.9")
    found = at_edge(scenario, 200)
    assert found["hit_ratio"] == pytest.approx(0.9, abs=0.003)
    assert found["fetches"] == pytest.approx(20_000, rel=0.03)


def test_the_same_requests_hit_whatever_the_servers_do():
    one = at_edge(caching(1000, "hit_ratio: 0.9"), 20)
    other = at_edge(caching(1000, "hit_ratio: 0.9", pops=2), 20)
    assert one["hit_ratio"] == other["hit_ratio"]


def test_a_purge_empties_every_server_and_they_fill_again():
    scenario = caching(1000, "policy: lru", objects=100, exponent=0, pops=2)
    before = state_after(scenario, 5)
    assert list(before["servers"]["cached"][:2]) == [100, 100]
    purged = Change(5, "edge.purge", True)
    assert state_after(scenario, 5.000001, (purged,))["servers"]["cached"][:2].sum() == 0
    after = state_after(scenario, 10, (purged,))
    assert list(after["servers"]["cached"][:2]) == [100, 100]
    assert after["servers"]["loads"][:2].sum() == 2 * before["servers"]["loads"][:2].sum() == 400


def test_a_stopped_server_loses_its_cache_and_the_others_keep_theirs():
    scenario = caching(1000, "policy: lru", objects=100, exponent=0, pops=2)
    gone = (Change(5, "edge.stop.1", True), Change(5.1, "edge.stop.1", False))
    assert list(state_after(scenario, 5.05, gone)["servers"]["cached"][:2]) == [0, 100]
    assert list(state_after(scenario, 30, gone)["servers"]["loads"][:2]) == [200, 100]


def test_fewer_places_are_emptied_at_once():
    scenario = caching(1000, "policy: lru, capacity: 100", objects=1000)
    run = state_after(scenario, 5.000001, (Change(5, "edge.capacity", 10),))
    assert run["servers"]["cached"][0] == 10
    assert (run["entries"]["expires"][:1000] > 0).sum() == 10


def test_a_removed_server_comes_back_cold():
    scenario = caching(1000, "policy: lru", objects=100, exponent=0, pops=2)
    changes = (Change(5, "edge.servers", 1), Change(6, "edge.servers", 2))
    assert state_after(scenario, 6.000001, changes)["servers"]["cached"][1] == 0


def test_whoever_waits_for_a_fetch_that_fails_hears_of_it():
    """The only origin server stops while 200 requests wait for one fetch: all fail, and the next one fetches again."""
    scenario = caching(
        1000, "policy: ttl, ttl: 5, protection: single-flight", fetch=0.2, extra="""
          - {name: stop, label: Stop, target: origin}""",
    )  # fmt: skip
    gone = (Change(0.15, "stop.1", True), Change(0.16, "stop.1", False))
    run = state_after(scenario, 0.15, gone)
    waiting = int(run["number"])
    assert waiting > 100
    assert run["entries"]["fetching"][0] == 1
    run = state_after(scenario, 0.150001, gone)
    assert (run["failed"], run["number"], run["entries"]["fetching"][0]) == (waiting, 0, 0)
    run = state_after(scenario, 4, gone)
    assert run["number"] < 5
    assert run["entries"]["fetching"][0] == 0
    assert run["entries"]["waiters"][0] == 0


def test_a_cache_that_stops_while_it_fetches_leaves_nothing_behind():
    scenario = caching(500, "policy: ttl, ttl: 0.3, protection: single-flight", fetch=0.2, pops=2, objects=3)
    timeline = tuple(Change(0.05 + 0.11 * n, f"edge.stop.{1 + n % 2}", n % 4 < 2) for n in range(80))
    end = state_after(scenario, 12, timeline)
    used = int(end["calls_high"])
    inside = end["calls"][:used]["state"] > 0
    assert end["arrivals"] == end["answered"] + end["failed"] + end["number"]
    for e in range(6):
        leaders = inside & (end["calls"][:used]["fills"] == 1 + e)
        assert end["entries"]["fetching"][e] == leaders.sum()


def far_away(kilometres, handshakes, *, edge=None):
    """One client region and an origin (50 ms of work) so far north of it; fibre without detours; every connection new."""
    degrees = math.degrees(1 / 6371)
    edge_station = (
        ""
        if edge is None
        else f"""
          - {{name: edge, kind: edge, strategy: nearest, {FAST}, calls: [origin], cache: {{ttl: 60, policy: ttl}},
             places: [{{name: Edge, latitude: {edge * degrees - 50}, longitude: 0}}]}}"""
    )
    return parse_scenario(f"""
        name: far
        title: Far
        clients: {{arrival_rate: 1, handshake_round_trips: {handshakes}, new_connections: 1, path_inflation: 1,
                   regions: [{{name: here, share: 1, latitude: -50, longitude: 0}}]}}
        objects: {{count: 10000, exponent: 0}}
        stations:{edge_station}
          - {{name: origin, strategy: nearest, service_time: 0.05, variability: 0, workers: 64,
             places: [{{name: Origin, latitude: {(kilometres + (edge or 0)) * degrees - 50}, longitude: 0}}]}}
    """)


@pytest.mark.parametrize(
    ("kilometres", "handshakes", "first_byte"),
    [(100, 2, 0.053), (100, 3, 0.054), (5000, 2, 0.2), (5000, 3, 0.25), (10_000, 2, 0.35)],
)
def test_the_first_byte_takes_three_round_trips_with_tls_1_3_and_four_with_1_2(kilometres, handshakes, first_byte):
    found = simulate(Experiment(far_away(kilometres, handshakes), 1), 200)
    assert found["mean_response_time"] == pytest.approx(first_byte, abs=0.00001)


def test_an_edge_nearby_helps_even_when_it_has_to_fetch():
    found = simulate(Experiment(far_away(10_000, 2, edge=100), 1), 60)
    assert found["stations"]["edge"]["hit_ratio"] < 0.05
    assert found["p99"] == pytest.approx(0.153, rel=0.005)


@pytest.mark.parametrize("protection", ["none", "single-flight", "early-expiry"])
def test_any_slicing_gives_the_same_run(protection):
    scenario = caching(400, f"policy: lru, capacity: 20, ttl: 0.5, protection: {protection}", fetch=0.1, objects=60, pops=2)
    changes = (Change(1, "edge.purge", True), Change(2, "edge.stop.1", True), Change(2.5, "edge.stop.1", False))
    experiment = Experiment(scenario, 5, changes)
    whole, sliced = Run(experiment), Run(experiment)
    whole.advance(4)
    for stop in (0.3, 1.0, 1.7, 2.2, 2.9, 4):
        sliced.advance(stop)
    resumed = Run.resume(experiment, _played(experiment, 2.2).checkpoint())
    resumed.advance(4)
    assert whole.checkpoint() == sliced.checkpoint() == resumed.checkpoint()


def _played(experiment, until):
    run = Run(experiment)
    run.advance(until)
    return run


def test_a_cache_that_sends_on_is_refused():
    with pytest.raises(ValueError, match="needs `calls`"):
        parse_scenario("""
            name: wrong
            title: Wrong
            clients: {arrival_rate: 1}
            objects: {count: 10}
            stations:
              - {name: edge, kind: edge, then: origin}
              - {name: origin}
        """)
