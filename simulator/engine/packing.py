"""A checkpoint's head and tails, copied in compiled code: from a run's record and back, both as words of 64 bits."""

import numpy as np
from numpy.typing import NDArray

from simulator.engine import layout
from simulator.engine.compiled import entry, inner
from simulator.engine.places import HEAD, PLACES, USED, word

Words = NDArray[np.int64]
DAMAGED = -1
OFFSET, SIZE, MOST = 0, 1, 2
TAILS = np.array([PLACES[name] for name in USED], np.int64) // np.array([8, 8, 1])  # offset, size (words); how many
COUNTS = np.array([word(layout.RUN, name) for name in USED.values()])
HEAP = list(USED).index("heap")  # begins at 1
BEGIN = HEAD // 8

assert HEAD % 8 == 0
assert all(offset % 8 == 0 and size % 8 == 0 for offset, size, _ in PLACES.values())


@inner
def used_of(words: Words, k: int) -> int:
    """How many words of a tail are in use; DAMAGED for a count that there cannot be."""
    count, first = words[COUNTS[k]], 1 if k == HEAP else 0
    return (first + count) * TAILS[k, SIZE] if 0 <= count <= TAILS[k, MOST] - first else DAMAGED


@inner
def in_use(words: Words) -> int:
    """How many words are in use, those of the head included; DAMAGED where a count is."""
    total = BEGIN
    for k in range(len(COUNTS)):
        size = used_of(words, k)
        if size < 0:
            return DAMAGED
        total += size
    return total


@inner
def copy(source: Words, begin: int, target: Words, at: int, size: int) -> None:
    """So many words from one place to another."""
    for n in range(size):
        target[at + n] = source[begin + n]


@entry
def collect(words: Words, into: Words) -> int:
    """Copy what is in use, one after the other; gives how many words that is, DAMAGED for a record that is none.

    Nothing is copied where there is no room.
    """
    total = in_use(words)
    if total < 0 or total > len(into):
        return total
    copy(words, 0, into, 0, BEGIN)
    at = BEGIN
    for k in range(len(COUNTS)):
        size = used_of(words, k)
        copy(words, TAILS[k, OFFSET], into, at, size)
        at += size
    return total


@entry
def restore(packed: Words, words: Words) -> int:
    """Put it back; gives how many words were read, DAMAGED for words that are none: then nothing is written.

    What was in use behind it is zero then, as a run counts on that.
    """
    if len(packed) < BEGIN or in_use(packed) < 0 or in_use(packed) > len(packed):
        return DAMAGED
    at = BEGIN
    for k in range(len(COUNTS)):
        size, before = used_of(packed, k), max(0, used_of(words, k))
        copy(packed, at, words, TAILS[k, OFFSET], size)
        at += size
        for n in range(TAILS[k, OFFSET] + size, TAILS[k, OFFSET] + before):
            words[n] = 0
    copy(packed, 0, words, 0, BEGIN)
    return at
