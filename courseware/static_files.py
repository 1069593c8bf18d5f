"""How static files are named, compressed and served: by content, so that a browser may keep them for ever."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from io import BytesIO
from typing import Any, cast

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.core.handlers.asgi import ASGIRequest
from django.http import FileResponse, HttpRequest, HttpResponse
from django.utils.module_loading import import_string
from whitenoise.storage import CompressedManifestStaticFilesStorage

from courseware.edge import Receive, Scope, Send

WHITENOISE = "whitenoise.middleware.WhiteNoiseMiddleware"


class HashedFilesStorage(CompressedManifestStaticFilesStorage):
    """Hashed names, also in the relative imports between our ES modules (which end in a semicolon for it)."""

    support_js_module_import_aggregation = True


class NoSuchFile(HttpResponse):
    """What the middleware gets where there is no file of that name."""

    status_code = 404


class StaticFiles:
    """ASGI, in front of the pages: a lesson has seventy small files, and through all of Django each changed threads twice.

    A file goes through the middleware up to WhiteNoise's, as the settings list it, with their headers and redirects;
    what WhiteNoise does not have is left to the pages, which say so in words.
    """

    def __init__(self, pages: Callable[..., Awaitable[None]]) -> None:
        self.pages = pages
        self.answer: Any = _nothing
        self.kept: dict[str, tuple[str | None, bytes]] = {}  # only paths of files that are there, so it cannot grow
        for name in reversed(settings.MIDDLEWARE[: settings.MIDDLEWARE.index(WHITENOISE) + 1]):
            self.answer = import_string(name)(self.answer)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send a file, or leave the request to the pages."""
        response = self.response(scope) if scope["path"].startswith(settings.STATIC_URL) else None
        if response is None or isinstance(response, NoSuchFile):
            await self.pages(scope, receive, send)
            return
        whole = scope["method"] == "GET" and response.status_code == 200
        squeezed = whole and "Content-Encoding" in response and "Content-Length" not in response
        body = await self.squeezed(scope["path"], response) if squeezed else content(response)
        headers = [(name.lower().encode("ascii"), value.encode("latin-1")) for name, value in response.items()]
        await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def squeezed(self, path: str, response: Any) -> bytes:
        """A file that is compressed while it is read, as with DEBUG: in a thread (Plotly takes half a second), and kept."""
        version, (kept, body) = response.get("ETag"), self.kept.get(path, (None, b""))
        if version is None or version != kept:  # a file without a time has none
            body = await asyncio.to_thread(content, response)
            self.kept[path] = version, body
        return body

    def response(self, scope: Scope) -> Any:
        """What the middleware say to it; None for what Django refuses: a host that is not ours, an address that is no text."""
        try:
            return self.answer(ASGIRequest(scope, BytesIO()))
        except (SuspiciousOperation, UnicodeDecodeError):
            return None


def content(response: HttpResponse | FileResponse) -> bytes:
    """All of it; the largest file has a megabyte. Not `response.close()`: that ends a request, with its database connections."""
    if not isinstance(response, FileResponse):
        return response.content
    body = b"".join(cast("Iterator[bytes]", response.streaming_content))
    if response.file_to_stream is not None:  # as it is, and not compressed
        response.file_to_stream.close()
    return body


def _nothing(request: HttpRequest) -> HttpResponse:
    return NoSuchFile()
