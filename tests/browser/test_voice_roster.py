"""Somebody who only looks into the room sees who is in its calls, who talks and who is mute; without joining."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.calling import Caller, voice_room
from tests.browser.conftest import Person
from tests.browser.talking import People, open_live


@pytest.fixture
def browser(browser_with_devices: Browser) -> Browser:
    return browser_with_devices


def in_column(page: Page, person: Person) -> Locator:
    """Somebody's line in the room's column."""
    return page.locator("#channels .roster__person", has_text=person.username)


def test_a_third_person_follows_the_call(person: People, assert_accessible: Callable[[Page], None]) -> None:
    anna, boris, carol = person("anna"), person("boris"), person("carol", locale="ru-RU")
    channel = voice_room(anna, boris, carol)
    page = open_live(carol, channel.replace("/voice/", "/general/"))
    expect(in_column(page, anna)).to_have_count(0)

    # The fake microphone beeps: she talks.
    talking = Caller(anna, channel).join()
    line = in_column(page, anna)
    expect(line).to_have_attribute("data-talks", "")
    expect(line.get_by_text("говорит")).to_be_attached()
    # It is there to be read, and never read out.
    assert line.evaluate("(line) => line.closest('[aria-live], [role=log], [role=status], [role=alert]')") is None

    talking.press("Mute")
    expect(line.get_by_text("микрофон выключен", exact=True)).to_be_attached()
    expect(line).not_to_have_attribute("data-talks", "")
    talking.press("Camera")
    expect(line.get_by_text("камера включена")).to_be_attached()
    anna.page.get_by_role("button", name="Mute", exact=True).click()
    expect(line).to_have_attribute("data-talks", "")
    assert_accessible(page)

    # A page that comes meanwhile shows it as it is.
    expect(in_column(carol.new_tab(channel), anna).get_by_text("камера включена")).to_be_attached()

    talking.press("Leave voice")
    expect(in_column(page, anna)).to_have_count(0)


def test_a_moderators_mute_is_seen_by_everybody(person: People) -> None:
    anna, boris = person("anna"), person("boris")
    channel = voice_room(anna, boris)
    Caller(boris, channel).join()
    page = open_live(anna, channel.replace("/voice/", "/general/"))
    slug = channel.split("/")[2]
    anna.post(f"/rooms/{slug}/members/{boris.username}/voice-mute/", reason="too loud")
    expect(in_column(page, boris).get_by_text("muted by moderators")).to_be_attached()
    expect(in_column(page, boris)).not_to_have_attribute("data-talks", "")


def test_without_script_the_call_is_read(person: People, visitor: Callable[..., Person]) -> None:
    anna = person("anna")
    channel = voice_room(anna)
    Caller(anna, channel).join()
    carol = visitor("carol", java_script_enabled=False)
    carol.sign_up()
    carol.post(f"/rooms/{channel.split('/')[2]}/join/")
    page = carol.open(channel)
    expect(in_column(page, anna)).to_have_count(1)
    expect(page.get_by_text("Talking needs JavaScript.")).to_be_visible()
