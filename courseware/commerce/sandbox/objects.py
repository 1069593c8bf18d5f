"""The objects of the API, as far as a one-time payment needs them, and the events that tell of them."""

import time
from typing import Any

from courseware.commerce.sandbox.errors import invalid, missing
from courseware.commerce.sandbox.form import items
from courseware.commerce.sandbox.store import Store, Thing

DAY = 86_400  # seconds that a session stays open
HALF_HOUR = 1_800


def session(store: Store, params: dict[str, Any]) -> Thing:
    """A checkout session from the parameters of its creation. Raises StripeError as Stripe does."""
    if "success_url" not in params:
        raise missing("success_url")
    if params.get("mode") != "payment":
        raise invalid("mode", "Invalid mode: the sandbox takes one-time payments only (mode=payment).")
    lines = items(params.get("line_items"))
    if not lines:
        raise missing("line_items")
    amount, currencies = 0, set()
    for number, line in enumerate(lines):
        price = line.get("price_data") or {}
        for name in ("currency", "unit_amount", "product_data"):
            if name not in price:
                raise missing(f"line_items[{number}][price_data][{name}]")
        amount += whole(price["unit_amount"], "unit_amount") * whole(line.get("quantity", "1"), "quantity")
        currencies.add(price["currency"].lower())
    if len(currencies) != 1:
        raise invalid("line_items", "All line items must have the same currency.")
    now = int(time.time())
    expires = whole(params.get("expires_at", str(now + DAY)), "expires_at")
    if not now + HALF_HOUR - 60 <= expires <= now + DAY + 60:
        raise invalid("expires_at", "The `expires_at` timestamp must be between 30 minutes and 24 hours from now.")
    return {
        "id": store.new_id("cs_test"),
        "object": "checkout.session",
        "amount_subtotal": amount,
        "amount_total": amount,
        "cancel_url": params.get("cancel_url"),
        "client_reference_id": params.get("client_reference_id"),
        "created": now,
        "currency": currencies.pop(),
        "customer_details": None,
        "customer_email": params.get("customer_email"),
        "expires_at": expires,
        "livemode": False,
        "metadata": params.get("metadata") or {},
        "mode": "payment",
        "payment_intent": None,
        "payment_method_types": ["card", "us_bank_account"],
        "payment_status": "unpaid",
        "status": "open",
        "success_url": params["success_url"],
        "_name": lines[0]["price_data"]["product_data"].get("name", ""),
        "_intent_metadata": (params.get("payment_intent_data") or {}).get("metadata") or {},
    }


def whole(text: str, param: str) -> int:
    """A parameter that must be a whole number, zero or more."""
    if not text.isdigit():
        raise invalid(param, f"Invalid integer: {text}")
    return int(text)


def payment_intent(store: Store, of: Thing) -> Thing:
    """The payment of a session, before anything was paid."""
    return {
        "id": store.new_id("pi"),
        "object": "payment_intent",
        "amount": of["amount_total"],
        "amount_received": 0,
        "created": int(time.time()),
        "currency": of["currency"],
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": of["_intent_metadata"],
        "status": "requires_payment_method",
    }


def charge(store: Store, intent: Thing, status: str, failure: str | None = None) -> Thing:
    """One try at taking the money: `succeeded`, `pending` or `failed`."""
    return {
        "id": store.new_id("ch"),
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": intent["amount"] if status == "succeeded" else 0,
        "amount_refunded": 0,
        "captured": status == "succeeded",
        "created": int(time.time()),
        "currency": intent["currency"],
        "disputed": False,
        "failure_code": failure,
        "livemode": False,
        "metadata": intent["metadata"],
        "paid": status == "succeeded",
        "payment_intent": intent["id"],
        "refunded": False,
        "status": status,
    }


def refund(store: Store, of: Thing, amount: int) -> Thing:
    """Money given back from a charge."""
    return {
        "id": store.new_id("re"),
        "object": "refund",
        "amount": amount,
        "charge": of["id"],
        "created": int(time.time()),
        "currency": of["currency"],
        "metadata": {},
        "payment_intent": of["payment_intent"],
        "status": "succeeded",
    }


def dispute(store: Store, of: Thing, status: str) -> Thing:
    """The buyer's bank takes a charge back."""
    return {
        "id": store.new_id("dp"),
        "object": "dispute",
        "amount": of["amount"],
        "charge": of["id"],
        "created": int(time.time()),
        "currency": of["currency"],
        "livemode": False,
        "metadata": {},
        "payment_intent": of["payment_intent"],
        "reason": "fraudulent",
        "status": status,
    }


def shown(thing: Thing) -> Thing:
    """An object without the sandbox's own notes."""
    return {name: value for name, value in thing.items() if not name.startswith("_")}


def event(store: Store, kind: str, about: Thing, api_version: str) -> Thing:
    """What a webhook carries: the object as it was at that moment."""
    return {
        "id": store.new_id("evt"),
        "object": "event",
        "api_version": api_version,
        "created": int(time.time()),
        "data": {"object": shown(about)},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
    }
