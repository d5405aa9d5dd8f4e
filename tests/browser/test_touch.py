"""On a phone, whatever can be pressed is large enough for a thumb: 44 by 44 pixels that lead to it and nowhere else."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Person
from tests.browser.talking import People, box, join, message, new_room, number_of, open_live, say

PHONE: dict[str, Any] = {"has_touch": True, "is_mobile": True, "viewport": {"width": 360, "height": 740}}
THUMB = 44
ALLOWED = (
    # It comes into view for a keyboard alone.
    ".skip-link",
    # A link in the middle of a sentence is as high as its line (WCAG 2.5.8 excepts it too).
    ".message__body a",
    ".form__aside a",
    # Shown to tell the time, not to be pressed: it is in the margin, where thumbs scroll. The menu has the link.
    ".message--grouped .message__time",
)
# Everything visible that can be pressed, and those of it that a touch reaches from too near only.
TOO_SMALL = """([within, allowed, thumb]) => {
    const PRESSED = "a[href], button, input:not([type=hidden]), select, textarea, summary, label:has(input)";
    const STEP = 2;
    const REACH = 60;
    const targetOf = (node) => node?.closest("label:has(input)") ?? node?.closest(PRESSED) ?? null;
    const isClipped = (element) =>
        element !== null && (getComputedStyle(element).clipPath === "inset(50%)" || isClipped(element.parentElement));
    const isSeen = (element) =>
        element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && !isClipped(element);
    // Whether a touch reaches it from far enough, whichever way, from some place near its middle: corners may be round.
    // The middle itself is such a place nearly always; where it is not, every other is tried.
    const fits = (target) => {
        target.scrollIntoView({ block: "center", inline: "center" });
        const { left, top, width, height } = target.getBoundingClientRect();
        const [x, y] = [Math.max(left, left + width / 2 - REACH), Math.max(top, top + height / 2 - REACH) - REACH / 2];
        const at = Array.from({ length: REACH }, (_, index) => index * STEP);
        const hits = (right, down) => targetOf(document.elementFromPoint(x + right, y + down)) === target;
        const runs = (line) => line.map((hit, index) => {
            if (!hit) return 0;
            const [before, after] = [line.lastIndexOf(false, index), line.indexOf(false, index)];
            return ((after < 0 ? line.length : after) - before - 1) * STEP;
        });
        const across = (row) => runs(at.map((right) => hits(right, at[row])));
        const along = (column) => runs(at.map((down) => hits(at[column], down)));
        const placeOf = (middle, begin) => Math.min(REACH - 1, Math.max(0, Math.round((middle - begin) / STEP)));
        const [row, column] = [placeOf(top + height / 2, y), placeOf(left + width / 2, x)];
        if (Math.min(across(row)[column], along(column)[row]) >= thumb) return true;
        const [rows, columns] = [at.map((_, index) => across(index)), at.map((_, index) => along(index))];
        return at.some((_, row) => at.some((_, column) => Math.min(rows[row][column], columns[column][row]) >= thumb));
    };
    const targets = new Set([...document.querySelectorAll(within)].flatMap(
        (region) => [...region.querySelectorAll(PRESSED)].filter(isSeen).map(targetOf)));
    const measured = [...targets].filter((target) => !target.matches(allowed));
    const small = measured.filter((target) => !fits(target)).map((target) => target.outerHTML.slice(0, 120));
    return { count: measured.length, small };
}"""


def assert_thumbs_fit(page: Page, within: str = "body") -> None:
    """Everything that can be pressed in the parts of the page that `within` selects is large enough."""
    found = page.evaluate(TOO_SMALL, [within, ", ".join(ALLOWED), THUMB])
    assert found["count"] > 0, f"nothing to press in {within}"
    assert not found["small"], f"{page.url} {within}: {found['small']}"


@pytest.fixture
def talk(person: People) -> tuple[Person, str]:
    """Bob on his phone, in Alice's room, where something of every kind was said."""
    alice, bob = person("alice"), person("bob", **PHONE)
    channel = new_room(alice)
    join(bob, channel)
    say(
        alice,
        channel,
        "See https://example.com and the ||butler|| in one line, which goes on long enough to fill a third",
        "||all of it||",
        "one more of mine",
    )
    say(bob, channel, "Short", "||first|| and then a few words more, so that there are two lines of it ||last||")
    first = number_of(message(alice.open(channel), "See ").first)
    alice.post(f"{channel}messages/", body="An answer", reply_to=first)
    bob.post(f"{channel}messages/", body="https://example.com/at-the-very-beginning", reply_to=first)
    return bob, channel


def test_thumbs_fit_on_a_channels_page(talk: tuple[Person, str]) -> None:
    bob, channel = talk
    page = open_live(bob, channel)
    assert page.evaluate("() => matchMedia('(pointer: coarse) and (hover: none)').matches")
    assert_thumbs_fit(page, "#conversation")

    # A tap brings a message's one button; that brings the menu, an answer, a field to edit in.
    page.get_by_text("An answer", exact=True).tap()
    assert_thumbs_fit(page, "#conversation")
    message(page, "An answer").get_by_label("Actions").tap()
    expect(page.get_by_role("link", name="Reply")).to_be_focused()
    assert_thumbs_fit(page, "#message-menu")
    page.get_by_role("link", name="Reply").tap()
    expect(box(page)).to_be_focused()
    assert_thumbs_fit(page, "#composer")
    page.get_by_text("Short", exact=True).tap()
    message(page, "Short").get_by_label("Actions").tap()
    page.get_by_role("link", name="Edit").tap()
    expect(page.get_by_label("Edit the message")).to_be_focused()
    assert_thumbs_fit(page, ".message__edit")

    page.get_by_role("link", name="Rooms and channels").tap()
    expect(page.locator("#channels")).to_be_in_viewport()
    page.locator(".room-menu summary").tap()
    assert_thumbs_fit(page, "#rooms, .channels__header, #channels .dock")
    page.locator(".room-menu summary").tap()
    assert_thumbs_fit(page, "#channels")
    page.locator("#channels .me summary").tap()
    assert_thumbs_fit(page, "#channels .dock")
    page.locator("#channels .panel__close").tap()
    page.get_by_role("link", name="Members").tap()
    expect(page.locator("#members")).to_be_in_viewport()
    assert_thumbs_fit(page, "#members")


def test_thumbs_fit_on_a_page_of_history(talk: tuple[Person, str]) -> None:
    bob, channel = talk
    first = number_of(message(bob.open(channel), "See ").first)
    bob.open(f"{channel}?after={int(first) - 1}")
    assert_thumbs_fit(bob.page, "#conversation")


@pytest.mark.parametrize("path", ["/", "/rooms/", "/rooms/new/", "/accounts/settings/", "/users/{username}/"])
def test_thumbs_fit_on_pages(talk: tuple[Person, str], path: str) -> None:
    bob, _ = talk
    page = bob.open(path.format(username=bob.username))
    assert_thumbs_fit(page)
    page.get_by_role("link", name="Rooms", exact=True).tap()
    expect(page.locator("#rooms")).to_be_in_viewport()
    assert_thumbs_fit(page, "#rooms")
    page.locator("#rooms .rail__close").tap()
    page.locator(".topbar .me summary").tap()
    assert_thumbs_fit(page, ".topbar")


def test_thumbs_fit_for_guests(talk: tuple[Person, str], visitor: People) -> None:
    guest = visitor("guest", **PHONE)
    for path in ("/", "/rooms/", "/accounts/login/", "/accounts/signup/"):
        guest.open(path)
        assert_thumbs_fit(guest.page)
    guest.open(talk[1])
    assert_thumbs_fit(guest.page, "#conversation")


def test_a_thumb_on_a_spoiler_uncovers_it_and_nothing_else(talk: tuple[Person, str]) -> None:
    bob, channel = talk
    page = open_live(bob, channel)
    spoiler = message(page, "all of it").locator(".spoiler")
    spoiler.scroll_into_view_if_needed()
    place = spoiler.bounding_box()
    assert place is not None
    page.touchscreen.tap(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2 + THUMB / 2 - 2)
    expect(spoiler.locator(".spoiler__text")).to_be_visible()
    expect(page.locator(".spoiler__text:visible")).to_have_count(1)
