"""A learner's way through the course, in a real browser."""

import json
import re
import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Browser, Locator, Page, expect

from simulator import Change, Experiment, Run, load_scenario

STRATEGIES = "/tracks/system-scaling/load-balancing-strategies/"
CAPACITY = 600  # requests/s: six servers of 100


def until(true: Callable[[], bool], what: str, seconds: float = 30) -> None:
    """Wait for something that the page tells only through its script interface."""
    for _ in range(round(seconds * 10)):
        if true():
            return
        time.sleep(0.1)
    raise AssertionError(f"waited {seconds:g} s for {what}")


def play(page: Page) -> Locator:
    panel = page.locator("simulation-panel")
    panel.scroll_into_view_if_needed()
    skip = page.get_by_role("button", name="Run without predicting")
    expect(skip.or_(page.get_by_role("button", name="Play", exact=True)).first).to_be_visible()
    if skip.count():
        skip.click()  # it plays by itself then
        page.get_by_role("button", name="Restart").click()
    else:
        page.get_by_role("button", name="Play", exact=True).first.click()
    expect(page.locator("[data-part=clock]")).not_to_have_text("0.00 s")
    return panel


def playhead(panel: Locator) -> float:
    return float(panel.evaluate("panel => panel.playhead"))


def latest(panel: Locator) -> dict[str, Any]:
    found: dict[str, Any] = panel.evaluate("panel => panel.segments.at(-1)")
    return found


def test_a_learner_steers_the_simulation_of_a_lesson(page: Page, site, complaints):
    page.goto(f"{site.url}/")
    page.get_by_role("link", name="System Scaling", exact=True).first.click()
    page.locator(".syllabus").get_by_role("link", name=re.compile("Load-balancing strategies")).click()
    panel = play(page)
    rate = page.get_by_role("slider", name="Arrival rate")
    page.get_by_label("Speed").press("End")  # 60×, then down to 2×
    for _ in range(5):
        page.get_by_label("Speed").press("ArrowLeft")
    expect(page.locator(".speed output")).to_have_text("2×")
    rate.fill(str(CAPACITY // 2))
    until(lambda: latest(panel)["settings"]["arrival_rate"] == 300 and playhead(panel) > 4, "a settled run at 50%")
    calm = latest(panel)["readouts"]["p99"]
    rate.fill(str(CAPACITY * 110 // 100))
    until(lambda: latest(panel)["settings"]["arrival_rate"] == 660, "the change")
    until(lambda: latest(panel)["readouts"]["p99"] > 3 * calm, "p99 to rise")
    shown = page.locator(".readout", has_text="p99").locator("b").first
    until(lambda: float(re.sub(r"[^\d.]", "", shown.inner_text())) > 3000 * calm, "the read-out to show it")

    before = latest(panel)
    assert before["servers"]["share"][3] > 0.1
    page.get_by_role("button", name="Stop a server").click()
    expect(page.get_by_role("button", name="Stop a server")).to_have_attribute("aria-pressed", "true")
    until(lambda: latest(panel)["states"][3]["in_rotation"] is False, "the balancer to notice")
    until(lambda: latest(panel)["servers"]["share"][3] == 0, "the requests to go elsewhere")
    others = [share for server, share in enumerate(latest(panel)["servers"]["share"]) if server != 3]
    assert min(others) > 0.15


ANSWERS = """
import json
from lessons.models import Question
found = Question.objects.published().filter(track__slug="system-scaling")
print(json.dumps([[question.kind, question.data] for question in found]))
"""


def fill_in(page: Page, kind: str, data: dict[str, Any]) -> None:
    """Give the right answer, as the author wrote it down."""
    if kind == "number":
        page.get_by_label("Your answer").fill(str(data["answer"]))
    elif kind == "order":
        for place, item in enumerate(data["items"]):
            row = page.locator(f"li[data-key='{item['key']}']")
            if row.locator("select").is_visible():  # without JavaScript
                row.locator("select").select_option(str(place + 1))
                continue
            while int(row.locator(".place").inner_text()) > place + 1:
                row.get_by_role("button", name="Move up").click()
    elif kind == "tune":
        page.locator("input[name=strategy][value=least-connections]").check(force=True)
    else:
        for choice in data["choices"]:
            if choice["correct"]:
                page.locator(f"input[value='{choice['key']}']").check(force=True)


def test_the_questions_work_without_javascript(browser: Browser, site):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.url}/tracks/system-scaling/questions/1/")
    for number, (kind, data) in enumerate(json.loads(site.manage("shell", "-v", "0", "-c", ANSWERS)), start=1):
        expect(page.get_by_role("heading", name=f"Question {number} of 5")).to_be_visible()
        fill_in(page, kind, data)
        page.get_by_role("button", name="Check answer").click()
        expect(page.locator(".feedback-title")).to_contain_text("Correct", timeout=30_000)
        page.locator("#question-next").click()
    expect(page.locator("main")).to_contain_text(re.compile(r"5\s*(of|/)\s*5"))
    context.close()


def test_a_learner_answers_all_five_questions(page: Page, site, complaints):
    questions = json.loads(site.manage("shell", "-v", "0", "-c", ANSWERS))
    assert len(questions) == 5
    page.goto(f"{site.url}/tracks/system-scaling/questions/1/")
    for number, (kind, data) in enumerate(questions, start=1):
        expect(page.get_by_role("heading", name=f"Question {number} of 5")).to_be_visible()
        fill_in(page, kind, data)
        page.get_by_role("button", name="Check answer").click()
        expect(page.locator(".feedback-title")).to_contain_text("Correct", timeout=30_000)
        if number == 2:  # a reload and a look back lose nothing
            page.reload()
            expect(page.locator(".feedback-title")).to_contain_text("Correct")
            page.goto(f"{site.url}/tracks/system-scaling/questions/1/")
            expect(page.locator(".feedback-title")).to_contain_text("Correct")
            page.go_back()
            expect(page.get_by_role("heading", name="Question 2 of 5")).to_be_visible()
        page.locator("#question-next").click()
    expect(page).to_have_url(re.compile("/questions/score/"))
    expect(page.locator("main")).to_contain_text(re.compile(r"5\s*(of|/)\s*5"))


def test_a_learner_buys_the_locked_track(page: Page, site, complaints):
    page.goto(f"{site.url}/tracks/surviving-overload/")
    expect(page.get_by_text("locked").first).to_be_visible()
    page.goto(f"{site.url}/account/signup/")
    page.get_by_label("Email").fill("rosa@headroom.test")
    page.get_by_label("Password", exact=True).fill("a-queue-of-one")
    again = page.get_by_label(re.compile(r"Password \(again\)"))
    if again.count():
        again.fill("a-queue-of-one")
    page.get_by_role("button", name="Create account").click()
    expect(page).not_to_have_url(re.compile("/signup/"))
    page.goto(f"{site.url}/tracks/surviving-overload/buy/")
    expect(page.get_by_text("Sandbox.")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Pay")).click()
    expect(page).to_have_url(re.compile("/c/pay/"))  # the sandbox Stripe's own page, on its own port
    page.get_by_role("button", name=re.compile("^Pay")).first.click()
    expect(page.get_by_text("is yours.")).to_be_visible(timeout=30_000)
    page.get_by_role("link", name="Start lesson 1").click()
    expect(page.get_by_role("heading", level=1, name=re.compile("Caching and stampedes"))).to_be_visible()
    expect(page.get_by_text("This track is locked")).to_have_count(0)


def test_a_locked_lesson_says_so(page: Page, site):
    page.goto(f"{site.url}/tracks/surviving-overload/replication/")
    expect(page.get_by_text("This track is locked")).to_be_visible()


def test_a_killed_server_comes_back_to_the_same_future(page: Page, site):
    """What the page plays after the cut is, number by number, what an undisturbed run of its experiment gives."""
    page.goto(f"{site.url}{STRATEGIES}")
    panel = play(page)
    page.get_by_role("slider", name="Arrival rate").fill("540")
    until(lambda: latest(panel)["settings"]["arrival_rate"] == 540, "the change")
    site.kill()
    expect(page.locator("[data-part=says]")).to_contain_text("The connection was lost")
    before = playhead(panel)
    site.start()
    expect(page.locator("[data-part=says]")).to_have_text("", timeout=60_000)
    until(lambda: playhead(panel) > before + 0.2, "the run to go on", 60)
    page.get_by_role("button", name="Pause", exact=True).first.click()
    played = latest(panel)
    assert played["from"] >= before - 0.001
    done = panel.evaluate("panel => panel.experiment")
    changes = tuple(Change(*row) for row in done["timeline"])
    undisturbed = Run(Experiment(load_scenario("load-balancing-strategies"), done["seed"], changes))
    undisturbed.rewind(played["from"])
    expected = json.loads(json.dumps(undisturbed.advance(played["until"]).to_json()))
    assert {name: played[name] for name in expected} == expected
    assert len(expected["events"]) > 10
