"""A TURN server between people and the media server, and the page that tells which ways are open. coturn is real."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.calling import TROUBLED, Caller, voice_room
from tests.browser.conftest import Person
from tests.conftest import Eclipse
from tests.voice.conftest import coturn  # noqa: F401
from tests.voice.coturn import SECRET, Coturn

RELAYED = """
    async () => {
        const line = witness.connections.filter((each) => each.connectionState === "connected").at(-1);
        const stats = await line.getStats();
        const pair = [...stats.values()].find((each) => each.type === "candidate-pair" && each.nominated);
        return stats.get(pair.localCandidateId).candidateType;
    }
"""
Visitor = Callable[..., Person]


@pytest.fixture
def browser(browser_with_devices: Browser) -> Browser:
    return browser_with_devices


@pytest.fixture(scope="module")
def relayed(start_eclipse: Callable[..., Eclipse], coturn: Coturn) -> Iterator[Eclipse]:  # noqa: F811
    """An Eclipse that nobody reaches but through its TURN server."""
    eclipse = start_eclipse(
        VOICE_PUBLIC_ADDRESS="127.0.0.1",
        VOICE_TURN_URLS=",".join(coturn.urls),
        VOICE_TURN_SECRET=SECRET,
        VOICE_RELAY_ONLY="1",
        ACCOUNT_RATE_LIMIT_SIGNUP="10000/m/ip",
    )
    yield eclipse
    eclipse.stop()


def step(page: Page, name: str) -> Locator:
    return page.get_by_role("listitem").filter(has=page.get_by_role("heading", name=name))


def test_two_people_talk_through_the_relay(visitor: Visitor, relayed: Eclipse) -> None:
    anna, boris = visitor("anna", server=relayed), visitor("boris", server=relayed)
    anna.sign_up()
    boris.sign_up()
    channel = voice_room(anna, boris)
    first, second = Caller(anna, channel).join(), Caller(boris, channel).join()
    first.hears(second)
    second.hears(first)
    assert first.page.evaluate(RELAYED) == second.page.evaluate(RELAYED) == "relay"


def test_the_page_tells_that_every_way_is_open(
    visitor: Visitor, relayed: Eclipse, assert_accessible: Callable[[Page], None]
) -> None:
    anna = visitor("anna", server=relayed)
    anna.sign_up()
    page = anna.open("/voice/test/")
    assert_accessible(page)
    page.get_by_role("button", name="Begin the test").click()
    expect(step(page, "Microphone")).to_contain_text("It hears you.")
    expect(step(page, "Straight to the server")).to_contain_text("It works")
    relay = step(page, "Through the relay")
    expect(relay).to_contain_text("It works")
    for transport in ("udp", "tcp"):
        expect(relay.get_by_role("listitem").filter(has_text=transport)).to_contain_text("works")
    expect(step(page, "Your own voice")).to_contain_text("Voice works here.")
    assert_accessible(page)
    page.get_by_role("button", name="End the test").click()
    expect(page.get_by_role("button", name="Begin the test")).to_be_visible()


def test_the_page_tells_what_does_not_work_and_what_to_do(visitor: Visitor, server: Eclipse) -> None:
    """No microphone; no TURN server; and the one way that is left is open."""
    boris = visitor("boris")
    boris.sign_up()
    boris.context.add_init_script(TROUBLED)
    page = boris.open("/voice/test/")
    page.evaluate("sessionStorage.trouble = 'NotAllowedError'")
    page.get_by_role("button", name="Begin the test").click()
    expect(step(page, "Microphone")).to_contain_text("Allow it beside the address")
    expect(step(page, "Straight to the server")).to_contain_text("It works")
    expect(step(page, "Through the relay")).to_contain_text("This server has none.")
    expect(step(page, "Your own voice")).to_contain_text("It cannot be tried")


def test_a_wrong_secret_shows_as_a_relay_that_does_not_work(
    visitor: Visitor,
    start_eclipse: Callable[..., Eclipse],
    coturn: Coturn,  # noqa: F811
) -> None:
    eclipse = start_eclipse(
        VOICE_PUBLIC_ADDRESS="127.0.0.1", VOICE_TURN_URLS=coturn.urls[0], VOICE_TURN_SECRET="a typing error"
    )
    anna = visitor("anna", server=eclipse)
    anna.sign_up()
    page = anna.open("/voice/test/")
    page.get_by_role("button", name="Begin the test").click()
    expect(step(page, "Through the relay")).to_contain_text("It does not work.")
    expect(step(page, "Your own voice")).to_contain_text("Voice works here.")
    eclipse.stop()


def test_without_script_the_page_says_so(visitor: Visitor) -> None:
    carol = visitor("carol", java_script_enabled=False)
    carol.sign_up()
    page = carol.open("/voice/test/")
    expect(page.get_by_text("Voice needs JavaScript")).to_be_visible()
    expect(page.get_by_role("button", name="Begin the test")).to_have_count(0)
