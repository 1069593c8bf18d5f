"""Numbers and words as JSON text, written in compiled code into an array of bytes.

Each function writes at `at` and gives where the next one begins. A number that cannot be written as Python would leaves a mark
in text[0], where nothing else is written.
"""

import numpy as np
from numpy.typing import NDArray

from simulator.engine.compiled import inner

Text = NDArray[np.uint8]
POWERS = 10.0 ** np.arange(20)
TEN, ZERO = np.uint64(10), np.uint64(48)
FIRST, LAST = -17, 13  # powers of two around the numbers that `magnitude` is asked about
TENS = 10.0 ** np.arange(-7, 6)
BELOW = np.array([np.floor(np.log10(2.0**power)) for power in range(FIRST, LAST + 1)], np.int64)


def word(text: str) -> Text:
    """A constant of compiled code."""
    return np.frombuffer(text.encode(), np.uint8)


def words(texts: tuple[str, ...]) -> Text:
    """Several of them, each in a row of 32 bytes that begins with its length."""
    table = np.zeros((len(texts), 32), np.uint8)
    for row, text in zip(table, texts, strict=True):
        row[0] = len(text)
        row[1 : 1 + len(text)] = word(text)
    return table


NULL, TRUE, FALSE = word("null"), word("true"), word("false")


@inner
def put(text: Text, at: int, what: Text) -> int:
    """Write a word; where the next one begins."""
    for k in range(len(what)):
        text[at + k] = what[k]
    return at + len(what)


@inner
def pick(text: Text, at: int, table: Text, row: int) -> int:
    """Write a word of a table."""
    size = np.int64(table[row, 0])
    for k in range(size):
        text[at + k] = table[row, 1 + k]
    return at + size


@inner
def sign(text: Text, at: int, letter: int) -> int:
    """Write one character."""
    text[at] = letter
    return at + 1


@inner
def digits(text: Text, end: int, number: np.uint64, size: int) -> np.uint64:
    """Write the last `size` digits of a number before `end`; what is left of the number."""
    for k in range(size):
        rest = number // TEN
        text[end - 1 - k] = ZERO + (number - rest * TEN)
        number = rest
    return number


@inner
def length(number: np.uint64) -> int:
    """How many digits a number has."""
    size = 1
    while number >= TEN:
        number //= TEN
        size += 1
    return size


@inner
def whole(text: Text, at: int, number: int) -> int:
    """Write a whole number."""
    if number < 0:
        text[at] = 45
        at += 1
        number = -number
    if number < 10:
        text[at] = 48 + number
        return at + 1
    size = length(np.uint64(number))
    digits(text, at + size, np.uint64(number), size)
    return at + size


@inner
def decimal(text: Text, at: int, number: int, places: int) -> int:
    """Write number / 10^places as the shortest text of that float."""
    if number < 0:
        text[at] = 45
        at += 1
        number = -number
    left = np.uint64(number)
    while places > 0:
        rest = left // TEN
        if left != rest * TEN:
            break
        left = rest
        places -= 1
    size = max(length(left) - places, 1)
    end = at + size + 1 + max(places, 1)
    text[at + size] = 46
    text[end - 1] = 48
    left = digits(text, end, left, places)
    digits(text, at + size, left, size)
    return end


@inner
def fixed(text: Text, at: int, value: float, places: int) -> int:
    """Write a float rounded to so many decimal places."""
    number = np.rint(value * POWERS[places])
    if not abs(number) < 1e15 or (number == 0.0 and value < 0.0):
        text[0] = 1
        return at
    return decimal(text, at, np.int64(number), places)


@inner
def seconds(text: Text, at: int, micros: int) -> int:
    """Write µs as seconds, to 0.1 ms."""
    return fixed(text, at, micros * 1e-6, 4)


@inner
def instant(text: Text, at: int, micros: int) -> int:
    """Write µs as seconds, exactly."""
    if 0 < micros < 100:  # Python writes these with an exponent
        text[0] = 1
    return decimal(text, at, micros, 6)


@inner
def magnitude(size: float) -> int:
    """The power of ten at or below a number from 10⁻⁵ to 10⁴, by way of its power of two: a logarithm takes longer."""
    power = (np.float64(size).view(np.int64) >> 52) - 1023
    least = BELOW[np.uint64(power - FIRST)]
    return least + (size >= TENS[np.uint64(least + 8)])


@inner
def short(text: Text, at: int, value: float) -> int:
    """Write four significant digits; null for what is not a number."""
    size = abs(value)
    if not size < np.inf:
        return put(text, at, NULL)
    if size == 0.0:
        return decimal(text, at, 0, 0)
    if not 1e-5 <= size < 1e4:
        text[0] = 1
        return at
    places = 3 - magnitude(size)
    return decimal(text, at, np.int64(np.rint(value * POWERS[places])), places)


@inner
def flag(text: Text, at: int, on: bool) -> int:
    """Write true or false."""
    return put(text, at, TRUE) if on else put(text, at, FALSE)
