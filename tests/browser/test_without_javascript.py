"""Signing up, reading, paging, writing, editing, deleting, creating, joining and leaving by links and forms alone."""

from playwright.sync_api import expect

from tests.browser.talking import People, box, join, message, new_room, say


def test_everything_works_by_links_and_forms(visitor: People) -> None:
    alice = visitor("alice", java_script_enabled=False)
    alice.allow("422")
    page = alice.open("/")
    page.get_by_role("link", name="Sign up").first.click()
    page.get_by_label("Username").fill(alice.username)
    page.get_by_label("Password").fill("correct horse battery staple")
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("heading", level=2, name="Lobby")).to_be_visible()

    box(page).fill("Hello, *no script* here")
    page.get_by_role("button", name="Send").click()
    expect(message(page, "no script").locator("em")).to_have_text("no script")

    box(page).fill("   ")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Write something first.")).to_be_visible()

    page.get_by_role("link", name="New room").click()
    page.get_by_label("Name").fill(f"Paper {alice.username}")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", level=2, name=f"Paper {alice.username}")).to_be_visible()
    box(page).fill("I meant this")
    page.get_by_role("button", name="Send").click()

    message(page, "I meant this").hover()
    message(page, "I meant this").get_by_role("link", name="Actions").click()
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Edit the message").fill("I mean that")
    page.get_by_role("button", name="Save").click()
    expect(message(page, "I mean that")).to_contain_text("edited")

    message(page, "I mean that").hover()
    message(page, "I mean that").get_by_role("link", name="Actions").click()
    page.get_by_role("link", name="Reply").click()
    expect(page.locator("#composer-reply")).to_contain_text("I mean that")
    box(page).fill("Replying on paper")
    page.get_by_role("button", name="Send").click()
    expect(message(page, "Replying on paper").locator(".message__quote")).to_contain_text("I mean that")

    message(page, "Replying on paper").hover()
    message(page, "Replying on paper").get_by_role("link", name="Actions").click()
    page.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Message deleted")).to_be_visible()

    page.locator("summary", has_text=f"Paper {alice.username}").click()
    alice.allow("409")
    page.get_by_role("button", name="Leave the room").click()
    # It is hers: she hands it over or deletes it first.
    expect(page.get_by_role("heading", name="You cannot leave yet")).to_be_visible()

    page.locator("summary", has_text=alice.username).click()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("link", name="Log in").first).to_be_visible()
    page.get_by_role("link", name="Log in").first.click()
    page.get_by_label("Username").fill(alice.username)
    page.get_by_label("Password").fill("correct horse battery staple")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("link", name="Lobby").first).to_be_visible()


def test_paging_and_joining_without_script(visitor: People, person: People) -> None:
    alice = person("alice")
    channel = new_room(alice, "Archive")
    say(alice, channel, *(f"line {number:03}" for number in range(70)))
    bob = person("bob", java_script_enabled=False)
    page = bob.open(channel)
    expect(message(page, "line 069")).to_be_attached()
    page.get_by_role("link", name="Earlier messages").click()
    expect(message(page, "line 019")).to_be_attached()
    expect(page.get_by_text("This is the beginning of general")).to_be_attached()
    page.get_by_role("link", name="Later messages").click()
    expect(message(page, "line 069")).to_be_attached()
    page.get_by_role("button", name="Join to write").click()
    box(page).fill("joined on paper")
    page.get_by_role("button", name="Send").click()
    expect(message(page, "joined on paper")).to_be_visible()
    page.locator("summary", has_text="Archive").click()
    page.get_by_role("button", name="Leave the room").click()
    expect(page.get_by_text("You left Archive")).to_be_visible()


def test_a_guest_reads_and_is_shown_the_way_in(visitor: People, person: People) -> None:
    alice = person("alice")
    channel = new_room(alice, "Open house")
    say(alice, channel, "Everyone may read this")
    guest = visitor("guest", java_script_enabled=False)
    page = guest.open(channel)
    expect(message(page, "Everyone may read this")).to_be_visible()
    expect(box(page)).to_have_count(0)
    expect(page.get_by_role("list", name="Members")).to_have_count(0)
    page.get_by_role("link", name="Log in to write").click()
    page.get_by_label("Username").fill(alice.username)
    page.get_by_label("Password").fill("correct horse battery staple")
    page.get_by_role("button", name="Log in").click()
    expect(page).to_have_url(alice.url + channel)
    expect(box(page)).to_be_visible()


def test_sidebars_open_and_close_without_script_on_a_phone(person: People) -> None:
    bob = person("bob", java_script_enabled=False, viewport={"width": 360, "height": 740})
    alice = person("alice")
    channel = new_room(alice)
    join(bob, channel)
    page = bob.open(channel)
    expect(page.get_by_role("navigation", name="Channels")).not_to_be_in_viewport()
    page.get_by_role("link", name="Rooms and channels").click()
    expect(page.get_by_role("navigation", name="Channels")).to_be_in_viewport()
    page.get_by_role("navigation", name="Channels").get_by_role("link", name="Close").click()
    expect(page.get_by_role("navigation", name="Channels")).not_to_be_in_viewport()
    page.get_by_role("link", name="Members", exact=True).click()
    expect(page.get_by_role("list", name="Members")).to_be_in_viewport()
