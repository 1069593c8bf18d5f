"""From the buy page to open lessons, through the real client and the sandbox."""

import re
import urllib.request

from courseware.commerce.models import Order, StripeEvent


def test_a_visitor_signs_in_first_and_comes_back_to_buy(client, stripe, track):
    answer = client.get("/tracks/surviving-overload/buy/")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/account/login/?next=/tracks/surviving-overload/buy/"


def test_the_buy_page_says_what_it_costs_and_that_it_is_a_sandbox(purchase):
    page = purchase.client.get(purchase.address).content.decode()
    assert "$39" in page
    assert "Sandbox" in page
    assert not Order.objects.exists(), "looking makes no order"


def test_paid_means_unlocked_by_the_webhook_alone(purchase, stripe):
    session = purchase.begin()
    assert not purchase.open
    stripe("pay", session=session)
    stripe.flush()
    assert purchase.open
    assert purchase.order.state == "paid"
    assert {event.type for event in StripeEvent.objects.filter(order=purchase.order)} == {"checkout.session.completed"}


def test_paid_means_unlocked_by_coming_back_alone(purchase, quiet):
    session = purchase.begin()
    quiet("pay", session=session)
    assert not purchase.open
    page = purchase.come_back().content.decode()
    assert "is yours" in page
    assert purchase.open
    quiet("release")
    assert purchase.order.state == "paid"
    assert purchase.user.enrollments.count() == 1


def test_the_payment_page_pays_and_leads_back(purchase, stripe):
    url = purchase.press()
    page = urllib.request.urlopen(url)
    html = page.read().decode()
    assert "Sandbox. No money moves." in html
    assert "script" not in html
    assert "style=" not in html
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert re.findall(r'name="way" value="(\w+)"', html) == ["pay", "decline", "later", "leave"]
    declined = urllib.request.urlopen(url, b"way=decline").read().decode()
    assert "declined" in declined
    assert purchase.come_back().status_code == 302, "not finished: back to the buy page"
    opener = urllib.request.build_opener(NoRedirect)
    back = opener.open(urllib.request.Request(url, b"way=pay"))
    assert back.headers["Location"].endswith(f"/buy/done/?order={purchase.order.pk}")
    assert "complete" in urllib.request.urlopen(url, b"way=pay").read().decode(), "pressed twice, paid once"
    stripe.flush()
    assert purchase.open


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def http_error_303(self, request, response, code, message, headers):
        return response


def test_two_tabs_and_a_double_click_find_one_order_and_one_session(purchase):
    assert purchase.press() == purchase.press()
    assert Order.objects.count() == 1


def test_an_open_track_is_not_sold_again(purchase, stripe):
    stripe("pay", session=purchase.begin())
    stripe.flush()
    for answer in (purchase.client.get(purchase.address), purchase.client.post(purchase.address)):
        assert answer.status_code == 302
        assert answer.headers["Location"] == purchase.track.get_absolute_url()
    assert Order.objects.count() == 1


def test_a_slow_payment_stays_locked_until_it_arrives(purchase, stripe):
    session = purchase.begin()
    stripe("promise", session=session)
    stripe.flush()
    assert not purchase.open
    assert "on its way" in purchase.come_back().content.decode()
    assert "/buy/done/" in purchase.press(), "nothing more to pay meanwhile"
    stripe("settle", session=session)
    stripe.flush()
    assert purchase.open


def test_a_slow_payment_that_fails_stays_locked_and_can_be_tried_again(purchase, stripe):
    session = purchase.begin()
    stripe("promise", session=session)
    stripe("settle", session=session, succeeds=False)
    stripe.flush()
    assert purchase.order.state == "failed"
    assert not purchase.open
    assert "did not go through" in purchase.come_back().content.decode()
    assert purchase.begin() != session


def test_an_expired_session_makes_room_for_a_new_order(purchase, stripe):
    first = purchase.begin()
    stripe("expire", session=first)
    stripe.flush()
    assert purchase.order.state == "expired"
    assert purchase.begin() != first


def test_a_new_price_closes_the_old_session(purchase, quiet):
    first = purchase.begin()
    purchase.track.price_cents = 4900
    purchase.track.save()
    second = purchase.begin()
    assert second != first
    assert {s["id"]: s["status"] for s in quiet("sessions")}[first] == "expired"
    assert purchase.order.amount == 4900


def test_leaving_changes_nothing(purchase):
    first = purchase.press()
    answer = purchase.client.get(f"{purchase.address}cancelled/", follow=True)
    assert "Nothing was charged" in answer.content.decode()
    assert purchase.press() == first


def test_somebody_elses_order_is_a_404(purchase, bob, client):
    purchase.begin()
    client.force_login(bob)
    assert purchase.come_back().status_code == 404
    assert client.get(f"{purchase.address}done/", {"order": "x"}).status_code == 404


def test_free_and_unknown_tracks_are_not_for_sale(purchase):
    assert purchase.client.get("/tracks/unknown/buy/").status_code == 404
    purchase.track.price_cents = None
    purchase.track.save()
    assert purchase.client.get(purchase.address).status_code == 302


def test_stripe_being_away_is_said_in_words_and_tried_again_with_the_same_order(purchase, stripe):
    stripe("behaviour", outage=True)
    answer = purchase.client.post(purchase.address)
    assert answer.status_code == 502
    assert "Nothing was charged" in answer.content.decode()
    stripe.webhooks()
    purchase.begin()
    assert Order.objects.count() == 1
