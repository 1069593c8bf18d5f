"""What is done with a whole run: predicted, guided, begun again, linked, saved."""

import json
import re

import pytest
from playwright.sync_api import Browser, Page, WebSocketRoute, expect

from tests.browser.test_journey import STRATEGIES, latest, playhead, until
from tests.browser.test_panel import ONE_SERVER, POOL, opened, pressed, settings

BIG_BOX = "/tracks/system-scaling/vertical-scaling/"


def test_a_run_that_is_slowed_down_draws_each_request_again(page: Page, site, complaints):
    """Also when the speed is lowered while an answer for the old one is on its way."""
    panel = opened(page, site)
    page.evaluate("document.querySelector('simulation-panel').transport.set(5)")
    until(lambda: latest(panel)["sample"] > 8, "a coarse sample")
    panel.evaluate("panel => { panel.run.reachFor(panel.playhead * 1000 + 20_000); panel.transport.set(.05); }")
    until(lambda: latest(panel)["sample"] == 1, "every request")
    assert panel.evaluate("panel => panel.segments.every(segment => segment.sample === 1)")


def test_restart_and_a_new_seed(page: Page, site, complaints):
    panel = opened(page, site)
    page.locator("#sim-strategies").get_by_role("radio", name="Random").check(force=True)
    until(lambda: settings(panel)["strategy"] == "random", "the strategy")
    page.get_by_role("button", name="Restart").click()
    until(lambda: panel.evaluate("panel => panel.experiment.timeline.length") == 3, "the lesson's opening")
    assert settings(panel)["strategy"] == "round-robin"
    page.get_by_role("button", name="New seed").click()
    until(lambda: panel.evaluate("panel => panel.experiment.seed") != 1, "another seed")
    until(lambda: playhead(panel) > 1, "something to begin again from")
    panel.evaluate("panel => { panel.run.reachFor(panel.playhead * 1000 + 1e5); panel.restart(); }")  # with an answer on its way
    until(lambda: panel.evaluate("panel => panel.run.known"), "the opening")
    assert playhead(panel) < 1, "what was on its way belongs to the run before"
    expect(page.locator("[data-part=says]")).to_contain_text("A new seed")


def test_a_touch_counts_at_once_and_ends_the_predictions_script(page: Page, site, complaints):
    panel = opened(page, site)
    until(lambda: panel.evaluate("panel => panel.experiment.timeline.some(row => row[0] === 4)"), "the script")
    until(lambda: playhead(panel) > 0.5, "the run")
    page.get_by_role("slider", name="Arrival rate").fill("660")
    until(lambda: settings(panel)["arrival_rate"] == 660, "the change")
    *before, touch = panel.evaluate("panel => panel.experiment.timeline")
    assert touch[1:] == ["arrival_rate", 660]
    assert 0.5 < touch[0] < 4, "where it was made"
    assert all(at == 0 for at, _, _ in before), "the fault that was planned for 4 s is dropped"
    page.evaluate("document.querySelector('simulation-panel').transport.set(5)")
    until(lambda: playhead(panel) > 5, "the instant of the dropped fault to pass")
    assert "slow.4" not in latest(panel)["settings"]


def test_predict_by_drawing_then_watch_it_beside_the_run(page: Page, site, complaints):
    page.goto(site.url + STRATEGIES)
    panel = page.locator("#sim-strategies")
    panel.scroll_into_view_if_needed()
    go = page.get_by_role("button", name="Lock in and run")
    expect(go).to_be_disabled()
    assert panel.evaluate("panel => panel.run?.known ?? false") is False, "nothing runs before"
    box = page.locator(".draw svg").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.8)
    page.mouse.down()
    for part in range(40, 100, 3):
        page.mouse.move(box["x"] + box["width"] * part / 100, box["y"] + box["height"] * 0.5)
    page.mouse.up()
    expect(go).to_be_disabled()  # how sure?
    page.get_by_role("radio", name="A guess").check(force=True)
    go.click()
    expect(page.locator(".predicted")).to_contain_text("You predicted: your own line, a guess")
    until(
        lambda: panel.evaluate("panel => panel.experiment.timeline.some(row => row[1] === 'slow.4' && row[0] === 4)"), "the fault"
    )
    ghost = panel.evaluate("panel => panel.board.ghost.points")
    assert ghost[0][0] == 4
    assert ghost[-1][0] == 30
    expect(page.locator(".predicted-outcome")).to_contain_text("ms after 30 s", timeout=40_000)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("sessionStorage.length") == 0, "it is kept with the learner's progress"
    page.reload()
    expect(page.locator(".predicted")).to_contain_text("You predicted: your own line")
    expect(page.locator(".predicted-outcome")).to_contain_text("ms after 30 s")
    assert panel.evaluate("panel => panel.board.ghost.points.length") == len(ghost)
    page.get_by_role("button", name="Predict again").click()
    expect(go).to_be_disabled()


def test_predict_by_choosing(page: Page, site, complaints):
    page.goto(site.url + POOL)
    page.locator("simulation-panel").scroll_into_view_if_needed()
    page.locator(".predict").get_by_text("Four times as high", exact=True).click()
    page.get_by_role("radio", name="Certain").check(force=True)
    page.get_by_role("button", name="Lock in and run").click()
    expect(page.locator(".predicted")).to_contain_text("You predicted: Four times as high, certain")
    panel = page.locator("simulation-panel")
    until(lambda: panel.evaluate("panel => panel.segments.at(-1)?.settings['stop.4'] === true"), "the stop", 40)


def test_guided_steps_open_the_controls_one_after_the_other(page: Page, site, complaints):
    page.goto(site.url + ONE_SERVER)
    panel = page.locator("simulation-panel")
    panel.scroll_into_view_if_needed()
    rate, variability = (
        page.get_by_role("slider", name="Arrival rate", exact=True),
        page.get_by_role("slider", name="Variability (cv²)", exact=True),
    )
    page.get_by_role("button", name="Run without predicting").click()
    expect(rate).to_be_visible()
    expect(variability).to_be_hidden()
    until(lambda: panel.evaluate("panel => panel.run?.known ?? false"), "the opening")
    page.get_by_role("button", name="First step").click()
    page.get_by_role("button", name="Next step").click()
    until(lambda: settings(panel)["arrival_rate"] == 90, "the step's setting")
    expect(rate).to_have_value("90")
    until(lambda: playhead(panel) > 0.5, "its run")
    rate.fill("40")
    until(lambda: settings(panel)["arrival_rate"] == 40, "the learner's own")
    page.get_by_role("button", name="Restart").click()
    until(lambda: settings(panel)["arrival_rate"] == 90, "what the step begins with")
    page.get_by_role("button", name="Next step").click()
    until(lambda: settings(panel)["arrival_rate"] == 80, "the next step's setting")
    timeline = panel.evaluate("panel => panel.experiment.timeline")
    assert sorted(timeline) == [[0, "arrival_rate", 80], [0, "variability", 0]], "a run of its own"
    expect(variability).to_be_visible()
    expect(page.get_by_role("slider", name="Mean service time", exact=True)).to_be_hidden()
    page.locator(".guide").get_by_role("button", name="Open everything").click()
    expect(page.get_by_role("slider", name="Mean service time", exact=True)).to_be_visible()


def test_the_run_of_a_prediction_is_watched_before_the_first_step_sets_anything(page: Page, site, complaints):
    page.goto(site.url + BIG_BOX)
    panel = page.locator("simulation-panel")
    panel.scroll_into_view_if_needed()
    page.get_by_role("radio", name="It doubles").check()
    page.get_by_role("radio", name="A guess").check(force=True)
    page.get_by_role("button", name="Lock in and run").click()
    expect(page.locator(".guide")).to_contain_text("First, watch")
    workers = page.get_by_role("slider", name="Cores", exact=True)
    until(
        lambda: panel.evaluate("panel => panel.playhead < 4 && panel.run.settings.workers === 64"),
        "a buffer that holds the change",
    )
    expect(workers).to_have_value("32")  # a control shows what is, not what is to come
    until(lambda: playhead(panel) > 5.5, "the change that the question is about")
    expect(workers).to_have_value("64")
    assert latest(panel)["settings"]["workers"] == 64
    assert latest(panel)["settings"]["arrival_rate"] == 1500
    before = playhead(panel)
    page.get_by_role("button", name="First step").click()
    until(lambda: settings(panel)["workers"] == 8, "the first step's setting")
    assert playhead(panel) < before
    assert all(at == 0 for at, _, _ in panel.evaluate("panel => panel.experiment.timeline")), (
        "it begins again, without the script"
    )


def test_a_copied_link_opens_the_same_run_where_it_was(page: Page, browser: Browser, site, complaints):
    panel = opened(page, site)
    pressed(page, "Slow a server")
    until(lambda: settings(panel).get("slow.4") is True and playhead(panel) > 0.4, "the fault")
    page.get_by_role("button", name="Pause").click()
    address = panel.evaluate(
        """async panel => {
            const script = document.querySelector('script[src*=simulation-panel]').src;
            return (await import(new URL('panel/address.js', script))).addressOf(panel);
        }"""
    )
    seen = panel.evaluate("panel => panel.experiment")
    at = playhead(panel)
    other = browser.new_context().new_page()
    other.goto(address)
    copy = other.locator("#sim-strategies")
    until(lambda: copy.evaluate("panel => panel.run?.known ?? false"), "the run behind the link")
    assert copy.evaluate("panel => panel.experiment") == seen
    assert playhead(copy) == pytest.approx(at, abs=0.001)
    assert copy.evaluate("panel => panel.run.settings['slow.4']") is True
    other.goto(f"{site.url}{STRATEGIES}#sim-strategies=nonsense@3")
    other.reload()
    expect(other.locator("#sim-strategies [data-part=says]")).to_contain_text("This link is damaged")
    until(lambda: copy.evaluate("panel => panel.run?.known ?? false"), "the opening instead")
    other.context.close()


def test_a_run_is_saved_renamed_and_resumed_where_it_was(page: Page, site, complaints):
    panel = opened(page, site)
    pressed(page, "Slow a server")
    until(lambda: settings(panel).get("slow.4") is True and playhead(panel) > 0.4, "the fault")
    page.get_by_role("button", name="Pause").click()
    seen, at = panel.evaluate("panel => panel.experiment"), playhead(panel)
    page.get_by_role("button", name="Save run", exact=True).first.click()
    name = page.get_by_label("Name of this run")
    expect(name).to_be_focused()
    name.fill("S4 slows down")
    name.press("Enter")
    expect(page.locator(".saved")).to_contain_text("Saved as S4 slows down.")
    expect(page.locator(".saved").get_by_role("link", name="create an account")).to_be_visible()
    page.goto(f"{site.url}/account/runs/")
    field = page.get_by_label("Name of S4 slows down")
    field.fill("S4 is slow")
    field.press("Enter")
    expect(page.get_by_role("heading", name="S4 is slow")).to_be_visible()
    page.get_by_role("link", name="Resume S4 is slow").click()
    again = page.locator("#sim-strategies")
    until(lambda: again.evaluate("panel => panel.run?.known ?? false"), "the saved run")
    assert again.evaluate("panel => panel.experiment") == seen
    assert playhead(again) == pytest.approx(at, abs=0.001)
    page.goto(f"{site.url}/account/runs/")
    page.get_by_role("button", name="Delete S4 is slow").click()
    expect(page.get_by_text("None yet.")).to_be_visible()


def test_an_opening_that_is_refused_for_now_is_asked_for_again(page: Page, site):
    """A busy address: nothing else is said before the next opening, and what is moved meanwhile counts."""
    said: list[dict] = []

    def between(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def heard(text: str | bytes) -> None:
            message = json.loads(text)
            said.append(message)
            if len(said) == 1:
                refusal = {"type": "error", "code": "too_many", "message": "Wait a moment.", "wait": 1.5, "id": message["id"]}
                socket.send(json.dumps({**refusal, "fatal": False}))
            else:
                server.send(text)

        socket.on_message(heard)

    page.route_web_socket(re.compile("/ws/"), between)
    page.goto(site.url + STRATEGIES)
    panel = page.locator("simulation-panel")
    panel.scroll_into_view_if_needed()
    page.get_by_role("button", name="Run without predicting").click()
    expect(page.get_by_text("Wait a moment.").first).to_be_visible()
    page.locator(".guide").get_by_role("button", name="Open everything").click()
    page.get_by_role("slider", name="Arrival rate").fill("660")
    until(lambda: playhead(panel) > 0.1 and settings(panel)["arrival_rate"] == 660, "the run, and the touch")
    assert [message["type"] for message in said[:3]] == ["open", "open", "change"]
