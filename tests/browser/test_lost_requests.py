"""What becomes of a request can be seen: every way of losing one has a shape of its own, at the server where it was lost."""

import itertools

import pytest
from playwright.sync_api import Page

from simulator.engine.codes import REASONS
from tests.browser.conftest import STRATEGIES, press
from tests.browser.test_journey import playhead, until
from tests.browser.test_panel import POOL, opened

LAYERS = "/tracks/system-scaling/scalable-system-architecture/"
# The ink of each mark, without its colour: a good request, one that is sent again, and one lost in each way.
SHAPES = """async ([script, reasons]) => {
  const at = name => new URL(name, script);
  const [{ Pen }, { how }] = await Promise.all([import(at('stage/pen.js')), import(at('panel/cluster.js'))]);
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 40;
  document.body.append(canvas);
  const pen = new Pen(canvas, 'accent'), found = {};
  const ink = draw => {
    pen.begin(40, 40, 2);
    draw();
    const { data } = pen.g.getImageData(0, 0, 40, 40);
    return [...data].filter((_, i) => i % 4 === 3).map(alpha => alpha > 127 ? '#' : '.').join('');
  };
  found.good = ink(() => pen.dot(10, 10, false));
  found.again = ink(() => pen.dot(10, 10, true));
  for (const reason of reasons) found[how(reason)] = ink(() => pen.lost(how(reason), 10, 10, 4.5, 0, 2));
  canvas.remove();
  return found;
}"""
# Notes every mark that a stage draws, and the words of its tray.
WATCH = """panel => {
  const { stage } = panel.views[0], { pen } = stage;
  const dot = pen.dot.bind(pen), lost = pen.lost.bind(pen), text = pen.text.bind(pen);
  window.seen = { lost: {}, away: 0, good: 0, again: 0, words: '' };
  pen.dot = (x, y, again) => { seen[again ? 'again' : 'good']++; dot(x, y, again); };
  pen.lost = (how, x, y, r, ...more) => {
    if (r === 4.5) {
      const place = [...stage.L.places.values()].find(p => y >= p.top && y <= p.top + p.h && x >= p.x - 8 && x <= p.right);
      if (place) (seen.lost[how] ??= {})[place.i] = true; else seen.away++;
    }
    lost(how, x, y, r, ...more);
  };
  pen.text = (words, ...more) => { if (/^[\\d,]+ [a-z ]+$/.test(words)) seen.words += ` ${words}`; text(words, ...more); };
}"""

# A request is lost, and then everything gets another place.
MOVED = """panel => {
  const { stage, run: { playback } } = panel.views[0], [server] = stage.L.places.keys();
  stage.losses.settle();
  playback.losses.push({ server, how: 'full', where: 'queue' });
  stage.draw(playback);
  const marked = stage.losses.falling.length;
  stage.measure();
  return { marked, left: stage.losses.falling.length, lies: stage.losses.tray.at(-1).how };
}"""


def test_no_two_fates_of_a_request_look_alike_even_without_colour(page: Page, site):
    page.goto(site.url + STRATEGIES)
    script = page.evaluate("document.querySelector('script[src*=simulation-panel]').src")
    shapes = page.evaluate(SHAPES, [script, REASONS])
    assert shapes.keys() == {"good", "again", "failed", "full", "refused", "timeout", "kept"}
    for (name, one), (other_name, other) in itertools.combinations(shapes.items(), 2):
        differing = sum(a != b for a, b in zip(one, other, strict=True))
        assert differing > 20, (name, other_name)


@pytest.mark.usefixtures("width")
def test_lost_and_repeated_requests_are_marked_where_it_happens(page: Page, site, complaints):
    """Two app servers with short queues, clients that give up early and try again, and one server that is killed."""
    panel = opened(page, site, LAYERS)
    changes = {"servers": 2, "arrival_rate": 200, "queue_limit": 20, "timeout": 0.2, "retries": 2, "stop.1": True}
    timeline = [[1, control, value] for control, value in changes.items()]  # all at one instant, however slow the machine
    panel.evaluate("(panel, timeline) => panel.begin({ timeline, span: 15 })", timeline)
    panel.evaluate(WATCH)
    until(lambda: {"full", "timeout", "refused"} <= page.evaluate("seen.lost").keys(), "every loss")
    until(lambda: page.evaluate("seen.again") > 20, "what is sent again, also where requests are streaks")
    page.evaluate("document.querySelector('simulation-panel').transport.set(.1)")
    until(lambda: page.evaluate("seen.good") > 20, "good requests, which are dots where it plays slowly")
    seen = page.evaluate("seen")
    assert seen["away"] == 0, "each mark is at a server"
    assert list(seen["lost"]["refused"]) == ["1"], "the one that is stopped, after the CDN"
    assert list(seen["lost"]["full"]) == ["2"], "the one that all come to now"
    for words in ("turned away", "timed out"):
        assert words in seen["words"]
    press(page.get_by_role("button", name="Pause", exact=True))
    stood = playhead(panel)
    press(page.get_by_text("The picture as a table"))
    assert "turned away" in page.locator("[data-part=table] caption").inner_text()
    assert playhead(panel) == stood
    assert panel.evaluate(MOVED) == {"marked": 1, "left": 0, "lies": "full"}, "no mark stays where its server was"


# The words beside the marks, without the one that tells how a server is chosen.
KEY = """panel => [...panel.querySelectorAll('[data-part=key] li:not([hidden], [data-mark=chosen])')]
    .map(li => li.textContent.trim())"""
ORDINARY = ["On its way", "Waiting, taller is longer", "Being worked on"]
RUG = ["Answered, at its latency"]
LOST = ["Failed", "Turned away, queue full", "Refused"]  # by a server that can be stopped and has a limit to its queue


@pytest.mark.usefixtures("width")
def test_the_key_explains_what_can_occur_and_what_has(page: Page, site, complaints, width: int):
    """A mark that is nowhere to be seen only makes the others harder to find; one that comes late moves what is below."""
    panel = opened(page, site, POOL)
    press(page.get_by_role("button", name="Restart"))  # without the stop of the prediction
    until(lambda: playhead(panel) > 0.2, "a run in which nothing is lost")
    ordinary = [*ORDINARY, *(RUG if width == 1440 else []), *LOST]  # there is no room for the rug on a narrower stage
    assert panel.evaluate(KEY) == ordinary
    panel.evaluate("panel => { panel.run.playback.lost.timeout = 1; }")
    until(lambda: panel.evaluate(KEY) == [*ordinary, "Timed out"], "what has occurred though nothing brings it")
    panel.evaluate("panel => panel.begin({ timeline: [], span: 15 })")
    until(lambda: playhead(panel) > 0.2, "another run")
    until(lambda: panel.evaluate(KEY) == ordinary, "the key to that one")
    opened(page, site, LAYERS)
    until(lambda: panel.evaluate(KEY) == [*ORDINARY, *LOST], "what limits and faults may bring")
    panel.evaluate("panel => panel.begin({ timeline: [[0, 'timeout', 2], [0, 'retries', 1]], span: 300 })")
    until(lambda: panel.evaluate(KEY)[-2:] == ["Timed out", "Sent again"], "what these settings may bring")
