"""How every page looks to a ruler: nothing to scroll sideways, nothing cut off, no two labels of a stage on one another."""

import itertools
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page

from courseware.accounts.demo import LEARNER
from simulator import load_scenario, scenario_names
from tests.browser.conftest import STRATEGIES, WIDTHS, sign_in
from tests.browser.test_journey import play, until

OPEN = [
    "/",
    "/tracks/system-scaling/",
    "/tracks/surviving-overload/",
    "/tracks/system-scaling/why-systems-need-to-scale/",
    "/tracks/system-scaling/load-balancing/",
    "/tracks/system-scaling/scalable-system-architecture/",
    *(f"/tracks/system-scaling/questions/{number}/" for number in range(1, 6)),
    "/tracks/system-scaling/questions/score/",
    "/account/signup/",
    "/account/login/",
    "/account/password/reset/",
    "/embed/system-scaling/load-balancing-strategies/strategies/",
]
SIGNED_IN = ["/account/", "/account/email/", "/account/password/change/", "/account/2fa/", "/tracks/surviving-overload/buy/"]
MEASURE = """() => {
    const W = document.documentElement.clientWidth, found = [];
    if (document.documentElement.scrollWidth > W) found.push(`scrolls to ${document.documentElement.scrollWidth}`);
    for (const e of document.querySelectorAll('body *')) {
        const style = getComputedStyle(e), box = e.getBoundingClientRect();
        if (!box.width || style.visibility === 'hidden' || e.closest('.vh, svg, pre, .table-scroll')) continue;
        const what = `${e.localName}.${e.className} "${e.textContent.trim().slice(0, 40)}"`;
        if (box.right > W + 1) found.push(`${what} ends at ${Math.round(box.right)}`);
        const words = !e.children.length && e.textContent.trim() && style.display !== 'inline' && e.clientWidth > 1;
        if (words && style.overflow !== 'visible' && e.scrollWidth > e.clientWidth + 1) found.push(`${what} is cut off`);
    }
    return found;
}"""
OVER_THE_MARGIN = """() => [...document.querySelector('.controls').querySelectorAll('*')].filter(e => {
    const box = e.closest('.controls'), margin = parseFloat(getComputedStyle(box).paddingRight);
    return e.getBoundingClientRect().right > box.getBoundingClientRect().right - margin + 1;
}).map(e => `${e.localName}.${e.className} ${e.textContent.slice(0, 30)}`)"""
ROWS = """() => Object.values(Object.groupBy(document.querySelectorAll('.readout'), e => e.offsetTop)).map(row => row.length)"""
# Every text that a stage writes, with its box, under load: names, states, numbers, headings, the ruler.
LABELS = """async ([script, scenario, W]) => {
    const at = name => new URL(name, script);
    const [{ Stage }, { Playback }] = await Promise.all([import(at('stage/stage.js')), import(at('panel/playback.js'))]);
    const host = document.createElement('div'), canvas = document.createElement('canvas');
    host.style.setProperty('position', 'fixed');
    host.style.setProperty('width', `${W}px`);
    canvas.style.setProperty('display', 'block');
    canvas.style.setProperty('width', '100%');
    host.append(canvas);
    document.body.append(host);
    const k = new Playback(scenario), found = [];
    k.now = 5000; k.strategy = 'least-connections'; k.strategyName = 'Least connections';
    k.lost = { failed: 1234, refused: 0, full: 56, timeout: 7 };
    k.history = [{ t: 0, queues: [], busy: [], shared: 0, p95: .08 }];
    k.events = [[4000, 'S2 leaves the rotation'], [4100, 'S2 stops'], [4700, 'Arrival rate 1200 req/s']]
        .map(([t, label]) => ({ t, label }));
    k.pace(scenario.speed);
    const odd = ['slow', 'down', 'boot', 'hung', 'drain'];
    scenario.stations.forEach((s, n) => {
        for (let i = 0; i < s.servers; i++) {
            const g = k.first[n] + i, most = Math.min(300, s.queue_limit), full = i % 6 === 0, bad = i % 3 === 1;
            const waiting = full ? most : (i * 37) % (most + 1);
            const visit = slot => ({ id: g, client: 0, server: g, joined: 4900, slot, tStart: 4900, tEnd: 5100 });
            k.servers[g] = {
                i: g, station: n, n: i, name: k.name(g), state: bad ? odd[Math.floor(i / 3) % 5] : 'up', trusted: !bad,
                failing: i % 7 === 3, primary: s.kind === 'database' && !i, weight: 1,
                workers: s.workers, limit: full ? most : s.queue_limit,
                slots: Array.from({ length: s.workers }, (_, j) => visit(j)),
                queue: Array.from({ length: waiting }, () => visit(-1)), inflight: waiting + s.workers,
                util: 1, recent: [{ t: 4900, ms: 1234 }], boots: [4900, 5400], share: .1, worst: 1.2, hit: 1,
            };
        }
    });
    const stage = new Stage(canvas, scenario.stations), { pen } = stage, write = pen.text.bind(pen);
    pen.text = (text, x, y, how = {}) => {
        const { size = 12, weight = 400, align = 'left' } = how, w = pen.width(String(text), size, weight);
        const left = align === 'left' ? x : align === 'right' ? x - w : x - w / 2;
        if (String(text)) found.push({ text: String(text), x: left, right: left + w, y: y - size * .72, bottom: y });
        write(text, x, y, how);
    };
    stage.draw(k);
    const { H } = stage;
    host.remove();
    return { H, found };
}"""


@pytest.fixture(scope="module")
def visitor(browser: Browser, site):
    page = browser.new_page()
    page.goto(site.url + STRATEGIES)
    page.evaluate("document.fonts.ready")
    yield page
    page.close()


@pytest.fixture(scope="module")
def learner(browser: Browser, site):
    page = browser.new_page()
    sign_in(page, site.url, LEARNER)
    yield page
    page.close()


def swept(page: Page, url: str) -> list[str]:
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    page.goto(url)
    found = []
    for width in (*WIDTHS, 1100):  # the narrowest with the outline beside the text
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(60)  # until observers of sizes have drawn
        found += [f"{width}: {each}" for each in page.evaluate(MEASURE)]
    return found


@pytest.mark.parametrize("path", OPEN)
def test_pages_fit_their_width(browser: Browser, site, path: str):
    page = browser.new_page()
    assert swept(page, site.url + path) == []
    page.close()


def test_pages_of_an_account_fit_their_width(learner: Page, site):
    for path in SIGNED_IN:
        assert swept(learner, site.url + path) == [], path


@pytest.mark.parametrize("lesson", ["horizontal-scaling", "stateless-servers", "vertical-scaling"])
def test_controls_keep_the_margin_of_their_panel(browser: Browser, site, lesson: str):
    """Choices with long words and their sliders, on a phone; and six figures are not five and one."""
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(f"{site.url}/tracks/system-scaling/{lesson}/")
    play(page)
    assert page.evaluate(OVER_THE_MARGIN) == []
    page.set_viewport_size({"width": 820, "height": 900})
    assert page.evaluate(OVER_THE_MARGIN) == []
    rows = page.evaluate(ROWS)
    assert max(rows) - min(rows) <= 1, rows
    page.close()


SMALL = """() => [...document.querySelectorAll('.lab :is(.transport, .chart-tools) .btn, .lab .seg label')].flatMap(e => {
    const { left, right, width } = e.getBoundingClientRect(), least = e.matches('.icon') ? 44 : 24;
    return left < 0 || right > innerWidth || width < least ? [`${e.textContent.trim() || e.ariaLabel}: ${left} to ${right}`] : [];
})"""


def test_a_panel_fits_the_smallest_phone(browser: Browser, site):
    """320 pixels, which is also a desk at 400 %."""
    page = browser.new_page(viewport={"width": 320, "height": 640}, has_touch=True, is_mobile=True)
    page.goto(site.url + STRATEGIES)
    play(page)
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    assert page.evaluate(SMALL) == []
    assert page.evaluate(OVER_THE_MARGIN) == []
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_stage_and_charts_are_pictures_in_forced_colours(browser: Browser, site, scheme: Literal["light", "dark"]):
    page = browser.new_page(forced_colors="active", color_scheme=scheme)
    page.goto(site.url + STRATEGIES)
    panel = play(page)
    stage = panel.evaluate("panel => panel.views[0].stage.pen.c")
    assert len({stage[name] for name in ("surface", "sunken", "ink", "accent", "b")}) == 5, stage
    assert stage["ink"] == panel.evaluate("panel => getComputedStyle(panel).color"), "the reader's own"
    page.locator(".plot").first.scroll_into_view_if_needed()
    until(lambda: panel.evaluate("panel => !!panel.board.slots[0].chart.colours"), "a chart")
    chart = panel.evaluate("panel => panel.board.slots[0].chart.colours")
    assert len({chart[name] for name in ("ink", "line", "accent", "wash", "b")}) == 5, chart
    assert all(chart[name].startswith("rgb") for name in ("ink", "line", "wash")), "as Plotly reads them"
    page.close()


@pytest.mark.parametrize("name", scenario_names())
def test_no_two_labels_of_a_stage_meet(visitor: Page, name: str):
    script = visitor.evaluate("document.querySelector('script[src*=simulation-panel]').src")
    described: dict[str, Any] = load_scenario(name).describe()
    for fill, width in itertools.product(("servers", "max_servers"), (1058, 772, 528, 358)):
        stations = [{**station, "servers": station[fill]} for station in described["stations"]]
        drawn = visitor.evaluate(LABELS, [script, {**described, "stations": stations}, width])
        where = f"{name}, {fill}, {width} px wide"
        assert len(drawn["found"]) > 5, where
        for label in drawn["found"]:
            assert label["x"] >= -0.5, (where, label)
            assert label["right"] <= width + 0.5, (where, label)
            assert label["bottom"] <= drawn["H"], (where, label)
        for one, other in itertools.combinations(drawn["found"], 2):
            wide = min(one["right"], other["right"]) - max(one["x"], other["x"])
            high = min(one["bottom"], other["bottom"]) - max(one["y"], other["y"])
            assert wide <= 1 or high <= 1, (where, one, other)
