"""From "buy" to Stripe's payment page: the order first, then one session for it."""

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import stripe
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.utils import timezone

from courseware.commerce import payments
from courseware.commerce.fulfilment import fulfil
from courseware.commerce.models import Order
from lessons.models import Track

logger = logging.getLogger(__name__)
KEY_LIFE = timedelta(hours=20)  # Stripe forgets idempotency keys after a day


@dataclass(frozen=True)
class Addresses:
    """Where Stripe sends the buyer back to; absolute."""

    done: str
    cancelled: str


@dataclass(frozen=True)
class Checkout:
    """Where buying stands: `url` to pay at, or None if there is nothing to pay (paid already, or on its way)."""

    order: Order
    url: str | None


def begin(user: AbstractBaseUser, track: Track, addresses: Addresses) -> Checkout:
    """The one payable session of this user for this track, made if there is none.

    Raises stripe.StripeError when Stripe cannot be asked; trying again then finds the same order.
    """
    for _ in range(3):  # each round either ends or closes an order that cannot be paid any more
        order = order_under_way(user, track)
        if order.stripe_session:
            checkout = resume(order, track)
        else:
            checkout = open_session(order, addresses)
        if checkout:
            return checkout
    raise stripe.APIConnectionError("three orders in a row could not be opened")


def order_under_way(user: AbstractBaseUser, track: Track) -> Order:
    """The order that waits for payment, or a new one. Two at once: the database lets one in, and both get it."""
    if track.price_cents is None:
        raise ValueError(f"{track.slug} is free")
    waiting = Order.objects.filter(user_id=user.pk, track=track, state=Order.State.CREATED)
    if order := waiting.first():
        return order
    try:
        with transaction.atomic():
            return Order.objects.create(
                user_id=user.pk,
                track=track,
                amount=track.price_cents,
                currency=track.currency.lower(),
                livemode=settings.STRIPE_LIVE,
            )
    except IntegrityError:
        return waiting.get()


def resume(order: Order, track: Track) -> Checkout | None:
    """The session that the order has. None if it can no longer be paid at today's price; then the order is closed."""
    payment = fulfil(order)
    assert payment is not None
    if order.state == Order.State.PAID:
        return Checkout(order, None)
    if payment.standing not in ("open", Order.State.EXPIRED, Order.State.FAILED) and order.state == Order.State.CREATED:
        return Checkout(order, None)  # on its way, or paid wrongly and waiting for a person: never pay twice
    if payment.standing == "open":
        if (order.amount, order.currency) == (track.price_cents, track.currency.lower()) and not payment.problems:
            return Checkout(order, payment.url)
        try:
            payments.client().v1.checkout.sessions.expire(payment.session)
        except stripe.InvalidRequestError:  # paid a moment ago
            fulfil(order)
            return Checkout(order, None)
        fulfil(order)
    close(order)  # changes nothing but what an alarm kept from closing by itself
    return None


def open_session(order: Order, addresses: Addresses) -> Checkout | None:
    """Ask Stripe for a session under the order's id as idempotency key: asked twice, it is one session."""
    if order.created_at < timezone.now() - KEY_LIFE:
        close(order)  # its session, if there is one, was never shown to anybody
        return None
    params: Any = {
        "mode": "payment",
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": order.currency,
                    "unit_amount": order.amount,
                    "product_data": {"name": order.track.title},
                },
            }
        ],
        "client_reference_id": str(order.user_id),
        "metadata": order.metadata,
        "payment_intent_data": {"metadata": order.metadata},
        "success_url": f"{addresses.done}?order={order.pk}",
        "cancel_url": addresses.cancelled,
    }
    if order.user.email:
        params["customer_email"] = order.user.email
    try:
        session = payments.client().v1.checkout.sessions.create(params, {"idempotency_key": str(order.pk)})
    except stripe.IdempotencyError:  # the price, the e-mail or the site's address changed since a lost first try
        close(order)
        return None
    Order.objects.filter(pk=order.pk, stripe_session=None).update(stripe_session=session.id)
    order.refresh_from_db()
    return Checkout(order, session.url)


def close(order: Order) -> None:
    """Give an order up that nobody was shown a payment page for."""
    Order.objects.filter(pk=order.pk, state=Order.State.CREATED).update(state=Order.State.EXPIRED)
    logger.info("order %s: given up", order.pk)
