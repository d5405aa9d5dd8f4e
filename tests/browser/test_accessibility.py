"""axe finds nothing on any page, in both themes; and every page keeps its shape on a small screen."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Person
from tests.browser.talking import People, box, join, message, new_room, number_of, open_live, say

RICH = (
    "Hello **all**, see https://example.com and `code`",
    "```python\ndef play(game: str) -> str:\n    return f'let us play {game}'  # tonight\n```",
    "> quoted\n\n- a list\n- of two\n\nand a ||spoiler||",
)

# The longest of what the styles take for a change of their own, in seconds, with every pseudo-element.
LONGEST_MOTION = """() => Math.max(...[...document.querySelectorAll("*")].flatMap((element) =>
    ["", "::before", "::after", "::backdrop"].flatMap((part) => {
        const style = getComputedStyle(element, part);
        return `${style.transitionDuration}, ${style.animationDuration}`.split(", ").map(parseFloat);
    })))"""
SCROLLS_SMOOTHLY = """() => [...document.querySelectorAll("*")].some(
    (element) => getComputedStyle(element).scrollBehavior === "smooth")"""


@pytest.fixture
def scene(person: People) -> tuple[Person, Person, str]:
    """Alice and Bob in a room with every kind of message in it."""
    alice, bob = person("alice"), person("bob")
    channel = new_room(alice, "Rich evening")
    join(bob, channel)
    say(alice, channel, *RICH)
    page = bob.open(channel)
    first = number_of(page.locator("#messages .message").first)
    bob.post(f"{channel}messages/", body="An answer", reply_to=first)
    say(bob, channel, "soon gone", "soon changed")
    page.reload()
    bob.post(f"{channel}{number_of(message(page, 'soon gone'))}/delete/")
    bob.post(f"{channel}{number_of(message(page, 'soon changed'))}/edit/", body="changed")
    return alice, bob, channel


@pytest.mark.parametrize("theme", ["dark", "light", "contrast"])
def test_axe_finds_nothing(
    scene: tuple[Person, Person, str], theme: str, assert_accessible: Callable[[Page], None], visitor: People
) -> None:
    alice, bob, channel = scene
    alice.open("/accounts/settings/")
    alice.page.locator(f"[name=theme][value={theme}]").check()
    alice.page.get_by_role("button", name="Save").click()
    expect(alice.page.locator(f"html[data-theme={theme}]")).to_be_attached()
    slug = channel.split("/")[2]
    page = open_live(alice, channel)
    permalink = f"{channel}{number_of(page.locator('#messages .message').first)}/"
    for path in (
        channel,
        permalink,
        f"{permalink}menu/",
        f"{permalink}edit/",
        f"{permalink}delete/",
        f"/rooms/{slug}/members/",
        f"/rooms/{slug}/members/?q=nobody",
        f"/rooms/{slug}/members/{bob.username}/",
        f"/rooms/{slug}/settings/permissions/",
        f"/rooms/{slug}/settings/transfer/",
        "/",
        "/rooms/",
        "/rooms/new/",
        "/accounts/settings/",
        "/accounts/password/change/",
        "/accounts/logout/",
        f"/users/{alice.username}/",
    ):
        alice.open(path)
        assert_accessible(alice.page)
    alice.allow("404")
    alice.open("/rooms/there-is-none/")
    assert_accessible(alice.page)

    # With a menu open, an error shown, and at the width of a phone.
    page = open_live(alice, channel)
    message(page, "changed").hover()
    message(page, "changed").get_by_label("Actions").click()
    expect(page.get_by_role("link", name="Reply")).to_be_focused()
    assert_accessible(page)
    page.keyboard.press("Escape")
    alice.allow("422")
    box(page).press("Enter")
    expect(page.locator("#composer-errors")).not_to_be_empty()
    assert_accessible(page)
    page.set_viewport_size({"width": 360, "height": 740})
    assert_accessible(page)


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_axe_finds_nothing_for_guests(
    scene: tuple[Person, Person, str], scheme: str, assert_accessible: Callable[[Page], None], visitor: People
) -> None:
    guest = visitor("guest", color_scheme=scheme)
    for path in ("/", "/rooms/", "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", scene[2]):
        guest.open(path)
        assert_accessible(guest.page)


@pytest.mark.parametrize("width", [320, 360, 719, 1280])
def test_no_page_scrolls_sideways(scene: tuple[Person, Person, str], width: int) -> None:
    alice, bob, channel = scene
    room = channel.removesuffix("general/")
    say(alice, channel, "w" * 300, "https://example.com/" + "long" * 60)
    alice.page.set_viewport_size({"width": width, "height": 700})
    for path in (
        channel,
        f"{room}members/",
        f"{room}members/{bob.username}/",
        f"{room}settings/permissions/",
        f"{room}settings/transfer/",
        "/",
        "/rooms/",
        "/rooms/new/",
        "/accounts/settings/",
        f"/users/{alice.username}/",
    ):
        page = alice.open(path)
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width, path


def test_the_composer_stays_in_sight_on_a_small_screen(scene: tuple[Person, Person, str]) -> None:
    """A phone of 360 × 740 whose keyboard leaves 360 pixels of height."""
    alice, _, channel = scene
    alice.page.set_viewport_size({"width": 360, "height": 740})
    page = open_live(alice, channel)
    page.set_viewport_size({"width": 360, "height": 360})
    expect(box(page)).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("button", name="Send")).to_be_in_viewport(ratio=1)
    expect(message(page, "changed")).to_be_in_viewport()


def choose(person: Person, **chosen: str) -> None:
    """Save this person's settings: those named, and the others as a new account has them."""
    plain = {"display_name": "", "language": "", "theme": "system", "announcements": "all", "motion": "system"}
    person.post("/accounts/settings/", **{**plain, **chosen})


@pytest.mark.parametrize("announcements", ["all", "mentions", "off"])
def test_the_listener_chooses_what_is_announced(person: People, announcements: str) -> None:
    alice, bob = person("alice"), person("bob")
    channel = new_room(alice)
    join(bob, channel)
    say(alice, channel, "Raid at nine?")
    choose(alice, announcements=announcements)
    # So that a batch is read out when the test says so, and what is not read out need not be waited for.
    alice.page.clock.install()
    page = open_live(alice, channel)
    question = number_of(message(page, "Raid at nine?"))
    name = alice.username

    for_alice = (f"ask @{name.upper()}, she knows", f"(@{name}) and others")
    for_others = (f"write to post@{name}.example", f"@{name}ette and @{name}.b bring food", f"{name} is late")
    heard = []
    for body in (*for_others, *for_alice):
        say(bob, channel, body)
        expect(message(page, body)).to_be_visible()
        page.clock.run_for(1000)
        if announcements == "all" or (announcements == "mentions" and body in for_alice):
            heard.append(f"{bob.username}: {body}")
    bob.post(f"{channel}messages/", body="Nine it is", reply_to=question)
    bob.post(f"{channel}messages/", body="Who else?", reply_to=number_of(message(page, for_others[0])))
    alice.post(f"{channel}messages/", body=f"@{name} talks to herself", reply_to=question)
    expect(message(page, "talks to herself")).to_be_visible()
    page.clock.run_for(1000)
    answers = {"all": ["Nine it is", "Who else?"], "mentions": ["Nine it is"], "off": []}[announcements]
    assert page.locator("#log p").all_inner_texts() == [*heard, *(f"{bob.username}: {body}" for body in answers)]


def test_motion_can_be_reduced_apart_from_the_system(person: People) -> None:
    alice = person("alice", reduced_motion="no-preference")
    channel = new_room(alice)
    say(alice, channel, "Nothing moves")
    for motion, longest in (("system", 0.15), ("reduced", 0)):
        choose(alice, motion=motion)
        page = open_live(alice, channel)
        message(page, "Nothing moves").hover()
        message(page, "Nothing moves").get_by_label("Actions").click()
        expect(page.get_by_role("link", name="Reply")).to_be_focused()
        assert page.evaluate(LONGEST_MOTION) == longest
        assert not page.evaluate(SCROLLS_SMOOTHLY)
        for path in ("/", "/rooms/", "/accounts/settings/"):
            assert alice.open(path).evaluate(LONGEST_MOTION) == longest, path


@pytest.mark.parametrize("java_script_enabled", [True, False])
def test_actions_are_told_apart_by_their_message(person: People, java_script_enabled: bool) -> None:
    alice, bob = person("alice"), person("bob", locale="ru-RU", java_script_enabled=java_script_enabled)
    channel = new_room(alice)
    join(bob, channel)
    say(alice, channel, "one", "two")
    page = open_live(bob, channel) if java_script_enabled else bob.open(channel)
    say(bob, channel, "three")
    if not java_script_enabled:
        page.reload()
    for text, author in (("one", alice), ("two", alice), ("three", bob)):
        time = message(page, text).locator("time").inner_text()
        link = message(page, text).get_by_role("link", name=f"Действия {author.username} {time}", exact=True)
        expect(link).to_have_attribute("href", f"{channel}{number_of(message(page, text))}/menu/")
