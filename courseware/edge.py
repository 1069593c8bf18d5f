"""What a request may say about itself before anything believes it."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class Edge:
    """ASGI middleware, outermost.

    Drops a client's `Daphne-Root-Path` (Daphne takes it as the path that the site is mounted at, which would move
    every route). With `proxies` of ours in front, takes client address and scheme from what the outermost of them
    wrote; with none, a client's own `X-Forwarded-*` says nothing.
    """

    def __init__(self, application: Application, proxies: int = 0) -> None:
        self.application = application
        self.proxies = proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the cleaned scope on."""
        if scope["type"] in ("http", "websocket"):
            scope = self.cleaned(scope)
        await self.application(scope, receive, send)

    def cleaned(self, scope: Scope) -> Scope:
        """The scope without what only a proxy or the operator may say."""
        said = {b"x-forwarded-for": b"", b"x-forwarded-proto": b""}
        headers = []
        for name, value in scope["headers"]:
            if name in said:
                said[name] += b"," + value  # one header several times is one list
            elif name != b"daphne-root-path":
                headers.append((name, value))
        cleaned = {**scope, "root_path": "", "headers": headers}
        if self.proxies:
            address = nth_from_the_end(said[b"x-forwarded-for"], self.proxies)
            if address:
                cleaned["client"] = [address, 0]
            scheme = nth_from_the_end(said[b"x-forwarded-proto"], self.proxies) or last(said[b"x-forwarded-proto"])
            if scheme in ("http", "https"):
                secure = scheme == "https"
                plain = "ws" if scope["type"] == "websocket" else "http"
                cleaned["scheme"] = plain + "s" * secure
        return cleaned


def nth_from_the_end(values: bytes, n: int) -> str:
    """The entry that the n-th of our proxies, counted from us, added; empty when there are fewer."""
    entries = [entry.strip() for entry in values.decode("latin-1").split(",") if entry.strip()]
    return entries[-n] if len(entries) >= n else ""


def last(values: bytes) -> str:
    """The last entry of a list in a header, for proxies that overwrite instead of adding."""
    return nth_from_the_end(values, 1)
