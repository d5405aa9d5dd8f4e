"""Two people talk, each in a browser of their own."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import Person
from tests.conftest import Eclipse

People = Callable[..., Person]


def write(page: Page, text: str) -> None:
    page.get_by_label("Message", exact=True).fill(text)
    page.get_by_label("Message", exact=True).press("Enter")


def texts(page: Page) -> list[str]:
    return page.locator("#messages .message__body").all_inner_texts()


def wait_live(page: Page) -> None:
    expect(page.locator("body[data-live=open]")).to_be_attached()


def test_alice_opens_a_room_and_talks_with_bob(visitor: People, person: People) -> None:
    alice = visitor("alice")
    page = alice.open("/")
    page.get_by_role("link", name="Sign up").first.click()
    page.get_by_label("Username").fill(alice.username)
    page.get_by_label("Password").fill("correct horse battery staple")
    page.get_by_role("button", name="Sign up").click()
    expect(page).to_have_url(f"{alice.url}/rooms/lobby/general/")

    page.get_by_role("link", name="New room").click()
    page.get_by_label("Name").fill("Night shift")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name="general", exact=True)).to_be_visible()

    bob = person("bob")
    bob.open("/rooms/night-shift/").get_by_role("button", name="Join to write").click()
    wait_live(bob.page)
    expect(page.get_by_role("list", name="Members").get_by_text(bob.username)).to_be_visible()

    wait_live(page)
    write(page, "Anybody for **co-op**?")
    expect(bob.page.locator(".message__body strong")).to_have_text("co-op")
    write(bob.page, "Me")
    expect(page.locator("#messages .message__body").last).to_have_text("Me")
    expect(page.get_by_label("Message", exact=True)).to_have_value("")
    assert texts(page) == texts(bob.page) == ["Anybody for co-op?", "Me"]


def test_the_server_dies_while_bob_writes(start_eclipse: Callable[..., Eclipse], person: People) -> None:
    """Killed, not stopped: both pages show every message exactly once, in order, when it is back."""
    server = start_eclipse(RATE_LIMIT_MESSAGES="1000/10 second", ACCOUNT_RATE_LIMIT_SIGNUP="1000/m/ip")
    alice, bob = person("alice", server=server), person("bob", server=server)
    for somebody in (alice, bob):
        somebody.allow("ERR_CONNECTION|ERR_EMPTY_RESPONSE|ERR_SOCKET|WebSocket connection|Failed to (load|fetch)|htmx:")
        somebody.open("/rooms/lobby/general/")
        wait_live(somebody.page)
    for number in range(3):
        write(alice.page, f"before {number}")
        expect(bob.page.get_by_text(f"before {number}")).to_be_visible()

    server.kill()
    expect(alice.page.locator("#connection")).to_contain_text("Connection lost")
    write(bob.page, "written while it was dead")
    expect(bob.page.locator("#composer-errors")).to_contain_text("Your text is kept")
    expect(bob.page.get_by_label("Message", exact=True)).to_have_value("written while it was dead")

    server.start()
    # Somebody with another device writes before either page is back: the pages must ask for it.
    bob.post("/rooms/lobby/general/messages/", body="from bob's phone")
    expected = {"before 0", "before 1", "before 2", "written while it was dead", "from bob's phone"}
    for somebody in (alice, bob):
        expect(somebody.page.locator("#messages .message")).to_have_count(5)
        expect(somebody.page.locator("#connection")).to_contain_text("Connected again")
    assert set(texts(alice.page)) == expected
    assert texts(alice.page) == texts(bob.page)
    ids = [item.get_attribute("id") for item in alice.page.locator("#messages .message").all()]
    assert ids == sorted(ids, key=lambda name: int(str(name).removeprefix("message-")))
    expect(bob.page.get_by_label("Message", exact=True)).to_have_value("")

    write(alice.page, "and on we go")
    expect(bob.page.get_by_text("and on we go")).to_be_visible()


def test_changes_during_an_outage_are_caught_up(person: People) -> None:
    """An edit and a deletion that a page slept through are shown when it is back."""
    alice, bob = person("alice"), person("bob")
    for name in ("first", "second", "third"):
        alice.post("/rooms/lobby/general/messages/", body=f"{name} of {alice.username}")
    bob.open("/rooms/lobby/general/")
    wait_live(bob.page)
    bob.allow("WebSocket connection|ERR_INTERNET_DISCONNECTED|htmx:")
    bob.context.set_offline(True)
    bob.page.evaluate("document.getElementById('live')._htmx.ws.connection.socket.close()")
    expect(bob.page.locator("#connection")).to_contain_text("Connection lost")

    rows = bob.page.locator("#messages .message", has_text=f"of {alice.username}")
    first, second = (str(rows.nth(index).get_attribute("id")).removeprefix("message-") for index in (0, 1))
    alice.post(f"/rooms/lobby/general/{first}/edit/", body=f"changed by {alice.username}")
    alice.post(f"/rooms/lobby/general/{second}/delete/")

    bob.context.set_offline(False)
    expect(bob.page.locator(f"#message-{first} .message__body")).to_have_text(f"changed by {alice.username}")
    expect(bob.page.locator(f"#message-{first}")).to_contain_text("edited")
    expect(bob.page.locator(f"#message-{second} .message__body")).to_have_text("Message deleted")
