"""Locked means locked: every address of a track, for everyone."""

import pytest
from django.urls import get_resolver, reverse

from lessons.access import access_to, enroll, revoke
from tests.lessons.conftest import signed_in
from tests.lessons.content import SECRETS

OPEN = {"bob", "ivy", "staff"}
EVERYONE = ["visitor", "alice", "bob", "refunded", "ivy", "charlie", "staff"]
ROUTES = {  # name: (method, arguments below the track, status when open)
    "lesson": ("get", ["beginning"], 200),
    "complete": ("post", ["beginning"], 302),
    "check": ("get", ["beginning", 1], 302),
    "question": ("get", [1], 200),
    "score": ("get", [], 200),
}
ALWAYS_OPEN = {"catalogue", "track"}
FREE_ONLY = {"embed"}  # test_embed.py: a locked one is refused whoever asks


def client_of(who, request, client):
    return client if who == "visitor" else signed_in(request.getfixturevalue(who))


def test_every_route_of_the_course_is_in_the_table():
    names = {key for key in get_resolver("lessons.urls").reverse_dict if isinstance(key, str)}
    assert names == set(ROUTES) | ALWAYS_OPEN | FREE_ONLY


@pytest.mark.parametrize("who", EVERYONE)
@pytest.mark.parametrize("name", ROUTES)
def test_locked_track(who, name, locked, client, request):
    method, arguments, status = ROUTES[name]
    url = reverse(f"lessons:{name}", args=[locked.slug, *arguments])
    response = getattr(client_of(who, request, client), method)(url)
    assert response.status_code == (status if who in OPEN else 403)
    if who not in OPEN:
        page = response.content.decode()
        assert "This track is locked" in page
        assert not any(secret in page for secret in (*SECRETS, "/ws/tracks/surviving", "arrival_rate"))


@pytest.mark.parametrize("who", EVERYONE)
@pytest.mark.parametrize("name", ["question", "score"])
def test_nobody_answers_a_locked_question(who, name, locked, client, request):
    url = reverse(f"lessons:{name}", args=[locked.slug, *([1] if name == "question" else [])])
    status = client_of(who, request, client).post(url, {"choice": "x"}).status_code
    assert (status == 403) == (who not in OPEN)


@pytest.mark.parametrize("who", EVERYONE)
@pytest.mark.parametrize("name", ROUTES)
def test_free_track_is_open_to_everyone(who, name, free, locked, client, request):
    method, arguments, status = ROUTES[name]
    url = reverse(f"lessons:{name}", args=[free.slug, *arguments])
    assert getattr(client_of(who, request, client), method)(url).status_code == status


def test_the_track_page_of_a_locked_track_lists_titles_and_tells_no_more(client, locked):
    page = client.get(locked.get_absolute_url()).content.decode()
    assert "This track is locked" in page
    assert "One purchase unlocks all 2 lessons" in page
    assert "The middle" in page
    assert not any(secret in page for secret in SECRETS)


def test_the_reasons(locked, free, alice, bob, ivy, staff, refunded):
    said = {user and user.username: access_to(user, locked).reason for user in (None, alice, bob, ivy, staff, refunded)}
    assert said == {
        None: "sign_in", "alice": "locked", "bob": "enrolled", "ivy": "instructor", "stella": "staff", "rita": "locked",
    }  # fmt: skip
    assert access_to(None, free).reason == "free"


def test_a_closed_account_opens_nothing(locked, bob):
    bob.is_active = False
    assert not access_to(bob, locked).allowed


def test_a_refund_takes_back_only_what_its_order_gave(locked, bob):
    enroll(bob, locked, "gift", "from-ivy")
    revoke(bob, locked, "purchase", "order-1")
    assert access_to(bob, locked).allowed
    revoke(bob, locked, "gift", "from-ivy")
    assert not access_to(bob, locked).allowed


def test_a_replayed_purchase_does_not_reopen_what_was_refunded(locked, bob):
    revoke(bob, locked, "purchase", "order-1")
    enroll(bob, locked, "purchase", "order-1")
    assert not access_to(bob, locked).allowed


def test_a_refund_that_comes_before_its_purchase_still_counts(locked, alice):
    revoke(alice, locked, "purchase", "order-9")
    enroll(alice, locked, "purchase", "order-9")
    assert not access_to(alice, locked).allowed


def test_access_costs_one_query(locked, alice, django_assert_num_queries):
    with django_assert_num_queries(1):
        access_to(alice, locked)
