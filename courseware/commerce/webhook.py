"""Where Stripe tells that something happened: a reason to look, answered 200 only after what follows is committed."""

import logging
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import stripe
from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from courseware.commerce.fulfilment import fulfil
from courseware.commerce.models import Order, StripeEvent
from courseware.commerce.payments import client

logger = logging.getLogger(__name__)
KINDS = ("checkout.session.", "charge.refund", "charge.dispute.", "refund.")


@csrf_exempt
@require_POST
def webhook(request: HttpRequest) -> HttpResponse:
    """400: not from Stripe. 503: Stripe could not be asked, send it again. 200: done, or nothing to do."""
    try:
        event = stripe.Webhook.construct_event(
            request.body, request.headers.get("Stripe-Signature"), settings.STRIPE_WEBHOOK_SECRET
        )
    except (ValueError, stripe.SignatureVerificationError) as error:
        logger.warning("webhook refused: %s", str(error).splitlines()[0])
        return HttpResponse("Not signed by Stripe.", status=400, content_type="text/plain")
    if StripeEvent.objects.filter(event_id=event.id).exists():
        return HttpResponse("Seen.", content_type="text/plain")
    try:
        order, outcome = handle(event)
    except stripe.StripeError as error:
        logger.warning("webhook %s: Stripe cannot be asked (%s)", event.id, type(error).__name__)
        return HttpResponse("Later, please.", status=503, content_type="text/plain")
    record(event, order, outcome)
    return HttpResponse("Done.", content_type="text/plain")


def handle(event: stripe.Event) -> tuple[Order | None, str]:
    """Look at the order that the event is about. Raises stripe.StripeError when that cannot be done now."""
    if not event.type.startswith(KINDS):
        return None, "not about access"
    if event.livemode != settings.STRIPE_LIVE:
        logger.critical("ALARM event %s: livemode is %s", event.id, event.livemode)
        return None, "wrong mode"
    subject: Any = event.data.object
    is_session = event.type.startswith("checkout.session.")
    order = order_of_session(subject) if is_session else order_of_payment(getattr(subject, "payment_intent", None))
    if order is None:
        logger.critical("ALARM event %s (%s): no order here for %s", event.id, event.type, subject.id)
        return None, "no order"
    try:
        payment = fulfil(order, subject.id if is_session else None)
    except stripe.InvalidRequestError as error:
        logger.critical("ALARM event %s: %s", event.id, error.user_message or error)
        return order, "no such session"
    if payment is None:
        return order, "no session"
    return order, f"alarm: {order.alarm}"[:200] if payment.problems else f"{payment.standing}: {order.state}"


def order_of_session(session: Any) -> Order | None:
    """By the session, else by the order that its metadata names (never learned its session: killed in between)."""
    return Order.objects.filter(stripe_session=session.id).first() or order_of_metadata(session)


def order_of_payment(intent_id: str | None) -> Order | None:
    """By the payment; one that we do not know yet is asked for at Stripe, because its metadata names the order."""
    if not intent_id:
        return None
    if order := Order.objects.filter(payment_intent=intent_id).first():
        return order
    try:
        return order_of_metadata(client().v1.payment_intents.retrieve(intent_id))
    except stripe.InvalidRequestError:
        return None


def order_of_metadata(subject: Any) -> Order | None:
    """The order that metadata names, if there is such a thing."""
    try:
        return Order.objects.filter(pk=UUID(subject.metadata["order"])).first()
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def record(event: stripe.Event, order: Order | None, outcome: str) -> None:
    """Note that the event was dealt with; a twin that was quicker is as good."""
    try:
        with transaction.atomic():
            StripeEvent.objects.create(
                event_id=event.id,
                type=event.type[:100],
                order=order,
                outcome=outcome,
                created_at=datetime.fromtimestamp(event.created, UTC),
            )
    except IntegrityError:
        logger.info("event %s was dealt with twice at once", event.id)
