"""The `/v1/` addresses: what the stripe client calls."""

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any

from courseware.commerce.sandbox import errors
from courseware.commerce.sandbox.form import items
from courseware.commerce.sandbox.objects import shown, whole
from courseware.commerce.sandbox.store import Store, Thing
from courseware.commerce.sandbox.till import Till

Params = dict[str, Any]
EXPANDABLE = {"payment_intent", "latest_charge", "charge"}
RETRIEVED = {
    "payment_intents": "payment_intent",
    "charges": "charge",
    "refunds": "refund",
    "disputes": "dispute",
    "events": "event",
}
FILTERS = ("payment_intent", "charge", "status", "type")


class Api:
    """Answers one request; `base` is the sandbox's own address, for the payment page."""

    def __init__(self, store: Store, base: str) -> None:
        self.store = store
        self.till = Till(store)
        self.base = base
        self.routes: list[tuple[str, re.Pattern[str], Callable[..., Thing]]] = [
            ("POST", re.compile(r"^/v1/checkout/sessions$"), self.till.create_session),
            ("POST", re.compile(r"^/v1/checkout/sessions/(\w+)/expire$"), lambda params, id_: self.till.expire(id_)),
            ("GET", re.compile(r"^/v1/checkout/sessions/(\w+)$"), lambda params, id_: self.till.session(id_)),
            ("GET", re.compile(r"^/v1/checkout/sessions$"), lambda params: self.page("checkout.session", params)),
            ("POST", re.compile(r"^/v1/refunds$"), self.till.refund),
            ("GET", re.compile(r"^/v1/(\w+)/(\w+)$"), self.retrieve),
            ("GET", re.compile(r"^/v1/(\w+)$"), lambda params, kind: self.page(self.kind(kind), params)),
        ]

    def answer(self, method: str, path: str, params: Params, key: str | None) -> tuple[int, Thing, bool]:
        """Status, body, and whether it is the stored answer to a repeated idempotency key."""
        try:
            with self.store.transaction():
                return self._once(method, path, params, key)
        except errors.StripeError as error:
            return error.status, error.body, False

    def _once(self, method: str, path: str, params: Params, key: str | None) -> tuple[int, Thing, bool]:
        if key is None or method != "POST":
            return 200, self._do(method, path, params), False
        request = hashlib.sha256(json.dumps([path, params], sort_keys=True).encode()).hexdigest()
        if known := self.store.rows("SELECT request, answer FROM keys WHERE key = ?", key):
            if known[0][0] != request:
                raise errors.reused(key)
            return 200, json.loads(known[0][1]), True
        body = self._do(method, path, params)
        self.store.rows("INSERT INTO keys VALUES (?, ?, ?)", key, request, json.dumps(body))
        return 200, body, False

    def _do(self, method: str, path: str, params: Params) -> Thing:
        expand = items(params.pop("expand", None))
        for verb, pattern, call in self.routes:
            if verb == method and (match := pattern.match(path)):
                return self.dressed(call(params, *match.groups()), expand)
        message = f"Unrecognized request URL ({method}: {path}). The sandbox speaks what buying a track needs."
        raise errors.StripeError(404, message)

    def kind(self, plural: str) -> str:
        """The object name of a collection. Raises StripeError for one that the sandbox does not have."""
        if plural not in RETRIEVED:
            raise errors.StripeError(404, f"Unrecognized request URL (/v1/{plural}).")
        return RETRIEVED[plural]

    def retrieve(self, params: Params, plural: str, id_: str) -> Thing:
        """One object by id."""
        found = self.store.get(id_, self.kind(plural))
        if found is None:
            raise errors.unknown(self.kind(plural), id_)
        return found

    def page(self, kind: str, params: Params) -> Thing:
        """A page of objects, the newest first."""
        found = self.store.all(kind)
        for name in FILTERS:
            if name in params:
                found = [thing for thing in found if thing.get(name) == params[name]]
        if isinstance(params.get("created"), dict) and "gte" in params["created"]:
            found = [thing for thing in found if thing["created"] >= whole(params["created"]["gte"], "created[gte]")]
        if after := params.get("starting_after"):
            ids = [thing["id"] for thing in found]
            found = found[ids.index(after) + 1 :] if after in ids else []
        limit = min(100, max(1, whole(params.get("limit", "10"), "limit")))
        shown_now = [self.dressed(thing, []) for thing in found[:limit]]
        path = "checkout/sessions" if kind == "checkout.session" else f"{kind}s"
        return {"object": "list", "url": f"/v1/{path}", "has_more": len(found) > limit, "data": shown_now}

    def dressed(self, thing: Thing, expand: list[str]) -> Thing:
        """As Stripe shows it: without our notes, with the payment page while open, expanded as asked."""
        dressed = shown(thing)
        if thing["object"] == "checkout.session":
            dressed["url"] = f"{self.base}/c/pay/{thing['id']}" if thing["status"] == "open" else None
        for path in expand:
            first, _, rest = path.partition(".")
            if first not in EXPANDABLE or first not in dressed:
                raise errors.invalid("expand", f"This property cannot be expanded ({first}).")
            inner = self.store.get(dressed[first]) if isinstance(dressed[first], str) else None
            if inner is not None:
                dressed[first] = self.dressed(inner, [rest] if rest else [])
        return dressed
