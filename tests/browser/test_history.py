"""The page scrolls as a chat should, and history comes in pages without moving what one reads."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Person
from tests.browser.talking import People, join, message, new_room, number_of, open_live, say, write

COUNT = 130


@pytest.fixture
def alice(person: People) -> Person:
    return person("alice")


@pytest.fixture
def channel(alice: Person) -> str:
    """A channel of Alice's with more than two pages of history."""
    channel = new_room(alice, "Long evenings")
    say(alice, channel, *(f"line {number:03}" for number in range(COUNT)))
    return channel


def at_end(page: Page) -> bool:
    return bool(
        page.locator("#timeline").evaluate("pane => pane.scrollHeight - pane.scrollTop - pane.clientHeight < 80")
    )


def lines(page: Page) -> list[str]:
    return page.locator("#messages .message__body").all_inner_texts()


def test_history_loads_upwards_and_holds_its_place(alice: Person, channel: str) -> None:
    page = open_live(alice, channel)
    expect(message(page, "line 129")).to_be_in_viewport()
    assert len(lines(page)) == 50
    page.locator("#timeline").evaluate("pane => pane.scrollTop = 0")
    expect(message(page, "line 030")).to_be_attached()
    # What was at the top is still before the reader's eyes, the older ones above it.
    expect(message(page, "line 080")).to_be_in_viewport()
    page.locator("#timeline").evaluate("pane => pane.scrollTop = 0")
    expect(page.get_by_text("This is the beginning of general")).to_be_attached()
    assert lines(page) == [f"line {number:03}" for number in range(COUNT)]
    expect(page.locator(".day-separator")).to_have_count(1)


def test_new_messages_do_not_move_a_reader_of_old_ones(alice: Person, channel: str, person: People) -> None:
    bob = person("bob")
    join(bob, channel)
    page = open_live(alice, channel)
    page.locator("#timeline").evaluate("pane => pane.scrollTop = pane.scrollHeight / 2")
    expect(page.locator("#new-messages")).to_be_hidden()
    reading = page.locator("#timeline").evaluate("pane => pane.scrollTop")
    say(bob, channel, "news", "more news")
    expect(page.locator("#new-messages")).to_have_text("2 new messages")
    assert page.locator("#timeline").evaluate("pane => pane.scrollTop") == reading
    page.locator("#new-messages").click()
    expect(message(page, "more news")).to_be_in_viewport()
    expect(page.locator("#new-messages")).to_be_hidden()
    say(bob, channel, "and at the end it stays at the end")
    expect(message(page, "stays at the end")).to_be_in_viewport()
    assert at_end(page)


def test_a_permalink_opens_the_page_around_its_message(alice: Person, channel: str, person: People) -> None:
    bob = person("bob")
    join(bob, channel)
    page = alice.open(f"{channel}?before=999999999")
    first = int(number_of(page.locator("#messages .message").first))
    page = open_live(alice, f"{channel}{first - 20}/")
    target = message(page, "line 060")
    expect(target).to_be_in_viewport()
    expect(page.locator(".message--target")).to_contain_text("line 060")

    # The page is not at the end: a new message is counted, not put after a hole.
    say(bob, channel, "far below")
    expect(page.locator("#new-messages")).to_have_text("1 new message")
    expect(message(page, "far below")).to_have_count(0)
    for last in ("line 129", "far below"):
        page.locator("#timeline").evaluate("pane => pane.scrollTop = pane.scrollHeight")
        expect(message(page, last)).to_be_attached()
    seen = lines(page)
    assert len(seen) == len(set(seen))
    assert seen[-2:] == ["line 129", "far below"]


def test_what_is_new_since_you_left(alice: Person, person: People) -> None:
    bob = person("bob")
    channel = new_room(alice, "Evening")
    join(bob, channel)
    say(alice, channel, *(f"old {number}" for number in range(30)))
    open_live(bob, channel)
    expect(message(bob.page, "old 29")).to_be_in_viewport()
    # Gone to another page, as far as this channel is concerned.
    open_live(bob, "/rooms/lobby/general/")
    say(alice, channel, "fresh 1", "fresh 2")
    badge = bob.page.get_by_role("navigation", name="Rooms").get_by_text("2 unread")
    expect(badge).to_be_attached()
    expect(bob.page).to_have_title("(2) general · Lobby · Eclipse")

    open_live(bob, channel)
    expect(bob.page.locator(".unread-line")).to_have_count(1)
    line = bob.page.locator(".unread-line + .message")
    expect(line).to_contain_text("fresh 1")
    expect(line).to_be_in_viewport()
    open_live(bob, "/rooms/lobby/general/")
    expect(bob.page).to_have_title("general · Lobby · Eclipse")


def test_reading_on_one_device_clears_the_count_on_another(alice: Person, person: People) -> None:
    bob = person("bob")
    channel = new_room(alice, "Two devices")
    join(bob, channel)
    phone = open_live(bob, "/rooms/lobby/general/")
    say(alice, channel, "one", "two", "three")
    expect(phone).to_have_title("(3) general · Lobby · Eclipse")
    laptop = bob.new_tab(channel)
    expect(message(laptop, "three")).to_be_visible()
    expect(phone).to_have_title("general · Lobby · Eclipse")


def test_own_message_brings_the_writer_to_the_end(alice: Person, channel: str) -> None:
    page = open_live(alice, channel)
    page.locator("#timeline").evaluate("pane => pane.scrollTop = pane.scrollHeight / 3")
    write(page, "here I am")
    expect(message(page, "here I am")).to_be_in_viewport()
