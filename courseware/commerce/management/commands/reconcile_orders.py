"""`manage.py reconcile_orders`: find at Stripe what no webhook told. Safe at any time; once an hour is right."""

from argparse import ArgumentParser
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import stripe
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from courseware.commerce.fulfilment import fulfil
from courseware.commerce.models import Order
from courseware.commerce.payments import client
from courseware.commerce.webhook import order_of_session

ENDED = (Order.State.EXPIRED, Order.State.FAILED, Order.State.REFUNDED)  # looked at again only if paid at Stripe
LOST = timedelta(days=1)  # an order that has no session by then never had a payment page


class Command(BaseCommand):
    """Both ways: every order that may have changed, and every paid session that has no order."""

    help = "Bring orders to where their payments stand at Stripe."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--days`."""
        parser.add_argument("--days", type=int, default=130, help="how far back (disputes may come 120 days later)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Prints what changed. Raises CommandError, exit code 1, on an alarm or when Stripe cannot be asked."""
        since = timezone.now() - timedelta(days=options["days"])
        alarms = 0
        changed = 0
        try:
            sessions = self._sessions(since)
            orders = Order.objects.filter(created_at__gte=since) | Order.objects.filter(state=Order.State.CREATED)
            for order in orders.order_by("created_at").iterator():
                before = order.state
                session, paid = sessions.get(order.pk, (None, False))
                if before in ENDED and not (paid and before != Order.State.REFUNDED):
                    continue
                self._reconcile(order, session)
                changed += order.state != before
                alarms += bool(order.alarm)
                if order.state != before:
                    self.stdout.write(f"order {order.pk}: {before} → {order.state}")
                if order.alarm:
                    self.stderr.write(f"ALARM order {order.pk}: {order.alarm}")
            for session in self._strays:
                alarms += 1
                self.stderr.write(f"ALARM session {session}: paid, and there is no order for it here")
        except stripe.StripeError as error:
            raise CommandError(f"Stripe cannot be asked: {error.user_message or error}") from error
        self.stdout.write(f"{changed} order{'' if changed == 1 else 's'} changed.")
        if alarms:
            raise CommandError(f"{alarms} alarm{'' if alarms == 1 else 's'}: a person should look.")

    def _reconcile(self, order: Order, session_id: str | None) -> None:
        if fulfil(order, session_id) is None and order.created_at < timezone.now() - LOST:
            Order.objects.filter(pk=order.pk, state=Order.State.CREATED, stripe_session=None).update(state=Order.State.EXPIRED)
            order.refresh_from_db()

    def _sessions(self, since: datetime) -> dict[UUID, tuple[str, bool]]:
        """Of each order its session at Stripe and whether that is paid; paid ones without an order are the strays."""
        self._strays: list[str] = []
        found: dict[UUID, tuple[str, bool]] = {}
        listed = client().v1.checkout.sessions.list({"created": {"gte": int(since.timestamp())}, "limit": 100})
        for session in listed.auto_paging_iter():
            order = order_of_session(session)
            paid = session.payment_status == "paid"
            if order is not None:
                found[order.pk] = (session.id, paid)
            elif paid:
                self._strays.append(session.id)
        return found
