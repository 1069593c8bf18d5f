"""Paid means unlocked, exactly once, whatever happens on the way."""

import threading
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from courseware.commerce import checkout, fulfilment, payments, webhook
from courseware.commerce.fulfilment import fulfil
from courseware.commerce.models import Order, StripeEvent
from lessons.access import access_to, enroll
from lessons.models import Enrollment

COMPLETED = "checkout.session.completed"


def refund(order, **fields):
    return payments.client().v1.refunds.create({"payment_intent": order.payment_intent, **fields})


@pytest.fixture
def paid(purchase, stripe):
    purchase.session = purchase.begin()
    stripe("pay", session=purchase.session)
    stripe.flush()
    assert purchase.open
    return purchase


def test_duplicates_grant_once(purchase, stripe):
    stripe.webhooks(copies=5)
    stripe("pay", session=purchase.begin())
    stripe.flush()
    assert Enrollment.objects.count() == 1
    assert StripeEvent.objects.filter(type=COMPLETED).count() == 1


def test_a_dropped_webhook_is_found_by_reconciliation(purchase, stripe):
    stripe.webhooks(drop=["*"])
    stripe("pay", session=purchase.begin())
    stripe.flush()
    assert not purchase.open
    said = StringIO()
    call_command("reconcile_orders", stdout=said)
    assert purchase.open
    assert "created → paid" in said.getvalue()
    call_command("reconcile_orders", stdout=said)
    assert said.getvalue().endswith("0 orders changed.\n")


def test_events_in_reverse_end_in_the_same_state(purchase, quiet):
    quiet("pay", session=purchase.begin())
    intent = payments.client().v1.checkout.sessions.retrieve(purchase.order.stripe_session).payment_intent
    payments.client().v1.refunds.create({"payment_intent": intent})
    quiet("release", newest_first=True)  # the refund is told before the payment
    assert purchase.order.state == "refunded"
    assert not purchase.open


def test_a_forged_or_stale_webhook_does_nothing(purchase, quiet, client):
    session = purchase.begin()
    quiet("pay", session=session)
    event = quiet.events(COMPLETED, session)[0]
    assert quiet("deliver", event=event, secret="whsec_wrong")["answer"] == "400"
    assert quiet("deliver", event=event, age=3600)["answer"] == "400"
    assert client.post("/stripe/webhook/", b"\xff", content_type="application/json").status_code == 400
    assert client.get("/stripe/webhook/").status_code == 405
    assert not purchase.open
    assert not StripeEvent.objects.exists()


def test_a_refund_locks_and_a_replay_does_not_reopen(paid, stripe):
    refund(paid.order)
    stripe.flush()
    assert paid.order.state == "refunded"
    assert not paid.open
    old = stripe.events(COMPLETED, paid.session)[0]
    StripeEvent.objects.all().delete()  # even when the log has forgotten it
    assert stripe("deliver", event=old)["answer"] == "200"
    paid.come_back()
    call_command("reconcile_orders", stdout=StringIO())
    assert paid.order.state == "refunded"
    assert not paid.open


def test_a_partial_refund_keeps_the_track_open(paid, stripe):
    refund(paid.order, amount=900)
    stripe.flush()
    assert paid.open
    refund(paid.order, amount=3000)
    stripe.flush()
    assert not paid.open


def test_a_refund_leaves_what_came_from_elsewhere(paid, stripe):
    enroll(paid.user, paid.track, "gift", "from-bob")
    refund(paid.order)
    stripe.flush()
    assert paid.order.state == "refunded"
    assert paid.open


def test_a_refunded_buyer_may_buy_again(paid, stripe):
    refund(paid.order)
    stripe.flush()
    stripe("pay", session=paid.begin())
    stripe.flush()
    assert paid.open
    assert [order.state for order in Order.objects.order_by("created_at")] == ["refunded", "paid"]


@pytest.mark.parametrize(("end", "is_open"), [("lost", False), ("won", True)])
def test_a_dispute_locks_and_only_a_won_one_opens_again(paid, stripe, end, is_open):
    opened = stripe("dispute", payment_intent=paid.order.payment_intent)
    stripe.flush()
    assert paid.order.state == "disputed"
    assert not paid.open
    stripe("dispute", dispute=opened["id"], status=end)
    stripe.flush()
    assert paid.open is is_open
    if is_open:
        refund(paid.order)
        stripe.flush()
        assert not paid.open


@pytest.mark.parametrize(
    "changes",
    [
        {"amount_total": 1},
        {"currency": "jpy"},
        {"livemode": True},
        {"mode": "subscription"},
        {"client_reference_id": "999"},
        {"metadata": {}},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_payment_that_is_not_the_one_asked_for_opens_nothing(purchase, quiet, caplog, changes):
    session = purchase.begin()
    quiet("pay", session=session)
    quiet("change", id=session, changes=changes)
    quiet("release")
    assert purchase.order.state == "created"
    assert not purchase.open
    assert "ALARM" in caplog.text
    assert next(iter(changes)).split("_")[0] in purchase.order.alarm
    with pytest.raises(CommandError, match="1 alarm"):
        call_command("reconcile_orders", stdout=StringIO(), stderr=StringIO())
    assert "/buy/done/" in purchase.press(), "nobody pays twice while a person looks"


@pytest.mark.parametrize("name", ["track", "user", "order"])
def test_metadata_of_somebody_else_opens_nothing(purchase, quiet, bob, name):
    session = purchase.begin()
    quiet("pay", session=session)
    quiet("change", id=session, changes={"metadata": {**purchase.order.metadata, name: "other"}})
    quiet("release")
    assert not purchase.open
    assert not access_to(bob, purchase.track).allowed


def test_parallel_calls_grant_once(purchase, quiet):
    quiet("pay", session=purchase.begin())
    order, failures = purchase.order, []

    def run():
        try:
            fulfil(Order.objects.get(pk=order.pk))
        except Exception as error:  # noqa: BLE001 - it must reach the assertion
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert Enrollment.objects.count() == 1
    assert purchase.order.version == 1


def test_a_look_that_was_overtaken_is_thrown_away(paid, stripe, monkeypatch):
    """One process looks (paid) and is held up; meanwhile the refund is dealt with; then the first goes on."""
    stripe.webhooks(hold=True)
    Order.objects.update(state="created", version=0)
    Enrollment.objects.all().delete()
    real, looks = fulfilment.look, []

    def look(order, session):
        seen = real(order, session)
        looks.append(seen.standing)
        if len(looks) == 1:
            payments.client().v1.refunds.create({"payment_intent": seen.payment_intent})
            fulfil(Order.objects.get(pk=order.pk))
        return seen

    monkeypatch.setattr(fulfilment, "look", look)
    fulfil(paid.order)
    assert looks == ["paid", "refunded", "refunded"]
    assert paid.order.state == "refunded"
    assert not paid.open


class Killed(BaseException):
    """The process ends here."""


def kill(*args, **kwargs):
    raise Killed


def test_killed_between_order_and_session(purchase, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(checkout, "open_session", kill)
        with pytest.raises(Killed):
            purchase.press()
    assert purchase.order.stripe_session is None
    purchase.begin()
    assert Order.objects.count() == 1


def test_killed_between_session_and_our_knowing_it(purchase, stripe):
    session = purchase.begin()
    Order.objects.update(stripe_session=None)  # it was made there, and never written down here
    assert purchase.begin() == session, "the same key finds the same session"
    Order.objects.update(stripe_session=None)
    stripe("pay", session=session)
    stripe.flush()
    assert purchase.open, "the webhook brings what was not written down"


def test_killed_inside_the_transaction(purchase, quiet, monkeypatch):
    quiet("pay", session=purchase.begin())
    with monkeypatch.context() as patch:
        patch.setattr(Order, "save", kill)
        with pytest.raises(Killed):
            purchase.come_back()
    assert (purchase.order.state, Enrollment.objects.count()) == ("created", 0), "both or neither"
    quiet("release")
    assert purchase.open


def test_killed_between_the_effect_and_the_record_of_the_event(purchase, quiet, monkeypatch):
    session = purchase.begin()
    quiet("pay", session=session)
    event = quiet.events(COMPLETED, session)[0]
    with monkeypatch.context() as patch:
        patch.setattr(webhook, "record", kill)
        assert quiet("deliver", event=event)["answer"] != "200", "not answered: it comes again"
    assert not StripeEvent.objects.exists()
    quiet("release")
    assert purchase.open
    assert Enrollment.objects.count() == 1


def test_a_webhook_is_tried_again_when_stripe_could_not_be_asked(purchase, stripe, settings):
    session = purchase.begin()
    there, settings.STRIPE_API_BASE = settings.STRIPE_API_BASE, "http://127.0.0.1:9"
    stripe("pay", session=session)
    event = stripe.events(COMPLETED, session)[0]
    assert stripe("deliver", event=event)["answer"] == "503"
    settings.STRIPE_API_BASE = there
    stripe.flush()
    assert purchase.open


def test_a_payment_without_an_order_is_an_alarm(purchase, stripe):
    stripe("pay", session=purchase.begin())
    stripe.flush()
    StripeEvent.objects.all().delete()
    Order.objects.all().delete()
    shouted = StringIO()
    with pytest.raises(CommandError):
        call_command("reconcile_orders", stdout=StringIO(), stderr=shouted)
    assert "there is no order for it here" in shouted.getvalue()
