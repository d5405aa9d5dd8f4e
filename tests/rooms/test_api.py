"""Rooms over REST: opening, finding, joining and leaving them, and who learns of which."""

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from eclipse import ratelimit
from rooms import actions
from rooms.discovery import listing
from rooms.models import Channel, Room
from rooms.models.channel import ChannelKind
from rooms.permissions import Role
from tests.rooms import api_people
from tests.rooms.api_people import Caller, People

people = api_people.people


def slugs(rooms: list[dict[str, Any]]) -> list[str]:
    return [room["slug"] for room in rooms]


def test_alice_opens_a_room_and_is_its_creator(people: People) -> None:
    answer = people.alice.post("chat/rooms/", {"name": "  Night   Owls ", "description": "Late games."})
    assert answer.status_code == 201
    room = answer.json()
    channels = room.pop("channels")
    assert room == {
        "slug": "night-owls",
        "name": "Night Owls",
        "description": "Late games.",
        "visibility": "public",
        "joined": True,
        "role": "creator",
        "member_count": 1,
        "online_count": None,
        "guests_may_read": True,
        "icon": "",
        "unread": 0,
        "tags": [],
    }
    # The room's voice channel is no channel of this API yet.
    assert [(channel["slug"], channel["unread"], channel["seq"]) for channel in channels] == [("general", 0, 0)]
    assert people.alice.get("chat/rooms/night-owls/").json() == room | {"channels": channels}


def test_a_guest_cannot_open_a_room(people: People) -> None:
    answer = people.guest.post("chat/rooms/", {"name": "Nobody's"})
    assert answer.status_code == 401
    assert answer.json() == {"detail": "Log in first."}
    assert answer["WWW-Authenticate"]
    assert not Room.objects.filter(name="Nobody's").exists()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x"}, "name"),
        ({"name": "x" * 61}, "name"),
        ({"name": "   "}, "name"),
        ({"name": "Har\u202ebour"}, "name"),
        ({"name": "Har\x00bour"}, "name"),
        ({"name": 7}, "name"),
        ({"name": ["Harbour"]}, "name"),
        ({"name": None}, "name"),
        ({"name": "Pier", "description": "x" * 301}, "description"),
        ({"name": "Pier", "description": "a\u200bb"}, "description"),
        ({"name": "Pier", "visibility": "secret"}, "visibility"),
        ({"name": "Pier", "visibility": {"public": True}}, "visibility"),
    ],
)
def test_a_bad_room_is_refused_by_field(people: People, body: dict[str, Any], field: str) -> None:
    rooms = Room.objects.count()
    answer = people.alice.post("chat/rooms/", body)
    assert answer.status_code == 400
    assert list(answer.json()) == [field]
    assert all(isinstance(message, str) for message in answer.json()[field])
    assert Room.objects.count() == rooms


def test_too_many_rooms_are_refused_until_a_time_told(people: People, settings: Settings) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "rooms": "1/3600 second"}
    ratelimit.forget_all()
    people.bob.create_room("First")
    answer = people.bob.post("chat/rooms/", {"name": "Second"})
    assert answer.status_code == 429
    assert 3590 <= int(answer["Retry-After"]) <= 3600
    assert "60 minutes" in answer.json()["detail"]
    assert not Room.objects.filter(name="Second").exists()


def test_everybody_sees_the_lobby(people: People) -> None:
    assert people.bob.get("chat/public-room/").json()["joined"] is True
    seen = people.guest.get("chat/public-room/").json()
    assert (seen["slug"], seen["joined"], seen["role"]) == ("lobby", False, None)
    assert [channel["unread"] for channel in seen["channels"]] == [None]


def test_the_list_holds_ones_own_rooms_and_the_public_ones(people: People) -> None:
    seen = people.alice.get("chat/rooms/").json()
    assert slugs(seen["mine"]) == ["lobby", "harbour", "vault"]
    assert slugs(seen["results"]) == ["harbour", "lobby"]
    assert [(room["member_count"], room["joined"], room["role"]) for room in seen["results"]] == [
        (2, True, "creator"),
        (3, True, "user"),
    ]
    assert seen["next"] is None

    seen = people.guest.get("chat/rooms/").json()
    assert seen["mine"] == []
    assert slugs(seen["results"]) == ["harbour", "lobby"]
    assert not any(room["joined"] for room in seen["results"])


def test_the_list_goes_on_by_pages(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "PAGE_SIZE", 2)
    for number in range(3):
        people.alice.create_room(f"Pier {number}")
    seen, address = [], "chat/rooms/"
    while address:
        page = people.guest.get(address).json()
        assert len(page["results"]) <= 2
        seen += slugs(page["results"])
        address = page["next"]
    assert seen == ["pier-2", "pier-1", "pier-0", "harbour", "lobby"]


@pytest.mark.parametrize("key", ["x", "1", "1-", "-1", "9" * 30 + "-1", "١-١", "1-1-1"])
def test_a_made_up_page_is_refused(people: People, key: str) -> None:
    answer = people.guest.get("chat/rooms/", after=key)
    assert answer.status_code == 400
    assert list(answer.json()) == ["after"]


def test_the_list_takes_no_more_queries_for_more_rooms(
    people: People, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    # Session, person; the public page, its games, its members; own rooms, their channels, their games; counts, roles.
    with django_assert_max_num_queries(10) as few:
        people.alice.get("chat/rooms/")
    allowed = len(few)
    for number in range(5):
        people.alice.create_room(f"Pier {number}")
    with django_assert_max_num_queries(allowed):
        people.alice.get("chat/rooms/")


def test_a_room_takes_no_more_queries_for_more_channels(
    people: People, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    # Session, person; room, membership, rights; channels with unread; members counted.
    with django_assert_max_num_queries(7) as few:
        people.bob.get("chat/rooms/harbour/")
    allowed = len(few)
    harbour = Room.objects.get(slug="harbour")
    Channel.objects.bulk_create(
        Channel(room=harbour, slug=f"pier-{number}", name=f"pier {number}", position=number + 2) for number in range(20)
    )
    with django_assert_max_num_queries(allowed):
        seen = people.bob.get("chat/rooms/harbour/").json()
    assert len(seen["channels"]) == 21


def test_mallory_joins_the_harbour_once(people: People) -> None:
    for _ in range(2):
        answer = people.mallory.post("chat/rooms/harbour/join/")
        assert answer.status_code == 200
        assert (answer.json()["joined"], answer.json()["role"], answer.json()["member_count"]) == (True, "user", 3)
    assert people.mallory.say("harbour", "Ahoy")["author"]["username"] == "mallory"


def test_joining_is_limited(people: People, settings: Settings) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "joins": "1/60 second"}
    ratelimit.forget_all()
    people.alice.create_room("Pier")
    assert people.mallory.post("chat/rooms/harbour/join/").status_code == 200
    answer = people.mallory.post("chat/rooms/pier/join/")
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 50


def test_bob_leaves_and_what_he_wrote_stays(people: People) -> None:
    written = people.bob.say("harbour", "I was here")
    for _ in range(2):
        assert people.bob.post("chat/rooms/harbour/leave/").status_code == 204
    assert people.bob.get("chat/rooms/harbour/").json()["joined"] is False
    assert people.bob.post("chat/rooms/harbour/messages/", {"body": "And again"}).status_code == 403
    history = people.guest.get("chat/rooms/harbour/messages/").json()["results"]
    assert [message["id"] for message in history] == [written["id"]]


def test_whoever_leaves_a_private_room_learns_of_it_no_more(people: People) -> None:
    add_to_vault(people.bob)
    assert people.bob.get("chat/rooms/vault/").json()["role"] == "user"
    assert people.bob.post("chat/rooms/vault/leave/").status_code == 204
    assert people.bob.get("chat/rooms/vault/").status_code == 404


def add_to_vault(person: Caller) -> None:
    assert person.user is not None
    actions.members.add_member(room=Room.objects.get(slug="vault"), user=person.user, role=Role.USER)


def test_members_are_for_members(people: People) -> None:
    seen = people.bob.get("chat/rooms/harbour/members/").json()
    assert seen["member_count"] == 2
    assert [(member["user"]["username"], member["role"], member["online"]) for member in seen["results"]] == [
        ("alice", "creator", False),
        ("bob", "user", False),
    ]
    answer = people.mallory.get("chat/rooms/harbour/members/")
    assert (answer.status_code, answer.json()) == (403, {"detail": "You may not do this."})
    answer = people.guest.get("chat/rooms/harbour/members/")
    assert (answer.status_code, answer.json()) == (401, {"detail": "Log in first."})


def test_members_take_no_more_queries_for_more_people(
    people: People, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(9) as few:
        assert len(people.bob.get("chat/rooms/lobby/members/", limit=1).json()["results"]) == 1
    allowed = len(few)
    with django_assert_max_num_queries(allowed):
        seen = people.bob.get("chat/rooms/lobby/members/", limit=500).json()
    assert len(seen["results"]) == seen["member_count"] == 3
    assert people.bob.get("chat/rooms/lobby/members/", limit=501).status_code == 400


def test_channels_tell_what_is_unread(people: People) -> None:
    people.alice.say("harbour", "One")
    people.alice.say("harbour", "Two")
    [channel] = people.bob.get("chat/rooms/harbour/channels/").json()["results"]
    assert (channel["slug"], channel["unread"], channel["seq"]) == ("general", 2, 2)
    [channel] = people.alice.get("chat/rooms/harbour/channels/").json()["results"]
    assert channel["unread"] == 0
    [channel] = people.guest.get("chat/rooms/harbour/channels/").json()["results"]
    assert channel["unread"] is None
    assert people.bob.get("chat/rooms/harbour/").json()["unread"] == 2


def test_a_voice_channel_is_no_place_to_read_or_write(people: People) -> None:
    voice = Channel.objects.get(room__slug="harbour", kind=ChannelKind.VOICE)
    assert people.bob.get("chat/rooms/harbour/messages/", channel=voice.pk).status_code == 404
    answer = people.bob.post("chat/rooms/harbour/messages/", {"body": "Hello?", "channel": voice.pk})
    assert answer.status_code == 404


def test_answers_speak_the_readers_language(people: People) -> None:
    russian = Caller(people.bob.user, language="ru")
    answer = russian.post("chat/rooms/", {})
    assert answer.json() == {"name": ["Обязательное поле."]}
    assert answer["Content-Language"] == "ru"

    people.bob.post("auth/profile/", {"language": "ru"})
    answer = people.bob.post("chat/rooms/", {})
    assert answer.json() == {"name": ["Обязательное поле."]}


def test_no_cache_keeps_an_answer(people: People) -> None:
    for path in ("auth/session/", "chat/rooms/", "chat/rooms/nowhere/"):
        assert "no-store" in people.alice.get(path)["Cache-Control"]
