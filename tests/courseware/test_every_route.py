"""Locked means locked: every address of the site and every word to its websocket, for everybody.

alice learns, bob bought the locked track, rita got her money back, ivy teaches it, charlie teaches another one, stella
is staff. A new address, or a new kind of message, fails here until the tables name it.
"""

import json
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from lessons.messages import FIELDS
from lessons.urls import websocket_urlpatterns
from tests.lessons.conftest import (  # noqa: F401 - fixtures
    alice,
    bob,
    charlie,
    course,
    folder,
    free,
    ivy,
    locked,
    refunded,
    signed_in,
    staff,
)
from tests.lessons.content import SECRETS
from tests.live.conftest import OPEN, change, fresh, play, socket  # noqa: F401 - fresh is a fixture

EVERYONE = ("visitor", "alice", "refunded", "charlie", "bob", "ivy", "staff")
MAY_OPEN = {"bob", "ivy", "staff"}
AUTHORS = {"charlie", "ivy", "staff"}
Statuses = dict[str, int]


def everyone(status: int) -> Statuses:
    return dict.fromkeys(EVERYONE, status)


def members(status: int, visitor: int = 302) -> Statuses:
    return everyone(status) | {"visitor": visitor}


def owners(opened: int, visitor: int = 403, shut: int = 403) -> Statuses:
    return {who: opened if who in MAY_OPEN else visitor if who == "visitor" else shut for who in EVERYONE}


def authors(status: int) -> Statuses:
    return {who: status if who in AUTHORS else 302 if who == "visitor" else 403 for who in EVERYONE}


class Row(NamedTuple):
    """An address (its arguments, `track` standing for the locked one) and what each person gets there."""

    get: Statuses
    args: tuple[object, ...] = ()
    post: Statuses | None = None  # None: asked for, but its status is another test's matter


NOT_ALLOWED = everyone(405)
LOCKED = {
    "lessons:track": Row(everyone(200), ("track",), NOT_ALLOWED),
    "lessons:lesson": Row(owners(200), ("track", "beginning"), NOT_ALLOWED),
    "lessons:print": Row(owners(200), ("track", "beginning"), NOT_ALLOWED),
    "lessons:complete": Row(NOT_ALLOWED, ("track", "beginning"), owners(302)),
    "lessons:check": Row(owners(302), ("track", "beginning", 1), owners(422)),
    "lessons:question": Row(owners(200), ("track", 1), owners(422)),
    "lessons:score": Row(owners(200), ("track",), owners(302)),
    "lessons:embed": Row(everyone(403), ("track", "beginning", "strategies"), NOT_ALLOWED),  # framed: for free tracks alone
    "lessons:save": Row(NOT_ALLOWED, ("track", "beginning", "strategies"), owners(422)),
    "lessons:shown": Row(
        owners(404, visitor=302, shut=302), ("surviving-beginning", "nothing"), NOT_ALLOWED
    ),  # locked: its page says so
    "lessons:prediction": Row(NOT_ALLOWED, ("track", "beginning", "strategies"), owners(404)),  # it asks for none
    "commerce:buy": Row(owners(302, visitor=302, shut=200), ("track",)),  # a POST asks Stripe: tests/commerce
    "commerce:success": Row(members(404), ("track",), members(405)),
    "commerce:cancelled": Row(everyone(302), ("track",), members(405)),
}
SITE = {
    "healthz": Row(everyone(200), (), NOT_ALLOWED),
    "robots": Row(everyone(200), (), NOT_ALLOWED),
    "lessons:catalogue": Row(everyone(200), (), NOT_ALLOWED),
    "lessons:glossary": Row(everyone(200), (), NOT_ALLOWED),
    "lessons:search": Row(everyone(200), (), NOT_ALLOWED),
    "commerce:webhook": Row(NOT_ALLOWED, (), everyone(400)),
    "studio:preview": Row(authors(200), (), authors(200)),
    "lessons:runs": Row(everyone(200), (), NOT_ALLOWED),  # everybody's own: tests/lessons/test_saved.py
    "lessons:run": Row(everyone(404), (1,), everyone(404)),
    "lessons:delete_run": Row(NOT_ALLOWED, (1,), everyone(404)),
    "accounts:account": Row(members(200), (), members(405)),
    "account_login": Row(members(302, visitor=200)),
    "account_logout": Row(members(200), ()),
    "account_signup": Row(members(302, visitor=200)),
    "account_inactive": Row(everyone(200)),
    "account_reauthenticate": Row(members(200)),
    "account_email": Row(members(200)),
    "account_email_verification_sent": Row(everyone(200)),
    "account_confirm_email": Row(everyone(200), ("no-such-key",)),
    "account_change_password": Row(members(200)),
    "account_set_password": Row(members(302)),
    "account_reset_password": Row(everyone(200)),
    "account_reset_password_done": Row(everyone(200)),
    "account_reset_password_from_key": Row(everyone(200), ("1", "abc")),
    "account_reset_password_from_key_done": Row(everyone(200)),
    "account_confirm_login_code": Row(everyone(302)),
    "mfa_index": Row(members(200)),
    "mfa_authenticate": Row(everyone(302)),
    "mfa_reauthenticate": Row(everyone(302)),
    "mfa_activate_totp": Row(everyone(302)),
    "mfa_deactivate_totp": Row(members(404)),
    "mfa_view_recovery_codes": Row(members(404)),
    "mfa_generate_recovery_codes": Row(everyone(302)),
    "mfa_download_recovery_codes": Row(members(404)),
}
ROUTES = LOCKED | SITE
SAYS_SO = {
    "lessons:track",
    "lessons:lesson",
    "lessons:print",
    "lessons:complete",
    "lessons:check",
    "lessons:question",
    "lessons:score",
}


def names(patterns: list[URLPattern | URLResolver], space: str = "") -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from names(pattern.url_patterns, f"{space}{pattern.namespace}:" if pattern.namespace else space)
        else:
            yield f"{space}{pattern.name}"


def test_every_address_is_in_the_table():
    assert sorted(names(get_resolver().url_patterns)) == sorted(ROUTES)


def client_of(who: str, request) -> Client:
    return Client() if who == "visitor" else signed_in(request.getfixturevalue(who))


def address(name: str, track) -> str:
    return reverse(name, args=[track.slug if each == "track" else each for each in ROUTES[name].args])


def tells(answer) -> list[str]:
    """What an answer tells of the locked track that only those may know who opened it."""
    said = b"".join(answer.streaming_content) if answer.streaming else answer.content
    text = said.decode() + json.dumps(dict(answer.headers))
    return [secret for secret in (*SECRETS, "/ws/tracks/surviving-overload") if secret in text]


@pytest.mark.parametrize("who", EVERYONE)
def test_every_address_for_everybody(who, request, locked, free):  # noqa: F811
    client = client_of(who, request)
    wrong = []
    for name, row in ROUTES.items():
        url = address(name, locked)
        if (got := client.get(url).status_code) != row.get[who]:
            wrong.append(f"GET {name}: {got}, not {row.get[who]}")
        if row.post and (got := client.post(url).status_code) != row.post[who]:
            wrong.append(f"POST {name}: {got}, not {row.post[who]}")
    assert wrong == []


@pytest.mark.parametrize("who", [who for who in EVERYONE if who not in MAY_OPEN])
@pytest.mark.parametrize("htmx", [{}, {"HX-Request": "true"}], ids=["page", "htmx"])
def test_no_method_at_any_address_tells_what_is_locked(who, htmx, request, locked, free):  # noqa: F811
    """Also with every query that an open page knows, and in the words of errors."""
    client = client_of(who, request)
    found = []
    for name in (*LOCKED, "lessons:glossary", "lessons:search"):
        url = address(name, locked)
        for method in ("get", "head", "post", "put", "patch", "delete", "options", "trace"):
            if (name, method) == ("commerce:buy", "post"):
                continue
            for more in ("", "?again=1", "?claim=x", "?print=1", "?format=json", "?q=body"):
                answer = getattr(client, method)(url + more, headers=htmx)
                found += [f"{method} {name}{more}: {secret}" for secret in tells(answer)]
                shown = method == "get" and name in SAYS_SO and answer.status_code in (200, 403)
                if shown and b"This track is locked" not in answer.content:
                    found.append(f"{method} {name}{more}: does not say that the track is locked")
                if answer.status_code == 403 and "no-store" not in answer.headers.get("Cache-Control", ""):
                    found.append(f"{method} {name}{more}: might be kept by a cache")
    assert found == []


COMPARE = {"type": "compare", "timeline": [[0.0, "arrival_rate", 333]]}
SAID = {"open": OPEN, "compare": COMPARE, "play": play(0.0, 1.0), "change": change(0.5, "arrival_rate", 300, 1.5)}
CODES = {"visitor": 4401, "alice": 4403, "refunded": 4403, "charlie": 4403}


def test_every_message_of_every_websocket_is_in_the_table():
    assert SAID.keys() == FIELDS.keys()
    assert [str(pattern.pattern) for pattern in websocket_urlpatterns] == [
        "ws/tracks/<slug:track>/<slug:lesson>/<slug:simulation>/"
    ]


@pytest.fixture
def person(request, transactional_db):
    """A person of the course by name, in the database before anything runs beside it."""
    return {who: None if who == "visitor" else request.getfixturevalue(who) for who in EVERYONE}


@pytest.mark.parametrize("who", EVERYONE)
@pytest.mark.parametrize("kind", SAID)
async def test_every_message_for_everybody(who, kind, person, locked):  # noqa: F811
    line = socket(f"/ws/tracks/{locked.slug}/beginning/strategies/", person[who])
    await line.connect()
    if who in MAY_OPEN and kind != "open":
        await line.send_json_to(OPEN)
        assert (await line.receive_json_from(10))["type"] == "segment"
    await line.send_json_to(SAID[kind])
    said = await line.receive_json_from(10)
    if who in MAY_OPEN:
        assert said["type"] == ("comparison" if kind == "compare" else "segment")
        await line.disconnect()
        return
    assert said == {
        "type": "error",
        "code": "no_access",
        "message": "This track is locked. One purchase opens all of its lessons.",
        "fatal": True,
    }
    assert await line.receive_output(5) == {"type": "websocket.close", "code": CODES[who]}
    assert await line.receive_nothing()
