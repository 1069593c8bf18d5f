"""Orders, and the record of what Stripe said about them."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from courseware.commerce.money import amount_text
from lessons.models import Track


class Order(models.Model):
    """One attempt to buy one track. It is made before anything is asked of Stripe, and its id is the idempotency key.

    `state` is what the last look at Stripe gave; only fulfilment.py writes it after the beginning. `version` counts
    those writes, so that a look that was overtaken by a newer one is thrown away.
    """

    class State(models.TextChoices):
        """Where the order stands; access is open in PAID alone."""

        CREATED = "created", "Not paid yet"
        PAID = "paid", "Paid"
        FAILED = "failed", "Payment failed"
        EXPIRED = "expired", "Not completed"
        REFUNDED = "refunded", "Refunded"
        DISPUTED = "disputed", "Disputed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="orders")
    track = models.ForeignKey(Track, on_delete=models.PROTECT, related_name="orders")
    amount = models.PositiveIntegerField(help_text="In the currency's smallest unit.")
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10, choices=State.choices, default=State.CREATED)
    version = models.PositiveIntegerField(default=0)
    livemode = models.BooleanField()
    stripe_session = models.CharField(max_length=255, unique=True, null=True, blank=True)
    payment_intent = models.CharField(max_length=255, blank=True, db_index=True)
    alarm = models.TextField(blank=True, help_text="Why a payment was not accepted, for a person to look at.")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    paid_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at",)
        constraints = (
            # A double click, two tabs and a pending bank debit all find this one order, and so one session to pay.
            models.UniqueConstraint(fields=["user", "track"], condition=Q(state="created"), name="one_order_under_way"),
        )

    def __str__(self) -> str:
        return f"order {self.id} ({self.state})"

    @property
    def amount_text(self) -> str:
        """`$39`."""
        return amount_text(self.amount, self.currency)

    @property
    def metadata(self) -> dict[str, str]:
        """What the session and its payment carry at Stripe, and what must come back unchanged."""
        return {"order": str(self.id), "track": str(self.track.uid), "user": str(self.user_id)}


class StripeEvent(models.Model):
    """An event that was dealt with. Written after its effect, so one that is missing here is dealt with again."""

    event_id = models.CharField(max_length=255, unique=True)
    type = models.CharField(max_length=100)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, null=True, blank=True, related_name="events")
    outcome = models.CharField(max_length=200)
    created_at = models.DateTimeField(help_text="When it happened, by Stripe's clock.")
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("received_at",)

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}: {self.outcome}"
