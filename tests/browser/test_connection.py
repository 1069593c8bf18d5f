"""The websocket as the page sees it: cut, refused, closed for good, out of sight; and how long it waits before it comes back."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.conftest import STRATEGIES, press
from tests.browser.test_journey import latest, play, playhead, until
from tests.browser.test_panel import opened, settings

pytestmark = pytest.mark.usefixtures("width")
Hear = Callable[[WebSocketRoute, dict[str, Any]], bool]
# The waits of many pages after one cut after another, without a network: no socket ever opens.
WAITS = """async ([script, pages, cuts]) => {
  const { Connection } = await import(new URL('panel/connection.js', script));
  const Real = window.WebSocket, later = window.setTimeout, waits = [];
  window.WebSocket = class extends EventTarget { constructor() { super(); window.last = this; } };
  window.setTimeout = (done, wait) => { waits.at(-1).push(wait / 1000); window.next = done; };
  for (let page = 0; page < pages; page++) {
    const connection = new Connection('/ws/', () => ({}));
    waits.push([]);
    connection.open();
    for (let cut = 0; cut < cuts; cut++) {
      if (cut === cuts - 1) window.last.dispatchEvent(new MessageEvent('message', { data: '{"type": "segment"}' }));
      window.last.dispatchEvent(new CloseEvent('close', { code: 1012 }));
      window.next();
    }
  }
  Object.assign(window, { WebSocket: Real, setTimeout: later });
  return waits;
}"""


def between(page: Page, hear: Hear) -> list[WebSocketRoute]:
    """Sit between page and server; `hear` may answer for the server, and then says so. The page's connections, in order."""
    lines: list[WebSocketRoute] = []

    def joined(line: WebSocketRoute) -> None:
        server = line.connect_to_server()
        lines.append(line)
        line.on_message(lambda text: None if hear(line, json.loads(text)) else server.send(text))

    page.route_web_socket(re.compile("/ws/"), joined)
    return lines


@pytest.mark.parametrize("width", [1440])  # no picture is looked at
def test_after_a_cut_it_waits_with_full_jitter_longer_and_longer_up_to_half_a_minute(page: Page, site):
    page.goto(site.url + STRATEGIES)
    script = page.evaluate("document.querySelector('script[src*=simulation-panel]').src")
    *cut, after = zip(*page.evaluate(WAITS, [script, 400, 9]), strict=True)
    for tries, waits in enumerate(cut):
        longest = min(30.0, 2.0**tries)
        assert min(waits) >= 0.5
        assert max(waits) <= longest
        for quarter in range(4):
            begin, end = (0.5 + (longest - 0.5) * part / 4 for part in (quarter, quarter + 1))
            assert 50 < sum(begin <= wait <= end for wait in waits) < 150, "pages come back spread over the whole of it"
    assert max(cut[-1]) > 28
    assert max(after) <= 1, "once the server has answered it begins anew"


def test_a_cut_is_said_quietly_and_the_run_goes_on_where_it_is(page: Page, site, complaints):
    lines = between(page, lambda line, message: False)
    panel = opened(page, site)
    until(lambda: playhead(panel) > 0.2, "the run")
    page.get_by_role("slider", name="Arrival rate").fill("540")
    until(lambda: settings(panel)["arrival_rate"] == 540, "the change")
    before, experiment = playhead(panel), panel.evaluate("panel => panel.experiment")
    lines[-1].close(code=1012)
    says = panel.locator("[data-part=says]")
    expect(says).to_have_text("The connection was lost. It comes back by itself, and the run goes on where it is.")
    expect(says).to_have_attribute("role", "status")
    expect(says).to_have_text("")
    assert len(lines) == 2
    until(lambda: latest(panel)["from"] > before and playhead(panel) > before + 0.3, "what comes next")
    assert panel.evaluate("panel => panel.experiment") == experiment


@pytest.mark.parametrize("width", [390])
@pytest.mark.parametrize("rests", [False, True], ids=["cut", "resting"])
def test_a_touch_without_an_answer_is_made_again_on_the_next_connection(page: Page, site, rests: bool, complaints):
    """Also when it crosses the server's word that the simulation rests."""
    swallowed: list[dict[str, Any]] = []

    def swallow(line: WebSocketRoute, message: dict[str, Any]) -> bool:
        if message["type"] != "change" or swallowed:
            return False
        swallowed.append(message)
        if rests:
            line.send(json.dumps({"type": "error", "code": "idle", "message": "The simulation rests.", "fatal": True}))
        line.close(code=1012)
        return True

    lines = between(page, swallow)
    panel = opened(page, site)
    page.get_by_role("slider", name="Arrival rate").fill("660")
    until(lambda: settings(panel)["arrival_rate"] == 660, "the touch after all", 20)
    assert len(lines) == 2
    assert panel.evaluate("panel => panel.experiment.timeline.at(-1)")[0] >= swallowed[0]["at"], "where it was made, or later"
    expect(page.get_by_role("slider", name="Arrival rate")).to_have_attribute("aria-valuetext", "660 req/s")


# As soon as the connection is lost: a slider that is dragged all the way, another control, and the slider once more.
DRAGGED = """({ run }) => run.addEventListener('state', () => {
  for (let rate = 300; rate < 450; rate++) run.change('arrival_rate', rate, true);
  run.change('servers', 5, true);
  run.change('arrival_rate', 310, true);
}, { once: true })"""


@pytest.mark.parametrize("width", [1440])
def test_what_is_moved_without_a_connection_is_sent_as_it_stands_in_the_end(page: Page, site, complaints):
    heard: list[dict[str, Any]] = []
    lines = between(page, lambda line, message: bool(heard.append(message)))
    panel = opened(page, site)
    panel.evaluate(DRAGGED)
    lines[-1].close(code=1012)
    until(lambda: {**settings(panel), "arrival_rate": 310, "servers": 5} == settings(panel), "both", 20)
    made = [(message["control"], message["value"]) for message in heard if message["type"] == "change"]
    assert made == [("servers", 5), ("arrival_rate", 310)], "each once, in the order of the last touch"


# The panel's link in a run of its own, which is touched once its opening is on its way and before that is answered.
EARLY = """async (panel, script) => {
  const { Run } = await import(new URL('panel/run.js', script));
  const run = new Run(panel.path, panel.scenario, { link: panel.run.link, at: panel.playhead, speed: 1 });
  run.connection.addEventListener('state', () => queueMicrotask(() => run.change('servers', 5, false)), { once: true });
  run.open();
  await new Promise(done => run.addEventListener('segment', e => e.detail.reply === 'change' && done()));
  run.leave();
  return [panel.playhead, panel.experiment.timeline, run.timeline];
}"""


@pytest.mark.parametrize("width", [1440])
def test_a_touch_before_the_first_answer_is_made_where_the_run_begins(page: Page, site, complaints):
    panel = opened(page, site)
    page.get_by_role("slider", name="Arrival rate").fill("340")
    until(lambda: settings(panel)["arrival_rate"] == 340, "a change")
    until(lambda: playhead(panel) > 1, "a past")
    press(page.get_by_role("button", name="Pause", exact=True))
    script = page.evaluate("document.querySelector('script[src*=simulation-panel]').src")
    stood, before, timeline = panel.evaluate(EARLY, script)
    assert timeline[:-1] == before, "what the link brought counts on"
    assert timeline[-1] == [pytest.approx(stood, abs=0.001), "servers", 5]


@pytest.mark.parametrize(("code", "name"), [(4400, "bad_message"), (4401, "no_access"), (4403, "no_access"), (4404, "no_access")])
def test_what_is_closed_for_good_says_why_and_is_not_opened_again(page: Page, site, code: int, name: str):
    def refuse(line: WebSocketRoute, message: dict[str, Any]) -> bool:
        line.send(json.dumps({"type": "error", "code": name, "message": "This is why.", "fatal": True, "id": message["id"]}))
        line.close(code=code)
        return True

    lines = between(page, refuse)
    page.goto(site.url + STRATEGIES)
    panel = page.locator("simulation-panel")
    panel.scroll_into_view_if_needed()
    page.clock.install()
    press(page.get_by_role("button", name="Run without predicting"))
    until(lambda: panel.evaluate("panel => panel.state") == "closed", "the close")
    page.clock.run_for(60_000)
    assert len(lines) == 1
    expect(panel.locator("[data-part=says]")).to_have_text("This is why.")


def test_a_change_that_is_too_dear_at_this_speed_is_made_at_a_lower_one(page: Page, site, complaints):
    refused: list[dict[str, Any]] = []

    def once(line: WebSocketRoute, message: dict[str, Any]) -> bool:
        if message["type"] != "change" or refused:
            return False
        refused.append(message)
        answer = {"type": "error", "code": "too_expensive", "message": "That is too much at once.", "longest": 6, "fatal": False}
        line.send(json.dumps({**answer, "id": message["id"]}))
        return True

    between(page, once)
    panel = opened(page, site)
    page.evaluate("document.querySelector('simulation-panel').transport.set(10)")
    until(lambda: playhead(panel) > 5, "the run at 10×")
    panel.evaluate("""({ run }) => { const repeat = run.repeat.bind(run);
        run.repeat = id => { window.stood = run.playhead; repeat(id); }; }""")
    page.get_by_role("slider", name="Arrival rate").fill("660")
    expect(panel.locator("[data-part=says]")).to_have_text("That is too much at once. It goes on at 1×.")
    until(lambda: settings(panel)["arrival_rate"] == 660, "the change after all")
    asked, stood = refused[0]["at"], page.evaluate("window.stood")  # the past does not change: a late answer finds the run beyond
    assert panel.evaluate("panel => panel.experiment.timeline.at(-1)")[0] == pytest.approx(max(asked, stood))
    expect(page.get_by_role("slider", name="Arrival rate")).to_have_attribute("aria-valuetext", "660 req/s")


# By how much what is asked for at a speed may exceed what is said to be the most, and how near it comes to that, as shares of it.
ASKED = """async script => {
  const { endAfter, mostAt, HOP } = await import(new URL('panel/ahead.js', script));
  return [.05, 1, 5, 10, 20, 30, 60].map(speed => Math.max(...Array.from({ length: 4000 }, (_, n) => n * speed / 97)
    .map(at => (endAfter(at, speed, HOP * speed) - at) / mostAt(speed))));
}"""


def test_what_is_asked_for_at_once_is_what_a_lower_speed_is_chosen_by(page: Page, site):
    page.goto(site.url + STRATEGIES)
    script = page.evaluate("document.querySelector('script[src*=simulation-panel]').src")
    for share in page.evaluate(ASKED, script):
        assert 0.97 < share <= 1.000001


# Where the playhead is in the first frame in which it has moved.
FIRST = """(panel, stood) => new Promise(done => {
  const look = () => { if (panel.run.playhead > stood) done(panel.run.playhead); else requestAnimationFrame(look); };
  look();
})"""
HIDE = """away => {
  Object.defineProperty(document, 'hidden', { get: () => away, configurable: true });
  document.dispatchEvent(new Event('visibilitychange'));
}"""


def test_a_tab_in_the_background_asks_for_nothing_and_goes_on_where_it_was(page: Page, site, complaints):
    heard: list[dict[str, Any]] = []
    between(page, lambda line, message: bool(heard.append(message)))
    panel = opened(page, site)
    page.evaluate("document.querySelector('simulation-panel').transport.set(5)")
    until(lambda: playhead(panel) > 3, "the run")
    page.evaluate(HIDE, True)
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    stood, asked = playhead(panel), len(heard)
    page.wait_for_timeout(1_500)  # seven simulated seconds, of which one or two had been sent for
    assert (playhead(panel), len(heard)) == (stood, asked)
    page.evaluate(HIDE, False)
    assert panel.evaluate(FIRST, stood) < stood + 5, "what nobody saw was not played"


def test_two_tabs_are_two_runs(page: Page, site, complaints):
    first = opened(page, site)
    tab = page.context.new_page()
    tab.goto(site.url + STRATEGIES)
    second = play(tab)
    until(lambda: playhead(second) > 0.1, "the second tab's run")
    untouched = second.evaluate("panel => panel.experiment")
    page.get_by_role("slider", name="Arrival rate").fill("660")
    until(lambda: settings(first)["arrival_rate"] == 660, "the change in the first")
    before = latest(second)["until"]
    until(lambda: latest(second)["from"] >= before, "the second to hear from the server again")
    assert second.evaluate("panel => panel.experiment") == untouched
    assert settings(second)["arrival_rate"] == 280


def test_answers_that_are_long_in_coming_are_told_and_come_into_the_run(page: Page, site, complaints):
    """A network that is gone often does not cut a connection: nothing more comes, that is all."""
    held: list[tuple[WebSocketRoute, str | bytes]] = []
    holding = False

    def joined(line: WebSocketRoute) -> None:
        line.connect_to_server().on_message(lambda text: held.append((line, text)) if holding else line.send(text))

    page.route_web_socket(re.compile("/ws/"), joined)
    panel = opened(page, site)
    says = panel.locator("[data-part=says]")
    until(lambda: playhead(panel) > 0.2, "the run")
    holding = True
    expect(says).to_have_text("Waiting for the server. The run goes on where it is.", timeout=20_000)
    assert panel.evaluate("panel => panel.state") == "slow"
    stood = playhead(panel)
    until(lambda: bool(held), "an answer that is held back", 20)
    holding = False
    for line, text in held:
        line.send(text)
    expect(says).to_have_text("")
    until(lambda: playhead(panel) > stood + 0.5, "what comes next")


def test_without_a_network_that_is_said_at_once_and_with_one_it_goes_on_at_once(page: Page, site):
    """Nobody looks at the console here: a browser complains there of each try without a network."""
    panel = opened(page, site)
    says = panel.locator("[data-part=says]")
    until(lambda: playhead(panel) > 0.2, "the run")
    page.context.set_offline(True)
    expect(says).to_have_text("The connection was lost. It comes back by itself, and the run goes on where it is.")
    panel.evaluate("panel => (panel.run.connection.tries = 5)")  # half a minute until it would try again
    page.context.set_offline(False)
    expect(says).to_have_text("")
    stood = playhead(panel)
    until(lambda: playhead(panel) > stood + 0.5, "what comes next")
