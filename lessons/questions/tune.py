"""Tune a simulation until a measure holds; graded by the simulator on seeds that the page does not know."""

from functools import lru_cache
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from lessons.questions.base import Form, Graded, Kind, Options, Unreadable
from simulator import Change, ControlValueError, Experiment, load_scenario, simulate
from simulator.scenario import READOUTS

HIDDEN_SEED = 7_919  # the first of the seeds that grade; no page and no link uses them
Setting = dict[str, float | int | str | bool]


class Target(BaseModel):
    """What must hold, in base units."""

    model_config = ConfigDict(extra="forbid")

    measure: Literal["p50", "p95", "p99", "mean_response_time", "throughput", "goodput", "error_rate", "cost_per_hour"]
    at_most: float | None = None
    at_least: float | None = None

    @model_validator(mode="after")
    def _one_bound(self) -> "Target":
        if (self.at_most is None) == (self.at_least is None):
            raise ValueError("give either at_most or at_least")
        return self


class TuneMistake(BaseModel):
    """A setting that fails, and why."""

    model_config = ConfigDict(extra="forbid")

    setting: Setting
    why: str = Field(min_length=1)


class TuneOptions(Options):
    """Scenario, what is fixed and free, the target, and how it is graded."""

    scenario: str
    fixed: Setting = Field(default_factory=dict)
    free: list[str] = Field(min_length=1, max_length=6)
    opening: Setting = Field(default_factory=dict)
    target: Target
    duration: float = Field(600, gt=0, le=3600)
    warm_up: float = Field(30, ge=0, le=600)
    runs: int = Field(5, ge=1, le=20)
    passes: int = Field(5, ge=1, le=20, alias="pass")
    mistakes: list[TuneMistake] = Field(default_factory=list)

    @model_validator(mode="after")
    def _fits(self) -> "TuneOptions":
        scenario = load_scenario(self.scenario)
        for setting in (self.fixed, self.opening, *(mistake.setting for mistake in self.mistakes)):
            for name, value in setting.items():
                scenario.control(name).check(value)
        for name in self.free:
            scenario.control(name)
        if self.passes > self.runs:
            raise ValueError("pass must not be above runs")
        return self


@lru_cache(maxsize=512)
def _results(
    scenario: str, setting: tuple[tuple[str, Any], ...], measure: str, runs: int, duration: float, warm_up: float
) -> tuple[float | None, ...]:
    """The measure over the hidden seeds. Equal settings are simulated once."""
    read = load_scenario(scenario)
    timeline = tuple(Change(0.0, name, value) for name, value in setting)
    return tuple(simulate(Experiment(read, HIDDEN_SEED + run, timeline), duration, warm_up)[measure] for run in range(runs))


class Tune(Kind):
    """Settings to find; correct when enough runs meet the target."""

    name: ClassVar[str] = "tune"
    Options: ClassVar[type[Options]] = TuneOptions

    def public(self) -> dict[str, Any]:
        """The free controls with their opening values, and the target in words."""
        controls = {control["name"]: control for control in load_scenario(self.data["scenario"]).describe()["controls"]}
        shown = []
        for name in self.data["free"]:
            control = controls[name]
            scale = control["scale"]
            value = self.data["opening"].get(name, control["default"])
            if control["kind"] == "range":
                value = round(value * scale, 9)
                control = {**control, **{end: round(control[end] * scale, 9) for end in ("minimum", "maximum", "step")}}
            shown.append({**control, "value": value, "unit": control["display_unit"] or control["unit"]})
        return {"controls": shown, "target_text": self._target_text(), "scenario": self.data["scenario"]}

    def _target_text(self) -> str:
        target = self.data["target"]
        label, unit, scale, _ = READOUTS[target["measure"]]
        bound = target["at_most"] if target["at_most"] is not None else target["at_least"]
        word = "at most" if target["at_most"] is not None else "at least"
        return f"{label} {word} {bound * scale:g} {unit} over {self.data['duration'] / 60:g} simulated minutes"

    def read(self, form: Form) -> Setting:
        """The free controls' values, checked by the simulator's own controls."""
        scenario = load_scenario(self.data["scenario"])
        setting: Setting = {}
        for name in self.data["free"]:
            control = scenario.control(name)
            values = form.getlist(name)
            if len(values) != 1 or len(str(values[0])) > 40:
                raise Unreadable(f"Set {control.label}.")
            text = str(values[0])
            try:
                if control.kind == "range":
                    try:
                        number = float(text) / control.scale
                    except ValueError:
                        raise Unreadable(f"{control.label} takes a number.") from None
                    setting[name] = control.check(number)
                else:
                    setting[name] = control.read(text)
            except ControlValueError as error:
                raise Unreadable(str(error)) from error
        return setting

    def grade(self, given: Setting) -> Graded:
        """Runs the setting on the hidden seeds and says in how many it held."""
        data = self.data
        target = data["target"]
        setting = tuple(sorted({**data["fixed"], **given}.items()))
        results = _results(data["scenario"], setting, target["measure"], data["runs"], data["duration"], data["warm_up"])
        held = sum(value is not None and self._holds(value) for value in results)
        correct = held >= data["passes"]
        label, unit, scale, digits = READOUTS[target["measure"]]
        known = [value * scale for value in results if value is not None]
        span = f"{min(known):.{digits}f} to {max(known):.{digits}f} {unit}" if known else "no answers at all"
        said = f"{held} of {data['runs']} runs met the target; {label} was {span}."
        feedback = [{"key": "runs", "why_html": self.render(said)}]
        if not correct:
            for mistake in data["mistakes"]:
                if all(given.get(name) == value for name, value in mistake["setting"].items()):
                    feedback.append({"key": "mistake", "why_html": self.render(mistake["why"])})
                    break
        return Graded(correct, float(correct), given, feedback, self.render(f"{said}\n\n{data['why']}"))

    def _holds(self, value: float) -> bool:
        target = self.data["target"]
        if target["at_most"] is not None:
            return bool(value <= target["at_most"])
        return bool(value >= target["at_least"])
