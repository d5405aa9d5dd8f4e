"""What moderators do takes effect in calls at once, whatever the person's page does, and stays."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from accounts.models import User
from rooms import actions
from rooms.actions import CannotEnter, NotInVoice
from rooms.models import AuditEntry, Channel
from rooms.models.audit_entry import Deed
from rooms.permissions import Role
from tests.factories import make_channel, make_member, make_user
from tests.rooms.conftest import Harbour
from tests.rooms.sockets.pages import until
from tests.voice.callers import Call
from tests.voice.media_servers import FakeEngine
from voice.engine import Allowance

pytestmark = pytest.mark.services


async def act(
    action: Callable[..., Any], harbour: Harbour, subject: User, actor: User | None = None, **how: Any
) -> Any:
    """Bob, if nobody else, does this to somebody in the harbour."""
    return await sync_to_async(action)(actor=actor or harbour.bob, room=harbour.room, subject=subject, **how)


async def limit(harbour: Harbour, channel: Channel, **limits: int) -> None:
    await sync_to_async(actions.limit_call)(actor=harbour.bob, channel=channel, **limits)


@pytest.fixture
def hold(stored: Harbour) -> Channel:
    """A second voice channel of the harbour."""
    hold = make_channel(stored.room, "hold", "voice")
    hold.room = stored.room
    return hold


@pytest.fixture
def olga(stored: Harbour) -> User:
    """One more member."""
    olga = make_user("olga")
    make_member(stored.room, olga)
    return olga


class TestAMute:
    async def test_takes_effect_at_once_and_outlives_leaving_and_coming_back(
        self, stored: Harbour, deck: Channel, call: Call, engine: FakeEngine
    ) -> None:
        alice, carol = await call(stored.alice, deck), await call(stored.carol, deck)
        await alice.joins()
        await carol.joins()
        await act(actions.mute_member, stored, stored.carol, reason="A horn")
        assert await carol.told("rights", speak=False, reason="A horn")
        assert engine.of(stored.carol.pk).allowance == Allowance(may_speak=False)
        assert (await alice.told("person", user=stored.carol.pk, server_muted=True))["muted"] is False
        # Whatever her page says: she is not unmuted by it.
        await carol.asks("state", muted=False)
        await carol.asks("leave")
        await alice.told("gone", user=stored.carol.pk)

        await sync_to_async(actions.leave_room)(actor=stored.carol, room=stored.room)
        await sync_to_async(actions.join_room)(actor=stored.carol, room=stored.room)
        again = await call(stored.carol, deck)
        welcome = await again.joins()
        held = {"speak": False, "show": True, "caption": False, "moderate": False, "reason": "A horn"}
        assert welcome["rights"] == held
        assert engine.of(stored.carol.pk).allowance == Allowance(may_speak=False)

        await act(actions.unmute_member, stored, stored.carol)
        assert await again.told("rights", speak=True, reason="")
        assert engine.of(stored.carol.pk).allowance == Allowance()

    async def test_of_whoever_is_deafened_nothing_more_is_sent_to_them(
        self, stored: Harbour, deck: Channel, call: Call, engine: FakeEngine
    ) -> None:
        carol = await call(stored.carol, deck)
        await carol.joins()
        await act(actions.deafen_member, stored, stored.carol)
        await carol.told("person", user=stored.carol.pk, server_deafened=True)
        assert engine.of(stored.carol.pk).allowance == Allowance(may_hear=False)

    async def test_priority_is_given_in_the_middle_of_a_call(
        self, stored: Harbour, deck: Channel, call: Call, engine: FakeEngine
    ) -> None:
        carol = await call(stored.carol, deck)
        await carol.joins()
        await act(actions.give_priority, stored, stored.carol)
        await carol.told("person", user=stored.carol.pk, priority=True)
        assert engine.of(stored.carol.pk).allowance == Allowance(has_priority=True)

    async def test_timed_out_carol_listens(
        self, stored: Harbour, deck: Channel, call: Call, engine: FakeEngine
    ) -> None:
        carol = await call(stored.carol, deck)
        await carol.joins()
        until = timezone.now() + timedelta(hours=1)
        await act(actions.time_out_member, stored, stored.carol, until=until)
        await carol.told("rights", speak=False, show=False, caption=False)
        assert engine.of(stored.carol.pk).allowance == Allowance(may_speak=False, may_show=False)
        await carol.asks("leave")
        again = await call(stored.carol, deck)
        assert (await again.joins())["rights"]["speak"] is False


class TestTheEndOfACall:
    async def test_a_kick_and_a_ban_end_it_at_once(
        self, stored: Harbour, deck: Channel, call: Call, engine: FakeEngine, olga: User
    ) -> None:
        carol, other = await call(stored.carol, deck), await call(olga, deck)
        await carol.joins()
        await other.joins()
        await act(actions.kick_member, stored, stored.carol)
        assert (await carol.told("ended"))["reason"] == "kicked"
        await act(actions.ban_member, stored, olga)
        assert (await other.told("ended"))["reason"] == "banned"
        assert not engine.held
        for person in (stored.carol, olga):
            assert await (await call(person, deck)).is_closed() == 4403

    async def test_whoever_is_disconnected_may_come_back(
        self, stored: Harbour, deck: Channel, call: Call, engine: FakeEngine
    ) -> None:
        alice, carol = await call(stored.alice, deck), await call(stored.carol, deck)
        await alice.joins()
        await carol.joins()
        await act(actions.disconnect_participant, stored, stored.carol, reason="A horn")
        ended = await carol.told("ended")
        assert (ended["reason"], ended["message"]) == ("kicked", "You were taken out of the call.")
        assert await carol.is_closed() == 4403
        await alice.told("gone", user=stored.carol.pk)
        assert [reason for _, reason in engine.kicked] == ["kicked"]
        entry = await AuditEntry.objects.aget(deed=Deed.VOICE_DISCONNECTED)
        assert (entry.details["channel"], entry.reason) == ("voice", "A horn")
        await (await call(stored.carol, deck)).joins()

    async def test_whoever_is_in_no_call_cannot_be_disconnected_nor_moved(
        self, stored: Harbour, deck: Channel, call: Call
    ) -> None:
        with pytest.raises(NotInVoice):
            await act(actions.disconnect_participant, stored, stored.carol)
        with pytest.raises(NotInVoice):
            await act(actions.move_participant, stored, stored.carol, to=deck)
        # Nor who is in one of another room.
        elsewhere = await Channel.objects.select_related("room").aget(room=stored.vault, slug="voice")
        carol = await call(stored.carol, elsewhere)
        await carol.joins()
        with pytest.raises(NotInVoice):
            await act(actions.disconnect_participant, stored, stored.carol)
        assert not await AuditEntry.objects.aexists()

    async def test_one_hangs_up_from_elsewhere(
        self, stored: Harbour, deck: Channel, call: Call, engine: FakeEngine
    ) -> None:
        carol = await call(stored.carol, deck)
        await carol.joins()
        await sync_to_async(actions.leave_call)(actor=stored.carol)
        assert (await carol.told("ended"))["reason"] == "left"
        assert not engine.held


class TestMoving:
    async def test_one_goes_on_in_another_channel(
        self, stored: Harbour, deck: Channel, hold: Channel, call: Call, engine: FakeEngine
    ) -> None:
        carol = await call(stored.carol, deck)
        await carol.joins()
        await act(actions.move_participant, stored, stored.carol, to=hold)
        assert await carol.told("moved") == {"type": "moved", "channel": hold.pk, "url": "/rooms/harbour/hold/"}
        assert (await carol.told("ended"))["reason"] == "moved"
        await (await call(stored.carol, hold)).joins()
        assert engine.of(stored.carol.pk).channel == hold.pk
        entry = await AuditEntry.objects.aget(deed=Deed.VOICE_MOVED)
        assert entry.details["channel"] == "hold"

    async def test_into_one_that_is_full_and_locked_to_others(
        self, stored: Harbour, deck: Channel, hold: Channel, call: Call, olga: User
    ) -> None:
        await limit(stored, hold, user_limit=1)
        await (await call(olga, hold)).joins()
        await sync_to_async(actions.lock_channel)(actor=stored.bob, channel=hold)
        carol = await call(stored.carol, deck)
        await carol.joins()
        early = await call(stored.carol, hold)
        await early.asks("join", take_over=True)
        assert (await early.told("ended"))["reason"] == "locked"
        await act(actions.move_participant, stored, stored.carol, to=hold)
        await carol.told("moved")
        await (await call(stored.carol, hold)).joins()

    async def test_not_into_one_that_the_person_may_not_know_of(
        self, stored: Harbour, deck: Channel, hold: Channel, call: Call
    ) -> None:
        await sync_to_async(actions.edit_channel)(actor=stored.alice, channel=hold, audience="moderators")
        carol = await call(stored.carol, deck)
        await carol.joins()
        with pytest.raises(CannotEnter):
            await act(actions.move_participant, stored, stored.carol, to=hold)

    async def test_a_pass_opens_its_own_channel_to_its_own_person(
        self, stored: Harbour, deck: Channel, hold: Channel, call: Call, olga: User
    ) -> None:
        carol = await call(stored.carol, deck)
        await carol.joins()
        await act(actions.move_participant, stored, stored.carol, to=hold)
        await carol.told("moved")
        for channel in (deck, hold):
            await sync_to_async(actions.lock_channel)(actor=stored.bob, channel=channel)
        for person, channel in ((olga, hold), (stored.carol, deck)):
            page = await call(person, channel)
            await page.asks("join")
            assert (await page.told("ended"))["reason"] == "locked"

    async def test_whoever_was_put_out_since_comes_in_by_it_no_more(
        self, stored: Harbour, deck: Channel, hold: Channel, call: Call
    ) -> None:
        carol = await call(stored.carol, deck)
        await carol.joins()
        await act(actions.move_participant, stored, stored.carol, to=hold)
        await carol.told("moved")
        there = await call(stored.carol, hold)
        await there.joins()
        await sync_to_async(actions.lock_channel)(actor=stored.bob, channel=hold)
        await act(actions.disconnect_participant, stored, stored.carol)
        await there.told("ended")
        again = await call(stored.carol, hold)
        await again.asks("join")
        assert (await again.told("ended"))["reason"] == "locked"


class TestLimits:
    async def test_of_three_who_come_at_once_for_the_last_place_one_comes_in(
        self, stored: Harbour, deck: Channel, call: Call, olga: User
    ) -> None:
        await limit(stored, deck, user_limit=1)
        nina = await sync_to_async(make_user)("nina")
        await sync_to_async(make_member)(stored.room, nina)
        pages = [await call(person, deck) for person in (stored.carol, olga, nina)]
        await asyncio.gather(*(page.asks("join") for page in pages))

        async def outcome(page: Any) -> str:
            while not {"welcome", "ended"} & set(page.types()):
                await page._listen()
            return "in" if "welcome" in page.types() else page.heard[-1]["reason"]

        assert sorted([await outcome(page) for page in pages]) == ["full", "full", "in"]
        # Whoever moderates comes in all the same.
        await (await call(stored.bob, deck)).joins()

    async def test_one_that_is_lowered_puts_nobody_out(
        self, stored: Harbour, deck: Channel, call: Call, engine: FakeEngine, olga: User
    ) -> None:
        pages = [await call(person, deck) for person in (stored.carol, olga)]
        for page in pages:
            await page.joins()
        await limit(stored, deck, user_limit=1)
        await pages[0].asks("state", muted=True)
        await pages[1].told("person", user=stored.carol.pk, muted=True)
        assert len(engine.held) == 2

    async def test_the_bitrate_reaches_the_media_server_in_the_middle_of_a_call(
        self, stored: Harbour, deck: Channel, call: Call, engine: FakeEngine
    ) -> None:
        carol = await call(stored.carol, deck)
        await carol.joins()
        await limit(stored, deck, bitrate=96)
        assert await carol.told("limits", bitrate=96_000)
        await until(lambda: deck.pk in engine.limited)
        assert engine.limited[deck.pk].bitrate == 96_000

    async def test_a_lock_keeps_those_in_who_are_in(
        self, stored: Harbour, deck: Channel, call: Call, engine: FakeEngine, olga: User
    ) -> None:
        carol = await call(stored.carol, deck)
        await carol.joins()
        await sync_to_async(actions.lock_channel)(actor=stored.bob, channel=deck)
        late = await call(olga, deck)
        await late.asks("join")
        assert (await late.told("ended"))["reason"] == "locked"
        await carol.asks("state", muted=True)
        await carol.told("person", user=stored.carol.pk, muted=True)
        assert engine.of(stored.carol.pk).allowance.may_speak
        await (await call(stored.bob, deck)).joins()

    async def test_where_moderators_alone_speak_now_members_listen_on(
        self, stored: Harbour, deck: Channel, call: Call, engine: FakeEngine
    ) -> None:
        carol = await call(stored.carol, deck)
        await carol.joins()
        await sync_to_async(actions.edit_channel)(actor=stored.alice, channel=deck, audience="read_only")
        await carol.told("rights", speak=False)
        assert engine.of(stored.carol.pk).allowance == Allowance(may_speak=False, may_show=False)
        await act(actions.change_role, stored, stored.carol, actor=stored.alice, role=Role.MODERATOR)
        await carol.told("rights", speak=True)
