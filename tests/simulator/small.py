"""Small scenarios for tests, and a look at the record while they run."""

from typing import Any

from simulator import Change, Experiment, parse_scenario
from simulator.run import proceed
from simulator.scenario import Scenario
from simulator.state import fresh, scratch


def world(clients: str, *stations: str, more: str = "") -> Scenario:
    """A scenario from YAML flows: the clients, and each station without its braces."""
    listed = "".join(f"  - {{{station}}}\n" for station in stations)
    return parse_scenario(f"name: small\ntitle: Small\nclients: {{{clients}}}\nstations:\n{listed}{more}")


class Watched:
    """A run that a test stops at will. `record` is the engine's (layout.RUN)."""

    def __init__(self, scenario: Scenario, *changes: tuple[float, str, Any], seed: int = 1) -> None:
        self.experiment = Experiment(scenario, seed, tuple(Change(*change) for change in changes))
        self.state = fresh(scenario, seed, windowed=False)
        self.record = self.state[0]

    def at(self, seconds: float) -> "Watched":
        """Play on to an instant; what happens at that instant has not happened yet."""
        proceed(self.state, self.experiment, round(seconds * 1e6), scratch())
        return self

    @property
    def station(self) -> Any:
        """The first station."""
        return self.record["stations"][0]

    def servers(self, name: str) -> list[int]:
        """A field of each server of the first station."""
        return self.record["servers"][name][: int(self.station["room"])].tolist()

    def counts(self, times: list[float]) -> list[int]:
        """The first station's number of servers at these instants."""
        return [int(self.at(time).station["servers"]) for time in times]
