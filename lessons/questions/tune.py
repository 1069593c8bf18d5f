"""Settings to find until the simulator says that they hold, on seeds that nobody has seen."""

import hashlib
import math
from collections.abc import Iterable
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, StrictBool, model_validator

from lessons.questions.base import LONGEST, AnswerError, Form, Graded, Kind, Options, Render, one
from lessons.questions.intended import Intended, corners
from lessons.questions.number import PLAIN
from lessons.questions.targets import Target, joined
from lessons.questions.trials import Trials, run_trials
from simulator import (
    Change,
    ControlValueError,
    Experiment,
    ExperimentError,
    Scenario,
    ScenarioError,
    UnknownControl,
    load_scenario,
)

BUDGET = 20_000_000  # simulated requests that one answer may cost
Setting = StrictBool | Annotated[float, Field(allow_inf_nan=False)] | str
Settings = dict[str, Setting]
Later = tuple[float, str, Setting]


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
    at: tuple[Later, ...] = Field((), max_length=12, description="changes that come during each run: seconds, control, value")
    target: Target
    also: tuple[Target, ...] = Field((), max_length=2, description="further bounds that the same run must keep")
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
        if early := [at for at, _, _ in self.at if not 0 < at <= self.warm_up + self.duration]:
            raise ValueError(f"at: {early[0]:g} s is outside of the run; what holds from the start stands in fixed")
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
            experiment(scenario, {}, 1, self.at)
            for target in (self.target, *self.also):
                target.check(scenario)
        except (ScenarioError, UnknownControl, ControlValueError, ExperimentError) as error:
            raise ValueError(str(error)) from error
        for settings in (self.opening, *(each.setting for each in self.mistakes)):
            if other := set(settings) - set(self.free):
                raise ValueError(f"{', '.join(sorted(other))}: opening and mistakes may set free controls only")
        price = self._price(scenario)
        if price > BUDGET:
            raise ValueError(f"grading would simulate {price:,} requests; at most {BUDGET:,}: fewer or shorter runs")
        return self

    def _price(self, scenario: Scenario) -> int:
        return self.runs * experiment(scenario, {**self.opening, **self.fixed}, 1, self.at).price(self.warm_up + self.duration)


def experiment(scenario: Scenario, settings: dict[str, Any], seed: int, later: Iterable[Later] = ()) -> Experiment:
    """The scenario with these settings from the first instant on, and what comes later."""
    opening = [Change(0.0, name, value) for name, value in settings.items()]
    return Experiment(scenario, seed, (*opening, *(Change(*each) for each in later)))


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
        """The free controls in the units of the page, with their opening values, the target in words, how many runs."""
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
        target = {"target_text": self._target_text(), "runs": self.data["runs"], "scenario": self.data["scenario"]}
        return {"controls": controls, **target}

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
        return experiment(scenario, {**self.data["opening"], **given, **self.data["fixed"]}, scenario.seed, self._later())

    def measures(self) -> tuple[str, ...]:
        """What the targets are about, as far as the page has words for it, the median, the errors."""
        shown = [each.measure for each in self._targets() if "." not in each.measure]
        return tuple(dict.fromkeys((*shown, "p50", "error_rate")))

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
        price = self.data["runs"] * experiment(scenario, {**given, **self.data["fixed"]}, 1, self._later()).price(
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
        scenario = load_scenario(self.data["scenario"])
        summary = (
            f"<p>{found['passed']} of {found['runs']} runs on hidden seeds held {self._bounds_text(scenario)}; "
            f"{self.data['pass']} were needed. {self._middle_text(scenario, found, correct)}</p>"
        )
        whys = "".join(each["why_html"] for each in feedback)
        return Graded(correct, float(correct), given, feedback, summary + whys, self.data["why_html"], found)

    def trials(self, given: dict[str, Any]) -> Trials:
        """What is run: the fixed settings win over whatever came."""
        scenario = load_scenario(self.data["scenario"])
        settings = {**self.data["opening"], **given, **self.data["fixed"]}
        seed = int.from_bytes(hashlib.sha256(f"grade\0{self.data['uid']}".encode()).digest()[:3], "big")
        experiments = tuple(experiment(scenario, settings, seed + run, self._later()) for run in range(self.data["runs"]))
        return Trials(experiments, self.data["duration"], self.data["warm_up"], self._targets())

    def _targets(self) -> tuple[Target, ...]:
        return tuple(Target(**each) for each in (self.data["target"], *self.data.get("also", ())))

    def _later(self) -> tuple[Later, ...]:
        return tuple((at, name, value) for at, name, value in self.data.get("at", ()))

    def _middle_text(self, scenario: Scenario, found: dict[str, Any], correct: bool) -> str:
        """What the middle run gave and, where the answer is wrong, which bound that broke."""
        pairs = list(zip(self._targets(), found.get("medians", [found["median"]]), strict=False))
        told = [each.found_text(scenario, value) for each, value in pairs if value is not None]
        said = [f"In the middle run {joined(told)}."] if told else []
        if not correct:
            broken = [each.bound_text(scenario) for each, value in pairs if not each.holds(value)]
            if broken:
                said.append(f"{'The bound' if len(broken) == 1 else 'The bounds'} that broke: {joined(broken)}.")
            else:
                said.append(f"So the middle run holds, and {found['runs'] - found['passed']} of the {found['runs']} do not.")
        return " ".join(said)

    def _bounds_text(self, scenario: Scenario) -> str:
        return joined([each.bound_text(scenario) for each in self._targets()])

    def _target_text(self) -> str:
        return (
            f"Hold {self._bounds_text(load_scenario(self.data['scenario']))} over {_lasting(self.data['duration'])}, "
            f"in at least {self.data['pass']} of {self.data['runs']} runs on seeds that you do not see."
        )


def _lasting(seconds: float) -> str:
    """`10 simulated minutes`, `1 simulated minute`, `45 simulated seconds`."""
    minutes = _tidy(seconds / 60)
    number, unit = (minutes, "minute") if _tidy(2 * minutes) == int(2 * minutes) else (_tidy(seconds), "second")
    return f"{number:g} simulated {unit}{'' if number == 1 else 's'}"


def _number(text: str, label: str) -> float:
    if not PLAIN.fullmatch(text) or not math.isfinite(float(text)):
        raise AnswerError(f"{label} takes a number.")
    return float(text)


def _tidy(number: float) -> float:
    tidy = float(f"{number:.10g}")
    return int(tidy) if tidy == int(tidy) else tidy
