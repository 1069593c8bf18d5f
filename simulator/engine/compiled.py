"""The engine's decorators: `inner`, `inlined` and `apart` for what only the kernel calls, `entry` for its doors."""

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from numba import _dynfunc, njit, types  # type: ignore[attr-defined]
from numba.core.codegen import JITCodeLibrary, JITCPUCodegen
from numba.core.cpu import CPUContext

from simulator.engine import cache

cache.prepare()  # before the first function is compiled

Function = TypeVar("Function", bound=Callable[..., Any])
_apart: set[str] = set()  # functions that stay calls, as they are named in compiled code
_depth = threading.local()  # how many inner functions are being compiled, one inside the other


def _inside() -> bool:
    """Whether the function being compiled is one that only compiled code calls."""
    return bool(getattr(_depth, "inner", 0))


class _Once(JITCodeLibrary):
    """Optimises and assembles what Python calls, and that alone.

    Numba links everything that a function calls into its module, optimises the whole and makes machine code of it, for
    each function anew: with a hundred functions that call one another, a minute instead of fifteen seconds.
    """

    def _optimize_final_module(self) -> None:
        if not _inside():
            self._keep_to_itself()
            super()._optimize_final_module()

    def _keep_to_itself(self) -> None:
        """Tell the optimiser that nobody else calls what was linked in.

        Numba leaves that open, so a function with one caller stays one, and each call clears the places of its result and of
        its exception first: a tenth of the kernel's time.
        """
        for function in self._final_module.functions:
            if not function.is_declaration and function.linkage.name == "linkonce_odr":
                function.linkage = "internal"
                if any(name in function.name for name in _apart):
                    function.add_function_attribute("noinline")

    def _finalize_final_module(self) -> None:
        if _inside():
            self._finalize_dynamic_globals()
            self._finalized = True
        else:
            super()._finalize_final_module()


def _executable(context: Any, library: Any, description: Any, environment: Any) -> Any:
    """The function that Python calls; there is none for what only compiled code calls."""
    if not _inside():
        return _with_wrapper(context, library, description, environment)
    library._ensure_finalized()
    name = str(description.qualname)
    return _dynfunc.make_function(description.lookup_module(), name, "part of the kernel", 0, environment, (library,))


_with_wrapper = CPUContext.get_executable
CPUContext.get_executable = _executable  # type: ignore[method-assign]
JITCPUCodegen._library_class = _Once


def inner(function: Function) -> Function:
    """Compile a function that is called from compiled code only; no cache file of its own."""
    return _linked(function)


def inlined(function: Function) -> Function:
    """The same for one that nearly every request needs: its code becomes part of each caller."""
    return _linked(function, forceinline=True)


def apart(function: Function) -> Function:
    """The same for one that is rarely needed: it stays a call, and what surrounds it short."""
    _apart.add("".join(f"{len(part)}{part}" for part in (*function.__module__.split("."), function.__name__)) + "B")
    return _linked(function)


def _linked(function: Function, *, forceinline: bool = False) -> Function:
    """Compile a function for other compiled functions.

    Numba would compile it again for every combination of literal arguments (`note(…, -1, 0)`) and integer
    widths. All integers are widened to 64 bits first: one version, a third of the compile time.
    """
    lean: Any = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    compiled: Any = njit(nogil=True, error_model="numpy", forceinline=forceinline, **lean)(function)
    resolve = compiled.get_call_template
    translate = compiled.compile

    def only_linked(signature: Any) -> Any:
        _depth.inner = getattr(_depth, "inner", 0) + 1
        try:
            return translate(signature)
        finally:
            _depth.inner -= 1

    compiled.compile = only_linked

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
