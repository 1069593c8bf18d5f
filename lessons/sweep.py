"""Whether a challenge asks for what its author means: its opening, its intended settings and a grid of all others, graded.

Runs are those that grade learners, on the same hidden seeds. A setting is left as soon as its verdict is certain, so a grid
costs a few runs for what fails and all of them for what passes.
"""

import itertools
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from lessons.importer import questions_of
from lessons.markdown import QuestionDocument
from lessons.questions import question_of
from lessons.questions.intended import corners, covers
from lessons.questions.tune import BUDGET, Tune
from simulator import load_scenario

Setting = dict[str, Any]
GRID = 60  # settings of one question that are tried, beside those that it names
NEEDED = 19  # of 20 runs that an intended setting must hold at least


@dataclass(frozen=True)
class Verdict:
    """A setting of all free controls, and how its runs went. `ran` is less than all when it had failed by then."""

    setting: Setting
    passes: bool
    passed: int
    ran: int


@dataclass(frozen=True)
class Sweep:
    """What was found of one question."""

    uid: str
    where: str
    runs: int
    opening: Verdict
    intended: list[Verdict]
    grid: list[Verdict] = field(repr=False)
    declared: tuple[dict[str, Any], ...] = ()

    @property
    def unintended(self) -> list[Verdict]:
        """Settings that pass although nothing says that they should."""
        return [each for each in self.grid if each.passes and not any(covers(meant, each.setting) for meant in self.declared)]

    @property
    def faults(self) -> list[str]:
        """What makes the question wrong; a setting that passes unmeant is for its author to judge."""
        found = []
        if self.opening.passes:
            found.append("passes as it opens")
        if not self.declared:
            found.append("does not say what is intended")
        found += [
            f"does not hold {NEEDED} of 20 runs with {in_words(each.setting)}: {each.passed} of {each.ran}"
            for each in self.intended
            if not each.passes or each.passed < NEEDED * each.ran // 20
        ]
        return [f"{self.where}: {self.uid} {each}" for each in found]


def tuned(path: str | Path) -> Iterator[tuple[str, QuestionDocument]]:
    """Every question that the simulator grades in a folder of tracks, a track, or one file, with its file."""
    for where, question in questions_of(path):
        if question.kind == Tune.name:
            yield where, question


def sweep(
    questions: Iterable[tuple[str, QuestionDocument]],
    *,
    points: int = GRID,
    seeds: int | None = None,
    threads: int = 2,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Sweep]:
    """Each question with at most `points` settings of its grid (0: none), on all its seeds or the first `seeds` of them.

    Runs beside the rest of the machine: `threads` at a time, each of low priority.
    """
    asked = [(where, _kind(each)) for where, each in questions]
    plans = [(where, tune, *_plan(tune, points)) for where, tune in asked]
    total = sum(1 + len(meant) + len(grid) for *_, meant, grid in plans)
    done = itertools.count(1)

    def judged(tune: Tune, setting: Setting) -> Verdict:
        verdict = judge(tune, setting, seeds)
        progress(next(done), total)
        return verdict

    with ThreadPoolExecutor(threads, "sweep", initializer=lambda: os.nice(10)) as pool:
        waiting = [
            (where, tune, [[pool.submit(judged, tune, each) for each in some] for some in ([opening_of(tune)], meant, grid)])
            for where, tune, meant, grid in plans
        ]
        return [
            Sweep(
                tune.data["uid"],
                where,
                tune.data["runs"],
                opening[0].result(),
                [each.result() for each in meant],
                [each.result() for each in grid],
                tuple(tune.data.get("intended", ())),
            )
            for where, tune, (opening, meant, grid) in waiting
        ]


def judge(tune: Tune, setting: Setting, seeds: int | None = None) -> Verdict:
    """Grade a setting as a learner's on the hidden seeds (or the first `seeds`), no further than until it is certain."""
    trials = tune.trials(setting)
    runs = trials.experiments[:seeds]
    needed = len(runs) * tune.data["pass"] // tune.data["runs"]  # of a few seeds one more may fail
    passed = 0
    for ran, each in enumerate(runs, 1):
        passed += replace(trials, experiments=(each,)).run()["passed"]
        if ran - passed > len(runs) - needed:
            return Verdict(setting, False, passed, ran)
    return Verdict(setting, True, passed, len(runs))


def opening_of(tune: Tune) -> Setting:
    """Every free control as a learner finds it."""
    defaults = {control["name"]: control["value"] for control in tune.public()["controls"]}
    scenario = load_scenario(tune.data["scenario"])
    for name, value in defaults.items():
        if scenario.control(name).kind == "range":
            defaults[name] = scenario.control(name).check(value / scenario.control(name).scale)
    return {**defaults, **tune.data["opening"]}


def in_words(setting: Setting) -> str:
    """`workers 16, strategy two-choices`."""
    said = {True: "on", False: "off"}
    return ", ".join(
        f"{name} {said[value] if isinstance(value, bool) else value if isinstance(value, str) else f'{value:g}'}"
        for name, value in setting.items()
    )


def _plan(tune: Tune, points: int) -> tuple[list[Setting], list[Setting]]:
    """The intended settings, and the grid without what is too dear to grade, so that nobody could give it."""
    opening = opening_of(tune)
    meant = [{**opening, **each} for one in tune.data.get("intended", ()) for each in corners(one)]
    grid = _grid(tune, opening, [*meant, *(each["setting"] for each in tune.data["mistakes"])], points) if points else []
    return meant, [each for each in grid if _price(tune, each) <= BUDGET and each not in meant]


def _grid(tune: Tune, opening: Setting, named: list[Setting], points: int) -> list[Setting]:
    """All combinations of some values of each control: every choice, the ends and between, and what the author names.

    Ranges have as many values between their ends as keep the grid within `points`, if need be none.
    """
    for steps in range(points, 0, -1):
        axes = [_axis(tune, name, opening, named, steps) for name in tune.data["free"]]
        size = 1
        for axis in axes:
            size *= len(axis)
        if size <= points:
            break
    every = [dict(zip(tune.data["free"], each, strict=True)) for each in itertools.product(*axes)]
    stride = max(1, -(-len(every) // points))
    return every[::stride]


def _axis(tune: Tune, name: str, opening: Setting, named: list[Setting], steps: int) -> list[Any]:
    control = load_scenario(tune.data["scenario"]).control(name)
    if control.kind == "choice":
        return [key for key, _ in control.choices]
    if control.kind != "range":
        return [False, True]
    low, high = control.minimum, control.maximum
    between = [low + (high - low) * step / steps for step in range(steps + 1)]
    snapped = {control.check(low + round((each - low) / control.step) * control.step) for each in between}
    known = {each[name] for each in (opening, *named) if name in each} if steps > 1 else set()
    return sorted(snapped | known)


def _price(tune: Tune, setting: Setting) -> int:
    trials = tune.trials(setting)
    return sum(each.price(trials.warm_up + trials.duration) for each in trials.experiments)


def _kind(question: QuestionDocument) -> Tune:
    found = question_of(question.kind, {**question.data, "uid": question.uid})
    assert isinstance(found, Tune)
    return found
