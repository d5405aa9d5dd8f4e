"""What a moderator finds at hand on a voice channel's page: the menu of a tile, and the page behind the shield."""

from collections.abc import Iterator

import pytest
from django.http import HttpResponse

from accounts.models import User
from rooms import actions, permissions
from rooms.models import Channel, VoiceSanction
from tests.rooms.administration.test_channels import grant
from tests.rooms.calls.test_participants import comes_in
from tests.rooms.conftest import Harbour, browser_of
from voice.state import voice_state

MENU = "/rooms/harbour/members/{}/voice/"
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def nobody_in_calls() -> Iterator[None]:
    voice_state.cache_clear()
    yield
    voice_state.cache_clear()


@pytest.fixture
def voice(harbour: Harbour) -> Channel:
    return Channel.objects.voice().select_related("room").get(room=harbour.room)


def menu(actor: User, subject: str) -> HttpResponse:
    return browser_of(actor).get(MENU.format(subject), headers=HTMX)


class TestATilesMenu:
    def test_bob_finds_in_it_what_he_can_do_to_carol(self, harbour: Harbour, voice: Channel) -> None:
        comes_in(harbour.carol, voice)
        text = menu(harbour.bob, "carol").content.decode()
        for verb in ("mute", "deafen", "disconnect", "priority"):
            assert f'hx-post="/rooms/harbour/members/carol/voice-{verb}/"' in text
        # Where to has to be asked.
        assert '<a class="menu__item" href="/rooms/harbour/members/carol/voice-move/">' in text

    def test_what_he_did_changes_it(self, harbour: Harbour, voice: Channel) -> None:
        comes_in(harbour.carol, voice)
        answer = browser_of(harbour.bob).post("/rooms/harbour/members/carol/voice-mute/", {}, headers=HTMX)
        assert VoiceSanction.objects.get().is_muted
        text = answer.content.decode()
        assert "<!doctype" not in text
        assert "voice-unmute" in text and "Unmute in voice channels" in text

    def test_what_cannot_be_done_is_said_in_it(self, harbour: Harbour, voice: Channel) -> None:
        answer = browser_of(harbour.bob).post("/rooms/harbour/members/carol/voice-disconnect/", {}, headers=HTMX)
        assert answer.status_code == 200
        assert 'role="alert">They are in none of the room’s voice channels now.' in answer.content.decode()

    @pytest.mark.parametrize("subject", ["alice", "bob"])
    def test_of_whom_bob_does_not_reach_it_stays_as_it_is(self, harbour: Harbour, subject: str) -> None:
        answer = menu(harbour.bob, subject)
        assert (answer.status_code, answer.content) == (204, b"")

    def test_for_a_member_there_is_none(self, harbour: Harbour) -> None:
        assert menu(harbour.carol, "bob").status_code == 403

    def test_without_script_it_is_the_members_page(self, harbour: Harbour) -> None:
        answer = browser_of(harbour.bob).get(MENU.format("carol"))
        assert (answer.status_code, answer["Location"]) == (302, "/rooms/harbour/members/carol/")


class TestTheChannelsPage:
    def test_it_says_that_it_is_locked_to_whoever_it_is(self, harbour: Harbour, voice: Channel) -> None:
        actions.lock_channel(actor=harbour.bob, channel=voice)
        assert "This voice channel is locked" in browser_of(harbour.carol).get("/rooms/harbour/voice/").content.decode()
        assert "is locked" not in browser_of(harbour.bob).get("/rooms/harbour/voice/").content.decode()

    def test_it_says_for_how_many_it_is(self, harbour: Harbour, voice: Channel) -> None:
        actions.limit_call(actor=harbour.bob, channel=voice, user_limit=5)
        assert "For at most 5 people." in browser_of(harbour.carol).get("/rooms/harbour/voice/").content.decode()


class TestThePageBehindTheShield:
    def test_it_names_who_is_in_the_call_and_leads_to_them(self, harbour: Harbour, voice: Channel) -> None:
        comes_in(harbour.carol, voice, is_server_muted=True)
        bob = browser_of(harbour.bob)
        assert '"/rooms/harbour/voice/call/"' in bob.get("/rooms/harbour/voice/").content.decode()
        page = bob.get("/rooms/harbour/voice/call/").content.decode()
        assert "muted by moderators" in page
        assert 'href="/rooms/harbour/members/carol/" aria-label="Actions: carol"' in page

    def test_whoever_may_only_lock_finds_that_alone(self, harbour: Harbour, voice: Channel) -> None:
        grant(harbour, "user", permissions.LOCK_CHANNELS)
        page = browser_of(harbour.carol).get("/rooms/harbour/voice/call/").content.decode()
        assert "Lock the channel" in page
        assert "Sound quality" not in page and "In the call now" not in page

    def test_others_see_no_shield_and_find_no_page(self, harbour: Harbour, voice: Channel) -> None:
        carol = browser_of(harbour.carol)
        assert "voice/call" not in carol.get("/rooms/harbour/voice/").content.decode()
        assert carol.get("/rooms/harbour/voice/call/").status_code == 403

    def test_people_are_not_named_to_whoever_may_not_see_them(self, harbour: Harbour, voice: Channel) -> None:
        held = actions.roles.matrix_of(harbour.room)
        wanted = held["moderator"] - {permissions.VIEW_MEMBERS}
        actions.edit_matrix(actor=harbour.alice, room=harbour.room, matrix={"moderator": wanted})
        comes_in(harbour.carol, voice)
        assert "carol" not in browser_of(harbour.bob).get("/rooms/harbour/voice/call/").content.decode()
