"""A checkpoint holds what is in use and nothing else; bytes that are none are refused before anything is overwritten."""

import random

import numpy as np
import pytest

from simulator import Experiment, ExperimentError, Run, load_scenario
from simulator.engine import layout
from simulator.engine.places import HEAD, USED
from simulator.record import blank, pack, unpack
from tests.simulator.test_runs import EIGHTEEN

STAMPEDE = Experiment(load_scenario("stampede"), 3)  # its caches hold catalogues


def played(experiment, until=4.0):
    run = Run(experiment)
    run.advance(until)
    return run


@pytest.mark.parametrize("experiment", [EIGHTEEN, STAMPEDE])
def test_all_that_is_in_use_comes_back(experiment):
    """Into a blank record: head, tails and caches, byte for byte."""
    state, other = played(experiment)._state, blank()
    unpack(pack(state), other)
    for field in layout.RUN.names:
        if field != "heap":  # what left the heap may lie behind its end
            assert np.array_equal(state[field].view(np.uint8), other[field].view(np.uint8)), field
    size = int(state["heap_size"][0])
    assert np.array_equal(state["heap"][0, : size + 1], other["heap"][0, : size + 1])


@pytest.mark.parametrize("experiment", [EIGHTEEN, STAMPEDE])
def test_it_goes_into_memory_that_is_there_and_into_more_where_that_is_short(experiment):
    state = played(experiment)._state
    whole = pack(state)
    roomy, short = np.full(len(whole) + 80, 255, np.uint8), np.full(len(whole) - 8, 255, np.uint8)
    for memory in (roomy, short):
        assert pack(state, memory).tobytes() == whole.tobytes()
    assert pack(state, roomy).base is roomy
    assert (roomy[len(whole) :] == 255).all()
    assert pack(state, short).base is not short


def test_a_small_state_does_not_hold_what_a_large_one_left_on_the_paper():
    small = played(EIGHTEEN, 1.0)._state
    before = pack(small).tobytes()
    pack(played(STAMPEDE)._state)
    assert pack(small).tobytes() == before
    assert len(before) < HEAD  # three of four words are zero


@pytest.mark.parametrize("experiment", [EIGHTEEN, STAMPEDE])
def test_what_lay_in_the_record_before_is_gone(experiment):
    """A run that did more leaves nothing behind in the record that an earlier one is put back into."""
    early, late = played(experiment, 1.0), played(experiment, 9.0)
    unpack(pack(early._state), late._state)
    for field in layout.TAILS:
        if field != "heap":  # what left the heap may lie there
            mine, other = (each._state[field].view(np.uint8) for each in (late, early))
            assert np.array_equal(mine, other), field


@pytest.mark.parametrize("experiment", [EIGHTEEN, STAMPEDE])
@pytest.mark.parametrize("change", [-8, -4_000, 8, 4_000, -3, 5])
def test_one_of_another_length_is_refused(experiment, change):
    whole = played(experiment).checkpoint()
    with pytest.raises(ExperimentError, match="another version"):
        Run.resume(experiment, whole[:change] if change < 0 else whole + bytes(change))


@pytest.mark.parametrize("field", USED)
@pytest.mark.parametrize("count", [-1, -(2**62), 2**40, 2**62])
def test_a_count_that_there_cannot_be_is_refused_and_nothing_is_overwritten(field, count):
    run = played(EIGHTEEN)
    packed, before = pack(run._state), run._state.tobytes()
    packed.view(np.int64)[list(USED).index(field)] = count
    with pytest.raises(ValueError, match="damaged"):
        unpack(packed, run._state)
    assert run._state.tobytes() == before


def test_noise_is_refused():
    chance = random.Random(4)
    for size in (0, 8, HEAD - 8, HEAD, HEAD + 50_000):
        with pytest.raises(ExperimentError):
            Run.resume(EIGHTEEN, chance.randbytes(size))
