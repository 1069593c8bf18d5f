"""axe on every page and its states, light and dark, wide and narrow. A route that the tables do not name fails."""

import json
import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.urls import URLPattern, URLResolver, get_resolver
from playwright.sync_api import Page, expect

from courseware.accounts.demo import INSTRUCTOR, LEARNER
from tests.browser.conftest import WIDER, fill_in, settle, sign_in, sign_up

FREE, LOCKED = "/tracks/system-scaling/", "/tracks/surviving-overload/"
LESSONS = (
    "why-systems-need-to-scale",
    "vertical-scaling",
    "horizontal-scaling",
    "load-balancing",
    "load-balancing-strategies",
    "stateless-servers",
    "autoscaling",
    "cdns",
    "scalable-system-architecture",
)
# Route name → the addresses that are looked at, for whom it shows most.
VISITOR = {
    "catalogue": ["/"],
    "track": [FREE, LOCKED],
    "lesson": [*(f"{FREE}{lesson}/" for lesson in LESSONS), f"{LOCKED}caching-and-stampedes/", f"{LOCKED}replication/"],
    "print": [f"{FREE}load-balancing-strategies/print/", f"{FREE}vertical-scaling/print/"],
    "glossary": ["/glossary/"],
    "search": ["/search/", "/search/?q=queue", "/search/?q=zebra", "/search/?q=***"],
    "question": [f"{FREE}questions/{number}/" for number in range(1, 6)],
    "score": [f"{FREE}questions/score/"],
    "embed": [
        "/embed/system-scaling/load-balancing-strategies/strategies/",
        "/embed/system-scaling/why-systems-need-to-scale/one-server/",
    ],
    "runs": ["/account/runs/"],
    "account_login": ["/account/login/"],
    "account_signup": ["/account/signup/"],
    "account_reset_password": ["/account/password/reset/"],
    "account_reset_password_done": ["/account/password/reset/done/"],
    "account_reset_password_from_key": ["/account/password/reset/key/1-abc/"],
    "account_reset_password_from_key_done": ["/account/password/reset/key/done/"],
    "account_email_verification_sent": ["/account/confirm-email/"],
    "account_confirm_email": ["/account/confirm-email/no-such-key/"],
    "account_inactive": ["/account/inactive/"],
    "nothing": ["/no-such-page/"],
}
SIGNED_IN = {
    "account": ["/account/"],
    "account_email": ["/account/email/"],
    "account_change_password": ["/account/password/change/"],
    "account_logout": ["/account/logout/"],
    "account_reauthenticate": ["/account/reauthenticate/"],
    "mfa_index": ["/account/2fa/"],
    "buy": [f"{LOCKED}buy/"],
    "success": [f"{LOCKED}buy/done/"],
    "not theirs": ["/studio/"],
}
TEACHING = {"preview": ["/studio/"]}
# Seen where they belong: after a purchase, and with a second step.
ON_THE_WAY = {
    "mfa_activate_totp", "mfa_authenticate", "mfa_reauthenticate", "mfa_deactivate_totp", "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes",
}  # fmt: skip
# No page of their own: data, a form's target, a step that redirects, or one that this site does not offer.
NO_PAGE = {
    "healthz", "robots", "webhook", "complete", "check", "cancelled", "save", "run", "delete_run", "prediction", "shown",
    "account_set_password", "account_confirm_login_code", "mfa_download_recovery_codes",
}  # fmt: skip
REFUSED = {
    f"{LOCKED}caching-and-stampedes/": 403,
    f"{LOCKED}replication/": 403,
    f"{LOCKED}buy/done/": 404,
    "/no-such-page/": 404,
    "/studio/": 403,
}
ONLY_WRONG = {"resultTypes": ["violations"]}  # to tell of all that is right takes axe as long as to look
HOLD = "async options => (await axe.run(document, options)).violations"
Scheme = Literal["light", "dark"]
LOOKS: list[tuple[Scheme, int]] = [("light", 1440), ("dark", 820), ("light", 390)]


def routes(patterns: list[URLPattern | URLResolver]) -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns)
        elif pattern.name:
            yield pattern.name


def test_every_route_is_looked_at_or_has_no_page():
    named = NO_PAGE | ON_THE_WAY | VISITOR.keys() | SIGNED_IN.keys() | TEACHING.keys()
    assert set(routes(get_resolver().url_patterns)) == named - {"nothing", "not theirs"}


class Looks:
    """Looks at pages as they stand, in each scheme and width in turn; what is wrong is told at the end, all at once.

    One page in all looks, as somebody sees it who turns a tablet or switches to dark: to open it anew for each
    would take longer than to look.
    """

    def __init__(self, page: Page) -> None:
        self.page, self.found = page, list[str]()
        page.emulate_media(reduced_motion="reduce")

    def __call__(self, where: str) -> None:
        for scheme, width in LOOKS:
            self.turn(scheme, width)
            self.at(where)

    def turn(self, scheme: Scheme, width: int) -> None:
        self.page.emulate_media(color_scheme=scheme)
        self.page.set_viewport_size({"width": width, "height": 900})

    def at(self, where: str) -> None:
        """Hold against the page, after its scripts and transitions have come to rest, what axe does."""
        settle(self.page)
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE_SCRIPT)
        found = self.page.evaluate(HOLD, ONLY_WRONG)
        where = f"{where} at {self.page.viewport_size}"
        self.found += [f"{where}: {each['id']}: {node['html'][:160]}" for each in found for node in each["nodes"]]
        if self.page.evaluate(WIDER):
            self.found.append(f"{where}: wider than the window")


@pytest.fixture
def look(page: Page) -> Iterator[Looks]:
    looks = Looks(page)
    yield looks
    assert looks.found == []


def look_at(page: Page, site, look: Looks, complaints, pages: dict[str, list[str]]) -> None:
    for path in (path for group in pages.values() for path in group):
        refused = None if pages is TEACHING else REFUSED.get(path)
        if refused:
            complaints.expected.add(site.url + path)
        answer = page.goto(site.url + path)
        assert answer is not None
        assert answer.status == (refused or 200), path
        look(path)


@pytest.mark.parametrize("name", VISITOR)
def test_visitors_pages(page: Page, site, complaints, look, name: str):
    look_at(page, site, look, complaints, {name: VISITOR[name]})


def test_a_learners_pages(page: Page, site, complaints, look):
    sign_in(page, site.url, LEARNER)
    look_at(page, site, look, complaints, SIGNED_IN)
    page.goto(f"{site.url}/account/2fa/totp/activate/")
    page.get_by_label("Password").fill(LEARNER.password)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_label("Key")).to_be_visible()
    look("/account/2fa/totp/activate/")


def test_the_studio(page: Page, site, complaints, look):
    sign_in(page, site.url, INSTRUCTOR)
    look_at(page, site, look, complaints, TEACHING)
    for name, source in (("a lesson", Path("lessons/content/system-scaling/08-cdns.md").read_text()), ("mistakes", "nothing")):
        page.get_by_label("Lesson source in Markdown").fill(source)
        page.get_by_role("button", name="Preview").click()
        expect(page.locator(".studio-head .state")).to_have_text("No problems" if name == "a lesson" else re.compile("problem"))
        look(f"/studio/ with {name}")


TEMPLATES = """
import json
from django.template.loader import render_to_string
names = ("400", "403", "403_csrf", "404", "429", "500", "503")
print(json.dumps({name: render_to_string(f"{name}.html", {"site_name": "Headroom"}) for name in names}))
"""


def test_error_pages(page: Page, site, complaints, look):
    """Those that a browser is not easily brought to are drawn by their templates, at an address of the site."""
    for name, text in json.loads(site.manage("shell", "-v", "0", "-c", TEMPLATES)).items():
        address = f"{site.url}/error-{name}/"
        page.route(address, lambda route, _, text=text: route.fulfill(body=text, content_type="text/html"))
        page.goto(address)
        look(f"{name}.html")


def test_questions_and_checks_in_every_state(page: Page, site, complaints, look, questions):
    for number, (kind, data) in enumerate(questions, start=1):
        page.goto(f"{site.url}{FREE}questions/{number}/")
        if number == 3:  # nothing chosen: refused in words
            complaints.expected.add(page.url)
            page.get_by_role("button", name="Check answer").click()
            expect(page.get_by_role("alert")).to_be_visible()
            look("question 3, refused")
        if kind == "number" and number == 1:
            page.get_by_label("Your answer").fill("1")
        elif number != 2:
            fill_in(page, kind, data)
        page.get_by_role("button", name="Check answer").click()
        expect(page.locator(".feedback-title")).to_be_visible(timeout=30_000)
        look(f"question {number}, graded")
    page.goto(f"{site.url}{FREE}questions/score/")
    look("score, all answered")
    page.goto(f"{site.url}{FREE}load-balancing-strategies/")
    page.locator("#check-2").get_by_role("button", name="Check answer").click()
    expect(page.locator("#check-2 .feedback-title")).to_be_visible(timeout=30_000)
    look("a lesson, its challenge tried")
    page.get_by_role("button", name="Mark as done").click()
    expect(page.get_by_role("button", name="Mark as not done")).to_be_visible()
    look("a lesson, done")
    for scheme, width in LOOKS:
        look.turn(scheme, width)
        page.locator("[data-outline-toggle]").click()  # a drawer that opens, or a column that goes
        look.at("a lesson, its outline the other way")
        page.keyboard.press("Escape")


def test_the_way_through_the_shop(page: Page, site, complaints, look):
    sign_up(page, site.url, f"{uuid.uuid4().hex[:8]}@headroom.test")
    look("/ with a message")
    page.goto(f"{site.url}{LOCKED}buy/")
    page.get_by_role("button", name=re.compile("^Pay")).click()
    expect(page).to_have_url(re.compile("/c/pay/"))
    look("the sandbox's payment page")
    page.get_by_role("button", name="Simulate a payment").click()
    expect(page.get_by_text("is yours.")).to_be_visible(timeout=30_000)
    look("/buy/done/")
    for path in ("/account/", LOCKED, f"{LOCKED}caching-and-stampedes/", f"{LOCKED}replication/"):
        page.goto(site.url + path)
        look(f"{path} of a buyer")


WITH_TWO_STEPS = """
from allauth.account.models import EmailAddress
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth import get_user_model
user = get_user_model().objects.create_user("{email}", "{email}", "{password}")
EmailAddress.objects.create(user=user, email="{email}", verified=True, primary=True)
TOTP.activate(user, generate_totp_secret())
RecoveryCodes.activate(user)
print(RecoveryCodes(user.authenticator_set.get(type="recovery_codes")).get_unused_codes())
"""


def test_two_steps(page: Page, site, complaints, look):
    email, password = f"{uuid.uuid4().hex[:8]}@headroom.test", "a-queue-of-two"
    codes = re.findall(r"\w{8}", site.manage("shell", "-v", "0", "-c", WITH_TWO_STEPS.format(email=email, password=password)))
    page.goto(f"{site.url}/account/login/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.locator("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="The second step")).to_be_visible()
    look("/account/2fa/authenticate/")
    page.get_by_label("Code").fill(codes[0])
    page.get_by_role("button", name="Sign in").click()
    expect(page).not_to_have_url(re.compile("authenticate"))
    page.goto(f"{site.url}/account/2fa/reauthenticate/?next=/account/2fa/")
    look("/account/2fa/reauthenticate/")
    page.get_by_label("Code").fill(codes[1])
    page.get_by_role("button", name="Go on").click()
    for path in ("", "recovery-codes/", "recovery-codes/generate/", "totp/deactivate/"):
        page.goto(f"{site.url}/account/2fa/{path}")
        look(f"/account/2fa/{path} with two steps")
