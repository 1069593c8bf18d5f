"""Settings to find until the simulator says that they hold, on seeds that nobody has seen."""

import hashlib
import math
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StrictBool, model_validator

from lessons.questions.base import LONGEST, AnswerError, Form, Graded, Kind, Options, Render, one
from lessons.questions.intended import Intended, corners
from lessons.questions.number import PLAIN
from lessons.questions.trials import Trials, run_trials
from simulator import Change, ControlValueError, Experiment, Scenario, ScenarioError, UnknownControl, load_scenario

BUDGET = 20_000_000  # simulated requests that one answer may cost
Setting = StrictBool | Annotated[float, Field(allow_inf_nan=False)] | str
Settings = dict[str, Setting]
Measure = Literal["mean_response_time", "p50", "p95", "p99", "throughput", "goodput", "error_rate", "cost_per_hour"]
MEASURES: dict[Measure, tuple[str, str, float, int]] = {  # label, unit, shown = value × this, digits
    "mean_response_time": ("mean latency", "ms", 1000, 1),
    "p50": ("p50 latency", "ms", 1000, 0),
    "p95": ("p95 latency", "ms", 1000, 0),
    "p99": ("p99 latency", "ms", 1000, 0),
    "throughput": ("throughput", "requests/s", 1, 0),
    "goodput": ("goodput", "requests/s", 1, 0),
    "error_rate": ("the error rate", "%", 100, 2),
    "cost_per_hour": ("cost", "$/h", 1, 2),
}


class Target(BaseModel):
    """What must hold in a run."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    measure: Measure
    at_most: float | None = Field(None, allow_inf_nan=False)
    at_least: float | None = Field(None, allow_inf_nan=False)

    @model_validator(mode="after")
    def _one_bound(self) -> Self:
        if (self.at_most is None) == (self.at_least is None):
            raise ValueError("expected at_most or at_least, one of the two")
        return self


class Misstep(BaseModel):
    """Settings that a known misconception leads to."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    setting: Settings
    why: str = Field(min_length=1)


class TuneOptions(Options):
    """Fields of `tune`."""

    scenario: str
    fixed: Settings = Field(default_factory=dict)
    free: tuple[str, ...] = Field(min_length=1, max_length=6)
    target: Target
    duration: float = Field(600, gt=0, le=3600)
    warm_up: float = Field(30, ge=0, le=600)
    runs: int = Field(20, ge=1, le=50)
    needed: int = Field(19, ge=1, alias="pass")
    opening: Settings = Field(default_factory=dict)
    mistakes: tuple[Misstep, ...] = ()
    why: str = Field(min_length=1)
    intended: tuple[Intended, ...] = Field((), description="what is meant to pass: a value, choices, or the ends of a range")

    @model_validator(mode="after")
    def _means_what_can_be_set(self) -> Self:
        try:
            scenario = load_scenario(self.scenario)
            for setting in (one for each in self.intended for one in corners(each)):
                if other := set(setting) - set(self.free):
                    raise ValueError(f"{', '.join(sorted(other))}: intended may name free controls only")
                for name, value in setting.items():
                    scenario.control(name).check(value)
        except (ScenarioError, UnknownControl, ControlValueError) as error:
            raise ValueError(f"intended: {error}") from error
        return self

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.needed > self.runs:
            raise ValueError(f"pass must be at most runs ({self.runs})")
        if both := set(self.free) & set(self.fixed):
            raise ValueError(f"{', '.join(sorted(both))}: a control is fixed or free, not both")
        try:
            scenario = load_scenario(self.scenario)
            for name in self.free:
                if scenario.control(name).kind == "fault":
                    raise ValueError(f"{name} is a fault and cannot be free")
            for settings in (self.fixed, self.opening, *(each.setting for each in self.mistakes)):
                for name, value in settings.items():
                    scenario.control(name).check(value)
        except (ScenarioError, UnknownControl, ControlValueError) as error:
            raise ValueError(str(error)) from error
        for settings in (self.opening, *(each.setting for each in self.mistakes)):
            if other := set(settings) - set(self.free):
                raise ValueError(f"{', '.join(sorted(other))}: opening and mistakes may set free controls only")
        price = self._price(scenario)
        if price > BUDGET:
            raise ValueError(f"grading would simulate {price:,} requests; at most {BUDGET:,}: fewer or shorter runs")
        return self

    def _price(self, scenario: Scenario) -> int:
        return self.runs * experiment(scenario, {**self.opening, **self.fixed}, 1).price(self.warm_up + self.duration)


def experiment(scenario: Scenario, settings: dict[str, Any], seed: int) -> Experiment:
    """The scenario with these settings from the first instant on."""
    return Experiment(scenario, seed, tuple(Change(0.0, name, value) for name, value in settings.items()))


class Tune(Kind):
    """Settings to find; correct when enough of the hidden runs meet the target."""

    name = "tune"
    options = TuneOptions

    @classmethod
    def build(cls, options: TuneOptions, render: Render) -> dict[str, Any]:
        """As written, the explanations rendered."""
        data = options.model_dump(exclude={"id", "points", "why", "mistakes"}, by_alias=True, mode="json")
        mistakes = [{"setting": each.setting, "why_html": render(each.why)} for each in options.mistakes]
        return {**data, "uid": options.id, "mistakes": mistakes, "why_html": render(options.why)}

    def public(self) -> dict[str, Any]:
        """The free controls in the units of the page, with their opening values, and the target in words."""
        scenario = load_scenario(self.data["scenario"])
        defaults = {each["name"]: each["default"] for each in scenario.describe()["controls"]}
        controls = []
        for name in self.data["free"]:
            control = scenario.control(name)
            default = defaults[name] if name in defaults else defaults[name.partition(".")[0]]
            value = self.data["opening"].get(name, default)
            shown = {"name": name, "label": control.label, "kind": control.kind, "choices": control.choices}
            if control.kind == "range":
                scale = control.scale
                bounds = {"minimum": control.minimum, "maximum": control.maximum, "step": control.step}
                shown |= {key: _tidy(number * scale) for key, number in bounds.items()}
                shown |= {"value": _tidy(value * scale), "unit": control.display_unit or control.unit}
            else:
                shown["value"] = value
            controls.append(shown)
        return {"controls": controls, "target_text": self._target_text(), "scenario": self.data["scenario"]}

    def answered(self, given: dict[str, Any]) -> dict[str, Any]:
        """As `public()`, with the values that were given."""
        public = self.public()
        scenario = load_scenario(self.data["scenario"])
        for shown in public["controls"]:
            if shown["name"] in given:
                value = given[shown["name"]]
                shown["value"] = _tidy(value * scenario.control(shown["name"]).scale) if shown["kind"] == "range" else value
        return public

    def opening(self) -> Experiment:
        """The fixed and the opening settings, on the scenario's own seed: none of those that grade."""
        return self.tried({})

    def tried(self, given: Any) -> Experiment:
        """The fixed settings and what was given, on the scenario's own seed."""
        scenario = load_scenario(self.data["scenario"])
        return experiment(scenario, {**self.data["opening"], **given, **self.data["fixed"]}, scenario.seed)

    def measures(self) -> tuple[str, ...]:
        """What the target is about, the median, the errors."""
        return tuple(dict.fromkeys((self.data["target"]["measure"], "p50", "error_rate")))

    def read(self, form: Form) -> Any:
        """The value of each free control, in base units."""
        scenario = load_scenario(self.data["scenario"])
        given: dict[str, Any] = {}
        for name in self.data["free"]:
            control = scenario.control(name)
            try:
                if control.kind == "switch":
                    given[name] = control.check(any(form.get(name, ())))
                    continue
                text = one(form, name, f"{control.label} has no value.")
                if control.kind == "range":
                    given[name] = control.check(_tidy(_number(text, control.label) / control.scale))
                else:
                    given[name] = control.check(text)
            except ControlValueError as error:
                raise AnswerError(str(error)[: 3 * LONGEST]) from error
        price = self.data["runs"] * experiment(scenario, {**given, **self.data["fixed"]}, 1).price(
            self.data["warm_up"] + self.data["duration"]
        )
        if price > BUDGET:
            raise AnswerError(f"These settings would simulate {price:,} requests, too many to grade. Choose smaller ones.")
        return given

    def grade(self, given: Any, outcome: dict[str, Any] | None = None) -> Graded:
        """Run it on the hidden seeds (or take the outcome of when that was done) and say how many held."""
        found = outcome or run_trials(self.trials(given))
        correct = found["passed"] >= self.data["pass"]
        feedback = [
            {"key": "mistake", "text_html": "", "given": True, "correct": False, "why_html": each["why_html"]}
            for each in self.data["mistakes"]
            if not correct and each["setting"].items() <= given.items()
        ][:1]
        label, unit, scale, digits = MEASURES[self.data["target"]["measure"]]
        middle = found["median"]
        told = f"In the middle run it was {middle * scale:.{digits}f} {unit}." if middle is not None else ""
        summary = (
            f"<p>{found['passed']} of {found['runs']} runs on hidden seeds held {label} at {self._bound_text()}; "
            f"{self.data['pass']} were needed. {told}</p>"
        )
        whys = "".join(each["why_html"] for each in feedback)
        return Graded(correct, float(correct), given, feedback, summary + whys + self.data["why_html"], found)

    def trials(self, given: dict[str, Any]) -> Trials:
        """What is run: the fixed settings win over whatever came."""
        scenario = load_scenario(self.data["scenario"])
        settings = {**self.data["opening"], **given, **self.data["fixed"]}
        seed = int.from_bytes(hashlib.sha256(f"grade\0{self.data['uid']}".encode()).digest()[:3], "big")
        experiments = tuple(experiment(scenario, settings, seed + run) for run in range(self.data["runs"]))
        target = self.data["target"]
        return Trials(
            experiments,
            self.data["duration"],
            self.data["warm_up"],
            target["measure"],
            target["at_most"],
            target["at_least"],
        )

    def _bound_text(self) -> str:
        target = self.data["target"]
        _, unit, scale, _ = MEASURES[target["measure"]]
        bound = target["at_most"] if target["at_most"] is not None else target["at_least"]
        word = "less" if target["at_most"] is not None else "more"
        return f"{_tidy(bound * scale):g} {unit} or {word}"

    def _target_text(self) -> str:
        minutes = _tidy(self.data["duration"] / 60)
        label = MEASURES[self.data["target"]["measure"]][0]
        return (
            f"Hold {label} at {self._bound_text()} over {minutes:g} simulated minutes, "
            f"in at least {self.data['pass']} of {self.data['runs']} runs on seeds that you do not see."
        )


def _number(text: str, label: str) -> float:
    if not PLAIN.fullmatch(text) or not math.isfinite(float(text)):
        raise AnswerError(f"{label} takes a number.")
    return float(text)


def _tidy(number: float) -> float:
    tidy = float(f"{number:.10g}")
    return int(tidy) if tidy == int(tidy) else tidy
