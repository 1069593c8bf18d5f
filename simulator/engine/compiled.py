"""The two decorators of the engine: `inner` for functions that only the kernel calls, `entry` for its doors."""

from collections.abc import Callable
from typing import Any, TypeVar

from numba import njit, types

from simulator.engine import cache

cache.prepare()  # before the first function is compiled

Function = TypeVar("Function", bound=Callable[..., Any])


def inner(function: Function) -> Function:
    """Compile a function that is called from compiled code only; no cache file of its own.

    Numba would compile it again for every combination of literal arguments (`note(…, -1, 0)`) and integer
    widths. All integers are widened to 64 bits first: one version, a third of the compile time.
    """
    lean: Any = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    compiled: Any = njit(nogil=True, error_model="numpy", **lean)(function)
    resolve = compiled.get_call_template

    def widened(args: tuple[Any, ...], kws: dict[str, Any]) -> Any:
        return resolve(tuple(_wide(arg) for arg in args), {name: _wide(arg) for name, arg in kws.items()})

    compiled.get_call_template = widened
    return compiled  # type: ignore[no-any-return]


def _wide(kind: Any) -> Any:
    plain: Any = types.unliteral(kind)
    if isinstance(plain, types.Integer):
        signed: bool = getattr(plain, "signed")  # noqa: B009 - not in the stubs
        return types.int64 if signed else types.uint64
    return plain


def entry(function: Function) -> Function:
    """Compile a function that Python calls: releases the GIL and is kept on disk between processes."""
    compiled: Any = njit(nogil=True, cache=True, error_model="numpy")(function)
    return compiled  # type: ignore[no-any-return]
