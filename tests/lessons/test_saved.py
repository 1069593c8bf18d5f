"""Saved runs: named, kept, listed, resumed, renamed, deleted; only by whoever saved them, and only while they may.

alice learns, bob bought the locked track, charlie is somebody else.
"""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse

from lessons.access import revoke
from lessons.models import Lesson, SavedRun
from lessons.progress import SESSION_KEY, Learner, merge
from lessons.saved import NotSaved, keep
from simulator import Change, Experiment, load_scenario
from tests.lessons.conftest import signed_in

SCENARIO = load_scenario("load-balancing-strategies")
EXPERIMENT = Experiment(SCENARIO, 7, (Change(0.0, "arrival_rate", 500.0), Change(3.0, "stop.2", True)))
RUN = {"name": "One server less", "link": EXPERIMENT.to_link(), "at": "4.25"}
HTMX = {"HX-Request": "true"}
LIST = "/account/runs/"


def place(track) -> str:
    return reverse("lessons:save", args=[track.slug, "beginning", "strategies"])


def lesson_of(track) -> Lesson:
    return Lesson.objects.get(track=track, slug="beginning")


def saved(client, track, **changes) -> SavedRun:
    assert client.post(place(track), RUN | changes).status_code == 302
    return SavedRun.objects.latest("pk")


def test_a_run_is_saved_listed_and_resumed_where_it_was(free, alice):
    client = signed_in(alice)
    one = saved(client, free)
    assert (one.user, one.name, one.at, one.link) == (alice, "One server less", 4.25, RUN["link"])
    page = client.get(LIST).content.decode()
    assert "One server less" in page
    assert "at 4.25 s" in page
    answer = client.get(f"{LIST}{one.pk}/")
    assert answer.status_code == 302
    assert answer["Location"] == f"/tracks/system-scaling/beginning/#sim-strategies={RUN['link']}@4.250"
    assert Experiment.from_link(one.link, SCENARIO) == EXPERIMENT


def test_the_panel_has_the_form_and_htmx_gets_a_sentence(free, alice):
    client = signed_in(alice)
    page = client.get(free.lessons.get(slug="beginning").get_absolute_url()).content.decode()
    assert f'action="{place(free)}"' in page
    said = client.post(place(free), RUN, headers=HTMX).content.decode()
    assert "Saved as <b>One server less</b>" in said
    assert "<html" not in said


def test_the_same_name_again_takes_the_place_of_the_first(free, alice):
    client = signed_in(alice)
    first = saved(client, free)
    saved(client, free, at="9")
    one = SavedRun.objects.get()
    assert (one.pk, one.at, one.made_at) == (first.pk, 9.0, first.made_at)
    assert one.updated_at > first.updated_at


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": "  \n "}, "Give the run a name"),
        ({"name": "x" * 81}, "Give the run a name"),
        ({"link": "nonsense"}, "damaged"),
        ({"link": Experiment(load_scenario("one-server"), 1).to_link()}, "earlier version"),
        ({"at": "nan"}, "within a day"),
        ({"at": "-1"}, "within a day"),
        ({"at": "1e999"}, "within a day"),
    ],
)
def test_what_is_no_run_is_refused_in_words_and_not_kept(free, alice, wrong, said):
    answer = signed_in(alice).post(place(free), RUN | wrong, headers=HTMX)
    assert (answer.status_code, said in answer.content.decode()) == (422, True)
    assert not SavedRun.objects.exists()


def test_what_is_typed_as_a_name_stays_text(free, alice):
    client = signed_in(alice)
    saved(client, free, name="<script>x</script>\u202e\x00 end")
    page = client.get(LIST).content.decode()
    assert "&lt;script&gt;x&lt;/script&gt; end" in page
    assert "<script>x" not in page


def test_renamed_and_deleted_with_htmx_and_without(free, alice):
    client = signed_in(alice)
    one = saved(client, free)
    url = f"{LIST}{one.pk}/"
    assert client.post(url, {"name": "Another"})["Location"] == LIST
    said = client.post(url, {"name": "A third"}, headers=HTMX).content.decode()
    assert said.lstrip().startswith('<section id="runs"')
    assert "<h2>A third</h2>" in said
    assert client.post(url, {"name": " "}).status_code == 422
    assert SavedRun.objects.get().name == "A third"
    assert client.get(f"{url}delete/").status_code == 405
    assert "None yet" in client.post(f"{url}delete/", headers=HTMX).content.decode()
    saved(client, free)
    assert client.post(f"{LIST}{SavedRun.objects.get().pk}/delete/")["Location"] == LIST
    assert not SavedRun.objects.exists()


def test_nobody_else_sees_opens_renames_or_deletes_it(free, alice, charlie, staff):
    one = saved(signed_in(alice), free)
    for other in (Client(), signed_in(charlie), signed_in(staff)):
        assert "One server less" not in other.get(LIST).content.decode()
        assert other.get(f"{LIST}{one.pk}/").status_code == 404
        assert other.post(f"{LIST}{one.pk}/", {"name": "mine"}).status_code == 404
        assert other.post(f"{LIST}{one.pk}/delete/").status_code == 404
    assert SavedRun.objects.get().name == "One server less"


def test_a_visitor_saves_is_offered_an_account_and_keeps_it_through_signing_in(free, alice, client):
    said = client.post(place(free), RUN, headers=HTMX).content.decode()
    assert "/account/login/?next=/tracks/system-scaling/beginning/" in said
    assert "create an account" in client.get(LIST).content.decode()
    assert SavedRun.objects.get().user is None
    client.force_login(alice, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert (SavedRun.objects.get().user, SavedRun.objects.get().visitor) == (alice, None)
    assert SESSION_KEY not in client.session
    assert "One server less" in client.get(LIST).content.decode()


def test_a_refund_closes_what_was_saved_while_the_track_was_open(locked, bob):
    client = signed_in(bob)
    one = saved(client, locked)
    assert client.get(f"{LIST}{one.pk}/").status_code == 302
    revoke(bob, locked, "purchase", "order-1")
    answer = client.get(f"{LIST}{one.pk}/")
    assert answer.status_code == 403
    page = client.get(LIST).content.decode()
    for text in (answer.content.decode(), page):
        assert "Its track is locked." in text
        assert RUN["link"] not in text
        assert ">Resume<" not in re.sub(r"\s", "", text)
    assert client.post(place(locked), RUN).status_code == 403


def test_a_run_of_an_earlier_engine_is_said_to_be_one(free, alice, monkeypatch):
    client = signed_in(alice)
    one = saved(client, free)
    monkeypatch.setattr("simulator.experiment.ENGINE_VERSION", "another")
    assert "Made with an earlier version of the simulation" in client.get(LIST).content.decode()
    assert client.get(f"{LIST}{one.pk}/").status_code == 410


def test_a_run_whose_lesson_is_gone_is_said_to_be_one(free, alice):
    client = signed_in(alice)
    one = saved(client, free)
    Lesson.objects.filter(track=free).update(published=False)
    assert "no longer has this simulation" in client.get(LIST).content.decode()
    assert client.get(f"{LIST}{one.pk}/").status_code == 410


def full(learner: Learner, lesson: Lesson, runs: int = SavedRun.MOST) -> None:
    fields = {"lesson": lesson, "simulation": "strategies", "link": RUN["link"]}
    SavedRun.objects.bulk_create(SavedRun(**learner.owner, **fields, name=str(n), place=n) for n in range(runs))


def test_a_hundred_is_the_most_and_a_deleted_one_makes_room(free, alice):
    client, lesson = signed_in(alice), lesson_of(free)
    full(Learner(user=alice), lesson)
    answer = client.post(place(free), RUN, headers=HTMX)
    assert (answer.status_code, "that is the most" in answer.content.decode()) == (422, True)
    SavedRun.objects.filter(place=40).delete()
    assert saved(client, free).place == 40
    with pytest.raises(NotSaved):
        keep(Learner(user=alice), lesson, "strategies", "one more", RUN["link"], "0")


def test_of_a_visitors_runs_the_latest_find_room_in_the_account(free, alice, client):
    full(Learner(user=alice), lesson_of(free), SavedRun.MOST - 1)
    saved(client, free, name="older")
    saved(client, free, name="newer")
    visitor = client.session[SESSION_KEY]
    merge(visitor, alice)
    merge(visitor, alice)
    assert SavedRun.objects.filter(user=alice).count() == SavedRun.MOST
    assert list(SavedRun.objects.exclude(name__regex=r"^\d+$").values_list("name", flat=True)) == ["newer"]


@pytest.mark.django_db(transaction=True)
def test_many_saves_at_once_are_all_kept_and_never_too_many(transactional_db, free, alice):
    lesson = lesson_of(free)
    full(Learner(user=alice), lesson, SavedRun.MOST - 3)

    def one(number: int) -> bool:
        try:
            keep(Learner(user=alice), lesson, "strategies", f"parallel {number}", RUN["link"], "1")
        except NotSaved:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(one, range(6)))
    assert sum(done) == SavedRun.objects.filter(name__startswith="parallel").count() <= 3
    assert SavedRun.objects.filter(user=alice).count() <= SavedRun.MOST
