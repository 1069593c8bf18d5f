"""What a panel tells of its servers: their cards, the table, and the sentences for those who hear the page."""

from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.test_journey import until
from tests.browser.test_panel import opened, settings

# The words of a panel for servers that stand as a test has them: of a CDN, a pool and a cache, in this order.
TELL = """async ([script, given]) => {
    const words = await import(new URL('panel/words.js', script));
    const { figures, told } = await import(new URL('panel/card.js', script));
    const visits = n => Array.from({ length: n }, () => ({})), station = (name, kind, discipline) => ({ name, kind, discipline });
    const stations = [station('cdn', 'edge', 'delay'), station('pool', 'servers', 'fifo'), station('cache', 'cache', 'delay')];
    const run = ({ servers, row = {} }) => ({ scenario: { stations }, timeline: [], playback: {
        now: 3200, strategyName: '', lost: { full: 0, refused: 2 }, row: { throughput: 120, ...row },
        servers: servers.map(({ waiting = 0, busy = 0, ...s }, i) => ({
            i, state: 'up', failing: false, trusted: true, workers: 4, util: .5, share: .25, worst: .0761, hit: null,
            queue: visits(waiting), slots: visits(busy), ...s })) } });
    const table = document.createElement('table'), text = node => node.innerHTML ? node.textContent : node;
    const runs = given.map(run), cells = part => [...table.querySelectorAll(`${part} tr`)].map(tr => [...tr.children].map(text));
    words.tabulate(table, runs);
    return {
        head: cells('thead')[0], rows: cells('tbody'), caption: table.caption.textContent, spoken: words.describe(runs),
        cards: runs[0].playback.servers.map(s => Object.fromEntries(figures(s, stations[s.station])
            .filter(([, value]) => value !== undefined).map(([name, value]) => [name, told(value).map(text).join('')]))),
    };
}"""


def tell(page: Page, *runs: dict[str, Any]) -> dict[str, Any]:
    script = page.evaluate("document.querySelector('script[src*=simulation-panel]').src")
    found: dict[str, Any] = page.evaluate(TELL, [script, runs])
    return found


def server(name: str, station: int = 1, **more: Any) -> dict[str, Any]:
    return {"name": name, "station": station, **more}


def test_each_figure_of_the_table_stands_under_its_own_heading(lesson: Page):
    """The CDN alone has hits, and nothing waits there."""
    found = tell(lesson, {"servers": [server("CDN", 0, hit=0.81, busy=9), server("S1", waiting=3, busy=2, worst=None)]})
    assert all(len(row) == len(found["head"]) for row in found["rows"])
    cdn, first = (dict(zip(found["head"], row, strict=True)) for row in found["rows"])
    assert cdn["Hits"] == "81.0 %"
    assert first["Hits"] == "–no value"
    assert cdn["Waiting"] == cdn["Utilisation"] == "–no value"
    assert (first["Waiting"], first["Utilisation"], first["Slowest answer lately"]) == ("3", "50 %", "–no value")
    assert cdn["Slowest answer lately"] == "76 ms"


def test_a_table_without_a_cache_has_no_column_for_hits(lesson: Page):
    assert "Hits" not in tell(lesson, {"servers": [server("S1"), server("S2")]})["head"]


def test_a_card_tells_what_the_stage_does(lesson: Page):
    """Where nobody waits any number is inside, and one worker is no measure of it."""
    servers = [
        server("CDN", 0, workers=1, busy=9, util=1),
        server("S1", busy=3, state="down", failing=True, trusted=False),
        server("Cache", 2, workers=64, hit=0.4),
        server("S2", state="boot"),
    ]
    cdn, stopped, cache, booting = tell(lesson, {"servers": servers})["cards"]
    assert cdn == {
        "State": "Up",
        "Being worked on": "9 inside",
        "Share of requests": "25.0 %",
        "Hits": "–no value",
        "Slowest answer lately": "76 ms",
    }
    assert cache["Being worked on"] == "0 inside"
    assert stopped["State"] == "Down, out of the rotation"
    assert stopped["Utilisation"] == booting["Utilisation"] == "–no value"


def test_the_spoken_sentence_tells_of_states_queues_and_latency_in_whole_words(lesson: Page):
    odd = [
        server("CDN", 0),
        server("S1", state="hung", waiting=7),
        server("S2", state="slow"),
        server("S3", failing=True),
        server("S4", state="down", failing=True),
    ]
    assert tell(lesson, {"servers": odd, "row": {"p99": 0.0421}})["spoken"] == (
        "120 requests a second answered, p99 latency 42 milliseconds. Longest queue: S1 with 7 waiting. "
        "S1 hangs, S2 is slow, S3 is failing, S4 is down."
    )
    calm = {"servers": [server("CDN", 0), server("S1")], "row": {"p99": 0.00104, "throughput": 1}}
    assert tell(lesson, calm)["spoken"] == "1 request a second answered, p99 latency 1.0 milliseconds."
    shared = {"servers": [server("S1")], "row": {"shared": 12}}
    assert tell(lesson, shared)["spoken"] == "120 requests a second answered. 12 waiting in the shared queue."


def test_a_comparison_is_told_of_both_sides(lesson: Page):
    a = {"servers": [server("S1", waiting=3)], "row": {"throughput": 90}}
    b = {"servers": [server("CDN", 0, hit=0.5), server("S1", state="slow")]}
    found = tell(lesson, a, b)
    assert found["caption"] == "At 3.20 simulated seconds. Requests lost: A: 2 refused; B: 2 refused."
    assert [row[0] for row in found["rows"]] == ["A: S1", "B: CDN", "B: S1"]
    hits = found["head"].index("Hits")
    assert [row[hits] for row in found["rows"]] == ["–no value", "50.0 %", "–no value"]
    assert found["spoken"] == (
        "A: 90 requests a second answered. Longest queue: S1 with 3 waiting. B: 120 requests a second answered. S1 is slow."
    )
    assert tell(lesson, {"servers": []}, b)["spoken"].startswith("B: 120")


def open_card(page: Page, name: str) -> None:
    """By keyboard."""
    page.get_by_role("button", name=f"{name}: figures and faults").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".server-card.open .server-name")).to_have_text(name)


BESIDE = """panel => {
    const [card, row] = ['.server-card', '[aria-expanded=true]'].map(name => panel.querySelector(name).getBoundingClientRect());
    return [card.width, row.left - card.right, Math.max(card.top - row.bottom, row.top - card.bottom)];
}"""


def test_an_open_card_follows_its_server_when_a_phone_is_turned(page: Page, site, complaints):
    page.set_viewport_size({"width": 390, "height": 844})
    panel, card = opened(page, site), page.locator(".server-card")
    open_card(page, "S4")
    card.get_by_role("button", name="Stop").focus()
    for wide, high in ((844, 390), (390, 844)):
        page.set_viewport_size({"width": wide, "height": high})
        until(lambda wide=wide: ("narrow" in (card.get_attribute("class") or "")) == (wide == 390), "the card of this width")
        width, beside, apart = panel.evaluate(BESIDE)
        if wide == 390:
            assert width > 300
            assert 0 <= apart < 24, "above its server or below"
        else:
            assert width < 300, "not over the other servers"
            assert beside >= 0, "before its server"
    expect(card.locator(":scope > *").last).to_have_class("disturb")  # next to the last server, which it stands above
    expect(card.get_by_role("button", name="Stop")).to_be_focused()


def test_a_card_closes_with_its_server_and_with_escape(page: Page, site, complaints):
    panel, card, servers = opened(page, site), page.locator(".server-card"), page.get_by_role("slider", name="Servers")
    open_card(page, "S4")
    servers.focus()
    servers.fill("3")
    until(lambda: settings(panel)["servers"] == 3, "three servers")
    expect(page.get_by_role("button", name="S4: figures and faults")).to_have_count(0)
    expect(card).to_be_hidden()
    open_card(page, "S2")
    servers.focus()
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    expect(servers).to_be_focused()
    open_card(page, "S2")
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    expect(page.get_by_role("button", name="S2: figures and faults")).to_be_focused()


def test_the_buttons_of_a_card_stay_under_the_pointer_when_the_state_takes_two_lines(page: Page, site, complaints):
    opened(page, site)
    card, stop = page.locator(".server-card"), page.locator(".server-card").get_by_role("button", name="Stop")
    open_card(page, "S1")
    before = stop.bounding_box()
    stop.press("Enter")
    expect(card.locator("dd").first).to_have_text("Down, out of the rotation")
    assert stop.bounding_box() == before
