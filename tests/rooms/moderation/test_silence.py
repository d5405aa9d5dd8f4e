"""Whoever is muted does nothing that others would read, hear or see of them, however much they may otherwise do."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils import timezone

from rooms import access as door
from rooms import actions
from rooms import permissions as p
from rooms.models import Timeout
from rooms.permissions import Role
from tests.factories import post
from tests.rooms.conftest import Harbour, browser_of
from tests.rooms.matrix.doors import doors_of_edges, doors_of_pages
from tests.rooms.matrix.rules import Person, World
from tests.rooms.matrix.town import build_town, walk
from tests.rooms.roles.conftest import grant

# What is left: to read and listen, to take back what one said oneself, and to call for help.
LEFT = {
    p.VIEW_ROOM,
    p.VIEW_MEMBERS,
    p.DELETE_OWN_MESSAGES,
    p.CONNECT_VOICE,
    p.FILE_REPORTS,
    p.VIEW_AUDIT_LOG,
    p.EXPORT_ROOM,
}


def mute(harbour: Harbour, name: str) -> None:
    soon = timezone.now() + timedelta(hours=1)
    subject = getattr(harbour, name)
    for room in (harbour.room, harbour.vault):
        Timeout.objects.update_or_create(room=room, user=subject, defaults={"by": harbour.alice, "until": soon})


@pytest.fixture
def mute_bob(harbour: Harbour) -> Harbour:
    """Bob may do everything that a moderator can be let do, and alice has muted him."""
    grant(harbour.room, Role.MODERATOR, *p.CODENAMES)
    mute(harbour, "bob")
    return harbour


def test_every_right_is_either_left_or_asleep(mute_bob: Harbour) -> None:
    assert door.get_room(mute_bob.bob, "harbour").granted == LEFT
    assert p.SILENCED == p.CODENAMES - LEFT


def test_every_door_behind_a_right_that_sleeps_is_closed(mute_bob: Harbour) -> None:
    muted = Person("bob", Role.MODERATOR, is_muted=True)
    world = World(matrix={**p.DEFAULT_MATRIX, Role.MODERATOR: p.CODENAMES})
    doors = doors_of_pages() + doors_of_edges()
    asleep = [door for door in doors if door.rule.rights and not door.rule.holds(muted, world)]
    assert len(asleep) > 100
    assert walk(build_town(mute_bob), doors, world, [muted]) == []


class TestWhatOthersWouldSee:
    """The stories behind it."""

    def test_he_renames_nobody(self, mute_bob: Harbour) -> None:
        for subject in (mute_bob.carol, mute_bob.bob):
            with pytest.raises(PermissionDenied):
                actions.set_nickname(actor=mute_bob.bob, room=mute_bob.room, subject=subject, nickname="Bob was right")

    def test_he_writes_into_no_name_or_topic(self, mute_bob: Harbour) -> None:
        bob, room, general = mute_bob.bob, mute_bob.room, mute_bob.general
        for act in (
            lambda: actions.create_channel(actor=bob, room=room, name="bob-was-right"),
            lambda: actions.edit_channel(actor=bob, channel=general, subject="Bob was right"),
            lambda: actions.create_category(actor=bob, room=room, name="Bob was right"),
            lambda: actions.edit_room(actor=bob, room=room, description="Bob was right"),
            lambda: actions.add_game_tag(actor=bob, room=room, name="Bob was right"),
        ):
            with pytest.raises(PermissionDenied):
                act()

    def test_nor_into_anybodys_call_ban_or_outcome(self, mute_bob: Harbour) -> None:
        bob, room = mute_bob.bob, mute_bob.room
        report = actions.file_report(actor=mute_bob.alice, room=room, subject=mute_bob.carol, reason="Look")
        soon = timezone.now() + timedelta(hours=1)
        for act in (
            lambda: actions.ban_member(actor=bob, room=room, subject=mute_bob.carol, reason="Bob was right"),
            lambda: actions.time_out_member(actor=bob, room=room, subject=mute_bob.carol, until=soon),
            lambda: actions.resolve_report(actor=bob, report=report, outcome="Bob was right"),
            lambda: actions.change_role(actor=bob, room=room, subject=mute_bob.carol, role=Role.MODERATOR),
        ):
            with pytest.raises(PermissionDenied):
                act()

    def test_he_lifts_no_mute_of_his_own(self, mute_bob: Harbour) -> None:
        with pytest.raises(PermissionDenied):
            actions.lift_timeout(actor=mute_bob.bob, room=mute_bob.room, subject=mute_bob.bob)

    def test_a_report_that_he_took_on_is_anybodys(self, mute_bob: Harbour) -> None:
        Timeout.objects.all().delete()
        report = actions.file_report(actor=mute_bob.carol, room=mute_bob.room, subject=mute_bob.mallory, reason="Look")
        actions.claim_report(actor=mute_bob.bob, report=report)
        mute(mute_bob, "bob")
        assert actions.claim_report(actor=mute_bob.alice, report=report).claimed_by == mute_bob.alice

    def test_he_brings_no_room_back(self, mute_bob: Harbour) -> None:
        actions.delete_room(actor=mute_bob.alice, room=mute_bob.room)
        with pytest.raises(Http404):
            actions.restore_room(actor=mute_bob.bob, room=mute_bob.room)

    def test_what_he_said_before_he_takes_back_and_he_calls_for_help(self, mute_bob: Harbour) -> None:
        Timeout.objects.all().delete()
        said = post(mute_bob.bob, mute_bob.general, "I am right")
        mute(mute_bob, "bob")
        assert browser_of(mute_bob.bob).get("/rooms/harbour/general/").status_code == 200
        assert actions.delete_message(actor=mute_bob.bob, message=said).is_deleted
        assert actions.file_report(actor=mute_bob.bob, room=mute_bob.room, subject=mute_bob.carol, reason="She began")
