"""`predict`: what the learner says before a simulation runs. It stands anywhere above its simulation in the lesson."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from lessons.markdown.blocks import Directive, Place, body_of
from lessons.markdown.claims import measured
from lessons.markdown.errors import Problems
from lessons.markdown.fields import field_line, read_fields
from lessons.markdown.render import inline
from simulator import Change, ControlValueError, Experiment, ExperimentError, UnknownControl, load_scenario, simulate
from simulator.replications import KEYS
from simulator.scenario import READOUTS

Line = Annotated[str, Field(min_length=1, max_length=120, pattern=r"^[^\n]+$")]
FAILED = "failed"  # requests that failed so far: not a readout, counted when the lesson is read
CURVES = ("p50", "p95", "p99")  # what the chart shows, and so what a curve can be drawn for


class PredictOptions(BaseModel):
    """Options of `predict`. Values are as the page shows them (ms, %); seconds are simulated."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["number", "choice", "curve"]
    measure: str = Field("p99", description="the readout that is predicted")
    at: tuple[tuple[float, str, bool | float | str], ...] = Field((), description="changes that the run then brings")
    seconds: float = Field(12.0, gt=0, le=3600, description="when the prediction is held against the run")
    over: float = Field(0, ge=0, description="the measure of so many seconds before that, rather than as the page shows it then")
    maximum: float | None = Field(None, gt=0, description="the end of the scale of a number or of a curve's axis")
    known: float | None = Field(None, ge=0, description="where the curve begins")
    choices: tuple[Line, ...] = ()
    right: int | None = Field(None, ge=1, description="which of the choices happens, counted from 1")
    outcome: str = Field("", max_length=500, description="said once the run was watched: what it was, and why")

    @model_validator(mode="after")
    def _consistent(self) -> "PredictOptions":
        if self.measure not in (*READOUTS, FAILED):
            raise ValueError(f"measure: expected one of {', '.join((*READOUTS, FAILED))}, not {self.measure}")
        if self.over > self.seconds or (self.over and self.measure not in KEYS):
            raise ValueError(f"over: expected at most seconds, and a measure of whole runs, not {self.measure}")
        if self.kind == "curve" and self.measure not in CURVES:
            raise ValueError(f"measure: expected one of {', '.join(CURVES)} for a curve, not {self.measure}")
        if (self.kind == "choice") != (len(self.choices) >= 2):
            raise ValueError("choices: expected two or more for the kind choice, and none for another")
        if self.right is not None and self.right > len(self.choices):
            raise ValueError(f"right: expected the number of one of the {len(self.choices)} choices, not {self.right}")
        if self.kind != "choice" and self.maximum is None:
            raise ValueError("maximum: expected the end of the scale, like 800")
        if self.kind == "curve" and self.known is None:
            raise ValueError("known: expected where the curve begins, like 140")
        return self


@dataclass(frozen=True)
class Prediction:
    """A prediction as found, before its simulation is known."""

    simulation: str
    line: int
    options_line: int
    source: str
    options: PredictOptions
    question_html: str
    outcome_html: str


def predict(found: Directive, place: Place) -> None:
    """Keep a prediction for its simulation; it shows nothing by itself."""
    problems = place.problems
    if place.nested:
        problems.add(found.line, "expected a prediction outside of other directives")
    options = read_fields(found.options, PredictOptions, problems, found.options_line, "options of predict")
    question = body_of(found, place)
    if not question:
        problems.add(found.body_line, "expected the question: what will happen?")
    if not found.argument:
        problems.add(found.line, "expected the id of the simulation, like :::{predict} strategies")
    if options is not None:
        line = field_line(found.options, found.options_line, "outcome")
        outcome = inline(options.outcome, problems, line) if options.outcome else ""
        kept = Prediction(found.argument, found.line, found.options_line, found.options, options, question, outcome)
        if found.argument in place.predictions:
            problems.add(found.line, f"expected one prediction for the simulation {found.argument}")
        place.predictions[found.argument] = kept


def attach(parts: list[dict[str, Any]], predictions: dict[str, Prediction], problems: Problems) -> None:
    """Give each simulation the prediction that is about it; one without its simulation is a mistake."""
    made = {part["simulation"]["id"]: part for part in parts if "simulation" in part}
    for prediction in predictions.values():
        part = made.get(prediction.simulation)
        if part is not None and part["line"] < prediction.line:
            problems.add(prediction.line, "expected the prediction above its simulation")
            continue
        if part is None:
            known = ", ".join(made) or "none"
            problems.add(prediction.line, f"expected the id of a simulation further down ({known}), not {prediction.simulation}")
            continue
        part["simulation"]["predict"] = _described(prediction, part["simulation"], problems)


def _described(prediction: Prediction, simulation: dict[str, Any], problems: Problems) -> dict[str, Any]:
    """A prediction as a page reads it: values in base units, the run's changes after those of the preset."""
    options = prediction.options
    scenario = load_scenario(simulation["scenario"])
    label, unit, scale, _ = READOUTS.get(options.measure, ("Failed requests", "", 1, 0))
    changes = [[0.0, name, value] for name, value in simulation["preset"].items()]
    for number, change in enumerate(options.at):
        try:
            Experiment(scenario, scenario.seed, tuple(Change(*each) for each in (*changes, change)))
            changes.append(list(change))
        except (UnknownControl, ControlValueError, ExperimentError) as error:
            line = field_line(prediction.source, prediction.options_line, "at", number)
            problems.add(line, f"at.{number}: {error}")
    counted = None
    if (options.measure == FAILED or options.over) and not problems.errors:
        run = Experiment(scenario, scenario.seed, tuple(Change(*each) for each in changes))
        over = options.over or options.seconds
        value = measured(simulate(run, over, options.seconds - over), options.measure)
        counted = None if value is None else value * scale
    return {
        "kind": options.kind,
        "question_html": prediction.question_html,
        "measure": options.measure,
        "label": label,
        "unit": unit,
        "scale": scale,
        "span": options.seconds,
        "maximum": options.maximum,
        "known": options.known,
        "from": options.at[0][0] if options.at else 0.0,
        "right": options.right,
        "outcome_html": prediction.outcome_html,
        "counted": counted,
        "over": options.over,
        "choices": list(options.choices),
        "timeline": changes if options.at else [],
    }
