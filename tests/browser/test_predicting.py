"""The learner says what will happen, watches it, and sees both."""

import re

import pytest
from playwright.sync_api import FloatRect, Page, expect

from tests.browser.conftest import STRATEGIES, by_finger, choose, point_at, press
from tests.browser.test_journey import latest, playhead, until
from tests.browser.test_panel import POOL, opened, settings

BIG_BOX = "/tracks/system-scaling/vertical-scaling/"
pytestmark = pytest.mark.usefixtures("width")


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


def draw(page: Page, box: FloatRect, line: list[tuple[float, float]]) -> None:
    """Draw a line through these parts of a box, in one stroke: with a finger where the screen feels one, else with the mouse."""
    points = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in line]
    if by_finger(page):
        finger = page.context.new_cdp_session(page)
        (x, y), tremor = points[-1], (1, 0, 1, 0, 1, 0)  # it rests where it ends: otherwise the stroke is a fling
        for number, (x, y) in enumerate([*points, *((x, y + pixel) for pixel in tremor)]):
            kind = "touchMove" if number else "touchStart"
            finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
            page.evaluate("() => new Promise(requestAnimationFrame)")
        finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        return
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point)
    page.mouse.up()


RISE = [(0.4, 0.8), *((part / 100, 0.5) for part in range(40, 100, 3))]


def test_a_line_is_drawn_with_whatever_is_at_hand_and_stays_beside_the_run(page: Page, site, complaints, width: int):
    page.goto(site.url + STRATEGIES)
    panel, svg = page.locator("#sim-strategies"), page.locator(".draw svg")
    svg.scroll_into_view_if_needed()
    go, left = page.get_by_role("button", name="Lock in and run"), page.locator(".predict-left")
    expect(go).to_be_disabled()
    expect(left).to_have_text("Still missing: a line or a shape, and how sure you are.")
    assert panel.evaluate("panel => panel.run?.known ?? false") is False, "nothing runs before"
    box, stood = svg.bounding_box(), page.evaluate("scrollY")
    assert box
    assert box["x"] + box["width"] <= width
    draw(page, box, RISE[:8])
    expect(left).to_have_text("Still missing: the rest of the line, and how sure you are.")
    draw(page, box, RISE)
    assert page.evaluate("scrollY") == stood, "who draws does not scroll"
    expect(left).to_have_text("Still missing: how sure you are.")
    expect(go).to_be_disabled()
    press(page.locator(".predict-sure").get_by_text("Fairly sure"))
    press(go)
    expect(page.locator(".predicted")).to_contain_text("You predicted: your own line, fairly sure")
    until(
        lambda: panel.evaluate("panel => panel.experiment.timeline.some(row => row[1] === 'slow.4' && row[0] === 4)"), "the fault"
    )
    ghost = panel.evaluate("panel => panel.board.ghost.points")
    assert [ghost[0][0], ghost[-1][0]] == [4, 30]
    low, high = min(y for _, y in ghost[12:]), max(y for _, y in ghost[12:])
    assert 0 < low <= high < 1.1 * low, "level, as it was drawn"
    until(lambda: playhead(panel) > 4.5, "what was before the fault")
    page.get_by_label("Speed").press("End")
    outcome = page.locator(".predicted-outcome")
    expect(outcome).to_contain_text(re.compile(r"p99 latency: \d+ ms before, [\d,]+ ms after 30 s\."), timeout=40_000)
    press(page.get_by_role("button", name="Pause", exact=True))
    page.locator(".charts").scroll_into_view_if_needed()
    point_at(page.locator(".plot").first)
    texts = page.locator(".plot").first.locator("svg text")
    until(lambda: "yours" in [text.strip() for text in texts.all_text_contents()], "the line on the chart")
    page.wait_for_load_state("networkidle")
    assert page.evaluate("sessionStorage.length") == 0, "it is kept with the learner's progress"
    page.reload()
    panel.scroll_into_view_if_needed()
    expect(page.locator(".predicted")).to_contain_text("You predicted: your own line")
    expect(outcome).to_contain_text(re.compile(r"p99 latency: [\d,]+ ms after 30 s\."))
    assert panel.evaluate("panel => panel.board.ghost.points.length") == len(ghost)
    press(page.get_by_role("button", name="Predict again"))
    expect(go).to_be_disabled()


def test_predict_by_choosing(page: Page, site, complaints):
    page.goto(site.url + POOL)
    page.locator("simulation-panel").scroll_into_view_if_needed()
    go = page.get_by_role("button", name="Lock in and run")
    expect(go).to_have_accessible_description("Still missing: an answer, and how sure you are.")
    go.press("Enter")  # it can be reached, and leads to what is missing
    expect(page.get_by_role("radio", name="Where it was")).to_be_focused()
    expect(page.locator(".predicted")).to_be_hidden()
    press(page.locator(".predict").get_by_text("Four times as high", exact=True))
    expect(go).to_have_accessible_description("Still missing: how sure you are.")
    go.press("Enter")
    expect(page.get_by_role("radio", name="A guess")).to_be_focused()
    choose(page.get_by_role("radio", name="Certain"))
    expect(go).to_have_accessible_description("Ready: what you said will stand beside the run.")
    press(go)
    expect(page.locator(".predicted")).to_contain_text("You predicted: Four times as high, certain")
    panel = page.locator("simulation-panel")
    until(lambda: panel.evaluate("panel => panel.segments.at(-1)?.settings['stop.4'] === true"), "the stop", 40)


def test_the_run_of_a_prediction_is_watched_before_the_first_step_sets_anything(page: Page, site, complaints):
    page.goto(site.url + BIG_BOX)
    panel = page.locator("simulation-panel")
    panel.scroll_into_view_if_needed()
    page.get_by_role("radio", name="It doubles").check()
    choose(page.get_by_role("radio", name="A guess"))
    press(page.get_by_role("button", name="Lock in and run"))
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
    press(page.get_by_role("button", name="First step"))
    until(lambda: settings(panel)["workers"] == 8, "the first step's setting")
    assert playhead(panel) < before
    assert latest(panel)["settings"]["arrival_rate"] == 1500, "what the lesson begins with, and the step does not name"
    expect(page.locator(".predicted-outcome")).to_have_text("Its run was not watched to the end.")
    assert panel.evaluate("panel => panel.board.ghost") is None
    assert all(at == 0 for at, _, _ in panel.evaluate("panel => panel.experiment.timeline")), (
        "it begins again, without the script"
    )
    until(lambda: playhead(panel) > 0.5, "the step's run")
    press(page.get_by_role("button", name="Watch it again"))
    expect(page.locator(".guide")).to_contain_text("First, watch")
    until(lambda: settings(panel)["workers"] == 64, "its run again")
    page.get_by_label("Speed").press("End")
    expect(page.locator(".predicted-outcome")).to_contain_text("Throughput:", timeout=60_000)


def test_predict_a_number_with_the_keyboard_alone(page: Page, site, complaints, buyer):
    page.context.add_cookies(buyer)
    page.goto(f"{site.url}/tracks/surviving-overload/game-day/")
    panel = page.locator("simulation-panel")
    panel.scroll_into_view_if_needed()
    number, go = panel.locator(".predict input[type=range]"), page.get_by_role("button", name="Lock in and run")
    again = panel.get_by_role("button", name="Predict again")
    expect(number.or_(again).first).to_be_visible()
    if again.is_visible():  # the account remembers what it predicted at another width
        again.press("Enter")
    most = panel.evaluate("panel => panel.scenario.predict.maximum")
    middle = f"{most / 2:,g} req/s"
    expect(number).to_have_attribute("aria-valuetext", "no value yet")
    page.get_by_role("radio", name="A guess").press("Space")
    expect(go).to_have_accessible_description("Still missing: a value.")  # where it stands by itself is not what is meant
    number.press("Enter")
    expect(number).to_have_attribute("aria-valuetext", middle)
    expect(panel.locator(".predict output")).to_have_text(middle)
    expect(go).to_be_enabled()
    expect(page.locator(".predicted")).to_be_hidden()  # said, and not yet locked in
    number.press("End")
    for _ in range(2):
        number.press("ArrowLeft")
    said = f"{most - 2 * most / 200:,g} req/s"
    expect(number).to_have_attribute("aria-valuetext", said)
    page.get_by_role("radio", name="Certain").press("Space")
    go.press("Enter")
    expect(page.locator(".predicted")).to_contain_text(f"You predicted: {said}, certain")
    expect(panel.locator("[data-part=play]")).to_be_focused()  # the form is gone
    page.get_by_label("Speed").press("End")
    expect(page.locator(".predicted-outcome")).to_contain_text(
        re.compile(r"Goodput: \d+ req/s .*After|Goodput: .*\d+ s"), timeout=60_000
    )


# What comes of a finger that begins on the slider and scrolls the page.
SCROLLED = """field => {
  const say = (Kind, name) => field.dispatchEvent(new Kind(name, { bubbles: true, pointerType: 'touch' }));
  say(PointerEvent, 'pointerdown');
  field.value = '3';
  say(InputEvent, 'input');
  say(PointerEvent, 'pointercancel');
}"""


def test_the_middle_of_a_slider_is_said_by_pressing_it_there(page: Page, site, complaints, buyer):
    page.context.add_cookies(buyer)
    page.goto(f"{site.url}/tracks/surviving-overload/queues-and-backpressure/")
    panel = page.locator("simulation-panel").first
    panel.scroll_into_view_if_needed()
    number = panel.locator(".predict input[type=range]")
    expect(number).to_have_attribute("aria-valuetext", "no value yet")
    number.evaluate(SCROLLED)
    expect(number).to_have_attribute("aria-valuetext", "no value yet")
    expect(page.locator(".predict-left")).to_contain_text("Still missing: a value")
    press(number)
    most, unit = panel.evaluate("({ scenario: { predict } }) => [predict.maximum, predict.unit]")
    expect(number).to_have_attribute("aria-valuetext", f"{most / 2:,g} {unit}")
    expect(page.locator(".predict-left")).to_have_text("Still missing: how sure you are.")


# Of the stage: how far it stands below what covers the top of the window, and above its end; negative where it is covered.
IN_SIGHT = """panel => {
  const box = panel.piece('stages').getBoundingClientRect(), bar = document.querySelector('.topbar');
  const over = bar && getComputedStyle(bar).position === 'sticky' ? bar.getBoundingClientRect().bottom : 0;
  return [box.top - over, innerHeight - box.bottom].map(Math.round);
}"""


@pytest.mark.parametrize("width", [390])
@pytest.mark.parametrize("path", [STRATEGIES, "/embed/system-scaling/load-balancing-strategies/strategies/"])
@pytest.mark.parametrize("window", [(390, 844), (844, 390), (600, 900), (744, 1133), (820, 1180), (1440, 900)])
def test_a_run_begins_where_it_can_be_seen(page: Page, site, complaints, path: str, window: tuple[int, int]):
    """The form above it is gone then, and the browser holds what stood below."""
    page.set_viewport_size({"width": window[0], "height": window[1]})
    page.goto(site.url + path)
    panel = page.locator("#sim-strategies")
    page.get_by_role("button", name="Run without predicting").scroll_into_view_if_needed()
    press(page.get_by_role("button", name="Run without predicting"))
    until(lambda: playhead(panel) > 0, "the run")
    above, below = panel.evaluate(IN_SIGHT)
    assert above >= -1
    assert below >= 0 or above <= 1, "all of it, or as much as there is room for"
    if window[0] <= 640 or window[1] <= 500:
        expect(page.get_by_role("button", name="Pause")).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("width", [390])
def test_a_step_begins_where_it_can_be_seen(page: Page, site, complaints):
    panel = opened(page, site, BIG_BOX)
    press(page.get_by_role("button", name="Back"))
    until(lambda: (found := panel.evaluate(IN_SIGHT)) and found[0] >= -1 and found[1] >= 0, "the stage, all of it")
