"""Whoever is in a call walks through rooms and pages, and the call goes on as if they stood still."""

import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, WebSocket, expect

from tests.browser.calling import voice_room
from tests.browser.talking import People, box, message, new_room, number_of, say, wait_live, write
from tests.browser.walking import call_from, follow, go_to, is_at, is_in_call, is_loaded, new_channel

# The longest time, in seconds, in which nobody was heard, although they beep each second; looked at all the time.
LISTEN = """
    () => {
        let [heard, since] = [0, performance.now()];
        window.longestSilence = 0;
        setInterval(async () => {
            let energy = 0;
            for (const each of (await witness.connections[0].getStats()).values()) {
                if (each.type === "inbound-rtp") energy += each.totalAudioEnergy ?? 0;
            }
            if (energy > heard + 0.001) [heard, since] = [energy, performance.now()];
            longestSilence = Math.max(longestSilence, (performance.now() - since) / 1000);
        }, 100);
    }
"""


@pytest.fixture
def browser(browser_with_devices: Browser) -> Browser:
    return browser_with_devices


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "emblem.png"
    Image.new("RGB", (64, 64), "gold").save(path)
    return path


def test_two_people_talk_while_one_walks_about(person: People) -> None:
    anna, boris = person("anna"), person("boris")
    voice = voice_room(anna, boris)
    tea = new_channel(anna, voice)
    other = new_room(anna, "Elsewhere")
    second = call_from(boris, voice)
    first = call_from(anna, voice)
    first.hears(second)
    page = first.page
    page.evaluate(LISTEN)

    go_to(page, "tea")
    expect(page).to_have_url(f"{anna.url}{tea}")
    expect(page).to_have_title(re.compile("^tea · Raid"))
    dock = page.get_by_role("region", name="Current call")
    expect(dock).to_contain_text(f"With {second.username}")
    is_in_call(first)

    page.locator(f"#rooms a[href='{other.removesuffix('general/')}']").click()
    expect(page).to_have_url(f"{anna.url}{other}")
    wait_live(page)
    write(page, "said on the way")
    expect(message(page, "said on the way")).to_have_count(1)

    page.locator(".me__summary").click()
    page.get_by_role("link", name="Settings", exact=True).click()
    expect(page).to_have_url(f"{anna.url}/accounts/settings/")
    page.locator("[name=theme][value=light]").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Your settings are saved.")).to_be_visible()
    expect(page.locator("html[data-theme=light]")).to_be_attached()
    first.hears(second)
    second.hears(first)

    page.go_back()
    expect(message(page, "said on the way")).to_have_count(1)
    page.go_back()
    is_at(page, "tea")
    page.go_forward()
    expect(message(page, "said on the way")).to_have_count(1)
    wait_live(page)
    dock.get_by_role("link").click()
    expect(page).to_have_url(f"{anna.url}{voice}")
    expect(first.tile(second)).to_be_visible()
    expect(dock).to_be_hidden()

    first.hears(second)
    second.hears(first)
    is_in_call(first)
    assert page.evaluate("longestSilence") < 3


def test_forms_of_every_kind_are_sent_as_the_browser_sends_them(person: People, picture: Path) -> None:
    anna = person("anna")
    anna.allow("status of 422")
    voice = voice_room(anna)
    new_channel(anna, voice)
    caller = call_from(anna, voice)
    page = caller.page
    settings = f"{'/'.join(voice.split('/')[:3])}/settings/"
    # In the address.
    follow(page, "/rooms/?sort=members")
    page.get_by_label("Name, topic or game").fill("raid & co")
    page.get_by_role("button", name="Search").click()
    expect(page).to_have_url(f"{anna.url}/rooms/?sort=members&q=raid+%26+co")
    expect(page.get_by_label("Name, topic or game")).to_have_value("raid & co")
    # With the button that was pressed, which has the focus again.
    follow(page, f"{settings}channels/")
    page.get_by_role("button", name="Move tea up").click()
    expect(page).to_have_url(re.compile(r"channels/\?moved=up-"))
    expect(page.get_by_role("button", name="Move tea up")).to_be_focused()
    # With a file.
    follow(page, settings)
    page.get_by_label("Picture").set_input_files(picture)
    page.get_by_role("button", name="Show this picture").click()
    expect(page.get_by_role("button", name="Remove the picture")).to_be_visible()
    # Refused, in its place and with what was typed; what is wrong has the focus.
    page.get_by_label("Address").fill("no such letters")
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_label("Address")).to_have_value("no such letters")
    expect(page.locator(".error-summary")).to_be_focused()
    is_in_call(caller)


def test_without_a_call_the_browser_loads_every_page(person: People) -> None:
    anna = person("anna")
    voice = voice_room(anna)
    new_channel(anna, voice)
    caller = call_from(anna, voice)
    page = caller.page
    go_to(page, "general")
    go_to(page, "tea")
    page.get_by_role("region", name="Current call").get_by_role("button", name="Leave voice").click()
    expect(page.get_by_role("region", name="Current call")).to_be_hidden()

    # On the way back the address alone would change: these pages shared one document.
    page.go_back()
    is_at(page, "general")
    is_loaded(page)
    page.go_forward()
    is_at(page, "tea")
    page.evaluate("window.isKept = true")
    go_to(page, "general")
    is_loaded(page)
    page.evaluate("window.isKept = true")
    page.get_by_role("navigation", name="Rooms").get_by_role("link", name="New room").click()
    page.get_by_label("Name").fill("Quiet")
    page.get_by_role("button", name="Create").click()
    is_at(page, "general")
    is_loaded(page)


def test_nothing_is_there_twice_however_far_one_walks(person: People) -> None:
    anna, boris = person("anna"), person("boris")
    voice = voice_room(anna, boris)
    tea = new_channel(anna, voice)
    channel = tea.replace("/tea/", "/general/")
    sockets: list[WebSocket] = []
    anna.page.on("websocket", lambda socket: sockets.append(socket) if "/ws/voice/" not in socket.url else None)
    caller = call_from(anna, voice)
    page = caller.page
    for turn in range(10):
        go_to(page, "general" if turn % 2 else "tea")
    assert [socket.url for socket in sockets if not socket.is_closed()] == [sockets[-1].url]
    assert len(sockets) == 11

    say(boris, tea, "elsewhere")
    say(boris, channel, "here")
    expect(message(page, "here")).to_have_count(1)
    expect(page.locator("#log p")).to_have_text([f"{boris.username}: here"])
    unread = page.locator("#channels").get_by_role("link", name="tea").locator("[data-unread]")
    expect(unread).to_have_attribute("data-unread", "1")
    expect(page).to_have_title(re.compile(r"^\(1\) general"))
    # What is read is told, and a draft waits where it was begun.
    box(page).fill("not yet sent")
    page.locator("#channels").get_by_role("link", name="tea").click()
    expect(message(page, "elsewhere")).to_be_visible()
    expect(page).to_have_title(re.compile("^tea"))
    expect(box(page)).to_have_value("")
    page.go_back()
    expect(box(page)).to_have_value("not yet sent")
    expect(page).to_have_title(re.compile("^general"))
    is_in_call(caller)


def test_by_keyboard_and_ear_a_page_comes_as_if_it_were_loaded(person: People) -> None:
    anna = person("anna")
    voice = voice_room(anna)
    channel = new_channel(anna, voice).replace("/tea/", "/general/")
    say(anna, channel, "one", "two")
    caller = call_from(anna, voice)
    page = caller.page

    page.keyboard.press("Control+k")
    page.keyboard.type("tea")
    page.keyboard.press("Enter")
    is_at(page, "tea")
    expect(page.locator("main")).to_be_focused()
    expect(page.locator("#walk-title")).to_have_text(re.compile("^tea · "))
    # The skip link stands before what has the focus, and works.
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("link", name="Skip to the message field")).to_be_focused()
    page.keyboard.press("Enter")
    expect(box(page)).to_be_focused()
    page.keyboard.type("by keyboard")
    page.keyboard.press("Enter")
    expect(message(page, "by keyboard")).to_have_count(1)
    page.keyboard.press("F6")
    expect(message(page, "by keyboard")).to_be_focused()
    page.keyboard.press("F6")
    expect(page.locator("#call :focus")).to_have_count(1)
    page.keyboard.press("F6")
    expect(page.locator("#rooms :focus")).to_have_count(1)
    # Read out once, and not found again by whoever reads the page on.
    expect(page.locator("#walk-title")).to_be_empty()

    go_to(page, "general")
    follow(page, f"{channel}{number_of(message(page, 'one'))}/")
    expect(page).to_have_url(re.compile(r"/\d+/$"))
    expect(page.locator(".message--target")).to_be_in_viewport()
    is_in_call(caller)


def test_where_one_was_on_a_page_is_where_one_comes_back_to(person: People) -> None:
    anna = person("anna", viewport={"width": 700, "height": 300})
    caller = call_from(anna, voice_room(anna))
    page = caller.page
    follow(page, "/accounts/settings/")
    expect(page).to_have_url(f"{anna.url}/accounts/settings/")
    page.evaluate("scrollTo(0, 200)")
    follow(page, "/")
    expect(page).to_have_url(f"{anna.url}/")
    page.wait_for_function("() => scrollY === 0")
    page.go_back()
    page.wait_for_function("() => scrollY === 200")
    # A fragment opens the panel that it names: the browser's own doing, on a page that came by script too.
    page.get_by_role("link", name="Rooms", exact=True).click()
    expect(page.locator("#rooms:target")).to_be_visible()
    page.go_back()
    expect(page.locator("#rooms:target")).to_have_count(0)
    page.go_forward()
    expect(page.locator("#rooms:target")).to_be_visible()
    page.locator("#rooms").get_by_role("link", name="Home").click()
    expect(page).to_have_url(f"{anna.url}/")
    page.go_back()
    expect(page).to_have_url(f"{anna.url}/accounts/settings/#rooms")
    expect(page.locator("#rooms:target")).to_be_visible()
    is_in_call(caller)


def test_a_picture_in_a_window_of_its_own_is_shown_on(person: People) -> None:
    anna, boris = person("anna"), person("boris")
    voice = voice_room(anna, boris)
    second, first = call_from(boris, voice), call_from(anna, voice)
    second.button("Share screen").click()
    first.sees(second, "screen")
    page = first.page
    first.button(f"Screen: {second.username}: volume and more").click()
    first.button("Picture in picture").click()
    page.wait_for_function("() => document.pictureInPictureElement")
    go_to(page, "general")
    first.sees(second, "screen")
    assert page.evaluate("document.pictureInPictureElement !== null && !document.pictureInPictureElement.paused")
    page.get_by_role("region", name="Current call").get_by_role("link").click()
    expect(first.screen_of(second)).to_be_visible()
    assert page.evaluate("document.pictureInPictureElement !== null")
    is_in_call(first)
