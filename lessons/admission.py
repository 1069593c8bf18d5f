"""Whether learners at open simulations may still be there: looked at again every few seconds, off the event loop.

The rule itself is lessons/access.py's. Here stands only when it is asked: where a visitor may be, everybody may, so one
answer is shared; otherwise each connection has its own, and those that fall due together are looked up in one visit to
the database, so that a thousand learners cost some thread hops a second and not a thousand.
"""

import asyncio
import time
from collections import OrderedDict
from typing import Any

from channels.db import database_sync_to_async
from django.contrib.auth import get_user
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from lessons.access import Locked
from lessons.simulations import UnknownSimulation, open_stream
from simulator import Change, Scenario

AGAIN = 5.0  # seconds that an answer holds
SOON = 3.0  # seconds after which it is renewed beside the work, so that nobody waits for it
GATHER = 0.01  # seconds that a question waits for others
PLACES = 1_000  # whose shared answer is remembered
Place = tuple[str, str, str]  # track, lesson, simulation
Opened = tuple[Scenario, tuple[Change, ...]]
Answer = Opened | Locked | UnknownSimulation


def standing(scope: dict[str, Any]) -> Any:
    """The user of a connection as they are now: signed out, deactivated or with a new password counts at once."""
    user, session = scope["user"], scope.get("session")
    if not user.is_authenticated or session is None:
        return user
    request = HttpRequest()
    request.session = session.__class__(session.session_key)
    now = get_user(request)
    return now if now.pk == user.pk else AnonymousUser()


def look(asked: list[tuple[dict[str, Any], Place]]) -> list[tuple[Answer, bool]]:
    """What each connection may open, and whether that holds for everybody. Touches the database."""
    visitors: dict[Place, Answer] = {}
    answers = []
    for scope, place in asked:
        if place not in visitors:
            visitors[place] = _try(AnonymousUser(), place)
        answer = visitors[place]
        everybody = not isinstance(answer, Locked)
        answers.append((answer if everybody else _try(standing(scope), place), everybody))
    return answers


def _try(user: Any, place: Place) -> Answer:
    try:
        return open_stream(user, *place)
    except (Locked, UnknownSimulation) as refusal:
        return refusal


class Admission:
    """Asks for many connections at once. One for a process; used from its event loop."""

    def __init__(self) -> None:
        self._known: OrderedDict[Place, tuple[float, Answer]] = OrderedDict()
        self._asked: list[tuple[dict[str, Any], Place, asyncio.Future[Answer]]] = []
        self._loop: asyncio.AbstractEventLoop | None = None  # of the gathering that is under way

    def _recent(self, place: Place) -> Answer | None:
        """What was found for everybody a moment ago, if anything."""
        known = self._known.get(place)
        return known[1] if known and time.monotonic() - known[0] < SOON else None

    def is_open(self, place: Place) -> bool:
        """Whether everybody may be at a place, as was found a moment ago."""
        return isinstance(self._recent(place), tuple)

    async def ask(self, scope: dict[str, Any], place: Place) -> Opened:
        """The scenario and opening of a place; Locked or UnknownSimulation when this connection may not be there."""
        answer = self._recent(place)
        if answer is None:
            loop = asyncio.get_running_loop()
            future: asyncio.Future[Answer] = loop.create_future()
            if self._loop is not loop:
                self._loop, self._asked = loop, []
                loop.call_later(GATHER, lambda: loop.create_task(self._gather()))
            self._asked.append((scope, place, future))
            answer = await future
        if isinstance(answer, Locked | UnknownSimulation):
            raise answer
        return answer

    async def _gather(self) -> None:
        asked, self._asked, self._loop = self._asked, [], None
        try:
            answers = await database_sync_to_async(look)([(scope, place) for scope, place, _ in asked])
        except Exception as error:  # noqa: BLE001 - for each who asked
            for _, _, future in asked:
                if not future.done():
                    future.set_exception(error)
            return
        now = time.monotonic()
        for (_, place, future), (answer, everybody) in zip(asked, answers, strict=True):
            if everybody:
                self._known[place] = now, answer
                self._known.move_to_end(place)
            if not future.done():
                future.set_result(answer)
        while len(self._known) > PLACES:
            self._known.popitem(last=False)

    def clear(self) -> None:
        """Forget what was shared."""
        self._known.clear()
