"""What must hold in a run: measures, their bounds, and both in words."""

import math
from collections.abc import Sequence
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from simulator import Scenario

MONEY = "$/h"
MEASURES: dict[str, tuple[str, str, float, int]] = {  # label, unit, shown = value × this, digits
    "mean_response_time": ("mean latency", "ms", 1000, 1),
    "p50": ("p50 latency", "ms", 1000, 0),
    "p95": ("p95 latency", "ms", 1000, 0),
    "p99": ("p99 latency", "ms", 1000, 0),
    "throughput": ("throughput", "requests/s", 1, 0),
    "goodput": ("goodput", "requests/s", 1, 0),
    "error_rate": ("the error rate", "%", 100, 2),
    "cost_per_hour": ("cost", MONEY, 1, 2),
    "lost_sessions": ("lost sessions", "", 1, 0),
    "share.max": ("the busiest server's share of requests", "%", 100, 1),
}
OF_STATIONS: dict[str, tuple[str, str, float, int]] = {  # of one station, written like `origin.throughput`
    "mean_response_time": ("mean latency at {}", "ms", 1000, 1),
    "throughput": ("requests answered by {}", "requests/s", 1, 0),
    "utilisation": ("utilisation of {}", "%", 100, 0),
    "false_ejections": ("false ejections from {}", "", 1, 0),
}


class Target(BaseModel):
    """One measure and the bound that it must keep."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    measure: str = Field(description=f"one of {', '.join(MEASURES)}, or of a station, like app.mean_response_time")
    at_most: float | None = Field(None, allow_inf_nan=False)
    at_least: float | None = Field(None, allow_inf_nan=False)

    @model_validator(mode="after")
    def _known_and_one_bound(self) -> Self:
        if self.measure not in MEASURES and self.measure.rpartition(".")[2] not in (OF_STATIONS if "." in self.measure else ()):
            raise ValueError(f"measure: expected one of {', '.join(MEASURES)}, or station.{'|'.join(OF_STATIONS)}")
        if (self.at_most is None) == (self.at_least is None):
            raise ValueError("expected at_most or at_least, one of the two")
        return self

    def check(self, scenario: Scenario) -> None:
        """ValueError when the scenario has no such station."""
        station, _, _ = self.measure.rpartition(".")
        names = [each.name for each in scenario.stations]
        if self.measure not in MEASURES and station not in names:
            raise ValueError(f"{self.measure}: expected one of the stations {', '.join(names)}")

    def measured(self, result: dict[str, Any]) -> float | None:
        """The measure out of what a run found; None when it found none."""
        if self.measure == "share.max":
            return max(float(server["share"]) for server in next(iter(result["stations"].values()))["servers"])
        station, _, name = self.measure.rpartition(".")
        value = result["stations"][station].get(name) if station else result[name]
        return None if value is None else float(value)

    def holds(self, value: float | None) -> bool:
        """Whether the bound is kept; nothing measured keeps none."""
        if value is None:
            return False
        if self.at_most is not None:
            return value <= self.at_most
        return self.at_least is not None and value >= self.at_least

    def words(self, scenario: Scenario) -> tuple[str, str, float, int]:
        """Label, unit, scale and digits, as MEASURES has them."""
        if self.measure in MEASURES:
            return MEASURES[self.measure]
        name, _, measure = self.measure.rpartition(".")
        label, unit, scale, digits = OF_STATIONS[measure]
        station = next(each for each in scenario.stations if each.name == name)
        return label.format(f"the {station.label[0].lower()}{station.label[1:]}"), unit, scale, digits

    def bound_text(self, scenario: Scenario) -> str:
        """`p99 latency at 100 ms or less`, `cost at $0.50 an hour or less`, `lost sessions at 0`."""
        label, *_ = self.words(scenario)
        if self.at_most == 0:
            return f"{label} at {self._limit_text(scenario)}"
        return f"{label} at {self._limit_text(scenario)} or {'less' if self.at_most is not None else 'more'}"

    def found_text(self, scenario: Scenario, value: float) -> str:
        """`p99 latency was 83 ms`; with as many digits as tell a broken bound from one that is kept."""
        label, unit, scale, digits = self.words(scenario)
        limit = self.at_most if self.at_most is not None else self.at_least
        if limit is not None and not self.holds(value):
            digits = next(
                (more for more in range(digits, digits + 3) if not self.holds(round(value * scale, more) / scale)), digits
            )
        return f"{label} was {_amount(f'{value * scale:,.{digits}f}', unit)}"

    def _limit_text(self, scenario: Scenario) -> str:
        """The bound with its unit; of money whole cents, on the safe side: who keeps what is printed keeps the bound."""
        _, unit, scale, _ = self.words(scenario)
        bound = self.at_most if self.at_most is not None else self.at_least
        assert bound is not None
        if unit == MONEY:
            cents = round(bound * scale * 100, 6)
            return _amount(f"{(math.floor(cents) if self.at_most is not None else math.ceil(cents)) / 100:,.2f}", unit)
        return _amount(f"{bound * scale:,.6g}", unit)


def _amount(number: str, unit: str) -> str:
    """`$0.50 an hour`, `36%`, `100 ms`, `3`."""
    if unit == MONEY:
        return f"${number} an hour"
    return f"{number}%" if unit == "%" else f"{number} {unit}".rstrip()


def joined(texts: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else list(texts))
