"""What happened in a stretch of a run, in words for the time axis."""

from bisect import bisect_left
from typing import Any, TypeAlias

import numpy as np

from simulator.control import Value
from simulator.engine import codes
from simulator.experiment import Change, Experiment
from simulator.scenario.model import Scenario

SERVER_WORDS = {  # and how the server stands from then on, for the page
    codes.LEFT_ROTATION: ("{} leaves the rotation", "out"),
    codes.JOINED_ROTATION: ("{} returns to the rotation", "in"),
    codes.UP: ("{} is up", "up"),
    codes.BOOTS: ("{} boots", "boot"),
    codes.BOOTS_AGAIN: ("The boot of {} fails", "boot"),
}
SERVER_KINDS = tuple(SERVER_WORDS)
NEW = "new"  # how a server stands that was not there before, and boots
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


# Seconds and words; of one server also which, how it stands from then on, and of one that boots until when, in seconds.
Notice: TypeAlias = tuple[float, str] | tuple[float, str, int, str] | tuple[float, str, int, str, float]


def notices_of(experiment: Experiment, begin: int, end: int, record: Any) -> list[Notice]:
    """What the learner did and what became of the servers in this stretch, in words for the time axis.

    What became of one server says of which, and what: a segment's states are those of its end, and the page shows since when.
    A server that boots because of a change has no words of its own: the change has them. `record` is None when nothing became
    of a server.
    """
    scenario, timeline = experiment.scenario, experiment.timeline
    first = bisect_left(timeline, begin, key=_micro)
    changes = [change for change in timeline[first : bisect_left(timeline, end, first, key=_micro)] if change.at > 0]
    said = [_of_change(scenario, change) for change in changes]
    if record is None:
        return said
    moved = {_micro(change) for change in changes if scenario.control(change.control).kind != "fault"}
    rows = record["trace"][: int(record["trace_used"])]
    came: dict[int, int] = {}  # when each server came up
    told = rows[np.isin(rows["kind"], SERVER_KINDS) & (rows["t"] > 0)]
    for t, kind, server, why, ends in told[["t", "kind", "server", "worker", "ends"]].tolist():
        words, turn = SERVER_WORDS[kind]
        if kind == codes.UP:
            came[server] = t
        elif kind == codes.JOINED_ROTATION and came.get(server) == t:
            words = "{} joins the rotation"  # a new one, which waits for no check
        elif kind == codes.BOOTS and why == codes.NEW:
            words, turn = "" if t in moved else words, NEW
        elif kind == codes.BOOTS and why == codes.RESTARTED:
            words = ""
        until = (round(ends / 1e6, 4),) if ends else ()
        said.append((round(t / 1e6, 4), words.format(scenario.called(server)), server, turn, *until))
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
