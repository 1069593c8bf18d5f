"""What compiled code writes is what Python writes, byte for byte."""

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator import Change, Experiment, Run, load_scenario, scenario_names
from simulator.segment import _paper, read, written
from tests.simulator.worlds import LENGTH, experiments


def alike(experiment, ends):
    """Play twice, one segment told by each; whether compiled code wrote them all."""
    told, written = Run(experiment), Run(experiment)
    compiled = []
    for end in ends:
        assert written.write(end) == orjson.dumps(told.advance(end).to_json())
        compiled.append(_paper()[0][0] == 0)
    return all(compiled)


@pytest.mark.parametrize("name", scenario_names())
def test_every_scenario_is_written_as_it_is_told(name):
    assert alike(Experiment(load_scenario(name), 3), (0.01, 0.08, 0.3, 1.0, 1.6, 3.2))


@given(experiments(), st.lists(st.floats(0.001, LENGTH), min_size=1, max_size=5, unique_by=lambda end: round(end, 5)))
@settings(max_examples=60, deadline=None)
def test_random_systems_are_written_as_they_are_told(experiment, ends):
    alike(experiment, sorted(ends))


@pytest.mark.parametrize(
    "change",
    [
        Change(0.0, "weight.2", 1 / 3),  # more places than are written
        Change(0.5, "stop.3", True),
        Change(0.5, "fast_fail.3", True),
        Change(0.5, "slow.3", True),
        Change(0.5, "spike", True),
        Change(0.5, "servers", 2),
    ],
)
def test_what_goes_wrong_is_written_as_it_is_told(change):
    experiment = Experiment(load_scenario("load-balancing-strategies"), 1, (Change(0.0, "strategy", "weighted"), change))
    assert alike(experiment, (0.4, 0.7, 1.6, 4.0)) == (change.control != "weight.2")


def test_numbers_beyond_what_compiled_code_writes_are_left_to_python():
    scenario = load_scenario("one-server").model_copy()
    fast = scenario.model_copy(update={"stations": (scenario.stations[0].model_copy(update={"service_time": 2e-6}),)})
    assert not alike(Experiment(fast, 1), (1.0, 2.0))


def edges():
    """Each power of ten and of two that is written, and the floats beside it."""
    powers = [10.0**power for power in range(-5, 5)] + [2.0**power for power in range(-17, 14)]
    return [beside for power in powers for beside in (np.nextafter(power, 0.0), power, np.nextafter(power, np.inf))]


ROUNDED_UP = [9.9995 * 10.0**power for power in range(-5, 4)]


@given(st.lists(st.sampled_from(edges() + ROUNDED_UP) | st.floats(1e-5, 9_999.0), min_size=30))
@settings(max_examples=60, deadline=None)
def test_numbers_of_every_size_are_written_as_they_are_told(numbers):
    experiment = Experiment(load_scenario("one-server"), 1)
    run = Run(experiment)
    out, before = run._play(3.0)
    room = out["series"][0, : int(out["grid_used"][0])]
    room[:] = np.resize(numbers, room.shape)
    assert written(run._state, out, experiment, before) == orjson.dumps(read(run._state, out, experiment, before).to_json())
