"""The websocket of a simulation, through the real consumer: who may be there, and how it ends."""

import asyncio
import json
import time

import pytest
from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from channels.routing import URLRouter
from channels.testing import WebsocketCommunicator
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client
from django.utils.functional import SimpleLazyObject

from courseware.edge import Edge
from lessons import admission, consumers
from lessons.access import enroll, revoke
from lessons.models import Lesson, Track
from lessons.purse import Addresses, Purse
from lessons.stream import Shelf, Stream
from lessons.urls import websocket_urlpatterns
from tests.live.conftest import OPEN, change, ended, opened, play, socket

pytestmark = pytest.mark.usefixtures("way")


async def test_a_learner_plays_and_two_runs_do_not_disturb_each_other(path):
    one, two = socket(path), socket(path)
    first, second = await opened(one), await opened(two)
    assert first == second
    await one.send_json_to(change(0.5, "arrival_rate", 900, 1.5))
    assert (await one.receive_json_from(5))["settings"]["arrival_rate"] == 900
    await two.send_json_to({**play(1.0, 2.0), "id": 12})
    other = await two.receive_json_from(5)
    assert (other["settings"]["arrival_rate"], other["id"]) == (280, 12)
    await one.disconnect()
    await two.disconnect()


async def test_a_touch_ends_what_a_prediction_had_planned(path):
    line = socket(path)
    script = [[0.5, "slow.4", True], [4.0, "strategy", "random"]]
    await opened(line, {**OPEN, "timeline": script})
    await line.send_json_to(change(2.0, "arrival_rate", 900, 6.0))
    said = await line.receive_json_from(5)
    assert (said["from"], said["until"]) == (2.0, 6.0)
    assert said["timeline"] == [script[0], [2.0, "arrival_rate", 900]]
    assert (said["settings"]["arrival_rate"], said["settings"]["strategy"]) == (900, "round-robin")
    await line.disconnect()


async def test_heavy_work_is_done_in_a_thread_once_and_gives_the_same(path):
    far = {**OPEN, "from": 500.0, "until": 560.0}
    lines = [socket(path) for _ in range(4)]
    for line in lines:
        await line.connect()
        await line.send_json_to(far)
    answers = [await line.receive_json_from(20) for line in lines]
    assert all(answer == answers[0] for answer in answers)
    assert answers[0]["from"] == 500.0
    for line in lines:
        await line.send_json_to(play(560.0, 561.0))
        assert (await line.receive_json_from(20))["until"] == 561.0
        await line.disconnect()


async def test_an_error_names_the_message_that_it_answers(path):
    line = socket(path)
    await opened(line)
    await line.send_json_to({**change(0.5, "servers", 1, 1.5), "id": 4})
    said = await line.receive_json_from(5)
    assert (said["code"], said["control"], said["id"], said["fatal"]) == ("out_of_range", "servers", 4, False)
    await line.disconnect()


async def test_the_third_bad_message_closes_with_the_reason_first(path):
    line = socket(path)
    await line.connect()
    await line.send_to(text_data="nonsense")
    await line.send_to(bytes_data=b'{"type":"play","from":0,"until":1}')
    assert [(await line.receive_json_from(5))["fatal"] for _ in range(2)] == [False, False]
    await line.send_to(text_data='{"type":"play","from":NaN,"until":1}')
    await ended(line, 4400, "bad_message")


async def test_asking_on_and_on_for_what_cannot_be_paid_closes(path, monkeypatch):
    line = socket(path)
    monkeypatch.setattr(consumers, "Purse", lambda: Purse(rate=0.001, burst=20_000.0))
    await opened(line)
    for number in range(1, 5):
        await line.send_json_to(play(float(number), number + 1.0))
    answers = [await line.receive_json_from(5) for _ in range(4)]
    assert [answer.get("code") for answer in answers] == [None, None, "too_many", "too_many"]
    assert answers[-1]["wait"] > 0
    for _ in range(consumers.PATIENCE - 3):
        await line.send_json_to(play(3.0, 4.0))
        assert (await line.receive_json_from(5))["code"] == "too_many"
    await line.send_json_to(play(3.0, 4.0))
    await ended(line, 4429, "too_many")


@pytest.mark.parametrize(
    "refused",
    [
        change(0.5, "servers", 1, 1.5),
        {**OPEN, "timeline": [[0, "arrival_rate", 500]], "from": 5.0, "until": 1.0},
        {"type": "open", "link": "damaged", "from": 0.0, "until": 1.0},
        {"type": "compare", "timeline": [[0, "servers", 1]]},
    ],
    ids=["change", "open", "link", "compare"],
)
async def test_what_is_refused_is_not_free_when_nothing_is_left_to_pay_with(path, monkeypatch, refused):
    line = socket(path)
    monkeypatch.setattr(consumers, "Purse", lambda: Purse(rate=0.001, burst=12_000.0))
    await opened(line)
    said = {"fatal": False}
    for _ in range(consumers.PATIENCE + 2):  # the first ones can be paid for
        if not said["fatal"]:
            await line.send_json_to(refused)
            said = await line.receive_json_from(5)
            assert said["code"] in ("out_of_range", "bad_link", "too_many")
    assert said["fatal"]
    assert (await line.receive_output(5))["code"] == 4429


async def test_connections_of_one_address_share_and_other_addresses_do_not_feel_it(path, monkeypatch):
    table = Addresses(rate=0.001)
    monkeypatch.setattr(consumers, "ADDRESSES", table)
    table.purse("192.0.2.1").left = 12_000.0
    one, two, other = socket(path, client="192.0.2.1"), socket(path, client="192.0.2.1"), socket(path, client="192.0.2.2")
    assert (await opened(one))["type"] == "segment"
    assert (await opened(two, {**OPEN, "seed": 2}))["type"] == "segment"
    await two.send_json_to(play(1.0, 2.0))
    assert (await two.receive_json_from(5))["code"] == "too_many"
    assert (await opened(other, {**OPEN, "seed": 3}))["type"] == "segment"
    for line in (one, two, other):
        await line.disconnect()


async def test_silence_is_closed_to_be_opened_again(path, monkeypatch):
    monkeypatch.setattr(consumers, "IDLE", 0.3)
    line = socket(path)
    await opened(line)
    await asyncio.sleep(0.2)
    await line.send_json_to(play(1.0, 2.0))
    assert (await line.receive_json_from(5))["type"] == "segment"
    begun = time.monotonic()
    await ended(line, 1012, "idle")
    assert time.monotonic() - begun > 0.2


async def test_a_failure_is_said_and_ends_only_this_connection(path, monkeypatch):
    line, other = socket(path), socket(path)
    await opened(line)
    await opened(other)

    def fails(*_):
        raise RuntimeError("the engine broke")

    monkeypatch.setattr(consumers.Stream, "plan", fails)
    await line.send_json_to(play(1.0, 2.0))
    said = await ended(line, 1011, "failed")
    assert "engine broke" not in json.dumps(said)
    monkeypatch.undo()
    await other.send_json_to(play(1.0, 2.0))
    assert (await other.receive_json_from(5))["type"] == "segment"
    await other.disconnect()


async def test_a_simulation_that_does_not_exist_is_said_and_closed(path):
    line = socket(path.rsplit("/", 2)[0] + "/nothing/")
    await line.connect()
    assert "no simulation" in (await ended(line, 4404, "no_access"))["message"]


@database_sync_to_async
def person(name, *, buys=False):
    user = get_user_model().objects.create_user(username=name, email=f"{name}@example.test", password="a-long-password")
    if buys:
        enroll(user, Track.objects.get(slug="surviving-overload"), "purchase", "order-1")
    return user


@database_sync_to_async
def refund(user):
    revoke(user, Track.objects.get(slug="surviving-overload"), "purchase", "order-1")


@pytest.mark.parametrize(("who", "code"), [("visitor", 4401), ("alice", 4403)])
async def test_locked_stays_locked_on_the_socket(locked_path, who, code):
    line = socket(locked_path, None if who == "visitor" else await person(who))
    await line.connect()
    await line.send_json_to(OPEN)
    said = await ended(line, code, "no_access")
    assert "scenario" not in json.dumps(said)
    assert await line.receive_nothing()


async def test_what_a_buyer_opened_is_not_opened_for_others(locked_path):
    bought = socket(locked_path, await person("bob", buys=True))
    assert (await opened(bought))["type"] == "segment"
    visitor = socket(locked_path)
    await visitor.connect()
    await ended(visitor, 4401, "no_access")
    await bought.disconnect()


async def test_a_refund_closes_the_running_simulation(locked_path, monkeypatch):
    monkeypatch.setattr(consumers, "AGAIN", 0.2)
    user = await person("bob", buys=True)
    line = socket(locked_path, user)
    await opened(line)
    await refund(user)
    await asyncio.sleep(0.25)
    await line.send_json_to(play(1.0, 2.0))
    await ended(line, 4403, "no_access")


async def test_a_look_that_is_due_soon_keeps_nobody_waiting_and_still_closes(locked_path, monkeypatch):
    monkeypatch.setattr(consumers, "SOON", 0.0)
    monkeypatch.setattr(admission, "SOON", 0.0)
    user = await person("bob", buys=True)
    line = socket(locked_path, user)
    await opened(line)
    await refund(user)
    await line.send_json_to(play(1.0, 2.0))
    answers = [await line.receive_json_from(5), await line.receive_json_from(5)]
    assert [answer.get("code") for answer in answers][-1] == "no_access"
    assert (await line.receive_output(5))["code"] == 4403


@sync_to_async
def signed_in(user):
    browser = Client()
    browser.force_login(user)
    return browser


def session_of(browser):
    """The session as a connection's scope holds it: loaded once, when the socket opened."""
    return SimpleLazyObject(lambda: SessionStore(browser.cookies["sessionid"].value))


@pytest.mark.parametrize("how", ["signs out", "changes the password", "is deactivated"])
async def test_signing_out_elsewhere_closes_a_locked_simulation(locked_path, monkeypatch, how):
    monkeypatch.setattr(consumers, "AGAIN", 0.2)
    user = await person("bob", buys=True)
    browser = await signed_in(user)
    line = socket(locked_path, user, session_of(browser))
    await opened(line)
    if how == "signs out":
        await sync_to_async(browser.logout)()
    else:
        if how == "is deactivated":
            user.is_active = False
        else:
            user.set_password("another-long-password")
        await database_sync_to_async(user.save)()
    await asyncio.sleep(0.25)
    await line.send_json_to(play(1.0, 2.0))
    await ended(line, 4401, "no_access")


async def test_a_lesson_that_is_taken_back_closes(path, monkeypatch):
    monkeypatch.setattr(consumers, "AGAIN", 0.2)
    monkeypatch.setattr(admission, "SOON", 0.1)
    line = socket(path)
    await opened(line)
    await database_sync_to_async(Lesson.objects.update)(published=False)
    await asyncio.sleep(0.25)
    await line.send_json_to(play(1.0, 2.0))
    await ended(line, 4404, "no_access")


async def test_learners_of_a_free_lesson_cost_one_look_together(path, monkeypatch):
    looks = []
    look = admission.look
    monkeypatch.setattr(admission, "look", lambda asked: looks.append(len(asked)) or look(asked))
    lines = [socket(path) for _ in range(20)]
    for line in lines:
        await opened(line)
    assert looks == [1]
    for line in lines:
        await line.disconnect()


async def test_those_that_fall_due_together_are_looked_up_together(locked_path, monkeypatch):
    looks = []
    look = admission.look
    monkeypatch.setattr(admission, "look", lambda asked: looks.append(len(asked)) or look(asked))
    monkeypatch.setattr(consumers, "AGAIN", 0.0)
    user = await person("bob", buys=True)
    lines = [socket(locked_path, user) for _ in range(5)]
    for line in lines:
        await opened(line)
    looks.clear()
    for line in lines:
        await line.send_json_to(play(1.0, 2.0))
    for line in lines:
        assert (await line.receive_json_from(5))["type"] == "segment"
        await line.disconnect()
    assert sum(looks) == 5
    assert len(looks) <= 2


async def test_whoever_leaves_leaves_a_checkpoint(path, monkeypatch):
    shelf = Shelf.empty()
    streams = []
    monkeypatch.setattr(consumers, "Stream", lambda *rest: streams.append(Stream(*rest, shelf)) or streams[-1])
    line = socket(path)
    await opened(line, {**OPEN, "until": 120.0})
    await line.disconnect()
    assert (len(shelf.runs), streams[0]._run, shelf.checkpoints.size > 0) == (0, None, True)


@pytest.mark.parametrize(("proxies", "address"), [(0, "192.0.2.1"), (1, "198.51.100.7")])
async def test_a_clients_word_about_its_address_counts_only_from_a_proxy_of_ours(path, monkeypatch, proxies, address):
    table = Addresses(rate=1.0)
    monkeypatch.setattr(consumers, "ADDRESSES", table)

    async def behind(scope, receive, send):
        await Edge(forwarded, proxies)({**scope, "client": ["192.0.2.1", 5000]}, receive, send)

    async def forwarded(scope, receive, send):
        await URLRouter(websocket_urlpatterns)({**scope, "user": AnonymousUser()}, receive, send)

    line = WebsocketCommunicator(behind, path, headers=[(b"x-forwarded-for", b"203.0.113.1, 198.51.100.7")])
    await opened(line)
    assert list(table._purses) == [address]
    await line.disconnect()
