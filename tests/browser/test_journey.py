"""A learner's way through the course, in a real browser."""

import re
import time

from playwright.sync_api import Page, expect


def playhead(page: Page) -> float:
    return float(page.locator("simulation-panel").evaluate("panel => panel.playhead"))


def test_a_learner_plays_a_lesson_and_answers_a_question(page: Page, site, complaints):
    page.goto(f"{site.url}/")
    page.get_by_role("link", name="System Scaling", exact=True).click()
    page.locator(".syllabus").get_by_role("link", name=re.compile("Load-balancing strategies")).click()
    page.locator("simulation-panel").scroll_into_view_if_needed()
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page.locator("[data-part=clock]")).not_to_have_text("0.00 s")
    page.get_by_role("button", name="Stop a server").click()
    expect(page.get_by_role("button", name="Stop a server")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("slider", name="Arrival rate").fill("660")
    panel = page.locator("simulation-panel")
    for _ in range(100):
        timeline = panel.evaluate("panel => panel.experiment.timeline")
        if [change[1] for change in timeline][-2:] == ["stop.4", "arrival_rate"]:
            break
        time.sleep(0.1)
    assert timeline[-1][1:] == ["arrival_rate", 660]
    page.goto(f"{site.url}/tracks/system-scaling/questions/1/")
    expect(page.get_by_text("Question 1 of 5")).to_be_visible()
    page.get_by_label("Your answer").fill("100")
    page.get_by_role("button", name="Check answer").click()
    expect(page.locator(".feedback-title")).to_contain_text("Correct")
    page.reload()
    expect(page.locator(".feedback-title")).to_contain_text("Correct")


def test_a_locked_lesson_says_so(page: Page, site):
    page.goto(f"{site.url}/tracks/surviving-overload/replication/")
    expect(page.get_by_text("This track is locked")).to_be_visible()


def test_a_killed_server_comes_back_and_the_run_goes_on(page: Page, site):
    page.goto(f"{site.url}/tracks/system-scaling/load-balancing-strategies/")
    page.locator("simulation-panel").scroll_into_view_if_needed()
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page.locator("[data-part=clock]")).not_to_have_text("0.00 s")
    site.kill()
    expect(page.locator("[data-part=says]")).to_contain_text("The connection was lost")
    before = playhead(page)
    site.start()
    expect(page.locator("[data-part=says]")).to_have_text("", timeout=60_000)
    for _ in range(300):
        if playhead(page) > before + 0.15:
            break
        time.sleep(0.1)
    assert playhead(page) > before + 0.15
