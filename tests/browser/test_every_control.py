"""Every control of every simulation, by keyboard and by hand: the server takes it, the page shows it and says it in words."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import press

LESSONS = [f"{path.parent.name}/{path.stem[3:]}" for path in sorted(Path("lessons/content").glob("*/[0-9]*.md"))]
OPENED = """async panel => {
  const there = () => panel.run?.known && panel.playhead > 0;
  for (const end = performance.now() + 15_000; !there() && performance.now() < end;) await new Promise(requestAnimationFrame);
  return panel.scenario;
}"""
# Waits until the timeline, which only the server writes, ends with this change (null: with the value that the dial has now); and
# tells what the page shows then. One call for all of it: most of such a test's time goes into calls.
TAKEN = """async (part, [control, value, scale]) => {
  const panel = part.closest('simulation-panel'), [field, slider] = part.querySelectorAll(':scope.dial input');
  const last = () => panel.experiment.timeline.at(-1) ?? [], base = name => name.replace(/\\.\\d+$/, '');
  if (slider && value === null) value = +slider.value / scale;
  const same = taken => typeof value === 'number' ? Math.abs(taken - value) < 1e-6 : taken === value;
  const done = () => panel.run.heard === panel.run.serial && base(last()[1] ?? '') === control && same(last()[2]);
  const pause = () => new Promise(over => setTimeout(over, 5));
  for (const end = performance.now() + 15_000; !done() && performance.now() < end;) await pause();
  const dial = slider && { value: +slider.value, words: slider.getAttribute('aria-valuetext'), typed: field.value,
                           unit: part.querySelector('.dial-value span')?.textContent ?? '' };
  return { last: last(), at: panel.playhead, says: panel.piece('says').textContent, spoken: panel.piece('spoken').textContent,
           wide: document.documentElement.scrollWidth, dial };
}"""
DIAL = """dial => {
  const slider = dial.querySelectorAll('input')[1];
  return { value: +slider.value, max: +slider.max, mark: +dial.style.getPropertyValue('--d') };
}"""
# Every part of the controls that a hand or a finger cannot get at, and why.
OUT_OF_REACH = """async controls => {
  await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
  await Promise.all(document.getAnimations().map(each => each.finished.catch(() => {})));
  const W = document.documentElement.clientWidth, least = W < 821 ? 44 : 20, found = [];
  if (document.documentElement.scrollWidth > W) found.push(`the page is ${document.documentElement.scrollWidth} px wide`);
  for (const part of controls.querySelectorAll('input[type=range], input[type=text], .seg label, .switch, select, button')) {
    if (!part.offsetParent) continue;
    part.scrollIntoView({ block: 'center', behavior: 'instant' });
    const { x, y, width, height } = part.getBoundingClientRect(), what = part.textContent || part.ariaLabel || part.id;
    const top = document.elementFromPoint(x + width / 2, y + height / 2);
    if (x < 0 || x + width > W) found.push(`${what} reaches from ${x} to ${x + width}`);
    if (top !== part && !part.contains(top)) found.push(`${what} lies under ${top?.outerHTML.slice(0, 60)}`);
    if (height < least) found.push(`${what} is ${height} px high`);
    if (part.scrollWidth > part.clientWidth + 1 && part.matches('button, label')) found.push(`${what} is cut off`);
  }
  return found;
}"""


def worded(value: float, unit: str, comma: str = "") -> str:
    """A value as the page writes it."""
    return f"{f'{value:{comma}.6f}'.rstrip('0').rstrip('.')} {unit}".strip()


class Hand:
    """Operates the controls of one panel, and checks what became of each touch."""

    def __init__(self, panel: Locator, width: int) -> None:
        self.panel, self.width = panel, width
        self.controls = panel.locator("[data-part=controls]")
        self.open_everything()

    def open_everything(self) -> None:
        """Past the prediction and the steps, to where a run stands still in its middle."""
        self.panel.scroll_into_view_if_needed()
        expect(self.panel.locator("[data-part=live]")).to_be_visible()
        charts, drawn = self.panel.evaluate("panel => [panel.scenario.charts, panel.board.slots.map(slot => slot.kind)]")
        assert drawn == ["percentiles", *[chart for chart in charts if chart != "percentiles"][:1]], "the scenario's charts"
        skip = self.panel.get_by_role("button", name="Run without predicting")
        press(skip if skip.count() else self.panel.get_by_role("button", name="Play", exact=True))
        self.scenario: dict[str, Any] = self.panel.evaluate(OPENED)
        press(self.panel.get_by_role("button", name="Pause", exact=True))
        # What can be paid for wherever it stands: at a high speed that depends on the instant of the pause.
        self.panel.evaluate("panel => panel.transport.set(Math.min(1, panel.run.speed))")
        if self.scenario.get("steps"):
            press(self.panel.locator(".guide").get_by_role("button", name="Open everything").first)

    def check(self, control: str, told: dict[str, Any], value: Any, words: str) -> str:
        """The server took it, the live region says it, nothing complains, and the page still fits; the name that was taken."""
        at, name, taken = told["last"]
        assert taken == (pytest.approx(value) if isinstance(value, float) else value), (control, value, told)
        assert at > 0
        assert at == pytest.approx(told["at"], abs=1e-5)
        assert told["says"] == ""
        assert re.fullmatch(words, told["spoken"]), (words, told["spoken"])
        assert told["wide"] <= self.width
        return str(name)

    def taken(self, control: str, value: Any, words: str) -> str:
        """`check` of what is not a dial."""
        return self.check(control, self.controls.evaluate(TAKEN, [control, value, 1]), value, words)

    def range(self, control: dict[str, Any]) -> None:
        """By keyboard, one step of the slider; and a number typed into its field."""
        scale, low = control["scale"], control["minimum"]
        slider = self.controls.get_by_role("slider", name=control["label"], exact=True)
        dial = self.controls.locator(".dial").filter(has=self.panel.page.get_by_role("slider", name=control["label"], exact=True))
        before = dial.evaluate(DIAL)
        assert before["mark"] == pytest.approx((control["default"] - low) / (control["maximum"] - low), abs=1e-4)
        slider.press("ArrowLeft" if before["value"] >= before["max"] else "ArrowRight")
        stepped = self.shows(control, dial, None)
        assert 0 < abs(stepped - before["value"]) <= control["step"] * scale * 1.001, "one step"
        third = round((control["maximum"] - low) / control["step"] / 3)
        typed = round((low + third * control["step"]) * scale, 6)
        field = dial.get_by_role("textbox")
        field.fill(worded(typed, ""))
        field.press("Enter")
        self.shows(control, dial, typed)

    def shows(self, control: dict[str, Any], dial: Locator, value: float | None) -> float:
        """A value, or whatever the slider has, is taken, and shown in words and figures; the value."""
        scale, unit = control["scale"], control["display_unit"] or control["unit"]
        told = dial.evaluate(TAKEN, [control["name"], None if value is None else value / scale, scale])
        shown = told["dial"]
        value = float(shown["value"]) if value is None else value
        self.check(control["name"], told, value / scale, re.escape(f"{control['label']}: {worded(value, unit, ',')}."))
        assert (shown["words"], shown["typed"], shown["unit"]) == (worded(value, unit, ","), worded(value, "", ","), unit)
        return value

    def choice(self, control: dict[str, Any]) -> None:
        """Each of the others, and back."""
        group = self.controls.get_by_role("group", name=control["label"], exact=True)
        now = self.panel.evaluate("(panel, name) => panel.run.settings[name]", control["name"])
        others = [each for each in control["choices"] if each[0] != now]
        for value, label in [*others, next(each for each in control["choices"] if each[0] == now)]:
            press(group.get_by_text(label, exact=True))
            self.taken(control["name"], value, re.escape(f"{control['label']}: {label}."))
            assert group.get_by_role("radio", name=label, exact=True).is_checked()

    def switch(self, control: dict[str, Any]) -> None:
        """The other way, and back."""
        switch = self.controls.get_by_role("switch", name=control["label"], exact=True)
        before = switch.is_checked()
        for on in (not before, before):
            press(self.controls.get_by_text(control["label"], exact=True))
            self.taken(control["name"], on, re.escape(f"{control['label']}: {'on' if on else 'off'}."))
            assert switch.is_checked() == on

    def fault(self, fault: dict[str, Any]) -> None:
        """On, and off again; it is done to one server where it is aimed."""
        button = self.controls.get_by_role("button", name=fault["label"], exact=True)
        for on in (True, False) if button.get_attribute("aria-pressed") == "false" else (False, True):
            press(button)
            whom = r", \w+" if fault["reach"] in ("server", "zone") else ""
            named = self.taken(fault["name"], on, f"{re.escape(fault['label'])}{whom}: {'on' if on else 'off'}\\.")
            assert re.fullmatch(re.escape(fault["name"]) + (r"\.\d+" if whom else ""), named)
            assert button.get_attribute("aria-pressed") == ("true" if on else "false")


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_control_of_a_lesson_does_what_it_says(page: Page, site, complaints, buyer, lesson: str, width: int):
    page.context.add_cookies(buyer)
    page.goto(f"{site.url}/tracks/{lesson}/")
    panels = page.locator("simulation-panel").all()
    assert panels
    for panel in panels:
        hand = Hand(panel, width)
        offered = [control for control in hand.scenario["controls"] if not control["per_server"] and control["kind"] != "fault"]
        for control in offered:
            {"range": hand.range, "choice": hand.choice, "switch": hand.switch}[control["kind"]](control)
        for fault in hand.scenario["faults"]:
            hand.fault(fault)
        shown = hand.controls.locator("fieldset:visible, label.switch:visible, .dial:visible, .disturb .btn:visible")
        assert shown.count() == len(offered) + len(hand.scenario["faults"]) >= 3, "none was left out"
        assert hand.controls.evaluate(OUT_OF_REACH) == []


def test_all_seventeen_lessons_are_walked():
    assert len(LESSONS) == 17
