"""Where keys live: modulo the number of members, or on a ring with virtual nodes; and how many keys a change moves."""

from simulator.engine.compiled import inner
from simulator.engine.layout import Out, State


@inner
def members_changed(run: State, out: Out, t: int, station: State) -> None:
    """The rotation of a station has changed: its keys are placed anew where its strategy is one of keys."""
