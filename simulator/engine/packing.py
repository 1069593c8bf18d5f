"""A checkpoint's head and tails, packed in compiled code from a run's record and put back, both as words of 64 bits.

A checkpoint begins with how many items of each tail are in use. The head and the tails follow, 64 words at a time: which of
them are not zero, one bit for each, and those. Three of four words of a state are zero, and what is not written need not be
kept, nor fetched into the processor when it is read.
"""

import numpy as np
from numpy.typing import NDArray

from simulator.engine import layout
from simulator.engine.compiled import entry, inlined, inner
from simulator.engine.places import HEAD, PLACES, USED, word

Words = NDArray[np.int64]
DAMAGED = -1
OFFSET, SIZE, MOST = 0, 1, 2
TAILS = np.array([PLACES[name] for name in USED], np.int64) // np.array([8, 8, 1])  # offset, size (words); how many
COUNTS = np.array([word(layout.RUN, name) for name in USED.values()])
HEAP = list(USED).index("heap")  # begins at 1
BEGIN = HEAD // 8
BLOCK = 64
NONE, ONE = np.uint64(0), np.uint64(1)
PAIRS, FOURS, EIGHTS = np.uint64(0x5555555555555555), np.uint64(0x3333333333333333), np.uint64(0x0F0F0F0F0F0F0F0F)
EACH = np.uint64(0x0101010101010101)

assert HEAD % 8 == 0
assert all(offset % 8 == 0 and size % 8 == 0 for offset, size, _ in PLACES.values())


@inner
def used_of(k: int, count: int) -> int:
    """How many words of a tail are in use with so many items; DAMAGED for a count that there cannot be."""
    first = 1 if k == HEAP else 0
    return (first + count) * TAILS[k, SIZE] if 0 <= count <= TAILS[k, MOST] - first else DAMAGED


@inner
def longest(words: Words) -> int:
    """How many words a checkpoint of this record may have at most; DAMAGED where a count is."""
    total = len(COUNTS) + BEGIN + BEGIN // BLOCK + 2
    for k in range(len(COUNTS)):
        size = used_of(k, words[COUNTS[k]])
        if size < 0:
            return DAMAGED
        total += size + size // BLOCK + 1
    return total


@inlined
def squeeze(words: Words, begin: int, size: int, into: Words, at: int) -> int:
    """Pack so many words; where the next ones go."""
    for start in range(begin, begin + size, BLOCK):
        end = min(start + BLOCK, begin + size)
        mark = at
        at += 1
        some = np.int64(0)
        for n in range(start, end):
            some |= words[n]
        bits = NONE
        if some != 0:
            for n in range(start, end):  # no branch that the processor could guess wrong
                here = words[n]
                into[at] = here
                at += here != 0
                bits |= np.uint64(here != 0) << np.uint64(n - start)
        into[mark] = np.int64(bits)
    return at


@inner
def ones(bits: np.uint64) -> int:
    """How many bits are set (H. Warren, "Hacker's Delight", 2012, 5-1)."""
    bits -= (bits >> ONE) & PAIRS
    bits = (bits & FOURS) + ((bits >> np.uint64(2)) & FOURS)
    bits = (bits + (bits >> np.uint64(4))) & EIGHTS
    return np.int64((bits * EACH) >> np.uint64(56))


@inner
def passed(packed: Words, at: int, size: int) -> int:
    """Where the packing of so many words that begins at `at` ends; DAMAGED where that is beyond the last."""
    for _ in range(0, size, BLOCK):
        if at >= len(packed):
            return DAMAGED
        at += 1 + ones(np.uint64(packed[at]))
    return at if at <= len(packed) else DAMAGED


@inlined
def spread(packed: Words, at: int, words: Words, begin: int, size: int) -> int:
    """Put so many words back; where the next ones are packed."""
    last = len(packed) - 1
    for start in range(begin, begin + size, BLOCK):
        end = min(start + BLOCK, begin + size)
        bits = np.uint64(packed[at])
        at += 1
        if bits == NONE:
            for n in range(start, end):
                words[n] = 0
            continue
        for n in range(start, end):
            here = np.int64((bits >> np.uint64(n - start)) & ONE)
            words[n] = packed[min(at, last)] & -here
            at += here
    return at


@entry
def collect(words: Words, into: Words) -> int:
    """Pack what is in use; gives how many words that is, DAMAGED for a record that is none.

    Where there may not be room for it, nothing is packed, and it gives minus what may be needed.
    """
    most = longest(words)
    if most < 0:
        return DAMAGED
    if most > len(into):
        return -most
    at = np.int64(len(COUNTS))
    for k in range(len(COUNTS)):
        into[k] = words[COUNTS[k]]
    at = squeeze(words, 0, BEGIN, into, at)
    for k in range(len(COUNTS)):
        at = squeeze(words, TAILS[k, OFFSET], used_of(k, words[COUNTS[k]]), into, at)
    return at


@entry
def restore(packed: Words, words: Words) -> int:
    """Put it back; gives how many words were read, DAMAGED for words that are none: then nothing is written.

    What was in use behind it is zero then, as a run counts on that.
    """
    if len(packed) < len(COUNTS):
        return DAMAGED
    tails = passed(packed, len(COUNTS), BEGIN)
    at = tails
    for k in range(len(COUNTS)):
        size = used_of(k, packed[k])
        if at < 0 or size < 0:
            return DAMAGED
        at = passed(packed, at, size)
    if at < 0:
        return DAMAGED
    at = tails
    for k in range(len(COUNTS)):
        size, before = used_of(k, packed[k]), max(0, used_of(k, words[COUNTS[k]]))
        at = spread(packed, at, words, TAILS[k, OFFSET], size)
        for n in range(TAILS[k, OFFSET] + size, TAILS[k, OFFSET] + before):
            words[n] = 0
    spread(packed, len(COUNTS), words, 0, BEGIN)
    for k in range(len(COUNTS)):
        words[COUNTS[k]] = packed[k]
    return at
