"""The charts of a panel: what they show, how they are drawn, and what is exported."""

import itertools
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import point_at, press
from tests.browser.test_journey import latest, playhead, until
from tests.browser.test_panel import ONE_SERVER, POOL, opened, pressed, settings
from tests.browser.test_predicting import draw

pytestmark = pytest.mark.usefixtures("width")


def test_charts_follow_the_choice_the_axis_and_the_theme_and_are_exported(page: Page, site, complaints):
    panel = opened(page, site)
    page.evaluate("document.querySelector('simulation-panel').transport.set(1)")
    page.locator(".charts").scroll_into_view_if_needed()
    until(lambda: page.locator(".plot .main-svg").count() >= 2, "Plotly")
    until(lambda: playhead(panel) > 3, "something to draw")
    press(page.get_by_role("button", name="Pause", exact=True))
    page.locator(".charts").scroll_into_view_if_needed()
    axis = "() => document.querySelector('.plot')._fullLayout.yaxis.type"
    assert page.evaluate(axis) == "linear"
    pressed(page, "Log axis")
    until(lambda: page.evaluate(axis) == "log", "the log axis")
    press(page.get_by_role("radiogroup", name="Chart").get_by_text("Histogram"))
    until(lambda: page.evaluate("() => document.querySelectorAll('.plot')[1]._fullLayout.xaxis.type") == "log", "the histogram")
    point_at(page.locator(".plot").nth(1))
    shares = page.evaluate(
        "() => document.querySelectorAll('.plot')[1].data[0].y.filter((_, i) => i % 2 === 0).reduce((sum, y) => sum + y, 0)"
    )
    assert shares == pytest.approx(100, abs=0.5)
    press(page.get_by_role("radiogroup", name="Chart").get_by_text("Shares"))
    point_at(page.locator(".plot").nth(1))
    until(lambda: page.locator(".barlayer .point").count() == 4, "four bars")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save the figures behind this chart as CSV").first.click()
    rows = saved.value.path().read_text().splitlines()
    assert rows[0].startswith("run,seconds,")
    assert "queue_S4" in rows[0]
    assert len(rows) > 20
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save this chart as a picture").first.click()
    assert saved.value.path().read_bytes().startswith(b"\x89PNG")
    ink = "() => document.querySelector('.plot')._fullLayout.font.color"
    before = page.evaluate(ink)
    press(page.locator("[data-theme-toggle]"))
    until(lambda: page.evaluate(ink) != before, "the theme")


@pytest.mark.parametrize("width", [390])
def test_a_finger_that_begins_on_a_chart_scrolls_the_page(page: Page, site, complaints):
    opened(page, site)
    page.locator(".charts").scroll_into_view_if_needed()
    for playing in (True, False):
        until(lambda: page.locator(".plot .main-svg").count() >= 2, "Plotly")
        box, stood = page.locator(".plot").first.bounding_box(), page.evaluate("scrollY")
        assert box
        draw(page, box, [(0.5, 0.9 - part / 20) for part in range(15)])
        assert page.evaluate("scrollY") > stood + 50, "playing" if playing else "at rest"
        if playing:
            press(page.get_by_role("button", name="Pause", exact=True))
            page.locator(".charts").scroll_into_view_if_needed()


@pytest.mark.parametrize("width", [820])
def test_an_even_share_is_one_among_those_that_are_in_the_rotation(page: Page, site, complaints):
    panel = opened(page, site, POOL)
    page.locator(".charts").scroll_into_view_if_needed()
    press(page.get_by_role("radiogroup", name="Chart").get_by_text("Shares"))
    even = "() => document.querySelectorAll('.plot')[1]._fullLayout?.shapes[0]?.x0"
    for servers, share in ((4, 25), (3, 100 / 3)):
        if servers == 3:
            pressed(page, "Stop a server")
            until(
                lambda: panel.evaluate("panel => panel.run.playback.servers.filter(s => s.trusted).length") == 3, "the balancer"
            )
        page.locator(".plot").nth(1).hover()
        until(lambda share=share: page.evaluate(even) == pytest.approx(share), f"the share of {servers}")


COUNT_DRAWINGS = """() => {
  window.drawn = window.plotted = 0;
  for (const name of ['react', 'relayout']) {
    const made = window.Plotly[name];
    window.Plotly[name] = (...all) => { window.plotted += 1; return made(...all); };
  }
  for (const { chart } of document.querySelector('simulation-panel').board.slots) {
    const draw = chart.draw.bind(chart);
    chart.draw = (...all) => { window.drawn += 1; draw(...all); };
  }
}"""


INK = """() => [...document.querySelectorAll('.pen')].map(canvas => canvas.width && canvas.getContext('2d')
  .getImageData(0, 0, canvas.width, canvas.height).data.filter((value, i) => i % 4 === 3 && value > 0).length)"""


def test_plotly_draws_only_the_axes_until_somebody_points(page: Page, site, complaints):
    """Plotly takes twenty milliseconds; what grows is drawn over its axes, and by Plotly itself under a pointer."""
    panel = opened(page, site)
    page.evaluate("document.querySelector('simulation-panel').transport.set(1)")
    page.locator(".charts").scroll_into_view_if_needed()
    page.mouse.move(1, 1)
    page.evaluate("document.querySelector('simulation-panel').touch({control: 'arrival_rate', value: 200})")
    until(lambda: page.locator(".plot .main-svg").count() >= 2 and playhead(panel) > 6, "both charts")
    page.evaluate(COUNT_DRAWINGS)
    until(lambda: page.evaluate("window.drawn") >= 16, "some updates")
    assert page.evaluate("window.plotted") < page.evaluate("window.drawn") / 2
    assert all(drawn > 500 for drawn in page.evaluate(INK))
    point_at(page.locator(".plot").first)
    until(lambda: page.locator(".plot").first.locator(".scatterlayer .trace").count() > 3, "what answers to the pointer")
    assert page.evaluate(INK)[0] == 0
    point_at(page.locator(".chart figcaption").first)
    until(lambda: page.evaluate(INK)[0] > 500, "the lines over the axes again")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save this chart as a picture").first.click()
    assert len(saved.value.path().read_bytes()) > 10_000, "the lines are in a picture that is saved while it plays"
    press(page.get_by_role("button", name="Pause", exact=True))
    page.locator(".charts").scroll_into_view_if_needed()
    page.mouse.move(1, 1)  # what is pressed may have come to lie under a chart
    page.evaluate("document.querySelector('simulation-panel').touch({control: 'arrival_rate', value: 210})")
    until(lambda: all(drawn > 500 for drawn in page.evaluate(INK)), "the lines at rest")
    for chart in (0, 1):
        point_at(page.locator(".plot").nth(chart))
        until(lambda chart=chart: page.evaluate(INK)[chart] == 0, "what answers to the pointer, at rest as well")
        assert page.locator(".plot").nth(chart).locator(".scatterlayer .trace").count() > (3, 1)[chart]


def words_of(page: Page, chart: int) -> list[str]:
    """Every text that Plotly has drawn on a chart."""
    return page.locator(".plot").nth(chart).locator("svg text").all_text_contents()


def marked(page: Page, chart: int) -> list[float]:
    """The instants at which a line stands across a chart."""
    lines = "chart => document.querySelectorAll('.plot')[chart].data.filter(line => line.hoverinfo === 'skip' && !line.text)"
    return list(dict.fromkeys(at for at in page.evaluate(f"{lines}.at(-1).x", chart) if at is not None))


def test_changes_and_faults_are_marks_on_the_time_axis_and_theory_is_a_line(page: Page, site, complaints):
    panel = opened(page, site, ONE_SERVER)
    until(lambda: playhead(panel) > 5, "the run")
    rate = page.get_by_label("Arrival rate, exactly", exact=True)
    rate.fill("60")
    rate.press("Enter")
    until(lambda: settings(panel)["arrival_rate"] == 60 and playhead(panel) > latest(panel)["from"], "the change")
    page.get_by_label("Speed").press("End")
    begun = playhead(panel)
    until(lambda: playhead(panel) > begun + 20, "figures that come near to theory")
    expected = panel.evaluate("panel => panel.run.theory.p99") * 1000
    press(page.get_by_role("button", name="Pause", exact=True))
    page.locator(".charts").scroll_into_view_if_needed()
    until(lambda: page.locator(".plot .main-svg").count() >= 2, "the charts")
    point_at(page.locator(".plot").first)
    until(lambda: "theory p99" in words_of(page, 0), "theory")
    lines = page.evaluate(
        "document.querySelector('.plot')._fullLayout.shapes.map(shape => [shape.y0, shape.y1, shape.line.dash])"
    )
    assert lines == [[pytest.approx(expected), pytest.approx(expected), "dot"]]
    scale = page.evaluate("document.querySelectorAll('.plot')[1]._fullLayout.yaxis.ticktext.map(Number)")
    played = "panel.run.playback.history.filter(row => row.t <= panel.playhead * 1000)"  # what was sent for reaches further
    longest = panel.evaluate(f"panel => Math.max(...{played}.map(row => row.queues[0]))")
    assert scale[0] == 0 < longest <= scale[-1], "a queue that is alone has an axis"
    changes = [at for at, *_ in panel.evaluate("panel => panel.experiment.timeline") if at > 0]
    for chart in (0, 1):
        point_at(page.locator(".plot").nth(chart))
        until(lambda chart=chart: marked(page, chart) == pytest.approx(changes, abs=1e-3), "a mark where each change was made")
        assert "Arrival rate 90 req/s" in words_of(page, chart), "the prediction's; the next one's words would lie over it"
    press(page.get_by_role("button", name="Slow the server"))
    press(page.get_by_role("button", name="Step"))
    page.locator(".charts").scroll_into_view_if_needed()
    point_at(page.locator(".plot").first)
    until(lambda: len(marked(page, 0)) == len(changes) + 1, "the mark of the fault")
    until(lambda: "theory p99" not in words_of(page, 0), "theory to fall silent with its condition")


def test_each_figure_has_a_spark_line_that_grows_with_the_run(page: Page, site, complaints):
    panel = opened(page, site, ONE_SERVER)
    until(lambda: playhead(panel) > 5, "the run")
    tiles = page.locator(".readout")
    assert tiles.count() == panel.evaluate("panel => panel.scenario.readouts.length")
    drawn = "tiles => tiles.map(tile => tile.querySelector('.spark path').getAttribute('d').split(/[ML]/).length)"
    until(lambda: min(tiles.evaluate_all(drawn)) > 10, "a line in each")
    latency = page.locator(".readout", has_text="Mean latency")
    expect(latency.locator(".spark line")).to_have_attribute("visibility", "visible")


@pytest.mark.parametrize("width", [820])
def test_percentiles_end_where_nothing_is_answered_any_more(page: Page, site, complaints):
    """The last thousand answers stay what they were when the only server stops: a flat line would tell of a steady latency."""
    panel = opened(page, site, "/tracks/system-scaling/vertical-scaling/")
    page.evaluate("document.querySelector('simulation-panel').transport.set(2)")
    until(lambda: panel.evaluate("panel => panel.run.playback.row?.p99 > 0"), "enough answers")
    page.evaluate("document.querySelector('simulation-panel').touch({control: 'stop.1', value: true})")
    until(lambda: panel.evaluate("panel => panel.run.playback.row.throughput") == 0, "silence")
    until(lambda: panel.evaluate("panel => panel.run.playback.history.filter(r => r.throughput === 0).length") > 8, "some of it")
    press(page.get_by_role("button", name="Pause", exact=True))
    page.locator(".charts").scroll_into_view_if_needed()
    until(lambda: page.locator(".plot .main-svg").count() >= 2, "the charts")
    point_at(page.locator(".plot").first)
    ends = """() => (document.querySelector('.plot').data ?? []).filter(line => line.hovertemplate?.startsWith('p'))
        .map(({ y }) => [y.some(v => v > 0), y.at(-1)])"""
    until(lambda: page.evaluate(ends) == [[True, None]] * 3, "three lines that end")
    for label in ("Mean latency", "p99 latency"):
        tile = page.locator(".readout", has_text=label)
        expect(tile.locator(".v b")).to_have_text("–no value")
        expect(tile.locator(".v [aria-hidden]")).to_have_text("–")  # the rest is for the ear
        expect(tile.get_by_text("ms", exact=True)).to_be_hidden()
        expect(tile.locator(".th")).to_have_text("nothing is answered")
        drawn = tile.locator(".spark path").first.get_attribute("d") or ""
        last = max(float(x) for x in re.findall(r"[ML]([\d.]+)", drawn))
        assert last < 100, "its line ends before the right edge, at 120"
    expect(page.locator(".readout", has_text="Throughput").locator(".v")).to_have_text("0req/s")
    pressed(page, "Compare A | B")
    until(lambda: panel.evaluate("panel => panel.runs[1]?.playback.end > 0"), "B")
    for side in (0, 1):
        expect(page.locator(".stage-cap .headline").nth(side)).to_have_text("p99 –no value")
    expect(page.locator(".readout", has_text="p99 latency").locator(".th")).to_have_text("neither answers")


AXES = """async script => {
  const { around, evenly, logly, roomy } = await import(new URL('panel/axes.js', script));
  const spans = [];
  for (let low = .0012; low < 4e4; low *= 1.7) for (const times of [1, 1.2, 2, 3.1, 9, 40, 700]) {
    const ends = around(low, low * times);
    spans.push([low, low * times, ends, logly(...ends, 280, 50)]);
  }
  return [Array.from({ length: 300 }, (_, n) => evenly(roomy(8 + n ** 1.5))), spans];
}"""


@pytest.mark.parametrize("width", [1440])
def test_labels_of_axes_are_whole_where_they_count_and_have_no_holes(page: Page, site, complaints):
    """Half a request does not wait; and who reads 3,000, 4,000, 6,000 takes the next line for 5,000."""
    page.goto(site.url + POOL)
    counts, spans = page.evaluate(AXES, page.locator("script[src*=simulation-panel]").evaluate("script => script.src"))
    for labels in counts:
        steps = {after - before for before, after in itertools.pairwise(labels)}
        assert labels[0] == 0
        assert 3 <= len(labels) <= 6
        assert len(steps) == 1
        assert all(label == int(label) for label in labels), labels
    for low, high, (begin, end), labels in spans:
        ratios = [round(after / before, 6) for before, after in itertools.pairwise(labels)]
        assert begin <= low * 1.0001
        assert end >= high * 0.9999
        assert len(labels) > 1
        assert set(ratios) == {10} or set(ratios) <= {2, 2.5}, labels
        if set(ratios) != {10}:
            assert [labels[0], labels[-1]] == [begin, end]


WORDS = """async script => {
  const { Labels, marks, named } = await import(new URL('panel/axes.js', script)), px = 260;
  const placed = events => {
    const labels = new Labels(), from = 100, long = label => (label.length + 2) * 5.6;
    const { x } = marks(events.map(([t, label]) => ({ t, label })), [from, from + 45], [0, 1], { ink: '' }, labels, px);
    return [x.length / 3, labels.text.map((label, n) => {
      const at = (labels.x[n] - from) / 45 * px, left = labels.at[n] === 'top left' ? at - long(label) : at;
      return [label, left, left + long(label)];
    })];
  };
  const names = (ends, reach, log) => {
    const labels = new Labels(), place = y => log ? Math.log(y / reach[0]) / Math.log(reach[1] / reach[0]) : y / reach[1];
    named(ends.map(y => ({ y, text: `${y}`, color: '' })), reach, log, 1, labels);
    return labels.text.map((text, n) => [+text.trim(), place(labels.y[n])]);
  };
  return [
    [placed([[112e3, 'S1 is slow'], [130e3, 'S4 is slow'], [142e3, 'S3 is slow']]),
     placed([[105e3, 'S1 is slow'], [142e3, 'S3 is slow']]),
     placed([[106e3, 'B: S1 returns to the rotation of the pool']]), placed([[140e3, 'Up']])],
    [names([2, 990, 1000], [1, 1000], true), names([96, 97, 98, 100], [0, 100], false), names([0, 1, 50], [0, 100], false)],
  ];
}"""


@pytest.mark.parametrize("width", [390])
def test_words_on_a_chart_do_not_lie_over_one_another(page: Page, site, complaints):
    """Those of a change near the end of the axis lie left of its mark; names of lines that end at the top are pushed down."""
    page.goto(site.url + POOL)
    script = page.locator("script[src*=simulation-panel]").evaluate("script => script.src")
    (close, apart, long, short), charts = page.evaluate(WORDS, script)
    for (marks, labels), changes, said in ((close, 3, ["S1", "S4"]), (apart, 2, ["S1", "S3"])):
        assert marks == changes, "each change has its mark, also where its words give way"
        assert [label[:2] for label, _, _ in labels] == said
        for (_, _, right), (_, left, _) in itertools.pairwise(labels):
            assert right <= left
    assert long[1][0][1] > 0, "words that fit on neither side begin on the axis"
    assert short[1][0][1] > 200, "what has room after its mark stands there"
    for names in charts:
        assert [value for value, _ in names] == sorted(value for value, _ in names), "in the order of their lines"
        places = [place for _, place in names]
        assert all(after - before > 0.0749 for before, after in itertools.pairwise(places)), places
        assert places[0] >= 0
        assert places[-1] <= 1.0001
