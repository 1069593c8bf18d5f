"""Locked means locked, on every route that shows a part of a track."""

import pytest
from django.urls import reverse

from lessons import urls
from lessons.access import access_to, enroll, revoke

OPEN_TO = {"visitor": False, "alice": False, "bob": True, "charlie": False, "ivy": True, "olga": False, "stan": True}
LESSON = "caching-and-stampedes"
# Every route that shows or changes a part of a track; the catalogue and the track's own page are for everyone.
ROUTES = {
    "lesson": ("get", [LESSON]),
    "complete": ("post", [LESSON]),
    "question": ("get", [1]),
    "score": ("get", []),
}
FOR_EVERYONE = {"catalogue", "track"}


def test_no_route_is_left_out_of_this_table():
    assert {route.name for route in urls.urlpatterns} == set(ROUTES) | FOR_EVERYONE


@pytest.mark.parametrize("who", OPEN_TO)
@pytest.mark.parametrize("route", ["lesson", "complete"])
def test_a_locked_lesson_opens_for_those_who_may(client, people, paid, who, route):
    if who != "visitor":
        client.force_login(people[who])
    method, rest = ROUTES[route]
    answer = getattr(client, method)(reverse(f"lessons:{route}", args=[paid.slug, *rest]))
    if OPEN_TO[who]:
        assert answer.status_code in (200, 302)
    else:
        assert answer.status_code == 403
        text = answer.content.decode()
        assert "This track is locked" in text
        body = paid.lessons.get(slug=LESSON).parts[0]["html"]
        assert body[:80] not in text


@pytest.mark.parametrize("who", ["visitor", "alice", "charlie", "olga"])
def test_questions_of_a_locked_track_are_locked(client, people, paid, free, who):
    free.questions.update(track=paid)
    if who != "visitor":
        client.force_login(people[who])
    for url in ("/tracks/surviving-overload/questions/1/", "/tracks/surviving-overload/questions/score/"):
        assert client.get(url).status_code == 403
        assert client.post(url, {"value": "100"}).status_code == 403


def test_the_locked_track_says_so_and_lists_its_lessons(client, paid):
    text = client.get(paid.get_absolute_url()).content.decode()
    assert "This track is locked" in text
    assert "$39" in text
    for lesson in paid.lessons.all():
        assert lesson.title in text


def test_a_refund_leaves_access_from_another_source(people, paid):
    bob = people["bob"]
    enroll(bob, paid, "gift", "birthday")
    revoke(bob, paid, "purchase", "order-1")
    assert access_to(bob, paid).allowed
    revoke(bob, paid, "gift", "birthday")
    assert not access_to(bob, paid).allowed


def test_a_replayed_purchase_does_not_reopen_what_was_refunded(people, paid):
    enroll(people["charlie"], paid, "purchase", "order-2")
    assert not access_to(people["charlie"], paid).allowed


@pytest.mark.parametrize("url", ["/tracks/nothing/", "/tracks/system-scaling/nothing/", "/tracks/system-scaling/questions/99/"])
def test_what_does_not_exist_is_a_friendly_404(client, free, url):
    answer = client.get(url)
    assert answer.status_code == 404
    assert "text/html" in answer["Content-Type"]
