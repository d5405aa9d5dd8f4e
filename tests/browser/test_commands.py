"""Commands as they are typed: offered while one types, found by keyboard, answered beside the message field."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.talking import People, box, join, message, new_room, open_live, say, texts, write


def test_commands_are_offered_and_taken_by_keyboard(person: People) -> None:
    alice = person("alice")
    page = open_live(alice, new_room(alice))
    box(page).focus()
    offered = page.get_by_role("list", name="Commands").get_by_role("listitem")
    # Faster than the list comes.
    page.keyboard.type("/kick")
    expect(offered).to_have_count(1)
    box(page).fill("")
    page.keyboard.type("/")
    expect(offered.filter(has_text="/ban @name")).to_be_visible()
    expect(page.locator("#composer-done")).to_contain_text("commands above: the up arrow leads there")
    page.keyboard.type("un")
    expect(offered).to_have_count(7)
    page.keyboard.type("b")
    expect(offered).to_have_count(1)
    expect(page.locator("#composer-done")).to_have_text("/unban @name reason")
    for _ in "unb":
        page.keyboard.press("Backspace")
    page.keyboard.type("ti")
    page.keyboard.press("ArrowUp")
    expect(offered.filter(has_text="/timeout @name")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(box(page)).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(box(page)).to_have_value("/timeout ")
    expect(box(page)).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("list", name="Commands")).to_be_hidden()
    # A message is none.
    box(page).fill("//")
    box(page).fill("hello")
    expect(page.get_by_role("list", name="Commands")).to_be_hidden()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Send")).to_be_focused()


def test_help_stays_until_something_is_typed(person: People) -> None:
    alice, bob = person("alice"), person("bob")
    channel = new_room(alice)
    join(bob, channel)
    page = open_live(bob, channel)
    write(page, "/help report")
    expect(page.locator("#composer-done")).to_contain_text("You can use 1 command here.")
    expect(page.get_by_role("list", name="Commands")).to_contain_text("/report @name reason")
    box(page).press_sequentially("/re")
    # The whole list again, as far as it is bob's.
    expect(page.get_by_role("list", name="Commands").get_by_role("listitem")).to_have_count(1)
    box(page).press_sequentially("x")
    expect(page.get_by_role("list", name="Commands")).to_be_hidden()


def test_an_invitation_is_made_and_handed_on(person: People) -> None:
    alice, bob = person("alice"), person("bob")
    channel = new_room(alice)
    page = open_live(alice, channel)
    write(page, "/invite 1d 1")
    link = page.locator("#composer-done").get_by_role("link", name="/invites/")
    expect(link).to_be_visible()
    his = bob.open(new_room(bob, "Elsewhere"))
    # These lead away before the field is empty.
    box(his).fill(f"/join {link.get_attribute('href')}")
    box(his).press("Enter")
    expect(his.get_by_role("heading", name="general", exact=True)).to_be_visible()
    expect(his).to_have_url(f"{bob.url}{channel}")
    box(his).fill("/leave")
    box(his).press("Enter")
    expect(his.get_by_role("heading", name="My rooms")).to_be_visible()


def test_what_is_answered_is_meant(person: People) -> None:
    alice, bob = person("alice"), person("bob")
    channel = new_room(alice)
    join(bob, channel)
    say(bob, channel, "The map is in the attic")
    page = open_live(alice, channel)
    item = message(page, "The map is in the attic")
    item.hover()
    item.locator(".message__actions").click()
    page.get_by_role("link", name="Reply").click()
    expect(page.locator("#composer-reply")).to_contain_text("The map is in the attic")
    write(page, "/pin for later")
    expect(item.get_by_text("pinned", exact=True)).to_be_visible()
    expect(page.locator("#composer-reply")).to_be_empty()
    assert texts(page) == ["The map is in the attic"]


def test_the_list_is_accessible_and_keeps_its_shape(person: People, assert_accessible: Callable[[Page], None]) -> None:
    alice = person("alice")
    channel = new_room(alice)
    page = open_live(alice, channel)
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 740})
        box(page).fill("")
        box(page).press_sequentially("/")
        expect(page.get_by_role("list", name="Commands")).to_be_visible()
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    shown = alice.open(f"{channel}commands/")
    for width in (1280, 320):
        shown.set_viewport_size({"width": width, "height": 740})
        assert_accessible(shown)
        assert shown.evaluate("document.documentElement.scrollWidth") <= width


def test_without_javascript_help_is_a_page(person: People) -> None:
    alice = person("alice", java_script_enabled=False)
    page = alice.open(new_room(alice))
    page.get_by_label("Message", exact=True).fill("/help")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name="Commands")).to_be_visible()
    expect(page.get_by_text("/ban @name 7d delete:day reason")).to_be_visible()
    page.get_by_role("link", name="Back to the channel").click()
    page.get_by_label("Message", exact=True).fill("/topic All about maps")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".notices")).to_contain_text("The channel is changed.")
