"""Learners at once on one process, and what a touch takes among them: `.venv/bin/python -m benchmarks.learners [KIND …]`.

Each learner plays a run of its own at 1,000 requests/s and 1x over a real websocket and moves a slider every 5 s; the crowd is
a process of its own (benchmarks/crowd.py). The same crowd then watches a plain Channels consumer that pushes 20 frames a
second of the same content (benchmarks/pushing.py), and a Bokeh server that streams 20 patches a second of it into the same plot
(benchmarks/bokeh_app.py). A step is passed when no segment came late, or 99 % of the frames less than 250 ms, and the 99th
percentile of the answers is at most 250 ms. On a machine that is busy with other things, what counts is processor time and the
ratios; the load stands beside them, and how long a loop in Python takes. Takes about seven minutes. KIND (panel, frames,
bokeh) leaves the others out. CHROMIUM=/path names a browser.
"""

import json
import os
import platform
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from tests.browser.conftest import QUIET
from tests.site import ROOT, Site, free_port
from tools.bootstrap import find_browser

LESSON = "/tracks/system-scaling/load-balancing-strategies/"
SOCKET = "/ws/tracks/system-scaling/load-balancing-strategies/strategies/"
PANELS = (200, 600, 1000, 1250, 1500, 1625, 1750, 2000)
BENCH = ROOT / ".venv-bench" / "bin" / "python"  # tools/bootstrap.py bench makes it
PUSHED = (5, 20, 30, 40, 60, 80, 100, 125, 150, 175, 200)
BOKEH = (1, 5, 10, 15, 20, 25, 30, 40, 50, 60, 80)
WATCHED = 6.0  # seconds of each step
LONGEST = 70.0  # seconds of all steps of a kind
SLOWEST = 250.0  # ms: the 99th percentile of the answers
OTHERS, TOUCHES = 200, 60

TOUCH = """async ([touches]) => {
  const panel = document.querySelector('simulation-panel'), slider = panel.querySelector('input[id$=arrival_rate]');
  const arrived = [], drawn = [], wait = ms => new Promise(done => setTimeout(done, ms));
  for (let n = 0; n < touches; n++) {
    await wait(150 + 200 * (n % 3));
    await new Promise(done => {
      const begun = performance.now();
      const hear = e => {
        if (e.detail.reply !== 'change') return;
        panel.run.removeEventListener('segment', hear);
        arrived.push(performance.now() - begun);
        requestAnimationFrame(() => { drawn.push(performance.now() - begun); done(); });
      };
      panel.run.addEventListener('segment', hear);
      slider.value = String(n % 2 ? 480 : 520);
      slider.dispatchEvent(new Event('input', { bubbles: true }));
      slider.dispatchEvent(new Event('change', { bubbles: true }));
    });
  }
  return [arrived, drawn];
}"""


def line(what: str, value: str, goal: str = "") -> None:
    """One row of the report."""
    print(f"{what:<74} {value:>14}   {goal}", flush=True)


def processor_seconds(pid: int) -> float:
    """What a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass
class Step:
    """So many learners, what they saw, and what share of one core the server used for it."""

    learners: int
    used: float
    seen: dict[str, Any]

    @property
    def each(self) -> float:
        """Milliseconds of processor time for a learner's second."""
        return self.used * 1e3 / self.learners

    def passed(self, pushed: bool) -> bool:
        """Whether everybody was served in time."""
        seen = self.seen
        late = (seen["late_p99"] or 0) > SLOWEST if pushed else seen["late"] > 0
        slowest = seen["change_p99"] if pushed else seen["p99"]
        return not (late or seen["closed"] or seen["refused"] or slowest is None or slowest > SLOWEST)


class Crowd:
    """Learners in a process of their own."""

    def __init__(self, kind: str, site: str, path: str, server: int) -> None:
        self.server, self.learners = server, 0
        command = [sys.executable, "-m", "benchmarks.crowd", kind, site, path]
        self.process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def _ask(self, said: str) -> dict[str, Any]:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{said}\n")
        self.process.stdin.flush()
        found: dict[str, Any] = json.loads(self.process.stdout.readline())
        return found

    def grow(self, learners: int) -> None:
        """Let so many be there in all, and come to rest."""
        self._ask(str(learners - self.learners))
        self.learners = learners
        time.sleep(2)

    def watch(self, seconds: float) -> Step:
        """What all of them see."""
        before, begun = processor_seconds(self.server), time.perf_counter()
        seen = self._ask(f"measure {seconds}")
        return Step(self.learners, (processor_seconds(self.server) - before) / (time.perf_counter() - begun), seen)

    def leave(self) -> None:
        """All go."""
        self.process.kill()
        self.process.wait()


def climb(crowd: Crowd, steps: tuple[int, ...], until: float, pushed: bool = False) -> tuple[int, Step]:
    """The most learners that were served in time and that step (the last if there is none); every step is printed.

    A step that fails is watched once more: a page that opens costs the others, and they catch up. The last step is the one under
    way at `until`.
    """
    best, found = 0, None
    for learners in steps:
        crowd.grow(learners)
        step = crowd.watch(WATCHED)
        if not step.passed(pushed):
            step = crowd.watch(WATCHED)
        good, seen = step.passed(pushed), step.seen
        if pushed:
            said = f"changes p99 {seen['change_p99']} ms, frames late by p99 {seen['late_p99']} ms"
        else:
            said = f"answers p50 {seen['p50']}, p99 {seen['p99']} ms, {seen['late']} segments late"
        line(f"  {learners} learners: {said}", "in time" if good else "not in time", f"{step.used:.2f} of a core")
        if not good:
            break
        best, found = learners, step
        if time.monotonic() > until:
            line("  time is up: more may be served", "")
            break
    return best, found or step


def touches(site: str) -> None:
    """From a touch of the slider in Chromium to the segment that carries it, and to the picture."""
    with sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=find_browser(), args=list(QUIET))
        page = browser.new_page(viewport={"width": 1440, "height": 1000})
        page.goto(site + LESSON)
        page.locator("simulation-panel").scroll_into_view_if_needed()
        page.get_by_role("button", name="Run without predicting").click()
        page.wait_for_timeout(3000)
        arrived, drawn = page.evaluate(TOUCH, [TOUCHES])
        browser.close()
    for what, found, goal in (("segment", arrived, "goal ≤ 40 and ≤ 100"), ("picture", drawn, "")):
        found.sort()
        middle, last = found[len(found) // 2], found[int(0.99 * len(found))]
        line(f"slider to {what} in Chromium, {OTHERS} others live, median and p99 ms", f"{middle:.0f} and {last:.0f}", goal)


def panels() -> tuple[int, Step]:
    """The course's own server."""
    os.environ["ADDRESS_CORES"] = "1000"  # everybody comes from one address here
    site = Site(Path(tempfile.mkdtemp()))
    site.prepare()
    site.start()
    assert site.process
    crowd = Crowd("panel", site.url, SOCKET, site.process.pid)
    try:
        crowd.grow(OTHERS)
        touches(site.url)
        return climb(crowd, PANELS, time.monotonic() + LONGEST)
    finally:
        crowd.leave()
        site.kill()


def frames() -> tuple[int, Step]:
    """The plain consumer."""
    return peer("frames", "/ws/", [sys.executable, "-m", "benchmarks.pushing"], PUSHED)


def bokeh() -> tuple[int, Step] | None:
    """A Bokeh server, with the simulator from the site's environment; None where the benchmark's own is not set up."""
    if not BENCH.exists():
        return None
    os.environ["PYTHONPATH"] = sysconfig.get_paths()["purelib"]
    return peer("bokeh", "/", [str(BENCH), "-m", "benchmarks.bokeh_app"], BOKEH)


def peer(kind: str, path: str, command: list[str], steps: tuple[int, ...]) -> tuple[int, Step]:
    """A server that sends frames, started with a port, and a crowd that watches it."""
    port = free_port()
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen([*command, str(port)], cwd=ROOT, stdout=log, stderr=log)
        try:
            listening(port)
            crowd = Crowd(kind, f"http://127.0.0.1:{port}", path, server.pid)
            try:
                return climb(crowd, steps, time.monotonic() + LONGEST, pushed=True)
            finally:
                crowd.leave()
        finally:
            server.kill()
            server.wait()


def listening(port: int) -> None:
    """Come back when a server is there; ConnectionError after a minute."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise ConnectionError("The server did not start.")


KINDS = {  # what is measured, how, and its goals: learners, bytes
    "panel": ("segments that are asked for", panels, ("goal ≥ 1,500", "goal ≤ 3,000")),
    "frames": ("20 frames a second from a plain consumer", frames, ("", "")),
    "bokeh": ("20 patches a second from a Bokeh server", bokeh, ("", "")),
}


def loop() -> float:
    """Seconds that 20 million additions take in Python here: figures of two machines are compared with it beside them."""
    began, total = time.process_time(), 0
    for n in range(20_000_000):
        total += n
    return time.process_time() - began


def main(kinds: list[str]) -> None:
    """Print the report."""
    line("Python; seconds for 20 million additions in it", f"{platform.python_version()}; {loop():.1f}", sys.base_prefix)
    line("load of the machine before (1 min), processors", f"{os.getloadavg()[0]:.1f}, {os.cpu_count()}")
    found: dict[str, tuple[int, Step]] = {}
    for kind in kinds:
        what, measure, _ = KINDS[kind]
        line(f"{what}:", "")
        if seen := measure():
            found[kind] = seen
        else:
            line("  not measured", "", "its packages: python3.11 tools/bootstrap.py bench")
    for kind, (most, step) in found.items():
        what, _, goals = KINDS[kind]
        line(f"{what}: learners at once, in time", f"{most:,}", goals[0])
        line("  processor time for a learner's second, ms", f"{step.each:.2f}")
        line("  learners that this makes for a whole core", f"{1000 / step.each:,.0f}", goals[0])
        line("  bytes of a learner's second", f"{step.seen['bytes'] / step.learners / WATCHED:,.0f}", goals[1])
    if "panel" in found:
        mine, asked = found.pop("panel")
        for kind, (most, step) in found.items():
            if most:
                line(f"learners at once, segments / {kind}", f"{mine / most:.1f} ×")
            line(f"processor time of a learner, {kind} / segments", f"{step.each / asked.each:.1f} ×")
    line("load of the machine after; seconds for the additions", f"{os.getloadavg()[0]:.1f}; {loop():.1f}")


if __name__ == "__main__":
    main([kind for kind in KINDS if kind in sys.argv[1:]] or list(KINDS))
