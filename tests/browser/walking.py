"""What people do who are in a call and walk through rooms and pages, and how a test sees that the call goes on."""

from playwright.sync_api import Page, expect

from tests.browser.calling import Caller
from tests.browser.conftest import Person
from tests.browser.talking import wait_live

# What the document has that a page which the browser loads has not; and whatever stops a sound.
KEEP = """
    () => {
        window.isKept = true;
        window.stopped = [];
        for (const sound of witness.sounds) {
            for (const event of ["pause", "emptied", "ended"]) sound.addEventListener(event, () => stopped.push(event));
        }
    }
"""
CALL = """
    () => ({
        isKept: window.isKept === true,
        connections: witness.connections.map((each) => each.connectionState),
        stopped: window.stopped,
        playing: witness.sounds.some((each) => each.srcObject && !each.paused),
    })
"""


def call_from(person: Person, channel: str) -> Caller:
    """Somebody who has just joined the call in the voice channel at `channel`."""
    caller = Caller(person, channel).join()
    wait_live(caller.page)
    caller.page.evaluate(KEEP)
    return caller


def is_in_call(caller: Caller) -> None:
    """The document is the one in which the call began, and the line and the sound are the same all the time."""
    call = caller.page.evaluate(CALL)
    assert call == {"isKept": True, "connections": ["connected"], "stopped": [], "playing": True}


def is_loaded(page: Page) -> None:
    """The browser loaded this page."""
    assert not page.evaluate("Boolean(window.isKept)")


def go_to(page: Page, name: str) -> None:
    """Walk to a channel of the room, as far as its socket is open."""
    page.locator("#channels").get_by_role("link", name=name, exact=True).click()
    is_at(page, name)
    wait_live(page)


def is_at(page: Page, name: str) -> None:
    """The page shows the channel of that name."""
    expect(page.get_by_role("heading", name=name, exact=True, level=1)).to_be_visible()


def follow(page: Page, address: str) -> None:
    """Click a link to `address`, as one stands in a message or a page."""
    page.evaluate(
        """(href) => {
            const link = document.createElement("a");
            link.href = href;
            document.querySelector("main").append(link);
            link.click();
            link.remove();
        }""",
        address,
    )


def new_channel(creator: Person, channel: str, name: str = "tea") -> str:
    """Create another text channel in the room of `channel`; its address."""
    room = "/".join(channel.split("/")[:3])
    form = {"name": name, "slug": "", "subject": "", "audience": "everyone", "category": "", "kind": "text"}
    creator.post(f"{room}/settings/channels/new/", **form)
    return f"{room}/{name}/"
