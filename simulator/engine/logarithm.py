"""The natural logarithm, as compiled code that is part of whoever asks.

The system's library is asked by a call, twice for each request, which was an eighth of what a request cost; and libraries
differ in the last digit, as may what is simulated with them. This one is the same sums everywhere. After P. Tang,
"Table-driven implementation of the logarithm function in IEEE floating-point arithmetic", ACM TOMS 16 (1990): the number is
2^power · mantissa, the mantissa is brought close to 1 by a factor from a table, and a polynomial does the rest.
"""

import math

import numpy as np

from simulator.engine.compiled import inlined

BITS = 7  # of the mantissa choose a row of the table
ROWS = 1 << BITS
LEAST = int(np.float64(0.6875).view(np.int64))  # mantissas begin here and end below 1.375, so that 1 is in their midst


def _middle(row: int) -> float:
    """The number in the middle of a row; 1 for the row that begins there, so that the logarithm of 1 is 0."""
    begin, end = (np.int64(LEAST + (each << (52 - BITS))).view(np.float64) for each in (row, row + 1))
    return 1.0 if begin == 1.0 else float(begin + end) / 2.0


INVERSE = np.array([1.0 / _middle(row) for row in range(ROWS)])
LOGARITHM = np.array([-math.log(factor) for factor in INVERSE])  # of what was divided out, rounded as the factor is
LOG_2 = math.log(2.0)
THIRD, SIXTH = 1.0 / 3.0, 1.0 / 6.0


@inlined
def ln(number: float) -> float:
    """The logarithm of a number from 10^-300 to 10^300, to 10^-15 of itself or, where it is less than 1, to 10^-15."""
    bits = np.float64(number).view(np.int64)
    moved = bits - LEAST
    power = moved >> 52
    row = np.uint64(moved >> (52 - BITS)) & np.uint64(ROWS - 1)
    far = np.int64(bits - (power << 52)).view(np.float64) * INVERSE[row] - 1.0  # at most 2^-7 from 0
    square = far * far
    tail = square * ((THIRD * far - 0.5) + square * ((0.2 * far - 0.25) - square * SIXTH))
    return power * LOG_2 + LOGARITHM[row] + (far + tail)
