"""What is done with a whole run: predicted, guided, begun again, linked, saved."""

import json
import re

import pytest
from playwright.sync_api import Browser, Locator, Page, WebSocketRoute, expect

from tests.browser.conftest import STRATEGIES, choose, press
from tests.browser.test_journey import latest, playhead, until
from tests.browser.test_panel import ONE_SERVER, POOL, opened, pressed, settings

pytestmark = pytest.mark.usefixtures("width")
STATELESS = "/tracks/system-scaling/stateless-servers/"

# With an answer on its way; where the playhead stands when the opening is there. The frames
# between that and our look at it play on: on a busy machine a good part of a second.
BEGUN_AGAIN = """async panel => {
  panel.run.reachFor(panel.playhead * 1000 + 1e5);
  panel.restart();
  while (!panel.run.known) await new Promise(done => setTimeout(done, 1));
  return panel.playhead;
}"""


def test_a_run_that_is_slowed_down_draws_each_request_again(page: Page, site, complaints):
    """Also when the speed is lowered while an answer for the old one is on its way."""
    panel = opened(page, site)
    page.evaluate("document.querySelector('simulation-panel').transport.set(5)")
    until(lambda: latest(panel)["sample"] > 8, "a coarse sample")
    panel.evaluate("panel => { panel.run.reachFor(panel.playhead * 1000 + 20_000); panel.transport.set(.05); }")
    until(lambda: latest(panel)["sample"] == 1, "every request")
    assert panel.evaluate("panel => panel.segments.every(segment => segment.sample === 1)")


# At rest, with an answer on its way: slower, as fast as before again, and on; then a touch, whose answer comes after all others.
# Where the playhead stood at each answer before that, and whether what was buffered then had a hole.
SLOWED = """panel => new Promise(done => {
  const { run, transport } = panel, { playback } = run, heads = [], holes = [];
  transport.play(false);
  const stood = run.playhead;
  run.addEventListener('segment', e => {
    if (e.detail.reply === 'change') { done({ stood, heads, holes }); return; }
    heads.push(run.playhead);
    holes.push(playback.segments.some(({ from }, n, all) => n > 0 && Math.abs(from - all[n - 1].until) > 1e-6));
  });
  const onwards = () => run.reachFor(playback.end + 20_000);
  onwards();
  transport.set(1);
  transport.set(5);
  onwards();
  run.change('arrival_rate', 300, false);
})"""


@pytest.mark.parametrize("width", [1440])
def test_a_run_that_is_slowed_down_goes_on_where_it_is_and_leaves_nothing_out(page: Page, site, complaints):
    panel = opened(page, site)
    page.evaluate("document.querySelector('simulation-panel').transport.set(5)")
    until(lambda: latest(panel)["sample"] > 8, "a coarse sample")
    seen = panel.evaluate(SLOWED)
    assert seen["heads"], "it was asked for again"
    assert seen["heads"] == pytest.approx([seen["stood"]] * len(seen["heads"]), abs=0.001)
    assert not any(seen["holes"])


# A thousand answers, evenly over a segment; from its middle on it is sent for again, as when it is slowed down.
COUNTED = """async (panel, script) => {
  const { Playback } = await import(new URL('panel/playback.js', script));
  const playback = new Playback(panel.scenario), whole = panel.segments.at(-1), middle = (whole.from + whole.until) / 2;
  playback.add({ ...whole, histogram: [[40, 1000]] }, true);
  playback.advance(middle * 1000);
  playback.add({ ...whole, from: middle, at: [], events: [], notices: [], histogram: [[40, 500]] }, true);
  const half = playback.answered;
  playback.advance(whole.until * 1000);
  return [half, playback.answered];
}"""


@pytest.mark.parametrize("width", [1440])
def test_an_answer_that_was_sent_for_twice_is_counted_once(page: Page, site, complaints):
    panel = opened(page, site)
    script = page.evaluate("document.querySelector('script[src*=simulation-panel]').src")
    half, whole = panel.evaluate(COUNTED, script)
    assert half == [[40, pytest.approx(500)]]
    assert whole == [[40, pytest.approx(1000)]]


def test_restart_and_a_new_seed(page: Page, site, complaints):
    panel = opened(page, site)
    choose(page.locator("#sim-strategies").get_by_role("radio", name="Random"))
    until(lambda: settings(panel)["strategy"] == "random", "the strategy")
    press(page.get_by_role("button", name="Restart"))
    until(lambda: panel.evaluate("panel => panel.experiment.timeline.length") == 3, "the lesson's opening")
    assert settings(panel)["strategy"] == "round-robin"
    press(page.get_by_role("button", name="New seed"))
    until(lambda: panel.evaluate("panel => panel.experiment.seed") != 1, "another seed")
    until(lambda: playhead(panel) > 1, "something to begin again from")
    assert panel.evaluate(BEGUN_AGAIN) < 1, "what was on its way belongs to the run before"
    expect(page.locator("[data-part=says]")).to_contain_text("A new seed")


def test_guided_steps_open_the_controls_one_after_the_other(page: Page, site, complaints):
    page.goto(site.url + ONE_SERVER)
    panel = page.locator("simulation-panel")
    panel.scroll_into_view_if_needed()
    rate, variability = (
        page.get_by_role("slider", name="Arrival rate", exact=True),
        page.get_by_role("slider", name="Variability (cv²)", exact=True),
    )
    press(page.get_by_role("button", name="Run without predicting"))
    expect(rate).to_be_visible()
    expect(variability).to_be_hidden()
    until(lambda: panel.evaluate("panel => panel.run?.known ?? false"), "the opening")
    press(page.get_by_role("button", name="First step"))
    press(page.get_by_role("button", name="Next step"))
    until(lambda: settings(panel)["arrival_rate"] == 90, "the step's setting")
    expect(rate).to_have_value("90")
    until(lambda: playhead(panel) > 0.5, "its run")
    rate.fill("40")
    until(lambda: settings(panel)["arrival_rate"] == 40, "the learner's own")
    press(page.get_by_role("button", name="Restart"))
    until(lambda: settings(panel)["arrival_rate"] == 90, "what the step begins with")
    press(page.get_by_role("button", name="Next step"))
    until(lambda: settings(panel)["arrival_rate"] == 80, "the next step's setting")
    timeline = panel.evaluate("panel => panel.experiment.timeline")
    assert sorted(timeline) == [[0, "arrival_rate", 80], [0, "variability", 0]], "a run of its own"
    expect(variability).to_be_visible()
    expect(page.get_by_role("slider", name="Mean service time", exact=True)).to_be_hidden()
    press(page.locator(".guide").get_by_role("button", name="Open everything"))
    expect(page.get_by_role("slider", name="Mean service time", exact=True)).to_be_visible()


def test_the_keyboard_stays_in_the_guide_when_a_step_hides_the_button_that_was_pressed(page: Page, site, complaints):
    page.goto(site.url + POOL)
    page.locator("simulation-panel").scroll_into_view_if_needed()
    guide = page.locator(".guide")

    def at(name: str) -> Locator:
        return guide.get_by_role("button", name=name, exact=True)

    skip = page.get_by_role("button", name="Run without predicting")
    expect(skip.or_(at("Next step"))).to_be_visible()
    if skip.count():
        press(skip)
        press(at("First step"))
    at("Next step").press("Enter")
    at("Back").press("Enter")
    expect(at("Back")).to_be_hidden()
    expect(at("Next step")).to_be_focused()
    at("Open everything").press("Enter")
    expect(at("Open everything")).to_be_hidden()
    expect(at("Back")).to_be_focused()
    at("Back").press("Enter")
    at("Open everything").press("Enter")  # the last step's next one
    expect(at("Back")).to_be_focused()


def test_a_number_plays_its_run_to_where_it_was_taken(page: Page, site, complaints):
    page.goto(site.url + STATELESS)
    number = page.locator("a.claim").first
    said = number.inner_text()
    press(number)
    expect(page.locator(".claimed")).to_contain_text(f"{said} in the text")
    panel = page.locator("simulation-panel")
    until(lambda: panel.evaluate("panel => panel.playhead > 0"), "its run to play by itself")
    page.get_by_label("Speed").press("End")
    expect(page.locator("[data-part=says]")).to_contain_text("This is where the number was taken", timeout=60_000)
    assert playhead(panel) >= panel.evaluate("panel => panel.scenario.claimed.span")
    assert not panel.evaluate("panel => panel.transport.playing")
    press(page.get_by_role("link", name="Back to the number"))
    expect(page.locator("a.claim:target")).to_be_visible()


def test_a_copied_link_opens_the_same_run_where_it_was(page: Page, browser: Browser, site, complaints):
    panel = opened(page, site)
    pressed(page, "Slow a server")
    until(lambda: settings(panel).get("slow.4") is True and playhead(panel) > 0.4, "the fault")
    press(page.get_by_role("button", name="Pause"))
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    press(page.get_by_role("button", name="Copy link"))
    expect(panel.locator("[data-part=says]")).to_contain_text("Link copied.")
    address = page.evaluate("navigator.clipboard.readText()")
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


def test_an_address_that_nobody_can_read_is_told_as_a_damaged_link(page: Page, site, complaints):
    page.goto(f"{site.url}{STRATEGIES}#sim-strategies=50%@3")
    panel = page.locator("#sim-strategies")
    expect(panel.locator("[data-part=says]")).to_contain_text("This link is damaged")
    until(lambda: panel.evaluate("panel => panel.run?.known ?? false"), "the opening instead")


def test_a_run_is_saved_renamed_and_resumed_where_it_was(page: Page, site, complaints):
    panel = opened(page, site)
    pressed(page, "Slow a server")
    until(lambda: settings(panel).get("slow.4") is True and playhead(panel) > 0.4, "the fault")
    press(page.get_by_role("button", name="Pause"))
    seen, at = panel.evaluate("panel => panel.experiment"), playhead(panel)
    press(page.get_by_role("button", name="Save run", exact=True).first)
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
    press(page.get_by_role("link", name="Resume S4 is slow"))
    again = page.locator("#sim-strategies")
    until(lambda: again.evaluate("panel => panel.run?.known ?? false"), "the saved run")
    assert again.evaluate("panel => panel.experiment") == seen
    assert playhead(again) == pytest.approx(at, abs=0.001)
    page.goto(f"{site.url}/account/runs/")
    press(page.get_by_role("button", name="Delete S4 is slow"))
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
    press(page.get_by_role("button", name="Run without predicting"))
    expect(page.get_by_text("Wait a moment.").first).to_be_visible()
    press(page.locator(".guide").get_by_role("button", name="Open everything"))
    page.get_by_role("slider", name="Arrival rate").fill("660")
    until(lambda: playhead(panel) > 0.1 and settings(panel)["arrival_rate"] == 660, "the run, and the touch")
    assert [message["type"] for message in said[:3]] == ["open", "open", "change"]


def test_the_code_for_another_page_is_an_iframe_that_plays(page: Page, site, width: int, complaints):
    page.goto(site.url + STRATEGIES)
    press(page.get_by_text("Show it on another page"))
    code = page.locator(".embed-code code")
    expect(code).to_be_visible()
    address = f"{site.url}/elsewhere/"
    page.route(address, lambda route: route.fulfill(body=f"<!doctype html>{framed}", content_type="text/html"))
    framed = code.inner_text()
    assert framed.startswith("<iframe src=")
    page.goto(address)
    frame = page.frame_locator("iframe")
    press(frame.get_by_role("button", name="Play", exact=True).or_(frame.get_by_role("button", name="Run without predicting")))
    expect(frame.locator("[data-part=clock]")).not_to_have_text("0.00 s")
    inside = next(each for each in page.frames if each != page.main_frame)
    assert inside.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    expect(frame.get_by_role("link", name=re.compile("Load-balancing strategies"))).to_be_visible()
