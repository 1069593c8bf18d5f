"""The picture and the numbers of a simulation's opening, for readers without JavaScript."""

from functools import lru_cache
from html import escape
from typing import Any

from simulator import Experiment, Run, Scenario, simulate, theory

BEGIN, END, STEP = 5.0, 10.0, 0.5  # simulated seconds in the picture
MEASURED, WARM_UP = 600.0, 30.0  # simulated seconds behind the table
ROW, LEFT, RIGHT, FOOT = 44, 48, 64, 28
WIDE, NARROW = 720, 360  # widths in which a picture is drawn: across a page, beside a text
LEAST = 8  # requests that a strip is high at least, so that a calm run looks calm


@lru_cache(maxsize=256)
def strips(experiment: Experiment) -> tuple[tuple[int, ...], ...]:
    """Requests waiting over the seconds of the picture: a row for each server, or one for the queue they share."""
    run = Run(experiment)
    run.rewind(BEGIN)
    shared = experiment.settings_at(0.0)["strategy"] == "shared-queue"
    rows: list[list[int]] = []
    for step in range(1, round((END - BEGIN) / STEP) + 1):
        servers = run.advance(BEGIN + step * STEP).servers
        found = [servers["shared_queue"]] if shared else servers["queue_length"]
        rows = rows or [[] for _ in found]
        for row, more in zip(rows, found, strict=False):
            row.extend(more)
    return tuple(tuple(row) for row in rows)


def still_svg(scenario: Scenario, experiment: Experiment, width: int = WIDE, top: int = LEAST) -> str:
    """The strips as SVG, one below the other on one scale of at least `top` requests."""
    rows = strips(experiment)
    top = max(top, *(max(row) for row in rows))
    right, foot = width - RIGHT, ROW * len(rows) + FOOT - 8
    parts = []
    for number, row in enumerate(rows, 1):
        base = ROW * number
        pitch = (right - LEFT) / max(1, len(row) - 1)
        points = [f"{LEFT + i * pitch:.1f} {base - value / top * (ROW - 12):.1f}" for i, value in enumerate(row)]
        name = "Queue" if len(rows) == 1 else f"S{number}"
        parts += [
            _text(LEFT - 10, base - 2, name, "end"),
            f'<path class="still-line" d="M{LEFT} {base + 0.5}H{right}"/>',
            f'<path class="still-fill" d="M{LEFT} {base}L{"L".join(points)}L{right} {base}Z"/>',
            _text(right + 8, base - 2, f"up to {max(row)}"),
        ]
    parts += [_text(LEFT, foot, f"{BEGIN:g} s"), _text(right, foot, f"{END:g} s", "end")]
    label = escape(f"Requests waiting at each server: {scenario.title}")
    size = f"{width} {ROW * len(rows) + FOOT}"
    return f'<svg class="still-picture" viewBox="0 0 {size}" role="img" aria-label="{label}">{"".join(parts)}</svg>'


def _text(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text class="still-text" x="{x:g}" y="{y:g}" text-anchor="{anchor}">{text}</text>'


@lru_cache(maxsize=256)
def default_table(
    scenario: Scenario, experiment: Experiment, names: tuple[str, ...] = ()
) -> tuple[tuple[str, str, str, str | None], ...]:
    """(label, value, unit, what theory says) of each readout (or those of `names`), over ten simulated minutes."""
    found = simulate(experiment, MEASURED, WARM_UP)
    found["number_in_system"] = found["mean_number_in_system"]
    says = theory.said(scenario, experiment.settings_at(0.0), ["up"] * scenario.pool.servers)
    readouts = {readout["name"]: readout for readout in scenario.describe()["readouts"]}
    rows = []
    for name in names or readouts:
        if readout := readouts.get(name):
            said = _number(says.get(name), readout)
            rows.append((readout["label"], _number(found.get(name), readout) or "–", readout["unit"], said))
    return tuple(rows)


def _number(value: float | None, readout: dict[str, Any]) -> str | None:
    return None if value is None else f"{value * readout['scale']:,.{readout['digits']}f}"
