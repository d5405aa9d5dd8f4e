"""What the browser tests' people do again and again."""

import uuid
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Person

People = Callable[..., Person]


def box(page: Page) -> Locator:
    return page.get_by_label("Message", exact=True)


def write(page: Page, text: str) -> None:
    """Type a message and send it with Enter."""
    box(page).fill(text)
    box(page).press("Enter")
    expect(box(page)).to_have_value("")


def texts(page: Page) -> list[str]:
    return page.locator("#messages .message__body").all_inner_texts()


def message(page: Page, text: str) -> Locator:
    return page.locator("#messages .message", has_text=text)


def number_of(message: Locator) -> str:
    return str(message.get_attribute("id")).removeprefix("message-")


def wait_live(page: Page) -> None:
    """Wait until the page's socket is open."""
    expect(page.locator("body[data-live=open]")).to_be_attached()


def open_live(person: Person, path: str) -> Page:
    page = person.open(path)
    wait_live(page)
    return page


def new_room(person: Person, name: str = "Night shift") -> str:
    """Create a room of this person's own over HTTP; its first channel's address."""
    name = f"{name} {uuid.uuid4().hex[:8]}"
    person.post("/rooms/new/", name=name, description="", visibility="public")
    return f"/rooms/{name.lower().replace(' ', '-')}/general/"


def say(person: Person, channel: str, *bodies: str) -> None:
    """Post messages over HTTP, as another device of this person would."""
    for body in bodies:
        person.post(f"{channel}messages/", body=body)


def join(person: Person, channel: str) -> None:
    slug = channel.split("/")[2]
    person.post(f"/rooms/{slug}/join/")
