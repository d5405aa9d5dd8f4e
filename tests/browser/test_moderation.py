"""Moderators at work, and what it does to the open pages of the person concerned and of the others."""

import re
import time
from collections.abc import Callable

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Person
from tests.browser.talking import (
    People,
    box,
    join,
    message,
    new_room,
    number_of,
    open_live,
    say,
    texts,
    wait_live,
    write,
)

SECOND = 1000


def command(page: Page, text: str, answer: str) -> None:
    """Type a command, and wait for what was done."""
    write(page, text)
    expect(page.locator("#composer-done")).to_contain_text(answer)


def slug_of(channel: str) -> str:
    return channel.split("/")[2]


def test_a_ban_shows_somebody_out_of_every_page_within_a_second(person: People) -> None:
    alice, bob = person("alice"), person("bob")
    channel = new_room(alice)
    join(bob, channel)
    page = open_live(alice, channel)
    laptop = open_live(bob, channel)
    home = bob.new_tab("/")
    wait_live(home)
    rail = home.get_by_role("navigation", name="Rooms").get_by_text("Night shift")
    expect(rail).to_have_count(1)
    entry = page.get_by_role("list", name="Members").get_by_role("listitem").filter(has_text=bob.username)
    expect(entry).to_have_count(1)
    # The page is settled: it does not load anew because of its first seconds.
    bob.allow("403")

    write(page, f"/ban @{bob.username} 7d Spoiling the maps")
    began = time.monotonic()
    expect(laptop.get_by_role("heading", name="You are banned from Night shift")).to_be_visible(timeout=SECOND)
    expect(entry).to_have_count(0, timeout=SECOND)
    expect(rail).to_have_count(0, timeout=SECOND)
    assert time.monotonic() - began < 2.5
    expect(laptop.locator("main")).to_contain_text("Spoiling the maps")
    expect(page.locator("#composer-done")).to_contain_text(f"{bob.username} is banned until ")
    expect(box(page)).to_have_value("")
    assert texts(page) == [], "a command is no message"

    # His next request, his way back in and his next socket are refused.
    laptop.goto(bob.url + channel)
    expect(laptop.get_by_role("heading", name="You are banned from Night shift")).to_be_visible()
    assert _status(bob, f"{channel}messages/", body="Let me in") == 403
    assert _status(bob, f"/rooms/{slug_of(channel)}/join/") == 403
    code = home.evaluate(
        """address => new Promise(resolve => {
            const socket = new WebSocket(address);
            socket.onclose = (event) => resolve(event.code);
        })""",
        f"{bob.url.replace('http', 'ws')}/ws/chat/{slug_of(channel)}/",
    )
    assert code == 4403


def test_what_the_banned_wrote_goes_from_every_open_page_at_once(person: People) -> None:
    alice, bob, carol = person("alice"), person("bob"), person("carol")
    channel = new_room(alice)
    for each in (bob, carol):
        join(each, channel)
    say(bob, channel, "**spam** one", "spam two", "spam three")
    say(carol, channel, "kept")
    page, hers = open_live(alice, channel), open_live(carol, channel)
    write(page, f"/ban @{bob.username} delete:hour Spam")
    for shown in (page, hers):
        expect(shown.locator("#messages .message--deleted")).to_have_count(3)
        assert texts(shown) == ["Message deleted"] * 3 + ["kept"]
        expect(shown.locator("#messages .message--deleted .message__actions")).to_have_count(0)
    # As it is for whoever comes now, without a gap: nothing more is asked for.
    before = hers.locator("#messages").inner_text()
    hers.reload()
    wait_live(hers)
    assert hers.locator("#messages").inner_text() == before


def test_an_invitation_does_not_let_the_banned_in(person: People) -> None:
    alice, bob = person("alice"), person("bob")
    channel = new_room(alice)
    alice.post(f"/rooms/{slug_of(channel)}/settings/invitations/", lifetime="7d", max_uses="")
    page = alice.open(f"/rooms/{slug_of(channel)}/settings/invitations/")
    [code] = re.findall(r"/invites/([^/\"]+)/", page.content())[:1]
    alice.post(f"/rooms/{slug_of(channel)}/members/{bob.username}/ban/", duration="", reason="Loud")
    bob.allow("403")
    bob.open(f"/invites/{code}/")
    expect(bob.page.get_by_role("heading", name="You are banned from Night shift")).to_be_visible()


def test_the_muted_read_on_and_get_their_composer_back(person: People) -> None:
    alice, bob = person("alice"), person("bob")
    channel = new_room(alice)
    join(bob, channel)
    page, his = open_live(alice, channel), open_live(bob, channel)
    box(his).fill("half a thought")
    command(page, f"/timeout @{bob.username} 5s Breathe", "is muted until")
    expect(his.locator(".gate")).to_contain_text("You are muted in this room until")
    expect(his.locator(".gate")).to_contain_text("Breathe")
    expect(box(his)).to_have_count(0)
    write(page, "He hears this")
    expect(message(his, "He hears this")).to_be_visible()
    # By itself, when the time is over, and with what he had begun to write.
    expect(box(his)).to_have_value("half a thought")
    expect(box(his)).to_be_enabled()


def test_a_channel_is_locked_and_opened_before_everybodys_eyes(person: People) -> None:
    alice, bob = person("alice"), person("bob")
    channel = new_room(alice)
    join(bob, channel)
    page, his = open_live(alice, channel), open_live(bob, channel)
    write(page, "/lock")
    expect(his.locator(".gate")).to_contain_text("This channel is locked")
    expect(page.locator("#composer")).to_contain_text("others cannot write here")
    write(page, "/unlock")
    expect(box(his)).to_be_visible()


def test_a_command_that_was_sent_before_the_list_of_them_came_is_answered(person: People) -> None:
    """The list comes with the first slash, and a quick hand has done by then."""
    alice = person("alice")
    page = open_live(alice, new_room(alice))
    held: list[Route] = []
    page.route("**/commands/", lambda route: held.append(route))
    with page.expect_request("**/commands/"):
        box(page).fill("/lock")
    box(page).press("Enter")
    expect(page.locator("#composer-done")).to_contain_text("locked")
    with page.expect_response("**/commands/"):
        held[0].continue_()
    expect(page.locator("#composer-help [data-command]").first).to_be_attached()
    expect(page.locator("#composer-help")).to_be_hidden()
    expect(page.locator("#composer-done")).to_contain_text("locked")


def test_what_a_command_lacks_is_said_beside_it(person: People) -> None:
    alice = person("alice")
    alice.allow("422")
    page = open_live(alice, new_room(alice))
    box(page).fill("/ban @nobody-at-all")
    box(page).press("Enter")
    expect(page.locator("#composer-errors")).to_contain_text("There is nobody called @nobody-at-all.")
    expect(box(page)).to_have_value("/ban @nobody-at-all")
    box(page).fill("//ban is a command")
    box(page).press("Enter")
    expect(message(page, "/ban is a command")).to_be_visible()


def test_slow_mode_keeps_the_draft(person: People) -> None:
    alice, bob = person("alice"), person("bob")
    bob.allow("429")
    channel = new_room(alice)
    join(bob, channel)
    alice.post(f"{channel}slow/", seconds=900)
    his = open_live(bob, channel)
    expect(his.locator("#composer")).to_contain_text("Slow mode: one message every 900 seconds.")
    write(his, "First")
    expect(message(his, "First")).to_be_visible()
    box(his).fill("Second")
    box(his).press("Enter")
    expect(his.locator("#composer-errors")).to_contain_text("This channel is in slow mode")
    expect(box(his)).to_have_value("Second")


def test_a_message_is_pinned_from_its_menu(person: People) -> None:
    alice, bob = person("alice"), person("bob")
    channel = new_room(alice)
    join(bob, channel)
    say(bob, channel, "The map is in the attic")
    page, his = open_live(alice, channel), open_live(bob, channel)
    item = message(page, "The map is in the attic")
    item.hover()
    item.locator(".message__actions").click()
    page.get_by_role("link", name="Pin", exact=True).click()
    page.get_by_label("Reason").fill("For whoever comes later")
    page.get_by_role("button", name="Pin", exact=True).click()
    expect(item.get_by_text("pinned", exact=True)).to_be_visible()
    expect(message(his, "The map is in the attic").get_by_text("pinned", exact=True)).to_be_visible()
    expect(page.locator("#message-menu")).to_be_hidden()
    his.get_by_role("link", name="Pinned messages").click()
    expect(his.get_by_role("list", name="Pinned messages")).to_contain_text("The map is in the attic")


def test_all_of_it_works_without_javascript(person: People) -> None:
    alice, bob = person("alice", java_script_enabled=False), person("bob")
    channel = new_room(alice)
    join(bob, channel)
    say(bob, channel, "spam", "more spam")
    page = alice.open(channel)
    number = number_of(message(page, "more spam"))
    page.goto(f"{alice.url}{channel}{number}/menu/")
    page.get_by_role("link", name="Pin", exact=True).click()
    page.get_by_role("button", name="Pin", exact=True).click()
    page.goto(f"{alice.url}{channel}{number}/menu/")
    page.get_by_role("link", name="Send the author to review").click()
    page.get_by_label("Reason").fill("Look at this")
    page.get_by_role("button", name="Send to review").click()
    expect(page.locator(".notices")).to_contain_text("The other moderators will look at it.")
    page.goto(f"{alice.url}{channel}")
    page.get_by_role("link", name="Moderate the channel").click()
    page.get_by_role("link", name="Delete many messages").click()
    expect(page.get_by_role("checkbox")).to_have_count(2)
    for box_ in page.get_by_role("checkbox").all():
        box_.check()
    page.get_by_role("button", name="Delete the chosen messages").click()
    expect(page.locator(".notices")).to_contain_text("2 messages are deleted.")
    page.get_by_label("Message", exact=True).fill(f"/ban @{bob.username} 1d Spam")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".notices")).to_contain_text("is banned until")
    page.goto(f"{alice.url}/rooms/{slug_of(channel)}/settings/bans/")
    page.get_by_role("link", name=f"Lift the ban: {bob.username}").click()
    page.get_by_role("button", name="Lift the ban").click()
    expect(page.locator(".notices")).to_contain_text("may enter the room again")


def test_the_pages_of_moderators_are_accessible_and_keep_their_shape(
    person: People, assert_accessible: Callable[[Page], None]
) -> None:
    alice, bob, carol = person("alice"), person("bob"), person("carol")
    channel = new_room(alice)
    for each in (bob, carol):
        join(each, channel)
    say(bob, channel, "The map is in the attic", "spam")
    page = open_live(alice, channel)
    number = number_of(message(page, "The map is in the attic"))
    alice.post(f"{channel}{number}/pin/")
    alice.post(f"{channel}slow/", seconds=30)
    room = f"/rooms/{slug_of(channel)}"
    alice.post(f"{room}/members/{bob.username}/timeout/", duration="1h", reason="Please calm down, and read the rules")
    alice.post(f"{room}/members/{carol.username}/ban/", duration="", reason="")
    pages = [
        channel, f"{channel}{number}/menu/", f"{channel}{number}/pin/", f"{channel}{number}/review/",
        f"{channel}{number}/delete/", f"{channel}pinned/", f"{channel}slow/", f"{channel}delete/",
        f"{room}/members/{bob.username}/ban/", f"{room}/settings/bans/", f"{room}/settings/words/",
    ]  # fmt: skip
    carol.allow("403")
    for somebody, path in [*((alice, path) for path in pages), (bob, channel), (carol, channel)]:
        shown = somebody.open(path)
        for width in (1280, 320):
            shown.set_viewport_size({"width": width, "height": 740})
            assert_accessible(shown)
            assert shown.evaluate("document.documentElement.scrollWidth") <= width, path


def _status(person: Person, path: str, **form: str) -> int:
    """What a form is answered with that is posted without the page."""
    token = next(cookie["value"] for cookie in person.context.cookies() if cookie.get("name") == "csrftoken")
    data = {**form, "csrfmiddlewaretoken": token}
    return person.context.request.post(person.url + path, form=data, max_redirects=0).status
