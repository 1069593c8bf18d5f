"""The decorators of the engine do what they say with the Numba and LLVM that are installed: else only the clock would notice."""

import re
from typing import Any

import pytest
from numba import njit

from simulator.engine.compiled import apart, inlined, inner


@apart
def rare(number: int) -> int:
    return number * number + 17


def long_function():
    """One that the optimiser does not make part of two callers of its own accord: eighty questions."""
    questions = "".join(f"    if number % {k} == 1:\n        number = number * {k + 1} // 3 + {k}\n" for k in range(3, 83))
    found: dict[str, Any] = {"__name__": __name__}
    exec(f"def frequent(number):\n{questions}    return number\n", found)
    return found["frequent"]


frequent = inlined(long_function())


@inner
def ordinary(number: int) -> int:
    return number + 1


@njit
def door(number):
    if number > 100:
        return rare(number)
    return frequent(number) + frequent(ordinary(number))


@pytest.fixture(scope="module")
def code():
    assert (door(3), door(101)) == (frequent.py_func(3) + frequent.py_func(4), 101 * 101 + 17)
    [text] = door.inspect_llvm().values()
    return text


def defined(code: str, name: str) -> list[str]:
    return re.findall(rf"^define .*{name}.*$", code, re.MULTILINE)


def test_what_is_apart_stays_a_call_of_a_function_that_nobody_else_calls(code):
    [rare_one] = defined(code, "4rare")
    assert rare_one.startswith("define internal")
    assert re.search(r"call .*4rare", code)


@pytest.mark.parametrize("name", ["8frequent", "8ordinary"])
def test_what_is_inlined_or_small_is_no_function_any_more(code, name):
    assert not defined(code, name)
    assert not re.search(rf"call .*{name}", code)
