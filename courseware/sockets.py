"""Daphne with what it lacks for websockets: back-pressure both ways, compression, and a goodbye when it stops.

Daphne alone takes in whatever a client sends and keeps whatever a client does not read. Here a client that is ahead of its
answers is not read from; one that does not read is waited for, then closed with 4408; one that floods is closed with 4429.
"""

import asyncio
import importlib
import logging
import time
import zlib
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar, TypeAlias

from daphne.server import Server as DaphneServer  # first: it installs the reactor
from daphne.ws_protocol import WebSocketProtocol

# isort: split
import orjson
from autobahn.exception import Disconnected, PayloadCorruptError, PayloadExceededError
from autobahn.websocket.compress import (
    PERMESSAGE_COMPRESSION_EXTENSION,
    PerMessageDeflate,
    PerMessageDeflateOffer,
    PerMessageDeflateOfferAccept,
)
from twisted.internet.defer import Deferred
from twisted.internet.tcp import Connection

logger = logging.getLogger(__name__)
PAUSE, RESUME = 8, 4  # messages that wait for an answer when the client is no longer read from, and is again
MOST_WAITING, MOST_BYTES = 128, 131_072  # messages, and bytes of them, with which it is a flood
LARGEST = 32_768  # bytes of a message that comes in; what the consumer reads is smaller
GOODBYE = 0.3  # seconds that a stopping server takes to say so
PATIENCE = 10.0  # seconds for which a client may leave its answers unread
TEXT, DEFLATED = 0x81, 0x40  # how a frame begins that is a whole text, and that such a text is compressed
TOO_SLOW, TOO_MANY, RESTART = 4408, 4429, 1012
Quick: TypeAlias = Callable[[str], bytes | None]  # a text message's answer; None where it is to come by the queue


def _quick() -> Any:
    """What compresses: Intel's ISA-L, 0.025 ms for a segment where zlib takes 0.041; zlib where it is not installed."""
    try:
        return importlib.import_module("isal.isal_zlib")
    except ImportError:
        return zlib


quick = _quick()


class QuickDeflate(PerMessageDeflate):
    """Level 1 and one compressor for all connections, as a message is compressed in one go: making one costs as much again.

    Z_FULL_FLUSH lets it forget what it has seen, so no message can refer to another learner's.
    """

    _shared: ClassVar[dict[int, Any]] = {}  # by the bits of the window

    def squeezed(self, payload: bytes) -> bytes:
        """A whole message as it is sent (RFC 7692: without the four bytes that end it)."""
        bits = self.server_max_window_bits
        compressor = self._shared.get(bits)
        if compressor is None:
            compressor = self._shared[bits] = quick.compressobj(1, quick.DEFLATED, -bits)
        whole: bytes = compressor.compress(payload) + compressor.flush(quick.Z_FULL_FLUSH)
        return whole[:-4]


PERMESSAGE_COMPRESSION_EXTENSION["permessage-deflate"]["PMCE"] = QuickDeflate


def deflate(offers: list[Any]) -> Any:
    """Accept the first offer of permessage-deflate, without memory between messages on either side."""
    for offer in offers:
        if isinstance(offer, PerMessageDeflateOffer):
            forgetful = bool(offer.accept_no_context_takeover)
            return PerMessageDeflateOfferAccept(
                offer, request_no_context_takeover=forgetful, no_context_takeover=True, max_message_size=LARGEST
            )
    return None


class Socket(WebSocketProtocol):
    """One websocket connection. It is also what Twisted's transport tells when its buffer is full."""

    def __init__(self) -> None:
        super().__init__()
        self.drained = asyncio.Event()
        self.drained.set()
        self.waiting = 0  # bytes of messages that the application has not taken
        self.held = self.flooded = False
        self.idle = False  # the application waits for a message
        self.quick: Quick | None = None  # how it answers one for which nobody has to wait

    def onOpen(self) -> None:  # noqa: N802 - autobahn's name
        """The connection stands: from here on, hear when the client does not read."""
        super().onOpen()
        self.transport.unregisterProducer()
        self.transport.registerProducer(self, True)

    def pauseProducing(self) -> None:  # noqa: N802 - Twisted's names
        """The transport holds more than it likes (64 KiB)."""
        self.drained.clear()

    def resumeProducing(self) -> None:  # noqa: N802
        """The client has read."""
        self.drained.set()

    def stopProducing(self) -> None:  # noqa: N802
        """The connection is lost."""
        self.drained.set()

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        """Take bytes in. The library's own way colours a line for its log first, also when nobody logs."""
        if not self._short(data):
            self._dataReceived(data)

    def _short(self, data: bytes) -> bool:
        """Take a short text message that came whole and alone, as nearly all do; False for anything else, which is the library's.

        The library asks some thirty questions of a frame that may come in pieces, a tenth of what a learner costs.
        """
        size = len(data) - 6
        if not 0 < size < 126 or data[0] not in (TEXT, TEXT | DEFLATED) or data[1] != 0x80 | size:
            return False
        if self.state != self.STATE_OPEN or self.data or self.current_frame is not None or self.inside_message:
            return False
        mask = int.from_bytes((data[2:6] * 32)[:size], "little")
        payload = (int.from_bytes(data[6:], "little") ^ mask).to_bytes(size, "little")
        squeezer = self._perMessageCompress if data[0] & DEFLATED else None
        if data[0] & DEFLATED and squeezer is None:
            return False
        try:
            if squeezer is not None:
                squeezer.start_decompress_message()
                payload = squeezer.decompress_message_data(payload, max_output_len=LARGEST)
                squeezer.end_decompress_message()
            text = payload.decode()
        except PayloadExceededError:
            self._max_message_size_exceeded(LARGEST, LARGEST, "a message is too long")
            return True
        except (PayloadCorruptError, UnicodeDecodeError):
            self._invalid_payload("a message cannot be read")
            return True
        if self.autoPingTimeoutCall and self.autoPingRestartOnAnyTraffic:
            self._cancelAutoPingTimeoutCall()
        if not self._answered(text):
            self.onMessage(payload, False)
        return True

    def _answered(self, text: str) -> bool:
        """Answer a message here and now when the application waits for one and can; False where it is to come by the queue.

        The queue wakes a task: a second turn of the event loop, and every frame of all that stands before the application.
        Only a message that came alone is answered here, so one connection still gets one answer for each turn of the loop.
        """
        waits = self.idle and self.application_queue.empty() and self.drained.is_set() and not self.muted
        answer = self.quick(text) if self.quick is not None and waits else None
        if answer is None:
            return False
        self.last_ping = time.time()
        self.sendMessage(answer)
        return True

    def onMessage(self, payload: bytes, binary: bool) -> None:  # noqa: N802
        """Queue a message for the application; stop reading when it falls behind."""
        if self.flooded:
            return
        super().onMessage(payload, binary)
        self.waiting += len(payload)
        waiting = self.application_queue.qsize()
        if waiting > MOST_WAITING or self.waiting > MOST_BYTES:
            self.flooded = True
            while not self.application_queue.empty():
                self.application_queue.get_nowait()
            self.end(TOO_MANY, "too_many", "This page sends faster than it can be answered.")
        elif waiting >= PAUSE and not self.held:
            self.held = True
            self.transport.pauseProducing()

    def sendMessage(self, payload: bytes, isBinary: bool = False, **_: Any) -> None:  # noqa: N802, N803
        """Send in one frame, of any size: the library holds answers to the limit that is meant for questions.

        Its own way from here to the transport is five calls that count, colour lines for a log and copy.
        """
        if self.state != self.STATE_OPEN:
            raise Disconnected("This connection is closed.")
        first = 0x82 if isBinary else 0x81
        if self._perMessageCompress is not None:
            payload = self._perMessageCompress.squeezed(payload)
            first |= 0x40
        size = len(payload)
        if size < 126:
            head = bytes((first, size))
        elif size < 65_536:
            head = bytes((first, 126)) + size.to_bytes(2, "big")
        else:
            head = bytes((first, 127)) + size.to_bytes(8, "big")
        self._write(head + payload)

    def _write(self, data: bytes) -> None:
        """To the system at once when nothing waits before it; by way of the reactor it takes two more turns and system calls."""
        transport = self.transport
        if isinstance(transport, Connection) and not (
            transport.TLS or transport.disconnecting or transport.dataBuffer or transport._tempDataBuffer or self.send_queue
        ):
            sent = transport.writeSomeData(data)
            if isinstance(sent, int) and sent > 0:
                if sent == len(data):
                    return
                data = data[sent:]
        transport.write(data)  # which also finds out, and says, that the connection is lost

    def onClose(self, clean: bool, code: int | None, reason: str | None) -> None:  # noqa: N802
        """The connection is gone: let go of what had come of a message, as Daphne keeps this object for a while."""
        super().onClose(clean, code, reason)
        self.data, self.message_data, self.frame_data = b"", None, None
        self.quick = None

    def taken(self, message: dict[str, Any]) -> None:
        """The application has taken a message; read on when few are left."""
        if message["type"] == "websocket.receive":
            self.waiting -= len(message.get("bytes") or (message.get("text") or "").encode("utf-8", "surrogatepass"))
        if self.held and self.application_queue.qsize() <= RESUME:
            self.held = False
            self.transport.resumeProducing()

    async def until_read(self) -> None:
        """Wait until the client has read most of what was sent; give it up when it does not."""
        if self.drained.is_set():
            return
        try:
            await asyncio.wait_for(self.drained.wait(), PATIENCE)
        except TimeoutError:
            self.end(TOO_SLOW, "too_slow", "This page does not read what it asked for.")

    def serverClose(self, code: int | None = None) -> None:  # noqa: N802 - Daphne's name
        """Close with any code; the library's own way knows 1011 and 1012 only as codes that it receives."""
        if self.state == self.STATE_OPEN:
            self.sendCloseFrame(code=code or 1000, reasonUtf8=None, isReply=False)

    def end(self, code: int, name: str, message: str) -> None:
        """Say why and close; a client that does not answer the close is dropped a second later."""
        if self.state == self.STATE_OPEN:
            logger.info("closed with %s: %s", code, self.client_addr)
            error = {"type": "error", "code": name, "message": message, "fatal": True}
            self.sendMessage(orjson.dumps(error), False)
            self.serverClose(code)


class Server(DaphneServer):
    """Daphne whose websockets are `Socket`s."""

    application: Any

    def __init__(self, application: Any, *, ready_callable: Callable[[], None] | None = None, **options: Any) -> None:
        super().__init__(
            application,
            ready_callable=self._ready,
            websocket_max_message_size=LARGEST,
            websocket_max_frame_size=LARGEST,
            **options,
        )
        self._then = ready_callable

    def _ready(self) -> None:
        self.ws_factory.protocol = Socket
        self.ws_factory.setProtocolOptions(perMessageCompressionAccept=deflate)
        if self._then:
            self._then()

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        """As Daphne does, with an application that tells the socket what it has taken, and may tell how it answers at once."""
        if not isinstance(protocol, Socket):
            return super().create_application(protocol, scope)
        scope.setdefault("extensions", {})["answers_at_once"] = {"with": partial(setattr, protocol, "quick")}
        application = self.application

        async def served(scope: Any, receive: Any, send: Any) -> None:
            async def take() -> Any:
                protocol.idle = True
                message = await receive()
                protocol.idle = False
                protocol.taken(message)
                return message

            await application(scope, take, send)

        self.application = served
        try:
            queue = super().create_application(protocol, scope)
        finally:
            self.application = application
        if protocol in self.connections:
            self.connections[protocol]["application_instance"].add_done_callback(lambda done: self._forget(protocol, done))
        return queue

    def _forget(self, protocol: Socket, done: "asyncio.Future[None]") -> None:
        """Let go of a connection at once, where Daphne looks round only every second; what failed is left for it to log."""
        details = self.connections.get(protocol, {})
        if details.get("disconnected") and not done.cancelled() and not done.exception():
            del self.connections[protocol]

    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        """Send, and come back when the client has read enough for more."""
        if not isinstance(protocol, Socket):
            await super().handle_reply(protocol, message)
        elif protocol.state == protocol.STATE_OPEN and message["type"] == "websocket.send" and message.get("text"):
            protocol.sendMessage(message["text"].encode(), False)  # nearly all: the way through Daphne asks what is known here
            if not protocol.drained.is_set():
                await protocol.until_read()
        elif protocol.state not in (protocol.STATE_CLOSING, protocol.STATE_CLOSED):
            await super().handle_reply(protocol, message)
            await protocol.until_read()

    def kill_all_applications(self) -> Any:
        """The server stops: pages hear it and open again elsewhere, or here in a moment."""
        open_ = [each for each in self.connections if isinstance(each, Socket) and each.state == each.STATE_OPEN]
        for protocol in open_:
            protocol.serverClose(RESTART)
        running = [each for each in (details.get("application_instance") for details in self.connections.values()) if each]
        for instance in running:
            instance.cancel()
        ended = asyncio.gather(asyncio.sleep(GOODBYE if open_ else 0), *running, return_exceptions=True)
        return Deferred.fromFuture(ended)
