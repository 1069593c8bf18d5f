"""What every address has in common: health, errors, the edge of the application, the websocket's origin."""

import pytest
from channels.testing import WebsocketCommunicator
from django.db import connection

from courseware import health
from courseware.edge import Edge
from courseware.environment import database, mail


@pytest.mark.django_db
def test_healthz_is_well(client):
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert set(answer.json()["parts"]) == {"database", "cache", "channel_layer", "static_files", "kernel"}
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.django_db
@pytest.mark.parametrize("part", health.PARTS)
def test_healthz_names_the_part_that_failed(client, monkeypatch, part):
    def fail():
        raise RuntimeError("password=hunter2")

    monkeypatch.setitem(health.PARTS, part, fail)
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["parts"][part] == "failed"
    assert b"hunter2" not in answer.content


@pytest.mark.django_db
def test_healthz_sees_a_database_without_our_tables(client, monkeypatch):
    monkeypatch.setattr(health, "connection", connection)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE lessons_track RENAME TO elsewhere")
        assert client.get("/healthz").json()["parts"]["database"] == "failed"
        cursor.execute("ALTER TABLE elsewhere RENAME TO lessons_track")


@pytest.mark.django_db
def test_robots_and_what_is_nowhere(client):
    assert b"Disallow: /account/" in client.get("/robots.txt").content
    missing = client.get("/nowhere/")
    assert missing.status_code == 404
    assert b"<h1" in missing.content


@pytest.mark.django_db
def test_a_form_without_its_token_is_refused_in_words():
    from django.test import Client

    answer = Client(enforce_csrf_checks=True).post("/account/login/", {"login": "x"})
    assert answer.status_code == 403
    assert b"<h1" in answer.content


async def seen_by(proxies, *headers, kind="http"):
    scopes = []

    async def inner(scope, receive, send):
        scopes.append(scope)

    scope = {
        "type": kind,
        "headers": list(headers),
        "root_path": "/tracks",
        "client": ["10.0.0.1", 1],
        "scheme": "http",
    }
    await Edge(inner, proxies)(scope, None, None)
    return scopes[0]


FORWARDED = [(b"x-forwarded-for", b"6.6.6.6, 203.0.113.5"), (b"x-forwarded-proto", b"https")]


async def test_a_client_cannot_move_routes_or_name_its_address():
    scope = await seen_by(0, (b"daphne-root-path", b"/tracks"), *FORWARDED)
    assert scope["root_path"] == ""
    assert scope["headers"] == []
    assert scope["client"] == ["10.0.0.1", 1]
    assert scope["scheme"] == "http"


async def test_our_proxy_names_the_address_and_the_scheme():
    scope = await seen_by(1, *FORWARDED)
    assert (scope["client"][0], scope["scheme"]) == ("203.0.113.5", "https")
    assert (await seen_by(1, *FORWARDED, kind="websocket"))["scheme"] == "wss"
    assert (await seen_by(3, *FORWARDED))["client"][0] == "10.0.0.1", "fewer hops than proxies: nobody's word is taken"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "origin",
    [None, b"https://evil.example", b"http://testserver:81", b"https://127.0.0.1:8000", b"null", b"http://127.0.0.1"],
)
async def test_a_websocket_from_elsewhere_is_refused(origin):
    from courseware.asgi import application

    headers = [(b"origin", origin)] if origin else []
    socket = WebsocketCommunicator(application, "/ws/tracks/system-scaling/why/strategies/", headers=headers)
    connected, code = await socket.connect()
    assert not connected
    assert code in (1000, 403, None), code


def test_database_and_mail_addresses():
    lite = database("sqlite:////tmp/a%20b.sqlite3")
    assert lite["NAME"] == "/tmp/a b.sqlite3"
    assert lite["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in lite["OPTIONS"]["init_command"]
    post = database("postgresql://me:p%40ss@db.example:5433/course?sslmode=require")
    assert (post["USER"], post["PASSWORD"], post["HOST"], post["PORT"]) == ("me", "p@ss", "db.example", "5433")
    assert post["OPTIONS"] == {"sslmode": "require"}
    assert mail("smtp://u:p@mail.example:587?tls=1")["EMAIL_USE_TLS"]
    assert mail("smtps://mail.example")["EMAIL_PORT"] == 465
