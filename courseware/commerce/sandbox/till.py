"""What can happen to a payment: paid, declined, promised, settled, expired, refunded, disputed."""

import time
from typing import Any

from stripe import api_version

from courseware.commerce.sandbox import objects
from courseware.commerce.sandbox.errors import StripeError, invalid, unknown
from courseware.commerce.sandbox.store import Store, Thing

COMPLETE = "This Checkout Session has already been completed."


class Till:
    """Changes objects and tells of it; every method is one transaction with its events in it."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def tell(self, kind: str, about: Thing) -> None:
        """Record an event and put its deliveries on the list, as the behaviour says."""
        event = self.store.save(objects.event(self.store, kind, about, api_version))
        behaviour = self.store.setting("webhooks", {})
        if kind in behaviour.get("drop", []) or "*" in behaviour.get("drop", []):
            return
        state = "held" if behaviour.get("hold") else "due"
        for _ in range(int(behaviour.get("copies", 1))):
            self.store.deliver(event["id"], float(behaviour.get("delay", 0)), state)

    def session(self, id_: str) -> Thing:
        """A session by id; one whose time is over expires as it is looked at. Raises StripeError."""
        found = self.store.get(id_, "checkout.session")
        if found is None:
            raise unknown("checkout.session", id_, "session")
        if found["status"] == "open" and found["expires_at"] <= time.time():
            found = self._expire(found)
        return found

    def create_session(self, params: dict[str, Any]) -> Thing:
        """A new session."""
        with self.store.transaction():
            return self.store.save(objects.session(self.store, params))

    def pay(self, id_: str) -> Thing:
        """By card: paid at once."""
        with self.store.transaction():
            session, intent = self._open(id_)
            self._take(intent)
            session.update(status="complete", payment_status="paid", payment_intent=intent["id"])
            self.store.save(session)
            self.tell("checkout.session.completed", session)
        return session

    def decline(self, id_: str) -> Thing:
        """The card is refused; the session stays open for another."""
        with self.store.transaction():
            session, intent = self._open(id_)
            charge = self.store.save(objects.charge(self.store, intent, "failed", "card_declined"))
            error = {"type": "card_error", "code": "card_declined", "message": "Your card was declined."}
            intent.update(latest_charge=charge["id"], last_payment_error=error)
            self.store.save(intent)
            session.update(_intent=intent["id"])
            self.tell("charge.failed", charge)
            self.tell("payment_intent.payment_failed", intent)
            return self.store.save(session)

    def promise(self, id_: str) -> Thing:
        """By a slow method: complete, not paid; `settle` follows by itself after `settle_after` seconds."""
        with self.store.transaction():
            session, intent = self._open(id_)
            charge = self.store.save(objects.charge(self.store, intent, "pending"))
            intent.update(status="processing", latest_charge=charge["id"])
            self.store.save(intent)
            after = self.store.setting("settle_after", 10)
            due = None if after is None else time.time() + float(after)
            session.update(status="complete", payment_intent=intent["id"], _settles=due)
            self.store.save(session)
            self.tell("checkout.session.completed", session)
        return session

    def settle(self, id_: str, *, succeeds: bool = True) -> Thing:
        """What was promised arrives, or does not."""
        with self.store.transaction():
            session = self.session(id_)
            intent = self.store.get(session["payment_intent"])
            if intent is None or intent["status"] != "processing":
                raise invalid("session", "Nothing is on its way for this Checkout session.")
            session["_settles"] = None
            if succeeds:
                self._take(intent)
                session["payment_status"] = "paid"
            else:
                intent["status"] = "requires_payment_method"
                self.tell("payment_intent.payment_failed", self.store.save(intent))
            self.store.save(session)
            self.tell(f"checkout.session.async_payment_{'succeeded' if succeeds else 'failed'}", session)
        return session

    def expire(self, id_: str) -> Thing:
        """Close an open session. Raises StripeError when it is not open."""
        with self.store.transaction():
            session = self.session(id_)
            if session["status"] != "open":
                message = f'Only Checkout Sessions with a status in ["open"] can be expired. This one is {session["status"]}.'
                raise invalid("session", message)
            return self._expire(session)

    def refund(self, params: dict[str, Any]) -> Thing:
        """Give all or `amount` back."""
        with self.store.transaction():
            charge = self._charge(params)
            left = charge["amount"] - charge["amount_refunded"]
            amount = objects.whole(params.get("amount", str(left)), "amount")
            if charge["refunded"]:
                raise StripeError(400, f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
            if not 0 < amount <= left:
                raise invalid("amount", f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})")
            refund = self.store.save(objects.refund(self.store, charge, amount))
            charge["amount_refunded"] += amount
            charge["refunded"] = charge["amount_refunded"] == charge["amount"]
            self.tell("refund.created", refund)
            self.tell("charge.refunded", self.store.save(charge))
        return refund

    def dispute(self, params: dict[str, Any]) -> Thing:
        """Open a dispute on a charge, or (with `dispute` and `status`) move one on to `won` or `lost`."""
        with self.store.transaction():
            found = self.store.get(params.get("dispute"), "dispute")
            if found:
                found["status"] = params["status"]
                self.tell("charge.dispute.closed", self.store.save(found))
                return found
            charge = self._charge(params)
            charge["disputed"] = True
            self.store.save(charge)
            opened = self.store.save(objects.dispute(self.store, charge, params.get("status", "needs_response")))
            self.tell("charge.dispute.created", opened)
        return opened

    def due(self) -> None:
        """What happens with time alone: promises settle, sessions expire."""
        now = time.time()
        for session in self.store.all("checkout.session"):
            if session.get("_settles") and session["_settles"] <= now:
                self.settle(session["id"])
            elif session["status"] == "open" and session["expires_at"] <= now:
                with self.store.transaction():
                    self.session(session["id"])

    def _open(self, id_: str) -> tuple[Thing, Thing]:
        session = self.session(id_)
        if session["status"] != "open":
            raise invalid("session", COMPLETE if session["status"] == "complete" else "This Checkout Session has expired.")
        known = self.store.get(session.get("_intent"))
        return session, known or self.store.save(objects.payment_intent(self.store, session))

    def _take(self, intent: Thing) -> None:
        charge = self.store.save(objects.charge(self.store, intent, "succeeded"))
        intent.update(status="succeeded", amount_received=intent["amount"], latest_charge=charge["id"])
        self.tell("charge.succeeded", charge)
        self.tell("payment_intent.succeeded", self.store.save(intent))

    def _expire(self, session: Thing) -> Thing:
        session["status"] = "expired"
        self.tell("checkout.session.expired", self.store.save(session))
        return session

    def _charge(self, params: dict[str, Any]) -> Thing:
        intent = self.store.get(params.get("payment_intent"), "payment_intent")
        charge = self.store.get(intent["latest_charge"] if intent else params.get("charge"), "charge")
        if charge is None or not charge["paid"]:
            raise unknown("charge", str(params.get("payment_intent") or params.get("charge")), "charge")
        return charge
