"""The instrument itself, in a real browser: every control, and what each promises."""

import json
import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.test_journey import STRATEGIES, latest, play, playhead, until

ONE_SERVER = "/tracks/system-scaling/why-systems-need-to-scale/"
BIG_BOX = "/tracks/system-scaling/vertical-scaling/"
POOL = "/tracks/system-scaling/horizontal-scaling/"


def opened(page: Page, site, path: str = STRATEGIES) -> Locator:
    """The panel of a lesson, playing."""
    page.goto(site.url + path)
    return play(page)


def settings(panel: Locator) -> dict:
    return panel.evaluate("panel => panel.run.settings")


def pressed(page: Page, name: str) -> Locator:
    button = page.get_by_role("button", name=name, exact=True)
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    return button


def test_a_value_that_is_refused_is_explained_beside_its_slider(page: Page, site, complaints):
    panel = opened(page, site)
    exact = page.get_by_label("Arrival rate, exactly")
    exact.fill("5000")
    exact.press("Enter")
    expect(page.get_by_text("Arrival rate takes 20 to 1,000 req/s, not 5000. It stays at 480.")).to_be_visible()
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


def test_a_run_that_is_slowed_down_draws_each_request_again(page: Page, site, complaints):
    """Also when the speed is lowered while an answer for the old one is on its way."""
    panel = opened(page, site)
    page.evaluate("document.querySelector('simulation-panel').transport.set(5)")
    until(lambda: latest(panel)["sample"] > 8, "a coarse sample")
    panel.evaluate("panel => { panel.run.reachFor(panel.playhead * 1000 + 20_000); panel.transport.set(.05); }")
    until(lambda: latest(panel)["sample"] == 1, "every request")
    assert panel.evaluate("panel => panel.segments.every(segment => segment.sample === 1)")


def test_sixty_times_plays_a_minute_in_a_second(page: Page, site, complaints):
    panel = opened(page, site, ONE_SERVER)
    page.get_by_label("Speed").press("End")
    expect(page.get_by_text("1 s here = 1 min")).to_be_visible()
    until(lambda: playhead(panel) > 120, "two simulated minutes", 15)
    assert latest(panel)["readouts"]["throughput"] == pytest.approx(90, rel=0.2)  # since 5 s: the prediction's script


def test_restart_and_a_new_seed(page: Page, site, complaints):
    panel = opened(page, site)
    page.locator("#sim-strategies").get_by_role("radio", name="Random").check(force=True)
    until(lambda: settings(panel)["strategy"] == "random", "the strategy")
    page.get_by_role("button", name="Restart").click()
    until(lambda: panel.evaluate("panel => panel.experiment.timeline.length") == 3, "the lesson's opening")
    assert settings(panel)["strategy"] == "round-robin"
    page.get_by_role("button", name="New seed").click()
    until(lambda: panel.evaluate("panel => panel.experiment.seed") != 1, "another seed")
    until(lambda: playhead(panel) > 1, "something to begin again from")
    panel.evaluate("panel => { panel.run.reachFor(panel.playhead * 1000 + 1e5); panel.restart(); }")  # with an answer on its way
    until(lambda: panel.evaluate("panel => panel.run.known"), "the opening")
    assert playhead(panel) < 1, "what was on its way belongs to the run before"
    expect(page.locator("[data-part=says]")).to_contain_text("A new seed")


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


def test_a_server_shows_its_figures_and_its_faults(page: Page, site, complaints):
    panel = opened(page, site)
    second = page.get_by_role("button", name="S2: figures and faults")
    second.hover()
    card = page.locator(".server-card")
    expect(card).to_contain_text("Utilisation")
    second.click()
    card.get_by_role("button", name="Slow").click()
    until(lambda: settings(panel).get("slow.2") is True, "the fault")
    expect(card).to_contain_text("Slow")
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


def test_figures_warm_up_after_a_change_and_theory_says_when_it_is_silent(page: Page, site, complaints):
    panel = opened(page, site)
    page.get_by_role("button", name="Restart").click()  # the opening has no fault of its own
    page.evaluate("document.querySelector('simulation-panel').transport.set(1)")
    until(lambda: playhead(panel) > 4, "a settled run")
    expect(page.locator("[data-part=warming]")).to_be_hidden()
    expect(page.locator("[data-part=theory]")).to_contain_text("Theory: ")
    expect(page.locator(".readout", has_text="p99").locator(".th")).to_contain_text("theory says")
    pressed(page, "Slow a server")
    expect(page.locator("[data-part=warming]")).to_contain_text("from before the last change")
    expect(page.locator("[data-part=theory]")).to_contain_text("S4 is slow")
    until(lambda: page.locator("[data-part=warming]").is_hidden(), "fresh figures")


def test_charts_follow_the_choice_the_axis_and_the_theme_and_are_exported(page: Page, site, complaints):
    panel = opened(page, site)
    page.evaluate("document.querySelector('simulation-panel').transport.set(1)")
    page.locator(".charts").scroll_into_view_if_needed()
    until(lambda: page.locator(".plot .scatterlayer").count() >= 2, "Plotly")
    until(lambda: playhead(panel) > 3, "something to draw")
    axis = "() => document.querySelector('.plot')._fullLayout.yaxis.type"
    assert page.evaluate(axis) == "linear"
    pressed(page, "Log axis")
    until(lambda: page.evaluate(axis) == "log", "the log axis")
    page.get_by_role("radio", name="Histogram").check(force=True)
    until(lambda: page.evaluate("() => document.querySelectorAll('.plot')[1]._fullLayout.xaxis.type") == "log", "the histogram")
    shares = page.evaluate(
        "() => document.querySelectorAll('.plot')[1].data[0].y.filter((_, i) => i % 2 === 0).reduce((sum, y) => sum + y, 0)"
    )
    assert shares == pytest.approx(100, abs=0.5)
    page.get_by_role("radio", name="Shares").check(force=True)
    until(lambda: page.locator(".barlayer .point").count() == 6, "six bars")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save the figures behind this chart as CSV").first.click()
    rows = saved.value.path().read_text().splitlines()
    assert rows[0].startswith("run,seconds,")
    assert "queue_S6" in rows[0]
    assert len(rows) > 20
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save this chart as a picture").first.click()
    assert saved.value.path().read_bytes().startswith(b"\x89PNG")
    ink = "() => document.querySelector('.plot')._fullLayout.font.color"
    before = page.evaluate(ink)
    page.locator("[data-theme-toggle]").click()
    until(lambda: page.evaluate(ink) != before, "the theme")


def test_a_and_b_get_the_same_requests_and_the_server_says_what_is_real(page: Page, site, complaints):
    panel = opened(page, site)
    expect(page.locator(".lab-head [aria-current]")).to_have_text("Run")
    pressed(page, "Compare A | B")
    expect(page.locator(".lab-head [aria-current]")).to_have_text("Compare")
    page.locator("#sim-strategies").get_by_role("radio", name="Random").check(force=True)
    until(lambda: panel.evaluate("panel => panel.runs[1].settings.strategy") == "random", "B's strategy")
    assert settings(panel)["strategy"] == "round-robin"
    expect(page.locator(".stage-cap .setting").nth(0)).to_have_text("Round robin")
    expect(page.locator(".stage-cap .setting").nth(1)).to_have_text("Random")
    page.wait_for_timeout(1500)
    heads, seeds, joins = panel.evaluate(
        """panel => [panel.runs.map(run => run.playhead), panel.runs.map(run => run.seed),
        panel.runs.map(run => run.playback.segments.at(-1).events.filter(e => e[1] === 'join').map(e => [e[0], e[2]]))]"""
    )
    assert heads[0] == heads[1]
    assert seeds[0] == seeds[1]
    both = {tuple(each) for each in joins[0]} & {tuple(each) for each in joins[1]}
    assert len(both) > 20, "the same requests at the same instants"
    page.get_by_role("button", name="Is the difference real?").click()
    expect(page.locator(".verdict-says")).to_contain_text("B answers", timeout=60_000)
    expect(page.locator(".verdict-says")).to_contain_text("slower on average; that is real")
    expect(page.locator(".verdict tr", has_text="p99")).to_contain_text("real")
    page.get_by_role("button", name="Compare A | B").click()
    expect(page.locator(".stage")).to_have_count(1)
    assert panel.evaluate("panel => panel.runs.length") == 1


def test_predict_by_drawing_then_watch_it_beside_the_run(page: Page, site, complaints):
    page.goto(site.url + STRATEGIES)
    panel = page.locator("#sim-strategies")
    panel.scroll_into_view_if_needed()
    go = page.get_by_role("button", name="Lock in and run")
    expect(go).to_be_disabled()
    assert panel.evaluate("panel => panel.run?.known ?? false") is False, "nothing runs before"
    box = page.locator(".draw svg").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.8)
    page.mouse.down()
    for part in range(40, 100, 3):
        page.mouse.move(box["x"] + box["width"] * part / 100, box["y"] + box["height"] * 0.5)
    page.mouse.up()
    expect(go).to_be_disabled()  # how sure?
    page.get_by_role("radio", name="A guess").check(force=True)
    go.click()
    expect(page.locator(".predicted")).to_contain_text("You predicted: your own line, a guess")
    until(
        lambda: panel.evaluate("panel => panel.experiment.timeline.some(row => row[1] === 'slow.4' && row[0] === 4)"), "the fault"
    )
    ghost = panel.evaluate("panel => panel.board.ghost.points")
    assert ghost[0][0] == 4
    assert ghost[-1][0] == 12
    expect(page.locator(".predicted-outcome")).to_contain_text("After 12 s, p99 latency was", timeout=40_000)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("sessionStorage.length") == 0, "it is kept with the learner's progress"
    page.reload()
    expect(page.locator(".predicted")).to_contain_text("You predicted: your own line")
    expect(page.locator(".predicted-outcome")).to_contain_text("After 12 s, p99 latency was")
    assert panel.evaluate("panel => panel.board.ghost.points.length") == len(ghost)
    page.get_by_role("button", name="Predict again").click()
    expect(go).to_be_disabled()


def test_predict_by_choosing(page: Page, site, complaints):
    page.goto(site.url + POOL)
    page.locator("simulation-panel").scroll_into_view_if_needed()
    page.locator(".predict").get_by_text("Four times as high", exact=True).click()
    page.get_by_role("radio", name="Certain").check(force=True)
    page.get_by_role("button", name="Lock in and run").click()
    expect(page.locator(".predicted")).to_contain_text("You predicted: Four times as high, certain")
    panel = page.locator("simulation-panel")
    until(lambda: panel.evaluate("panel => panel.segments.at(-1)?.settings['stop.4'] === true"), "the stop", 40)


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


def test_guided_steps_open_the_controls_one_after_the_other(page: Page, site, complaints):
    page.goto(site.url + ONE_SERVER)
    panel = page.locator("simulation-panel")
    panel.scroll_into_view_if_needed()
    rate, variability = (
        page.get_by_role("slider", name="Arrival rate", exact=True),
        page.get_by_role("slider", name="Variability (cv²)", exact=True),
    )
    page.get_by_role("button", name="Run without predicting").click()
    expect(rate).to_be_visible()
    expect(variability).to_be_hidden()
    until(lambda: panel.evaluate("panel => panel.run?.known ?? false"), "the opening")
    page.get_by_role("button", name="First step").click()
    page.get_by_role("button", name="Next step").click()
    until(lambda: settings(panel)["arrival_rate"] == 90, "the step's setting")
    expect(rate).to_have_value("90")
    until(lambda: playhead(panel) > 0.5, "its run")
    rate.fill("40")
    until(lambda: settings(panel)["arrival_rate"] == 40, "the learner's own")
    page.get_by_role("button", name="Restart").click()
    until(lambda: settings(panel)["arrival_rate"] == 90, "what the step begins with")
    page.get_by_role("button", name="Next step").click()
    until(lambda: settings(panel)["arrival_rate"] == 80, "the next step's setting")
    timeline = panel.evaluate("panel => panel.experiment.timeline")
    assert sorted(timeline) == [[0, "arrival_rate", 80], [0, "variability", 0]], "a run of its own"
    expect(variability).to_be_visible()
    expect(page.get_by_role("slider", name="Mean service time", exact=True)).to_be_hidden()
    page.locator(".guide").get_by_role("button", name="Open everything").click()
    expect(page.get_by_role("slider", name="Mean service time", exact=True)).to_be_visible()


def test_the_run_of_a_prediction_is_watched_before_the_first_step_sets_anything(page: Page, site, complaints):
    page.goto(site.url + BIG_BOX)
    panel = page.locator("simulation-panel")
    panel.scroll_into_view_if_needed()
    page.get_by_role("radio", name="It doubles").check()
    page.get_by_role("radio", name="A guess").check(force=True)
    page.get_by_role("button", name="Lock in and run").click()
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
    page.get_by_role("button", name="First step").click()
    until(lambda: settings(panel)["workers"] == 8, "the first step's setting")
    assert playhead(panel) < before
    assert all(at == 0 for at, _, _ in panel.evaluate("panel => panel.experiment.timeline")), (
        "it begins again, without the script"
    )


def test_a_copied_link_opens_the_same_run_where_it_was(page: Page, browser: Browser, site, complaints):
    panel = opened(page, site)
    pressed(page, "Slow a server")
    until(lambda: settings(panel).get("slow.4") is True and playhead(panel) > 0.4, "the fault")
    page.get_by_role("button", name="Pause").click()
    address = panel.evaluate(
        """async panel => {
            const script = document.querySelector('script[src*=simulation-panel]').src;
            return (await import(new URL('panel/address.js', script))).addressOf(panel);
        }"""
    )
    seen = panel.evaluate("panel => panel.experiment")
    at = playhead(panel)
    other = browser.new_context().new_page()
    other.goto(address)
    copy = other.locator("#sim-strategies")
    until(lambda: copy.evaluate("panel => panel.run?.known ?? false"), "the run behind the link")
    assert copy.evaluate("panel => panel.experiment") == seen
    assert playhead(copy) == pytest.approx(at, abs=0.001)
    assert copy.evaluate("panel => panel.run.settings['slow.4']") is True
    other.goto(f"{site.url}{STRATEGIES}#sim-strategies=nonsense@3")
    other.reload()
    expect(other.locator("#sim-strategies [data-part=says]")).to_contain_text("This link is damaged")
    until(lambda: copy.evaluate("panel => panel.run?.known ?? false"), "the opening instead")
    other.context.close()


def test_a_run_is_saved_renamed_and_resumed_where_it_was(page: Page, site, complaints):
    panel = opened(page, site)
    pressed(page, "Slow a server")
    until(lambda: settings(panel).get("slow.4") is True and playhead(panel) > 0.4, "the fault")
    page.get_by_role("button", name="Pause").click()
    seen, at = panel.evaluate("panel => panel.experiment"), playhead(panel)
    page.get_by_role("button", name="Save run", exact=True).first.click()
    name = page.get_by_label("Name of this run")
    expect(name).to_be_focused()
    name.fill("S4 slows down")
    name.press("Enter")
    expect(page.locator(".saved")).to_contain_text("Saved as S4 slows down.")
    expect(page.locator(".saved").get_by_role("link", name="create an account")).to_be_visible()
    page.goto(f"{site.url}/account/runs/")
    field = page.get_by_label("Name of S4 slows down")
    field.fill("S4 is slow")
    field.press("Enter")
    expect(page.get_by_role("heading", name="S4 is slow")).to_be_visible()
    page.get_by_role("link", name="Resume S4 is slow").click()
    again = page.locator("#sim-strategies")
    until(lambda: again.evaluate("panel => panel.run?.known ?? false"), "the saved run")
    assert again.evaluate("panel => panel.experiment") == seen
    assert playhead(again) == pytest.approx(at, abs=0.001)
    page.goto(f"{site.url}/account/runs/")
    page.get_by_role("button", name="Delete S4 is slow").click()
    expect(page.get_by_text("None yet.")).to_be_visible()


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
    page.get_by_text("The picture as a table").click()
    table = page.locator("[data-part=table]")
    expect(table.get_by_role("row")).to_have_count(7)
    expect(table).to_contain_text("Requests lost: none")
    until(lambda: "Round robin" in page.locator("[data-part=spoken]").inner_text(), "the sentence", 10)


def test_an_idle_panel_asks_for_nothing(page: Page, site, complaints):
    panel = opened(page, site)
    page.get_by_role("button", name="Pause").click()
    page.evaluate("""() => { window.frames_asked = 0; const ask = window.requestAnimationFrame;
        window.requestAnimationFrame = f => { window.frames_asked++; return ask(f); };
        window.sent = 0;
        const { connection } = document.querySelector('#sim-strategies').run, send = connection.send.bind(connection);
        connection.send = m => { window.sent++; return send(m); }; }""")
    page.wait_for_timeout(1500)
    assert page.evaluate("[window.frames_asked, window.sent]") == [0, 0]
    assert panel.evaluate("panel => panel.state") == "open"


def test_without_scripts_there_is_a_picture_a_table_and_the_steps(browser: Browser, site):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site.url + ONE_SERVER)
    expect(page.locator(".still-picture").first).to_be_visible()
    expect(page.locator(".lab-guide ol li")).to_have_count(3)
    expect(page.locator(".lab-guide ul li")).to_have_count(4)  # what could be predicted
    page.get_by_text("The opening run in figures").click()
    expect(page.locator(".lab-figures tr", has_text="Mean latency")).to_contain_text("20.0")
    page.goto(site.url + POOL)
    expect(page.locator(".lab-guide")).to_contain_text("Four times as high")
    context.close()


@pytest.mark.parametrize("width", [1440, 820, 390])
def test_it_fits_and_thumbs_reach_the_play_button(page: Page, site, width: int, complaints):
    page.set_viewport_size({"width": width, "height": 844})
    panel = opened(page, site)
    pressed(page, "Slow a server")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
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
