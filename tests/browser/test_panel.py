"""The instrument itself, in a real browser: every control, and what each promises."""

import json
import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import STRATEGIES, press
from tests.browser.test_journey import latest, play, playhead, until

ONE_SERVER = "/tracks/system-scaling/why-systems-need-to-scale/"
BALANCING = "/tracks/system-scaling/load-balancing/"
POOL = "/tracks/system-scaling/horizontal-scaling/"
pytestmark = pytest.mark.usefixtures("width")


def opened(page: Page, site, path: str = STRATEGIES) -> Locator:
    """The panel of a lesson, playing."""
    page.goto(site.url + path)
    return play(page)


def settings(panel: Locator) -> dict:
    return panel.evaluate("panel => panel.run.settings")


def pressed(page: Page, name: str) -> Locator:
    button = page.get_by_role("button", name=name, exact=True)
    press(button)
    expect(button).to_have_attribute("aria-pressed", "true")
    return button


def test_a_value_that_is_refused_is_explained_beside_its_slider(page: Page, site, complaints):
    panel = opened(page, site)
    exact = page.get_by_label("Arrival rate, exactly")
    exact.fill("5000")
    exact.press("Enter")
    expect(page.get_by_text("Arrival rate takes 20 to 1,000 req/s, not 5000. It stays at 280.")).to_be_visible()
    expect(exact).to_have_attribute("aria-invalid", "true")
    exact.fill("505")
    exact.press("Enter")
    until(lambda: settings(panel)["arrival_rate"] == 505, "the value")
    expect(exact).to_have_value("505")
    expect(page.get_by_role("slider", name="Arrival rate")).to_have_attribute("aria-valuetext", "505 req/s")
    expect(page.get_by_text("Arrival rate takes")).to_have_count(0)


def test_keys_play_step_and_set_the_speed(page: Page, site, complaints):
    panel = opened(page, site)
    page.get_by_label("Speed").focus()
    page.keyboard.press("k")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    before = playhead(panel)
    page.keyboard.press(".")
    until(lambda: playhead(panel) > before, "one step")
    stepped = playhead(panel)
    page.wait_for_timeout(400)
    assert playhead(panel) == stepped, "a step is one step"
    speed = page.locator(".speed output").inner_text()
    page.keyboard.press("+")
    expect(page.locator(".speed output")).not_to_have_text(speed)


def test_sixty_times_plays_a_minute_in_a_second(page: Page, site, complaints, width: int):
    panel = opened(page, site, ONE_SERVER)
    speed = page.get_by_label("Speed")
    speed.press("End")
    expect(speed).to_have_attribute("aria-valuetext", "60×: one second here is 1 min simulated")
    expect(panel.locator(".speed output")).to_have_text("60×")
    if width != 820:  # there the words have given way, so that the bar is one row
        expect(page.get_by_text("1 s here = 1 min")).to_be_visible()
    until(lambda: playhead(panel) > 120, "two simulated minutes", 15)
    assert latest(panel)["readouts"]["throughput"] == pytest.approx(90, rel=0.2)  # since 5 s: the prediction's script


def test_a_server_shows_its_figures_and_its_faults(page: Page, site, complaints, width: int):
    panel = opened(page, site)
    second, card = page.get_by_role("button", name="S2: figures and faults"), page.locator(".server-card")
    second.scroll_into_view_if_needed()
    if width > 390:  # a finger does not hover
        second.hover()
        expect(card).to_contain_text("Utilisation")
        page.mouse.move(1, 1)
        expect(card).to_be_hidden()
    second.focus()
    expect(card).to_contain_text("Utilisation")
    expect(card.get_by_role("button")).to_have_count(0)  # what is only looked at is not disturbed
    second.blur()
    press(second)
    box = card.bounding_box()
    assert box
    assert 0 <= box["x"] < box["x"] + box["width"] <= width, "all of the card is on the screen"
    assert page.get_by_text("Press a server for its figures and faults").is_visible()
    if width == 390:  # the buttons under the controls are a long way from the picture
        for name in ("S4", "S2"):
            page.keyboard.press("Escape")
            server = page.get_by_role("button", name=f"{name}: figures and faults")
            press(server)
            row, fault = server.bounding_box(), card.get_by_role("button", name="Stop").bounding_box()
            assert row
            assert fault
            assert fault["height"] >= 44
            between = max(fault["y"] - row["y"] - row["height"], row["y"] - fault["y"] - fault["height"])
            assert 0 <= between < 24, "its faults are beside it, below or above, and do not hide it"
            assert 56 <= fault["y"] <= 844 - fault["height"], "on the screen"
    press(card.get_by_role("button", name="Slow"))
    until(lambda: settings(panel).get("slow.2") is True, "the fault")
    expect(card).to_contain_text("Slow")
    expect(card.get_by_role("button", name="Slow")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_label("Server to disturb")).to_have_value("1")  # S2, counted from 0
    weight = card.get_by_label("Weight")
    weight.fill("2")
    weight.press("Enter")
    until(lambda: settings(panel)["weight.2"] == 2, "the weight")
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    second.focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("button", name="S3: figures and faults")).to_be_focused()


TURNS = """panel => {
  globalThis.turns = [];
  globalThis.told = new Map();
  const frame = () => {
    const k = panel.run.playback, s = k.servers[3], now = k.now / 1000;
    for (const segment of k.segments) for (const [at, words] of segment.notices) told.set(words, at);
    const stands = `${s.state}${s.trusted ? '' : ', out'}`;
    if (turns.at(-1)?.[1] !== stands) turns.push([now, stands]);
    requestAnimationFrame(frame);
  };
  frame();
}"""


# The server and the page keep the time, whatever the width: at each of them at the speed at which every turn is a picture.
@pytest.mark.parametrize(("speed", "width"), [(1, 1440), (1, 820), (1, 390), (10, 1440), (60, 390)])
def test_the_stage_turns_when_the_time_axis_says_so(page: Page, site, complaints, speed: int):
    panel = opened(page, site, BALANCING)
    press(page.get_by_role("button", name="Restart"))
    page.evaluate("speed => document.querySelector('simulation-panel').transport.set(speed)", speed)
    if speed == 1:
        page.get_by_role("slider", name="Probe interval", exact=True).fill("1")
    until(lambda: playhead(panel) > speed, "a second of it")
    panel.evaluate(TURNS)
    stop = pressed(page, "Stop a server")
    until(lambda: panel.evaluate("turns.at(-1)[1]") == "down, out", "the balancer to notice")
    press(stop)
    until(lambda: panel.evaluate("turns.at(-1)[1]") == "up", "the server to be back")
    told, turns = page.evaluate("[Object.fromEntries(told), turns]")
    shown = {stands: at for at, stands in turns[1:]}
    frame = 0.5 * speed  # half a second on the wall, for a machine that is busy
    for words, stands in {
        "S4 stops": "down",
        "S4 leaves the rotation": "down, out",
        "S4 starts": "boot, out",
        "S4 is up": "up, out",
        "S4 returns to the rotation": "up",
    }.items():
        if stands in shown or speed == 1:  # fast, one turn follows another within a frame
            assert told[words] <= shown[stands] <= told[words] + frame, (words, told, turns)


def test_figures_warm_up_after_a_change_and_theory_says_when_it_is_silent(page: Page, site, complaints):
    panel = opened(page, site)
    press(page.get_by_role("button", name="Restart"))  # the opening has no fault of its own
    page.evaluate("document.querySelector('simulation-panel').transport.set(1)")
    until(lambda: playhead(panel) > 4, "a settled run")
    expect(page.locator("[data-part=warming]")).to_be_hidden()
    expect(page.locator("[data-part=theory]")).to_contain_text("Theory: ")
    expect(page.locator(".readout", has_text="p99").locator(".th")).to_contain_text("theory says")
    pressed(page, "Slow a server")
    expect(page.locator("[data-part=warming]")).to_contain_text("from before the last change")
    expect(page.locator("[data-part=theory]")).to_contain_text("S4 is slow")
    until(lambda: page.locator("[data-part=warming]").is_hidden(), "fresh figures")


def test_nothing_moves_when_figures_begin_to_warm_up(page: Page, site, complaints):
    panel = opened(page, site)
    tops = "panel => ['readouts', 'charts'].map(name => panel.piece(name).offsetTop)"
    tell = "(panel, since) => { panel.run.playback.since = since; panel.tell(); }"
    press(page.get_by_role("button", name="Pause"))
    panel.evaluate(tell, 0)
    expect(page.locator("[data-part=warming]")).to_be_hidden()
    before = panel.evaluate(tops)
    panel.evaluate(tell, 1e9)
    expect(page.locator("[data-part=warming]")).to_be_visible()
    assert panel.evaluate(tops) == before


def test_a_shared_queue_counts_the_wait_too(page: Page, site, complaints):
    """The rug of a server holds response times, also of requests that waited in no server's own queue."""
    panel = opened(page, site, POOL)
    page.evaluate("document.querySelector('simulation-panel').transport.set(0.5)")
    rate = page.get_by_label("Arrival rate, exactly")
    rate.fill("500")  # capacity is 400
    rate.press("Enter")
    until(lambda: panel.evaluate("panel => panel.run.playback.row.shared") > 40, "the shared queue to grow", 40)
    until(
        lambda: panel.evaluate("panel => Math.max(...panel.run.playback.servers.flatMap(s => s.recent.map(r => r.ms)))") > 100,
        "answers that waited",
    )


def test_the_panel_alone_in_a_frame(page: Page, site, complaints):
    page.goto(f"{site.url}/embed/system-scaling/load-balancing-strategies/strategies/")
    panel = play(page)
    until(lambda: playhead(panel) > 0.1, "the run")
    expect(page.get_by_role("link", name=re.compile("Load-balancing strategies"))).to_be_visible()
    expect(page.locator(".topbar")).to_have_count(0)


def test_with_reduced_motion_numbers_move_and_nothing_flies(page: Page, site, complaints):
    page.emulate_media(reduced_motion="reduce")
    panel = opened(page, site)
    until(lambda: playhead(panel) > 0.2, "the run")
    page.evaluate("""() => { const view = document.querySelector('#sim-strategies').views[0]; window.drawn = 0;
        const draw = view.stage.draw.bind(view.stage); view.stage.draw = (...a) => { window.drawn++; draw(...a); }; }""")
    page.wait_for_timeout(2000)
    assert 2 <= page.evaluate("window.drawn") <= 8, "two pictures a second"
    press(page.get_by_text("The picture as a table"))
    table = page.locator("[data-part=table]")
    expect(table.get_by_role("row")).to_have_count(5)
    expect(table).to_contain_text("Requests lost: none")
    until(lambda: "Round robin" in page.locator("[data-part=spoken]").inner_text(), "the sentence", 10)


def test_an_idle_panel_asks_for_nothing(page: Page, site, complaints):
    panel = opened(page, site)
    press(page.get_by_role("button", name="Pause"))
    page.evaluate("""() => { window.frames_asked = 0; const ask = window.requestAnimationFrame;
        window.requestAnimationFrame = f => { window.frames_asked++; return ask(f); };
        window.sent = 0;
        const { connection } = document.querySelector('#sim-strategies').run, send = connection.send.bind(connection);
        connection.send = m => { window.sent++; return send(m); }; }""")
    page.wait_for_timeout(1500)
    assert page.evaluate("[window.frames_asked, window.sent]") == [0, 0]
    assert panel.evaluate("panel => panel.state") == "open"


def test_without_scripts_there_is_a_picture_a_table_and_the_steps(browser: Browser, site, browser_context_args):
    context = browser.new_context(**browser_context_args, java_script_enabled=False)
    page = context.new_page()
    page.goto(site.url + ONE_SERVER)
    expect(page.locator(".still-picture").first).to_be_visible()
    expect(page.locator(".lab-guide ol li")).to_have_count(3)
    expect(page.locator(".lab-guide ul li")).to_have_count(4)  # what could be predicted
    press(page.get_by_text("The opening run in figures"))
    expect(page.locator(".lab-figures tr", has_text="Mean latency")).to_contain_text("20.0")
    page.goto(site.url + POOL)
    expect(page.locator(".lab-guide")).to_contain_text("Four times as high")
    context.close()


def test_it_fits_and_thumbs_reach_the_play_button(page: Page, site, width: int, complaints):
    panel = opened(page, site)
    pressed(page, "Slow a server")
    rows = panel.evaluate("panel => [...panel.views[0].stage.L.places.values()].map(r => [r.x, r.right, r.top + r.h])")
    size = panel.evaluate("panel => [panel.views[0].stage.W, panel.views[0].stage.H]")
    assert all(x >= 0 and right <= size[0] and bottom <= size[1] for x, right, bottom in rows), json.dumps(rows)
    page.locator(".stage-box").scroll_into_view_if_needed()
    page.evaluate("document.querySelector('.stage-box').scrollIntoView()")
    pause = page.get_by_role("button", name="Pause").bounding_box()
    assert pause
    assert pause["height"] >= (44 if width < 821 else 36)
    if width == 390:
        assert 0 <= pause["y"] <= 844 - pause["height"], "the play button stays on the screen with the picture"
        return
    names = [
        "Pause",
        "Step",
        "Restart",
        "New seed",
        "Copy link",
        "Save run",
        "Compare A | B",
    ]  # also where there is room for an icon
    boxes = [page.get_by_role("button", name=name, exact=True).bounding_box() for name in names]
    assert {box["y"] for box in boxes if box} == {pause["y"]}, "one row"
    assert all(box and box["width"] >= (44 if width == 820 else 36) <= box["height"] for box in boxes)
    clock = page.locator("[data-part=clock]").bounding_box()
    assert clock
    assert pause["y"] < clock["y"] < pause["y"] + pause["height"], "and the clock on it"


@pytest.mark.parametrize("width", [390])  # a window that feels a finger
def test_each_speed_can_be_hit_by_a_finger(page: Page, site, complaints):
    for wide, high in ((820, 1180), (1024, 768), (844, 390)):
        page.set_viewport_size({"width": wide, "height": high})
        opened(page, site)
        field = page.get_by_label("Speed")
        field.evaluate("field => field.scrollIntoView({ block: 'center' })")
        track = field.bounding_box()
        assert track
        assert track["height"] >= 44
        steps = int(field.get_attribute("max") or 0)
        assert track["width"] / steps >= 20, wide
        page.touchscreen.tap(track["x"] + track["width"] * 8 / steps, track["y"] + track["height"] / 2)
        expect(page.locator(".speed output")).to_have_text("5×")


PLACES = """panel => ['copy', 'controls'].map(name => panel.piece(name).getBoundingClientRect().top)"""


def test_what_is_said_of_a_link_is_seen_moves_nothing_and_goes(page: Page, site, complaints):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    panel, says = opened(page, site), page.locator("[data-part=says]")
    press(page.get_by_role("button", name="Pause"))
    copy = page.get_by_role("button", name="Copy link")
    copy.scroll_into_view_if_needed()
    before = panel.evaluate(PLACES)
    press(copy)
    expect(says).to_contain_text("Link copied.")
    expect(says).to_be_in_viewport(ratio=1)
    expect(says).to_have_class("lab-says passing")
    assert panel.evaluate(PLACES) == pytest.approx(before, abs=0.1)
    expect(says).to_have_text("", timeout=15_000)
    assert panel.evaluate(PLACES) == pytest.approx(before, abs=0.1)


def test_an_address_that_cannot_be_copied_is_shown_whole(page: Page, site, complaints):
    page.add_init_script("navigator.clipboard.writeText = () => Promise.reject(new Error('refused'))")
    opened(page, site)
    press(page.get_by_role("button", name="Pause"))
    press(page.get_by_role("button", name="Copy link"))
    says = page.locator("[data-part=says]")
    expect(says).to_contain_text(f"Copy this address: {site.url}{STRATEGIES}#sim-strategies=")
    expect(says).to_be_in_viewport(ratio=1)
    assert says.evaluate("says => says.scrollWidth <= says.clientWidth"), "none of it is cut off"
