"""What stands before the choice of a server: token bucket, TLS at the balancer, sessions; and what a rejection costs."""

from simulator.engine.codes import OK
from simulator.engine.compiled import inner
from simulator.engine.layout import Out, State


@inner
def admit(run: State, out: Out, t: int, station: State, c: int) -> int:
    """Whether call `c` may go on to a server: OK, or the reason why not. Called where `station.gate` is 1."""
    return OK


@inner
def owe(run: State, t: int, station: State, v: int) -> None:
    """A rejection costs server `v` (-1: one in the rotation, by turns) `reject_cost` × the mean service time of work."""
