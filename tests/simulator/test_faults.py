"""Servers that stop, hang, lie, drain and come back; and the engine's promises under whatever is done to it."""

from hypothesis import HealthCheck, given, settings

from simulator.run import proceed
from simulator.state import fresh, scratch
from tests.simulator.invariants import check
from tests.simulator.worlds import LENGTH, experiments


def played(experiment, stops):
    """The state of an experiment, checked at each of the stops (µs)."""
    state = fresh(experiment.scenario, experiment.seed, windowed=True)
    check(state)
    for stop in stops:
        proceed(state, experiment, stop, scratch())
        check(state)
    return state


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(experiments())
def test_whatever_is_done_the_engine_keeps_its_promises(experiment):
    changes = [round(change.at * 1e6) for change in experiment.timeline]
    stops = {
        *changes,
        *(at + 1 for at in changes),
        *(at + 5_000 for at in changes),
        *range(250_000, round(LENGTH * 1e6) + 1, 250_000),
    }
    played(experiment, sorted(stops - {0}))
