"""Two people talk, each in a browser of their own."""

from collections.abc import Callable

from playwright.sync_api import expect

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
from tests.conftest import Eclipse


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
    expect(box(page)).to_have_value("")
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
    box(bob.page).fill("written while it was dead")
    box(bob.page).press("Enter")
    expect(bob.page.locator("#composer-errors")).to_contain_text("Your text is kept")
    expect(box(bob.page)).to_have_value("written while it was dead")

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
    expect(box(bob.page)).to_have_value("")

    write(alice.page, "and on we go")
    expect(bob.page.get_by_text("and on we go")).to_be_visible()


def test_changes_during_an_outage_are_caught_up(person: People) -> None:
    """An edit and a deletion that a page slept through are shown when it is back."""
    alice, bob = person("alice"), person("bob")
    for name in ("first", "second", "third"):
        alice.post("/rooms/lobby/general/messages/", body=f"{name} of {alice.username}")
    bob.open("/rooms/lobby/general/")
    wait_live(bob.page)
    # Cut, and kept apart for long enough; browsers' own offline mode does not reach sockets.
    bob.page.evaluate("""() => {
        const { connection } = document.getElementById("live")._htmx.ws;
        Object.assign(connection.config, { reconnectDelay: 4000, reconnectJitter: 0 });
        connection.socket.close();
    }""")
    expect(bob.page.locator("#connection")).to_contain_text("Connection lost")

    rows = bob.page.locator("#messages .message", has_text=f"of {alice.username}")
    first, second = (str(rows.nth(index).get_attribute("id")).removeprefix("message-") for index in (0, 1))
    alice.post(f"/rooms/lobby/general/{first}/edit/", body=f"changed by {alice.username}")
    alice.post(f"/rooms/lobby/general/{second}/delete/")

    expect(bob.page.locator(f"#message-{first}")).to_contain_text("first of")
    expect(bob.page.locator(f"#message-{first} .message__body")).to_have_text(f"changed by {alice.username}")
    expect(bob.page.locator(f"#message-{first}")).to_contain_text("edited")
    expect(bob.page.locator(f"#message-{second} .message__body")).to_have_text("Message deleted")


def test_bob_edits_replies_and_deletes(person: People) -> None:
    alice, bob = person("alice"), person("bob")
    channel = new_room(alice)
    join(bob, channel)
    say(alice, channel, "Raid at nine?")
    open_live(alice, channel)
    page = open_live(bob, channel)

    message(page, "Raid at nine?").hover()
    message(page, "Raid at nine?").get_by_label("Actions").click()
    page.get_by_role("link", name="Reply").click()
    expect(page.locator("#composer-reply")).to_contain_text("Raid at nine?")
    expect(box(page)).to_be_focused()
    write(page, "Yes, I bring potoins")
    answer = message(alice.page, "potoins")
    expect(answer.locator(".message__quote")).to_contain_text("Raid at nine?")
    expect(page.locator("#composer-reply")).to_be_empty()

    mine = message(page, "potoins")
    mine.hover()
    mine.get_by_label("Actions").click()
    page.get_by_role("link", name="Edit").click()
    expect(page.get_by_label("Edit the message")).to_be_focused()
    page.get_by_label("Edit the message").fill("Yes, I bring potions")
    page.get_by_role("button", name="Save").click()
    changed = message(alice.page, "potions")
    expect(changed).to_contain_text("edited")
    expect(changed.locator(".message__quote")).to_contain_text("Raid at nine?")
    expect(page.get_by_label("Edit the message")).to_have_count(0)

    message(page, "potions").hover()
    message(page, "potions").get_by_label("Actions").click()
    page.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete").click()
    expect(alice.page.locator(".message--deleted .message__body")).to_have_text("Message deleted")
    expect(alice.page.get_by_text("potions")).to_have_count(0)
    expect(page.locator("#message-menu")).to_be_hidden()


def test_editing_can_be_given_up(person: People) -> None:
    bob = person("bob")
    bob.allow("422")
    channel = new_room(bob)
    say(bob, channel, "As it was")
    page = open_live(bob, channel)
    message(page, "As it was").hover()
    page.get_by_label("Actions").click()
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Edit the message").fill("")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".message__edit")).to_contain_text("Write something first.")
    page.get_by_role("link", name="Cancel").click()
    expect(page.locator(".message__edit")).to_have_count(0)
    expect(message(page, "As it was")).to_be_visible()


def test_anna_is_typing(person: People) -> None:
    anna, bob = person("anna"), person("bob")
    channel = new_room(anna)
    join(bob, channel)
    open_live(anna, channel)
    open_live(bob, channel)
    box(anna.page).press_sequentially("Hm")
    expect(bob.page.locator("#typing")).to_have_text(f"{anna.username} is typing…")
    expect(anna.page.locator("#typing")).to_be_empty()
    write(anna.page, "Hm, yes")
    expect(bob.page.locator("#typing")).to_be_empty()


def test_what_is_wrong_is_said_and_the_draft_stays(start_eclipse: Callable[..., Eclipse], person: People) -> None:
    """With the limits as they are: the eleventh message in ten seconds is refused, kept, and told when."""
    server = start_eclipse()
    bob = person("bob", server=server)
    bob.allow("422|429")
    page = open_live(bob, "/rooms/lobby/general/")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#composer-errors")).to_have_text("Write something first.")

    box(page).fill("x" * 4001)
    box(page).press("Enter")
    expect(page.locator("#composer-errors")).to_contain_text("1 character too long")
    assert len(box(page).input_value()) == 4001

    for number in range(10):
        write(page, f"number {number}")
    box(page).fill("number ten")
    box(page).press("Enter")
    expect(page.locator("#composer-errors")).to_contain_text("try again in")
    expect(box(page)).to_have_value("number ten")
    assert len(texts(page)) == 10


def test_a_draft_outlives_a_reload(person: People) -> None:
    bob = person("bob")
    page = open_live(bob, "/rooms/lobby/general/")
    box(page).press_sequentially("half a thou")
    page.reload()
    expect(box(page)).to_have_value("half a thou")
    write(page, "half a thought")
    page.reload()
    expect(box(page)).to_have_value("")


def test_a_draft_is_its_writers_own(person: People) -> None:
    """Bob logs out on a shared computer, and carol logs in in the same tab."""
    bob, carol = person("bob"), person("carol")
    page = open_live(bob, "/rooms/lobby/general/")
    box(page).press_sequentially("dear diary")
    bob.context.clear_cookies()
    bob.context.add_cookies(carol.context.cookies())
    open_live(bob, "/rooms/lobby/general/")
    expect(box(page)).to_have_value("")


def test_a_quick_writer_on_a_slow_line(person: People) -> None:
    """Each Enter is a message of its own, whatever is still under way, and nothing typed meanwhile is touched."""
    alice, bob = person("alice"), person("bob")
    channel = new_room(alice)
    join(bob, channel)
    page = open_live(bob, channel)
    open_live(alice, channel)
    session = bob.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 400, "downloadThroughput": -1, "uploadThroughput": -1},
    )
    box(page).focus()
    words = ["ok", "go go", "now", "all of you", "please"]
    for word in words:
        page.keyboard.type(word, delay=20)
        page.keyboard.press("Enter")
    page.keyboard.type("and one more")
    expect(alice.page.locator("#messages .message")).to_have_count(len(words))
    assert texts(alice.page) == words
    expect(page.locator("#messages .message")).to_have_count(len(words))
    expect(box(page)).to_have_value("and one more")


def test_quotes_change_with_their_message(person: People) -> None:
    alice, bob = person("alice"), person("bob")
    channel = new_room(alice)
    join(bob, channel)
    say(alice, channel, "my password is 123")
    page = open_live(bob, channel)
    secret = number_of(message(page, "123"))
    bob.post(f"{channel}messages/", body="take that away", reply_to=secret)
    quote = message(page, "take that away").locator(".message__quote")
    expect(quote).to_contain_text("my password is 123")
    alice.post(f"{channel}{secret}/edit/", body="my password is ***")
    expect(quote).to_contain_text("my password is ***")
    alice.post(f"{channel}{secret}/delete/")
    expect(quote).to_have_text("Message deleted")


def test_an_answer_to_what_was_deleted_meanwhile(person: People) -> None:
    """Bob learns that nothing is left to answer, keeps his words, and sends them all the same."""
    alice, bob = person("alice"), person("bob")
    channel = new_room(alice)
    join(bob, channel)
    say(alice, channel, "Shall we?")
    page = open_live(bob, channel)
    asked = number_of(message(page, "Shall we?"))
    message(page, "Shall we?").hover()
    message(page, "Shall we?").locator(".message__actions").click()
    page.get_by_role("link", name="Reply").click()
    expect(page.locator("#composer-reply")).to_contain_text("Shall we?")
    alice.post(f"{channel}{asked}/delete/")
    bob.allow("422")
    box(page).fill("Yes")
    box(page).press("Enter")
    expect(page.locator("#composer-errors")).to_contain_text("was deleted")
    expect(box(page)).to_have_value("Yes")
    expect(page.locator("#composer-reply")).to_have_text("")
    box(page).press("Enter")
    expect(message(page, "Yes")).to_be_visible()
    expect(message(page, "Yes").locator(".message__quote")).to_have_count(0)


def test_the_first_message_ends_the_emptiness(person: People) -> None:
    alice = person("alice")
    page = open_live(alice, new_room(alice))
    expect(page.get_by_text("Nobody has written here yet")).to_be_visible()
    page.get_by_role("button", name="Send").click()
    alice.allow("422")
    expect(page.locator("#composer-errors")).to_have_text("Write something first.")
    # Where the pointer sent it, the keyboard writes on; and an error goes when its cause does.
    page.keyboard.type("first")
    expect(page.locator("#composer-errors")).to_be_empty()
    page.get_by_role("button", name="Send").click()
    expect(message(page, "first")).to_be_visible()
    expect(page.get_by_text("Nobody has written here yet")).to_have_count(0)
    expect(box(page)).to_be_focused()


def test_deleting_by_keyboard_leaves_the_reader_in_place(person: People) -> None:
    alice = person("alice")
    channel = new_room(alice)
    say(alice, channel, "one", "two")
    page = open_live(alice, channel)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Delete").press("Enter")
    page.get_by_role("button", name="Delete").press("Enter")
    expect(page.locator(".message--deleted")).to_be_focused()


def test_what_could_not_be_sent_goes_when_the_line_is_back(person: People) -> None:
    """The line fails while the socket lives on, as when a phone changes its network."""
    alice = person("alice")
    channel = new_room(alice)
    page = open_live(alice, channel)
    alice.allow("ERR_INTERNET_DISCONNECTED|Failed to fetch|htmx:")
    alice.context.set_offline(True)
    box(page).fill("into the tunnel")
    box(page).press("Enter")
    expect(page.locator("#composer-errors")).to_contain_text("Your text is kept")
    expect(box(page)).to_have_value("into the tunnel")
    alice.context.set_offline(False)
    expect(message(page, "into the tunnel")).to_be_visible()
    expect(box(page)).to_have_value("")
    expect(page.locator("#composer-errors")).to_be_empty()
