"""A | B: the same requests for two settings, side by side."""

import json
from typing import Any

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.conftest import choose, point_at, press
from tests.browser.test_connection import between
from tests.browser.test_journey import until
from tests.browser.test_panel import opened, pressed, settings

pytestmark = pytest.mark.usefixtures("width")


# What of the verdict's words stands outside the window, and the heights of stages that stand beside one another.
OUTSIDE = """panel => [...panel.querySelectorAll('.verdict :is(th, td):not(:has(.vh))')].filter(cell => {
    const range = document.createRange(); range.selectNodeContents(cell);
    const box = range.getBoundingClientRect();
    return box.width && (box.left < 0 || box.right > innerWidth); }).map(cell => cell.textContent)"""
# Of each bar: what is said of the interval and of the difference, the labels of its scale, its marks, and whether all is seen.
BARS = """panel => [...panel.querySelectorAll('.verdict td .interval')].map(bar => {
    const { parentElement: cell } = bar, labels = [...bar.querySelectorAll('span')], box = bar.getBoundingClientRect();
    const marks = ['.dot', '.span', '.zero'].map(name => bar.querySelector(name)), svg = bar.querySelector('svg');
    return {
        said: cell.firstElementChild.textContent, difference: cell.previousElementSibling.textContent,
        ends: [labels[0].textContent, labels[2].textContent], dot: parseFloat(marks[0].getAttribute('d').slice(1)) / 200,
        seen: box.left >= 0 && box.right <= innerWidth && svg.clientWidth >= 120
            && marks.every(mark => getComputedStyle(mark).visibility === 'visible'),
    };
})"""
LINES = "row => new Set([...row.children].map(cell => Math.round(cell.getBoundingClientRect().top))).size"
HEIGHTS = """panel => { const all = panel.views.map(view => view.figure.getBoundingClientRect());
    return all[0].top === all[1].top ? all.map(box => box.height) : null; }"""


def number(text: str) -> float:
    """As the page writes it: with a real minus and commas."""
    return float(text.replace("−", "-").replace(",", ""))


def test_a_and_b_get_the_same_requests_and_the_server_says_what_is_real(page: Page, site, complaints):
    panel = opened(page, site)
    expect(page.locator(".lab-head [aria-current]")).to_have_text("Run")
    pressed(page, "Compare A | B")
    expect(page.locator(".lab-head [aria-current]")).to_have_text("Compare")
    choose(page.locator("#sim-strategies").get_by_role("radio", name="Random"))
    until(lambda: panel.evaluate("panel => panel.runs[1].settings.strategy") == "random", "B's strategy")
    assert settings(panel)["strategy"] == "round-robin"
    expect(page.locator(".stage-cap .run-setting").nth(0)).to_have_text("Round robin")
    expect(page.locator(".stage-cap .run-setting").nth(1)).to_have_text("Random")
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
    row = page.locator(".verdict tbody tr", has_text="p99")
    expect(row).to_contain_text("real")
    assert panel.evaluate(OUTSIDE) == []
    assert row.evaluate(LINES) <= 2, "one line, or two on a phone"
    bars = panel.evaluate(BARS)
    assert len(bars) >= 4, "the mean and three percentiles"
    for bar in bars:
        low, high = (number(end) for end in bar["ends"])
        assert -low == high > 0, "zero is in the middle"
        assert all(low <= number(end) <= high for end in bar["said"].split(" to "))
        assert bar["dot"] == pytest.approx((1 + number(bar["difference"]) / high) / 2, abs=0.02)
        assert bar["seen"], bar
    press(page.get_by_role("button", name="Compare A | B"))
    expect(page.locator(".stage")).to_have_count(1)
    assert panel.evaluate("panel => panel.runs.length") == 1


@pytest.mark.parametrize("failed", [False, True], ids=["cut", "failed"])
def test_who_asks_what_is_real_while_the_connection_is_lost_can_ask_again(page: Page, site, failed: bool, complaints):
    asked: list[dict[str, Any]] = []

    def answer(line: WebSocketRoute, message: dict[str, Any]) -> bool:
        if message["type"] != "compare":
            return False
        asked.append(message)
        if len(asked) > 1:
            refusal = {"type": "error", "code": "too_many", "message": "Not now.", "fatal": False}
            line.send(json.dumps({**refusal, "id": message["id"]}))
            return True
        if failed:
            line.send(json.dumps({"type": "error", "code": "failed", "message": "Something broke.", "fatal": True}))
        line.close(code=1011 if failed else 1012)
        return True

    between(page, answer)
    panel = opened(page, site)
    pressed(page, "Compare A | B")
    until(lambda: panel.evaluate("panel => panel.runs[1]?.known"), "B")
    ask, says = page.get_by_role("button", name="Is the difference real?"), page.locator(".verdict-box [role=status]")
    press(ask)
    expect(says).to_have_text("There is no connection right now.")
    until(lambda: panel.evaluate("panel => panel.state") == "open", "the connection")
    press(ask)
    expect(says).to_have_text("Not now.")
    assert len(asked) == 2


def test_what_a_card_does_is_done_to_its_own_side(page: Page, site, complaints):
    """The controls follow to the side whose server was pressed; they stay with both where they change both."""
    panel = opened(page, site)
    pressed(page, "Compare A | B")
    until(lambda: panel.evaluate("panel => panel.runs[1]?.playback.end > 0"), "B")
    sides, stages = page.get_by_role("group", name="The controls change"), page.locator(".stage")
    stops = """panel => panel.runs.map(({ settings }) =>
        Object.keys(settings).filter(name => name.startsWith("stop") && settings[name]).join())"""
    expect(sides.get_by_role("radio", name="B", exact=True)).to_be_checked()
    for stage, server, side, then in ((0, "S2", "A", ["stop.2", ""]), (1, "S3", "B", ["stop.2", "stop.3"])):
        press(stages.nth(stage).get_by_role("button", name=f"{server}: figures and faults"))
        expect(sides.get_by_role("radio", name=side, exact=True)).to_be_checked()
        stop = stages.nth(stage).locator(".server-card").get_by_role("button", name="Stop")
        expect(stop).to_have_attribute("aria-pressed", "false")
        press(stop)
        until(lambda wanted=then: panel.evaluate(stops) == wanted, f"a server of {side} stops, and only that one")
    choose(sides.get_by_role("radio", name="Both"))
    press(stages.nth(0).get_by_role("button", name="S1: figures and faults"))
    press(stages.nth(0).locator(".server-card").get_by_role("button", name="Stop"))
    until(lambda: panel.evaluate(stops) == ["stop.1,stop.2", "stop.1,stop.3"], "one stops on both sides")
    expect(sides.get_by_role("radio", name="Both")).to_be_checked()


@pytest.mark.parametrize("width", [1440])
def test_who_hears_a_comparison_hears_which_side_is_meant(page: Page, site, complaints):
    panel = opened(page, site)
    picture = page.get_by_role("img", name="Requests travel from clients")
    alone = picture.get_attribute("aria-label")
    pressed(page, "Compare A | B")
    until(lambda: panel.evaluate("panel => panel.runs[1]?.playback.end > 0"), "B")
    for side in "AB":
        expect(page.get_by_role("img", name=f"{side}: {alone}", exact=True)).to_have_count(1)
        servers = page.get_by_role("group", name=f"Servers of {side}", exact=True)
        expect(servers.get_by_role("button", name=f"{side}, S1: figures and faults", exact=True)).to_have_count(1)
    sides, spoken = page.get_by_role("group", name="The controls change"), page.locator("[data-part=spoken]")
    press(page.get_by_role("button", name="Pause", exact=True))  # or the next sentence may come before one has looked
    for side, rate, said in (("B", 300, "B"), ("A", 310, "A"), ("Both", 320, "A and B")):
        choose(sides.get_by_role("radio", name=side, exact=True))
        page.get_by_role("slider", name="Arrival rate", exact=True).fill(str(rate))
        expect(spoken).to_have_text(f"{said}: Arrival rate: {rate} req/s.")
    press(page.get_by_role("button", name="Compare A | B"))
    expect(picture).to_have_accessible_name(alone or "")
    expect(page.get_by_role("group", name="Servers", exact=True)).to_have_count(1)
    expect(page.get_by_role("button", name="S1: figures and faults", exact=True)).to_have_count(1)


@pytest.mark.parametrize("width", [1440, 390])
def test_stages_beside_one_another_are_equally_high(page: Page, site, width, complaints):
    panel = opened(page, site)
    pressed(page, "Compare A | B")
    until(lambda: panel.evaluate("panel => panel.runs.length") == 2, "B")
    low = (panel.evaluate(HEIGHTS) or [0])[0]
    page.get_by_role("slider", name="Servers").fill("8")
    until(lambda: panel.evaluate("panel => panel.runs[1].settings.servers") == 8, "B's servers")
    assert settings(panel)["servers"] == 4
    if width == 1440:
        until(lambda: len(set(high := panel.evaluate(HEIGHTS))) == 1 and high[0] > low, "one height, of the eight")
        high = panel.evaluate(HEIGHTS)[0]
        page.get_by_role("slider", name="Servers").fill("2")
        until(lambda: panel.evaluate("panel => panel.runs[1].settings.servers") == 2, "fewer servers")
        assert panel.evaluate(HEIGHTS) == [high, high], "what stands below does not jump"
    else:
        assert panel.evaluate(HEIGHTS) is None, "one below the other"


@pytest.mark.parametrize("width", [1440])
def test_both_stages_are_the_same_picture_at_every_width(page: Page, site, complaints):
    panel = opened(page, site)
    pressed(page, "Compare A | B")
    measured = "panel => panel.views.every(({ stage }) => stage.W === stage.canvas.clientWidth)"
    looks = "panel => panel.views.map(({ stage }) => [stage.canvas.clientWidth, stage.W, stage.L.kind].join(' '))"
    for wide in (1022, 1023, 1024, 1025, 1340, 1341, 1342, 1343):
        page.set_viewport_size({"width": wide, "height": 900})
        until(lambda: panel.evaluate(measured), "new sizes")
        one, other = panel.evaluate(looks)
        assert one == other, wide


@pytest.mark.parametrize("width", [820])
def test_what_came_before_belongs_to_both(page: Page, site, complaints):
    """The series, the marks and the rugs of B begin where those of A do, and are what A's were."""
    panel = opened(page, site)
    page.evaluate("document.querySelector('simulation-panel').touch({control: 'arrival_rate', value: 340})")
    until(lambda: panel.evaluate("panel => panel.run.playhead") > 3, "a past")
    pressed(page, "Compare A | B")
    until(lambda: panel.evaluate("panel => panel.runs[1]?.playback.end > panel.runs[1]?.playback.now"), "B")
    a, b = panel.evaluate(
        """panel => panel.runs.map(({ playback: { history, events, servers } }) => ({
            past: history.filter(row => row.t <= 3000).map(row => [row.t, row.p99]),
            events, rug: servers[0].recent.slice(0, 10) }))"""
    )
    assert len(a["past"]) >= 8
    assert a == b
    assert [event["label"] for event in a["events"]] == ["Arrival rate 340 req/s"]


# B is touched once its opening is on its way, and before that is answered.
EARLY = """panel => {
  panel.compare.toggle();
  const b = panel.runs[1];
  b.connection.addEventListener('state', () => queueMicrotask(() => b.change('servers', 6, true)), { once: true });
  return panel.playhead;
}"""


@pytest.mark.parametrize("width", [1440])
def test_a_touch_of_b_before_its_first_answer_keeps_what_came_before(page: Page, site, complaints):
    panel = opened(page, site)
    page.evaluate("document.querySelector('simulation-panel').touch({control: 'arrival_rate', value: 340})")
    until(lambda: settings(panel)["arrival_rate"] == 340 and panel.evaluate("panel => panel.run.playhead") > 2, "a past")
    stood = panel.evaluate(EARLY)
    until(lambda: panel.evaluate("panel => panel.runs[1].settings.servers") == 6, "the touch")
    a, b = panel.evaluate("panel => panel.runs.map(run => run.timeline)")
    assert b[:-1] == a
    assert b[-1][0] >= stood - 1e-6, "where A stands"
    assert b[-1][1:] == ["servers", 6]
    panel.evaluate("panel => { panel.runs[1].change('servers', 5, true); panel.restart(); }")
    until(lambda: panel.evaluate("panel => panel.runs[1].settings.servers") == 5, "what was on its way when both began again")
    assert panel.evaluate("panel => panel.runs[1].timeline.filter(([, control]) => control === 'arrival_rate').at(-1)") == [
        0,
        "arrival_rate",
        340,
    ]


STANDING = """panel => panel.runs.map(({ playback: { now, servers, events } }) => ({
    now: Math.round(now), events: events.filter(e => e.t <= now).map(e => ({ t: Math.round(e.t), label: e.label })),
    servers: servers.map(s => [s.name, s.state, s.trusted, s.state === 'boot' && s.boots.map(Math.round)]) }))"""


@pytest.mark.parametrize("width", [1440])
def test_servers_come_and_boot_at_the_same_instants_on_both_sides(page: Page, site, complaints):
    """What the autoscaler orders stands in the picture from the order on, and its boot is as long as it says: 60 s."""
    panel = opened(page, site, "/embed/system-scaling/autoscaling/autoscaling/")
    panel.evaluate("panel => panel.transport.set(20)")
    press(panel.get_by_role("button", name="Compare A | B"))
    seen = []
    for _ in range(150):
        a, b = panel.evaluate(STANDING)
        assert a == b
        seen += [a] if len(panel.evaluate("panel => panel.runs")) == 2 else []
        if any(name == "S5" and state == "up" for name, state, *_ in a["servers"]):
            break
        page.wait_for_timeout(100)
    told = {event["label"]: event["t"] for event in seen[-1]["events"]}
    for each in seen:
        now, found = each["now"], {name: [state, until] for name, state, _, until in each["servers"]}
        assert ("S4" in found) == (now < told["S4 leaves the rotation"] or now >= told["S4 boots"])
        for name in ("S4", "S5") if now >= told["S4 boots"] else ("S5",):
            begun, ends = told[f"{name} boots"], told.get(f"{name} is up", now + 1)
            assert found.get(name) == (
                None if now < begun else ["boot", [begun, begun + 60_000]] if now < ends else ["up", False]
            )
    assert "S5 is up" in told


@pytest.mark.parametrize("width", [390])
def test_the_charts_show_each_server_and_each_change_of_either_side(page: Page, site, complaints):
    panel = opened(page, site)
    page.locator(".charts").scroll_into_view_if_needed()
    pressed(page, "Compare A | B")
    until(lambda: panel.evaluate("panel => panel.runs.length") == 2, "B")
    page.get_by_role("slider", name="Servers").fill("6")
    rotation = "panel => panel.runs[1].playback.servers.filter(s => s.trusted).length"
    until(lambda: panel.evaluate(rotation) == 6, "B's servers to have booted")
    press(page.get_by_role("button", name="Pause", exact=True))
    page.locator(".charts").scroll_into_view_if_needed()
    point_at(page.locator(".plot").nth(1))
    drawn = "() => { const { data } = document.querySelectorAll('.plot')[1]; return data?.at(-1).text ?? []; }"
    until(lambda: "B: Servers 6" in page.evaluate(drawn), "the change of B")
    lengths = [text for text in page.evaluate(drawn) if " | " in text]
    assert len(lengths) == 6, "a queue for each server of either"
    assert sum(text.startswith("– | ") for text in lengths) == 2, "A has four"
    press(page.get_by_role("radiogroup", name="Chart").get_by_text("Shares"))
    point_at(page.locator(".plot").nth(1))
    evens = "() => document.querySelectorAll('.plot')[1].layout.shapes.map(line => +line.x0.toFixed(2))"
    until(lambda: page.evaluate(evens) == [25, 16.67], "an even share of four, and of six")
    assert {"even, A", "even, B"} < set(page.locator(".plot").nth(1).locator("svg text").all_text_contents())


@pytest.mark.parametrize("width", [820])
def test_a_queue_that_one_side_shares_stands_beside_those_of_the_other(page: Page, site, complaints):
    panel = opened(page, site, "/tracks/system-scaling/horizontal-scaling/")
    page.evaluate("document.querySelector('simulation-panel').touch({control: 'arrival_rate', value: 390})")
    pressed(page, "Compare A | B")
    until(lambda: panel.evaluate("panel => panel.runs.length") == 2, "B")
    choose(panel.locator(".strategy-field").get_by_role("radio").nth(1))
    page.locator(".charts").scroll_into_view_if_needed()
    waits = "panel => panel.runs.map(({ playback: { row } }) => [row.shared > 0, row.queues.some(n => n > 0)])"
    until(lambda: panel.evaluate(waits) == [[True, False], [False, True]], "requests waiting on both sides")
    press(page.get_by_role("button", name="Pause", exact=True))
    page.locator(".charts").scroll_into_view_if_needed()
    names = "() => document.querySelectorAll('.plot')[1].layout?.yaxis.ticktext ?? []"
    until(lambda: page.evaluate(names) == ["Queue", "S1", "S2", "S3", "S4"], "the shared queue and the four")
