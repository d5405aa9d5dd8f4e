"""What people do to rooms: making, joining and leaving them, and reading in them."""

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from pytest_django import Settings

from eclipse.numbers import MAX_ID
from eclipse.ratelimit import RateLimited
from rooms import actions
from rooms.actions import rooms as room_actions
from rooms.models import Membership, Message, ReadMark, RoleGroup, Room
from rooms.models.channel import members_topic
from rooms.models.room import Visibility
from rooms.permissions import DEFAULT_MATRIX, Role
from tests.factories import make_channel, make_room, post, text_channel
from tests.rooms.conftest import Harbour, Told
from tests.rooms.test_actions import at_once, limits

pytestmark = pytest.mark.services


class TestMembers:
    def test_mallory_joins_and_may_write(self, harbour: Harbour) -> None:
        membership = actions.join_room(actor=harbour.mallory, room=harbour.room)
        assert membership.role == Role.USER
        group = RoleGroup.objects.get(room=harbour.room, role=Role.USER).group
        assert harbour.mallory.groups.filter(pk=group.pk).exists()

    def test_what_was_written_before_counts_as_read(self, harbour: Harbour) -> None:
        pier = make_channel(harbour.room, "pier")
        message = post(harbour.alice, harbour.general)
        actions.join_room(actor=harbour.mallory, room=harbour.room)
        marks = dict(ReadMark.objects.filter(user=harbour.mallory).values_list("channel", "message_id"))
        assert marks[harbour.general.pk] == message.pk
        assert marks[pier.pk] == 0

    def test_joining_twice_changes_nothing(
        self, harbour: Harbour, told: Told, settings: Settings, django_capture_on_commit_callbacks: Any
    ) -> None:
        limits(settings, joins="1/60 second")
        first = actions.join_room(actor=harbour.mallory, room=harbour.room)
        with django_capture_on_commit_callbacks(execute=True):
            assert actions.join_room(actor=harbour.mallory, room=harbour.room) == first
        assert told.fragments == []

    def test_two_clicks_at_once_join_once(self, stored: Harbour) -> None:
        for ended in at_once(*[lambda: actions.join_room(actor=stored.mallory, room=stored.room)] * 2):
            ended.result()
        assert Membership.objects.filter(user=stored.mallory, room=stored.room).count() == 1

    def test_joining_is_limited(self, harbour: Harbour, settings: Settings) -> None:
        limits(settings, joins="1/60 second")
        actions.join_room(actor=harbour.mallory, room=harbour.room)
        with pytest.raises(RateLimited):
            actions.join_room(actor=harbour.mallory, room=make_room(harbour.alice, "Pier"))

    def test_leaving_takes_rights_and_marks_away_and_leaves_the_words(self, harbour: Harbour) -> None:
        message = post(harbour.carol, harbour.general)
        elsewhere = post(harbour.carol, harbour.strongbox)
        actions.leave_room(actor=harbour.carol, room=harbour.room)

        assert not Membership.objects.filter(user=harbour.carol, room=harbour.room).exists()
        assert not harbour.carol.groups.filter(rolegroup__room=harbour.room).exists()
        assert not ReadMark.objects.filter(user=harbour.carol, channel=harbour.general).exists()
        assert Message.objects.get(pk=message.pk).author == harbour.carol
        # The other rooms are not concerned.
        assert harbour.carol.groups.filter(rolegroup__room=harbour.vault).exists()
        assert ReadMark.objects.get(user=harbour.carol, channel=harbour.strongbox).message_id == elsewhere.pk

    def test_leaving_twice_changes_nothing(
        self, harbour: Harbour, told: Told, django_capture_on_commit_callbacks: Any
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            actions.leave_room(actor=harbour.mallory, room=harbour.room)
        assert told.fragments == told.commands == []

    def test_the_room_and_the_persons_own_sockets_learn_of_coming_and_going(self, stored: Harbour, told: Told) -> None:
        own = ("user." + str(stored.mallory.pk), "recheck")
        actions.join_room(actor=stored.mallory, room=stored.room)
        [joined] = told.to(members_topic(stored.room.pk))
        assert 'event="member_joined"' in joined
        assert "mallory" in joined
        assert told.commands == [own]

        told.forget()
        actions.leave_room(actor=stored.mallory, room=stored.room)
        left = f'<hx-push event="member_left" room="{stored.room.pk}" user="{stored.mallory.pk}"></hx-push>'
        # Her own pages have to know, though she may not have seen the members.
        assert told.fragments == [(members_topic(stored.room.pk), left), (f"user.{stored.mallory.pk}", left)]
        assert told.commands == [own]


class TestReading:
    def test_a_mark_moves_forward_and_never_back(self, harbour: Harbour) -> None:
        first, second, third = (post(harbour.alice, harbour.general).pk for _ in range(3))
        mark = ReadMark.objects.get(user=harbour.carol, channel=harbour.general)
        for message_id, read in ((first, first), (third, third), (second, third)):
            actions.mark_read(actor=harbour.carol, channel=harbour.general, message_id=message_id)
            mark.refresh_from_db()
            assert mark.message_id == read

    def test_nobody_has_read_what_was_not_written_yet(self, harbour: Harbour) -> None:
        actions.mark_read(actor=harbour.carol, channel=harbour.general, message_id=MAX_ID)
        own = post(harbour.alice, harbour.general)
        post(harbour.alice, harbour.strongbox)
        mark = ReadMark.objects.get(user=harbour.carol, channel=harbour.general)
        assert mark.message_id == 0
        actions.mark_read(actor=harbour.carol, channel=harbour.general, message_id=MAX_ID)
        mark.refresh_from_db()
        assert mark.message_id == own.pk

    def test_only_a_member_has_a_mark(self, harbour: Harbour) -> None:
        message = post(harbour.alice, harbour.general)
        for message_id in (message.pk, 0):
            with pytest.raises(PermissionDenied):
                actions.mark_read(actor=harbour.mallory, channel=harbour.general, message_id=message_id)
        assert not ReadMark.objects.filter(user=harbour.mallory, channel=harbour.general).exists()

    def test_the_readers_other_pages_learn_what_is_left(self, stored: Harbour, told: Told) -> None:
        pier = make_channel(stored.room, "pier")
        message = post(stored.alice, stored.general)
        post(stored.alice, pier)
        told.forget()
        actions.mark_read(actor=stored.carol, channel=stored.general, message_id=message.pk)
        actions.mark_read(actor=stored.carol, channel=stored.general, message_id=message.pk)
        assert told.fragments == [
            (
                f"user.{stored.carol.pk}",
                f'<hx-push event="channel_read" room="{stored.room.pk}" channel="{stored.general.pk}"'
                ' channel_left="0" left="1">'
                "</hx-push>",
            )
        ]

    def test_two_pages_reading_at_once_leave_one_mark(self, stored: Harbour) -> None:
        ReadMark.objects.all().delete()
        message = post(stored.alice, stored.general)
        read = [
            lambda message_id=message_id: actions.mark_read(
                actor=stored.carol, channel=stored.general, message_id=message_id
            )
            for message_id in (message.pk, message.pk - 1)
        ]
        for ended in at_once(*read):
            ended.result()
        assert ReadMark.objects.get(user=stored.carol).message_id == message.pk


class TestRooms:
    def test_a_new_room_is_furnished(self, harbour: Harbour) -> None:
        room = actions.create_room(actor=harbour.mallory, name="Pier", visibility=Visibility.PRIVATE)
        assert [(channel.slug, channel.kind) for channel in room.channels.all()] == [
            ("general", "text"),
            ("voice", "voice"),
        ]
        assert Membership.objects.get(room=room).role == Role.CREATOR
        for role, codenames in DEFAULT_MATRIX.items():
            group = RoleGroup.objects.get(room=room, role=role).group
            granted = group.roomgroupobjectpermission_set.values_list("permission__codename", flat=True)
            assert set(granted) == codenames

    def test_a_deleted_rooms_grants_vanish_with_it(self, harbour: Harbour) -> None:
        harbour.room.delete()
        assert not RoleGroup.objects.filter(room_id=harbour.room.pk).exists()

    @pytest.mark.parametrize(
        ("name", "slug"),
        [
            ("Night Owls", "night-owls"),
            ("Ночные совы", "nochnye-sovy"),
            ("Ёлка & Щука", "elka-shchuka"),
            ("Łódź café", "lodz-cafe"),
            ("!!!", "room"),
            ("🌘🌘", "room"),
            ("new", "new-2"),
            ("New!", "new-2"),
            ("lobby", "lobby-2"),
            ("lobby 2", "lobby-2"),
        ],
    )
    def test_a_rooms_address_is_made_from_its_name(self, harbour: Harbour, name: str, slug: str) -> None:
        assert actions.create_room(actor=harbour.alice, name=name).slug == slug

    def test_rooms_of_one_name_have_numbered_addresses(self, harbour: Harbour) -> None:
        slugs = [make_room(harbour.bob, name).slug for name in ("Pier", "Pier", "pier-3", "Pier", "!!!", "…?")]
        assert slugs == ["pier", "pier-2", "pier-3", "pier-4", "room", "room-2"]

    def test_a_long_name_makes_an_address_that_fits(self, harbour: Harbour) -> None:
        for name in ("щ" * 60, "Щ " * 30, "a" * 60, "a" * 60):
            room = make_room(harbour.alice, name)
            assert len(room.slug) <= 50
            room.full_clean()

    def test_two_people_creating_rooms_of_one_name_at_once_both_get_one(self, stored: Harbour) -> None:
        first, second = at_once(
            lambda: actions.create_room(actor=stored.bob, name="Pier"),
            lambda: actions.create_room(actor=stored.carol, name="Pier"),
        )
        assert {first.result().slug, second.result().slug} == {"pier", "pier-2"}
        for room in (first.result(), second.result()):
            assert Membership.objects.get(room=room).role == Role.CREATOR
            assert room.channels.count() == 2

    def test_an_address_taken_at_the_last_moment_is_left_to_whoever_was_first(
        self, harbour: Harbour, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The race above, for a database that would not let it happen: the address is taken after it was found free."""
        find = room_actions.free_slug
        taken: list[str] = []

        def too_late(name: str) -> str:
            slug = find(name)
            if not taken:
                taken.append(slug)
                Room.objects.create(slug=slug, name=name)
            return slug

        monkeypatch.setattr(room_actions, "free_slug", too_late)
        room = actions.create_room(actor=harbour.alice, name="Pier")
        assert (taken, room.slug) == (["pier"], "pier-2")
        assert Membership.objects.get(room=room).role == Role.CREATOR

    def test_rooms_are_limited(self, harbour: Harbour, settings: Settings) -> None:
        limits(settings, rooms="1/3600 second")
        actions.create_room(actor=harbour.mallory, name="First")
        with pytest.raises(RateLimited):
            actions.create_room(actor=harbour.mallory, name="Second")
        assert not Room.objects.filter(name="Second").exists()

    def test_a_room_that_could_not_be_furnished_is_not_there(
        self, stored: Harbour, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*args: object, **kwargs: object) -> None:
            raise ConnectionError("the database went away")

        groups = Group.objects.count()
        monkeypatch.setattr(room_actions, "add_member", broken)
        with pytest.raises(ConnectionError):
            actions.create_room(actor=stored.alice, name="Half")
        assert not Room.objects.filter(name="Half").exists()
        assert Group.objects.count() == groups

    def test_the_lobby_is_made_once(self, harbour: Harbour) -> None:
        lobby = actions.ensure_lobby()
        assert actions.ensure_lobby() == lobby
        assert (lobby.slug, lobby.is_public, lobby.creator) == ("lobby", True, None)
        assert sorted(lobby.channels.values_list("slug", flat=True)) == ["general", "voice"]
        assert {membership.user for membership in lobby.memberships.all()} >= {harbour.alice, harbour.mallory}

    def test_processes_that_start_at_once_make_one_lobby(self, transactional_db: None) -> None:
        Room.objects.all().delete()
        first, second = at_once(actions.ensure_lobby, actions.ensure_lobby)
        assert first.result() == second.result()
        assert text_channel(first.result()).slug == "general"
        assert first.result().channels.count() == 2
