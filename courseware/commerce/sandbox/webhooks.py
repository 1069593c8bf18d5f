"""The postman: signs events and brings them, tries again until they are taken, and misbehaves when told to."""

import http.client
import json
import logging
import threading
import time
from urllib.parse import urlsplit

from stripe import WebhookSignature

from courseware.commerce.sandbox.store import Store
from courseware.commerce.sandbox.till import Till

logger = logging.getLogger(__name__)
PAUSE = 0.05  # seconds between two looks at the list
TIMEOUT = 10  # seconds for one delivery
LONGEST = 60.0  # seconds between two tries, at most


class Postman(threading.Thread):
    """Delivers in the order of the list, the oldest first; in the reverse order with `order: "reversed"`."""

    def __init__(self, store: Store, url: str, secret: str) -> None:
        super().__init__(name="postman", daemon=True)
        self.store, self.till = store, Till(store)
        self.url, self.secret = url, secret
        self.over = threading.Event()

    def run(self) -> None:
        """Until `over` is set."""
        while not self.over.wait(PAUSE):
            try:
                self.till.due()
                self.round()
            except Exception:
                logger.exception("the postman stumbled")

    def round(self) -> None:
        """Bring everything that is due now."""
        newest_first = self.store.setting("webhooks", {}).get("order") == "reversed"
        due = self.store.rows(
            "SELECT number, event, tries FROM deliveries WHERE state = 'due' AND due <= ? ORDER BY number", time.time()
        )
        for number, event, tries in reversed(due) if newest_first else due:
            if self.over.is_set():
                return
            answer = self.bring(event)
            if answer.startswith("2"):
                self.store.rows(
                    "UPDATE deliveries SET state = 'taken', tries = ?, answer = ? WHERE number = ?",
                    tries + 1,
                    answer,
                    number,
                )
                continue
            first = float(self.store.setting("webhooks", {}).get("retry_first", 1.0))
            again = time.time() + min(LONGEST, first * 2**tries)
            self.store.rows(
                "UPDATE deliveries SET due = ?, tries = ?, answer = ? WHERE number = ?",
                again,
                tries + 1,
                answer,
                number,
            )

    def bring(self, event: str, *, secret: str | None = None, age: int = 0) -> str:
        """One try: the status of the answer, or why there was none. `secret` and `age` (s) make a bad signature."""
        body = json.dumps(self.store.get(event), indent=2)
        signed_at = int(time.time()) - age
        header = WebhookSignature.generate_signature_header(body, secret or self.secret, signed_at)
        to = urlsplit(self.url)
        connection = http.client.HTTPConnection(to.hostname or "127.0.0.1", to.port or 80, timeout=TIMEOUT)
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": header,
            "User-Agent": "Sandbox/1.0",
        }
        try:
            connection.request("POST", to.path or "/", body.encode(), headers)
            response = connection.getresponse()
            response.read()
            return str(response.status)
        except (OSError, http.client.HTTPException) as error:
            return type(error).__name__
        finally:
            connection.close()

    def release(self, *, newest_first: bool = False) -> int:
        """Let go what is held. Newest first: reversed on purpose, one after the other; gives how many."""
        held = self.store.rows("SELECT number, event FROM deliveries WHERE state = 'held' ORDER BY number")
        for number, event in reversed(held) if newest_first else held:
            answer = self.bring(event)
            state = "taken" if answer.startswith("2") else "due"
            self.store.rows("UPDATE deliveries SET state = ?, tries = 1, answer = ? WHERE number = ?", state, answer, number)
        return len(held)

    def waiting(self) -> int:
        """How many deliveries are on the list, the held ones aside."""
        return int(self.store.rows("SELECT COUNT(*) FROM deliveries WHERE state = 'due'")[0][0])
