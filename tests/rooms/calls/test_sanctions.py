"""Muting, deafening and priority in voice channels: by pages and REST, each within reach, and what it means after."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import User
from rooms import actions, permissions
from rooms.actions import OutOfReach
from rooms.models import AuditEntry, Channel, Membership, VoiceSanction
from rooms.models.audit_entry import Deed
from rooms.permissions import Role
from rooms.voice_access import VoiceAccess, get_voice_channel
from tests.factories import make_member, make_user
from tests.rooms.administration.test_channels import grant
from tests.rooms.api_people import Caller
from tests.rooms.conftest import Harbour, Told, browser_of, build_harbour
from tests.rooms.test_actions import at_once

# Each deed by each edge: the page's verb, and the REST call.
DEEDS: dict[str, tuple[str, str, str]] = {
    "mute": ("voice-mute", "post", "voice-mute"),
    "unmute": ("voice-unmute", "delete", "voice-mute"),
    "deafen": ("voice-deafen", "post", "voice-deafen"),
    "undeafen": ("voice-undeafen", "delete", "voice-deafen"),
    "give_priority": ("voice-priority", "post", "voice-priority"),
    "take_priority": ("voice-no-priority", "delete", "voice-priority"),
}


def by_page(actor: User, deed: str, subject: str) -> int:
    return browser_of(actor).post(f"/rooms/harbour/members/{subject}/{DEEDS[deed][0]}/", {}).status_code


def by_rest(actor: User, deed: str, subject: str) -> int:
    _, method, path = DEEDS[deed]
    return getattr(Caller(actor), method)(f"chat/rooms/harbour/members/{subject}/{path}/", {}).status_code


EDGES: dict[str, Callable[[User, str, str], int]] = {"page": by_page, "REST": by_rest}


def whom(harbour: Harbour, actor: str = "bob", subject: str = "carol") -> dict[str, Any]:
    return {"actor": getattr(harbour, actor), "room": harbour.room, "subject": getattr(harbour, subject)}


def enter(user: User) -> VoiceAccess:
    return get_voice_channel(user, "harbour", "voice")


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("edge", EDGES)
def test_nobody_reaches_the_creator_another_moderator_or_themself(harbour: Harbour, edge: str, deed: str) -> None:
    grace = make_user("grace")
    make_member(harbour.room, grace, Role.MODERATOR)
    for subject in ("alice", "grace", "bob"):
        assert EDGES[edge](harbour.bob, deed, subject) == 403, subject
    assert EDGES[edge](harbour.alice, deed, "alice") == 403
    for subject in ("carol", "alice", "mallory"):
        assert EDGES[edge](harbour.carol, deed, subject) == 403
    assert not VoiceSanction.objects.exists()
    assert not AuditEntry.objects.exists()
    assert not Membership.objects.filter(is_priority_speaker=True).exists()


@pytest.mark.parametrize("edge", EDGES)
def test_a_moderator_does_it_to_a_member_by_every_edge(harbour: Harbour, edge: str) -> None:
    do = EDGES[edge]
    assert do(harbour.bob, "mute", "carol") < 400
    assert not enter(harbour.carol).may_speak
    assert do(harbour.bob, "deafen", "carol") < 400
    assert enter(harbour.carol).is_deafened
    assert do(harbour.bob, "unmute", "carol") < 400
    assert enter(harbour.carol).may_speak and enter(harbour.carol).is_deafened
    assert do(harbour.bob, "undeafen", "carol") < 400
    assert not VoiceSanction.objects.exists()
    assert do(harbour.bob, "give_priority", "carol") < 400
    assert enter(harbour.carol).has_priority
    assert do(harbour.bob, "take_priority", "carol") < 400
    assert not enter(harbour.carol).has_priority
    deeds = AuditEntry.objects.order_by("pk").values_list("deed", flat=True)
    assert list(deeds) == [
        Deed.VOICE_MUTED, Deed.VOICE_DEAFENED, Deed.VOICE_UNMUTED, Deed.VOICE_UNDEAFENED, Deed.PRIORITY_GIVEN,
        Deed.PRIORITY_TAKEN,
    ]  # fmt: skip


class TestAMute:
    def test_it_outlives_leaving_and_coming_back(self, harbour: Harbour) -> None:
        actions.mute_member(**whom(harbour), reason="A horn")
        actions.leave_room(actor=harbour.carol, room=harbour.room)
        actions.join_room(actor=harbour.carol, room=harbour.room)
        assert not enter(harbour.carol).may_speak
        sanction = VoiceSanction.objects.get()
        assert (sanction.by, sanction.reason) == (harbour.bob, "A horn")

    def test_so_it_does_a_kick_and_a_ban(self, harbour: Harbour) -> None:
        actions.mute_member(**whom(harbour))
        actions.ban_member(**whom(harbour))
        actions.unban_member(**whom(harbour))
        actions.join_room(actor=harbour.carol, room=harbour.room)
        assert not enter(harbour.carol).may_speak

    def test_a_stranger_can_be_muted_before_they_come(self, harbour: Harbour) -> None:
        actions.mute_member(**whom(harbour, subject="mallory"))
        actions.join_room(actor=harbour.mallory, room=harbour.room)
        assert not enter(harbour.mallory).may_speak

    def test_doing_it_twice_is_doing_it_once(self, harbour: Harbour) -> None:
        for act in (actions.mute_member, actions.mute_member, actions.unmute_member, actions.unmute_member):
            act(**whom(harbour))
        assert AuditEntry.objects.count() == 2

    def test_calls_are_told_at_once(self, transactional_db: None, told: Told) -> None:
        harbour = build_harbour()
        told.forget()
        actions.mute_member(**whom(harbour))
        assert told.commands == [(f"user.{harbour.carol.pk}", "recheck")]
        told.forget()
        actions.mute_member(**whom(harbour))
        assert not told.commands

    def test_of_the_heir_it_ends_with_the_room_handed_over(self, harbour: Harbour) -> None:
        actions.mute_member(**whom(harbour))
        actions.transfer_room(actor=harbour.alice, room=harbour.room, subject=harbour.carol)
        assert enter(harbour.carol).may_speak

    def test_whoever_was_appointed_meanwhile_is_out_of_reach(self, harbour: Harbour) -> None:
        bob = browser_of(harbour.bob)
        page = "/rooms/harbour/members/carol/voice-mute/"
        assert bob.get(page).status_code == 200
        actions.change_role(actor=harbour.alice, room=harbour.room, subject=harbour.carol, role=Role.MODERATOR)
        assert bob.post(page, {}).status_code == 403
        with pytest.raises(OutOfReach):
            actions.mute_member(**whom(harbour))

    def test_whoever_was_dismissed_meanwhile_mutes_nobody(self, harbour: Harbour) -> None:
        actions.change_role(actor=harbour.alice, room=harbour.room, subject=harbour.bob, role=Role.USER)
        with pytest.raises(PermissionDenied):
            actions.mute_member(**whom(harbour))

    def test_a_reason_that_is_too_long_is_kept_in_the_form(self, harbour: Harbour) -> None:
        answer = browser_of(harbour.bob).post("/rooms/harbour/members/carol/voice-mute/", {"reason": "x" * 301})
        assert answer.status_code == 422
        assert "x" * 301 in answer.content.decode()
        assert not VoiceSanction.objects.exists()


@pytest.mark.services
class TestAtOnce:
    def test_a_mute_and_an_appointment_leave_no_moderator_muted_by_a_peer(self, transactional_db: None) -> None:
        harbour = build_harbour()
        muted, appointed = at_once(
            lambda: actions.mute_member(**whom(harbour)),
            lambda: actions.change_role(
                actor=harbour.alice, room=harbour.room, subject=harbour.carol, role=Role.MODERATOR
            ),
        )
        assert appointed.exception() is None
        deeds = list(AuditEntry.objects.order_by("pk").values_list("deed", flat=True))
        if muted.exception() is None:
            # The mute was first: it stands, and in the log it stands first.
            assert deeds == [Deed.VOICE_MUTED, Deed.ROLE_CHANGED]
        else:
            assert isinstance(muted.exception(), OutOfReach)
            assert deeds == [Deed.ROLE_CHANGED]
            assert not VoiceSanction.objects.exists()

    def test_two_moderators_mute_and_deafen_and_neither_is_lost(self, transactional_db: None) -> None:
        harbour = build_harbour()
        done = at_once(
            lambda: actions.mute_member(**whom(harbour)), lambda: actions.deafen_member(**whom(harbour, "alice"))
        )
        assert [each.exception() for each in done] == [None, None]
        sanction = VoiceSanction.objects.get()
        assert sanction.is_muted and sanction.is_deafened


class TestPriority:
    def test_it_ends_with_the_membership(self, harbour: Harbour) -> None:
        actions.give_priority(**whom(harbour))
        actions.kick_member(**whom(harbour))
        actions.join_room(actor=harbour.carol, room=harbour.room)
        assert not enter(harbour.carol).has_priority

    @pytest.mark.parametrize("edge", EDGES)
    def test_a_stranger_has_none(self, harbour: Harbour, edge: str) -> None:
        assert EDGES[edge](harbour.bob, "give_priority", "mallory") == 404

    def test_it_is_told_with_the_member(self, harbour: Harbour) -> None:
        actions.give_priority(**whom(harbour))
        told = Caller(harbour.carol).get("chat/rooms/harbour/members/carol/").json()
        assert told["is_priority_speaker"] is True


class TestPages:
    def test_the_members_page_offers_what_can_be_done_now(self, harbour: Harbour) -> None:
        bob = browser_of(harbour.bob)
        page = bob.get("/rooms/harbour/members/carol/").content.decode()
        assert "Mute in voice channels" in page and "Deafen in voice channels" in page
        assert "Make a priority speaker" in page
        actions.mute_member(**whom(harbour))
        actions.give_priority(**whom(harbour))
        page = bob.get("/rooms/harbour/members/carol/").content.decode()
        assert "Unmute in voice channels" in page and "End the priority" in page
        assert ">Mute in voice channels" not in page

    @pytest.mark.parametrize("who", ["carol", "mallory"])
    def test_whoever_may_not_is_offered_nothing(self, harbour: Harbour, who: str) -> None:
        olga = make_user("olga")
        make_member(harbour.room, olga)
        actions.mute_member(**whom(harbour) | {"subject": olga})
        page = browser_of(getattr(harbour, who)).get("/rooms/harbour/members/olga/").content.decode()
        assert "voice-" not in page
        assert "In voice channels" not in page

    def test_one_comes_back_to_the_member(self, harbour: Harbour) -> None:
        answer = browser_of(harbour.bob).post("/rooms/harbour/members/carol/voice-mute/", {}, follow=True)
        assert answer.redirect_chain == [("/rooms/harbour/members/carol/", 302)]
        assert "carol is muted in voice channels." in answer.content.decode()

    def test_the_list_of_what_is_in_force_holds_those_of_voice(self, harbour: Harbour) -> None:
        actions.mute_member(**whom(harbour), reason="A horn")
        actions.deafen_member(**whom(harbour))
        page = browser_of(harbour.bob).get("/rooms/harbour/settings/bans/").content.decode()
        assert "muted and deafened" in page
        for verb in ("voice-unmute", "voice-undeafen"):
            assert f"/rooms/harbour/members/carol/{verb}/" in page

    def test_whoever_moderates_voice_alone_sees_that_alone(self, harbour: Harbour) -> None:
        grant(harbour, "user", permissions.MODERATE_VOICE)
        page = browser_of(harbour.carol).get("/rooms/harbour/settings/bans/").content.decode()
        assert "Muted or deafened in voice channels" in page
        assert "Banned" not in page

    def test_over_rest(self, harbour: Harbour) -> None:
        actions.mute_member(**whom(harbour), reason="A horn")
        [told] = Caller(harbour.bob).get("chat/rooms/harbour/voice-sanctions/").json()["results"]
        assert (told["user"]["username"], told["muted"], told["deafened"], told["reason"]) == (
            "carol", True, False, "A horn",
        )  # fmt: skip

    def test_the_log_tells_of_it_in_words(self, harbour: Harbour) -> None:
        actions.mute_member(**whom(harbour), reason="A horn")
        page = browser_of(harbour.bob).get("/rooms/harbour/settings/audit/").content.decode()
        assert "muted in voice channels" in page and "A horn" in page


class TestLimits:
    @pytest.fixture
    def voice(self, harbour: Harbour) -> Channel:
        return Channel.objects.voice().select_related("room").get(room=harbour.room)

    def test_bob_limits_a_call_on_its_page(self, harbour: Harbour, voice: Channel) -> None:
        bob = browser_of(harbour.bob)
        address = "/rooms/harbour/voice/call/"
        page = bob.get(address).content.decode()
        assert "Slow mode" not in page and "Delete many messages" not in page
        sent = {"call-user_limit": "5", "call-bitrate": "96", "call-reason": "Chess"}
        assert bob.post(address, sent).status_code == 302
        voice.refresh_from_db()
        assert (voice.user_limit, voice.bitrate) == (5, 96)
        entry = AuditEntry.objects.get(deed=Deed.CALL_LIMITED)
        assert (entry.reason, entry.details["user_limit"], entry.details["bitrate"]) == ("Chess", 5, 96)
        page = bob.get("/rooms/harbour/settings/audit/").content.decode()
        assert "for 5 people" in page and "96 kb/s" in page
        actions.limit_call(actor=harbour.bob, channel=voice, user_limit=0)
        assert "for any number of people" in bob.get("/rooms/harbour/settings/audit/").content.decode()

    def test_what_cannot_be_is_said_and_kept(self, harbour: Harbour, voice: Channel) -> None:
        bob = browser_of(harbour.bob)
        answer = bob.post("/rooms/harbour/voice/call/", {"call-user_limit": "100", "call-bitrate": "500"})
        assert answer.status_code == 422
        assert 'value="500"' in answer.content.decode()
        voice.refresh_from_db()
        assert (voice.user_limit, voice.bitrate) == (0, 40)

    def test_a_text_channel_holds_no_call(self, harbour: Harbour) -> None:
        assert browser_of(harbour.bob).get("/rooms/harbour/general/call/").status_code == 404
        assert browser_of(harbour.bob).get("/rooms/harbour/voice/slow/").status_code == 404
        path = f"chat/rooms/harbour/channels/{harbour.general.pk}/call/"
        assert Caller(harbour.bob).patch(path, {"user_limit": 5}).status_code == 404

    def test_over_rest_what_is_left_out_stays(self, harbour: Harbour, voice: Channel) -> None:
        bob, path = Caller(harbour.bob), f"chat/rooms/harbour/channels/{voice.pk}/call/"
        assert bob.patch(path, {"user_limit": 5}).json()["bitrate"] == 40
        told = bob.patch(path, {"bitrate": 96, "reason": "Music"}).json()
        assert told == {"channel": voice.pk, "user_limit": 5, "bitrate": 96, "locked": False}
        refused = bob.patch(path, {"bitrate": 8})
        assert refused.status_code == 400 and set(refused.json()) == {"bitrate"}

    def test_a_number_from_another_room_is_not_found(self, harbour: Harbour) -> None:
        theirs = Channel.objects.voice().get(room=harbour.vault)
        path = f"chat/rooms/harbour/channels/{theirs.pk}/"
        bob = Caller(harbour.bob)
        assert bob.patch(f"{path}call/", {"user_limit": 5}).status_code == 404
        assert bob.post(f"{path}lock/", {}).status_code == 404

    @pytest.mark.parametrize("act", ["lock", "limit", "edit"])
    def test_calls_are_told_at_once(self, transactional_db: None, told: Told, act: str) -> None:
        harbour = build_harbour()
        voice = Channel.objects.voice().select_related("room").get(room=harbour.room)
        told.forget()
        if act == "lock":
            actions.lock_channel(actor=harbour.bob, channel=voice)
        elif act == "limit":
            actions.limit_call(actor=harbour.bob, channel=voice, bitrate=96)
        else:
            actions.edit_channel(actor=harbour.alice, channel=voice, bitrate=96)
        assert (voice.topic, "recheck") in told.commands

    def test_it_is_locked_and_opened_by_every_edge(self, harbour: Harbour, voice: Channel) -> None:
        bob, rest = browser_of(harbour.bob), Caller(harbour.bob)
        assert "Those who are in it stay." in bob.get("/rooms/harbour/voice/lock/").content.decode()
        bob.post("/rooms/harbour/voice/lock/", {})
        assert enter(harbour.carol).is_locked_out and not enter(harbour.bob).is_locked_out
        bob.post("/rooms/harbour/voice/unlock/", {})
        assert not enter(harbour.carol).is_locked_out
        path = f"chat/rooms/harbour/channels/{voice.pk}/lock/"
        assert rest.post(path, {}).json()["locked"] is True
        assert rest.delete(path).json()["locked"] is False
