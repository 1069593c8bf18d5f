"""What a simulation may cost: 60× plays, too much is refused with what would do, and nobody takes another's share."""

import orjson
import pytest

from lessons import purse as purses
from lessons.messages import Refused
from lessons.purse import BURST, DEAREST, HIT, OVERHEAD, REPLAY, Addresses, Purse, network, pay, reading
from lessons.stream import Shelf, Stream, affordable
from simulator import Change, Experiment, Run, parse_scenario
from tests.live.conftest import OPEN, SCENARIO, answered, change, plain, play, sent

BUSY = parse_scenario(
    """
name: busy
title: As much as the engine takes
clients: {arrival_rate: 20000}
stations: [{name: servers, servers: 50, workers: 8, service_time: 0.01}]
controls: [{name: arrival_rate, label: Arrival rate, minimum: 1, maximum: 20000, step: 1}]
"""
)


class Clock:
    """Wall time that a test moves."""

    def __init__(self, monkeypatch):
        self.now = 1000.0
        monkeypatch.setattr(purses.time, "monotonic", lambda: self.now)


@pytest.fixture
def clock(monkeypatch):
    return Clock(monkeypatch)


SEGMENT = 90.0  # seconds that the page asks for at 60×, every second and a half
FIRST = {**OPEN, "from": 0.0, "until": SEGMENT}


@pytest.mark.parametrize("rate", [480, 1000])
def test_sixty_times_plays_for_as_long_as_one_likes(clock, rate):
    stream, mine, address = Stream(SCENARIO, (), Shelf.empty()), Purse(), Addresses(2_500_000).purse("192.0.2.1")
    plan = stream.plan({**FIRST, "timeline": [[0, "arrival_rate", rate], [0, "spike", True]]})
    pay(plan.price, mine, address)
    for turn in range(1, 400):
        clock.now += 1.5
        price = OVERHEAD + plan.history.experiment.price(SEGMENT * (turn + 1), SEGMENT * turn)
        pay(price, mine, address)


def test_sixty_times_is_simulated():
    stream = Stream(SCENARIO, (), Shelf.empty())
    first = answered(stream, FIRST)
    assert first["totals"]["arrivals"] == pytest.approx(480 * SEGMENT, rel=0.02)
    assert answered(stream, play(SEGMENT, 2 * SEGMENT))["until"] == 2 * SEGMENT


def test_what_is_too_dear_is_refused_with_what_would_do():
    stream = Stream(BUSY, (), Shelf.empty())
    with pytest.raises(Refused) as refused:
        stream.plan(FIRST)
    said = refused.value.to_json()
    assert (said["code"], said["fatal"]) == ("too_expensive", False)
    assert said["longest"] == pytest.approx(DEAREST / 20_000)
    assert stream.plan({**OPEN, "until": said["longest"]}).requests <= DEAREST


def test_a_change_is_priced_with_what_it_changes():
    stream = Stream(BUSY, (Change(0.0, "arrival_rate", 1.0),), Shelf.empty())
    answered(stream, {"type": "open", "opening": True, "from": 0.0, "until": 60.0})
    with pytest.raises(Refused) as refused:
        stream.plan(change(30.0, "arrival_rate", 20_000, 90.0))
    assert refused.value.to_json()["longest"] == pytest.approx(25.0)
    assert stream.plan(change(30.0, "arrival_rate", 20_000, 54.9)).requests == pytest.approx(498_000)


@pytest.mark.parametrize(
    "timeline",
    [
        (),
        ((5.0, "arrival_rate", 1.0),),
        ((5.0, "arrival_rate", 1.0), (40.0, "arrival_rate", 9_000.0)),
        ((24.999, "arrival_rate", 2.0),),
    ],
)
def test_the_longest_segment_is_the_longest(timeline):
    experiment = Experiment(BUSY, 1, tuple(Change(*row) for row in timeline))
    longest = affordable(experiment, 0.5, DEAREST)
    assert experiment.price(0.5 + longest, 0.5) <= DEAREST
    assert longest == 600.0 or experiment.price(0.5 + longest + 0.002, 0.5) > DEAREST


def test_going_on_from_too_far_is_refused_and_a_long_resume_is_not():
    with pytest.raises(Refused, match="start it again") as refused:
        Stream(SCENARIO, (), Shelf.empty()).plan({**OPEN, "from": 43_000.0, "until": 43_001.0})
    assert refused.value.code == "too_expensive"
    plan = Stream(SCENARIO, (), Shelf.empty()).plan({**OPEN, "from": 3_600.0, "until": 3_601.0})
    assert 1_700_000 < plan.replay < REPLAY < BURST


def test_what_is_there_already_costs_next_to_nothing():
    shelf = Shelf.empty()
    first = Stream(SCENARIO, (), shelf)
    assert first.plan(OPEN).price == OVERHEAD + 480
    answered(first, OPEN)
    assert Stream(SCENARIO, (), shelf).plan(OPEN).price == HIT


def test_a_long_replay_goes_in_slices():
    stream = Stream(SCENARIO, (), Shelf.empty())
    plan = stream.plan({**OPEN, "timeline": [[0, "arrival_rate", 1000]], "from": 3_000.0, "until": 3_001.0})
    slices = 1
    while stream.approach(plan):
        slices += 1
    assert slices == pytest.approx(plan.replay / DEAREST, abs=1)
    assert stream._run.now == 3_000.0


def test_a_touch_far_back_is_priced_by_what_is_played_again_for_it_and_that_goes_in_slices(monkeypatch):
    """A run does not go back to every instant at which a segment began: it thins its checkpoints out."""
    stream, far = Stream(SCENARIO, (), Shelf.empty()), 12 * 450.0
    monkeypatch.setattr(stream.shelf.checkpoints, "keep", lambda *_: None)  # those of others would help
    sent(stream, {**OPEN, "timeline": [[0, "arrival_rate", 1000]], "until": 450.0})
    for begin in range(450, 12 * 450, 450):
        sent(stream, play(float(begin), begin + 450.0))
    kept = [moment / 1e6 for moment, _ in stream._run._kept]

    def before(at: float) -> float:
        return max([0.0, *(each for each in kept if each <= at)])

    at = 5.0 + next(begin for begin in range(0, int(far), 450) if before(begin) < begin - 600)
    plan = stream.plan(change(at, "servers", 7, at + 2.0))
    assert plan.replay == 1000 * (at - before(at)) > DEAREST
    again: list[float] = []
    monkeypatch.setattr(Run, "rewind", lambda run, to, rewind=Run.rewind: (again.append(to - run.now), rewind(run, to)))
    while stream.approach(plan):
        pass
    assert max(again) * 1000 <= DEAREST
    assert sum(again) * 1000 == pytest.approx(plan.replay)
    straight = Stream(SCENARIO, (), Shelf.empty())
    resumed = {**OPEN, "timeline": [[0, "arrival_rate", 1000], [at, "servers", 7]], "from": at, "until": at + 2.0}
    assert plain(orjson.loads(stream.play(plan))) == plain(answered(straight, resumed))


def test_a_message_with_a_timeline_is_paid_before_it_is_looked_at():
    assert reading(play(0.0, 1.0)) == reading(OPEN) == reading(change(0.5, "servers", 4, 1.0)) == 0
    rows = [[n / 1000, "arrival_rate", 20 + n] for n in range(200)]
    assert reading({**OPEN, "timeline": rows}) == reading({"type": "compare", "timeline": rows}) == HIT + 8_000
    link = Experiment(SCENARIO, 1, tuple(Change(*row) for row in rows)).to_link()
    assert reading({"type": "open", "link": link, "from": 0.0, "until": 1.0}) == pytest.approx(8_000, rel=0.5)


def test_a_purse_fills_again_and_says_when(clock):
    purse = Purse(rate=100.0, burst=1_000.0)
    pay(1_000, purse)
    with pytest.raises(Refused) as refused:
        pay(50, purse)
    assert refused.value.to_json()["wait"] == pytest.approx(0.55)
    clock.now += 0.55
    pay(50, purse)
    clock.now += 1e6
    assert purse.holds() == 1_000.0


def test_what_one_purse_lacks_the_other_keeps(clock):
    rich, poor = Purse(rate=1.0, burst=1_000.0), Purse(rate=1.0, burst=10.0)
    with pytest.raises(Refused):
        pay(100, rich, poor)
    assert (rich.holds(), poor.holds()) == (1_000.0, 10.0)


def test_an_address_shares_one_purse_and_an_ipv6_network_too():
    table = Addresses(100.0)
    assert table.purse("192.0.2.1") is table.purse("192.0.2.1")
    assert table.purse("192.0.2.1") is not table.purse("192.0.2.2")
    assert table.purse("2001:db8:1:2::7") is table.purse("2001:db8:1:2:ffff::1")
    assert table.purse("2001:db8:1:2::7") is not table.purse("2001:db8:1:3::7")
    assert network("::ffff:192.0.2.1") == "192.0.2.1"
    assert network("fe80::1%eth0") == "fe80::/64"
    assert len(network("x" * 10_000)) == 64


def test_the_table_of_addresses_is_bounded_and_flooding_it_gains_nothing(clock):
    table = Addresses(100.0, most=50)
    spent = table.purse("192.0.2.1")
    pay(spent.holds(), spent)
    for number in range(1_000):
        newcomer = table.purse(f"198.51.100.{number}")
        pay(min(10_000, newcomer.holds()), newcomer)
    assert len(table) == 50
    assert table.purse("192.0.2.1") is spent
    assert table.purse("203.0.113.1") is table.purse("203.0.113.2")
    clock.now += BURST / 100.0
    assert table.purse("203.0.113.1") is not table.purse("203.0.113.2")
    assert len(table) == 50
