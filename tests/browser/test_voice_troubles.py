"""What goes wrong in a call, and what becomes of it: devices that cannot be had, lines that break, moderators."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.calling import TROUBLED, Caller, voice_room, wait_until
from tests.browser.talking import People
from tests.conftest import Eclipse

# As a browser does until the page is pressed.
HOLDS_BACK_SOUND = """
    const play = HTMLMediaElement.prototype.play;
    HTMLMediaElement.prototype.play = async function () {
        if (!self.isPressed) throw new DOMException("", "NotAllowedError");
        return play.call(this);
    };
"""
ALL_PLAY = "witness.sounds.every((each) => !each.srcObject || !each.paused)"
WITHOUT_HTTPS = "Object.defineProperty(Navigator.prototype, 'mediaDevices', { get: () => undefined });"


@pytest.fixture
def browser(browser_with_devices: Browser) -> Browser:
    return browser_with_devices


def test_whoever_has_no_microphone_listens_and_reads_why(person: People) -> None:
    anna, boris = person("anna"), person("boris")
    channel = voice_room(anna, boris)
    first, second = Caller(anna, channel, script=TROUBLED), Caller(boris, channel).join()
    stage = first.page.locator("#stage")

    def trouble(name: str) -> None:
        first.page.evaluate("(name) => { sessionStorage.trouble = name; }", name)

    trouble("NotAllowedError")
    first.join()
    expect(stage).to_contain_text("You are listening only: this page may not use the microphone")
    expect(first.button("Mute")).to_have_attribute("aria-pressed", "true")
    expect(second.tile(first)).to_contain_text("muted")
    first.hears(second)
    reasons = {"NotReadableError": "another program holds the microphone", "NotFoundError": "no microphone was found"}
    for name, words in reasons.items():
        trouble(name)
        first.press("Try again")
        expect(stage.get_by_text(words)).to_be_visible()
    # Whoever wants to be heard is asked again.
    trouble("NotAllowedError")
    first.press("Mute")
    expect(stage.get_by_text("may not use the microphone")).to_be_visible()


def test_without_https_the_page_says_what_is_missing(person: People) -> None:
    anna = person("anna")
    first = Caller(anna, voice_room(anna), script=WITHOUT_HTTPS).join()
    expect(first.page.get_by_text("browsers give the microphone to pages over HTTPS alone")).to_be_visible()
    expect(first.button("Share screen")).to_be_hidden()
    first.press("Settings of voice")
    expect(first.page.get_by_role("dialog", name="Settings of voice")).to_be_visible()


def test_held_back_sound_is_started_by_a_button(person: People) -> None:
    anna, boris = person("anna"), person("boris")
    channel = voice_room(anna, boris)
    Caller(boris, channel).join()
    first = Caller(anna, channel, script=HOLDS_BACK_SOUND).join()
    expect(first.page.locator("#stage")).to_contain_text("Your browser holds back the sound until you ask for it.")
    first.page.evaluate("self.isPressed = true")
    first.press("Start the sound")
    expect(first.button("Start the sound")).to_be_hidden()
    wait_until(lambda: first.page.evaluate(ALL_PLAY), "every lane plays")


def test_what_is_softer_than_the_threshold_is_not_sent(person: People) -> None:
    anna, boris = person("anna"), person("boris")
    channel = voice_room(anna, boris)
    first, second = Caller(anna, channel).join(), Caller(boris, channel).join()
    first.press("Settings of voice")
    first.page.get_by_label("When you speak").check()
    threshold = first.page.get_by_role("slider", name="Louder than")
    threshold.fill("0")
    second.hears_nothing_of(first)
    threshold.fill("-50")
    second.hears(first)


def test_a_fresh_line_takes_the_place_of_a_bad_one(person: People) -> None:
    anna, boris = person("anna"), person("boris")
    channel = voice_room(anna, boris)
    first, second = Caller(anna, channel).join(), Caller(boris, channel).join()
    first.hears(second)
    first.page.evaluate("dispatchEvent(new Event('online'))")
    wait_until(lambda: first.page.evaluate("witness.connections.length") > 1, "a fresh connection")
    wait_until(lambda: first.page.evaluate("witness.connections[0].connectionState") == "closed", "the old one closed")
    first.is_connected()
    first.hears(second)
    second.hears(first)
    expect(second.tile(first)).to_have_count(1)


def test_a_call_comes_back_when_the_server_does(person: People, start_eclipse: Callable[..., Eclipse]) -> None:
    eclipse = start_eclipse(DJANGO_SETTINGS_MODULE="tests.browser.settings", VOICE_PUBLIC_ADDRESS="127.0.0.1")
    anna, boris = person("anna", server=eclipse), person("boris", server=eclipse)
    channel = voice_room(anna, boris)
    first, second = Caller(anna, channel).join(), Caller(boris, channel).join()
    for each in (anna, boris):
        each.allow("WebSocket|htmx:ws:error|ERR_CONNECTION_REFUSED")
    first.press("Mute")
    eclipse.kill()
    expect(second.page.get_by_text("Connection lost. Reconnecting…").first).to_be_visible()
    eclipse.start()
    for each in (first, second):
        each.is_connected()
    first.hears(second)
    expect(second.tile(first)).to_contain_text("muted")
    expect(second.tile(first)).to_have_count(1)


def test_what_moderators_do_is_told_and_followed(person: People) -> None:
    anna, boris = person("anna"), person("boris")
    channel = voice_room(anna, boris)
    slug = channel.split("/")[2]
    new: dict[str, str | int] = {"name": "Waiting room", "audience": "everyone", "bitrate": 40, "user_limit": 0}
    anna.post(f"/rooms/{slug}/settings/channels/new/?kind=voice", **new)
    first, second = Caller(anna, channel).join(), Caller(boris, channel).join()
    member = f"/rooms/{slug}/members/{boris.username}/"

    first.press(f"{second.username}: volume and more")
    first.press("Mute in voice channels")
    expect(first.button("Unmute in voice channels")).to_be_visible()
    expect(second.page.get_by_text("A moderator muted you: nobody hears you in this call.")).to_be_visible()
    expect(first.tile(second)).to_contain_text("muted")
    first.hears_nothing_of(second)
    first.press("Unmute in voice channels")
    first.hears(second)

    waiting = first.page.get_by_role("link", name="Waiting room")
    number = str(first.page.locator("li[id^=channel-]", has=waiting).get_attribute("id")).removeprefix("channel-")
    anna.post(f"{member}voice-move/", channel=number, reason="")
    expect(second.page).to_have_url(f"{boris.url}/rooms/{slug}/waiting-room/")
    second.is_connected()
    expect(first.tile(second)).to_have_count(0)

    anna.post(f"{member}voice-disconnect/", reason="")
    expect(second.page.get_by_text("You were taken out of the call.")).to_be_visible()
    expect(second.button("Join voice")).to_be_visible()
