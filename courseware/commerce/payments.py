"""What Stripe says about an order, read fresh. Nothing here writes to our database."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import stripe
from django.conf import settings

from courseware.commerce.models import Order

TIMEOUT = 10  # seconds for one call; somebody is waiting for the page
LOCKING_DISPUTES = {"needs_response", "under_review", "lost"}  # the bank holds the money, or keeps it
EXPAND = ["payment_intent.latest_charge"]


@dataclass(frozen=True)
class Payment:
    """One look. `standing` is an Order.State, or `open` (not paid yet) or `pending` (paid by a slow method)."""

    standing: str
    session: str
    payment_intent: str
    url: str | None
    problems: tuple[str, ...]


def client() -> stripe.StripeClient:
    """The real Stripe client, pointed at the real Stripe or at the sandbox."""
    return _client(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE)


@lru_cache(maxsize=4)
def _client(key: str, base: str) -> stripe.StripeClient:
    return stripe.StripeClient(
        key,
        base_addresses={"api": base},
        http_client=stripe.RequestsClient(timeout=TIMEOUT),
        max_network_retries=2,
    )


def look(order: Order, session_id: str) -> Payment:
    """Retrieve the session and what hangs on it. Raises stripe.StripeError when Stripe cannot be asked."""
    session = client().v1.checkout.sessions.retrieve(session_id, {"expand": EXPAND})
    return read(order, session)


def read(order: Order, session: stripe.checkout.Session) -> Payment:
    """A session (expanded as EXPAND says) held against the order that it should be for."""
    intent: Any = session.payment_intent
    return Payment(
        standing=_standing(session, intent),
        session=session.id,
        payment_intent=intent.id if intent else "",
        url=session.url,
        problems=tuple(_problems(order, session)),
    )


def _standing(session: stripe.checkout.Session, intent: Any) -> str:
    if session.status == "expired":
        return Order.State.EXPIRED
    if session.status == "open":
        return "open"
    if session.payment_status != "paid":  # complete, by a method that takes its time
        failed = intent is not None and intent.status in ("requires_payment_method", "canceled")
        return Order.State.FAILED if failed else "pending"
    charge = intent.latest_charge if intent else None
    if charge and charge.refunded:  # in full; a part of it given back changes nothing
        return Order.State.REFUNDED
    if charge and charge.disputed and _locked_by_dispute(intent.id):
        return Order.State.DISPUTED
    return Order.State.PAID


def _locked_by_dispute(intent_id: str) -> bool:
    disputes = client().v1.disputes.list({"payment_intent": intent_id, "limit": 100})
    return any(dispute.status in LOCKING_DISPUTES for dispute in disputes.data)


def _problems(order: Order, session: stripe.checkout.Session) -> list[str]:
    """Everything in which a Checkout session is not the one that the order asked for."""
    said: dict[str, Any] = {
        "session": session.id,
        "mode": session.mode,
        "amount": session.amount_total,
        "currency": (session.currency or "").lower(),
        "livemode": session.livemode,
        "client_reference_id": session.client_reference_id,
    }
    expected = {
        "session": order.stripe_session or session.id,
        "mode": "payment",
        "amount": order.amount,
        "currency": order.currency.lower(),
        "livemode": order.livemode,
        "client_reference_id": str(order.user_id),
    }
    metadata = session.metadata.to_dict() if session.metadata else {}
    for name, value in order.metadata.items():
        said[f"metadata {name}"], expected[f"metadata {name}"] = metadata.get(name), value
    return [f"{name} is {said[name]!r}, not {value!r}" for name, value in expected.items() if said[name] != value]
