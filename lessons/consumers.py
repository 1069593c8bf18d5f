"""The websocket of one simulation: read, price, run, send.

It is Channels' consumer without Channels' dispatch: no channel layer and no thread hop for each message, which together
cost 0.12 ms of the 0.18 ms that an answer took before anything was simulated.
"""

import asyncio
import contextlib
import logging
import os
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson
from channels.consumer import AsyncConsumer
from django.conf import settings

from lessons.access import Locked
from lessons.admission import AGAIN, SOON, Admission
from lessons.messages import Refused, read
from lessons.purse import HIT, OVERHEAD, PATIENCE, RATE, Addresses, Purse, pay, reading
from lessons.simulations import UnknownSimulation
from lessons.stream import Plan, Stream

logger = logging.getLogger(__name__)
BAD, SIGN_IN, LOCKED, UNKNOWN, TOO_MANY, RESTING, FAILED = 4400, 4401, 4403, 4404, 4429, 1012, 1011
AT_ONCE = ("play", "change")  # messages that may be answered without waiting
MOST_BAD = 3
IDLE = 150.0  # seconds of silence after which a connection is closed, to be opened again when it is needed
THREADED = 8_000  # simulated requests from which a thread does the work: 1.6 ms
# One core for heavy work, whoever asks for it; another stays with the event loop, which is everybody's.
HEAVY = ThreadPoolExecutor(max(1, (os.cpu_count() or 1) - 1), thread_name_prefix="simulation")
ADMISSION = Admission()
ADDRESSES = Addresses(rate=getattr(settings, "ADDRESS_CORES", 0.5) * RATE)
_coming: dict[Any, asyncio.Future[bytes]] = {}  # segments that a thread is at work on


class Ended(Exception):
    """The connection is over."""


class SimulationConsumer(AsyncConsumer):
    """One connection is one run. The experiment is the page's; a lost connection loses nothing."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one connection until one side ends it."""
        self.scope, self.base_send = scope, send
        names = scope["url_route"]["kwargs"]
        self.place = names["track"], names["lesson"], names["simulation"]
        self.stream: Stream | None = None
        self.purses = Purse(), ADDRESSES.purse(str((scope.get("client") or ["?"])[0]))
        self.bad = self.refused = 0
        self.over = False
        self.renewal: asyncio.Task[None] | None = None
        self.heard = time.monotonic()
        self.loop = asyncio.get_running_loop()
        self.rest = self.loop.call_later(IDLE, self._look_at_rest)
        if extension := scope.get("extensions", {}).get("answers_at_once"):  # of courseware/sockets.py
            extension["with"](self.answer_at_once)
        try:
            while (message := await receive())["type"] != "websocket.disconnect":
                self.heard = time.monotonic()
                if message["type"] == "websocket.connect":
                    await send({"type": "websocket.accept"})
                    await self._look_up()
                elif not self.over:
                    await self._hear(message)
        except Ended:
            pass
        finally:
            self.over = True
            self.rest.cancel()
            if self.renewal:
                self.renewal.cancel()
            if self.stream:
                self.stream.leave()

    async def _look_up(self) -> None:
        """Whether the learner may be here; otherwise the reason is sent and the connection closed."""
        try:
            scenario, opening = await ADMISSION.ask(self.scope, self.place)
        except Locked as locked:
            code = SIGN_IN if locked.access.reason == "sign_in" else LOCKED
            await self._end(code, "no_access", "This track is locked. One purchase opens all of its lessons.")
        except UnknownSimulation as error:
            await self._end(UNKNOWN, "no_access", str(error))
        except Exception:  # noqa: BLE001 - logged; one connection ends, the others do not
            await self._fail()
        if self.stream is None:
            self.stream = Stream(scenario, opening)
        self.checked = time.monotonic()

    async def _renew(self) -> None:
        """Look up beside the work; an end found here ends the connection whatever it is doing."""
        try:
            await self._look_up()
        except Ended:
            pass
        finally:
            self.renewal = None

    def answer_at_once(self, text: str) -> bytes | None:
        """The answer to a message for which nobody has to wait, as nearly all are, while `receive` is waited for.

        None for any other: that is to come by `receive`, and so is what is refused or fails, which is said there.
        """
        if self.over or self.stream is None or self.renewal is not None:
            return None
        now = time.monotonic()
        if now - self.checked > min(SOON, AGAIN):
            if not ADMISSION.is_open(self.place):
                return None
            self.checked = now
        try:
            message = read(text, None)
            if message["type"] not in AT_ONCE:
                return None
            plan = self.stream.plan(message)
            if plan.work > THREADED:
                return None
            pay(plan.price, *self.purses)
            answer = _carried_out(self.stream, plan)
        except Refused:
            return None
        except Exception:  # tried once more the other way, which ends the connection if need be
            logger.exception("a simulation failed at once: %s", "/".join(self.place))
            return None
        self.heard, self.refused = now, 0
        return answer

    async def _hear(self, said: dict[str, Any]) -> None:
        """Answer one message with a segment or an error."""
        age = time.monotonic() - self.checked
        if age > SOON and ADMISSION.is_open(self.place):  # nearly always somebody else has asked
            self.checked = self.heard
        elif age > AGAIN:
            await self._look_up()
        elif age > SOON and self.renewal is None:
            self.renewal = self.loop.create_task(self._renew())
        message: dict[str, Any] = {}
        try:
            message = read(said.get("text"), said.get("bytes"))
            answer = await self._answer(message)
            self.refused = 0
        except Refused as refused:
            await self._refuse(refused, message)
            return
        except Ended:
            raise
        except Exception:  # noqa: BLE001 - as above
            await self._fail()
        if not self.over:
            await self.base_send({"type": "websocket.send", "text": answer.decode()})

    async def _answer(self, message: dict[str, Any]) -> bytes:
        assert self.stream is not None
        if due := reading(message):
            pay(due, *self.purses)
        if message["type"] == "compare":
            return await self._compare(self.stream, message)
        plan = self.stream.plan(message)
        pay(plan.price, *self.purses)
        if plan.work <= THREADED:
            return _carried_out(self.stream, plan)
        return await self._heavy(self.stream, plan)

    async def _heavy(self, stream: Stream, plan: Plan) -> bytes:
        """The same in a thread, slice by slice, so that others' slices come between; what is already under way is shared."""
        coming = _coming.get(plan.key)
        if coming is not None:
            await asyncio.wait([coming])
            if not coming.cancelled():
                return stream.take(plan, coming.result())
        mine = _coming[plan.key] = self.loop.create_future()
        try:
            while await self.loop.run_in_executor(HEAVY, stream.approach, plan):
                if self.over:
                    raise Ended
            text = await self.loop.run_in_executor(HEAVY, stream.simulate, plan)
            mine.set_result(text)
            return stream.take(plan, text)
        finally:
            mine.cancel()  # for those who wait, when it failed
            if _coming.get(plan.key) is mine:
                del _coming[plan.key]

    async def _compare(self, stream: Stream, message: dict[str, Any]) -> bytes:
        """Both settings on the same seeds, run by run in a thread, paid for before the first."""
        comparison = stream.compared(message)
        pay(comparison.price + OVERHEAD, *self.purses)
        while await self.loop.run_in_executor(HEAVY, comparison.step):
            if self.over:
                raise Ended
        found = {"type": "comparison", **comparison.result()}
        if "id" in message:
            found["id"] = message["id"]
        return orjson.dumps(found)

    async def _refuse(self, refused: Refused, message: dict[str, Any]) -> None:
        self.bad += refused.bad
        self.refused += refused.code == "too_many"
        if refused.code != "too_many":
            price = HIT if refused.bad else OVERHEAD
            self.refused += any(purse.holds() < price for purse in self.purses)  # who cannot pay for it has asked too much
            for purse in self.purses:
                purse.left = max(0.0, purse.holds() - price)
        if self.bad >= MOST_BAD:
            await self._end(BAD, refused.code, str(refused))
        if self.refused >= PATIENCE:
            await self._end(TOO_MANY, refused.code, str(refused))
        if "id" in message:
            refused.rest["id"] = message["id"]
        await self._send(refused.to_json())

    async def _fail(self) -> None:
        logger.exception("a simulation failed: %s", "/".join(self.place))
        await self._end(FAILED, "failed", "Something broke on our side. The page opens the simulation again.")

    def _look_at_rest(self) -> None:
        """Close what has been silent: a hidden tab costs nothing, and opens again when it is looked at."""
        left = self.heard + IDLE - time.monotonic()
        if left > 0:
            self.rest = self.loop.call_later(left, self._look_at_rest)
        elif not self.over:
            self.resting = self.loop.create_task(self._sleep())

    async def _sleep(self) -> None:
        with contextlib.suppress(Ended):
            await self._end(RESTING, "idle", "The simulation rests. It goes on where it is.")

    async def _send(self, reply: dict[str, Any]) -> None:
        await self.base_send({"type": "websocket.send", "text": orjson.dumps(reply).decode()})

    async def _end(self, code: int, name: str, message: str) -> None:
        """Say why, then close (Daphne drops the reason of a close), and leave."""
        if not self.over:
            self.over = True
            await self._send({"type": "error", "code": name, "message": message, "fatal": True})
            await self.base_send({"type": "websocket.close", "code": code})
        raise Ended


def _carried_out(stream: Stream, plan: Plan) -> bytes:
    """The answer to a plan that is small enough for the event loop."""
    while stream.approach(plan):
        pass
    return stream.play(plan)
