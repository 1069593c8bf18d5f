"""The figures of the socket's limits, through the real consumer: how large, how odd, how dear and how long ago."""

import time
from types import SimpleNamespace

import pytest

from lessons import consumers
from lessons.messages import Refused, read
from lessons.stream import Stream
from tests.live.conftest import OPEN, ended, opened, play, socket
from tests.live.test_socket import person, refund

KIB = 1024
ODD = {
    "not a number": '{"type":"play","from":NaN,"until":1}',
    "beyond every number": '{"type":"play","from":0,"until":1e999}',
    "a NUL": '{"type":"open","from":0,"until":1,"link":"\x00"}',
    "an escaped NUL": '{"type":"play\\u0000","from":0,"until":1}',
    "half a character": '{"type":"play\\ud800","from":0,"until":1}',
    "deep nesting": "[" * 8_000 + "]" * 8_000,
    "a value nested deeply": '{"type":"change","at":0,"control":"servers","until":1,"value":' + "[" * 900 + "]" * 900 + "}",
    "a huge integer": '{"type":"play","from":0,"until":1,"id":' + "9" * 5_000 + "}",
    "a huge instant": '{"type":"play","from":0,"until":' + "9" * 300 + "}",
    "a huge value": '{"type":"change","at":0,"control":"servers","until":1,"value":' + "9" * 300 + "}",
}


def padded(size: int, letter: str = " ") -> str:
    """A message that is in order but for its size in bytes."""
    empty = '{"type":"open","from":0,"until":1,"link":""}'
    return empty.replace('""', f'"{letter * ((size - len(empty)) // len(letter.encode()))}"')


@pytest.mark.parametrize("letter", ["x", "é", "😀"])
def test_a_message_has_at_most_sixteen_kibibytes_whatever_its_letters(letter):
    assert read(padded(16 * KIB, letter), None)["type"] == "open"
    with pytest.raises(Refused, match="too long") as refused:
        read(padded(16 * KIB + 4, letter), None)
    assert refused.value.bad


async def test_sixteen_kibibytes_are_answered_and_a_byte_more_is_not(path):
    line = socket(path)
    await opened(line)
    whole = '{"type":"play","from":1,"until":2}'
    await line.send_to(text_data=whole.ljust(16 * KIB))
    assert (await line.receive_json_from(5))["until"] == 2.0
    await line.send_to(text_data=whole.ljust(16 * KIB + 1))
    said = await line.receive_json_from(5)
    assert (said["code"], said["fatal"]) == ("bad_message", False)
    await line.disconnect()


async def test_what_is_odd_gets_an_error_and_the_run_goes_on(path):
    odd = {
        **{name: {"text_data": text} for name, text in ODD.items()},
        "binary": {"bytes_data": b'{"type":"play","from":1,"until":2}'},
    }
    for name, sent in odd.items():
        line = socket(path)
        await opened(line)
        await line.send_to(**sent)
        said = await line.receive_json_from(5)
        assert (said["type"], said["fatal"], bool(said["message"])) == ("error", False, True), name
        await line.send_json_to(play(1.0, 2.0))
        assert (await line.receive_json_from(5))["until"] == 2.0, name
        await line.disconnect()


async def test_what_is_too_dear_is_refused_with_what_would_do_before_any_of_it_is_simulated(path, monkeypatch):
    line = socket(path)
    await opened(line)

    def simulated(*_):
        raise AssertionError("nothing of it may run")

    with monkeypatch.context() as unpaid:
        for work in ("approach", "play", "simulate"):
            unpaid.setattr(Stream, work, simulated)
        busy = [[0, "arrival_rate", 1000], [0, "spike", True]]
        await line.send_json_to({**OPEN, "timeline": busy, "until": 600.0})
        said = await line.receive_json_from(5)
    assert (said["code"], said["fatal"]) == ("too_expensive", False)
    assert 1 < said["longest"] < 600
    await line.send_json_to({**OPEN, "timeline": busy, "until": said["longest"]})
    assert (await line.receive_json_from(20))["until"] == pytest.approx(said["longest"])
    await line.disconnect()


async def test_five_seconds_after_a_refund_nothing_more_is_answered(locked_path, monkeypatch):
    later = 0.0
    monkeypatch.setattr(consumers, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + later))
    user = await person("bob", buys=True)
    line = socket(locked_path, user)
    await opened(line)
    await refund(user)
    later = 5.01
    await line.send_json_to(play(1.0, 2.0))
    await ended(line, 4403, "no_access")
    assert await line.receive_nothing()
