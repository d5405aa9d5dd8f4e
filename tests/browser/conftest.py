"""People in real browsers: each has a context of their own, and whatever goes wrong in it fails the test."""

import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Playwright,
    Request,
    expect,
    sync_playwright,
)

from tests.conftest import FAILED, ROOT, Eclipse

PASSWORD = "correct horse battery staple"
WAIT_MILLISECONDS = 20_000
LEADS_ON = {HTTPStatus.FOUND, HTTPStatus.SEE_OTHER}
LOGIN = "/accounts/login/"

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Playwright switches these off, and of two such lists Chromium reads the last.
PLAYWRIGHT_SWITCHES_OFF = (
    "AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable", "LensOverlay", "MediaRouter", "PaintHolding", "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect", "OptimizationHints", "NetworkTimeServiceQuerying", "AimEnabled",
    "PreconnectToSearch",
)  # fmt: skip
# Each window makes its address bar's suggestions ready, two pages of their own, and a process for the next page: with
# them somebody's browser takes more than twice as long to open.
NOBODY_NEEDS = ("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "SpareRendererForSitePerProcess")
CHROMIUM_OPTIONS = [
    "--no-sandbox",  # CI runs as root, where Chromium has none
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    # It would ask the internet for updates and lists, and tests must neither wait for nor depend on that.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--disable-features={','.join((*PLAYWRIGHT_SWITCHES_OFF, *NOBODY_NEEDS))}",
]
# A camera that shows a clock, a microphone that beeps, a screen; nobody is asked whether they may be used.
FAKE_DEVICES = [
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--allow-loopback-in-peer-connection",
]
# What a browser does on its own when a person leaves a page.
NOT_A_FAULT = re.compile(r"net::ERR_ABORTED")


@dataclass
class Person:
    """Somebody at a browser of their own. `username` is taken by nobody else; `page` is their first tab."""

    username: str
    context: BrowserContext
    url: str
    faults: list[str] = field(default_factory=list)
    _allowed: list[re.Pattern[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context.set_default_timeout(WAIT_MILLISECONDS)
        self.context.on("console", self._on_console)
        self.context.on("weberror", lambda error: self.faults.append(f"error: {error.error}"))
        self.context.on("requestfailed", self._on_failed_request)
        self.page = self.context.new_page()

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.faults.append(f"console: {message.text} ({message.location.get('url', '')})")

    def _on_failed_request(self, request: Request) -> None:
        self.faults.append(f"request: {request.method} {request.url} {request.failure}")

    def allow(self, pattern: str) -> None:
        """Say that a fault matching `pattern` belongs to the story: a refused post, a server that was killed."""
        self._allowed.append(re.compile(pattern))

    def unexpected(self) -> list[str]:
        return [fault for fault in self.faults if not any(p.search(fault) for p in (NOT_A_FAULT, *self._allowed))]

    def open(self, path: str = "/") -> Page:
        """Go to a page of Eclipse in the first tab."""
        self.page.goto(self.url + path)
        return self.page

    def new_tab(self, path: str = "/") -> Page:
        tab = self.context.new_page()
        tab.goto(self.url + path)
        return tab

    def sign_up(self) -> None:
        """Sign up over HTTP, as the form does, and leave the tab as it is."""
        form = self.context.request.get(f"{self.url}/accounts/signup/")
        assert form.ok, form.status_text
        self.post("/accounts/signup/", username=self.username, password1=PASSWORD, email="")
        assert any(cookie.get("name") == "sessionid" for cookie in self.context.cookies()), (
            f"{self.username} got no session"
        )

    def post(self, path: str, **form: str | int) -> None:
        """Post a form as this person, without the page; `AssertionError` with the answer when it is refused.

        The page to which the answer leads is not fetched: that would take longer than all that was posted.
        """
        token = next(cookie["value"] for cookie in self.context.cookies() if cookie.get("name") == "csrftoken")
        data: dict[str, str | float | bool] = {**form, "csrfmiddlewaretoken": token}
        answer = self.context.request.post(self.url + path, form=data, max_redirects=0)
        done = answer.ok or (answer.status in LEADS_ON and LOGIN not in answer.headers["location"])
        assert done, f"{path}: {answer.status} {answer.text()[:2000]}"


@pytest.fixture(scope="session")
def server(start_eclipse: Callable[..., Eclipse]) -> Eclipse:
    """Eclipse for all browser tests, with limits that no story reaches by accident, and quick to sign up in."""
    return start_eclipse(
        DJANGO_SETTINGS_MODULE="tests.browser.settings",
        ACCOUNT_RATE_LIMIT_SIGNUP="10000/m/ip",
        ACCOUNT_RATE_LIMIT_LOGIN="10000/m/ip",
        RATE_LIMIT_MESSAGES="1000/10 second",
        RATE_LIMIT_EDITS="1000/60 second",
        RATE_LIMIT_ROOMS="1000/3600 second",
        RATE_LIMIT_JOINS="1000/60 second",
        VOICE_PUBLIC_ADDRESS="127.0.0.1",
    )


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    expect.set_options(timeout=WAIT_MILLISECONDS)
    with sync_playwright() as playwright:
        yield playwright


def launch(playwright: Playwright, *more_options: str) -> Browser:
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    if executable is None:
        pytest.skip("Chromium is not installed")
    return playwright.chromium.launch(executable_path=executable, args=[*CHROMIUM_OPTIONS, *more_options])


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Browser:
    return launch(playwright)


@pytest.fixture(scope="session")
def browser_with_devices(playwright: Playwright) -> Browser:
    """For calls: it has microphones, cameras and screens."""
    return launch(playwright, *FAKE_DEVICES)


_taken: Counter[str] = Counter()


@pytest.fixture
def visitor(browser: Browser, server: Eclipse, request: pytest.FixtureRequest) -> Iterator[Callable[..., Person]]:
    """Makes somebody who has not signed up: `visitor("mallory", locale="ru-RU", java_script_enabled=False)`.

    Options are those of a Playwright browser context; `server` names another Eclipse than the shared one.
    """
    people: list[Person] = []

    def make(name: str, *, server: Eclipse = server, **options: Any) -> Person:
        _taken[name] += 1
        username = name if _taken[name] == 1 else f"{name}{_taken[name]}"
        defaults = {
            "locale": "en-GB",
            "timezone_id": "UTC",
            "viewport": {"width": 1280, "height": 800},
            # Tests wait for the end of a change, never for its animation.
            "reduced_motion": "reduce",
        }
        person = Person(username, browser.new_context(**{**defaults, **options}), server.url)
        people.append(person)
        return person

    yield make
    unexpected = {person.username: person.unexpected() for person in people}
    for person in people:
        if request.node.stash.get(FAILED, False):
            keep_screenshots(person, request.node.nodeid)
        person.context.close()
    assert not any(unexpected.values()), f"went wrong in a browser: {unexpected}"


@pytest.fixture
def person(visitor: Callable[..., Person]) -> Callable[..., Person]:
    """Makes somebody who has signed up and is logged in: `alice = person("alice", color_scheme="dark")`."""

    def make(name: str, **options: Any) -> Person:
        somebody = visitor(name, **options)
        somebody.sign_up()
        return somebody

    return make


def keep_screenshots(person: Person, test: str) -> None:
    """Leave what the person saw when the test failed in test-results/."""
    directory = ROOT / "test-results"
    directory.mkdir(exist_ok=True)
    name = re.sub(r"\W+", "-", test.removeprefix("tests/browser/"))
    for number, page in enumerate(person.context.pages, start=1):
        page.screenshot(path=directory / f"{name}-{person.username}-{number}.png", timeout=WAIT_MILLISECONDS)


@pytest.fixture(scope="session")
def assert_accessible() -> Callable[[Page], None]:
    """Asserts that axe finds no violation of any impact on the page as it is now."""
    axe = Axe()

    def check(page: Page) -> None:
        results = axe.run(page)
        assert results.violations_count == 0, f"{page.url}\n{results.generate_report()}"

    return check
