"""What stands before the choice of a server: token bucket, TLS at the balancer, sessions; and what a rejection costs."""

from simulator.engine.codes import NO_TLS, NOWHERE, OK
from simulator.engine.compiled import inner
from simulator.engine.layout import Out, State
from simulator.engine.sessions import at_door


@inner
def guarded(station: State) -> int:
    """1 where anything stands before the choice of a server, 0 otherwise: what `station.gate` is to be."""
    limits = station.bucket_rate > 0.0 or station.reject_cost > 0.0
    return 1 if limits or station.tls != NO_TLS or station.sessions != NOWHERE else 0


@inner
def admit(run: State, out: Out, t: int, station: State, c: int) -> int:
    """Whether call `c` may go on to a server: OK, or the reason why not. Called where `station.gate` is 1."""
    if station.sessions != NOWHERE:
        at_door(run, t, station, c)
    return OK


@inner
def owe(run: State, t: int, station: State, v: int) -> None:
    """A rejection costs server `v` (-1: one in the rotation, by turns) `reject_cost` × the mean service time of work."""
