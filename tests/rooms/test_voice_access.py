"""The door to a voice channel: who may come in, and what the media server is told to let through of them."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.http import Http404
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from rooms import permissions
from rooms.access import Banned
from rooms.models import Ban, Channel, Membership, RoleGroup, RoomGroupObjectPermission, Timeout, VoiceSanction
from rooms.models.channel import Audience
from rooms.permissions import Role
from rooms.voice_access import VoiceAccess, get_voice_channel, get_voice_channel_by_id
from tests.rooms.conftest import Harbour
from voice.engine import Allowance


@pytest.fixture
def voice(harbour: Harbour) -> Channel:
    return Channel.objects.voice().get(room=harbour.room)


def enter(user: User | None, channel: Channel) -> VoiceAccess:
    return get_voice_channel_by_id(user, channel.pk)  # type: ignore[arg-type]


def narrow(channel: Channel, **values: object) -> None:
    Channel.objects.filter(pk=channel.pk).update(**values)


class TestComingIn:
    def test_members_come_in_by_number_and_by_name(self, harbour: Harbour, voice: Channel) -> None:
        for person in (harbour.alice, harbour.bob, harbour.carol):
            assert enter(person, voice).channel == voice
            assert get_voice_channel(person, "harbour", "voice").channel == voice

    def test_a_stranger_does_not_even_into_a_public_room(self, harbour: Harbour, voice: Channel) -> None:
        with pytest.raises(PermissionDenied):
            enter(harbour.mallory, voice)

    def test_of_a_hidden_rooms_a_stranger_learns_nothing(self, harbour: Harbour) -> None:
        hidden = Channel.objects.voice().get(room=harbour.vault)
        with pytest.raises(Http404):
            enter(harbour.mallory, hidden)

    @pytest.mark.parametrize("number", [0, 10**9, 2**63])
    def test_a_number_that_is_none(self, harbour: Harbour, number: int) -> None:
        with pytest.raises(Http404):
            get_voice_channel_by_id(harbour.alice, number)

    def test_a_text_channel_is_none(self, harbour: Harbour) -> None:
        with pytest.raises(Http404):
            enter(harbour.alice, harbour.general)
        with pytest.raises(Http404):
            get_voice_channel(harbour.alice, "harbour", "general")

    def test_a_number_from_another_room(self, harbour: Harbour, voice: Channel) -> None:
        with pytest.raises(Http404):
            get_voice_channel_by_id(harbour.carol, voice.pk, slug="vault")

    def test_banned_ben_is_told_why(self, harbour: Harbour, voice: Channel) -> None:
        Ban.objects.create(room=harbour.room, user=harbour.carol, by=harbour.bob)
        with pytest.raises(Banned):
            enter(harbour.carol, voice)

    def test_the_moderators_channel_is_nowhere_for_carol(self, harbour: Harbour, voice: Channel) -> None:
        narrow(voice, audience=Audience.MODERATORS)
        assert enter(harbour.bob, voice).may_speak
        with pytest.raises(Http404):
            enter(harbour.carol, voice)

    def test_a_locked_one_is_open_to_whoever_may_lock_it(self, harbour: Harbour, voice: Channel) -> None:
        narrow(voice, is_locked=True)
        assert not enter(harbour.bob, voice).is_locked_out
        carols = enter(harbour.carol, voice)
        # Whoever is in it stays, and speaks.
        assert carols.is_locked_out and carols.may_speak

    def test_the_limit_holds_for_members(self, harbour: Harbour, voice: Channel) -> None:
        narrow(voice, user_limit=4)
        assert enter(harbour.carol, voice).user_limit == 4
        assert enter(harbour.bob, voice).user_limit == 0

    def test_it_costs_two_queries(self, harbour: Harbour, voice: Channel) -> None:
        VoiceSanction.objects.create(room=harbour.room, user=harbour.carol, is_muted=True)
        with CaptureQueriesContext(connection) as captured:
            assert enter(harbour.carol, voice).is_muted
        assert len(captured) == 2


class TestAllowance:
    def test_of_a_member(self, harbour: Harbour, voice: Channel) -> None:
        assert enter(harbour.carol, voice).allowance == Allowance()

    def test_of_moderators_who_are_heard_first(self, harbour: Harbour, voice: Channel) -> None:
        for person in (harbour.alice, harbour.bob):
            assert enter(person, voice).allowance == Allowance(has_priority=True)

    def test_of_a_member_who_was_chosen(self, harbour: Harbour, voice: Channel) -> None:
        Membership.objects.filter(room=harbour.room, user=harbour.carol).update(is_priority_speaker=True)
        assert enter(harbour.carol, voice).allowance.has_priority

    def test_of_timed_out_carol_who_listens(self, harbour: Harbour, voice: Channel) -> None:
        soon = timezone.now() + timedelta(hours=1)
        Timeout.objects.create(room=harbour.room, user=harbour.carol, by=harbour.bob, until=soon)
        access = enter(harbour.carol, voice)
        assert access.allowance == Allowance(may_speak=False, may_show=False)
        assert not access.may_caption

    def test_of_muted_carol_who_shows_on(self, harbour: Harbour, voice: Channel) -> None:
        VoiceSanction.objects.create(room=harbour.room, user=harbour.carol, is_muted=True)
        access = enter(harbour.carol, voice)
        assert access.allowance == Allowance(may_speak=False)
        assert access.is_muted and not access.may_caption
        with pytest.raises(PermissionDenied):
            get_voice_channel_by_id(harbour.carol, voice.pk, permissions.WRITE_CAPTIONS)

    def test_of_deafened_carol_who_speaks_on(self, harbour: Harbour, voice: Channel) -> None:
        VoiceSanction.objects.create(room=harbour.room, user=harbour.carol, is_deafened=True)
        assert enter(harbour.carol, voice).allowance == Allowance(may_hear=False)

    def test_a_sanction_holds_in_its_room_and_for_its_person(self, harbour: Harbour, voice: Channel) -> None:
        VoiceSanction.objects.create(room=harbour.vault, user=harbour.carol, is_muted=True)
        VoiceSanction.objects.create(room=harbour.room, user=harbour.mallory, is_muted=True)
        assert enter(harbour.carol, voice).allowance == Allowance()

    def test_where_moderators_speak_members_listen(self, harbour: Harbour, voice: Channel) -> None:
        narrow(voice, audience=Audience.READ_ONLY)
        access = enter(harbour.carol, voice)
        assert access.allowance == Allowance(may_speak=False, may_show=False)
        assert not access.may_caption
        assert enter(harbour.bob, voice).may_speak

    def test_a_mute_takes_the_priority_too(self, harbour: Harbour, voice: Channel) -> None:
        Membership.objects.filter(room=harbour.room, user=harbour.carol).update(is_priority_speaker=True)
        VoiceSanction.objects.create(room=harbour.room, user=harbour.carol, is_muted=True)
        assert not enter(harbour.carol, voice).allowance.has_priority

    def test_the_channels_bitrate_is_the_calls(self, harbour: Harbour, voice: Channel) -> None:
        narrow(voice, bitrate=96)
        assert enter(harbour.carol, voice).limits.bitrate == 96_000


class TestTheDatabase:
    @pytest.mark.parametrize(
        "values", [{"user_limit": 100}, {"user_limit": -1}, {"bitrate": 15}, {"bitrate": 129}, {"bitrate": 0}]
    )
    def test_a_limit_out_of_bounds_is_refused(self, voice: Channel, values: dict[str, int]) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            narrow(voice, **values)

    def test_a_sanction_that_sanctions_nothing_is_refused(self, harbour: Harbour) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            VoiceSanction.objects.create(room=harbour.room, user=harbour.carol)

    def test_one_sanction_a_person(self, harbour: Harbour) -> None:
        VoiceSanction.objects.create(room=harbour.room, user=harbour.carol, is_muted=True)
        with pytest.raises(IntegrityError), transaction.atomic():
            VoiceSanction.objects.create(room=harbour.room, user=harbour.carol, is_deafened=True)


class TestRoomsThatWereThereBefore:
    NEW = ("speak_voice", "write_captions", "priority_speaker")

    def migrate(self) -> None:
        import_module("rooms.migrations.0008_voice_rights").grant_voice_rights(apps, None)

    def held(self, harbour: Harbour, role: Role) -> set[str]:
        grants = RoomGroupObjectPermission.objects.filter(
            content_object=harbour.room, group__rolegroup__role=role, permission__codename__in=self.NEW
        )
        return set(grants.values_list("permission__codename", flat=True))

    def test_each_role_gets_what_is_new(self, harbour: Harbour) -> None:
        Permission.objects.filter(codename__in=self.NEW).delete()
        self.migrate()
        assert self.held(harbour, Role.CREATOR) == self.held(harbour, Role.MODERATOR) == set(self.NEW)
        assert self.held(harbour, Role.USER) == {"speak_voice", "write_captions"}

    def test_whoever_could_not_join_to_speak_does_not_speak(self, harbour: Harbour) -> None:
        Permission.objects.filter(codename__in=self.NEW).delete()
        group = RoleGroup.objects.get(room=harbour.room, role=Role.USER).group
        RoomGroupObjectPermission.objects.filter(group=group, permission__codename="connect_voice").delete()
        self.migrate()
        assert self.held(harbour, Role.USER) == {"write_captions"}

    def test_a_second_time_changes_nothing(self, harbour: Harbour) -> None:
        RoomGroupObjectPermission.objects.filter(
            content_object=harbour.room, permission__codename="write_captions"
        ).delete()
        self.migrate()
        assert self.held(harbour, Role.USER) == {"speak_voice"}
