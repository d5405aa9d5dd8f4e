"""The word filter looks at whatever members read of each other: nicknames, and what a room, its channels and their
headings are called."""

from collections.abc import Callable

import pytest
from django.test import Client

from rooms import actions
from rooms import permissions as p
from rooms.models import Category, Channel, Membership, Room
from rooms.permissions import Role
from tests.rooms.api_people import Caller
from tests.rooms.conftest import Harbour, browser_of
from tests.rooms.roles.conftest import grant
from tests.rooms.views.answers import text_of

FORBIDDEN = "Old 1andlubber"
TOLD = "This room does not allow “1andlubber”"
SETTINGS = "/rooms/harbour/settings"
REST = "chat/rooms/harbour"


@pytest.fixture
def filtered(harbour: Harbour) -> Harbour:
    """Bob may run the room, and not its word filter."""
    actions.edit_word_filter(actor=harbour.alice, room=harbour.room, words="landlubber")
    grant(harbour.room, Role.MODERATOR, p.MANAGE_CHANNELS, p.EDIT_ROOM)
    return harbour


@pytest.fixture
def games(filtered: Harbour) -> Category:
    return actions.create_category(actor=filtered.alice, room=filtered.room, name="Games")


def channel_form(harbour: Harbour, **more: str) -> dict[str, str]:
    return {"name": "general", "subject": "", "slug": "general", "audience": "everyone", "category": "", **more}


# What is sent where: the page's address and form, and the REST edge's method, address and body.
def texts(harbour: Harbour, games: Category) -> dict[str, tuple[str, dict[str, str], str, str, dict[str, str]]]:
    general = harbour.general.pk
    room = {"name": "Harbour", "slug": "harbour", "visibility": "public", "guests_may_read": "on", "description": ""}
    return {
        "nickname": (
            "/rooms/harbour/members/carol/nickname/", {"nickname": FORBIDDEN},
            "patch", f"{REST}/members/carol/", {"nickname": FORBIDDEN},
        ),
        "own nickname": (
            "/rooms/harbour/members/bob/nickname/", {"nickname": FORBIDDEN},
            "patch", f"{REST}/members/bob/", {"nickname": FORBIDDEN},
        ),
        "new channel": (
            f"{SETTINGS}/channels/new/", channel_form(harbour, name=FORBIDDEN, slug=""),
            "post", f"{REST}/channels/", {"name": FORBIDDEN},
        ),
        "new channel's topic": (
            f"{SETTINGS}/channels/new/", channel_form(harbour, name="tea", slug="", subject=FORBIDDEN),
            "post", f"{REST}/channels/", {"name": "tea", "subject": FORBIDDEN},
        ),
        "channel": (
            f"{SETTINGS}/channels/{general}/", channel_form(harbour, name=FORBIDDEN),
            "patch", f"{REST}/channels/{general}/", {"name": FORBIDDEN},
        ),
        "topic": (
            f"{SETTINGS}/channels/{general}/", channel_form(harbour, subject=FORBIDDEN),
            "patch", f"{REST}/channels/{general}/", {"subject": FORBIDDEN},
        ),
        "new category": (
            f"{SETTINGS}/categories/new/", {"name": FORBIDDEN},
            "post", f"{REST}/categories/", {"name": FORBIDDEN},
        ),
        "category": (
            f"{SETTINGS}/categories/{games.pk}/", {"name": FORBIDDEN},
            "patch", f"{REST}/categories/{games.pk}/", {"name": FORBIDDEN},
        ),
        "description": (
            f"{SETTINGS}/", {**room, "description": FORBIDDEN},
            "patch", f"{REST}/", {"description": FORBIDDEN},
        ),
        "name": (
            f"{SETTINGS}/", {**room, "name": FORBIDDEN},
            "patch", f"{REST}/", {"name": FORBIDDEN},
        ),
    }  # fmt: skip


def everything(harbour: Harbour) -> str:
    """All the names there are in the room."""
    room = Room.objects.get(pk=harbour.room.pk)
    names: list[str] = [room.name, room.description]
    names += Membership.objects.filter(room=room).values_list("nickname", flat=True)
    names += Category.objects.filter(room=room).values_list("name", flat=True)
    for channel in Channel.objects.filter(room=room):
        names += [channel.name, channel.subject]
    return " ".join(names)


def test_what_it_forbids_is_refused_beside_the_field_and_kept_in_it(
    filtered: Harbour, games: Category, subtests: pytest.Subtests
) -> None:
    bob = browser_of(filtered.bob)
    for what, (address, form, *_) in texts(filtered, games).items():
        with subtests.test(what):
            answer = bob.post(address, form)
            assert answer.status_code == 422
            page = text_of(answer)
            assert TOLD in page
            assert FORBIDDEN in page
            assert FORBIDDEN not in everything(filtered)


def test_over_rest_it_is_told_under_the_field(filtered: Harbour, games: Category, subtests: pytest.Subtests) -> None:
    bob = Caller(filtered.bob)
    for what, (*_, method, address, body) in texts(filtered, games).items():
        with subtests.test(what):
            answer = getattr(bob, method)(address, body)
            assert answer.status_code == 400
            [field] = [name for name, value in body.items() if value == FORBIDDEN]
            assert list(answer.json()) == [field]
            assert TOLD in answer.json()[field][0]
            assert FORBIDDEN not in everything(filtered)


def test_whoever_edits_the_list_may_use_its_words(
    filtered: Harbour, games: Category, subtests: pytest.Subtests
) -> None:
    """As in messages: alice is trusted to know what she quotes."""
    alice = browser_of(filtered.alice)
    for what, (address, form, *_) in texts(filtered, games).items():
        if what == "own nickname":
            address = address.replace("/bob/", "/alice/")
        with subtests.test(what):
            assert alice.post(address, form).status_code == 302


def test_what_was_called_so_before_stands_in_nobodys_way(filtered: Harbour, games: Category) -> None:
    """Only what is changed is looked at: alice called it so, and bob gives it a topic."""
    alice, bob = browser_of(filtered.alice), browser_of(filtered.bob)
    address = f"{SETTINGS}/channels/{filtered.general.pk}/"
    assert alice.post(address, channel_form(filtered, name=FORBIDDEN)).status_code == 302
    assert bob.post(address, channel_form(filtered, name=FORBIDDEN, subject="Tea at five")).status_code == 302
    assert Channel.objects.get(pk=filtered.general.pk).subject == "Tea at five"


def test_another_room_has_a_list_of_its_own(filtered: Harbour) -> None:
    actions.set_nickname(actor=filtered.carol, room=filtered.vault, subject=filtered.carol, nickname=FORBIDDEN)
    assert Membership.objects.get(room=filtered.vault, user=filtered.carol).nickname == FORBIDDEN


@pytest.mark.parametrize(
    "act",
    [
        lambda h: actions.set_nickname(actor=h.carol, room=h.room, subject=h.carol, nickname=FORBIDDEN),
        lambda h: actions.create_channel(actor=h.bob, room=h.room, name=FORBIDDEN),
        lambda h: actions.edit_channel(actor=h.bob, channel=h.general, subject=FORBIDDEN),
        lambda h: actions.create_category(actor=h.bob, room=h.room, name=FORBIDDEN),
        lambda h: actions.edit_room(actor=h.bob, room=h.room, description=FORBIDDEN),
    ],
)
def test_the_rule_is_the_actions(filtered: Harbour, act: Callable[[Harbour], object]) -> None:
    with pytest.raises(actions.FilteredWord):
        act(filtered)


def test_the_error_is_read_with_its_field(filtered: Harbour) -> None:
    carol: Client = browser_of(filtered.carol)
    page = text_of(carol.post("/rooms/harbour/members/carol/nickname/", {"nickname": FORBIDDEN}))
    assert 'aria-invalid="true"' in page
    assert 'aria-describedby="' in page
