"""Who is in which call, and what is done to them there: on pages and by REST."""

from collections.abc import Iterator
from typing import Any

import pytest

from accounts.models import User
from rooms import actions
from rooms.actions.roles import matrix_of
from rooms.models import AuditEntry, Channel
from rooms.models.audit_entry import Deed
from rooms.permissions import VIEW_MEMBERS, WRITE_CAPTIONS, Role
from tests.factories import make_channel
from tests.rooms.api_people import Caller
from tests.rooms.conftest import Harbour, Told, browser_of
from voice.state import Participant, voice_state

MEMBER = "chat/rooms/harbour/members"


@pytest.fixture(autouse=True)
def nobody_in_calls() -> Iterator[None]:
    voice_state.cache_clear()
    yield
    voice_state.cache_clear()


@pytest.fixture
def voice(harbour: Harbour) -> Channel:
    return Channel.objects.voice().select_related("room").get(room=harbour.room)


@pytest.fixture
def hold(harbour: Harbour) -> Channel:
    return make_channel(harbour.room, "hold", "voice")


def comes_in(user: User, channel: Channel, **doing: Any) -> None:
    """Somebody is in the call, as sessions tell it."""
    participant = Participant(
        session=f"s{user.pk}",
        channel=channel.pk,
        user=user.pk,
        username=user.username,
        name=user.name,
        since=0,
        **doing,
    )
    voice_state().enter(participant)


def forbid(harbour: Harbour, codename: str) -> None:
    """Take a right from members."""
    held = matrix_of(harbour.room)[Role.USER] - {codename}
    actions.edit_matrix(actor=harbour.alice, room=harbour.room, matrix={Role.USER: held})


class TestWhoIsWhere:
    def test_everybody_who_may_see_members_sees_it(self, harbour: Harbour, voice: Channel, hold: Channel) -> None:
        comes_in(harbour.carol, voice, is_server_muted=True, is_streaming_screen=True)
        voice_state().set_speaking(voice.pk, [harbour.carol.pk])
        first, second = Caller(harbour.bob).get("chat/rooms/harbour/voice/").json()["results"]
        assert (first["slug"], second["slug"], second["people"]) == ("voice", "hold", [])
        assert first["people"] == [
            {
                "id": harbour.carol.pk, "username": "carol", "name": "carol", "muted": False, "deafened": False,
                "server_muted": True, "server_deafened": False, "camera": False, "screen": True, "priority": False,
                "speaking": True,
            }
        ]  # fmt: skip

    def test_others_see_the_channels_alone(self, harbour: Harbour, voice: Channel) -> None:
        comes_in(harbour.bob, voice)
        forbid(harbour, VIEW_MEMBERS)
        for person in (harbour.carol, harbour.mallory, None):
            [told] = Caller(person).get("chat/rooms/harbour/voice/").json()["results"]
            assert told["people"] is None, person

    def test_the_moderators_own_is_theirs(self, harbour: Harbour, voice: Channel) -> None:
        actions.edit_channel(actor=harbour.alice, channel=voice, audience="moderators")
        comes_in(harbour.bob, voice)
        assert Caller(harbour.carol).get("chat/rooms/harbour/voice/").json()["results"] == []
        assert "voice" in Caller(harbour.bob).get("chat/rooms/harbour/voice/").content.decode()

    def test_ones_own_call(self, harbour: Harbour, voice: Channel) -> None:
        carol = Caller(harbour.carol)
        assert carol.get("chat/call/").status_code == 204
        comes_in(harbour.carol, voice, is_muted=True)
        told = carol.get("chat/call/").json()
        assert (told["room"], told["channel"], told["me"]["muted"]) == ("harbour", voice.pk, True)

    def test_leaving_it_tells_whichever_process_holds_it(self, harbour: Harbour, voice: Channel, told: Told) -> None:
        comes_in(harbour.carol, voice)
        told.forget()
        assert Caller(harbour.carol).delete("chat/call/").status_code == 204
        assert told.commands == [(f"user.{harbour.carol.pk}", "voice_end")]


class TestDisconnecting:
    def test_by_page_and_by_rest(self, harbour: Harbour, voice: Channel) -> None:
        comes_in(harbour.carol, voice)
        answer = browser_of(harbour.bob).post("/rooms/harbour/members/carol/voice-disconnect/", {}, follow=True)
        assert "carol is disconnected." in answer.content.decode()
        assert Caller(harbour.bob).post(f"{MEMBER}/carol/voice-disconnect/", {"reason": "Late"}).status_code == 204
        assert AuditEntry.objects.filter(deed=Deed.VOICE_DISCONNECTED).count() == 2

    def test_whoever_is_in_no_call(self, harbour: Harbour, voice: Channel) -> None:
        answer = browser_of(harbour.bob).post("/rooms/harbour/members/carol/voice-disconnect/", {"reason": "Late"})
        assert answer.status_code == 422
        page = answer.content.decode()
        assert "They are in none of the room’s voice channels now." in page and 'value="Late"' in page
        refused = Caller(harbour.bob).post(f"{MEMBER}/carol/voice-disconnect/", {})
        assert refused.status_code == 409
        assert refused.json()["detail"] == "They are in none of the room’s voice channels now."

    @pytest.mark.parametrize("deed", ["voice-disconnect", "voice-move"])
    def test_nobody_reaches_the_creator_a_peer_or_themself(self, harbour: Harbour, voice: Channel, deed: str) -> None:
        for person in (harbour.alice, harbour.bob):
            comes_in(person, voice)
        for subject in ("alice", "bob"):
            assert Caller(harbour.bob).post(f"{MEMBER}/{subject}/{deed}/", {"channel": voice.pk}).status_code == 403
            page = f"/rooms/harbour/members/{subject}/{deed}/"
            assert browser_of(harbour.bob).post(page, {"channel": voice.pk}).status_code == 403
        assert not AuditEntry.objects.exists()

    def test_whoever_may_not_know_of_a_call_learns_nothing_of_it(self, harbour: Harbour, voice: Channel) -> None:
        actions.edit_channel(actor=harbour.alice, channel=voice, audience="moderators")
        matrix = matrix_of(harbour.room)[Role.USER] | {"moderate_voice"}
        actions.edit_matrix(actor=harbour.alice, room=harbour.room, matrix={Role.USER: matrix})
        comes_in(harbour.mallory, voice)
        assert Caller(harbour.carol).post(f"{MEMBER}/mallory/voice-disconnect/", {}).status_code == 409


class TestMoving:
    def test_by_page_and_by_rest(self, harbour: Harbour, voice: Channel, hold: Channel) -> None:
        comes_in(harbour.carol, voice)
        bob = browser_of(harbour.bob)
        address = "/rooms/harbour/members/carol/voice-move/"
        page = bob.get(address).content.decode()
        assert "hold" in page and "general" not in page.split("<form")[-1]
        answer = bob.post(address, {"channel": hold.pk, "reason": "Crew"}, follow=True)
        assert "carol is moved to hold." in answer.content.decode()
        asked = {"channel": hold.pk, "reason": "Crew"}
        assert Caller(harbour.bob).post(f"{MEMBER}/carol/voice-move/", asked).status_code == 204
        assert list(AuditEntry.objects.values_list("deed", "reason")) == [(Deed.VOICE_MOVED, "Crew")] * 2

    def test_to_where_one_is_changes_nothing(self, harbour: Harbour, voice: Channel) -> None:
        comes_in(harbour.carol, voice)
        assert Caller(harbour.bob).post(f"{MEMBER}/carol/voice-move/", {"channel": voice.pk}).status_code == 204
        assert not AuditEntry.objects.exists()

    @pytest.mark.parametrize("where", ["theirs", "text", "missing"])
    def test_only_into_a_voice_channel_of_the_room(self, harbour: Harbour, voice: Channel, where: str) -> None:
        comes_in(harbour.carol, voice)
        number = {
            "theirs": Channel.objects.voice().get(room=harbour.vault).pk,
            "text": harbour.general.pk,
            "missing": 10**9,
        }[where]
        assert Caller(harbour.bob).post(f"{MEMBER}/carol/voice-move/", {"channel": number}).status_code == 404
        answer = browser_of(harbour.bob).post("/rooms/harbour/members/carol/voice-move/", {"channel": number})
        assert answer.status_code == 422
        assert not AuditEntry.objects.exists()

    def test_into_a_locked_one_whoever_may_lock_it_lets_people(
        self, harbour: Harbour, voice: Channel, hold: Channel
    ) -> None:
        comes_in(harbour.carol, voice)
        Channel.objects.filter(pk=hold.pk).update(is_locked=True)
        matrix = matrix_of(harbour.room)[Role.MODERATOR] - {"lock_channels"}
        actions.edit_matrix(actor=harbour.alice, room=harbour.room, matrix={Role.MODERATOR: matrix})
        refused = Caller(harbour.bob).post(f"{MEMBER}/carol/voice-move/", {"channel": hold.pk})
        assert (refused.status_code, refused.json()["detail"]) == (409, "They may not come into this channel.")
        assert Caller(harbour.alice).post(f"{MEMBER}/carol/voice-move/", {"channel": hold.pk}).status_code == 204


class TestCaptions:
    def path(self, channel: Channel) -> str:
        return f"chat/rooms/harbour/channels/{channel.pk}/captions/"

    def test_whoever_is_in_the_call_writes_by_rest(self, harbour: Harbour, voice: Channel, told: Told) -> None:
        comes_in(harbour.carol, voice)
        carol = Caller(harbour.carol)
        told.forget()
        assert carol.post(self.path(voice), {"text": "Land ahead"}).status_code == 204
        [line] = told.to(f"voice.{voice.pk}")
        assert '"text":"Land ahead","final":true' in line

    def test_whoever_is_not_joins_first(self, harbour: Harbour, voice: Channel, hold: Channel) -> None:
        carol = Caller(harbour.carol)
        assert carol.post(self.path(voice), {"text": "Land"}).status_code == 409
        comes_in(harbour.carol, hold)
        assert carol.post(self.path(voice), {"text": "Land"}).status_code == 409

    def test_by_the_right_and_the_rules(self, harbour: Harbour, voice: Channel) -> None:
        comes_in(harbour.carol, voice)
        carol = Caller(harbour.carol)
        for text in ("x" * 501, "a\u200bb", 5):
            assert carol.post(self.path(voice), {"text": text}).status_code == 400
        actions.edit_word_filter(actor=harbour.alice, room=harbour.room, words="kraken")
        assert carol.post(self.path(voice), {"text": "Kraken"}).status_code == 400
        forbid(harbour, WRITE_CAPTIONS)
        assert carol.post(self.path(voice), {"text": "Land"}).status_code == 403


class TestTheMembersPage:
    def test_it_tells_where_somebody_talks_and_offers_what_ends_it(self, harbour: Harbour, voice: Channel) -> None:
        bob = browser_of(harbour.bob)
        page = bob.get("/rooms/harbour/members/carol/").content.decode()
        assert "voice-move" not in page and "voice-disconnect" not in page
        comes_in(harbour.carol, voice)
        page = bob.get("/rooms/harbour/members/carol/").content.decode()
        assert "voice-move" in page and "voice-disconnect" in page
        assert '<a href="/rooms/harbour/voice/">voice</a>' in page
