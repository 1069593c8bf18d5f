"""What happened in a stretch of a run, in words for the time axis."""

from bisect import bisect_left
from typing import Any, TypeAlias

from simulator.control import Value
from simulator.engine import codes
from simulator.experiment import Change, Experiment
from simulator.scenario.model import Scenario

SERVER_WORDS = {  # and how the server stands from then on, for the page
    codes.LEFT_ROTATION: ("{} leaves the rotation", "out"),
    codes.JOINED_ROTATION: ("{} returns to the rotation", "in"),
    codes.UP: ("{} is up", "up"),
}
FAULT_TURNS = {  # the same of the faults of one server, when one begins and ends
    "stop": ("down", "boot"),
    "slow": ("slow", "up"),
    "fast_fail": ("failing", "answering"),
    "zombie": ("failing", "answering"),
    "hang": ("hung", "up"),
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


Notice: TypeAlias = tuple[float, str] | tuple[float, str, int, str]  # seconds, words; of one server: which, how it stands then


def notices_of(experiment: Experiment, begin: int, end: int, record: Any) -> list[Notice]:
    """What the learner did and what became of the servers in this stretch, in words for the time axis.

    What became of one server says of which, and what: a segment's states are those of its end, and the page shows since when.
    `record` is None when nothing became of a server.
    """
    timeline = experiment.timeline
    first = bisect_left(timeline, begin, key=_micro)
    said: list[Notice] = []
    for change in timeline[first : bisect_left(timeline, end, first, key=_micro)]:
        if change.at > 0:
            said.append(_of_change(experiment.scenario, change))
    if record is None:
        return said
    rows = record["trace"][: int(record["trace_used"])]
    for place, kind in enumerate(rows["kind"].tolist()):
        if kind in SERVER_WORDS and (at := int(rows["t"][place])) > 0:
            server, (words, turn) = int(rows["server"][place]), SERVER_WORDS[kind]
            said.append((round(at / 1e6, 4), words.format(experiment.scenario.called(server)), server, turn))
    return sorted(said, key=lambda notice: notice[0])


def _micro(change: Change) -> int:
    return round(change.at * 1e6)


def _of_change(scenario: Scenario, change: Change) -> Notice:
    """A change, with the server that it stops, slows or breaks."""
    control, at = scenario.control(change.control), round(change.at, 4)
    words = _words(scenario, change.control, change.value)
    if control.setting not in FAULT_TURNS or control.server is None:
        return at, words
    began, ended = FAULT_TURNS[control.setting]
    return at, words, scenario.firsts[control.station] + control.server - 1, began if change.value else ended


def _words(scenario: Scenario, name: str, value: Value) -> str:
    """A change in a few words."""
    control = scenario.control(name)
    if control.kind == "fault":
        began, ended = FAULT_WORDS[control.setting]
        whom: str | int = control.server or ""
        if control.server is not None and control.setting != "zone":
            whom = scenario.called(scenario.firsts[control.station] + control.server - 1)
        return (began if value else ended).format(whom)
    if isinstance(value, bool):
        return f"{control.label}: {'on' if value else 'off'}"
    if isinstance(value, str):
        return str(dict(control.choices).get(value, value))
    shown = f"{float(value) * control.scale:g}"
    return f"{control.label} {shown} {control.display_unit or control.unit}".strip()
