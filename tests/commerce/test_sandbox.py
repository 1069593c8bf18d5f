"""The sandbox behaves as Stripe does where the site relies on it."""

import urllib.error
import urllib.request

import pytest
import stripe as library

from tests.commerce.conftest import start

PARAMS = {
    "mode": "payment",
    "line_items": [
        {
            "quantity": 1,
            "price_data": {"currency": "usd", "unit_amount": 3900, "product_data": {"name": "A <b>track</b>"}},
        }
    ],
    "metadata": {"order": "1"},
    "success_url": "http://localhost:1/done/",
    "cancel_url": "http://localhost:1/",
}


@pytest.fixture
def running(tmp_path):
    processes = []

    def run():
        process, found = start("http://127.0.0.1:9/", tmp_path / "state")
        processes.append(process)
        return process, found

    yield run
    for process in processes:
        process.kill()
        process.wait()


def client(found, key="sk_test_x"):
    return library.StripeClient(key, base_addresses={"api": found.url}, max_network_retries=0)


def test_the_same_key_gives_the_same_session_and_another_body_is_refused(running):
    sessions = client(running()[1]).v1.checkout.sessions
    first = sessions.create(PARAMS, {"idempotency_key": "k"})
    assert sessions.create(PARAMS, {"idempotency_key": "k"}).id == first.id
    with pytest.raises(library.IdempotencyError, match="same parameters"):
        sessions.create({**PARAMS, "cancel_url": "http://localhost:2/"}, {"idempotency_key": "k"})


def test_a_killed_sandbox_forgets_nothing(running):
    process, found = running()
    session = client(found).v1.checkout.sessions.create(PARAMS, {"idempotency_key": "k"})
    found("pay", session=session.id)
    process.kill()
    process.wait()
    _, again = running()
    assert client(again).v1.checkout.sessions.retrieve(session.id).payment_status == "paid"
    assert client(again).v1.checkout.sessions.create(PARAMS, {"idempotency_key": "k"}).id == session.id
    assert [each["state"] for each in again("deliveries")] == ["due"] * 3, "and the webhooks still go out"


def test_errors_are_stripes(running):
    _, found = running()
    with pytest.raises(library.InvalidRequestError, match=r"No such checkout\.session") as missing:
        client(found).v1.checkout.sessions.retrieve("cs_test_none")
    assert missing.value.http_status == 404
    with pytest.raises(library.AuthenticationError):
        client(found, "sk_live_x").v1.checkout.sessions.create(PARAMS)
    with pytest.raises(library.InvalidRequestError, match=r"line_items\[0\]\[price_data\]\[currency\]"):
        client(found).v1.checkout.sessions.create({**PARAMS, "line_items": [{"price_data": {"unit_amount": 1}}]})


def test_expand_refund_and_lists(running):
    _, found = running()
    api = client(found)
    session = api.v1.checkout.sessions.create(PARAMS)
    found("pay", session=session.id)
    seen = api.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent.latest_charge"]})
    assert seen.payment_intent.latest_charge.amount == 3900
    api.v1.refunds.create({"payment_intent": seen.payment_intent.id})
    assert api.v1.charges.retrieve(seen.payment_intent.latest_charge.id).refunded
    with pytest.raises(library.InvalidRequestError, match="already been refunded"):
        api.v1.refunds.create({"payment_intent": seen.payment_intent.id})
    assert [each.id for each in api.v1.checkout.sessions.list({"limit": 1}).auto_paging_iter()] == [session.id]


def test_the_page_escapes_and_answers_this_machine_only(running):
    _, found = running()
    session = client(found).v1.checkout.sessions.create(PARAMS)
    assert "A &lt;b&gt;track" in urllib.request.urlopen(session.url).read().decode()
    for url, headers, status in (
        (session.url, {"Host": "evil.example"}, 421),
        (f"{found.url}/_control/forget", {}, 403),
        (f"{found.url}/c/pay/cs_test_none", {}, 404),
    ):
        request = urllib.request.Request(url, b"{}" if "_control" in url else None, headers)
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request)
        assert refused.value.code == status
