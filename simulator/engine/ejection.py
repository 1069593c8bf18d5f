"""Passive ejection: a server that answers with errors, several in a row, is left out for a while."""

from simulator.engine.compiled import inner
from simulator.engine.layout import Out, State


@inner
def outcome(run: State, out: Out, t: int, v: int, reason: int) -> None:
    """Server `v` has just answered, with OK or for a reason; called where `station.eject_after` is above 0."""
