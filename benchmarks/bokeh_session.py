"""A page of a Bokeh server without its drawing: what BokehJS says on the websocket, for a crowd of learners.

A message is a header, metadata and a content, each a text frame of its own, then two frames for each buffer that the header
counts. The server begins with ACK; the page pulls the document once and from then on both send patches. BokehJS also sends the
ranges of the axes back as it draws, up to 58 patches a second from a Chromium; they are left out, in favour of the server.
"""

import asyncio
import re
import urllib.request
from collections.abc import Callable
from typing import Any

import orjson

from benchmarks.wire import Line, connect

TOKEN = re.compile(rb'"token":"([^"]+)"')
SLIDER = re.compile(rb'"name":"Slider","id":"([^"]+)"')


class Session:
    """A learner's connection. `streamed` gets the content of each patch that adds rows, `failed` what the server refused."""

    line: Line
    slider = ""  # the id of the model, once the document is here

    def __init__(self, streamed: Callable[[bytes], None], failed: Callable[[str], None]) -> None:
        self.streamed, self.failed = streamed, failed
        self.fragments: list[bytes] = []
        self.header: dict[str, Any] = {}
        self.acknowledged: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.sent = 0

    async def open(self, site: str, path: str, seed: int, ended: Callable[[int], None]) -> Line:
        """Load the page, which makes the session, and connect to it; ConnectionError when there is none."""
        page = await asyncio.to_thread(fetch, f"{site}{path}?seed={seed}")
        token = TOKEN.search(page)
        if not token:
            raise ConnectionError("the page names no session")
        where = f"{path.rstrip('/')}/ws?seed={seed}"
        self.line = await connect(site, where, self.heard, ended, f"bokeh, {token[1].decode()}")
        await asyncio.wait_for(self.acknowledged, 30)
        self._say("PULL-DOC-REQ", {})
        return self.line

    def heard(self, fragment: bytes) -> None:
        """A frame: with the last of its message, act on it."""
        self.fragments.append(fragment)
        if len(self.fragments) == 1:
            self.header = orjson.loads(fragment)
        if len(self.fragments) == 3 + 2 * self.header.get("num_buffers", 0):
            content = self.fragments[2]
            self.fragments = []
            self._received(self.header["msgtype"], content)

    def _received(self, kind: str, content: bytes) -> None:
        if kind == "PATCH-DOC":
            if self.slider and b'"kind":"ColumnsStreamed"' in content:
                self.streamed(content)
        elif kind == "ACK":
            self.acknowledged.set_result(None)
        elif kind == "PULL-DOC-REPLY":
            found = SLIDER.search(content)
            assert found, "the document has no slider"
            self.slider = found[1].decode()
        elif kind != "OK":
            self.failed(kind)

    def move(self, value: float) -> None:
        """Move the slider."""
        model = {"id": self.slider}
        self._say("PATCH-DOC", {"events": [{"kind": "ModelChanged", "model": model, "attr": "value", "new": value}]})

    def _say(self, kind: str, content: dict[str, Any]) -> None:
        self.sent += 1
        for part in ({"msgid": str(self.sent), "msgtype": kind}, {}, content):
            self.line.say(orjson.dumps(part))


def fetch(address: str) -> bytes:
    """The page at an address."""
    with urllib.request.urlopen(address, timeout=60) as answer:
        found: bytes = answer.read()
    return found
