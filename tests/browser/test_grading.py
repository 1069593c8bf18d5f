"""While the simulator grades: the button says so, and an answer that does not come takes nothing with it."""

import json

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import choose, fill_in
from tests.browser.test_journey import until

ANSWERS = """
import json
from lessons.models import Question
found = Question.objects.filter(published=True, lesson__slug="horizontal-scaling").order_by("number")
print(json.dumps([[question.kind, question.data] for question in found]))
"""
LESSON = "/tracks/system-scaling/load-balancing-strategies/"


def test_the_button_says_what_is_going_on_and_the_verdict_gets_the_focus(page: Page, site, complaints):
    held: list[Route] = []
    page.goto(site.url + LESSON)
    challenge = page.locator(".check", has_text="Challenge:")
    page.route("**/questions/*/", lambda route: held.append(route))
    challenge.get_by_role("button", name="Check answer").click()
    button = challenge.get_by_role("button", name="Running 20 runs…")
    expect(button).to_be_disabled()
    expect(challenge.get_by_role("status")).to_have_text("Running 20 runs…")
    until(lambda: page.evaluate("true") and bool(held), "the request that is held")
    held.pop().continue_()
    expect(challenge.locator("[data-verdict]")).to_be_focused(timeout=60_000)
    expect(challenge.get_by_text("runs on hidden seeds held")).to_be_visible()
    answer = challenge.locator("details.answer")
    expect(answer.locator(".rich")).to_be_hidden()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(answer.locator(".rich")).to_be_visible()


def test_an_answer_that_does_not_come_takes_nothing_with_it(page: Page, site):
    page.goto(site.url + LESSON)
    challenge = page.locator(".check", has_text="Challenge:")
    chosen = challenge.locator("input[name=strategy][value=least-connections]")
    choose(chosen)
    lost = challenge.get_by_text("No answer came back.")
    expect(lost).to_be_hidden()
    for trouble in ({"status": 503, "body": "<html><body>down"}, {"status": 403, "body": "<html><body>an old page"}, None):
        page.route("**/questions/*/", lambda route, _, trouble=trouble: route.fulfill(**trouble) if trouble else route.abort())
        with page.expect_event("requestfinished" if trouble else "requestfailed"):
            challenge.get_by_role("button", name="Check answer").click()
        expect(lost).to_be_visible()
        expect(challenge.get_by_role("button", name="Check answer")).to_be_enabled()
        expect(chosen).to_be_checked()
        expect(challenge.locator("[data-unanswered]")).to_be_focused()
        page.unroute("**/questions/*/")
    challenge.get_by_role("button", name="Check answer").click()
    expect(challenge.locator("[data-verdict=Correct]")).to_be_focused(timeout=60_000)
    expect(lost).to_be_hidden()


def test_a_lesson_is_done_with_its_last_question_and_says_so_without_a_reload(page: Page, site, complaints):
    page.goto(f"{site.url}/tracks/system-scaling/horizontal-scaling/")
    *others, last = page.locator(".check").all()
    asked = json.loads(site.manage("shell", "-v", "0", "-c", ANSWERS))
    for check, (kind, data) in zip(others, asked, strict=False):
        fill_in(page, kind, data)
        check.get_by_role("button", name="Check answer").click()
        expect(check.locator("[data-verdict=Correct]")).to_be_focused(timeout=60_000)
    expect(page.get_by_role("button", name="Mark as done")).to_be_visible()
    meant = asked[-1][1]["intended"][0]  # as its author says; the opening strategy is among what is meant
    last.get_by_label("Servers", exact=True).fill(str(meant["servers"]))
    last.get_by_role("button", name="Check answer").click()
    expect(last.get_by_text("Done: every question of this lesson is answered.")).to_be_visible(timeout=60_000)
    expect(last.locator("[data-verdict=Correct]")).to_be_focused()
    expect(page.locator(".finish")).to_contain_text("Done: every question of this lesson is answered")
    expect(page.locator("#outline .meta").first).to_contain_text("1 of 9 done")
    page.get_by_role("button", name="Mark as not done").click()
    expect(page.get_by_role("button", name="Mark as done")).to_be_visible()
