"""The kernel's own logarithm against the system's."""

import math

import numpy as np
import pytest
from numba import njit

from simulator.engine.logarithm import ln


@njit
def logarithms(numbers):
    found = np.empty_like(numbers)
    for n in range(len(numbers)):
        found[n] = ln(numbers[n])
    return found


@pytest.mark.parametrize(
    "numbers",
    [
        np.random.default_rng(1).random(200_000),
        1.0 - np.random.default_rng(2).random(50_000) * 1e-6,
        np.exp(np.random.default_rng(3).uniform(-690, 690, 50_000)),
        0.6875 * (1.0 + np.arange(129) / 128),  # where a row of the table ends and the next begins
    ],
    ids=["chances", "near 1", "all sizes", "edges of rows"],
)
def test_it_is_the_systems_to_the_last_digits(numbers):
    exact = np.log(numbers)
    assert np.abs((logarithms(numbers) - exact) / np.maximum(1.0, np.abs(exact))).max() < 5e-16


def test_a_chance_never_has_a_positive_logarithm():
    """The law of a wait takes the square root of minus it, or a time that must not be negative."""
    last = np.nextafter(1.0, 0.0)
    found = logarithms(np.array([1.0, last, np.nextafter(last, 0.0), 0.5 * 2.0**-53, 0.5]))
    assert found[0] == 0.0
    assert (found[1:] < 0.0).all()
    assert found[3] == pytest.approx(-54 * math.log(2), rel=1e-15)
