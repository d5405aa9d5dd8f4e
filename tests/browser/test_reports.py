"""Reports and invitations in real browsers: what somebody is told without asking, and the way in for a guest."""

import re
import uuid
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import PASSWORD
from tests.browser.talking import People, join, message, new_room, open_live, say


def test_carol_reports_and_hears_at_once_what_came_of_it(
    person: People, assert_accessible: Callable[[Page], None]
) -> None:
    alice, bob, carol = person("alice"), person("bob"), person("carol")
    channel = new_room(alice, "Quarrel")
    for each in (bob, carol):
        join(each, channel)
    say(bob, channel, "You rat")
    page = open_live(carol, channel)
    message(page, "You rat").hover()
    message(page, "You rat").get_by_label("Actions").click()
    page.get_by_role("link", name="Report").click()
    assert_accessible(page)
    page.get_by_label("What is wrong").fill("He insults me")
    page.get_by_role("button", name="Send the report").click()
    expect(page.get_by_role("status").filter(has_text="the moderators have your report")).to_be_visible()

    page = open_live(carol, channel)
    settings = f"/rooms/{channel.split('/')[2]}/settings/"
    alice.open(f"{settings}reports/")
    assert_accessible(alice.page)
    alice.page.get_by_role("link", name=re.compile("A message by")).click()
    assert_accessible(alice.page)
    alice.page.get_by_role("button", name="Take it on").click()
    alice.page.get_by_label("Outcome").fill("He was told to stop")
    alice.page.get_by_role("button", name="Resolve").click()
    notice = page.get_by_role("status").filter(has_text="He was told to stop")
    expect(notice).to_be_visible()
    assert_accessible(page)
    notice.get_by_role("link", name="My reports").click()
    expect(page.get_by_role("heading", name="My reports")).to_be_visible()
    assert_accessible(page)
    # On any other page too, and only hers.
    open_live(carol, channel)
    carol.post(f"/rooms/{channel.split('/')[2]}/report/?member={bob.username}", reason="Again")
    carol.open("/accounts/settings/")
    expect(carol.page.locator("body[data-live=open]")).to_be_attached()
    open_live(bob, channel)
    alice.open(f"{settings}reports/")
    alice.page.get_by_role("link", name=bob.username).click()
    alice.page.get_by_label("Outcome").fill("Nothing new")
    alice.page.get_by_role("button", name="Dismiss").click()
    expect(carol.page.get_by_role("status").filter(has_text="Nothing new")).to_be_visible()
    expect(bob.page.get_by_text("Nothing new")).to_have_count(0)
    alice.open(f"{settings}audit/")
    log = alice.page.get_by_role("list", name="Audit log")
    for deed in ("took a report on", "resolved a report", "dismissed a report"):
        expect(log.get_by_text(deed)).to_have_count(1)
    assert_accessible(alice.page)


def test_a_guest_signs_up_on_the_way_in(
    person: People, visitor: People, assert_accessible: Callable[[Page], None]
) -> None:
    alice, frank = person("alice"), visitor("frank")
    name = f"Hideout {uuid.uuid4().hex[:8]}"
    alice.post("/rooms/new/", name=name, description="", visibility="private")
    # Its address ends in what nobody can guess.
    address = alice.open("/").get_by_role("main").get_by_role("link", name=name).get_attribute("href")
    alice.open(f"{address}settings/invitations/")
    alice.page.get_by_role("button", name="Create an invitation").click()
    link = alice.page.get_by_label("Link").input_value()
    assert_accessible(alice.page)

    frank.page.goto(link)
    expect(frank.page.get_by_role("heading", name=name)).to_be_visible()
    assert_accessible(frank.page)
    frank.page.get_by_role("main").get_by_role("link", name="Sign up").click()
    frank.page.get_by_label("Username").fill(frank.username)
    frank.page.get_by_label("Password").fill(PASSWORD)
    frank.page.get_by_role("main").get_by_role("button", name="Sign up").click()
    expect(frank.page).to_have_url(link)
    frank.page.get_by_role("button", name="Join the room").click()
    expect(frank.page.locator("#composer")).to_be_visible()
    frank.allow("404")
    frank.open("/invites/a-guess/")
    expect(frank.page.get_by_role("heading", name="This invitation does not work")).to_be_visible()
    assert_accessible(frank.page)
