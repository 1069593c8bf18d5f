"""A learner's way through the course, in a real browser."""

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from simulator import Change, Experiment, Run, load_scenario
from tests.browser.conftest import STRATEGIES, buy, check_answer, fill_in, press, sign_up

QUESTIONS = "/tracks/system-scaling/questions"
CAPACITY = 400  # requests/s: four servers of 100
STOPPED = 3  # S4, which the lesson has chosen for its faults


def until(true: Callable[[], bool], what: str, seconds: float = 60) -> None:
    """Wait for something that the page tells only through its script interface."""
    for _ in range(round(seconds * 10)):
        if true():
            return
        time.sleep(0.1)
    raise AssertionError(f"waited {seconds:g} s for {what}")


def play(page: Page) -> Locator:
    """Play a lesson's simulation without predicting, with every control open."""
    panel = page.locator("simulation-panel")
    panel.scroll_into_view_if_needed()
    skip = page.get_by_role("button", name="Run without predicting")
    expect(skip.or_(page.get_by_role("button", name="Play", exact=True)).first).to_be_visible()
    if skip.count():
        press(skip)  # it plays by itself then
    else:
        press(page.get_by_role("button", name="Play", exact=True).first)
    expect(page.locator("[data-part=clock]")).not_to_have_text("0.00 s")
    guided = page.locator(".guide").get_by_role("button", name="Open everything")
    if guided.count() and guided.first.is_visible():
        press(guided.first)
    return panel


def pace(page: Page, times: int) -> None:
    """Down from 60× to so many simulated seconds per second."""
    page.get_by_label("Speed").press("End")
    shown = page.locator(".speed output")
    for _ in range(12):
        if shown.inner_text() == f"{times}×":
            return
        page.get_by_label("Speed").press("ArrowLeft")
    raise AssertionError(f"there is no {times}× among the speeds")


def playhead(panel: Locator) -> float:
    return float(panel.evaluate("panel => panel.playhead"))


def latest(panel: Locator) -> dict[str, Any]:
    found: dict[str, Any] = panel.evaluate("panel => panel.segments.at(-1)")
    return found


def p99_shown(page: Page) -> float:
    """The read-out, in milliseconds; 0 while there is none."""
    text = page.locator(".readout", has_text="p99").locator("b").first.inner_text()
    return float(re.sub(r"[^\d.]", "", text) or 0)


def steer(page: Page) -> None:
    """From half of what the servers can do to a tenth more than that, and then one server less."""
    panel = play(page)
    rate = page.get_by_role("slider", name="Arrival rate")
    rate.fill(str(CAPACITY // 2))  # before the prediction's fault at 4 s, which is dropped by it
    pace(page, 2)
    until(lambda: latest(panel)["settings"]["arrival_rate"] == CAPACITY / 2, "the change to 50%")
    begun = playhead(panel)
    until(lambda: playhead(panel) > begun + 10, "a run in which the last 1,000 answers are of 50%")
    calm = p99_shown(page)
    assert 20 < calm < 120, "M/M/1 at half load: 92 ms"
    rate.fill(str(CAPACITY * 110 // 100))
    until(lambda: latest(panel)["settings"]["arrival_rate"] == CAPACITY * 110 // 100, "the change to 110%")
    until(lambda: p99_shown(page) > 3 * calm, "the p99 on the page to rise")
    assert latest(panel)["readouts"]["p99"] > 3 * calm / 1000

    before = latest(panel)["servers"]["share"]
    assert min(before) > 0.2, "round robin deals to all four"
    press(page.get_by_role("button", name="Stop a server"))
    expect(page.get_by_role("button", name="Stop a server")).to_have_attribute("aria-pressed", "true")
    until(lambda: latest(panel)["states"][STOPPED]["in_rotation"] is False, "the balancer to notice")
    until(lambda: latest(panel)["servers"]["share"][STOPPED] == 0, "its requests to go elsewhere")
    after = latest(panel)["servers"]["share"]
    assert all(after[server] > before[server] * 1.1 for server in range(4) if server != STOPPED), (before, after)
    press(page.get_by_role("button", name="Pause", exact=True).first)


def test_a_learner_goes_the_whole_way(page: Page, site, complaints, questions):
    """Catalogue, lesson, simulation, five questions, purchase, first lesson of what was locked; and no complaint."""
    page.goto(f"{site.url}/")
    page.get_by_role("link", name="System Scaling", exact=True).first.click()
    page.locator(".syllabus").get_by_role("link", name=re.compile("Load-balancing strategies")).click()
    steer(page)
    page.get_by_role("button", name="Mark as done").click()
    expect(page.get_by_role("button", name="Mark as not done")).to_be_visible()

    page.locator("#outline").get_by_role("link", name="Questions").click()
    for number, (kind, data) in enumerate(questions, start=1):
        expect(page.get_by_role("heading", name=f"Question {number} of 5")).to_be_visible()
        expect(page.locator("#question-title")).to_contain_text(f"{number} /")
        fill_in(page, kind, data)
        check_answer(page)
        page.locator("#question-next").click()
    expect(page).to_have_url(re.compile("/questions/score/"))
    expect(page.locator("main")).to_contain_text(re.compile(r"5\s*of 5"))

    sign_up(page, site.url, "rosa@headroom.test")
    expect(page.get_by_text("1 of 9 lessons done")).to_be_visible()  # what she did as a visitor is hers now
    buy(page, site.url)
    page.get_by_role("link", name="Start lesson 1").click()
    expect(page.get_by_role("heading", level=1, name="Caching and stampedes")).to_be_visible()
    expect(page.get_by_text("This track is locked")).to_have_count(0)
    page.wait_for_load_state("networkidle")


def test_the_questions_work_without_javascript(browser: Browser, site, questions):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.url}{QUESTIONS}/1/")
    for number, (kind, data) in enumerate(questions, start=1):
        expect(page.get_by_role("heading", name=f"Question {number} of 5")).to_be_visible()
        fill_in(page, kind, data)
        check_answer(page)
        page.locator("#question-next").click()
    expect(page.locator("main")).to_contain_text(re.compile(r"5\s*of 5"))
    context.close()


@pytest.mark.usefixtures("width")
def test_a_lesson_reads_without_javascript(browser: Browser, site, browser_context_args):
    """Prose, a still picture of the simulation and its numbers."""
    context = browser.new_context(**browser_context_args, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.url}{STRATEGIES}")
    expect(page.locator(".still-picture").first).to_be_visible()
    expect(page.locator("[data-part=live]")).to_be_hidden()
    press(page.get_by_text("The opening run in figures"))
    expect(page.get_by_role("row", name=re.compile("p99"))).to_be_visible()
    expect(page.get_by_role("heading", name="Details")).to_be_visible()
    expect(page.get_by_role("navigation", name="Course outline").get_by_role("link", name=re.compile("CDNs"))).to_be_visible()
    context.close()


def test_reload_and_back_lose_nothing(page: Page, site, complaints, questions):
    page.goto(f"{site.url}{QUESTIONS}/1/")
    for number in (1, 2):
        fill_in(page, *questions[number - 1])
        check_answer(page)
        page.reload()
        expect(page.locator(".feedback-title")).to_contain_text("Correct")
        page.locator("#question-next").click()
    expect(page.get_by_role("heading", name="Question 3 of 5")).to_be_visible()
    expect(page.get_by_role("link", name="Sign in")).to_have_attribute("href", re.compile(r"questions%2F3%2F$"))
    for number in (2, 1):  # htmx swapped the questions in: the way back is its history
        page.go_back()
        page.wait_for_url(f"**/questions/{number}/", wait_until="load")  # where a reload lies between, another document
        expect(page.get_by_role("heading", name=f"Question {number} of 5")).to_be_visible()
        expect(page.locator(".feedback-title")).to_contain_text("Correct")
    page.go_forward()
    page.wait_for_url("**/questions/2/", wait_until="load")
    expect(page.get_by_role("heading", name="Question 2 of 5")).to_be_visible()
    expect(page.locator(".feedback-title")).to_contain_text("Correct")
    page.goto(f"{site.url}{QUESTIONS}/score/")
    expect(page.locator("main")).to_contain_text(re.compile(r"2\s*of 5"))


def tab_to(page: Page, target: Locator, most: int = 120) -> None:
    for _ in range(most):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{target} is not reached in {most} steps")


@pytest.mark.usefixtures("width")
def test_a_keyboard_is_enough(page: Page, site, complaints, questions):
    page.goto(f"{site.url}{STRATEGIES}")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    expect(page.locator("[data-part=live]")).to_be_visible()
    tab_to(page, page.get_by_role("button", name="Run without predicting"))
    page.keyboard.press("Enter")
    expect(page.locator("[data-part=clock]")).not_to_have_text("0.00 s")
    tab_to(page, page.locator(".guide").get_by_role("button", name="Open everything"))
    page.keyboard.press("Enter")
    rate = page.get_by_role("slider", name="Arrival rate")
    before = float(rate.input_value())
    tab_to(page, rate)
    page.keyboard.press("ArrowRight")
    panel = page.locator("simulation-panel")
    until(lambda: latest(panel)["settings"]["arrival_rate"] > before, "the change")

    page.goto(f"{site.url}{QUESTIONS}/1/")
    answer = page.get_by_label("Your answer")
    tab_to(page, answer)
    page.keyboard.type(str(questions[0][1]["answer"]))
    page.keyboard.press("Enter")
    expect(page.locator(".feedback-title")).to_contain_text("Correct", timeout=30_000)
    tab_to(page, page.locator("#question-next"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Question 2 of 5")).to_be_focused()


@pytest.mark.usefixtures("width")
def test_two_simulations_on_one_page_do_not_disturb_each_other(page: Page, site, complaints):
    """The same panel twice in a document: what is done to one leaves the other's run as it is."""
    page.goto(f"{site.url}{STRATEGIES}")
    expect(page.locator("[data-part=live]")).to_be_visible()
    page.evaluate(
        """async address => {
          const other = new DOMParser().parseFromString(await (await fetch(address)).text(), "text/html");
          const lab = document.importNode(other.querySelector(".lab"), true);
          document.querySelector(".lab").after(lab);
        }""",
        f"{site.url}{STRATEGIES}",
    )
    first, second = page.locator("simulation-panel").nth(0), page.locator("simulation-panel").nth(1)
    for panel in (first, second):
        expect(panel.locator("[data-part=live]")).to_be_visible()
        press(panel.get_by_role("button", name="Run without predicting"))
        press(panel.locator(".guide").get_by_role("button", name="Open everything"))
        until(lambda panel=panel: playhead(panel) > 0.1, "both to play")
    experiment = second.evaluate("panel => panel.experiment")
    first.get_by_role("slider", name="Arrival rate").fill("660")
    until(lambda: latest(first)["settings"]["arrival_rate"] == 660, "the change to the first")
    second.scroll_into_view_if_needed()  # out of sight it rests
    seen = playhead(second)
    until(lambda: playhead(second) > seen, "the second to go on")
    assert latest(second)["settings"]["arrival_rate"] == 280
    assert second.evaluate("panel => panel.experiment") == experiment


def replay(done: dict[str, Any], begin: float, end: float) -> dict[str, Any]:
    """What an undisturbed run of an experiment gives between two instants, simulated here and not by the server."""
    changes = tuple(Change(*row) for row in done["timeline"])
    run = Run(Experiment(load_scenario("load-balancing-strategies"), done["seed"], changes))
    run.rewind(begin)
    return run.advance(end).to_json()


KEEP = """panel => {
  globalThis.kept = [];
  const keep = segment => { if (!kept.some(other => other.from === segment.from)) kept.push(structuredClone(segment)); };
  setInterval(() => panel.segments.forEach(keep), 50);
}"""


def same(told: Any, found: Any, where: str = "") -> int:
    """Compare number by number; how many there were."""
    if isinstance(told, dict):
        return sum(same(value, found[name], f"{where}.{name}") for name, value in told.items())
    if isinstance(told, list | tuple):
        assert len(told) == len(found), where
        return sum(same(*pair, f"{where}[{place}]") for place, pair in enumerate(zip(told, found, strict=True)))
    assert told == found, (where, told, found)
    return 1


@pytest.mark.usefixtures("width")
def test_a_killed_server_comes_back_to_the_same_future(page: Page, site):
    """kill -9 during a run with a change and a stopped server behind it. After the restart the page goes on from its
    playhead, and every number of every segment that it gets is what an undisturbed run gives."""
    page.goto(f"{site.url}{STRATEGIES}")
    panel = play(page)
    pace(page, 1)
    page.get_by_role("slider", name="Arrival rate").fill("540")
    until(lambda: latest(panel)["settings"]["arrival_rate"] == 540, "the change")
    press(page.get_by_role("button", name="Stop a server"))
    until(lambda: latest(panel)["states"][STOPPED]["state"] == "down", "the fault")
    steered = panel.evaluate("panel => panel.experiment")
    site.kill()
    expect(page.locator("[data-part=says]")).to_contain_text("The connection was lost")
    before, buffered = playhead(panel), latest(panel)["until"]
    panel.evaluate(KEEP)
    site.start()
    expect(page.locator("[data-part=says]")).to_have_text("", timeout=60_000)
    assert playhead(panel) >= before, "the picture jumped back"
    until(lambda: latest(panel)["from"] >= buffered + 4, "three segments that the old server never sent")
    press(page.get_by_role("button", name="Pause", exact=True).first)
    done = panel.evaluate("panel => panel.experiment")
    assert done == steered, "seed and timeline are those from before the cut"
    news = [segment for segment in page.evaluate("kept") if segment["until"] > buffered]
    assert len(news) >= 3
    numbers = sum(same(replay(done, segment["from"], segment["until"]), segment) for segment in news)
    print(f"{numbers} numbers in {len(news)} segments are those of an undisturbed run")
    assert numbers > 1_000


def test_a_locked_lesson_says_so(page: Page, site, complaints):
    address = f"{site.url}/tracks/surviving-overload/replication/"
    complaints.expected.add(address)
    page.goto(address)
    expect(page.get_by_text("This track is locked")).to_be_visible()
    expect(page.get_by_text("One purchase unlocks all")).to_be_visible()


def test_what_is_not_there_is_said_in_words(page: Page, site, complaints):
    for path in ("/tracks/nothing/", "/tracks/system-scaling/nothing/", f"{QUESTIONS}/6/", f"{QUESTIONS}/0/", "/nothing/"):
        complaints.expected.add(site.url + path)
        page.goto(site.url + path)
        expect(page.get_by_role("heading", level=1)).to_have_text("There is nothing here.")
        page.get_by_role("link", name="All courses", exact=True).click()
        expect(page).to_have_url(f"{site.url}/")
