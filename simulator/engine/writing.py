"""Numbers and words as JSON text, written in compiled code into an array of bytes.

Each function writes at `at` and gives where the next one begins. A number that cannot be written as Python would leaves a mark
in text[0], where nothing else is written.
"""

import numpy as np
from numpy.typing import NDArray

from simulator.engine.compiled import inner

Text = NDArray[np.uint8]
POWERS = 10.0 ** np.arange(20)


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
def whole(text: Text, at: int, number: int) -> int:
    """Write a whole number."""
    if number < 0:
        text[at] = 45
        at += 1
        number = -number
    size, rest = 1, number
    while rest >= 10:
        rest //= 10
        size += 1
    for k in range(size):
        text[at + size - 1 - k] = 48 + number % 10
        number //= 10
    return at + size


@inner
def decimal(text: Text, at: int, number: int, places: int) -> int:
    """Write number / 10^places as the shortest text of that float."""
    if number < 0:
        text[at] = 45
        at += 1
        number = -number
    while places > 0 and number % 10 == 0:
        number //= 10
        places -= 1
    power = np.int64(POWERS[places])
    at = whole(text, at, number // power)
    text[at] = 46
    at += 1
    if places == 0:
        text[at] = 48
        return at + 1
    rest = number % power
    for k in range(places):
        text[at + places - 1 - k] = 48 + rest % 10
        rest //= 10
    return at + places


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
def short(text: Text, at: int, value: float) -> int:
    """Write four significant digits; null for what is not a number."""
    size = abs(value)
    if not size < np.inf:
        return put(text, at, NULL)
    if size == 0.0:
        return decimal(text, at, 0, 0)
    places = 3 - np.int64(np.floor(np.log10(size)))
    if not 0 <= places <= 8:
        text[0] = 1
        return at
    return decimal(text, at, np.int64(np.rint(value * POWERS[places])), places)


@inner
def flag(text: Text, at: int, on: bool) -> int:
    """Write true or false."""
    return put(text, at, TRUE) if on else put(text, at, FALSE)
