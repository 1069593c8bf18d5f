"""A websocket client as small as a test needs it: RFC 6455 over a plain socket, with or without permessage-deflate."""

import base64
import os
import socket
import zlib
from typing import Any
from urllib.parse import urlsplit

import orjson


class Closed(Exception):
    """The server closed the connection; `code` says why (1006: without a word)."""

    def __init__(self, code: int) -> None:
        super().__init__(str(code))
        self.code = code


class Wire:
    """One connection. `raw` counts the bytes that came."""

    def __init__(self, site: str, path: str, *, deflate: bool = False, headers: str = "", timeout: float = 20) -> None:
        where = urlsplit(site)
        self.socket = socket.create_connection((where.hostname, where.port), timeout)
        self.raw = 0
        self.buffer = bytearray()
        offer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n" if deflate else ""
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET {path} HTTP/1.1\r\nHost: {where.netloc}\r\nOrigin: {site}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n{offer}{headers}\r\n".encode()
        )
        while b"\r\n\r\n" not in self.buffer:
            self._more()
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        self.head = bytes(head)
        assert b" 101 " in self.head.splitlines()[0], self.head
        self.deflated = b"permessage-deflate" in self.head

    def _more(self) -> None:
        try:
            data = self.socket.recv(65_536)
        except ConnectionResetError:
            data = b""
        if not data:
            raise Closed(1006)
        self.raw += len(data)
        self.buffer += data

    def drain(self) -> None:
        """Take all that comes until the server hangs up, before any of it is looked at: it waits for a second, not for us."""
        try:
            while data := self.socket.recv(1 << 20):
                self.buffer += data
        except ConnectionResetError:
            pass

    def _take(self, size: int) -> bytes:
        while len(self.buffer) < size:
            self._more()
        taken = bytes(self.buffer[:size])
        del self.buffer[:size]
        return taken

    def frame(self, payload: bytes, first: int = 1, mask: bytes = bytes(4)) -> bytes:
        """A masked frame; a mask of zeros is allowed and leaves the payload readable. `first`: its opcode and bits."""
        size = len(payload)
        length = bytes([0x80 | size]) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
        return bytes([0x80 | first]) + length + mask + bytes(byte ^ mask[n % 4] for n, byte in enumerate(payload))

    def send(self, message: Any) -> None:
        """Say something: JSON, or bytes as they are."""
        self.socket.sendall(self.frame(message if isinstance(message, bytes) else orjson.dumps(message)))

    def receive(self) -> Any:
        """The next message; Closed when there will be none."""
        while True:
            first, second = self._take(2)
            size = second & 127
            if size >= 126:
                size = int.from_bytes(self._take(2 if size == 126 else 8), "big")
            payload = self._take(size)
            if first & 15 == 8:
                raise Closed(int.from_bytes(payload[:2], "big"))
            if first & 15 == 9:
                self.socket.sendall(self.frame(payload, 10))
            elif first & 15 == 1:
                if first & 64:
                    payload = zlib.decompressobj(-15).decompress(payload + b"\0\0\xff\xff")
                return orjson.loads(payload)

    def ask(self, message: Any) -> Any:
        """Say something and hear the answer."""
        self.send(message)
        return self.receive()

    def close(self) -> None:
        """Hang up."""
        self.socket.close()
