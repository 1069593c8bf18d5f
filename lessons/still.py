"""The picture and the numbers of a simulation's opening, for readers without JavaScript."""

from functools import lru_cache
from html import escape
from typing import Any

from simulator import Experiment, Run, Scenario, simulate, theory

BEGIN, END, STEP = 5.0, 10.0, 0.5  # simulated seconds in the picture
MEASURED, WARM_UP = 600.0, 30.0  # simulated seconds behind the table
ROW, FOOT = 44, 34
WIDE, NARROW = 720, 360  # widths in which a picture is drawn: across a page, beside a text
LEAST = 8  # requests that a strip is high at least, so that a calm run looks calm
MOST = 6  # strips in a picture: of many servers those that most requests wait for


@lru_cache(maxsize=256)
def strips(experiment: Experiment, end: float = END) -> dict[str, tuple[int, ...]]:
    """Requests waiting over the five seconds before `end`: a row for each server by its name, or one for the queue they share."""
    run, begin = Run(experiment), end - (END - BEGIN)
    run.rewind(begin)
    scenario, shared = experiment.scenario, experiment.settings_at(0.0)["strategy"] == "shared-queue"
    rows: dict[str, list[int]] = {}
    for step in range(1, round((END - BEGIN) / STEP) + 1):
        segment = run.advance(begin + step * STEP)
        if shared:
            rows.setdefault("Queue", []).extend(segment.servers["shared_queue"])
            continue
        for number, (more, state) in enumerate(zip(segment.servers["queue_length"], segment.states, strict=False)):
            if state.get("present", True):
                rows.setdefault(scenario.called(number), []).extend(more)
    return {name: tuple(row) for name, row in rows.items()}


def still_svg(scenario: Scenario, experiment: Experiment, width: int = WIDE, top: int = LEAST, end: float = END) -> str:
    """The strips as SVG, one below the other on one scale of at least `top` requests."""
    found = strips(experiment, end)
    fullest = sorted(found, key=lambda name: -max(found[name]))[:MOST]
    rows = {name: row for name, row in found.items() if name in fullest}
    top = max(top, *(max(row) for row in rows.values()))
    margins = 48, 64 if width == NARROW else 96
    left, right = margins[0] if max(map(len, rows)) < 5 else 96, width - margins[1]
    foot = ROW * len(rows) + FOOT - 10
    parts = []
    for number, (name, row) in enumerate(rows.items(), 1):
        base = ROW * number
        pitch = (right - left) / max(1, len(row) - 1)
        points = [f"{left + i * pitch:.1f} {base - value / top * (ROW - 12):.1f}" for i, value in enumerate(row)]
        parts += [
            _text(left - 10, base - 2, name, "end"),
            f'<path class="still-line" d="M{left} {base + 0.5}H{right}"/>',
            f'<path class="still-fill" d="M{left} {base}L{"L".join(points)}L{right} {base}Z"/>',
            _text(right + 8, base - 2, f"up to {max(row):,}"),
        ]
    parts += [_text(left, foot, f"{end - (END - BEGIN):g} s"), _text(right, foot, f"{end:g} s", "end")]
    if others := [max(row) for name, row in found.items() if name not in rows]:
        parts.append(_text((left + right) / 2, foot, f"{len(others)} more: up to {max(others):,}", "middle"))
    label = escape(f"Requests waiting at each server: {scenario.title}")
    size = f"{width} {ROW * len(rows) + FOOT}"
    return f'<svg class="still-picture" viewBox="0 0 {size}" role="img" aria-label="{label}">{"".join(parts)}</svg>'


def _text(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text class="still-text" x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(text)}</text>'


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
    """As the page shows it (`shown` in static/js/panel/make.js): of large ones three figures, of a few milliseconds a tenth."""
    if value is None:
        return None
    scaled, digits = value * readout["scale"], readout["digits"]
    if abs(scaled) >= 99.95:
        digits = 0
    elif readout["unit"] == "ms" and 0 < abs(scaled) < 9.95:
        digits = max(1, digits)
    return f"{scaled:,.{digits}f}"
