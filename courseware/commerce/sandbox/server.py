"""The sandbox's HTTP server: the API, the payment page and the controls, on this machine only."""

import json
import logging
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

from courseware.commerce.sandbox import pages
from courseware.commerce.sandbox.api import Api
from courseware.commerce.sandbox.control import Control
from courseware.commerce.sandbox.errors import StripeError
from courseware.commerce.sandbox.form import decode
from courseware.commerce.sandbox.store import Store, Thing
from courseware.commerce.sandbox.webhooks import Postman

logger = logging.getLogger(__name__)
FILES = {"/sandbox.css": "text/css; charset=utf-8", "/sandbox.svg": "image/svg+xml"}
LARGEST = 1_000_000  # bytes of a request


class Sandbox(ThreadingHTTPServer):
    """One sandbox. `port` 0 takes a free one; `url` then says which."""

    daemon_threads = True

    def __init__(self, port: int, webhook: str, secret: str, path: Path | str) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.store = Store(path)
        self.api = Api(self.store, self.url)
        self.postman = Postman(self.store, webhook, secret)
        self.control = Control(self.store, self.postman)

    def serve_forever(self, poll_interval: float = 0.1) -> None:
        """Serve, and deliver webhooks meanwhile."""
        self.postman.start()
        super().serve_forever(poll_interval)


class Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    server_version = "Sandbox"
    sys_version = ""
    server: Sandbox
    hosts: ClassVar = {"127.0.0.1", "localhost"}

    def do_GET(self) -> None:
        """Files, the payment page, the API."""
        self.answer()

    def do_POST(self) -> None:
        """The payment page's buttons, the API, the controls."""
        self.answer()

    def answer(self) -> None:
        """Send a request to the part that it is for."""
        address = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(min(length, LARGEST)).decode("utf-8", "replace")
        try:
            if (urlsplit(f"//{self.headers.get('Host', '')}").hostname or "") not in self.hosts:
                raise StripeError(421, "The sandbox answers on this machine only.")  # a name made to point here
            if address.path.startswith("/v1/"):
                self.answer_api(address.path, body if self.command == "POST" else address.query)
            elif address.path.startswith("/_control/") and self.command == "POST":
                self.answer_control(address.path.removeprefix("/_control/"), body)
            elif address.path.startswith("/c/pay/"):
                self.answer_page(address.path.removeprefix("/c/pay/"), body)
            elif address.path in FILES:
                self.send(200, (Path(__file__).parent / address.path[1:]).read_bytes(), FILES[address.path])
            else:
                raise StripeError(404, f"Unrecognized request URL ({self.command}: {address.path}).")
        except StripeError as error:
            self.send_json(error.status, error.body)
        except Exception:
            logger.exception("%s %s", self.command, self.path)
            self.send_json(500, {"error": {"type": "api_error", "message": "The sandbox broke."}})

    def answer_api(self, path: str, text: str) -> None:
        """The API, for test keys."""
        scheme, _, key = self.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or not key.startswith(("sk_test_", "rk_test_")):
            raise StripeError(401, f"Invalid API Key provided: {key[:8]}***", type="invalid_request_error")
        if self.server.store.setting("outage", False):
            raise StripeError(500, "The sandbox plays dead.", type="api_error")
        idempotency = self.headers.get("Idempotency-Key")
        status, answer, replayed = self.server.api.answer(self.command, path, decode(text), idempotency)
        self.send_json(status, answer, {"Idempotent-Replayed": "true"} if replayed else {})

    def answer_control(self, name: str, body: str) -> None:
        """The controls, for tests on this machine and no page on the web."""
        if self.headers.get("X-Sandbox-Control") != "1":
            raise StripeError(403, "Say X-Sandbox-Control: 1.")
        self.send_json(200, self.server.control.call(name, json.loads(body or "{}")))

    def answer_page(self, id_: str, body: str) -> None:
        """The payment page, and what its buttons do."""
        try:
            session = self.server.api.till.session(id_)
        except StripeError:
            self.send_page(404, pages.lost_page(), None)
            return
        way = decode(body).get("way", "") if self.command == "POST" else ""
        if way == "leave":
            self.redirect(session, session["cancel_url"] or session["success_url"])
        elif session["status"] != "open":
            self.send_page(200, pages.closed_page(session), session)
        elif way in ("pay", "later"):
            till = self.server.api.till
            try:
                session = till.pay(id_) if way == "pay" else till.promise(id_)
            except StripeError:  # another tab was quicker
                self.send_page(200, pages.closed_page(till.session(id_)), session)
                return
            self.redirect(session, session["success_url"])
        else:
            error = ""
            if way == "decline":
                session = self.server.api.till.decline(id_)
                error = "The card was declined. Nothing was charged; choose again."
            settle_after = self.server.store.setting("settle_after", 10)
            self.send_page(200, pages.payment_page(session, settle_after, error), session)

    def redirect(self, session: Thing, url: str) -> None:
        """Back to the shop."""
        headers = {"Location": pages.filled(session, url), "Content-Security-Policy": pages.policy(session)}
        self.send(303, b"", "text/plain", headers)

    def send_page(self, status: int, html: str, session: Thing | None) -> None:
        """A page under a strict content policy."""
        self.send(status, html.encode(), "text/html; charset=utf-8", {"Content-Security-Policy": pages.policy(session)})

    def send_json(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        """JSON, as the API gives it."""
        self.send(status, json.dumps(body).encode(), "application/json", headers)

    def send(self, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
        """One answer, with the headers that every answer has."""
        self.send_response(status)
        fixed = {"Content-Type": kind, "Content-Length": str(len(body)), "Cache-Control": "no-store"}
        fixed |= {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
        for name, value in {**fixed, **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet; what matters is in the store."""
        logger.debug(format, *args)
