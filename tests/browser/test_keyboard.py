"""The whole page by keyboard alone."""

from playwright.sync_api import Page, expect

from tests.browser.talking import People, box, join, message, new_room, open_live, say


def test_the_composer_is_three_tabs_away(person: People) -> None:
    alice = person("alice")
    channel = new_room(alice)
    say(alice, channel, "one", "two")
    page = open_live(alice, channel)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the message field")).to_be_focused()
    page.keyboard.press("Tab")
    expect(message(page, "two")).to_be_focused()
    page.keyboard.press("Tab")
    expect(box(page)).to_be_focused()
    page.keyboard.type("by keyboard")
    page.keyboard.press("Enter")
    expect(message(page, "by keyboard")).to_be_visible()
    expect(box(page)).to_be_focused()


def test_the_skip_link_leads_to_writing(person: People) -> None:
    page = open_live(person("alice"), "/rooms/lobby/general/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(box(page)).to_be_focused()


def test_arrows_walk_the_history_and_enter_opens_actions(person: People) -> None:
    alice = person("alice")
    channel = new_room(alice)
    say(alice, channel, "first", "second", "third")
    page = open_live(alice, channel)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    for key, text in (
        ("ArrowUp", "second"),
        ("ArrowUp", "first"),
        ("ArrowDown", "second"),
        ("End", "third"),
        ("Home", "first"),
    ):
        page.keyboard.press(key)
        expect(message(page, text)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Reply")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#message-menu")).to_be_hidden()
    expect(message(page, "first")).to_be_focused()
    page.keyboard.press("Escape")
    expect(box(page)).to_be_focused()


def test_new_messages_never_move_focus_and_are_announced_once(person: People) -> None:
    alice, bob = person("alice"), person("bob")
    channel = new_room(alice)
    join(bob, channel)
    say(alice, channel, "first", "second")
    page = open_live(bob, channel)
    expect(page.get_by_role("log")).to_be_empty()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowUp")
    say(alice, channel, "something ||secret|| new")
    expect(page.get_by_role("log")).to_have_text(f"{alice.username}: something Spoiler new")
    expect(message(page, "first")).to_be_focused()


def test_f6_goes_from_region_to_region(person: People) -> None:
    alice = person("alice")
    channel = new_room(alice)
    say(alice, channel, "one")
    page = open_live(alice, channel)
    box(page).focus()
    places = []
    for _ in range(5):
        page.keyboard.press("F6")
        places.append(region(page))
    assert places == ["messages", "rooms", "channels", "members", "composer"]
    page.keyboard.press("Shift+F6")
    assert region(page) == "members"


def region(page: Page) -> str:
    return str(page.evaluate("() => document.activeElement.closest('#messages, #composer, nav, aside')?.id"))


def test_ctrl_k_goes_to_another_room(person: People) -> None:
    alice = person("alice")
    new_room(alice, "Chess evenings")
    page = open_live(alice, "/rooms/lobby/general/")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("ches")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=2, name="Chess evenings")).to_be_visible()


def test_a_spoiler_is_uncovered_by_keyboard(person: People) -> None:
    alice = person("alice")
    channel = new_room(alice)
    say(alice, channel, "the butler ||did it||")
    page = open_live(alice, channel)
    expect(page.locator(".spoiler__text")).to_be_hidden()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(message(page, "the butler")).to_be_focused()
    for _ in range(6):
        page.keyboard.press("ArrowRight")
        if page.get_by_role("checkbox", name="Spoiler").evaluate("box => box === document.activeElement"):
            break
    page.keyboard.press("Space")
    expect(page.locator(".spoiler__text")).to_be_visible()
    page.keyboard.press("Escape")
    expect(box(page)).to_be_focused()
