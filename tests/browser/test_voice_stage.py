"""The stage of a voice channel: by keyboard alone, for a screen reader, under a thumb, and without JavaScript."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.calling import Caller, voice_room
from tests.browser.talking import People, wait_live
from tests.browser.test_touch import PHONE, assert_thumbs_fit


@pytest.fixture
def browser(browser_with_devices: Browser) -> Browser:
    return browser_with_devices


def test_axe_finds_nothing_on_the_stage(person: People, assert_accessible: Callable[[Page], None]) -> None:
    anna, boris = person("anna"), person("boris")
    channel = voice_room(anna, boris)
    first = Caller(anna, channel)
    assert_accessible(first.page)
    first.join()
    second = Caller(boris, channel).join()
    second.button("Share screen").click()
    expect(first.page.locator("#large > *")).to_have_count(1)
    first.button("Captions").click()
    for theme in ("dark", "light", "contrast"):
        first.page.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", theme)
        first.page.mouse.move(0, 0)
        assert_accessible(first.page)
        first.button("Settings of voice").click()
        assert_accessible(first.page)
        first.page.keyboard.press("Escape")
    first.button(f"{second.username}: volume and more").click()
    assert_accessible(first.page)
    first.page.set_viewport_size({"width": 360, "height": 740})
    assert_accessible(first.page)
    first.page.goto(anna.url + channel.replace("/voice/", "/general/"))
    first.is_connected()
    assert_accessible(first.page)


def test_everything_in_a_call_is_done_by_keyboard(person: People) -> None:
    anna, boris = person("anna"), person("boris")
    channel = voice_room(anna, boris)
    first, second = Caller(anna, channel), Caller(boris, channel).join()
    page = first.page

    def pressed(name: str) -> Any:
        return expect(first.button(name))

    first.button("Join voice").focus()
    page.keyboard.press("Enter")
    first.is_connected()
    pressed("Mute").to_be_focused()
    page.keyboard.press("Space")
    pressed("Mute").to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Tab")
    pressed("Deafen").to_be_focused()
    page.keyboard.press("Tab")
    pressed("Camera").to_be_focused()
    page.keyboard.press("Enter")
    pressed("Camera").to_have_attribute("aria-pressed", "true")
    expect(second.tile(first).locator("video")).to_be_visible()

    # From region to region, and from anywhere on the page by shortcuts, which are told.
    page.get_by_role("link", name="general").focus()
    page.keyboard.press("Shift+F6")
    page.keyboard.press("Shift+F6")
    pressed("Captions").to_be_focused()
    page.get_by_role("link", name="general").focus()
    page.keyboard.press("Control+Shift+M")
    pressed("Mute").to_have_attribute("aria-pressed", "false")
    expect(page.get_by_role("log").filter(has_text="You are heard again")).to_be_attached()
    page.keyboard.press("Control+Shift+E")
    pressed("Camera").to_have_attribute("aria-pressed", "false")
    page.keyboard.press("Control+Shift+D")
    expect(second.tile(first)).to_contain_text("deafened")
    page.keyboard.press("Control+Shift+D")

    # Push-to-talk, with a key of one's own.
    first.button("Settings of voice").focus()
    page.keyboard.press("Enter")
    settings = page.get_by_role("dialog", name="Settings of voice")
    settings.get_by_label("Always").focus()
    page.keyboard.press("ArrowUp")
    expect(settings.get_by_label("While you hold a key")).to_be_checked()
    expect(settings.get_by_text("A browser hears keys only while its window is in front")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("F8")
    expect(settings.get_by_role("button", name="F8")).to_be_focused()
    page.keyboard.press("Escape")
    expect(settings).to_be_hidden()
    second.hears_nothing_of(first)
    page.keyboard.down("F8")
    expect(first.button("Hold to talk")).to_have_attribute("aria-pressed", "true")
    second.hears(first)
    page.keyboard.up("F8")
    second.hears_nothing_of(first)
    first.button("Hold to talk").focus()
    page.keyboard.down("Space")
    second.hears(first)
    page.keyboard.up("Space")

    page.keyboard.press("Control+Shift+H")
    expect(second.tile(first)).to_have_count(0)


def test_who_comes_goes_and_mutes_is_told_politely(person: People) -> None:
    anna, boris = person("anna"), person("boris")
    channel = voice_room(anna, boris)
    first = Caller(anna, channel).join()
    second = Caller(boris, channel).join()
    log = first.page.locator("#log")
    expect(log).to_contain_text(f"{second.username} joins the call")
    second.button("Mute").click()
    expect(log).to_contain_text(f"{second.username}: microphone off")
    second.button("Leave voice").click()
    expect(log).to_contain_text(f"{second.username} leaves the call")
    # Who talks is heard: it is never told.
    assert len(log.locator("p").all()) == 3

    first.button("Settings of voice").click()
    first.page.get_by_label("To screen readers").uncheck()
    first.page.keyboard.press("Escape")
    second.join()
    expect(first.tile(second)).to_be_visible()
    first.page.wait_for_timeout(1000)
    assert len(log.locator("p").all()) == 3


def test_a_thumb_reaches_everything_in_a_call(person: People) -> None:
    anna, boris = person("anna", **PHONE), person("boris")
    channel = voice_room(anna, boris)
    first, second = Caller(anna, channel), Caller(boris, channel).join()

    def fits(within: str) -> None:
        for width in (320, 360):
            first.page.set_viewport_size({"width": width, "height": 740})
            assert_thumbs_fit(first.page, within)
            assert first.page.evaluate("document.documentElement.scrollWidth") <= width

    fits("#stage")
    first.join()
    expect(first.tile(second)).to_be_visible()
    fits("#stage")
    # Its screen stays on, and its lock screen has the call's buttons.
    assert first.page.evaluate("witness.locks") == ["screen"]
    assert first.page.evaluate("[navigator.mediaSession.playbackState, navigator.mediaSession.metadata.title]") == [
        "playing",
        "voice",
    ]
    first.page.goto(anna.url + channel.replace("/voice/", "/general/"))
    first.is_connected()
    wait_live(first.page)
    fits("#call")


def test_without_javascript_the_page_tells_who_is_there(person: People) -> None:
    anna, boris = person("anna"), person("boris", java_script_enabled=False)
    channel = voice_room(anna, boris)
    Caller(anna, channel).join()
    page = boris.open(channel)
    expect(page.locator("#stage")).to_contain_text(anna.username)
    expect(page.get_by_text("Talking needs JavaScript")).to_be_visible()
    expect(page.get_by_role("button", name="Join voice")).to_be_hidden()
