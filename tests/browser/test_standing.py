"""Open pages when what their readers may do changes: they show it by themselves, and nothing that was begun is lost."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Person
from tests.browser.talking import People, box, join, message, new_room, open_live, say, wait_live

# A crowd asks within a second and a half, and the answer takes its time.
SOON = 4000


def settings_of(channel: str, page: str) -> str:
    return f"/rooms/{channel.split('/')[2]}/settings/{page}/"


def decide(page: Page, role: str, right: str, held: bool) -> None:
    """Set one box of the matrix, on the page, and save."""
    page.locator(f"input[name={role}][value={right}]").set_checked(held)
    page.get_by_role("button", name="Save the permissions").click()
    expect(page.get_by_text("The permissions are saved")).to_be_visible()


def mark(page: Page) -> None:
    """So that one can tell a page that was loaded anew."""
    page.evaluate("window.sameAsBefore = true")


def is_the_same(page: Page) -> bool:
    return bool(page.evaluate("window.sameAsBefore === true"))


@pytest.fixture
def alice(person: People) -> Person:
    return person("alice")


@pytest.fixture
def bob(person: People) -> Person:
    return person("bob")


@pytest.fixture
def channel(alice: Person, bob: Person) -> str:
    """A channel of alice's that bob reads, with something in it."""
    channel = new_room(alice)
    join(bob, channel)
    say(alice, channel, "Who is in tonight?")
    return channel


def test_the_right_to_write_is_taken_and_given_back_before_bobs_eyes(alice: Person, bob: Person, channel: str) -> None:
    his = open_live(bob, channel)
    matrix = alice.open(settings_of(channel, "permissions"))
    message(his, "Who is in tonight?").hover()
    message(his, "Who is in tonight?").locator(".message__actions").click()
    his.get_by_role("link", name="Reply").click()
    expect(his.locator("#composer-reply")).to_contain_text("Replying to")
    box(his).fill("half a thought")
    mark(his)

    decide(matrix, "user", "send_messages", False)
    expect(his.locator(".gate")).to_contain_text("You may read here, but not write.", timeout=SOON)
    expect(box(his)).to_have_count(0)
    # Whoever was writing is told where they are now, not sent to the top of the page.
    expect(his.locator(".gate")).to_be_focused()

    decide(matrix, "user", "send_messages", True)
    expect(box(his)).to_have_value("half a thought", timeout=SOON)
    expect(his.locator("#composer-reply")).to_contain_text("Replying to")
    expect(box(his)).to_be_focused()
    assert is_the_same(his)
    # And it is a composer like any other.
    box(his).press("End")
    his.keyboard.type(", and the rest of it")
    box(his).press("Enter")
    expect(message(his, "half a thought, and the rest of it")).to_be_visible()
    expect(box(his)).to_have_value("")


def test_somebody_who_is_appointed_sees_what_they_may_do_while_they_write(
    alice: Person, bob: Person, channel: str
) -> None:
    his = open_live(bob, channel)
    box(his).fill("half a thought")
    his.evaluate("document.getElementById('message-body').setSelectionRange(5, 5)")
    mark(his)
    moderate = his.get_by_role("link", name="Moderate the channel")
    expect(moderate).to_have_count(0)

    alice.post(f"/rooms/{channel.split('/')[2]}/members/{bob.username}/role/", role="moderator", reason="")
    expect(moderate).to_be_visible(timeout=SOON)
    his.locator(".room-menu__summary").click()
    expect(his.get_by_role("link", name="Settings of the room")).to_be_visible()
    alice.post(f"/rooms/{channel.split('/')[2]}/members/{bob.username}/role/", role="user", reason="")
    expect(moderate).to_have_count(0, timeout=SOON)
    assert is_the_same(his)
    expect(box(his)).to_have_value("half a thought")
    assert his.evaluate("document.getElementById('message-body').selectionStart") == 5


def test_slow_mode_is_told_beside_what_is_being_written(alice: Person, bob: Person, channel: str) -> None:
    his = open_live(bob, channel)
    box(his).fill("half a thought")
    mark(his)
    alice.post(f"{channel}slow/", seconds=30)
    expect(his.locator("#composer")).to_contain_text("Slow mode: one message every 30 seconds.", timeout=SOON)
    expect(box(his)).to_be_focused()
    expect(box(his)).to_have_value("half a thought")
    alice.post(f"{channel}slow/", seconds=0)
    expect(his.locator("#composer")).not_to_contain_text("Slow mode", timeout=SOON)
    assert is_the_same(his)


def test_what_is_under_way_when_the_right_goes_comes_back_into_the_box(
    alice: Person, bob: Person, channel: str
) -> None:
    """The post is refused after the channel was locked: its text is not lost with the composer."""
    bob.allow("403")
    his = open_live(bob, channel)
    held = his.context.new_cdp_session(his)
    held.send("Fetch.enable", {"patterns": [{"urlPattern": "*/messages/", "requestStage": "Request"}]})
    stopped: list[str] = []
    held.on("Fetch.requestPaused", lambda event: stopped.append(event["requestId"]))
    box(his).fill("just in time")
    box(his).press("Enter")
    expect(box(his)).to_have_value("")
    alice.post(f"{channel}lock/", reason="")
    # The page knows, and waits for what is on its way.
    his.wait_for_timeout(2500)
    expect(his.locator("#composer")).to_be_visible()
    for request in stopped:
        held.send("Fetch.continueRequest", {"requestId": request})
    expect(his.locator(".gate")).to_contain_text("This channel is locked", timeout=SOON)
    alice.post(f"{channel}unlock/", reason="")
    expect(box(his)).to_have_value("just in time", timeout=SOON)


def test_whom_one_may_see_is_another_question_and_another_page(alice: Person, bob: Person, channel: str) -> None:
    his = open_live(bob, channel)
    members = his.get_by_role("list", name="Members")
    expect(members).to_be_visible()
    box(his).fill("half a thought")
    matrix = alice.open(settings_of(channel, "permissions"))
    decide(matrix, "user", "view_members", False)
    expect(members).to_have_count(0, timeout=SOON)
    expect(his.get_by_text("half a thought")).to_have_count(0)
    expect(box(his)).to_have_value("half a thought")
    decide(matrix, "user", "view_members", True)
    expect(members).to_be_visible(timeout=SOON)
    expect(box(his)).to_have_value("half a thought")


class TestOtherPages:
    def test_an_untouched_matrix_in_another_tab_shows_what_is_so_now(
        self, alice: Person, bob: Person, channel: str
    ) -> None:
        address = settings_of(channel, "permissions")
        tab = alice.new_tab(address)
        wait_live(tab)
        decide(alice.open(address), "user", "create_invitations", True)
        expect(tab.locator("input[name=user][value=create_invitations]")).to_be_checked(timeout=SOON)

    def test_a_matrix_that_somebody_works_on_stays_and_is_not_saved_over_the_new_one(
        self, alice: Person, bob: Person, channel: str
    ) -> None:
        alice.allow("409")
        address = settings_of(channel, "permissions")
        tab = alice.new_tab(address)
        wait_live(tab)
        tab.locator("input[name=user][value=share_video]").uncheck()
        other = alice.open(address)
        decide(other, "user", "send_messages", False)
        other.wait_for_timeout(2500)
        expect(tab.locator("input[name=user][value=share_video]")).not_to_be_checked()
        expect(tab.locator("input[name=user][value=send_messages]")).to_be_checked()

        tab.get_by_role("button", name="Save the permissions").click()
        expect(tab.get_by_role("alert")).to_contain_text("Nothing was saved")
        line = tab.get_by_role("row").filter(has_text="Send messages and reply")
        expect(line).to_contain_text(re.compile("Changed meanwhile . member: no"))
        expect(tab.locator("input[name=user][value=send_messages]")).not_to_be_checked()
        expect(tab.locator("input[name=user][value=share_video]")).not_to_be_checked()
        tab.get_by_role("button", name="Save the permissions").click()
        expect(tab.get_by_text("The permissions are saved")).to_be_visible()

    def test_a_dismissed_moderator_is_shown_out_of_the_settings(self, alice: Person, bob: Person, channel: str) -> None:
        role = f"/rooms/{channel.split('/')[2]}/members/{bob.username}/role/"
        alice.post(role, role="moderator", reason="")
        bob.allow("403")
        his = open_live(bob, settings_of(channel, "bans"))
        alice.post(role, role="user", reason="")
        expect(his.get_by_role("heading", name="This is not open to you")).to_be_visible(timeout=SOON)
