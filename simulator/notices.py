"""What happened in a stretch of a run, in words for the time axis."""

from bisect import bisect_left
from typing import Any, TypeAlias

import numpy as np

from simulator.control import Value
from simulator.engine import codes
from simulator.experiment import Change, Experiment
from simulator.scenario.model import Scenario

SERVER_WORDS = {  # of one server, of several at once, and how the server stands from then on, for the page
    codes.LEFT_ROTATION: ("{} leaves the rotation", "{} leave the rotation", "out"),
    codes.JOINED_ROTATION: ("{} returns to the rotation", "{} return to the rotation", "in"),
    codes.UP: ("{} is up", "{} are up", "up"),
    codes.BOOTS: ("{} boots", "{} boot", "boot"),
    codes.BOOTS_AGAIN: ("The boot of {} fails", "The boots of {} fail", "boot"),
}
SERVER_KINDS = tuple(SERVER_WORDS)
COMES = "new"  # how a server stands that was not there before, and boots
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
    What became of several at one instant is said once, by the last of them. What a change brought about at that instant has no
    words of its own, as the change has them; nor has it that a new server, which is up, joins the rotation. `record` is None when
    nothing became of a server.
    """
    scenario, timeline = experiment.scenario, experiment.timeline
    if record is None and (not timeline or _micro(timeline[-1]) < begin):
        return []  # nearly always
    first = bisect_left(timeline, begin, key=_micro)
    changes = [change for change in timeline[first : bisect_left(timeline, end, first, key=_micro)] if change.at > 0]
    said = [_of_change(scenario, change) for change in changes]
    if record is None:
        return said
    moved = {_micro(change) for change in changes if scenario.control(change.control).kind != "fault"}
    rows = record["trace"][: int(record["trace_used"])]
    told = rows[np.isin(rows["kind"], SERVER_KINDS) & (rows["t"] > 0)][["t", "kind", "server", "worker", "ends"]].tolist()
    came = {(t, server) for t, kind, server, _, _ in told if kind == codes.UP}
    groups: dict[tuple[int, int], list[int]] = {}  # the servers that are named, by instant and what became of them
    for t, kind, server, why, _ in told:
        changed = (kind == codes.BOOTS and why == codes.RESTARTED) or (kind in (codes.BOOTS, codes.LEFT_ROTATION) and t in moved)
        if not changed and not (kind == codes.JOINED_ROTATION and (t, server) in came):
            groups.setdefault((t, kind), []).append(server)
    for t, kind, server, why, ends in told:
        named = groups.get((t, kind), [])
        words = _of_servers(scenario, kind, named) if named and server == named[-1] else ""
        turn = COMES if kind == codes.BOOTS and why == codes.NEW else SERVER_WORDS[kind][2]
        said.append((round(t / 1e6, 4), words, server, turn, *((round(ends / 1e6, 4),) if ends else ())))
    return sorted(said, key=lambda notice: notice[0])


def _of_servers(scenario: Scenario, kind: int, servers: list[int]) -> str:
    """What became of one server, or of several at once: "S5 boots", "S5 to S18 boot", "3 servers boot"."""
    one, several, _ = SERVER_WORDS[kind]
    if len(servers) == 1:
        return one.format(scenario.called(servers[0]))
    lowest, highest = min(servers), max(servers)
    if highest - lowest == len(servers) - 1:
        return several.format(f"{scenario.called(lowest)} {'and' if len(servers) == 2 else 'to'} {scenario.called(highest)}")
    return several.format(f"{len(servers)} servers")


def _micro(change: Change) -> int:
    return round(change.at * 1e6)


def _of_change(scenario: Scenario, change: Change) -> Notice:
    """A change, with the server that it stops, slows or breaks."""
    control, at = scenario.control(change.control), change.at  # exactly: the page tells by it what a new segment replaces
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
