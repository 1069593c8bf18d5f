"""A real site for a real browser, and what the browser held against its pages."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Request, Response, expect

from courseware.accounts.demo import Demo
from tests.site import Site
from tools.bootstrap import find_browser

HOW = "the browser tests need Chromium: install it (Debian: apt-get install chromium) or set CHROMIUM=/path"
WIDTHS = (1440, 820, 390)
STRATEGIES = "/tracks/system-scaling/load-balancing-strategies/"
QUIET = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    running = Site(tmp_path_factory.mktemp("site"))
    running.prepare()
    running.start()
    yield running
    running.kill()


@pytest.fixture(scope="session")
def base_url(site: Site) -> str:
    return site.url


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    if (path := find_browser()) is None:
        pytest.exit(HOW, returncode=1)
    return {"executable_path": path, "args": QUIET}


@pytest.fixture(scope="module")
def lesson(browser: Browser, site: Site) -> Iterator[Page]:
    """A lesson's page that the tests of a file share, for those who only ask its modules something."""
    page = browser.new_page()
    page.goto(site.url + STRATEGIES)
    yield page
    page.close()


@pytest.fixture(params=WIDTHS)
def width(request: pytest.FixtureRequest) -> int:
    """Of the window, in CSS pixels: a test that asks for it runs on a desk, a tablet and a phone."""
    return int(request.param)


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, object], request: pytest.FixtureRequest) -> dict[str, object]:
    if "width" not in request.fixturenames:
        return browser_context_args
    wide = request.getfixturevalue("width")
    window = {"width": wide, "height": 844 if wide == 390 else 900}
    return {**browser_context_args, "viewport": window, "has_touch": wide == 390, "is_mobile": wide == 390}


FELT: WeakKeyDictionary[BrowserContext, bool] = WeakKeyDictionary()  # whether the screen feels a finger


def by_finger(page: Page) -> bool:
    """Whether the screen feels one; asked once."""
    if page.context not in FELT:
        FELT[page.context] = bool(page.evaluate("navigator.maxTouchPoints"))
    return FELT[page.context]


def press(target: Locator) -> None:
    """With a finger where the screen feels one."""
    if by_finger(target.page):
        target.tap()
    else:
        target.click()


def point_at(target: Locator) -> None:
    """With whatever is at hand: a chart that is pointed at is Plotly's, any other is drawn over Plotly's axes."""
    if by_finger(target.page):
        target.tap()
    else:
        target.hover()


def choose(field: Locator) -> None:
    """A radio button or a checkbox by what one sees of it, its label."""
    if not field.is_checked():
        press(field.locator("xpath=ancestor::label"))
    expect(field).to_be_checked()


# A refusal by the content policy is an event of the document, whatever the browser makes of it in its console.
TELL_OF_REFUSALS = """
addEventListener("securitypolicyviolation", event =>
  console.error(`content policy: ${event.violatedDirective} refused ${event.blockedURI} in ${event.sourceFile}`));
"""


WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
# What came with the page is drawn, in its own fonts; nothing moves, and nothing that was sent for is on its way.
SETTLED = """async () => {
  await document.fonts.ready;
  const frame = () => new Promise(requestAnimationFrame);
  do { await frame(); await frame(); } while (document.querySelector('.htmx-request'));
  const ends = each => isFinite(each.effect.getComputedTiming().endTime);
  await Promise.all(document.getAnimations().filter(ends).map(each => each.finished.catch(() => {})));
}"""


def settle(page: Page) -> None:
    """Wait until the page has come to rest."""
    page.wait_for_load_state()
    page.evaluate(SETTLED)
    for panel in page.locator("simulation-panel").all():
        expect(panel.locator("[data-part=live]")).to_be_visible()


@dataclass
class Complaints:
    """What a browser held against the pages that it showed: console, content policy, missing files, lost requests."""

    found: list[str] = field(default_factory=list)
    expected: set[str] = field(default_factory=set)  # addresses of pages that are refused on purpose

    def watch(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.found.append(f"script error: {error}"))
        page.on("requestfailed", self._failed)
        page.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and message.location["url"] not in self.expected:
            self.found.append(f"console {message.type}: {message.text} at {message.location['url']}")

    def _failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # a page that is left aborts what it still loads
            self.found.append(f"failed request: {request.url} {request.failure}")

    def _response(self, response: Response) -> None:
        if response.status >= 400 and response.url not in self.expected:
            self.found.append(f"{response.status}: {response.url}")


@pytest.fixture
def complaints(context: BrowserContext) -> Iterator[Complaints]:
    """Fails the test when a page logged an error, broke the content policy, missed a file or scrolls sideways at the end."""
    seen = Complaints()
    context.add_init_script(TELL_OF_REFUSALS)
    context.on("page", seen.watch)
    yield seen
    seen.found += [f"{page.url} is wider than its window" for page in context.pages if page.evaluate(WIDER)]
    assert seen.found == []


def sign_in(page: Page, url: str, who: Demo) -> None:
    page.goto(f"{url}/account/login/")
    page.get_by_label("Email").fill(who.email)
    page.get_by_label("Password", exact=True).fill(who.password)
    page.locator("main").get_by_role("button", name="Sign in").click()
    expect(page).not_to_have_url(f"{url}/account/login/")


ANSWERS = """
import json
from lessons.models import Question
found = Question.objects.published().filter(track__slug="system-scaling")
print(json.dumps([[question.kind, question.data] for question in found]))
"""


@pytest.fixture(scope="session")
def questions(site: Site) -> list[tuple[str, dict[str, Any]]]:
    """The five questions of the free track with their answers, as the author wrote them down."""
    found = json.loads(site.manage("shell", "-v", "0", "-c", ANSWERS))
    assert len(found) == 5
    return found


def fill_in(page: Page, kind: str, data: dict[str, Any]) -> None:
    """Give the right answer."""
    page.wait_for_load_state()  # a font that comes late moves the choices away from under the pointer
    if kind == "number":
        page.get_by_role("textbox", name="Your answer").fill(str(data["answer"]))
    elif kind == "order":
        for place, item in enumerate(data["items"]):
            row = page.locator(f"li[data-key='{item['key']}']")
            if row.locator("select").is_visible():  # without JavaScript
                row.locator("select").select_option(str(place + 1))
                continue
            while int(row.locator(".place").inner_text()) > place + 1:
                row.get_by_role("button", name="Move up").click()
    elif kind == "tune":
        choose(page.locator("input[name=strategy][value=least-connections]"))
    else:
        for choice in data["choices"]:
            if choice["correct"]:
                choose(page.locator(f"input[value='{choice['key']}']"))


def check_answer(page: Page) -> None:
    """Hand it in, and see it taken for right."""
    page.get_by_role("button", name="Check answer").click()
    expect(page.locator(".feedback-title")).to_contain_text("Correct", timeout=30_000)


def buy(page: Page, url: str) -> None:
    """From the locked track's own page through the sandbox Stripe and back; for somebody who is signed in."""
    page.goto(f"{url}/tracks/surviving-overload/")
    expect(page.get_by_text("This track is locked")).to_be_visible()
    page.get_by_role("link", name=re.compile("^Unlock for")).first.click()
    expect(page).to_have_url(re.compile("/buy/$"))
    expect(page.get_by_text("Sandbox.")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Pay")).click()
    expect(page).to_have_url(re.compile("/c/pay/"))  # the sandbox Stripe's own page, on its own port
    page.get_by_role("button", name="Simulate a payment").click()
    expect(page.get_by_text("is yours.")).to_be_visible(timeout=30_000)


def sign_up(page: Page, url: str, email: str) -> None:
    page.goto(f"{url}/account/signup/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill("a-queue-of-one")
    page.get_by_role("button", name="Create account").click()
    expect(page).not_to_have_url(re.compile("/signup/"))


@pytest.fixture(scope="session")
def buyer(browser: Browser, site: Site) -> list[Any]:
    """The cookies of somebody to whom both tracks are open."""
    page = browser.new_page()
    sign_up(page, site.url, "vera@headroom.test")
    buy(page, site.url)
    cookies = page.context.cookies()
    page.context.close()
    return cookies
