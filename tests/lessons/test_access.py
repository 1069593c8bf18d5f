"""Who may open a track, and why. Every address for everyone is tests/courseware/test_every_route.py."""

import pytest
from django.urls import reverse

from lessons.access import access_to, enroll, revoke
from tests.lessons.conftest import signed_in
from tests.lessons.content import SECRETS

EVERYONE = ["visitor", "alice", "bob", "refunded", "ivy", "charlie", "staff"]
ROUTES = {  # of a free track: name: (method, arguments below the track, status)
    "track": ("get", [], 200),
    "lesson": ("get", ["beginning"], 200),
    "complete": ("post", ["beginning"], 302),
    "check": ("get", ["beginning", 1], 302),
    "question": ("get", [1], 200),
    "score": ("get", [], 200),
}


def client_of(who, request, client):
    return client if who == "visitor" else signed_in(request.getfixturevalue(who))


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


def test_a_locked_track_says_where_to_try_what_to_know_and_what_is_in_it(client, locked, free, settings):
    settings.STRIPE_SANDBOX = True
    for url in (locked.get_absolute_url(), reverse("lessons:lesson", args=[locked.slug, "middle"])):
        page = " ".join(client.get(url).content.decode().split())
        assert f'the 2 lessons of <a href="{free.get_absolute_url()}">System Scaling</a> are free and built the same way' in page
        assert "<b>7</b><span>questions with explanations: 2 in the lessons, 5 at the end" in page
        assert page.index("Unlock for $39") < page.index("<b>Sandbox.</b> No money moves.") < page.index("You sign in first")
        settings.STRIPE_SANDBOX = False
        assert "Sandbox" not in client.get(url).content.decode()
        settings.STRIPE_SANDBOX = True


def test_a_locked_lesson_shows_what_it_is_and_keeps_what_it_says(client, locked):
    """Title, summary, length and the picture of the opening run; key points are part of the lesson."""
    answer = client.get(reverse("lessons:lesson", args=[locked.slug, "middle"]))
    page = " ".join(answer.content.decode().split())
    assert answer.status_code == 403
    assert "About The middle." in page
    assert "10 minutes of reading and trying, 1 live simulation, 1 question." in page
    assert answer.context["glimpse"].lesson.slug == "middle"
    assert 'class="syllabus"' not in page
    assert 'rel="prev"' in page
    assert "The first point." not in page


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
