"""What somebody may do in a call when it changes: for the media server at once, whatever the page does."""

import asyncio
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.actions import suspend_account
from accounts.models import User
from eclipse.hub import hub
from rooms import actions
from rooms.actions.roles import matrix_of
from rooms.consumers import FORBIDDEN, LOGGED_OUT, NOT_FOUND
from rooms.models import Channel, Timeout
from rooms.models.channel import Audience
from rooms.permissions import CONNECT_VOICE, SHARE_VIDEO, Role
from tests.factories import make_channel
from tests.rooms.conftest import Harbour
from tests.rooms.sockets.pages import SECONDS, do
from tests.voice.callers import Call, Caller, here, until_here
from tests.voice.media_servers import FakeEngine
from voice import sessions

pytestmark = pytest.mark.services


class TestRights:
    async def test_whoever_is_timed_out_listens_on_and_is_not_heard(
        self, stored: Harbour, deck: Channel, call: Call, engine: FakeEngine
    ) -> None:
        bob, carol = await call(stored.bob, deck), await call(stored.carol, deck)
        await bob.joins()
        await carol.joins()
        until = timezone.now() + timedelta(hours=1)
        await do(actions.time_out_member)(actor=stored.bob, room=stored.room, subject=stored.carol, until=until)
        rights = await carol.told("rights")
        nothing = dict.fromkeys(("speak", "show", "caption", "moderate"), False)
        assert rights == {"type": "rights", **nothing, "reason": ""}
        held = engine.of(stored.carol.pk)
        assert (held.allowance.may_speak, held.allowance.may_show, held.allowance.may_hear) == (False, False, True)
        await bob.told("person", user=stored.carol.pk, server_muted=True)
        await do(actions.lift_timeout)(actor=stored.bob, room=stored.room, subject=stored.carol)
        assert (await carol.told("rights"))["speak"]
        assert engine.of(stored.carol.pk).allowance.may_speak

    async def test_a_timeout_holds_for_whoever_joins_and_ends_by_the_clock(
        self, stored: Harbour, deck: Channel, call: Call, engine: FakeEngine
    ) -> None:
        end = timezone.now() + timedelta(seconds=1)
        await do(Timeout.objects.create)(room=stored.room, user=stored.carol, by=stored.bob, until=end)
        carol = await call(stored.carol, deck)
        welcome = await carol.joins()
        assert not welcome["rights"]["speak"]
        assert not engine.of(stored.carol.pk).allowance.may_speak
        assert (await carol.told("rights"))["speak"]
        assert engine.of(stored.carol.pk).allowance.may_speak

    async def test_a_moderators_mute_holds_after_coming_back(
        self, stored: Harbour, deck: Channel, call: Call, engine: FakeEngine
    ) -> None:
        bob, carol = await call(stored.bob, deck), await call(stored.carol, deck)
        await bob.joins()
        await carol.joins()
        await do(actions.mute_member)(actor=stored.bob, room=stored.room, subject=stored.carol)
        await bob.told("person", user=stored.carol.pk, server_muted=True)
        assert not engine.of(stored.carol.pk).allowance.may_speak
        await carol.asks("leave")
        await bob.told("gone", user=stored.carol.pk)
        await carol.asks("join")
        assert not (await carol.told("welcome"))["rights"]["speak"]
        await carol.told("offer")
        assert not engine.of(stored.carol.pk).allowance.may_speak
        await carol.asks("state", muted=False)
        assert "error" not in carol.types(), "they may say what they like of themselves; it changes nothing"

    async def test_a_right_that_a_role_loses_is_gone_from_calls(
        self, stored: Harbour, deck: Channel, call: Call, engine: FakeEngine
    ) -> None:
        alice, carol = await call(stored.alice, deck), await call(stored.carol, deck)
        await alice.joins()
        await carol.joins()
        await carol.asks("state", camera=True)
        await alice.told("person", user=stored.carol.pk, camera=True)
        left = (await do(matrix_of)(stored.room))[Role.USER] - {SHARE_VIDEO}
        await do(actions.edit_matrix)(actor=stored.alice, room=stored.room, matrix={Role.USER: left})
        assert not (await carol.told("rights"))["show"]
        await alice.told("person", user=stored.carol.pk, camera=False)
        assert not engine.of(stored.carol.pk).allowance.may_show
        await carol.asks("state", screen=True, muted=True)
        assert (await carol.told("error"))["code"] == "not_allowed"
        await alice.told("person", user=stored.carol.pk, screen=False, muted=True)

        left -= {CONNECT_VOICE}
        await do(actions.edit_matrix)(actor=stored.alice, room=stored.room, matrix={Role.USER: left})
        assert (await carol.told("ended"))["reason"] == "kicked"
        await alice.told("gone", user=stored.carol.pk)

    async def test_in_a_read_only_channel_moderators_speak(
        self, stored: Harbour, deck: Channel, call: Call, engine: FakeEngine
    ) -> None:
        bob, carol = await call(stored.bob, deck), await call(stored.carol, deck)
        await bob.joins()
        await carol.joins()
        await do(actions.edit_channel)(actor=stored.alice, channel=deck, audience=Audience.READ_ONLY)
        assert not (await carol.told("rights"))["speak"]
        assert not engine.of(stored.carol.pk).allowance.may_speak
        assert engine.of(stored.bob.pk).allowance.may_speak
        assert await here(deck) == [stored.bob.pk, stored.carol.pk]

    async def test_a_new_name_is_read_by_all(self, stored: Harbour, deck: Channel, call: Call) -> None:
        alice, carol = await call(stored.alice, deck), await call(stored.carol, deck)
        await alice.joins()
        await carol.joins()
        await do(actions.set_nickname)(
            actor=stored.carol, room=stored.room, subject=stored.carol, nickname="Captain Nemo"
        )
        await alice.told("person", user=stored.carol.pk, name="Captain Nemo")

    async def test_a_limit_of_the_call_reaches_the_media_server(
        self, stored: Harbour, deck: Channel, call: Call, engine: FakeEngine
    ) -> None:
        carol = await call(stored.carol, deck)
        await carol.joins()
        await do(actions.edit_channel)(actor=stored.alice, channel=deck, bitrate=96)
        async with asyncio.timeout(SECONDS):
            while not engine.limited:
                await do(lambda: None)()
        assert engine.limited[deck.pk].bitrate == 96_000


class TestOut:
    """Whoever is out is out for the media server at once, and may not come back."""

    @pytest.fixture
    async def carol(self, stored: Harbour, deck: Channel, call: Call) -> Caller:
        carol = await call(stored.carol, deck)
        await carol.joins()
        return carol

    async def out(self, carol: Caller, engine: FakeEngine, reason: str, code: int) -> None:
        assert (await carol.told("ended"))["reason"] == reason
        assert await carol.is_closed() == code
        async with asyncio.timeout(SECONDS):
            while not engine.kicked:
                await do(lambda: None)()
        assert engine.held == {}
        assert not hub.local_topics("voice.")

    async def test_banned(self, stored: Harbour, deck: Channel, call: Call, carol: Caller, engine: FakeEngine) -> None:
        await do(actions.ban_member)(actor=stored.bob, room=stored.room, subject=stored.carol)
        await self.out(carol, engine, "banned", FORBIDDEN)
        assert await (await call(stored.carol, deck)).is_closed() == FORBIDDEN

    async def test_removed_from_a_public_room(self, stored: Harbour, carol: Caller, engine: FakeEngine) -> None:
        await do(actions.kick_member)(actor=stored.bob, room=stored.room, subject=stored.carol)
        await self.out(carol, engine, "kicked", FORBIDDEN)

    async def test_removed_from_a_private_room(self, stored: Harbour, call: Call, engine: FakeEngine) -> None:
        cellar = await do(make_channel)(stored.vault, "cellar", "voice")
        carol = await call(stored.carol, cellar)
        await carol.joins()
        await do(actions.kick_member)(actor=stored.bob, room=stored.vault, subject=stored.carol)
        await self.out(carol, engine, "kicked", FORBIDDEN)
        assert await (await call(stored.carol, cellar)).is_closed() == NOT_FOUND

    async def test_left_the_room(self, stored: Harbour, carol: Caller, engine: FakeEngine) -> None:
        await do(actions.leave_room)(actor=stored.carol, room=stored.room)
        await self.out(carol, engine, "kicked", FORBIDDEN)

    async def test_the_channel_deleted_under_the_call(
        self, stored: Harbour, deck: Channel, carol: Caller, engine: FakeEngine
    ) -> None:
        await do(actions.delete_channel)(actor=stored.alice, channel=deck)
        await self.out(carol, engine, "channel_deleted", NOT_FOUND)

    async def test_the_room_deleted_under_the_call(self, stored: Harbour, carol: Caller, engine: FakeEngine) -> None:
        await do(actions.delete_room)(actor=stored.alice, room=stored.room)
        await self.out(carol, engine, "channel_deleted", NOT_FOUND)

    async def test_the_channel_becomes_the_moderators_own(
        self, stored: Harbour, deck: Channel, carol: Caller, engine: FakeEngine
    ) -> None:
        await do(actions.edit_channel)(actor=stored.alice, channel=deck, audience=Audience.MODERATORS)
        await self.out(carol, engine, "kicked", FORBIDDEN)

    async def test_logged_out(self, stored: Harbour, carol: Caller, engine: FakeEngine) -> None:
        await do(carol.browser.post)("/accounts/logout/")
        await self.out(carol, engine, "logged_out", LOGGED_OUT)

    async def test_suspended(self, stored: Harbour, carol: Caller, engine: FakeEngine) -> None:
        sysop = stored.alice
        sysop.is_staff = True
        await do(sysop.save)()
        await do(suspend_account)(actor=sysop, user=stored.carol)
        await self.out(carol, engine, "logged_out", LOGGED_OUT)

    async def test_banned_while_no_page_is_connected(
        self, stored: Harbour, deck: Channel, carol: Caller, engine: FakeEngine
    ) -> None:
        """Closing the page for a moment keeps nobody in the call."""
        await carol.leave()
        assert list(engine.held)
        await do(actions.ban_member)(actor=stored.bob, room=stored.room, subject=stored.carol)
        async with asyncio.timeout(SECONDS):
            while engine.held:
                await do(lambda: None)()
        assert engine.kicked[0][1] == "banned"
        await until_here(deck)

    async def test_who_cannot_be_looked_up_is_out(
        self, stored: Harbour, carol: Caller, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def fails(*args: object) -> None:
            raise OSError("the database is away")

        monkeypatch.setattr(sessions, "look", fails)
        hub.command(stored.room.topic, hub.RECHECK)
        await self.out(carol, engine, "unavailable", 1000)

    async def test_the_words_are_in_the_persons_language(
        self, stored: Harbour, deck: Channel, call: Call, engine: FakeEngine
    ) -> None:
        await do(User.objects.filter(pk=stored.carol.pk).update)(language="ru")
        carol = await call(stored.carol, deck)
        await carol.joins()
        await do(actions.ban_member)(actor=stored.bob, room=stored.room, subject=stored.carol)
        assert (await carol.told("ended"))["message"] == "Вам закрыт вход в эту комнату."
