"""People talk in a voice channel: real browsers, the real media server, devices that beep and show a clock."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.calling import Caller, voice_room, wait_until
from tests.browser.talking import People

# As a browser does when the device that it listens to is gone.
UNPLUG = """
    const [track] = witness.streams.findLast((each) => each.active).getTracks();
    track.stop();
    track.dispatchEvent(new Event("ended"));
"""
AN_HOUR_AGO = """
    if (sessionStorage.call) {
        const call = JSON.parse(sessionStorage.call);
        sessionStorage.call = JSON.stringify({ ...call, at: call.at - 3_600_000 });
    }
"""
QUIETEST = "Math.min(...witness.sounds.filter((each) => each.srcObject).map((each) => each.volume))"


@pytest.fixture
def browser(browser_with_devices: Browser) -> Browser:
    return browser_with_devices


def test_two_people_talk(person: People) -> None:
    anna, boris = person("anna"), person("boris")
    channel = voice_room(anna, boris)
    first, second = Caller(anna, channel).join(), Caller(boris, channel).join()
    expect(first.tile(second)).to_be_visible()
    first.hears(second)
    second.hears(first)
    expect(second.tile(first)).to_have_class("tile tile--speaking")

    first.button("Mute").click()
    expect(first.button("Mute")).to_have_attribute("aria-pressed", "true")
    expect(second.tile(first)).to_contain_text("muted")
    second.hears_nothing_of(first)
    expect(second.tile(first)).not_to_have_class("tile tile--speaking")

    # Who does not hear is not heard either; whoever hears again is as before.
    first.button("Deafen").click()
    expect(second.tile(first)).to_contain_text("deafened")
    assert first.page.evaluate("witness.sounds.every((each) => !each.srcObject || each.muted)")
    first.button("Mute").click()
    expect(first.button("Deafen")).to_have_attribute("aria-pressed", "false")
    second.hears(first)
    assert first.page.evaluate("witness.sounds.some((each) => each.srcObject && !each.muted)")
    first.button("Deafen").click()
    expect(first.button("Mute")).to_have_attribute("aria-pressed", "true")
    first.button("Deafen").click()
    expect(first.button("Mute")).to_have_attribute("aria-pressed", "false")

    first.button("Leave voice").click()
    expect(first.button("Join voice")).to_be_focused()
    expect(second.tile(first)).to_have_count(0)
    expect(second.page.get_by_text("Nobody else is here yet. Whoever")).to_be_visible()


def test_three_people_see_a_camera_and_a_screen(person: People) -> None:
    anna, boris, carol = person("anna"), person("boris"), person("carol")
    channel = voice_room(anna, boris, carol)
    first, second, third = (Caller(each, channel).join() for each in (anna, boris, carol))
    first.button("Camera").click()
    expect(first.button("Camera")).to_have_attribute("aria-pressed", "true")
    second.button("Share screen").click()
    for other in (second, third):
        other.sees(first, "camera")
    for other in (first, third):
        other.sees(second, "screen")
        # Large, with the people beside it.
        expect(other.page.locator("#large").get_by_text(f"Screen: {second.username}", exact=True)).to_be_visible()
        other.hears_screen_of(second)
    # One's own screen within itself would be a hall of mirrors.
    expect(second.page.locator("#large > *")).to_have_count(0)

    second.button("Share screen").click()
    expect(third.screen_of(second)).to_have_count(0)
    first.button("Camera").click()
    expect(third.tile(first).locator("video")).to_be_hidden()


def test_a_call_goes_on_after_a_reload_and_on_another_page(person: People) -> None:
    anna, boris = person("anna"), person("boris")
    channel = voice_room(anna, boris)
    first, second = Caller(anna, channel).join(), Caller(boris, channel).join()
    first.button("Mute").click()
    expect(second.tile(first)).to_contain_text("muted")

    first.page.reload()
    first.is_connected()
    expect(first.button("Mute")).to_have_attribute("aria-pressed", "true")
    first.button("Mute").click()
    second.hears(first)
    first.hears(second)

    first.page.goto(anna.url + channel.replace("/voice/", "/general/"))
    dock = first.page.get_by_role("region", name="Current call")
    expect(dock).to_contain_text(f"With {second.username}")
    expect(dock).to_contain_text("The connection is good")
    first.hears(second)
    dock.get_by_role("button", name="Leave voice").click()
    expect(dock).to_be_hidden()
    expect(second.tile(first)).to_have_count(0)
    first.page.reload()
    expect(dock).to_have_count(0)


def test_a_tab_that_is_opened_again_later_does_not_speak_by_itself(person: People) -> None:
    anna = person("anna")
    first = Caller(anna, voice_room(anna)).join()
    # As if the page had been left an hour ago.
    anna.context.add_init_script(AN_HOUR_AGO)
    first.page.reload()
    expect(first.button("Join voice")).to_be_visible()
    wait_until(lambda: first.page.evaluate("sessionStorage.call === undefined"), "nothing is remembered")
    assert first.page.evaluate("witness.streams.length") == 0


def test_a_second_page_asks_to_take_over(person: People) -> None:
    anna, boris = person("anna"), person("boris")
    channel = voice_room(anna, boris)
    first, second = Caller(anna, channel).join(), Caller(boris, channel).join()
    left = first.page
    first.look(anna.context.new_page())
    first.page.goto(anna.url + channel)
    first.button("Join voice").click()
    dialog = first.page.get_by_role("dialog", name="You are in the call “voice” on another page")
    dialog.get_by_role("button", name="Leave it there").click()
    expect(dialog).to_be_hidden()
    first.button("Join voice").click()
    dialog.get_by_role("button", name="Go on here").click()
    first.is_connected()
    expect(left.get_by_text("You went on with this call on another page.")).to_be_visible()
    first.hears(second)
    expect(second.tile(first)).to_have_count(1)


def test_another_microphone_and_one_that_is_unplugged(person: People) -> None:
    anna, boris = person("anna"), person("boris")
    channel = voice_room(anna, boris)
    first, second = Caller(anna, channel).join(), Caller(boris, channel).join()
    second.hears(first)
    first.button("Settings of voice").click()
    settings = first.page.get_by_role("dialog", name="Settings of voice")
    microphone = settings.get_by_label("Microphone", exact=True)
    microphone.select_option(label="Fake Audio Input 2")
    label = "witness.streams.findLast((each) => each.active).getAudioTracks()[0].label"
    wait_until(lambda: first.page.evaluate(label) == "Fake Audio Input 2", "the other microphone")
    # The meter moves with the beeps.
    wait_until(lambda: first.page.evaluate("document.querySelector('meter').value > -60"), "the meter")
    settings.get_by_role("button", name="Done").click()
    second.hears(first)

    # Pulled out while talking: another takes its place, and it is said.
    first.page.evaluate(UNPLUG)
    expect(first.page.locator("#stage")).to_contain_text("The microphone “Fake Audio Input 2” is gone.")
    second.hears(first)


def test_each_is_as_loud_as_one_likes(person: People) -> None:
    anna, boris = person("anna"), person("boris")
    channel = voice_room(anna, boris)
    first, second = Caller(anna, channel).join(), Caller(boris, channel).join()
    first.hears(second)

    def quietest() -> float:
        return float(first.page.evaluate(QUIETEST))

    assert quietest() == 1
    first.button(f"{second.username}: volume and more").click()
    first.page.get_by_role("slider", name="Volume").fill("30")
    wait_until(lambda: quietest() == 0.3, "a softer lane")
    first.page.reload()
    first.is_connected()
    wait_until(lambda: quietest() == 0.3, "a softer lane, remembered")


def test_captions_are_typed_and_shown(person: People) -> None:
    anna, boris = person("anna"), person("boris")
    channel = voice_room(anna, boris)
    first, second = Caller(anna, channel).join(), Caller(boris, channel).join()
    for each in (first, second):
        each.button("Captions").click()
    box = first.page.get_by_label("Write captions for everybody")
    box.type("The dragon")
    lines = second.page.get_by_role("list", name="Captions")
    expect(lines).to_contain_text(f"{first.username} The dragon")
    box.type(" sleeps")
    box.press("Enter")
    expect(box).to_have_value("")
    expect(lines.get_by_role("listitem")).to_have_text([f"{first.username} The dragon sleeps"])
