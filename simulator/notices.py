"""What happened in a stretch of a run, in words for the time axis."""

from typing import Any

from simulator.control import Value
from simulator.engine import codes
from simulator.experiment import Experiment
from simulator.scenario.model import Scenario

SERVER_WORDS = {
    codes.LEFT_ROTATION: "{} leaves the rotation",
    codes.JOINED_ROTATION: "{} returns to the rotation",
    codes.UP: "{} is up",
}
FAULT_WORDS = {
    "stop": ("{} stops", "{} starts"),
    "slow": ("{} slows", "{} recovers"),
    "fast_fail": ("{} fails fast", "{} answers again"),
    "spike": ("Spike", "Spike ends"),
    "zombie": ("{} answers with errors", "{} answers again"),
    "hang": ("{} hangs", "{} goes on"),
    "zone": ("Zone {} is lost", "Zone {} is back"),
    "deploy": ("Rolling deploy", "Deploy ends"),
    "stop_all": ("All servers stop", "All servers start"),
    "probe_loss_storm": ("Health checks are lost", "Health checks get through"),
    "purge": ("Caches purged", "Caches purged"),
}


def notices_of(experiment: Experiment, begin: int, end: int, record: Any) -> list[tuple[float, str]]:
    """What the learner did and what became of the servers in this stretch, in words for the time axis.

    `record` is None when nothing became of a server.
    """
    said: list[tuple[float, str]] = []
    for change in experiment.timeline:
        if begin <= round(change.at * 1e6) < end and change.at > 0:
            said.append((round(change.at, 4), _words(experiment.scenario, change.control, change.value)))
    if record is None:
        return said
    rows = record["trace"][: int(record["trace_used"])]
    for place, kind in enumerate(rows["kind"].tolist()):
        if kind in SERVER_WORDS and (at := int(rows["t"][place])) > 0:
            name = experiment.scenario.called(int(rows["server"][place]))
            said.append((round(at / 1e6, 4), SERVER_WORDS[kind].format(name)))
    return sorted(said, key=lambda notice: notice[0])


def _words(scenario: Scenario, name: str, value: Value) -> str:
    """A change in a few words."""
    control = scenario.control(name)
    if control.kind == "fault":
        began, ended = FAULT_WORDS[control.setting]
        whom: str | int = control.server or ""
        if control.server is not None and control.setting != "zone":
            whom = scenario.called(scenario.firsts[control.station] + control.server - 1)
        return (began if value else ended).format(whom)
    if isinstance(value, str):
        return str(dict(control.choices).get(value, value))
    shown = f"{float(value) * control.scale:g}"
    return f"{control.label} {shown} {control.display_unit or control.unit}".strip()
