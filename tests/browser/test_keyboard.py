"""The whole page by keyboard alone."""

from playwright.sync_api import Locator, Page, expect

from tests.browser.talking import People, box, join, message, new_room, number_of, open_live, say


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


def start_editing(page: Page, text: str) -> Locator:
    """By keyboard: from the message to the field in which it is changed."""
    message(page, text).focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Edit").press("Enter")
    field = page.get_by_label("Edit the message")
    expect(field).to_be_focused()
    return field


def test_enter_saves_an_edited_message_and_escape_gives_it_up(person: People) -> None:
    alice = person("alice")
    channel = new_room(alice)
    say(alice, channel, "Raid at nien")
    page = open_live(alice, channel)
    field = start_editing(page, "Raid at nien")
    field.fill("Raid at nine")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("Bring potions")
    page.keyboard.press("Enter")
    changed = message(page, "Raid at nine")
    expect(changed.locator(".message__body")).to_have_text("Raid at nine\nBring potions", use_inner_text=True)
    expect(field).to_have_count(0)
    expect(changed).to_be_focused()

    start_editing(page, "Raid at nine").fill("Raid is off")
    page.keyboard.press("Escape")
    expect(field).to_have_count(0)
    expect(changed).to_be_focused()
    assert "off" not in changed.inner_text()


def test_editing_and_deleting_on_pages_of_their_own_lead_back_to_the_message(person: People) -> None:
    """Where a browser has no popovers, a message's menu leads to these pages, script or not."""
    alice = person("alice")
    channel = new_room(alice)
    say(alice, channel, "Raid at nien")
    number = number_of(message(alice.open(channel), "Raid at nien"))
    page = alice.open(f"{channel}{number}/edit/")
    page.get_by_label("Edit the message").fill("Raid at nine")
    page.keyboard.press("Enter")
    expect(message(page, "Raid at nine")).to_be_visible()
    alice.open(f"{channel}{number}/edit/").get_by_label("Edit the message").press("Escape")
    expect(message(page, "Raid at nine")).to_be_visible()
    alice.open(f"{channel}{number}/delete/").get_by_role("button", name="Delete").press("Enter")
    expect(message(page, "Message deleted")).to_be_visible()


def test_enter_on_do_not_reply_takes_the_reply_back(person: People) -> None:
    alice = person("alice")
    channel = new_room(alice)
    say(alice, channel, "Who comes?")
    page = open_live(alice, channel)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Reply").press("Enter")
    expect(page.locator("#composer-reply")).to_contain_text("Who comes?")
    box(page).fill("Not yet")
    page.get_by_role("link", name="Do not reply").press("Enter")
    expect(page.locator("#composer-reply")).to_be_empty()
    expect(box(page)).to_have_value("Not yet")
    expect(box(page)).to_be_focused()


def test_how_much_room_is_left_is_told_when_it_is_little(person: People) -> None:
    alice = person("alice")
    page = open_live(alice, new_room(alice))
    left = page.locator("#composer-left")
    top = box(page).bounding_box()
    # A lantern is one character to the server and two to the script; empty lines at the end do not count.
    for text, told in (
        ("x" * 3800, ""),
        ("x" * 3801, "199 characters left"),
        ("🏮" * 3999 + "\n\n", "1 character left"),
        ("x" * 4000, "0 characters left"),
        ("x" * 4001, "1 character too many"),
    ):
        box(page).fill(text)
        expect(left).to_have_text(told)
        expect(box(page)).to_have_accessible_description(told)
    box(page).fill("x")
    assert box(page).bounding_box() == top

    # What the counter lets pass, the server takes.
    box(page).fill("🏮" * 4000 + "\n")
    expect(left).to_have_text("0 characters left")
    box(page).press("Enter")
    expect(message(page, "🏮")).to_be_visible()
    expect(left).to_be_empty()
    alice.allow("422")
    box(page).fill("x" * 4002)
    box(page).press("Enter")
    expect(page.locator("#composer-errors")).to_contain_text("2 characters too long")
    expect(left).to_have_text("2 characters too many")
