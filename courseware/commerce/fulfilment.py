"""Paid means unlocked, exactly once.

One function brings an order to where its payment stands at Stripe. The webhook, the page after the
payment and `manage.py reconcile_orders` all call it, in any order, any number of times, at once. None of
them tells it what happened: each is only a reason to look, so a forged, late or repeated message can at
most cause a look that finds nothing new.
"""

import logging

from django.db import transaction
from django.utils import timezone

from courseware.commerce.models import Order
from courseware.commerce.payments import Payment, look
from lessons import access
from lessons.models import Enrollment

logger = logging.getLogger(__name__)
SOURCE = "purchase"
AFTER: dict[Order.State, set[Order.State]] = {  # what may follow once money has moved; before that, anything may
    Order.State.PAID: {Order.State.REFUNDED, Order.State.DISPUTED},
    Order.State.DISPUTED: {Order.State.PAID, Order.State.REFUNDED},  # paid again: the dispute was won
    Order.State.REFUNDED: set(),
}
LOOKS = 5  # looks that may be overtaken before somebody else's is simply believed


def fulfil(order: Order, session_id: str | None = None) -> Payment | None:
    """Look at the payment and do what follows from it; `order` is refreshed. Idempotent.

    `session_id` is for an order that was created but never learned its session (the process was killed between
    the two). Returns what was seen, None if there is no session to look at. Raises stripe.StripeError when
    Stripe cannot be asked; then nothing has changed.
    """
    for _ in range(LOOKS):
        order.refresh_from_db()
        session = order.stripe_session or session_id
        if session is None:
            return None
        payment = look(order, session)
        if settle(order, payment):
            break
    return payment


def settle(order: Order, payment: Payment) -> bool:
    """Record one look in one transaction: state and access together. False if a newer look came first."""
    with transaction.atomic():
        current = Order.objects.select_for_update(of=("self",)).select_related("track", "user").get(pk=order.pk)
        if current.version != order.version:
            return False
        if payment.problems:
            _alarm(current, payment)
        else:
            _move(current, payment)
    order.refresh_from_db()
    return True


def _alarm(order: Order, payment: Payment) -> None:
    """The payment is not the one that was asked for: nothing opens, and a person is told, once."""
    alarm = "; ".join(payment.problems)
    if order.alarm != alarm:
        logger.critical("ALARM order %s: session %s: %s", order.pk, payment.session, alarm)
        order.alarm = alarm
        order.save(update_fields=["alarm", "updated_at"])


def _move(order: Order, payment: Payment) -> None:
    """Take the order to the state that was seen, and access with it."""
    before = order.state
    after = payment.standing if payment.standing in Order.State.values else Order.State.CREATED
    if after == Order.State.CREATED and before != after:
        return  # closed here (given up, replaced), still payable there: only a payment changes that
    if after != before and after not in AFTER.get(Order.State(before), set(Order.State)):
        logger.critical("ALARM order %s: %s here, %s at Stripe; it stays as it is", order.pk, before, after)
        return
    known = (before, order.stripe_session, order.payment_intent)
    if known == (after, payment.session, payment.payment_intent):
        return
    order.state, order.stripe_session, order.payment_intent = after, payment.session, payment.payment_intent
    order.version += 1
    if after == Order.State.PAID:
        order.paid_at = order.paid_at or timezone.now()
        order.alarm = ""
        won = f" version {order.version}" if before == Order.State.DISPUTED else ""  # what is revoked stays so
        access.enroll(order.user, order.track, source=SOURCE, reference=f"{order.pk}{won}")
    elif after in (Order.State.REFUNDED, Order.State.DISPUTED):
        for reference in references(order):
            access.revoke(order.user, order.track, source=SOURCE, reference=reference)
    order.save()
    if after != before:
        logger.info("order %s: %s, was %s", order.pk, after, before)


def references(order: Order) -> set[str]:
    """Under what this order's enrollments stand: its id, and one more for each dispute that was won."""
    mine = Enrollment.objects.filter(user=order.user, track=order.track, source=SOURCE, reference__startswith=str(order.pk))
    return {str(order.pk), *mine.values_list("reference", flat=True)}
