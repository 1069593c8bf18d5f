"""The real server: kill -9 and go on, clients that flood or never read, compression, and a goodbye at its end."""

import os
import re
import signal
import threading
import time
import zlib
from pathlib import Path

import pytest

from lessons.messages import LARGEST
from lessons.stream import Shelf, Stream
from simulator import Change, load_scenario
from tests.live.conftest import OPEN, answered, change, plain, play
from tests.live.wire import Closed, Wire
from tests.site import Site

SECONDS = float(os.environ.get("LIVE_SECONDS", "6"))  # of abuse; SAFETY.md's figure is for 60
MIB = 1 << 20


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    running = Site(tmp_path_factory.mktemp("live"))
    running.prepare()
    running.start()
    yield running
    running.kill()


@pytest.fixture(scope="module")
def path(site):
    import urllib.request

    page = urllib.request.urlopen(f"{site.url}/tracks/system-scaling/load-balancing-strategies/").read().decode()
    return re.search(r'path="(/ws/[^"]+)"', page)[1]


STORY = [
    OPEN,
    change(0.4, "arrival_rate", 700, 1.4),
    play(1.4, 2.4),
    change(2.1, "stop.3", True, 3.1),
    play(3.1, 4.1),
    change(3.9, "strategy", "least-connections", 4.9),
    play(4.9, 5.9),
    play(5.9, 20.0),
]


def undisturbed(first):
    """The story without a break, in this process."""
    scenario = load_scenario("load-balancing-strategies")
    preset = tuple(Change(*row) for row in first["timeline"])
    stream = Stream(scenario, preset, Shelf.empty())
    return [answered(stream, message) for message in STORY]


@pytest.mark.parametrize("cut", [1, 3, 6])
def test_after_kill_9_the_run_goes_on_number_by_number(site, path, cut):
    line = Wire(site.url, path)
    told = [line.ask(message) for message in STORY[: cut + 1]]
    timeline = [reply["timeline"] for reply in told if "timeline" in reply][-1]
    site.kill()
    with pytest.raises(Closed):
        line.receive()
    site.start()
    expected = undisturbed(told[0])
    line = Wire(site.url, path)
    playhead = told[-1]["until"] - 0.3  # the page had more than it had played
    again = line.ask(
        {"type": "open", "seed": told[0]["seed"], "timeline": timeline, "from": playhead, "until": told[-1]["until"]}
    )
    told += [line.ask(message) for message in STORY[cut + 1 :]]
    assert [plain(reply) for reply in told] == [plain(reply) for reply in expected]
    assert again["until"] == told[cut]["until"]
    assert {name: again["readouts"][name] for name in ("p50", "p99")} == {
        name: expected[cut]["readouts"][name] for name in ("p50", "p99")
    }
    line.close()


def test_segments_are_compressed_for_clients_that_can(site, path):
    small, plain_ = Wire(site.url, path, deflate=True), Wire(site.url, path)
    begun = [small.raw, plain_.raw]
    one, two = small.ask(OPEN), plain_.ask(OPEN)
    assert (small.deflated, plain_.deflated) == (True, False)
    assert one == two
    assert small.raw - begun[0] < (plain_.raw - begun[1]) / 2.5
    for line in (small, plain_):
        line.close()


def test_bytes_for_each_learner_and_second(site, path):
    """Six servers, 1×, segments of 2.0 s, a slider every 5 s: at most 3 KB a second."""
    line = Wire(site.url, path, deflate=True)
    line.ask({**OPEN, "timeline": [[0, "arrival_rate", 1000]], "until": 2.0})
    line.raw, at = 0, 2.0
    for turn in range(20):
        line.ask(play(at, at + 2.0))
        at += 2.0
        if turn % 3 == 2:
            line.ask(change(at - 0.8, "service_time", 0.005 + turn / 10_000, at + 0.8))
            at += 0.8
    assert line.raw / (at - 2.0) <= 3_000
    line.close()


def to_the_end(line):
    """The last message and the close code."""
    said = None
    try:
        while True:
            said = line.receive()
    except Closed as closed:
        return said, closed.code


def memory(site):
    """Resident bytes of the server."""
    status = Path(f"/proc/{site.process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) * 1024


def abused(site, path, abuse, seconds=SECONDS):
    """Twenty clients abuse the server for a while, coming back when they are closed: (growth in bytes, close codes)."""
    stop = time.monotonic() + seconds
    codes, growth = [], [0]

    def client():
        while time.monotonic() < stop:
            try:
                line = Wire(site.url, path, timeout=20)
                line.socket.settimeout(2)
                abuse(line, stop)
            except Closed as closed:
                codes.append(closed.code)
            except TimeoutError:  # the server takes no more: hold on to the connection
                codes.append(0)
                time.sleep(min(12, max(0, stop - time.monotonic())))
            except OSError:
                codes.append(1006)
            finally:
                line.close()

    clients = [threading.Thread(target=client) for _ in range(20)]
    before = memory(site)
    for each in clients:
        each.start()
    while any(each.is_alive() for each in clients):
        growth.append(memory(site) - before)
        time.sleep(0.2)
    return max(growth), codes


def polite(line, stop):
    """A learner who plays: what twenty runs cost is no abuse."""
    line.ask(OPEN)
    for second in range(1, 25):
        line.ask(play(float(second), second + 1.0))
    time.sleep(0.5)


@pytest.fixture(scope="module")
def warm(site, path):
    """Twenty learners have played, so that what they need is there already."""
    abused(site, path, polite)
    time.sleep(1)


def still_well(site, path):
    """Another learner is answered, soon."""
    begun = time.monotonic()
    other = Wire(site.url, path)
    assert other.ask({**OPEN, "from": 0.0, "until": 1.0})["type"] in ("segment", "error")
    other.close()
    return time.monotonic() - begun


def never_reads(line, stop):
    line.send(OPEN)
    turn = 0
    while time.monotonic() < stop:
        line.send(play(float(turn % 20), turn % 20 + 1.0))
        turn += 1
        time.sleep(0.005)  # not a flood


def never_stops_writing(line, stop):
    many = b"".join(line.frame(b'{"type":"play","from":1,"until":2}') for _ in range(1_000))
    while time.monotonic() < stop:
        line.socket.sendall(many)


def sends_large_frames(line, stop):
    large = line.frame(b'{"type":"play","from":1,"until":2,"x":"' + b"x" * (2 * LARGEST - 100) + b'"}')
    while time.monotonic() < stop:
        line.socket.sendall(large)


def never_ends_a_message(line, stop):
    head = bytes([0x01]) + b"\xfe" + (30_000).to_bytes(2, "big") + bytes(4)
    more = bytes([0x00]) + b"\xfe" + (30_000).to_bytes(2, "big") + bytes(4)
    line.socket.sendall(head + b"x" * 30_000)
    while time.monotonic() < stop:
        line.socket.sendall(more + b"x" * 30_000)


QUESTION = b'{"type":"play","from":1,"until":2}'


def test_a_short_question_is_heard_however_it_comes(site, path):
    """In one piece, in two, two at once, under any mask, and compressed, as Chromium does."""
    for deflate in (False, True):
        line = Wire(site.url, path, deflate=deflate)
        assert line.deflated is deflate
        expected = line.ask({**OPEN, "from": 0.0, "until": 1.0})
        assert expected["reply"] == "open"
        squeezer = zlib.compressobj(wbits=-15)
        squeezed = (squeezer.compress(QUESTION) + squeezer.flush(zlib.Z_SYNC_FLUSH))[:-4]
        said = [line.frame(*((squeezed, 0x41) if deflate else (QUESTION, 0x01)), os.urandom(4)) for _ in range(4)]
        for piece in (said[0], said[1][:9], said[1][9:], said[2] + said[3]):
            line.socket.sendall(piece)
            time.sleep(0.05)
        assert [line.receive()["reply"] for _ in said] == ["play"] * 4
        line.socket.sendall(line.frame(QUESTION, 0x01, os.urandom(4)))  # not compressed, which is allowed
        assert line.receive()["reply"] == "play"
        line.close()


BOMB = zlib.compress(bytes(100_000), 9, -15)  # 40 KB would be too long, and it fits into a short frame


@pytest.mark.parametrize(
    ("payload", "first", "deflate"),
    [
        (b'{"type":"\xff"}', 0x01, False),
        (b"\xff" * 20, 0x41, True),
        (BOMB, 0x41, True),
        (QUESTION, 0x41, False),
        (QUESTION, 0x21, True),
    ],
    ids=["not UTF-8", "not deflate", "a bomb", "compressed without leave", "a bit that nobody knows"],
)
def test_a_short_frame_that_is_wrong_ends_the_connection(site, path, payload, first, deflate):
    """As the library ends it for a long one: without a word."""
    line = Wire(site.url, path, deflate=deflate)
    line.ask({**OPEN, "from": 0.0, "until": 1.0})
    line.socket.sendall(line.frame(payload, first, os.urandom(4)))
    assert to_the_end(line) == (None, 1006)
    assert still_well(site, path) < 5


@pytest.mark.parametrize("abuse", [never_reads, never_stops_writing, sends_large_frames, never_ends_a_message])
def test_twenty_abusers_cost_at_most_ten_mebibytes(site, path, warm, abuse):
    growth, codes = abused(site, path, abuse, max(SECONDS, 20) if abuse is never_reads else SECONDS)
    print(f"{abuse.__name__}: {growth / MIB:.1f} MiB, closed {len(codes)} times: {sorted(set(codes))}")
    assert growth <= 10 * MIB
    assert codes
    assert still_well(site, path) < 5


def test_a_client_that_does_not_read_is_closed_with_4408(site, path):
    line = Wire(site.url, path)
    line.ask({**OPEN, "until": 20.0})
    told = site.log.count("closed with 4408")
    begun = time.monotonic()
    while site.log.count("closed with 4408") == told:
        assert time.monotonic() < begun + 40
        if time.monotonic() < begun + 8:
            line.send({**OPEN, "until": 20.0})
        time.sleep(0.004)
    assert time.monotonic() > begun + 10
    line.drain()
    said, code = to_the_end(line)  # what it had asked for comes first, then the reason
    assert (code, said["code"], said["fatal"]) == (4408, "too_slow", True)


def test_a_flood_is_closed_with_4429_and_the_reason(site, path):
    line = Wire(site.url, path)
    line.socket.sendall(b"".join(line.frame(b'{"type":"play","from":1,"until":2}') for _ in range(5_000)))
    said, code = to_the_end(line)
    assert (code, said["code"], said["fatal"]) == (4429, "too_many", True)


def test_a_server_that_is_stopped_while_it_warms_up_ends_at_once_and_in_order(site):
    site.kill()
    site.start()
    before = len(site.log)
    os.kill(site.process.pid, signal.SIGTERM)  # as Ctrl+C, which a shell's background job does not hear
    assert site.process.wait(20) == 0
    assert "FATAL" not in site.log[before:]
    assert "Traceback" not in site.log[before:]
    site.kill()
    site.start()


def test_a_server_that_stops_says_goodbye(site, path):
    line = Wire(site.url, path)
    line.ask(OPEN)
    os.kill(site.process.pid, signal.SIGTERM)
    with pytest.raises(Closed) as closed:
        line.receive()
    assert closed.value.code == 1012
    assert site.process.wait(20) == 0
    site.kill()
    site.start()
