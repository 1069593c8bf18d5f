"""What needs no waiting is answered as it is read: which messages that are, and when a socket asks for such an answer."""

import asyncio

import pytest

from courseware.sockets import Socket
from lessons.stream import Stream
from tests.live.conftest import AT_ONCE, OPEN, change, ended, opened, play, socket


async def test_only_what_needs_no_waiting_is_answered_at_once(path, monkeypatch, way):
    """A segment and a change are; an opening, a comparison, heavy work and what is refused come the other way."""
    line = socket(path)
    await opened(line)
    counts = []
    for message in (
        play(1.0, 2.0),
        change(1.5, "arrival_rate", 900, 2.5),
        {**OPEN, "seed": 2},
        play(1.0, 101.0),
        {"type": "compare", "timeline": []},
        play(90.0, 80.0),
        {"type": "nothing"},
        play(101.0, 102.0),
    ):
        before = AT_ONCE["count"]
        await line.send_json_to(message)
        await line.receive_json_from(20)
        counts.append(AT_ONCE["count"] - before)
    assert counts == ([1, 1, 0, 0, 0, 0, 0, 1] if way else [0] * 8)
    await line.disconnect()


async def test_what_fails_at_once_is_tried_once_more(path, monkeypatch, way):
    line = socket(path)
    await opened(line)
    whole, calls = Stream.play, []

    def once(stream, plan):
        calls.append(plan)
        if len(calls) == 1:
            raise RuntimeError("the engine broke")
        return whole(stream, plan)

    monkeypatch.setattr(Stream, "play", once)
    await line.send_json_to(play(1.0, 2.0))
    if way:
        assert (await line.receive_json_from(5))["until"] == 2.0
        await line.disconnect()
    else:
        await ended(line, 1011, "failed")


@pytest.mark.parametrize(
    "but", ["nothing", "not idle", "others wait", "does not read", "muted", "says nothing", "comes by the queue"]
)
def test_a_socket_asks_for_an_answer_at_once_only_while_its_application_waits_for_one(but):
    asked, sent = [], []

    def quick(text):
        asked.append(text)
        return None if but == "comes by the queue" else b"answer"

    line = Socket()
    line.application_queue = asyncio.Queue()
    line.sendMessage = sent.append
    line.idle, line.muted, line.quick = but != "not idle", but == "muted", None if but == "says nothing" else quick
    if but == "others wait":
        line.application_queue.put_nowait({})
    if but == "does not read":
        line.pauseProducing()
    assert line._answered("question") is (but == "nothing")
    assert asked == (["question"] if but in ("nothing", "comes by the queue") else [])
    assert sent == ([b"answer"] if but == "nothing" else [])
