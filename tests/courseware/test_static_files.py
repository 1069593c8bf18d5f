"""Static files in front of the pages: the same answers as through all of Django, and nothing that is not a static file."""

import gzip
import os
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from django.contrib.staticfiles.finders import get_finder
from django.test import Client

from courseware.static_files import StaticFiles

TOKENS = "/static/css/tokens.css"
HEADERS = {
    "cache-control", "content-security-policy", "content-type", "cross-origin-resource-policy", "etag", "permissions-policy",
    "referrer-policy", "x-content-type-options",
}  # fmt: skip


async def pages(scope: Any, receive: Any, send: Any) -> None:
    """What is no file is asked of this."""
    await send({"type": "http.response.start", "status": 299, "headers": []})
    await send({"type": "http.response.body", "body": b"a page"})


async def ask(
    path: str, method: str = "GET", scheme: str = "http", of: Any = None, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body."""
    said = [(name.replace("_", "-").encode(), value.encode()) for name, value in {"host": "testserver", **headers}.items()]
    scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": said, "scheme": scheme}
    line = ApplicationCommunicator(of or StaticFiles(pages), scope)
    await line.send_input({"type": "http.request", "body": b""})
    start, body = await line.receive_output(), await line.receive_output()
    return start["status"], {name.decode(): value.decode() for name, value in start["headers"]}, body["body"]


@pytest.fixture
def as_they_are(settings):
    """As with DEBUG: each file from static/, looked for when it is asked for."""
    settings.DEBUG = True


@pytest.fixture
def collected(settings, tmp_path):
    """As in production: what was collected, compressed beforehand."""
    (tmp_path / "css").mkdir()
    (tmp_path / "css" / "tokens.css").write_text("a {}" * 400)
    (tmp_path / "css" / "tokens.css.gz").write_bytes(gzip.compress(b"a {}" * 400))
    settings.STATIC_ROOT = tmp_path


@pytest.mark.usefixtures("as_they_are")
async def test_a_file_is_what_it_is_through_all_of_django():
    status, headers, body = await ask(TOKENS)
    whole = Client().get(TOKENS)
    assert (status, body) == (200, b"".join(whole.streaming_content))
    assert headers == {name.lower(): value for name, value in whole.headers.items()}
    assert headers.keys() >= HEADERS
    status, squeezed, less = await ask(TOKENS, accept_encoding="gzip")
    assert (status, squeezed["content-encoding"], gzip.decompress(less)) == (200, "gzip", body)
    assert (await ask(TOKENS, if_none_match=headers["etag"]))[::2] == (304, b"")
    assert (await ask(TOKENS, "HEAD"))[::2] == (200, b"")
    assert (await ask(TOKENS, "POST"))[0] == 405
    assert (await ask(TOKENS, range="bytes=0-9"))[::2] == (206, body[:10])


@pytest.fixture
def edited(settings, tmp_path):
    """As with DEBUG, of a folder in which files change."""
    settings.DEBUG, settings.STATICFILES_DIRS = True, [tmp_path]
    get_finder.cache_clear()
    yield tmp_path
    get_finder.cache_clear()


async def test_what_is_compressed_on_the_way_is_compressed_again_when_it_changes(edited):
    files, file = StaticFiles(pages), edited / "a.css"
    for number, text in enumerate(["a {}" * 400, "a {}" * 400, "b {}" * 401]):
        file.write_text(text)
        os.utime(file, (number, number))
        for method in ("HEAD", "GET", "HEAD", "GET"):  # who asks for its headers does not empty it for others
            *_, body = await ask("/static/a.css", method, of=files, accept_encoding="gzip")
            if method == "HEAD":
                continue
            assert gzip.decompress(body).decode() == text
    assert len(files.kept) == 1


@pytest.mark.usefixtures("collected")
async def test_what_was_compressed_beforehand_is_sent_to_who_takes_it():
    for takes in ("gzip", "identity"):
        status, headers, body = await ask(TOKENS, accept_encoding=takes)
        assert (status, headers.get("content-encoding")) == (200, "gzip" if takes == "gzip" else None)
        assert (gzip.decompress(body) if takes == "gzip" else body) == b"a {}" * 400
        assert headers["vary"] == "Accept-Encoding"


@pytest.mark.usefixtures("as_they_are")
@pytest.mark.parametrize(
    "path",
    ["/", "/static/", "/static/nothing.js", "/static", "/static/../courseware/settings.py", "/static//etc/passwd", "/static/css",
     "/static/css/\x00", "/static/\udcff"],
)  # fmt: skip
async def test_what_is_no_static_file_is_left_to_the_pages(path):
    assert await ask(path) == (299, {}, b"a page")


@pytest.mark.usefixtures("collected")
async def test_files_too_come_by_https_only(settings):
    settings.SECURE_SSL_REDIRECT, settings.SECURE_HSTS_SECONDS = True, 60
    status, headers, _ = await ask(TOKENS)
    assert (status, headers["location"]) == (301, f"https://testserver{TOKENS}")
    status, headers, _ = await ask(TOKENS, scheme="https")
    assert (status, headers["strict-transport-security"]) == (200, "max-age=60")
    assert await ask(TOKENS, host="elsewhere.example") == (299, {}, b"a page"), "Django refuses it, in words"
