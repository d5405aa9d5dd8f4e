"""A moderator in a call, in real browsers: what is pressed in a tile's menu holds for everybody."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.calling import Caller, voice_room
from tests.browser.talking import People, wait_live


@pytest.fixture
def browser(browser_with_devices: Browser) -> Browser:
    return browser_with_devices


def open_menu(moderator: Caller, of: Caller) -> None:
    moderator.button(f"{of.username}: volume and more").click()


def test_a_mute_holds_for_everybody_and_whoever_looks_into_the_room_sees_it(
    person: People, assert_accessible: Callable[[Page], None]
) -> None:
    anna, boris, clara = person("anna"), person("boris"), person("clara")
    channel = voice_room(anna, boris, clara)
    first, second = Caller(anna, channel).join(), Caller(boris, channel).join()
    # She reads, and is in no call.
    reader = clara.open(channel.replace("/voice/", "/general/"))
    wait_live(reader)
    line = reader.locator(".roster__person").filter(has_text=boris.username)
    expect(line).to_be_visible()
    first.hears(second)

    open_menu(first, second)
    first.button("Mute in voice channels").click()
    # What was pressed is gone, and what undoes it has the focus.
    expect(first.button("Unmute in voice channels")).to_be_focused()
    assert_accessible(first.page)
    first.hears_nothing_of(second)
    expect(second.page.get_by_text("A moderator muted you: nobody hears you in this call.")).to_be_visible()
    expect(line).to_contain_text("muted by moderators")

    # With a reason he reads it.
    anna.post(f"{channel.removesuffix('voice/')}members/{boris.username}/voice-deafen/", reason="Trumpets")
    expect(second.page.get_by_text("A moderator deafened you")).to_contain_text("Reason: Trumpets")

    # Leaving and coming back does not end it.
    second.button("Leave voice").click()
    expect(line).to_have_count(0)
    second.join()
    expect(second.page.get_by_text("A moderator muted you: nobody hears you in this call.")).to_be_visible()
    first.hears_nothing_of(second)

    open_menu(first, second)
    first.button("Unmute in voice channels").click()
    first.hears(second)
    expect(line).not_to_contain_text("muted by moderators")


def test_moved_boris_goes_on_talking_in_the_other_channel(person: People) -> None:
    anna, boris, clara = person("anna"), person("boris"), person("clara")
    channel = voice_room(anna, boris, clara)
    room = channel.removesuffix("voice/")
    anna.post(f"{room}settings/channels/new/?kind=voice", name="Deck", audience="everyone", user_limit=1, bitrate=40)
    first, second = Caller(anna, channel).join(), Caller(boris, channel).join()
    # The other one is full, for whoever comes by themself.
    third = Caller(clara, f"{room}deck/").join()

    open_menu(first, second)
    first.page.get_by_role("link", name="Move to another voice channel").click()
    first.page.get_by_label("Deck").check()
    first.page.get_by_role("button", name="Move").click()
    expect(second.page).to_have_url(f"{boris.url}{room}deck/")
    second.is_connected()
    third.hears(second)


def test_disconnected_boris_is_told_and_may_come_back(person: People) -> None:
    anna, boris = person("anna"), person("boris")
    channel = voice_room(anna, boris)
    first, second = Caller(anna, channel).join(), Caller(boris, channel).join()
    open_menu(first, second)
    first.button("Disconnect from voice").click()
    expect(second.page.get_by_text("You were taken out of the call.")).to_be_visible()
    expect(first.tile(second)).to_have_count(0)
    second.join()
    expect(first.tile(second)).to_be_visible()


def test_a_member_finds_no_such_thing_in_the_menu(person: People) -> None:
    anna, boris = person("anna"), person("boris")
    channel = voice_room(anna, boris)
    first, second = Caller(anna, channel).join(), Caller(boris, channel).join()
    open_menu(second, first)
    expect(second.page.get_by_role("link", name="Member’s page")).to_be_visible()
    expect(second.button("Mute in voice channels")).to_have_count(0)


def test_the_pages_are_accessible_and_keep_their_shape(
    person: People, assert_accessible: Callable[[Page], None]
) -> None:
    anna, boris, clara = person("anna"), person("boris"), person("clara")
    channel = voice_room(anna, boris, clara)
    room = channel.removesuffix("voice/")
    Caller(boris, channel).join()
    anna.post(f"{room}members/{boris.username}/voice-mute/", reason="Please calm down, and read the rules")
    anna.post(f"{room}members/{clara.username}/voice-deafen/", reason="")
    anna.post(f"{room}settings/channels/new/?kind=voice", name="Deck", audience="everyone", user_limit=1, bitrate=40)
    anna.post(f"{channel}lock/")
    pages = [
        f"{channel}call/", f"{room}members/{boris.username}/", f"{room}members/{boris.username}/voice-unmute/",
        f"{room}members/{boris.username}/voice-move/", f"{room}settings/bans/", f"{room}settings/channels/",
        f"{room}settings/channels/new/?kind=voice",
    ]  # fmt: skip
    for somebody, path in [*((anna, path) for path in pages), (clara, channel)]:
        shown = somebody.open(path)
        for width in (1280, 320):
            shown.set_viewport_size({"width": width, "height": 740})
            assert_accessible(shown)
            assert shown.evaluate("document.documentElement.scrollWidth") <= width, path


def test_everything_goes_without_script(person: People, browser: Browser) -> None:
    anna, boris = person("anna"), person("boris")
    channel = voice_room(anna, boris)
    second = Caller(boris, channel).join()
    context = browser.new_context(java_script_enabled=False, storage_state=anna.context.storage_state())
    page = context.new_page()
    page.goto(anna.url + channel)
    page.get_by_role("link", name="Moderate the channel").click()
    page.get_by_role("link", name=f"Actions: {boris.username}").click()
    page.get_by_role("link", name="Mute in voice channels").click()
    page.get_by_label("Reason").fill("Trumpets")
    page.get_by_role("button", name="Mute in voice channels").click()
    expect(second.page.get_by_text("A moderator muted you")).to_contain_text("Reason: Trumpets")
    page.get_by_role("link", name="Disconnect from voice").click()
    page.get_by_role("button", name="Disconnect from voice").click()
    expect(second.page.get_by_text("You were taken out of the call.")).to_be_visible()
    context.close()
