"""The websocket of one simulation: read, price, run, send."""

import asyncio
import time
from typing import Any

import orjson
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer

from lessons.access import Locked
from lessons.simulations import UnknownSimulation, open_stream
from lessons.stream import Purse, Refused, Stream, read

BAD, SIGN_IN, LOCKED, UNKNOWN = 4400, 4401, 4403, 4404
MOST_BAD = 3
AGAIN = 5.0  # seconds after which access is looked at again
THREADED = 2_000  # simulated requests from which a thread does the work


class SimulationConsumer(AsyncWebsocketConsumer):
    """One connection is one run. The experiment is the page's; a lost connection loses nothing."""

    async def connect(self) -> None:
        """Accept, and open the lesson's simulation if this learner may."""
        self.bad = 0
        self.purse = Purse()
        self.stream: Stream | None = None
        await self.accept()
        await self._look_up()

    async def _look_up(self) -> bool:
        """Whether the learner may go on; otherwise the reason is sent and the connection closed."""
        names = self.scope["url_route"]["kwargs"]
        user = self.scope["user"]
        try:
            scenario, opening = await database_sync_to_async(open_stream)(
                user, names["track"], names["lesson"], names["simulation"]
            )
        except Locked:
            code = LOCKED if user.is_authenticated else SIGN_IN
            await self._end(code, "no_access", "This track is locked. One purchase opens all of its lessons.")
            return False
        except UnknownSimulation as error:
            await self._end(UNKNOWN, "no_access", str(error))
            return False
        if self.stream is None:
            self.stream = Stream(scenario, opening)
        self.checked = time.monotonic()
        return True

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Answer one message with a segment or an error."""
        if self.stream is None or (time.monotonic() - self.checked > AGAIN and not await self._look_up()):
            return
        try:
            message = read(text_data, bytes_data)
            price = self.stream.price(message)
            self.purse.pay(price)
            if price > THREADED:
                reply = await asyncio.to_thread(self.stream.answer, message)
            else:
                reply = self.stream.answer(message)
        except Refused as refused:
            self.bad += refused.bad
            if self.bad >= MOST_BAD:
                await self._end(BAD, refused.code, str(refused))
            else:
                await self._send(refused.to_json())
            return
        await self._send(reply)

    async def _send(self, reply: dict[str, Any]) -> None:
        await self.send(text_data=orjson.dumps(reply).decode())

    async def _end(self, code: int, name: str, message: str) -> None:
        """Say why, then close: Daphne drops the reason of a close."""
        self.stream = None
        await self._send({"type": "error", "code": name, "message": message, "fatal": True})
        await self.close(code)
