"""What the tests of the live simulation share: the scenario, streams with a shelf of their own, and sockets."""

from typing import Any

import orjson
import pytest
from channels.routing import URLRouter
from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import AnonymousUser

from lessons import consumers
from lessons.models import Lesson, Track
from lessons.purse import Addresses
from lessons.stream import SHELF, Shelf, Stream
from lessons.urls import websocket_urlpatterns
from simulator import load_scenario
from tests.lessons.conftest import import_shipped

SCENARIO = load_scenario("load-balancing-strategies")
OPEN = {"type": "open", "seed": 1, "timeline": [], "from": 0.0, "until": 1.0}


def play(begin: float, until: float) -> dict[str, Any]:
    return {"type": "play", "from": begin, "until": until}


def change(at: float, control: str, value: Any, until: float) -> dict[str, Any]:
    return {"type": "change", "at": at, "control": control, "value": value, "until": until}


def sent(stream: Stream, message: dict[str, Any]) -> bytes:
    plan = stream.plan(message)
    while stream.approach(plan):
        pass
    return stream.play(plan)


def answered(stream: Stream, message: dict[str, Any]) -> dict[str, Any]:
    reply: dict[str, Any] = orjson.loads(sent(stream, message))
    return reply


def played(*messages: dict[str, Any], shelf: Shelf | None = None) -> list[dict[str, Any]]:
    stream = Stream(SCENARIO, (), shelf or Shelf.empty())
    return [answered(stream, message) for message in messages]


def plain(reply: dict[str, Any]) -> dict[str, Any]:
    """The segment alone: what a replay must give again."""
    return {key: value for key, value in reply.items() if key not in ("reply", "seed", "timeline", "link", "opening", "id")}


# Whether `socket` is one of a server that answers at once what it can, as courseware/sockets.py is; how many it did.
AT_ONCE = {"on": 0, "count": 0}


def socket(path: str, user: Any = None, session: Any = None, client: str = "127.0.0.1") -> WebsocketCommunicator:
    async def with_user(scope, receive, send):
        scope = {**scope, "user": user or AnonymousUser(), "client": [client, 1]}
        if session is not None:
            scope["session"] = session
        if AT_ONCE["on"]:
            scope["extensions"] = {"answers_at_once": {"with": (found := []).append}}
            receive = answering(receive, send, found)
        return await URLRouter(websocket_urlpatterns)(scope, receive, send)

    return WebsocketCommunicator(with_user, path)


def answering(receive: Any, send: Any, quick: list[Any]) -> Any:
    """A `receive` that lets the application wait on while its messages can be answered at once."""

    async def next_other() -> Any:
        while True:
            message = await receive()
            answer = quick[0](message["text"]) if quick and message.get("text") else None
            if answer is None:
                return message
            AT_ONCE["count"] += 1
            await send({"type": "websocket.send", "text": answer.decode()})

    return next_other


async def opened(line, message=OPEN):
    assert (await line.connect())[0]
    await line.send_json_to(message)
    return await line.receive_json_from(5)


async def ended(line, code, name):
    """The reason comes first, then the close."""
    said = await line.receive_json_from(5)
    assert (said["code"], said["fatal"]) == (name, True)
    assert (await line.receive_output(5))["code"] == code
    return said


@pytest.fixture(params=["by the queue", "at once"])
def way(request, monkeypatch):
    """A test with it is run twice: a server that answers at once what it can is to be like any other."""
    monkeypatch.setitem(AT_ONCE, "on", request.param == "at once")
    return bool(AT_ONCE["on"])


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    """Nothing from another test: neither segments nor answers about access nor a spent purse."""
    SHELF.segments.clear()
    SHELF.checkpoints.clear()
    consumers.ADMISSION.clear()
    monkeypatch.setattr(consumers, "ADDRESSES", Addresses(consumers.ADDRESSES.rate))


PATH = "/ws/tracks/system-scaling/load-balancing-strategies/{}/"


@pytest.fixture
def path(transactional_db):
    import_shipped()
    return PATH.format(Lesson.objects.get(slug="load-balancing-strategies").simulations[0]["id"])


@pytest.fixture
def locked_path(transactional_db):
    import_shipped()
    lesson = Lesson.objects.get(slug="load-balancing-strategies")
    lesson.track, lesson.number = Track.objects.get(slug="surviving-overload"), 99
    lesson.save()
    return f"/ws/tracks/surviving-overload/{lesson.slug}/{lesson.simulations[0]['id']}/"
