"""A | B: the same requests for two settings, side by side."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import press
from tests.browser.test_journey import until
from tests.browser.test_panel import opened, pressed, settings

pytestmark = pytest.mark.usefixtures("width")


def test_a_and_b_get_the_same_requests_and_the_server_says_what_is_real(page: Page, site, complaints):
    panel = opened(page, site)
    expect(page.locator(".lab-head [aria-current]")).to_have_text("Run")
    pressed(page, "Compare A | B")
    expect(page.locator(".lab-head [aria-current]")).to_have_text("Compare")
    page.locator("#sim-strategies").get_by_role("radio", name="Random").check(force=True)
    until(lambda: panel.evaluate("panel => panel.runs[1].settings.strategy") == "random", "B's strategy")
    assert settings(panel)["strategy"] == "round-robin"
    expect(page.locator(".stage-cap .setting").nth(0)).to_have_text("Round robin")
    expect(page.locator(".stage-cap .setting").nth(1)).to_have_text("Random")
    joins = "panel => Math.min(...panel.runs.map(run => run.playback.segments.at(-1).events.filter(e => e[1] === 'join').length))"
    until(lambda: panel.evaluate(joins) > 40, "some requests on both sides")
    heads, seeds, joins = panel.evaluate(
        """panel => [panel.runs.map(run => run.playhead), panel.runs.map(run => run.seed),
        panel.runs.map(run => run.playback.segments.at(-1).events.filter(e => e[1] === 'join').map(e => [e[0], e[2]]))]"""
    )
    assert heads[0] == heads[1]
    assert seeds[0] == seeds[1]
    both = {tuple(each) for each in joins[0]} & {tuple(each) for each in joins[1]}
    assert len(both) > 20, "the same requests at the same instants"
    press(page.get_by_role("button", name="Is the difference real?"))
    expect(page.locator(".verdict-says")).to_contain_text("B answers", timeout=60_000)
    expect(page.locator(".verdict-says")).to_contain_text("slower on average; that is real")
    expect(page.locator(".verdict tr", has_text="p99")).to_contain_text("real")
    press(page.get_by_role("button", name="Compare A | B"))
    expect(page.locator(".stage")).to_have_count(1)
    assert panel.evaluate("panel => panel.runs.length") == 1
