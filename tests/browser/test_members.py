"""Who belongs to the room, and who of them is here now."""

from playwright.sync_api import Locator, Page, expect

from tests.browser.talking import People, join, new_room, open_live, wait_live


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("list", name="Members").get_by_role("listitem").filter(has_text=name)


def test_two_tabs_count_once_and_the_last_one_tells(person: People) -> None:
    alice, bob = person("alice"), person("bob")
    channel = new_room(alice)
    join(bob, channel)
    page = open_live(alice, channel)
    expect(row(page, bob.username)).to_have_attribute("data-presence", "offline")
    open_live(bob, channel)
    second = bob.new_tab("/")
    expect(second.locator("body[data-live=open]")).to_be_attached()
    expect(row(page, bob.username)).to_have_attribute("data-presence", "online")
    expect(row(page, bob.username)).to_have_count(1)
    expect(page.locator("#members")).to_contain_text("here now: 2")

    # Walking on to another page in one tab, and closing the other: still here, without a flicker.
    changes = page.evaluate_handle(
        """id => {
            const seen = [];
            const row = document.getElementById(id);
            new MutationObserver(() => seen.push(row.dataset.presence)).observe(row, { attributes: true });
            return seen;
        }""",
        row(page, bob.username).get_attribute("id"),
    )
    second.close()
    open_live(bob, "/rooms/lobby/general/")
    open_live(bob, channel)
    bob.page.close()
    expect(row(page, bob.username)).to_have_attribute("data-presence", "offline")
    assert changes.json_value() == ["offline"]


def test_the_figure_tells_of_those_beyond_the_list(person: People) -> None:
    alice, bob = person("alice"), person("bob")
    channel = new_room(alice)
    join(bob, channel)
    page = open_live(alice, channel)
    here = page.locator("[data-here]")
    # As it is in a room of which the list shows the first hundred.
    here.evaluate("figure => { figure.textContent = '340' }")
    row(page, bob.username).evaluate("row => row.remove()")
    open_live(bob, channel)
    expect(here).to_have_text("341")
    bob.page.close()
    expect(here).to_have_text("340")


def test_members_come_and_go_before_everybodys_eyes(person: People) -> None:
    alice, bob = person("alice"), person("bob")
    channel = new_room(alice)
    page = open_live(alice, channel)
    expect(row(page, bob.username)).to_have_count(0)
    open_live(bob, channel).get_by_role("button", name="Join to write").click()
    expect(row(page, bob.username)).to_have_attribute("data-presence", "online")
    expect(row(bob.page, alice.username)).to_contain_text("creator")

    bob.page.locator("summary", has_text="Night shift").click()
    bob.page.get_by_role("button", name="Leave the room").click()
    expect(row(page, bob.username)).to_have_count(0)


def test_leaving_in_one_tab_ends_hearing_in_another(person: People) -> None:
    """The other tab shows what a guest would see, keeps the draft, and the room is gone from every rail."""
    alice, bob = person("alice"), person("bob")
    channel = new_room(alice)
    join(bob, channel)
    page = open_live(bob, channel)
    phone = bob.new_tab("/")
    wait_live(phone)
    rail = phone.get_by_role("navigation", name="Rooms").get_by_text("Night shift")
    expect(rail).to_have_count(1)
    page.get_by_label("Message", exact=True).fill("am I still here?")
    slug = channel.split("/")[2]
    bob.post(f"/rooms/{slug}/leave/")
    expect(rail).to_have_count(0)
    page.get_by_role("button", name="Join to write").click()
    expect(page.get_by_label("Message", exact=True)).to_have_value("am I still here?")


def test_logging_out_elsewhere_keeps_the_draft(person: People) -> None:
    bob = person("bob")
    page = open_live(bob, "/rooms/lobby/general/")
    bob.post("/accounts/logout/")
    expect(page.locator("#connection")).to_contain_text("reload the page")
    bob.allow("401|403")
    page.get_by_label("Message", exact=True).press_sequentially("half a thought")
    page.get_by_label("Message", exact=True).press("Enter")
    expect(page.locator("#composer-errors")).to_contain_text("Your text is kept")
    page.reload()
    page.get_by_role("link", name="Log in to write").click()
    page.get_by_label("Username").fill(bob.username)
    page.get_by_label("Password").fill("correct horse battery staple")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_label("Message", exact=True)).to_have_value("half a thought")
