"""One learner's run: changes, links, restarts, and that nothing is lost with a connection."""

import re
from pathlib import Path

import pytest

from lessons.messages import Refused
from lessons.stream import Shelf, Stream
from simulator import Change, Experiment, load_scenario
from simulator.notices import COMES, FAULT_TURNS, SERVER_WORDS
from tests.live.conftest import OPEN, SCENARIO, answered, change, plain, play, played

PRESET = (Change(0.0, "arrival_rate", 700.0), Change(0.0, "strategy", "random"))


def test_a_change_replaces_the_future_from_its_instant():
    first, second = played(OPEN, {**change(0.4, "stop.3", True, 1.4), "id": 7})
    assert first["from"] == 0.0
    assert (second["from"], second["until"], second["id"]) == (0.4, 1.4, 7)
    assert second["timeline"] == [[0.4, "stop.3", True]]
    assert second["states"][2]["state"] == "down"


SCRIPT = [[0.0, "arrival_rate", 700], [0.6, "slow.4", True], [0.8, "strategy", "random"]]


def test_a_touch_before_the_scripts_end_takes_effect_at_once_and_ends_the_script():
    stream = Stream(SCENARIO, (), Shelf.empty())
    answered(stream, {**OPEN, "timeline": SCRIPT})
    touched = answered(stream, change(0.3, "stop.3", True, 1.4))
    assert (touched["from"], touched["timeline"]) == (0.3, [SCRIPT[0], [0.3, "stop.3", True]])
    assert (touched["settings"]["strategy"], touched["settings"].get("slow.4")) == ("round-robin", None)
    straight = played({**OPEN, "timeline": touched["timeline"], "from": 0.3, "until": 1.4}, play(1.4, 2.4))
    assert plain(touched) == plain(straight[0])
    assert plain(answered(stream, play(1.4, 2.4))) == plain(straight[1])
    linked = answered(Stream(SCENARIO, (), Shelf.empty()), {"type": "open", "link": touched["link"], "from": 0.3, "until": 1.4})
    assert linked["timeline"] == touched["timeline"]


def test_after_a_lost_connection_the_future_is_the_same_number_by_number():
    undisturbed = played(OPEN, change(0.4, "arrival_rate", 700, 1.4), play(1.4, 2.4), play(2.4, 3.4))
    resumed = played({**OPEN, "timeline": [[0.4, "arrival_rate", 700]], "from": 1.4, "until": 2.4}, play(2.4, 3.4))
    assert [plain(reply) for reply in resumed] == [plain(reply) for reply in undisturbed[2:]]


def test_a_value_out_of_range_is_refused_and_the_run_goes_on():
    stream = Stream(SCENARIO, (), Shelf.empty())
    answered(stream, OPEN)
    with pytest.raises(Refused, match="whole numbers from 2 to 12") as refused:
        stream.plan(change(0.5, "servers", 99, 1.5))
    assert refused.value.to_json()["control"] == "servers"
    assert plain(answered(stream, play(1.0, 2.0))) == plain(played(OPEN, play(1.0, 2.0))[1])


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ({**OPEN, "until": 601.0}, "up to 600"),
        ({**OPEN, "until": 0.0}, "up to 600"),
        ({**OPEN, "seed": -1}, "seed"),
        ({**OPEN, "seed": True}, "seed"),
        ({**OPEN, "timeline": [[0, "arrival_rate", 5000]]}, "Arrival rate takes 20 to 1000"),
        ({**OPEN, "timeline": [[0, "nothing", 1]]}, "There is no control"),
        ({**OPEN, "timeline": [[0, ["a"], 1]]}, "There is no control"),
        ({**OPEN, "timeline": [[0, "spike", True]] * 201}, "at most 200"),
        (play(0.0, 1.0), "first message"),
    ],
)
def test_what_does_not_fit_is_refused_before_it_runs(message, said):
    with pytest.raises(Refused, match=said):
        Stream(SCENARIO, (), Shelf.empty()).plan(message)


def test_skipping_ahead_is_refused():
    stream = Stream(SCENARIO, (), Shelf.empty())
    answered(stream, OPEN)
    with pytest.raises(Refused, match="skips ahead"):
        stream.plan(play(700.0, 701.0))


def test_a_link_opens_what_it_holds():
    stream = Stream(SCENARIO, PRESET, Shelf.empty())
    made = answered(stream, {**OPEN, "timeline": [[0.2, "spike", True]]})
    opened = answered(Stream(SCENARIO, PRESET, Shelf.empty()), {"type": "open", "link": made["link"], "from": 0.0, "until": 1.0})
    assert plain(opened) == plain(made)
    assert (opened["timeline"], opened["seed"], opened["opening"]) == ([[0.2, "spike", True]], 1, False)


def test_a_link_of_another_simulation_or_engine_or_none_at_all_is_refused_in_words(monkeypatch):
    stream = Stream(SCENARIO, PRESET, Shelf.empty())
    other = Experiment(load_scenario("one-server"), 1, ()).to_link()
    mine = Experiment(SCENARIO, 1, ()).to_link()
    monkeypatch.setattr("simulator.experiment.ENGINE_VERSION", "0")
    old = Experiment(SCENARIO, 1, ()).to_link()
    monkeypatch.undo()
    for link, said in ((other, "no longer replays"), (old, "no longer replays"), ("x" * 50, "damaged"), ("x" * 9_000, "damaged")):
        with pytest.raises(Refused, match=said) as refused:
            stream.plan({"type": "open", "link": link, "from": 0.0, "until": 1.0})
        assert (refused.value.code, refused.value.bad) == ("bad_link", False)
    assert answered(stream, {"type": "open", "link": mine, "from": 0.0, "until": 1.0})["timeline"] == []


def test_restart_goes_back_to_the_lessons_preset_and_an_emptied_timeline_does_not():
    stream = Stream(SCENARIO, PRESET, Shelf.empty())
    answered(stream, {**OPEN, "timeline": [[0.1, "spike", True]]})
    restart = {"type": "open", "opening": True, "from": 0.0, "until": 1.0}
    again = answered(stream, restart)
    assert (again["settings"]["arrival_rate"], again["settings"]["strategy"], again["opening"]) == (700, "random", True)
    emptied = answered(stream, {**OPEN, "opening": False})
    assert (emptied["settings"]["arrival_rate"], emptied["timeline"], emptied["opening"]) == (480, [], False)
    older_page = answered(stream, OPEN)
    assert plain(older_page) == plain(again)
    reseeded = answered(stream, {**restart, "seed": 5})
    assert (reseeded["seed"], reseeded["settings"]["arrival_rate"], reseeded["opening"]) == (5, 700, False)
    assert reseeded["events"] != again["events"]


def test_going_back_and_forth_is_the_same_run():
    straight = played(OPEN, play(1.0, 2.0), play(2.0, 3.0))
    stream = Stream(SCENARIO, (), Shelf.empty())
    wandering = [answered(stream, each) for each in (OPEN, play(1.0, 2.0), play(0.3, 0.9), play(2.0, 3.0), play(1.0, 2.0))]
    assert plain(wandering[3]) == plain(straight[2])
    assert plain(wandering[4]) == plain(straight[1])


def test_the_page_knows_every_turn_that_a_notice_tells():
    told = {COMES} | {turn for *_, turn in SERVER_WORDS.values()} | {turn for turns in FAULT_TURNS.values() for turn in turns}
    table = re.search(r"const TURNS = \{(.*?)\n\};", Path("static/js/panel/states.js").read_text(), re.DOTALL)[1]
    assert set(re.findall(r"(\w+): \{", table)) == told
