"""A websocket client for a thousand learners in one process: RFC 6455 on asyncio, with permessage-deflate as browsers do."""

import asyncio
import base64
import os
import zlib
from collections.abc import Callable
from urllib.parse import urlsplit

DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
TAIL = b"\0\0\xff\xff"


class Line(asyncio.Protocol):
    """One connection. `heard` gets every message as bytes, text or not, `ended` the close code (1006: without a word)."""

    def __init__(
        self, site: str, path: str, heard: Callable[[bytes], None], ended: Callable[[int], None], protocols: str = ""
    ) -> None:
        self.where, self.path, self.heard, self.ended = urlsplit(site), path, heard, ended
        self.protocols = f"Sec-WebSocket-Protocol: {protocols}\r\n" if protocols else ""
        self.buffer = bytearray()
        self.deflated = False
        self.open: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.received = 0
        self.code = 1006

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the upgrade."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        origin = f"{self.where.scheme}://{self.where.netloc}"
        transport.write(
            f"GET {self.path} HTTP/1.1\r\nHost: {self.where.netloc}\r\nOrigin: {origin}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            f"{self.protocols}{DEFLATE}\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        """Take what came: first the head, then frames (a server does not mask them)."""
        self.received += len(data)
        self.buffer += data
        if not self.open.done():
            head, found, rest = bytes(self.buffer).partition(b"\r\n\r\n")
            if not found:
                return
            self.buffer = bytearray(rest)
            if b" 101 " not in head.split(b"\r\n", 1)[0]:
                self.open.set_exception(ConnectionError(head.split(b"\r\n", 1)[0].decode()))
                return
            self.deflated = b"permessage-deflate" in head
            self.open.set_result(None)
        while self._frame():
            pass

    def _frame(self) -> bool:
        buffer = self.buffer
        if len(buffer) < 2:
            return False
        size, begin = buffer[1] & 127, 2
        if size >= 126:
            begin = 4 if size == 126 else 10
            if len(buffer) < begin:
                return False
            size = int.from_bytes(buffer[2:begin], "big")
        if len(buffer) < begin + size:
            return False
        payload = bytes(buffer[begin : begin + size])
        first = buffer[0]
        del buffer[: begin + size]
        if first & 15 in (1, 2):
            self.heard(zlib.decompressobj(-15).decompress(payload + TAIL) if first & 64 else payload)
        elif first & 15 == 8:
            self.code = int.from_bytes(payload[:2], "big") or 1005
            self.transport.close()
        elif first & 15 == 9:
            self._send(payload, 10)
        return True

    def _send(self, payload: bytes, first: int) -> None:
        size = len(payload)
        length = bytes([0x80 | size]) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
        self.transport.write(bytes([0x80 | first]) + length + bytes(4) + payload)

    def say(self, payload: bytes) -> None:
        """Send a text message, compressed where the server takes that."""
        if not self.deflated:
            self._send(payload, 1)
            return
        squeezer = zlib.compressobj(1, wbits=-15)  # without memory of what came before: the server asks for that
        squeezed = squeezer.compress(payload) + squeezer.flush(zlib.Z_SYNC_FLUSH)
        self._send(squeezed.removesuffix(TAIL), 0x41)

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        if not self.open.done():
            self.open.set_exception(ConnectionError("closed before it opened"))
        self.ended(self.code)


async def connect(
    site: str, path: str, heard: Callable[[bytes], None], ended: Callable[[int], None], protocols: str = ""
) -> Line:
    """An open connection, with the subprotocols that it asks for; ConnectionError when the server does not upgrade."""
    where = urlsplit(site)
    loop = asyncio.get_running_loop()
    _, line = await loop.create_connection(lambda: Line(site, path, heard, ended, protocols), where.hostname, where.port)
    await asyncio.wait_for(line.open, 30)
    return line
