"""The picture and the numbers of a simulation's opening, for readers without JavaScript."""

from simulator import Experiment, Run, Scenario, simulate, theory

WATCHED = 10.0  # simulated seconds in the picture
MEASURED, WARM_UP = 600.0, 30.0  # simulated seconds behind the table
WIDTH, ROW, LEFT, RIGHT = 720, 44, 48, 56


def still_svg(scenario: Scenario, experiment: Experiment) -> str:
    """Requests waiting at each server over the first seconds of the run: one strip a server, one scale."""
    run = Run(experiment)
    run.rewind(WATCHED / 2)
    rows: list[list[int]] = []
    for step in range(int(WATCHED)):
        servers = run.advance(WATCHED / 2 + (step + 1) / 2).servers
        shared = sum(servers["shared_queue"]) > 0
        listed = [servers["shared_queue"]] if shared else servers["queue_length"]
        rows = [*rows, *[[] for _ in range(len(listed) - len(rows))]]
        for row, found in zip(rows, listed, strict=False):
            row.extend(found)
    top = max(8, *(max(row) for row in rows))
    height = ROW * len(rows) + 28
    parts = []
    for server, row in enumerate(rows):
        base = ROW * (server + 1)
        pitch = (WIDTH - LEFT - RIGHT) / max(1, len(row) - 1)
        points = [f"{LEFT + i * pitch:.1f} {base - value / top * (ROW - 12):.1f}" for i, value in enumerate(row)]
        area = f"M{LEFT} {base}L" + "L".join(points) + f"L{WIDTH - RIGHT} {base}Z"
        name = "Queue" if len(rows) == 1 else f"S{server + 1}"
        parts.append(
            f'<text class="still-text" x="{LEFT - 10}" y="{base - 2}" text-anchor="end">{name}</text>'
            f'<path class="still-line" d="M{LEFT} {base + 0.5}H{WIDTH - RIGHT}"/><path class="still-fill" d="{area}"/>'
            f'<text class="still-text" x="{WIDTH - RIGHT + 8}" y="{base - 2}">up to {max(row)}</text>'
        )
    foot = height - 8
    axis = (
        f'<text class="still-text" x="{LEFT}" y="{foot}">{WATCHED / 2:g} s</text>'
        f'<text class="still-text" x="{WIDTH - RIGHT}" y="{foot}" text-anchor="end">{WATCHED:g} s</text>'
    )
    label = f"Requests waiting at each server of: {scenario.title}"
    return (
        f'<svg class="still-picture" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{label}">{"".join(parts)}{axis}</svg>'
    )


def default_table(scenario: Scenario, experiment: Experiment) -> list[tuple[str, str, str, str | None]]:
    """(label, value, unit, what theory says) of each readout, over ten simulated minutes of the opening."""
    found = simulate(experiment, MEASURED, WARM_UP)
    found["number_in_system"] = found["mean_number_in_system"]
    says = theory.expectation(experiment.settings_at(0.0), ["up"] * scenario.pool.servers)
    rows = []
    for readout in scenario.describe()["readouts"]:
        value, said = found.get(readout["name"]), says.get(readout["name"])
        shown = "–" if value is None else f"{value * readout['scale']:,.{readout['digits']}f}"
        expected = None if said is None else f"{said * readout['scale']:,.{readout['digits']}f}"
        rows.append((readout["label"], shown, readout["unit"], expected))
    return rows
