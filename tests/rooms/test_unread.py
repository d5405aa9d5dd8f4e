"""How much is unread: counted from the messages, for the sidebars and the title."""

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from rooms import actions, unread
from rooms.models import Channel, Room
from rooms.unread import MOST, channels_with_unread, rooms_with_unread, unread_in_room
from tests.factories import make_channel, make_member, make_room, post, text_channel
from tests.rooms.conftest import Harbour, browser_of


def in_channels(room: Room, user: User) -> dict[str, int]:
    return {each.slug: each.unread for each in channels_with_unread(Channel.objects.text().filter(room=room), user)}


def in_rooms(user: User) -> dict[str, int]:
    return {room.slug: room.unread for room in rooms_with_unread(user)}


def test_what_others_wrote_since_is_unread(harbour: Harbour) -> None:
    pier = make_channel(harbour.room, "pier")
    for _ in range(3):
        post(harbour.alice, harbour.general)
    post(harbour.bob, pier)
    assert in_channels(harbour.room, harbour.carol) == {"general": 3, "pier": 1}
    assert in_channels(harbour.room, harbour.alice) == {"general": 0, "pier": 1}
    assert sum(unread_in_room(harbour.room.pk, harbour.carol).values()) == 4


def test_reading_one_channel_leaves_the_other(harbour: Harbour) -> None:
    pier = make_channel(harbour.room, "pier")
    first, second = post(harbour.alice, harbour.general), post(harbour.alice, harbour.general)
    post(harbour.alice, pier)
    actions.mark_read(actor=harbour.carol, channel=harbour.general, message_id=first.pk)
    assert in_channels(harbour.room, harbour.carol) == {"general": 1, "pier": 1}
    actions.mark_read(actor=harbour.carol, channel=harbour.general, message_id=second.pk)
    assert in_channels(harbour.room, harbour.carol) == {"general": 0, "pier": 1}
    assert in_channels(harbour.room, harbour.bob) == {"general": 2, "pier": 1}


def test_ones_own_words_and_deleted_ones_are_never_unread(harbour: Harbour) -> None:
    post(harbour.carol, harbour.general)
    gone = post(harbour.alice, harbour.general)
    assert in_channels(harbour.room, harbour.carol) == {"general": 1}
    actions.delete_message(actor=harbour.alice, message=gone)
    assert in_channels(harbour.room, harbour.carol) == {"general": 0}


def test_the_words_of_a_deleted_account_still_count(harbour: Harbour) -> None:
    post(harbour.alice, harbour.general)
    harbour.alice.delete()
    assert in_channels(harbour.room, harbour.carol) == {"general": 1}


def test_whoever_joins_begins_with_nothing_unread(harbour: Harbour) -> None:
    for _ in range(3):
        post(harbour.alice, harbour.general)
    actions.join_room(actor=harbour.mallory, room=harbour.room)
    assert in_channels(harbour.room, harbour.mallory) == {"general": 0}
    post(harbour.alice, harbour.general)
    assert in_channels(harbour.room, harbour.mallory) == {"general": 1}


def test_a_channel_made_later_is_unread_from_its_beginning(harbour: Harbour) -> None:
    post(harbour.alice, make_channel(harbour.room, "pier"))
    assert in_channels(harbour.room, harbour.carol)["pier"] == 1


def test_the_rooms_count_together_what_their_channels_hold(harbour: Harbour) -> None:
    post(harbour.alice, harbour.general)
    post(harbour.alice, make_channel(harbour.room, "pier"))
    post(harbour.alice, harbour.strongbox)
    assert in_rooms(harbour.carol) == {"lobby": 0, "harbour": 2, "vault": 1}
    assert in_rooms(harbour.mallory) == {"lobby": 0}


def test_counting_stops_at_a_hundred(harbour: Harbour, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST == 100
    monkeypatch.setattr(unread, "MOST", 3)
    for _ in range(5):
        post(harbour.alice, harbour.general)
    assert in_channels(harbour.room, harbour.carol) == {"general": 3}


def test_the_sidebars_show_it(harbour: Harbour) -> None:
    post(harbour.alice, harbour.general)
    page = browser_of(harbour.carol).get("/rooms/lobby/general/").content.decode()

    def shown(room: Room) -> bool:
        item = page[page.index(f'id="room-{room.pk}"') :]
        return "1 unread" in item[: item.index("</li>")]

    assert shown(harbour.room)
    assert not shown(Room.objects.get(slug="lobby"))


def test_it_is_two_queries_for_any_number_of_rooms(
    harbour: Harbour, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(3):
        room = make_room(harbour.alice, f"Cove {number}")
        make_member(room, harbour.carol)
        post(harbour.alice, text_channel(room))
    with django_assert_num_queries(2):
        assert sum(in_rooms(harbour.carol).values()) == 3
    with django_assert_num_queries(1):
        unread_in_room(harbour.room.pk, harbour.carol)
