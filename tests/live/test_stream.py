"""The websocket of a simulation: what it accepts, what it costs, and that nothing is lost with a connection."""

import json

import pytest
from channels.db import database_sync_to_async
from channels.routing import URLRouter
from channels.testing import WebsocketCommunicator
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser

from lessons.access import enroll
from lessons.importer import import_content
from lessons.models import Lesson, Track
from lessons.stream import Purse, Refused, Stream, read
from lessons.urls import websocket_urlpatterns
from simulator import load_scenario
from tests.lessons.conftest import CONTENT

SCENARIO = load_scenario("load-balancing-strategies")
OPEN = {"type": "open", "seed": 1, "timeline": [], "from": 0.0, "until": 1.0}


def played(*messages):
    stream = Stream(SCENARIO, ())
    replies = []
    for message in messages:
        stream.price(message)
        replies.append(stream.answer(message))
    return replies


def plain(reply):
    return {key: value for key, value in reply.items() if key not in ("reply", "timeline", "link", "id")}


def test_a_change_replaces_the_future_from_its_instant():
    change = {"type": "change", "at": 0.4, "control": "stop.3", "value": True, "until": 1.4, "id": 7}
    first, second = played(OPEN, change)
    assert first["from"] == 0.0
    assert (second["from"], second["until"], second["id"]) == (0.4, 1.4, 7)
    assert second["timeline"] == [[0.4, "stop.3", True]]
    assert second["states"][2]["state"] == "down"


def test_after_a_lost_connection_the_future_is_the_same_number_by_number():
    change = {"type": "change", "at": 0.4, "control": "arrival_rate", "value": 700, "until": 1.4}
    undisturbed = played(OPEN, change, {"type": "play", "from": 1.4, "until": 2.4}, {"type": "play", "from": 2.4, "until": 3.4})
    resumed = played(
        {"type": "open", "seed": 1, "timeline": [[0.4, "arrival_rate", 700]], "from": 1.4, "until": 2.4},
        {"type": "play", "from": 2.4, "until": 3.4},
    )
    assert [plain(reply) for reply in resumed] == [plain(reply) for reply in undisturbed[2:]]


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "null", "[]", "7", '"x"', "NaN", '{"type":"nothing"}', '{"type":["open"]}', '{"type":"open"}',
        '{"type":"play","from":NaN,"until":1}', '{"type":"play","from":1e999,"until":1}',
        '{"type":"play","from":0,"until":1,"extra":1}', '{"type":"play","from":true,"until":1}',
        '{"type":"play","from":-1,"until":1}', '{"type":"play","from":' + "9" * 400 + ',"until":1}',
        '{"type":"play","from":"0","until":1}', '{"a":' * 3000 + "1" + "}" * 3000, "[" * 16_000, "x" * 20_000, "\x00", "\ud800",
    ],
)  # fmt: skip
def test_what_is_no_message_is_refused(text):
    with pytest.raises(Refused) as refused:
        read(text, None)
    assert refused.value.bad
    with pytest.raises(Refused):
        read(None, text.encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ({**OPEN, "until": 61.0}, "up to 60"),
        ({**OPEN, "until": 0.0}, "up to 60"),
        ({**OPEN, "seed": -1}, "seed"),
        ({**OPEN, "timeline": [[0, "arrival_rate", 5000]]}, "Arrival rate takes 20 to 1000"),
        ({**OPEN, "timeline": [[0, "nothing", 1]]}, "There is no control"),
        ({**OPEN, "timeline": [[0, 1]]}, "list of"),
        ({**OPEN, "timeline": {"a": 1}}, "list of"),
        ({**OPEN, "timeline": [[0, "arrival_rate", 1000]], "from": 80_000.0, "until": 80_001.0}, "too much"),
        ({"type": "play", "from": 0.0, "until": 1.0}, "first message"),
    ],
)
def test_what_does_not_fit_or_costs_too_much_is_refused_before_it_runs(message, said):
    with pytest.raises(Refused, match=said):
        Stream(SCENARIO, ()).price(message)


def test_a_value_out_of_range_is_refused_and_the_run_goes_on():
    stream = Stream(SCENARIO, ())
    stream.price(OPEN)
    stream.answer(OPEN)
    bad = {"type": "change", "at": 0.5, "control": "servers", "value": 99, "until": 1.5, "id": 3}
    with pytest.raises(Refused, match="whole numbers from 2 to 12") as refused:
        stream.answer(bad)
    assert refused.value.to_json()["control"] == "servers"
    after = stream.answer({"type": "play", "from": 1.0, "until": 2.0})
    assert plain(after) == plain(played(OPEN, {"type": "play", "from": 1.0, "until": 2.0})[1])


def test_a_purse_is_empty_after_its_burst():
    purse = Purse(left=100.0)
    purse.pay(80)
    with pytest.raises(Refused, match="more than its share"):
        purse.pay(1_000_000)


def socket(path, user=None):
    async def with_user(scope, receive, send):
        return await URLRouter(websocket_urlpatterns)({**scope, "user": user or AnonymousUser()}, receive, send)

    return WebsocketCommunicator(with_user, path)


PATH = "/ws/tracks/system-scaling/load-balancing-strategies/{}/"


@pytest.fixture
def path(transactional_db):
    import_content(CONTENT)
    return PATH.format(Lesson.objects.get(slug="load-balancing-strategies").simulations[0]["id"])


async def test_a_learner_plays_and_two_runs_do_not_disturb_each_other(path):
    one, two = socket(path), socket(path)
    for each in (one, two):
        assert (await each.connect())[0]
        await each.send_json_to(OPEN)
    first, second = await one.receive_json_from(5), await two.receive_json_from(5)
    assert first == second
    await one.send_json_to({"type": "change", "at": 0.5, "control": "arrival_rate", "value": 900, "until": 1.5})
    assert (await one.receive_json_from(5))["settings"]["arrival_rate"] == 900
    await two.send_json_to({"type": "play", "from": 1.0, "until": 2.0})
    assert (await two.receive_json_from(5))["settings"]["arrival_rate"] != 900
    await one.disconnect()
    await two.disconnect()


async def test_the_third_bad_message_closes_with_the_reason_first(path):
    bad = socket(path)
    await bad.connect()
    for _ in range(3):
        await bad.send_to(text_data="nonsense")
    answers = [await bad.receive_json_from(5) for _ in range(3)]
    assert [answer["fatal"] for answer in answers] == [False, False, True]
    assert (await bad.receive_output(5))["code"] == 4400


@pytest.fixture
def locked_path(transactional_db):
    import_content(CONTENT)
    lesson = Lesson.objects.get(slug="load-balancing-strategies")
    lesson.track = Track.objects.get(slug="surviving-overload")
    lesson.save()
    return f"/ws/tracks/surviving-overload/{lesson.slug}/{lesson.simulations[0]['id']}/"


@pytest.mark.parametrize(("who", "code"), [("visitor", 4401), ("alice", 4403), ("bob", None)])
async def test_locked_stays_locked_on_the_socket(locked_path, who, code):
    user = None
    if who != "visitor":
        make = database_sync_to_async(get_user_model().objects.create_user)
        user = await make(username=who, email=f"{who}@example.test", password="a-long-password")
    if who == "bob":
        track = await database_sync_to_async(Track.objects.get)(slug="surviving-overload")
        await database_sync_to_async(enroll)(user, track, "purchase", "order-1")
    line = socket(locked_path, user)
    await line.connect()
    if code is None:
        await line.send_json_to(OPEN)
        assert (await line.receive_json_from(5))["type"] == "segment"
        await line.disconnect()
        return
    said = await line.receive_json_from(5)
    assert said["code"] == "no_access"
    assert "scenario" not in json.dumps(said)
    assert (await line.receive_output(5))["code"] == code


async def test_a_simulation_that_does_not_exist_is_said_and_closed(path):
    line = socket(path.rsplit("/", 2)[0] + "/nothing/")
    await line.connect()
    assert "no simulation" in (await line.receive_json_from(5))["message"]
    assert (await line.receive_output(5))["code"] == 4404
