"""Numbers in the text that come from the model: which experiment gives each, and how near it must be.

An author writes the experiment once, `:::{claim} scenario` with options, and links numbers to it, each with
the measure that it states: `[230 ms](claim:random/p99)`. The number in the text is what is checked.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from simulator import Change, Experiment, load_scenario
from simulator.replications import KEYS

HREF = re.compile(r"claim:([a-z][a-z0-9-]*)/([a-z][a-z0-9_.]*)")
NUMBER = re.compile(r"(\d[\d,]*(?:\.\d+)?)\s*(ms|µs|s|%)?(?![a-zµ])")
SCALE = {"ms": 1e-3, "µs": 1e-6, "%": 1e-2}
SHARE = re.compile(r"share\.([1-9]\d?|max)")
CLASS = re.compile(r"class\.([a-z][a-z0-9_]*)\.(goodput|error_rate|p50|p95|p99|mean_response_time)")
STATION = re.compile(r"([a-z][a-z_]*)\.(throughput|mean_response_time|utilisation|false_ejections)")
ALONE = ("hit_ratio", "fetch_rate", "stale_share", "moved_keys", "wasted_work", "lost_sessions", "servers")  # of one run
ANCHOR = re.compile(r'<a [^>]*href="#claim-([a-z0-9-]+)"[^>]*>(.*?)</a>', re.DOTALL)


class ClaimOptions(BaseModel):
    """Fields of `claim`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")
    settings: dict[str, bool | float | str] = {}
    at: tuple[tuple[float, str, bool | float | str], ...] = ()
    duration: float = Field(600, gt=0, le=7200)
    warm_up: float = Field(30, ge=0, le=3600)
    seeds: int = Field(10, ge=2, le=100)
    within_percent: float = Field(2, gt=0, le=20)


@dataclass(frozen=True)
class Number:
    """A number of the text: what it says, in base units, and half of its last digit."""

    line: int
    text: str
    measure: str
    value: float
    half_digit: float


@dataclass(frozen=True)
class Link:
    """A link from a number to a claim, as found."""

    line: int
    claim: str
    measure: str
    text: str


@dataclass
class Claim:
    """An experiment on several seeds, and the numbers that are said to come from it."""

    file: str
    line: int
    id: str
    scenario: str
    options: ClaimOptions
    numbers: list[Number] = field(default_factory=list)

    @property
    def experiment(self) -> Experiment:
        """Settings at the first instant, then what `at` names."""
        opening = [Change(0.0, name, value) for name, value in self.options.settings.items()]
        later = [Change(at, name, value) for at, name, value in self.options.at]
        return Experiment(load_scenario(self.scenario), 1, (*opening, *later))

    def stored(self) -> dict[str, Any]:
        """What the page needs to open it."""
        changes = [[change.at, change.control, change.value] for change in self.experiment.timeline]
        numbers = {number.measure: number.text for number in self.numbers}
        return {
            "id": self.id,
            "scenario": self.scenario,
            "changes": changes,
            "numbers": [[text, measure] for measure, text in numbers.items()],
            "duration": self.options.duration,
            "warm_up": self.options.warm_up,
            "seeds": self.options.seeds,
        }


def known(measure: str) -> bool:
    """Whether a number can state this measure: one of the simulator's, `failed` requests, one server's
    `share.N` or `share.max`, a class's, like `class.premium.goodput`, or a station's, like `origin.throughput`."""
    return measure in (*KEYS, *ALONE, "failed") or any(each.fullmatch(measure) for each in (SHARE, CLASS, STATION))


def measured(result: dict[str, Any], measure: str) -> float | None:
    """A measure out of what a run found; None when it found none."""
    if measure == "failed":
        return float(sum(result["errors"].values()))
    if match := SHARE.fullmatch(measure):
        servers = next(iter(result["stations"].values()))["servers"]
        if match[1] == "max":
            return max(float(server["share"]) for server in servers)
        return float(servers[int(match[1]) - 1]["share"]) if int(match[1]) <= len(servers) else None
    if match := CLASS.fullmatch(measure):
        result, measure = result["classes"].get(match[1], {}), match[2]
    elif match := STATION.fullmatch(measure):
        result, measure = result["stations"].get(match[1], {}), match[2]
    value = result.get(measure)
    return None if value is None else float(value)


def number_of(link: Link) -> Number | None:
    """The number that a link's text states, in base units; None when it states none."""
    found = NUMBER.search(link.text)
    if not found:
        return None
    plain = found[1].replace(",", "")
    scale = SCALE.get(found[2] or "", 1.0)
    digits = len(plain.partition(".")[2])
    return Number(link.line, link.text, link.measure, float(plain) * scale, 0.5 * 10**-digits * scale)


def linked(html: str, simulations: dict[str, str], named: set[str] | None = None) -> str:
    """HTML in which numbers lead to the simulation that can show them (by claim id); elsewhere they are plain text.

    Given the claims that were `named` before, the first link to each of the others gets an id, to come back to.
    """

    def replace(match: re.Match[str]) -> str:
        target = simulations.get(match[1])
        if target is None:
            return match[2]
        first = named is not None and match[1] not in named
        if named is not None:
            named.add(match[1])
        name = f' id="number-{match[1]}"' if first else ""
        return (
            f'<a class="claim"{name} href="?claim={match[1]}#sim-{target}" title="See the run behind this number">{match[2]}</a>'
        )

    return ANCHOR.sub(replace, html)
