"""What the blocks of a lesson become. Each has a typed, closed model of its options."""

import re
from html import escape
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from lessons.markdown.blocks import DIRECTIVES, Directive, Place, body_of
from lessons.markdown.claims import Claim, ClaimOptions
from lessons.markdown.errors import Problems
from lessons.markdown.fields import field_line, read_fields
from lessons.markdown.figures import FigureError, read_figure
from lessons.markdown.predictions import predict
from lessons.markdown.questions import challenge, question
from lessons.markdown.render import heading_id, inline
from lessons.markdown.sanitise import clean
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

__all__ = ["DIRECTIVES"]


class NoOptions(BaseModel):
    """A directive without options."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FigureOptions(NoOptions):
    """Options of `figure`."""

    alt: str = Field(min_length=10, description="what the drawing shows, for those who do not see it")


class StepOptions(NoOptions):
    """One guided step of a simulation: what is set, and which controls the learner has there."""

    title: str = Field(min_length=1, max_length=60)
    text: str = Field(min_length=1, max_length=400)
    set: dict[str, bool | float | str] = {}
    show: tuple[str, ...] = ()
    chart: Literal["queues", "shares", "histogram"] | None = Field(
        None, description="what the second chart shows there; None: what the scenario's `charts` name"
    )
    speed: float | None = Field(None, description="simulated seconds per second; None: as it was")


class SimulationOptions(NoOptions):
    """Options of `simulation`."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")
    title: str = Field("", max_length=120, description="empty: the scenario's own")
    preset: dict[str, bool | float | str] = {}
    steps: tuple[StepOptions, ...] = Field((), min_length=2, max_length=5)


def note(found: Directive, place: Place) -> dict[str, Any] | None:
    """An aside with a title."""
    read_fields(found.options, NoOptions, place.problems, found.options_line, "options of note")
    title = inline(found.argument, place.problems, found.line) if found.argument else ""
    heading = f'<p class="note-title">{title}</p>' if title else ""
    return {"html": clean(f'<aside class="note">{heading}{body_of(found, place)}</aside>')}


def definition(found: Directive, place: Place) -> dict[str, Any] | None:
    """A term and the sentence that says what it means."""
    read_fields(found.options, NoOptions, place.problems, found.options_line, "options of definition")
    if not found.argument:
        place.problems.add(found.line, "expected the term, like :::{definition} utilisation")
    if not found.body.strip():
        place.problems.add(found.line, "expected one sentence that says what the term means")
    term = inline(found.argument, place.problems, found.line) if found.argument else ""
    slug = heading_id(re.sub(r"<[^>]*>", "", term)).removeprefix("about-")
    body = body_of(found, place)
    if any(each["slug"] == slug for each in place.terms):
        place.problems.add(found.line, f"expected {found.argument} to be defined once in a lesson")
    place.terms.append({"slug": slug, "term_html": clean(term), "html": body})
    html = f'<dl class="definition" id="term-{slug}"><dt><dfn>{term}</dfn></dt><dd>{body}</dd></dl>'
    return {"html": clean(html)}


def figure(found: Directive, place: Place) -> dict[str, Any] | None:
    """A drawing of the lesson's own, inline, with its caption."""
    options = read_fields(found.options, FigureOptions, place.problems, found.options_line, "options of figure")
    caption = body_of(found, place)
    if options is None:
        return None
    try:
        if place.folder is None:  # a preview of text alone: the drawing is not at hand
            drawing = f"<p>{escape(found.argument)}: {escape(options.alt)}</p>"
        else:
            drawing = read_figure(place.folder, found.argument, options.alt)
    except FigureError as error:
        place.problems.add(found.line, str(error))
        return None
    html = clean(f"<figure>{drawing}<figcaption>{caption}</figcaption></figure>")
    if place.beside is not None:
        place.beside.append(html)
        return None
    return {"html": html}


def simulation(found: Directive, place: Place) -> dict[str, Any] | None:
    """A live simulation: a scenario, its opening settings, and a sentence or two on what to try."""
    problems = place.problems
    options = read_fields(found.options, SimulationOptions, problems, found.options_line, "options of simulation")
    intro = body_of(found, place)
    if place.nested:
        problems.add(found.line, "expected a simulation outside of other directives")
    scenario = _scenario(found, problems)
    if options is None or scenario is None:
        return None
    preset = _settings(scenario, options.preset, "preset", found, problems)
    steps = [_step(scenario, step, number, found, problems) for number, step in enumerate(options.steps)]
    if not problems.errors:
        Experiment(scenario, scenario.seed, tuple(Change(0.0, name, value) for name, value in preset.items()))
    made = {
        "id": options.id,
        "scenario": scenario.name,
        "title": options.title or scenario.title,
        "intro_html": intro,
        "preset": preset,
        **({"steps": steps} if steps else {}),
    }
    return {"simulation": made, "line": found.line}


def _step(scenario: Scenario, step: StepOptions, number: int, found: Directive, problems: Problems) -> dict[str, Any]:
    """A guided step as a page reads it; what the scenario does not take is noted with its line."""
    described = scenario.describe()
    known = [each["name"] for each in (*described["controls"], *described["faults"])]
    for place, name in enumerate(step.show):
        if name not in known:
            line = field_line(found.options, found.options_line, "steps", number, "show", place)
            problems.add(line, f"steps.{number}.show: expected one of {', '.join(known)}, not {name}")
    line = field_line(found.options, found.options_line, "steps", number, "text")
    return {
        "title": step.title,
        "text_html": inline(step.text, problems, line),
        "set": _settings(scenario, step.set, ("steps", number, "set"), found, problems),
        "show": list(step.show),
        "chart": step.chart,
        "speed": step.speed,
    }


def claim(found: Directive, place: Place) -> None:
    """An experiment that numbers of the text come from; it shows nothing by itself."""
    problems = place.problems
    options = read_fields(found.options, ClaimOptions, problems, found.options_line, "options of claim")
    scenario = _scenario(found, problems)
    if found.body.strip():
        problems.add(found.body_line, "expected no text in a claim: link numbers to it, like [50 ms](claim:id/p99)")
    if options is None or scenario is None:
        return
    _settings(scenario, options.settings, "settings", found, problems)
    made = Claim(problems.file, found.line, options.id, scenario.name, options)
    try:
        made.experiment.price(options.duration)
    except (UnknownControl, ControlValueError, ExperimentError) as error:
        problems.add(found.options_line, f"expected changes that the scenario takes: {error}")
        return
    place.claims.append(made)


def _scenario(found: Directive, problems: Problems) -> Scenario | None:
    """The scenario that the directive's argument names."""
    if not re.fullmatch(r"[a-z][a-z0-9-]*", found.argument):
        expected = f"expected the name of a scenario, like :::{{{found.name}}} load-balancing-strategies"
        problems.add(found.line, expected)
        return None
    try:
        return load_scenario(found.argument)
    except ScenarioError as error:
        problems.add(found.line, str(error))
        return None


def _settings(
    scenario: Scenario, settings: dict[str, Any], where: str | tuple[str | int, ...], found: Directive, problems: Problems
) -> dict[str, Any]:
    """The settings as the scenario takes them; those that it does not take are noted."""
    taken = {}
    path = (where,) if isinstance(where, str) else where
    for name, value in settings.items():
        try:
            taken[name] = scenario.control(name).check(value)
        except (UnknownControl, ControlValueError) as error:
            problems.add(
                field_line(found.options, found.options_line, *path, name), f"{'.'.join(map(str, path))}.{name}: {error}"
            )
    return taken


DIRECTIVES |= {
    "note": note,
    "definition": definition,
    "figure": figure,
    "simulation": simulation,
    "claim": claim,
    "predict": predict,
    "question": question,
    "challenge": challenge,
}
