"""Sign up, in, out, a forgotten password; what was done before is kept.

alice has an account, ivy teaches a track, gus is in the group of instructors, stan is staff.
"""

import re
from html import unescape
from io import StringIO

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core import mail
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from django.test import Client

from courseware.accounts.second_factor import SocketSecondFactor
from lessons.models import Lesson, LessonProgress, Track

PASSWORD = "seven-green-bicycles"


@pytest.fixture(autouse=True)
def fresh_limits():
    cache.clear()


@pytest.fixture
def lesson(db):
    track = Track.objects.create(uid="ss", slug="system-scaling", title="System Scaling", summary="s", order=1)
    return Lesson.objects.create(uid="ss-1", track=track, slug="why", number=1, title="Why", summary="s", minutes=5)


@pytest.fixture
def alice(db):
    return get_user_model().objects.create_user("alice", "alice@example.test", PASSWORD)


def done(client, lesson):
    answer = client.post(f"/tracks/{lesson.track.slug}/{lesson.slug}/done/")
    assert answer.status_code < 400


def sign_in(client, email="alice@example.test", password=PASSWORD, **more):
    return client.post("/account/login/", {"login": email, "password": password, **more})


def test_progress_survives_signing_up(client, lesson):
    done(client, lesson)
    assert LessonProgress.objects.get().user is None
    answer = client.post("/account/signup/", {"email": "Alice@Example.test", "password1": PASSWORD})
    assert answer.status_code == 302
    user = get_user_model().objects.get()
    assert user.email == "alice@example.test"
    assert LessonProgress.objects.get().user == user
    assert "visitor" not in client.session


def test_progress_survives_signing_in_and_is_not_the_next_persons(client, lesson, alice):
    done(client, lesson)
    assert sign_in(client).status_code == 302
    assert LessonProgress.objects.get().user == alice
    client.post("/account/logout/")
    bob = get_user_model().objects.create_user("bob", "bob@example.test", PASSWORD)
    sign_in(client, "bob@example.test")
    assert not LessonProgress.objects.filter(user=bob).exists()


def test_signing_out_takes_a_post(client, alice):
    client.force_login(alice)
    assert client.get("/account/logout/").status_code == 200
    assert client.get("/account/").status_code == 200
    client.post("/account/logout/")
    assert client.get("/account/").headers["Location"] == "/account/login/?next=/account/"


def test_next_leads_back_and_never_away(client, alice):
    there = "/tracks/system-scaling/"
    assert sign_in(client, next=there).headers["Location"] == there
    client.post("/account/logout/")
    assert sign_in(client, next="https://evil.example/").headers["Location"] == "/"


@pytest.mark.parametrize("page", ["/account/signup/", "/account/login/"])
def test_from_a_lesson_one_comes_back_to_it(client, lesson, alice, page):
    """Through the bar's link, and from one form through the link to the other."""
    here = lesson.get_absolute_url() + "?claim=c-1"
    link = re.search(r'href="(/account/login/[^"]*)"\s+data-sign-in', client.get(here).content.decode()).group(1)
    form = client.get(link).content.decode()
    if page == "/account/signup/":
        form = client.get(unescape(re.search(r'href="(/account/signup/[^"]*)"', form).group(1))).content.decode()
    there = unescape(re.search(r'name="next"\s+value="([^"]*)"|value="([^"]*)"\s+name="next"', form).group(1))
    assert there == here
    bar = unescape(re.search(r'href="(/account/login/[^"]*)"\s+data-sign-in', form).group(1))
    assert bar == unescape(link), "the bar above the form keeps the way"
    filled = (
        {"email": "new@example.test", "password1": PASSWORD} if "signup" in page else {"login": alice.email, "password": PASSWORD}
    )
    assert client.post(page, {**filled, "next": there}).headers["Location"] == here


@pytest.mark.parametrize("away", ["https://evil.example/", "//evil.example/", "/\\evil.example/", "javascript:alert(1)"])
def test_no_form_and_no_link_leads_away(client, db, away):
    filled = {"email": "new@example.test", "password1": PASSWORD, "next": away}
    assert client.post("/account/signup/", filled).headers["Location"] == "/"
    client.post("/account/logout/")
    page = client.get("/account/login/", {"next": away}).content.decode()
    assert 'href="/account/login/"' in page
    assert not re.search(r'href="[^"]*evil', page)


def test_a_newcomer_is_welcomed_and_who_comes_back_is_told_as_whom(client, db):
    words = client.post("/account/signup/", {"email": "new@example.test", "password1": PASSWORD}, follow=True).content.decode()
    assert "Welcome: your progress is kept under new@example.test." in words
    client.post("/account/logout/")
    again = sign_in(client, "new@example.test", next="/account/").headers["Location"]
    words = client.get(again).content.decode()
    assert "You are signed in as new@example.test." in words
    assert "Successfully" not in words


def test_a_forgotten_password_is_set_anew(client, alice):
    client.post("/account/password/reset/", {"email": alice.email})
    (letter,) = mail.outbox
    address = re.search(r"http://testserver(/account/password/reset/key/\S+)", letter.body).group(1)
    form = client.get(address, follow=True)
    client.post(form.redirect_chain[-1][0], {"password1": "eight-blue-tandems", "password2": "eight-blue-tandems"})
    assert sign_in(Client(), password="eight-blue-tandems").status_code == 302
    assert sign_in(Client()).status_code == 200, "the old one is out"


def test_a_reset_tells_nobody_who_has_an_account_and_an_address_is_taken_once(client, alice):
    answer = client.post("/account/password/reset/", {"email": "nobody@example.test"})
    assert answer.status_code == 302
    assert mail.outbox == []
    taken = client.post("/account/signup/", {"email": alice.email.upper(), "password1": "another-long-one"})
    assert b"already registered" in taken.content
    assert get_user_model().objects.count() == 1


def test_guessing_is_limited(client, alice):
    for _ in range(5):
        assert sign_in(client, password="wrong").status_code == 200
    blocked = sign_in(client)
    assert blocked.status_code != 302 or "_auth_user_id" not in client.session


def test_a_mail_server_that_is_down_stops_no_sign_up(client, db, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    answer = client.post("/account/signup/", {"email": "bob@example.test", "password1": PASSWORD})
    assert answer.status_code == 302
    assert "_auth_user_id" in client.session


def test_one_account_per_address_whatever_the_case(alice):
    with pytest.raises(IntegrityError):
        get_user_model().objects.create_user("other", "ALICE@example.test", PASSWORD)


def test_the_account_page_has_the_address_and_the_tracks(client, lesson, alice):
    client.force_login(alice)
    page = client.get("/account/").content.decode()
    assert alice.email in page
    assert "System Scaling" in page


def test_demo_accounts_are_made_twice_and_are_two(db, lesson, settings):
    settings.DEBUG = True
    said = StringIO()
    call_command("demo_accounts", stdout=said)
    call_command("demo_accounts", stdout=said)
    assert get_user_model().objects.count() == 2
    instructor = get_user_model().objects.get(email="instructor@headroom.test")
    assert lesson.track in instructor.tracks_taught.all()
    assert instructor.groups.filter(name="instructors").exists()
    for email, password in re.findall(r"(\S+@headroom.test)\s+(\S+)", said.getvalue()):
        assert sign_in(Client(), email, password).status_code == 302


def test_demo_accounts_are_refused_in_production(db):
    with pytest.raises(CommandError, match="DEBUG"):
        call_command("demo_accounts")


@pytest.mark.parametrize("name", ["ivy", "stan", "gus"])
def test_who_can_change_lessons_needs_a_second_factor(client, lesson, settings, name):
    settings.MFA_REQUIRED_FOR_STAFF = True
    user = get_user_model().objects.create_user(name, f"{name}@example.test", PASSWORD, is_staff=name == "stan")
    if name == "ivy":
        lesson.track.instructors.add(user)
    if name == "gus":
        user.groups.add(Group.objects.create(name="instructors"))
    client.force_login(user)
    for address in ("/", "/account/", "/studio/", lesson.track.get_absolute_url()):
        assert client.get(address).headers["Location"] == "/account/2fa/totp/activate/"
    assert client.get("/healthz").status_code in (200, 503)
    assert client.post("/account/logout/").headers["Location"] == "/"


def test_a_learner_needs_no_second_factor(client, alice, settings):
    settings.MFA_REQUIRED_FOR_STAFF = True
    client.force_login(alice)
    assert client.get("/account/").status_code == 200


@pytest.mark.parametrize(("required", "seen"), [(True, "visitor"), (False, "ivy@headroom.test")])
@pytest.mark.django_db(transaction=True)
async def test_without_the_second_factor_a_websocket_takes_an_author_for_a_visitor(settings, required, seen):
    settings.MFA_REQUIRED_FOR_STAFF = required
    ivy = await get_user_model().objects.acreate(username="ivy", email="ivy@headroom.test", is_staff=True)
    met: list[str] = []

    async def application(scope, receive, send):
        met.append(scope["user"].email if scope["user"].is_authenticated else "visitor")

    await SocketSecondFactor(application)({"user": ivy}, None, None)
    assert met == [seen]


def confirm(client):
    """Before something that would let another person in, the password is asked for once more."""
    assert b"Confirm that it is you" in client.get("/account/reauthenticate/").content
    client.post("/account/reauthenticate/", {"password": PASSWORD})


def code_of(secret):
    return totp.format_hotp_value(totp.hotp_value(secret, next(iter(totp.yield_hotp_counters_from_time()))))


def test_a_second_factor_is_set_up_used_and_taken_away(client, alice):
    sign_in(client)
    assert "reauthenticate" in client.get("/account/2fa/totp/activate/").headers["Location"]
    confirm(client)
    page = client.get("/account/2fa/totp/activate/")
    secret = re.search(r'id="authenticator-key"[^>]*value="(\w+)"', page.content.decode()).group(1)
    shown = client.post("/account/2fa/totp/activate/", {"code": code_of(secret)}, follow=True).content.decode()
    codes = re.findall(r"<li>(\w{8})</li>", shown)
    assert len(codes) == 10
    assert all(code.encode() in client.get("/account/2fa/recovery-codes/download/").content for code in codes)

    elsewhere = Client()
    assert sign_in(elsewhere).headers["Location"].startswith("/account/2fa/authenticate/")
    assert b"The second step" in elsewhere.get("/account/2fa/authenticate/").content
    assert elsewhere.get("/account/").status_code == 302, "a password alone is not enough"
    assert elsewhere.post("/account/2fa/authenticate/", {"code": "000000"}).status_code == 200
    assert elsewhere.post("/account/2fa/authenticate/", {"code": codes[0]}).status_code == 302
    assert elsewhere.get("/account/").status_code == 200
    assert b"9 left" in elsewhere.get("/account/2fa/").content

    assert client.get("/account/2fa/recovery-codes/generate/").status_code == 200
    client.post("/account/2fa/recovery-codes/generate/")
    assert b"10 of 10" in client.get("/account/2fa/recovery-codes/").content
    assert b"Switch the app off?" in client.get("/account/2fa/totp/deactivate/").content
    client.post("/account/2fa/totp/deactivate/")
    assert sign_in(Client()).headers["Location"] == "/"


def test_an_address_is_added_confirmed_and_the_old_one_removed(client, alice):
    sign_in(client)
    confirm(client)
    client.post("/account/email/", {"email": "alice@new.test", "action_add": ""})
    page = client.get("/account/email/").content.decode()
    assert "alice@new.test" in page
    assert "not confirmed yet" in page
    letter = next(letter for letter in mail.outbox if letter.to == ["alice@new.test"])
    address = re.search(r"http://testserver(/account/confirm-email/\S+)", letter.body).group(1)
    assert b"alice@new.test" in client.get(address).content
    client.post(address)
    client.post("/account/email/", {"email": "alice@new.test", "action_primary": ""})
    client.post("/account/email/", {"email": "alice@example.test", "action_remove": ""})
    alice.refresh_from_db()
    assert alice.email == "alice@new.test"
    assert b"alice@example.test" not in client.get("/account/email/").content.split(b'class="settings"')[1]
    assert sign_in(Client(), "alice@new.test").status_code == 302
    assert b"does not work any more" in client.get("/account/confirm-email/no-such-key/").content


def test_a_password_is_changed_and_the_old_one_is_out(client, alice):
    sign_in(client)
    assert b"Change your password" in client.get("/account/password/change/").content
    new = {"oldpassword": PASSWORD, "password1": "eight-blue-tandems", "password2": "eight-blue-tandems"}
    assert client.post("/account/password/change/", {**new, "oldpassword": "wrong"}).status_code == 200
    assert client.post("/account/password/change/", new).status_code == 302
    assert sign_in(Client()).status_code == 200
    assert sign_in(Client(), password="eight-blue-tandems").status_code == 302
