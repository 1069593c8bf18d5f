"""axe on every page, light and wide, dark and narrow. A route that the table below does not name fails."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import URLPattern, URLResolver, get_resolver
from playwright.sync_api import Page, expect

from courseware.accounts.demo import INSTRUCTOR, LEARNER, Demo

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
    "question": [f"{FREE}questions/{number}/" for number in range(1, 6)],
    "score": [f"{FREE}questions/score/"],
    "embed": [
        "/embed/system-scaling/load-balancing-strategies/strategies/",
        "/embed/system-scaling/why-systems-need-to-scale/one-server/",
    ],
    "account_login": ["/account/login/"],
    "account_signup": ["/account/signup/"],
    "account_reset_password": ["/account/password/reset/"],
    "account_reset_password_done": ["/account/password/reset/done/"],
    "account_reset_password_from_key": ["/account/password/reset/key/1-abc/"],
    "account_reset_password_from_key_done": ["/account/password/reset/key/done/"],
    "account_email_verification_sent": ["/account/confirm-email/"],
    "account_confirm_email": ["/account/confirm-email/no-such-key/"],
    "account_inactive": ["/account/inactive/"],
}
SIGNED_IN = {
    "account": ["/account/"],
    "account_email": ["/account/email/"],
    "account_change_password": ["/account/password/change/"],
    "account_logout": ["/account/logout/"],
    "account_reauthenticate": ["/account/reauthenticate/"],
    "mfa_index": ["/account/2fa/"],
    "mfa_activate_totp": ["/account/2fa/totp/activate/"],
    "buy": [f"{LOCKED}buy/"],
    "success": [f"{LOCKED}buy/done/"],
}
TEACHING = {"preview": ["/studio/"]}
# No page of their own: data, a form's target, or a step of signing in that redirects without its first half.
NO_PAGE = {
    "healthz", "robots", "webhook", "complete", "check", "cancelled",
    "account_set_password", "account_confirm_login_code", "mfa_authenticate", "mfa_reauthenticate",
    "mfa_deactivate_totp", "mfa_view_recovery_codes", "mfa_generate_recovery_codes", "mfa_download_recovery_codes",
}  # fmt: skip
LOOKS = [("light", 1440), ("dark", 390)]


def routes(patterns: list[URLPattern | URLResolver]) -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns)
        elif pattern.name:
            yield pattern.name


def test_every_route_is_looked_at_or_has_no_page():
    named = NO_PAGE | set(VISITOR) | set(SIGNED_IN) | set(TEACHING)
    assert set(routes(get_resolver().url_patterns)) == named


def sign_in(page: Page, url: str, who: Demo) -> None:
    page.goto(f"{url}/account/login/")
    page.get_by_label("Email").fill(who.email)
    page.get_by_label("Password", exact=True).fill(who.password)
    page.locator("main").get_by_role("button", name="Sign in").click()
    expect(page).not_to_have_url(f"{url}/account/login/")


def violations(page: Page, where: str) -> list[str]:
    """What axe holds against the page as it stands, after its scripts and transitions have come to rest."""
    page.wait_for_load_state("networkidle")
    panel = page.locator("simulation-panel")
    if panel.count():
        expect(panel.first.locator("[data-part=live]")).to_be_visible()
    found = Axe().run(page).response["violations"]
    return [f"{where}: {each['id']}: {node['html'][:160]}" for each in found for node in each["nodes"]]


def look(page: Page, url: str, pages: dict[str, list[str]], scheme: str, width: int) -> list[str]:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    page.set_viewport_size({"width": width, "height": 900})
    found = []
    for address in (address for group in pages.values() for address in group):
        page.goto(url + address)
        found += violations(page, f"{address} ({scheme}, {width})")
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if wide > 0:
            found.append(f"{address} ({scheme}, {width}): {wide} px wider than the window")
    return found


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_visitors_pages(page: Page, site, scheme: str, width: int):
    assert look(page, site.url, VISITOR, scheme, width) == []


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_a_page_that_is_not_there(page: Page, site, scheme: str, width: int):
    assert look(page, site.url, {"nothing": ["/no-such-page/"]}, scheme, width) == []


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_a_learners_pages(page: Page, site, scheme: str, width: int):
    sign_in(page, site.url, LEARNER)
    assert look(page, site.url, SIGNED_IN, scheme, width) == []


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_the_studio(page: Page, site, scheme: str, width: int):
    sign_in(page, site.url, INSTRUCTOR)
    assert look(page, site.url, TEACHING, scheme, width) == []
