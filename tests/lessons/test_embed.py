"""A simulation in a frame on somebody else's page: free ones for everybody, locked ones for nobody."""

import pytest
from django.urls import reverse

from tests.lessons.conftest import signed_in


def url(track, simulation: str = "strategies") -> str:
    return reverse("lessons:embed", args=[track.slug, "beginning", simulation])


def test_a_free_panel_may_be_framed_and_no_other_page_may(client, free):
    framed = client.get(url(free))
    assert framed.status_code == 200
    assert "frame-ancestors *" in framed["Content-Security-Policy"]
    assert "X-Frame-Options" not in framed
    assert "script-src 'self'" in framed["Content-Security-Policy"]
    page = framed.content.decode()
    assert "<simulation-panel" in page
    assert "BODY-OF-" not in page
    lesson = client.get(reverse("lessons:lesson", args=[free.slug, "beginning"]))
    assert "frame-ancestors 'none'" in lesson["Content-Security-Policy"]
    assert lesson["X-Frame-Options"] == "DENY"
    assert f"/embed/{free.slug}/beginning/strategies/" in lesson.content.decode()


@pytest.mark.parametrize("who", ["alice", "bob", "ivy", "staff"])
def test_a_locked_panel_is_framed_for_nobody(who, locked, request):
    response = signed_in(request.getfixturevalue(who)).get(url(locked))
    assert response.status_code == 403
    page = response.content.decode()
    assert "locked" in page
    assert not any(secret in page for secret in ("arrival_rate", "/ws/tracks", "Experiment:"))


def test_an_own_lesson_offers_no_frame_for_a_locked_panel(locked, bob):
    page = signed_in(bob).get(reverse("lessons:lesson", args=[locked.slug, "beginning"])).content.decode()
    assert "<simulation-panel" in page
    assert "iframe" not in page


def test_what_is_not_there_is_not_found(client, free):
    assert client.get(url(free, "no-such")).status_code == 404
