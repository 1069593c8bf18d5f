"""`/_control/`: how a test makes the sandbox late, forgetful, repetitive or wrong. Not part of Stripe's API.

Every call is a POST with a JSON body and the header `X-Sandbox-Control: 1`, which a page on the web cannot send.
"""

import time
from collections.abc import Callable
from typing import Any

from courseware.commerce.sandbox import errors
from courseware.commerce.sandbox.objects import shown
from courseware.commerce.sandbox.store import Store
from courseware.commerce.sandbox.till import Till
from courseware.commerce.sandbox.webhooks import Postman

Body = dict[str, Any]


class Control:
    """One method an address: `/_control/pay` is `pay`."""

    def __init__(self, store: Store, postman: Postman) -> None:
        self.store, self.postman, self.till = store, postman, Till(store)
        self.calls: dict[str, Callable[[Body], Any]] = {
            "behaviour": self.behaviour,
            "pay": lambda body: shown(self.till.pay(body["session"])),
            "decline": lambda body: shown(self.till.decline(body["session"])),
            "promise": lambda body: shown(self.till.promise(body["session"])),
            "settle": lambda body: shown(self.till.settle(body["session"], succeeds=body.get("succeeds", True))),
            "expire": lambda body: shown(self.till.expire(body["session"])),
            "dispute": lambda body: self.till.dispute(body),
            "change": self.change,
            "events": lambda body: self.store.all("event"),
            "sessions": lambda body: [shown(session) for session in self.store.all("checkout.session")],
            "deliveries": self.deliveries,
            "release": lambda body: {"released": self.postman.release(newest_first=body.get("newest_first", False))},
            "deliver": self.deliver,
            "flush": self.flush,
            "forget": self.forget,
        }

    def call(self, name: str, body: Body) -> Any:
        """Raises StripeError for an unknown call or a missing field."""
        if name not in self.calls:
            raise errors.StripeError(404, f"There is no /_control/{name}; there are: {', '.join(self.calls)}.")
        try:
            return self.calls[name](body)
        except KeyError as error:
            raise errors.missing(str(error.args[0])) from error

    def behaviour(self, body: Body) -> Body:
        """Set everything anew; what is not named is as at first.

        `webhooks`: {copies, delay (s), hold, drop: [types or "*"], order: "reversed", retry_first (s)};
        `settle_after`: seconds or null; `outage`: the API answers 500.
        """
        for name, default in (("webhooks", {}), ("settle_after", 10), ("outage", False)):
            self.store.set(name, body.get(name, default))
        return body

    def change(self, body: Body) -> Body:
        """Make an object wrong: `{"id": …, "changes": {…}}`."""
        found = self.store.get(body["id"])
        if found is None:
            raise errors.unknown("object", body["id"])
        return self.store.save({**found, **body["changes"]})

    def deliveries(self, body: Body) -> list[Body]:
        """Every delivery with its tries and the last answer."""
        sql = "SELECT event, state, tries, answer FROM deliveries ORDER BY number"
        return [dict(zip(("event", "state", "tries", "answer"), row, strict=True)) for row in self.store.rows(sql)]

    def deliver(self, body: Body) -> Body:
        """Bring one event now, again or for the first time; `secret` forges its signature, `age` (s) makes it old."""
        return {"answer": self.postman.bring(body["event"], secret=body.get("secret"), age=body.get("age", 0))}

    def forget(self, body: Body) -> Body:
        """Everything: a new account, on which nothing was ever sold."""
        with self.store.transaction():
            for emptied in ("DELETE FROM things", "DELETE FROM keys", "DELETE FROM deliveries", "DELETE FROM settings"):
                self.store.rows(emptied)
        return body

    def flush(self, body: Body) -> Body:
        """Wait until nothing is on the list, `seconds` at most; says how many are left."""
        until = time.monotonic() + float(body.get("seconds", 10))
        while self.postman.waiting() and time.monotonic() < until:
            time.sleep(0.02)
        return {"waiting": self.postman.waiting()}
