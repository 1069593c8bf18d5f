"""What the simulation panel costs, in Chromium against a real site: `.venv/bin/python -m benchmarks.panel`.

Prints medians: bytes of a learner's second, main-thread time of a frame and of a chart, the rate of charts, long frames,
what an idle panel does, and the compressed script of a lesson. CHROMIUM=/path names a browser. Times are wall times: on a busy
machine they say what the machine costs, so look at the load first.
"""

import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import brotli
from playwright.sync_api import Browser, Page, Response, sync_playwright

from benchmarks.crowd import LENGTH
from tests.browser.conftest import QUIET
from tests.live.wire import Wire
from tests.site import Site
from tools.bootstrap import find_browser

LESSON = "/tracks/system-scaling/load-balancing-strategies/"
SOCKET = "/ws/tracks/system-scaling/load-balancing-strategies/strategies/"
WATCHED = 10  # seconds of each measurement

TIME_FRAMES = """() => {
  window.costs = []; window.charts = []; window.long = []; window.trips = [];
  const { playback } = document.querySelector('simulation-panel').run;
  const ask = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = f => ask(t => {
    const begun = performance.now();
    f(t);
    window.costs.push(performance.now() - begun);
    const there = playback.servers.reduce((sum, s) => sum + s.queue.length + s.slots.filter(Boolean).length, 0);
    window.trips.push([playback.trips.length, playback.trips.length + there]);
  });
  const watch = list => { for (const each of list.getEntries()) window.long.push(each.duration); };
  new PerformanceObserver(watch).observe({entryTypes: ['longtask']});
}"""
TIME_CHARTS = """() => {
  window.plotted = window.moved = 0;
  const { react, relayout } = window.Plotly;
  window.Plotly.react = (...all) => { window.plotted += 1; return react(...all); };
  window.Plotly.relayout = (...all) => { window.moved += 1; return relayout(...all); };
  for (const { chart } of document.querySelector('simulation-panel').board.slots) {
    const draw = chart.draw.bind(chart);
    chart.draw = (...all) => {
      const begun = performance.now();
      draw(...all);
      window.charts.push(performance.now() - begun);
    };
  }
}"""


def line(what: str, value: str, goal: str) -> None:
    """One row of the report."""
    print(f"{what:<64} {value:>14}   {goal}")


def bytes_per_second(site: str, speed: float) -> float:
    """Compressed bytes that a learner with six servers receives in one second of wall time."""
    wire = Wire(site, SOCKET, deflate=True)
    step = LENGTH * speed
    wire.ask({"type": "open", "opening": True, "from": 0, "until": step})
    sizes = []
    for number in range(1, 21):
        before = wire.raw
        wire.ask({"type": "play", "from": round(number * step, 6), "until": round((number + 1) * step, 6)})
        sizes.append((wire.raw - before) / LENGTH)
    wire.close()
    return statistics.median(sizes)


def scripts(page: Page, url: str) -> tuple[float, float, float]:
    """KB of script of a lesson, brotli: before its simulation is near, the panel's, and Plotly's when a chart is near."""
    seen: list[Response] = []
    page.on("response", lambda response: seen.append(response) if response.request.resource_type == "script" else None)
    page.goto(url)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(500)
    sizes = {each.url: len(brotli.compress(each.body(), quality=9)) / 1024 for each in seen if each.ok}
    panel = sum(size for name, size in sizes.items() if "/js/panel/" in name or "/js/stage/" in name)
    late = sum(size for name, size in sizes.items() if "plotly" in name)
    return sum(sizes.values()) - late - panel, panel, late


@contextmanager
def opened(browser: Browser) -> Iterator[Page]:
    """A page that is alone while it is measured: one that is left open plays on beside the next."""
    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    yield page
    page.close()


def playing(page: Page, url: str, *, servers: int, rate: int, speed: float) -> None:
    """A panel that plays with so many servers."""
    page.goto(url)
    page.locator("simulation-panel").scroll_into_view_if_needed()
    page.get_by_role("button", name="Run without predicting").click()
    page.evaluate(
        """([servers, rate, speed]) => { const panel = document.querySelector('simulation-panel');
        panel.touch({control: 'servers', value: servers});
        panel.touch({control: 'arrival_rate', value: rate});
        panel.transport.set(speed); }""",
        [servers, rate, speed],
    )
    page.wait_for_timeout(4000)


def frames(page: Page, url: str) -> None:
    """A frame with 10 servers that get a little more than they can do; nothing of the charts is near."""
    playing(page, url, servers=10, rate=1000, speed=0.05)
    page.evaluate("document.querySelector('simulation-panel').board.leave()")  # or Plotly would come while it is measured
    page.evaluate("document.querySelector('.stage-box').scrollIntoView()")
    page.evaluate(TIME_FRAMES)
    page.wait_for_timeout(WATCHED * 1000)
    costs: list[float] = page.evaluate("window.costs")
    on_wires, in_flight = (statistics.median(each) for each in zip(*page.evaluate("window.trips"), strict=True))
    long = page.evaluate("window.long")
    line(
        f"frame, 10 servers, {in_flight:.0f} requests in flight, {on_wires:.0f} on the wires, ms",
        f"{statistics.median(costs):.2f}",
        "goal ≤ 4",
    )
    line("the same, 99th percentile ms", f"{statistics.quantiles(costs, n=100)[98]:.2f}", "")
    line("frames a second", f"{len(costs) / WATCHED:.0f}", "goal 60")
    line("tasks over 50 ms while it plays", str(len([each for each in long if each > 50])), "goal 0")


def charts(page: Page, url: str) -> None:
    """An update of a chart, with both charts on the screen."""
    playing(page, url, servers=6, rate=480, speed=0.5)
    page.locator(".charts").scroll_into_view_if_needed()
    page.locator(".plot .xaxislayer-above").nth(1).wait_for()
    page.evaluate(TIME_FRAMES)
    page.evaluate(TIME_CHARTS)
    page.wait_for_timeout(WATCHED * 1000)
    costs: list[float] = page.evaluate("window.charts")
    long = page.evaluate("window.long")
    line("one update of a chart, median ms", f"{statistics.median(costs):.2f}", "goal ≤ 8")
    line("the same, 99th percentile ms (where the axes change)", f"{statistics.quantiles(costs, n=100)[98]:.2f}", "")
    anew, moved = page.evaluate("[window.plotted, window.moved]")
    line("of them with axes that Plotly draws anew, or moves, of all", f"{anew}, {moved} of {len(costs)}", "")
    line("updates a second, both charts together", f"{len(costs) / WATCHED:.1f}", "goal ≤ 5")
    line("tasks over 50 ms while charts draw", str(len([each for each in long if each > 50])), "goal 0")


def idle(page: Page, url: str) -> None:
    """Main-thread time of a paused panel that stays on the screen."""
    playing(page, url, servers=6, rate=480, speed=0.05)
    page.get_by_role("button", name="Pause").click()
    page.wait_for_timeout(1500)
    tool = page.context.new_cdp_session(page)
    tool.send("Performance.enable")

    def busy() -> float:
        found: list[dict[str, Any]] = tool.send("Performance.getMetrics")["metrics"]
        return next(float(each["value"]) for each in found if each["name"] == "ScriptDuration")

    before = busy()
    page.wait_for_timeout(WATCHED * 1000)
    line("script time of a paused panel, ms a second", f"{(busy() - before) * 1000 / WATCHED:.3f}", "goal 0")


def main() -> None:
    """Start a site of its own, measure, stop it."""
    site = Site(Path(tempfile.mkdtemp()))
    site.prepare()
    site.start()
    try:
        for speed in (0.05, 1.0):
            found = bytes_per_second(site.url, speed)
            line(f"bytes of a learner's second, six servers, {speed:g}×", f"{found:,.0f}", "goal ≤ 3,000")
        with sync_playwright() as engine:
            browser = engine.chromium.launch(executable_path=find_browser(), args=QUIET)
            url = site.url + LESSON
            for measure in (frames, charts, idle):
                with opened(browser) as page:
                    measure(page, url)
            with opened(browser) as page:
                before, panel, late = scripts(page, url)
            line("script of the lesson before its simulation is near, KB (brotli)", f"{before:.1f}", "goal ≤ 60")
            line("script of the panel, KB", f"{panel:.1f}", "")
            line("Plotly, which comes with the first chart on the screen, KB", f"{late:.0f}", "0: not yet there")
            browser.close()
    finally:
        site.kill()


if __name__ == "__main__":
    main()
