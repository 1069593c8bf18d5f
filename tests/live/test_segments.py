"""Equal experiments share what was simulated; what differs never does."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lessons import stream as streams
from lessons.checkpoints import Checkpoints
from lessons.messages import Refused
from lessons.runs import Runs
from lessons.segments import ENTRY, History, Segments
from lessons.stream import Shelf, Stream
from simulator import Change, Experiment, Run, load_scenario
from tests.live.conftest import OPEN, SCENARIO, answered, change, plain, play, played, sent


class Counted(Run):
    """The engine's run, counting what it is asked to simulate."""

    built = advanced = 0

    def __init__(self, *rest):
        Counted.built += 1
        super().__init__(*rest)

    def write(self, until):
        Counted.advanced += 1
        return super().write(until)


@pytest.fixture
def counted(monkeypatch):
    Counted.built = Counted.advanced = 0
    monkeypatch.setattr(streams, "Run", Counted)
    return Counted


def test_the_opening_is_simulated_once_for_everybody(counted):
    shelf = Shelf.empty()
    first = [Stream(SCENARIO, (), shelf) for _ in range(20)]
    openings = [sent(each, OPEN) for each in first]
    nexts = [sent(each, play(1.0, 2.0)) for each in first]
    assert len(set(openings)) == len(set(nexts)) == 1
    assert (counted.built, counted.advanced) == (1, 2)


def test_a_learner_who_leaves_the_shared_path_goes_their_own_way_and_no_other_sees_it():
    shelf = Shelf.empty()
    one, two = Stream(SCENARIO, (), shelf), Stream(SCENARIO, (), shelf)
    for each in (one, two):
        answered(each, OPEN)
        answered(each, play(1.0, 2.0))
    mine = answered(one, change(1.5, "arrival_rate", 900, 2.5))
    others = answered(two, play(2.0, 3.0))
    ours = answered(one, play(2.5, 3.0))
    alone = played(OPEN, play(1.0, 2.0), change(1.5, "arrival_rate", 900, 2.5), play(2.5, 3.0))
    assert [plain(mine), plain(ours)] == [plain(each) for each in alone[2:]]
    assert plain(others) == plain(played(OPEN, play(1.0, 2.0), play(2.0, 3.0))[2])
    assert others["settings"]["arrival_rate"] == 480


def test_a_change_that_two_learners_make_alike_is_simulated_once(counted):
    shelf = Shelf.empty()
    made = change(0.5, "stop.2", True, 1.5)
    for _ in range(2):
        stream = Stream(SCENARIO, (), shelf)
        replies = [answered(stream, each) for each in (OPEN, made, play(1.5, 2.5))]
        assert replies[1]["states"][1]["state"] == "down"
    assert counted.advanced == 3


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("play"), st.sampled_from([0.25, 0.5, 1.0])),
        st.tuples(st.just("back"), st.sampled_from([0.0, 0.25, 0.75])),
        st.tuples(st.sampled_from(["arrival_rate", "servers", "spike", "strategy"]), st.integers(0, 1)),
    ),
    min_size=1,
    max_size=8,
)
VALUES = {"arrival_rate": (200, 900), "servers": (2, 8), "spike": (False, True), "strategy": ("random", "two-choices")}


def told(steps):
    """The messages of a learner who plays, goes back and turns knobs, always on the same grid of instants."""
    at, messages = 1.0, [OPEN]
    for what, how in steps:
        if what == "play":
            messages.append(play(at, at + how))
            at += how
        elif what == "back":
            messages.append(play(how, how + 0.5))
            at = how + 0.5
        else:
            latest = max([0.0, *(m["at"] for m in messages if m["type"] == "change")])
            begin = max(latest, at - 0.25)
            messages.append(change(begin, what, VALUES[what][how], begin + 0.5))
            at = begin + 0.5
    return messages


@settings(max_examples=40, deadline=None)
@given(st.lists(STEPS, min_size=2, max_size=4))
def test_with_and_without_what_is_shared_the_bytes_are_equal(learners):
    shared = Shelf.empty()
    shared.runs = Runs(most=1)  # so that runs are put away and come back from checkpoints all the time
    streams_ = [Stream(SCENARIO, (), shared) for _ in learners]
    lists = [told(steps) for steps in learners]
    for turn in range(max(map(len, lists))):
        for stream, messages in zip(streams_, lists, strict=True):
            if turn < len(messages):
                reply = sent(stream, messages[turn])
                lonely = Stream(SCENARIO, (), Shelf(Segments(0, 0), Checkpoints(0), Runs()))
                for message in messages[:turn]:
                    sent(lonely, message)
                assert reply == sent(lonely, messages[turn])


@pytest.fixture
def nearer():
    """Two streams on a shelf: `one` left a checkpoint at 0.75 s, `other` has a run at 0.5 s and plans to go on from 0.75 s."""
    shelf = Shelf(Segments(0, 0), Checkpoints(), Runs())
    one, other = (Stream(SCENARIO, (), shelf) for _ in range(2))
    sent(one, {**OPEN, "until": 0.75})
    shelf.checkpoints.keep(one.history, 0.75, one._run.checkpoint())
    sent(other, {**OPEN, "until": 0.5})
    return shelf, one, other, other.plan(play(0.75, 1.25))


def test_somebody_elses_nearer_checkpoint_is_taken_as_it_was_priced(nearer):
    """The price counted from the checkpoint and the run stayed where it was: it never came to its beginning."""
    _, one, other, plan = nearer
    assert plan.replay == 0
    assert not other.approach(plan)
    assert other.play(plan) == sent(one, play(0.75, 1.25))


def test_a_checkpoint_that_is_gone_before_it_is_needed_costs_a_replay_that_ends(nearer):
    shelf, one, other, plan = nearer
    shelf.checkpoints.clear()
    assert not any(other.approach(plan) for _ in range(3))
    assert other.play(plan) == sent(one, play(0.75, 1.25))


def test_what_decides_a_segment_is_in_its_key():
    def key(seed=1, timeline=(), begin=0.0, until=2.0, scenario=SCENARIO):
        return History(Experiment(scenario, seed, tuple(Change(*row) for row in timeline))).key(begin, until)

    same = key()
    assert key(timeline=[(2.5, "spike", True)]) == same  # later than its end
    different = [
        key(seed=2), key(begin=0.5), key(until=2.5), key(scenario=load_scenario("one-server")),
        key(timeline=[(2.0, "spike", True)]), key(timeline=[(0.0, "spike", True)]), key(timeline=[(0.0, "spike", False)]),
        key(timeline=[(1.0, "servers", 5), (1.0, "servers", 6)]), key(timeline=[(1.0, "servers", 6), (1.0, "servers", 5)]),
        key(timeline=[(1.0, "arrival_rate", 100.0)]), key(timeline=[(1.0, "arrival_rate", 110.0)]),
    ]  # fmt: skip
    assert len({same, *different}) == len(different) + 1


def test_another_engine_shares_nothing(monkeypatch):
    before = History(Experiment(SCENARIO)).key(0.0, 1.0)
    monkeypatch.setattr("lessons.segments.ENGINE_VERSION", "another")
    assert History(Experiment(SCENARIO)).key(0.0, 1.0) != before


def key_of(number):
    return (b"path", number, number + 1)


def test_the_cache_keeps_to_its_bytes_and_to_what_is_asked_for():
    cache = Segments(shared=10 * (1000 + ENTRY), private=10 * (1000 + ENTRY))
    text = bytes(1000)
    for number in range(10):
        cache.put(key_of(number), text, shared=True)
    assert cache.get(key_of(0)) == text  # used just now, so 1 is the oldest
    cache.put(key_of(10), text, shared=True)
    assert cache.get(key_of(1)) is None
    assert cache.get(key_of(0)) == text
    for number in range(1000, 2000):  # what single learners make
        cache.put(key_of(number), text, shared=False)
    assert cache.get(key_of(0)) == text
    assert cache.sizes == [10 * (1000 + ENTRY)] * 2
    assert cache.get(key_of(1999)) == text  # a second learner wants it: now it is shared
    for number in range(3000, 4000):
        cache.put(key_of(number), text, shared=False)
    assert cache.get(key_of(1999)) == text
    cache.put(key_of(5), bytes(50_000), shared=True)
    assert cache.sizes[0] <= 10 * (1000 + ENTRY)


def test_checkpoints_are_found_only_where_they_belong():
    kept = Checkpoints()
    base = Experiment(SCENARIO, 1)
    stopped = History(base.with_change(Change(2.0, "stop.1", True)))
    history = History(base)
    for at in (1.0, 2.0, 3.0):
        run = Run(base)
        run.rewind(at)
        kept.keep(history, at, run.checkpoint())
    assert [kept.since(history, at) for at in (0.5, 1.0, 2.5, 9.0)] == [0.0, 1.0, 2.0, 3.0]
    assert kept.since(stopped, 9.0) == 1.0  # at 2.0 the server was not stopped there
    assert kept.since(History(Experiment(SCENARIO, 2)), 9.0) == 0.0
    run = Run.resume(stopped.experiment, kept.nearest(stopped, 9.0))
    run.rewind(4.0)
    straight = Run(stopped.experiment)
    straight.rewind(4.0)
    assert run.measures() == straight.measures()


def test_checkpoints_keep_to_their_bytes():
    state = bytes(range(1, 255)) * 40
    kept = Checkpoints(bound=200_000)
    history = History(Experiment(SCENARIO, 1))
    for at in range(100):
        kept.keep(history, float(at), state)
    assert 0 < kept.size <= 200_000
    assert kept.since(history, 99.0) == 99.0
    assert kept.since(history, 50.0) == 0.0


def test_a_long_replay_is_taken_up_where_another_left_it(counted):
    shelf = Shelf.empty()
    far = {**OPEN, "from": 600.0, "until": 601.0}
    one = Stream(SCENARIO, (), shelf)
    plan = one.plan(far)
    assert plan.replay == 288_000
    sent(one, far)
    assert Stream(SCENARIO, (), shelf).plan({**far, "until": 601.5}).replay <= 1_000


def test_runs_are_put_away_before_they_fill_the_memory():
    shelf = Shelf.empty()
    streams = [Stream(SCENARIO, (), shelf) for _ in range(6)]
    for seed, each in enumerate(streams):
        answered(each, {**OPEN, "seed": seed, "until": 3.0})
        answered(each, play(3.0, 6.0))
    one = streams[0].run_size
    assert 60_000 < one < 400_000
    assert shelf.runs.size == pytest.approx(6 * one, rel=0.5)
    shelf.runs.room = 3 * one
    for begin in (6.0, 9.0, 12.0, 15.0):
        answered(streams[5], play(begin, begin + 3.0))
    assert shelf.runs.size <= shelf.runs.room
    assert (streams[0]._run, streams[5]._run is None) == (None, False), "who was quiet longest"
    for each in streams:
        each.leave()
    assert (len(shelf.runs), shelf.runs.size) == (0, 0)


def test_who_leaves_while_a_thread_is_at_work_holds_no_run_afterwards():
    stream = Stream(SCENARIO, (), Shelf.empty())
    plan = stream.plan({**OPEN, "from": 2_000.0, "until": 2_001.0})
    assert stream.approach(plan)
    with stream._lock:  # as the thread has it meanwhile
        stream.leave()
    while stream.approach(plan):
        pass
    stream.simulate(plan)
    assert len(stream.shelf.runs) == 0


def test_what_one_visitor_makes_up_does_not_push_out_what_all_ask_for():
    shelf = Shelf(Segments(shared=400_000, private=400_000), Checkpoints(), Runs())
    first = Stream(SCENARIO, (), shelf)
    answered(first, {"type": "open", "opening": True, "from": 0.0, "until": 1.0})
    for seed in range(10, 70):
        link = Experiment(SCENARIO, seed).to_link()
        answered(Stream(SCENARIO, (), shelf), {"type": "open", "link": link, "from": 0.0, "until": 1.0})
    assert shelf.segments.get(first.opening.key(0.0, 1.0)) is not None
    asked = {"type": "open", "link": link, "from": 0.0, "until": 1.0}
    assert Stream(SCENARIO, (), shelf).plan(asked).text, "what is asked for a second time is there"
    assert shelf.segments.sizes[0] > 20_000, "and is kept with what all ask for"


def test_a_run_that_rests_leaves_a_checkpoint_and_goes_on_from_it():
    shelf = Shelf.empty()
    shelf.runs = Runs(most=1)
    one, two = Stream(SCENARIO, (), shelf), Stream(SCENARIO, (), shelf)
    story = [{**OPEN, "until": 60.0}, change(59.5, "servers", 4, 60.0)]
    for message in story:
        answered(one, message)
    answered(two, {**OPEN, "seed": 9})  # the second run puts the first one away
    assert one._run is None
    assert one.plan(play(60.0, 61.0)).replay == 0
    assert plain(answered(one, play(60.0, 61.0))) == plain(played(*story, play(60.0, 61.0))[2])


def test_a_run_that_is_quickly_played_again_leaves_none():
    shelf = Shelf.empty()
    stream = Stream(SCENARIO, (), shelf)
    answered(stream, OPEN)
    stream.leave()
    assert (stream._run, shelf.checkpoints.size) == (None, 0)


def test_a_run_at_work_is_not_put_away():
    stream = Stream(SCENARIO, (), Shelf.empty())
    answered(stream, OPEN)
    with stream._lock:
        assert not stream.put_away()
    assert stream._run is not None
    assert stream.put_away()


def test_a_refused_change_leaves_the_learner_on_the_shared_path(counted):
    shelf = Shelf.empty()
    one, two = Stream(SCENARIO, (), shelf), Stream(SCENARIO, (), shelf)
    answered(one, OPEN)
    with pytest.raises(Refused):
        one.plan(change(0.5, "servers", 0, 1.5))
    answered(one, play(1.0, 2.0))
    answered(two, OPEN)
    answered(two, play(1.0, 2.0))
    assert counted.advanced == 2
