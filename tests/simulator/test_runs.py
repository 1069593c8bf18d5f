"""A run is a value: the same bytes however it is sliced, resumed, rewound or repeated."""

import hashlib
import json
import random
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from simulator import Change, Experiment, Run, TooExpensive, load_scenario, simulate
from simulator.engine import codes, layout
from simulator.engine.codes import BUCKETS
from simulator.engine.histogram import bucket_of
from simulator.experiment import MOST_CHANGES, ExperimentError
from simulator.measures import percentile
from simulator.run import proceed
from simulator.scenario.model import MOST_SEED
from simulator.state import fresh, scratch

SCENARIO = load_scenario("load-balancing-strategies")
CHANGES = tuple(
    Change(at, control, value)
    for at, control, value in [
        (0.5, "strategy", "least-connections"), (1.0, "arrival_rate", 900), (1.5, "stop.2", True),
        (2.0, "slow.4", True),
        (2.5, "servers", 9), (3.0, "stop.2", False), (3.5, "workers", 2), (4.0, "strategy", "two-choices"),
        (4.5, "arrival_rate", 240), (5.0, "variability", 4), (5.5, "strategy", "sticky"), (6.0, "fast_fail.1", True),
        (6.5, "servers", 3), (7.0, "spike", True), (7.5, "queue_limit", 10), (8.0, "strategy", "weighted"),
        (8.5, "weight.1", 3), (9.0, "spike", False),
    ]
)  # fmt: skip
EIGHTEEN = Experiment(SCENARIO, 5, CHANGES)
PINNED = "2f9534b694cb396008de0cd5302a863185b58a59e8d4b018440ccf3c34e6b7d2"


def end_state(run):
    """Every byte of the state: what two ways to one instant are held against each other by."""
    return hashlib.sha256(run.checkpoint()).hexdigest()


def outcome(run):
    """What a run measured and what its next second shows: pinned from one version of the engine to the next."""
    keys = ("arrivals", "answered", "mean_response_time", "mean_waiting_time", "p50", "p99", "goodput", "utilisation")
    found, following = run.measures(), run.advance(run.now + 1.0).to_json()
    told = [found[key] for key in keys] + [{reason: count for reason, count in found["errors"].items() if count}]
    told += [found["stations"]["servers"]["servers"], found["cost_per_hour"]]
    told += [following[key] for key in ("standing", "events", "series", "servers", "notices")]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def played(experiment, *stops):
    run = Run(experiment)
    for stop in stops:
        run.advance(stop)
    return run


def test_eighteen_changes_give_the_pinned_digest():
    assert len(CHANGES) == 18
    assert outcome(played(EIGHTEEN, 10.0)) == PINNED


def test_any_slicing_gives_the_same_run():
    chance = random.Random(1)
    straight = end_state(played(EIGHTEEN, 10.0))
    for _ in range(5):
        stops = sorted({round(chance.uniform(0.01, 9.99), 3) for _ in range(12)})
        run = played(EIGHTEEN, *stops, 10.0)
        assert end_state(run) == straight
        assert outcome(run) == PINNED


def test_a_resumed_run_goes_on_the_same():
    memory = played(EIGHTEEN, 4.2).checkpoint()
    run = Run.resume(EIGHTEEN, memory)
    run.advance(10.0)
    assert end_state(run) == end_state(played(EIGHTEEN, 10.0))
    assert outcome(run) == PINNED


@pytest.mark.parametrize("name", ["load-balancing-strategies", "stampede", "architecture", "retry-storm"])
def test_a_rewind_leaves_nothing_of_what_came_after(name):
    """It restores the record that it has, which is then one that never saw what was to come; what left the heap may lie there."""
    run = Run(Experiment(load_scenario(name), 3))
    run.advance(2.0)
    checkpoint = run.checkpoint()
    for until in range(3, 9):
        run.advance(until)
    run.change(3.0, "arrival_rate", run.experiment.scenario.control("arrival_rate").maximum)
    for until in range(4, 12):
        run.advance(until)
    run.rewind(2.0)
    assert run.checkpoint() == checkpoint
    untouched = Run.resume(run.experiment, checkpoint)
    for field in layout.TAILS:
        if field != "heap":
            mine, other = (each._state[field].view(np.uint8) for each in (run, untouched))
            assert np.array_equal(mine, other), field


def test_a_fresh_process_gives_the_same_run():
    code = "from tests.simulator.test_runs import *; print(outcome(played(EIGHTEEN, 10.0)))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == PINNED


def test_changes_made_while_playing_equal_the_timeline():
    run = Run(Experiment(SCENARIO, 5))
    for change in CHANGES:
        run.advance(change.at + 0.3)  # the learner's touch arrives a little later than it was made
        run.change(change.at, change.control, change.value)
    run.advance(10.0)
    assert run.experiment == EIGHTEEN
    assert outcome(run) == PINNED


def test_a_touch_drops_what_was_planned_for_later():
    run = Run(EIGHTEEN)
    run.advance(6.2)  # the run has seen the script up to there
    run.change(3.2, "arrival_rate", 500)
    assert run.now == 3.2
    assert run.experiment.timeline == (*CHANGES[:6], Change(3.2, "arrival_rate", 500.0))
    run.advance(10.0)
    assert end_state(run) == end_state(played(run.experiment, 10.0))


@given(st.floats(0, 10), st.floats(0, 11))
@settings(max_examples=25, deadline=None)
def test_a_touch_takes_effect_where_it_is_made_however_far_the_run_has_come(now, at):
    run = Run(EIGHTEEN)
    run.rewind(now)
    run.change(at, "arrival_rate", 500)
    *before, touch = run.experiment.timeline
    assert touch == Change(round(at, 6), "arrival_rate", 500.0)
    earlier = [change for change in CHANGES if change.at <= touch.at]
    if earlier and (earlier[-1].at, earlier[-1].control) == (touch.at, touch.control):
        earlier.pop()  # only the last value counts
    assert before == earlier
    if run.now < 10.5:
        run.rewind(10.5)
    fresh_run = Run(run.experiment)
    fresh_run.rewind(run.now)
    assert end_state(run) == end_state(fresh_run)


def test_touches_at_one_instant_all_count():
    experiment = Experiment(SCENARIO, 1).with_change(Change(2.0, "servers", 9)).with_change(Change(2.0000001, "workers", 2))
    assert experiment.with_change(Change(2.0, "spike", True)).settings_at(2.0).items() >= {"servers": 9, "workers": 2}.items()
    assert [change.at for change in experiment.timeline] == [2.0, 2.0]


def test_a_segment_depends_on_the_experiment_and_its_ends_alone():
    played_through = played(EIGHTEEN, 0.7, 2.2, 4.0).advance(5.0).to_json()
    jumped = Run(EIGHTEEN)
    jumped.rewind(4.0)
    assert jumped.advance(5.0).to_json() == played_through
    jumped.rewind(4.0)
    assert jumped.advance(5.0).to_json() == played_through
    json.dumps(played_through, allow_nan=False)


def test_a_stopped_server_loses_its_requests_and_then_its_traffic():
    run = Run(Experiment(SCENARIO, 1, (Change(2.0, "stop.3", True),)))
    run.advance(2.0)
    noticed = run.advance(3.0)
    assert noticed.states[2]["state"] == "down"
    assert not noticed.states[2]["in_rotation"]
    assert noticed.totals["errors"]["stopped"] + noticed.totals["errors"]["refused"] > 0
    assert run.advance(4.0).servers["share"][2] == 0


def test_the_sketch_agrees_with_an_exact_sort():
    times = np.random.default_rng(3).lognormal(9, 1.2, 200_000).astype(np.int64) + 1
    histogram = np.bincount([bucket_of.py_func(time) for time in times.tolist()], minlength=BUCKETS)
    for share in (0.5, 0.95, 0.99, 0.999):
        exact = np.sort(times)[int(np.ceil(share * len(times))) - 1] / 1e6
        assert percentile(histogram, share) == pytest.approx(exact, rel=0.004)


CONTROLS = st.one_of(
    st.tuples(st.just("strategy"), st.sampled_from([key for key, _ in SCENARIO.control("strategy").choices])),
    st.tuples(st.just("arrival_rate"), st.floats(20, 1000)),
    st.tuples(st.just("service_time"), st.floats(0.002, 0.04)),
    st.tuples(st.just("variability"), st.sampled_from([0, 0.25, 0.5, 1, 3, 10])),
    st.tuples(st.just("servers"), st.integers(2, 12)),
    st.tuples(st.just("workers"), st.integers(1, 8)),
    st.tuples(st.just("queue_limit"), st.integers(0, 400)),
    st.tuples(st.integers(1, 12).map("stop.{}".format), st.booleans()),
    st.tuples(st.integers(1, 12).map("slow.{}".format), st.booleans()),
    st.tuples(st.integers(1, 12).map("fast_fail.{}".format), st.booleans()),
    st.tuples(st.just("spike"), st.booleans()),
)
TIMELINES = st.lists(st.tuples(st.floats(0, 4), CONTROLS), max_size=20).map(
    lambda found: tuple(Change(at, *rest) for at, rest in sorted(found, key=lambda pair: pair[0]))
)


@settings(max_examples=60, deadline=None)
@given(TIMELINES, st.integers(0, 2**31))
def test_whatever_is_done_requests_are_conserved(timeline, seed):
    run = Run(Experiment(SCENARIO, seed, timeline))
    before = 0.0
    for stop in (0.5, 1.0, 2.5, 4.0, 5.0):
        segment = run.advance(stop)
        totals = segment.totals
        inside = segment.readouts["number_in_system"]
        assert totals["arrivals"] == totals["answered"] + sum(totals["errors"].values()) + inside
        times = [event[0] for event in segment.events]
        assert times == sorted(times)
        assert before <= segment.begin < segment.until
        before = segment.until
        assert all(state["in_flight"] >= 0 for state in segment.states)
        rows = zip(*(segment.series[name] for name in ("p50", "p95", "p99")), strict=True)
        known = [[figure for figure in row if figure is not None] for row in rows]
        assert all(row == sorted(row) for row in known)


@settings(max_examples=20, deadline=None)
@example(93, "sticky", 24.0)
@given(st.integers(0, 1000), st.sampled_from([key for key, _ in SCENARIO.control("strategy").choices]), st.floats(0.1, 30))
def test_littles_law_holds_exactly_at_any_instant(seed, strategy, at):
    """The area under the number in the system is what the answered spent in it plus what the others have spent so far.

    Who finds 400 waiting is turned away at the door and has spent nothing: sticky clients of one server can be that many.
    """
    begin = (Change(0, "strategy", strategy), Change(0, "queue_limit", 400))
    state = fresh(SCENARIO, seed, windowed=False)
    end = round(at * 1e6)
    proceed(state, Experiment(SCENARIO, seed, begin), end, scratch())
    run = state[0]
    calls = run["calls"][: int(run["calls_high"])]
    inside = calls[calls["state"] > 0]
    assert run["failed"] == run["errors"][codes.FULL]
    assert run["failed"] == 0 or strategy == "sticky"
    assert len(inside) == run["number"]
    so_far = int((end - inside["arrived"]).sum())
    assert int(run["number_area"]) + int(run["number"]) * end == int(run["sum_response"]) + so_far


def test_the_same_command_prints_the_same_bytes():
    words = "run load-balancing-strategies --set strategy=round-robin --seed 1 --duration 600 --json".split()
    runs = [subprocess.run([sys.executable, "-m", "simulator", *words], capture_output=True, check=True) for _ in "ab"]
    assert runs[0].stdout == runs[1].stdout
    assert json.loads(runs[0].stdout)["p99"] == pytest.approx(0.1416, rel=0.06)


def test_a_run_too_large_for_its_budget_is_refused_before_it_starts():
    with pytest.raises(TooExpensive, match="288,000 requests; its budget is 1,000"):
        simulate(Experiment(SCENARIO), 600, budget=1_000)


def test_an_experiment_made_change_by_change_is_the_one_made_at_once():
    changes = [
        Change(0.0, "servers", 3),
        Change(1.0, "arrival_rate", 90.5),
        Change(1.0, "stop.2", True),
        Change(2.5, "servers", 4),
    ]
    grown = Experiment(SCENARIO, 1)
    for change in changes:
        grown = grown.with_change(change)
    whole = Experiment(SCENARIO, 1, tuple(changes))
    assert grown == whole
    assert grown.final == whole.final == whole.settings_at(3.0)
    assert list(grown.final) == list(whole.final)
    early = grown.with_change(Change(1.0, "workers", 2))
    assert early == Experiment(SCENARIO, 1, (*changes[:3], Change(1.0, "workers", 2)))
    assert early.final == early.settings_at(9.0) != grown.final
    for at in (0.0, 0.5, 1.0, 2.0, 2.5):
        assert grown.requests(4.0, at) == Experiment(SCENARIO, 1, tuple(changes)).requests(4.0, at)


def test_an_experiment_grows_up_to_its_limit():
    full = Experiment(SCENARIO, 1, tuple(Change(n / 100, "servers", 3 + n % 5) for n in range(MOST_CHANGES)))
    with pytest.raises(ExperimentError, match="at most"):
        full.with_change(Change(50.0, "servers", 5))
    assert len(full.with_change(Change(0.505, "servers", 5)).timeline) == 52


def test_a_slider_that_is_dragged_at_rest_is_one_change():
    begun = Experiment(SCENARIO, 1, (Change(0.0, "arrival_rate", 300), Change(2.0, "servers", 5)))
    run, dragged = Run(begun), begun
    run.advance(3.0)
    for rate in range(100, 400):
        run.change(2.0, "arrival_rate", rate)
        dragged = dragged.with_change(Change(2.0, "arrival_rate", rate))
        assert dragged.final["arrival_rate"] == rate
    assert run.experiment == dragged == Experiment(SCENARIO, 1, (*begun.timeline, Change(2.0, "arrival_rate", 399)))
    assert run.advance(3.0).to_json() == played(dragged, 2.0).advance(3.0).to_json()
    assert len(dragged.with_change(Change(2.0, "servers", 6)).with_change(Change(2.0, "arrival_rate", 100)).timeline) == 5


def test_seeds_begin_again_behind_the_largest():
    assert [Experiment(SCENARIO, MOST_SEED - 1).reseeded(n).seed for n in range(4)] == [MOST_SEED - 1, MOST_SEED, 0, 1]


def test_a_run_says_from_where_it_goes_on_and_returns_there_without_playing():
    run = played(Experiment(SCENARIO, 1, (Change(0.0, "arrival_rate", 1000),)), *range(3, 61, 3))
    kept = [moment / 1e6 for moment, _ in run._kept]
    assert len(kept) < 20, "some of the instants at which segments began are no checkpoints any more"
    for at in (60.0, 59.0, 48.5, 30.1, 7.0, 0.5):
        reached = run.reaches(at)
        assert reached == (60.0 if at == 60.0 else max([moment for moment in kept if moment <= at], default=0.0))
        run.back(at)
        assert run.now == reached
    assert run.reaches(70.0) == run.now
