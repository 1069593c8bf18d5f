"""Databases: shards, a primary and replicas with a lag, reads of one's own writes."""

from simulator.engine.compiled import inner
from simulator.engine.layout import Out, State


@inner
def node_for(run: State, t: int, station: State, c: int) -> int:
    """The server of a database station that call `c` goes to: its shard's primary for a write, else one that reads."""
    return -1


@inner
def worked_on(run: State, out: Out, t: int, c: int) -> None:
    """Call `c` has been served by a database: a write is noted and sent to the replicas, a read may be stale."""
