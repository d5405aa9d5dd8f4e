"""A page notices that it missed something, asks for it, and asks no more often than it must."""

import re
import uuid

import pytest
from playwright.sync_api import Page, Request, Route, WebSocketRoute, expect

from tests.browser.conftest import Person
from tests.browser.talking import People, join, message, new_room, number_of, open_live, say

# A page that hears nothing for so long takes its line for dead (static/js/connection.js).
SILENCE_SECONDS = 50


@pytest.fixture
def alice(person: People) -> Person:
    return person("alice")


def count_asking(page: Page) -> list[str]:
    """The addresses at which the page asks for changes, from now on."""
    asked: list[str] = []

    def note(request: Request) -> None:
        if "/changes/" in request.url:
            asked.append(request.url)

    page.on("request", note)
    return asked


def let_pass(page: Page, seconds: int, alice: Person, channel: str) -> None:
    """Move the page's clock on, each of its timers running as often as it would; then hear from alice.

    What she says has taken the way to the server and back, so whatever the page asked meanwhile has been noted.
    """
    for _ in range(seconds):
        page.clock.run_for(1000)
    words = f"still here {uuid.uuid4().hex[:8]}"
    say(alice, channel, words)
    expect(message(page, words)).to_be_attached()


class Line:
    """The page's sockets, which can be made to die in silence: they stay open, and bring nothing any more."""

    def __init__(self, page: Page) -> None:
        self.opened = 0
        self._dead_until = 0
        self._losing = False
        page.route_web_socket(re.compile("/ws/"), self._connect)

    def die(self) -> None:
        """Whatever is open now brings nothing more; a new one would."""
        self._dead_until = self.opened

    def lose_next(self) -> None:
        """The next message that is posted never arrives."""
        self._losing = True

    def _connect(self, socket: WebSocketRoute) -> None:
        self.opened += 1
        number, server = self.opened, socket.connect_to_server()

        def bring(frame: str | bytes) -> None:
            if self._losing and "message_created" in str(frame):
                self._losing = False
            elif number > self._dead_until:
                socket.send(frame)

        server.on_message(bring)


def test_a_line_that_died_in_silence_is_noticed(alice: Person, person: People) -> None:
    """A phone changed networks: the browser takes the socket for open, and nothing comes over it."""
    bob = person("bob")
    channel = new_room(alice)
    join(bob, channel)
    line = Line(bob.page)
    bob.page.clock.install()
    page = open_live(bob, channel)
    say(alice, channel, "before")
    expect(message(page, "before")).to_be_visible()

    line.die()
    say(alice, channel, "into the void")
    page.clock.fast_forward((SILENCE_SECONDS - 10) * 1000)
    assert line.opened == 1, "the server is silent for 20 seconds when all is well"
    expect(message(page, "into the void")).to_have_count(0)

    page.clock.fast_forward(20 * 1000)
    expect(message(page, "into the void")).to_be_visible()
    say(alice, channel, "and on we go")
    expect(message(page, "and on we go")).to_be_visible()
    assert line.opened == 2


def test_a_line_that_is_alive_is_left_alone(alice: Person) -> None:
    line = Line(alice.page)
    alice.page.clock.install()
    channel = new_room(alice)
    page = open_live(alice, channel)
    for number in range(4):
        say(alice, channel, f"line {number}")
        expect(message(page, f"line {number}")).to_be_visible()
        page.clock.fast_forward((SILENCE_SECONDS - 10) * 1000)
    assert line.opened == 1


# --- What lies beyond the page --------------------------------------------------------------------


@pytest.fixture
def channel(alice: Person) -> str:
    """A channel of Alice's with more than two pages of history."""
    channel = new_room(alice, "Long evenings")
    say(alice, channel, *(f"line {number:03}" for number in range(130)))
    return channel


def edit_first_line(alice: Person, channel: str, text: str) -> None:
    """Change the channel's oldest message, which no page shows that has not gone back there."""
    page = alice.open(f"{channel}?before=999999999")
    first = int(number_of(page.locator("#messages .message").first)) - 80
    alice.post(f"{channel}{first}/edit/", body=text)


def go_back(page: Page, until: str) -> None:
    page.locator("#timeline").evaluate("pane => pane.scrollTop = 0")
    expect(message(page, until)).to_be_attached()


def test_an_edit_beyond_the_page_is_not_asked_for(alice: Person, person: People, channel: str) -> None:
    """It stands in the history that the page fetches when its reader goes there."""
    bob = person("bob")
    join(bob, channel)
    bob.page.clock.install()
    page = open_live(bob, channel)
    asked = count_asking(page)
    edit_first_line(alice, channel, "line 000 as it should be")
    say(alice, channel, "after the edit")
    expect(message(page, "after the edit")).to_be_visible()
    for _ in range(4):
        let_pass(page, 30, alice, channel)
    go_back(page, "line 030")
    go_back(page, "line 000 as it should be")
    for _ in range(4):
        let_pass(page, 30, alice, channel)
    assert asked == []


def test_an_edit_that_comes_while_history_does_is_asked_for_once(alice: Person, person: People, channel: str) -> None:
    """The answer under way may have been made before it."""
    bob = person("bob")
    join(bob, channel)
    bob.page.clock.install()
    page = open_live(bob, channel)
    go_back(page, "line 030")
    asked = count_asking(page)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/*before=*", hold)
    page.locator("#timeline").evaluate("pane => pane.scrollTop = 0")
    expect(page.locator("#older.htmx-request, #older .htmx-request")).to_be_attached()
    answer = held[0].fetch()
    edit_first_line(alice, channel, "line 000 as it should be")
    say(alice, channel, "after the edit")
    expect(message(page, "after the edit")).to_be_attached()
    held[0].fulfill(response=answer)
    expect(message(page, "line 000 as it should be")).to_be_attached()
    for _ in range(4):
        let_pass(page, 30, alice, channel)
    assert len(asked) == 1


# --- What cannot be had ---------------------------------------------------------------------------


def test_a_server_that_cannot_answer_is_asked_less_and_less(alice: Person, person: People) -> None:
    bob = person("bob")
    bob.allow("500|Failed to load|htmx:")
    channel = new_room(alice)
    join(bob, channel)
    line = Line(bob.page)
    bob.page.clock.install()
    page = open_live(bob, channel)
    asked = count_asking(page)
    page.route("**/changes/**", lambda route: route.fulfill(status=500, body="broken"))

    line.lose_next()
    say(alice, channel, "lost on the way", "heard")
    expect(message(page, "heard")).to_be_visible()
    for _ in range(10):
        let_pass(page, 30, alice, channel)
    assert 5 <= len(asked) <= 15, "in five minutes"

    page.unroute("**/changes/**")
    let_pass(page, 40, alice, channel)
    expect(message(page, "lost on the way")).to_be_visible()
    asked.clear()
    for _ in range(4):
        let_pass(page, 30, alice, channel)
    assert asked == []


def test_a_page_whose_script_is_late_misses_nothing(alice: Person, person: People) -> None:
    """The socket waits for who listens to it, however long the way of that script is."""
    bob = person("bob")
    channel = new_room(bob)
    join(alice, channel)
    held: list[Route] = []
    alice.page.route(re.compile(r"/js/bundle\b"), lambda route: held.append(route))
    alice.page.goto(alice.url + channel, wait_until="commit")
    alice.page.wait_for_selector("#composer[data-htmx-powered]")
    say(bob, channel, "said meanwhile")
    held[0].continue_()
    expect(alice.page.locator("body[data-live=open]")).to_be_attached()
    expect(message(alice.page, "said meanwhile")).to_be_visible()
