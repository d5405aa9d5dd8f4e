"""A right ends for many at once: from that moment nobody hears what they may no longer know, whoever's turn it is."""

import asyncio

import pytest

from eclipse.hub import hub
from rooms import actions
from rooms.actions.roles import matrix_of
from rooms.consumers import FORBIDDEN, ChatConsumer, Station
from rooms.models import Channel
from rooms.models.channel import Audience
from rooms.models.room import Visibility
from rooms.permissions import VIEW_MEMBERS, Role
from tests.factories import make_channel, post
from tests.rooms.conftest import Harbour
from tests.rooms.sockets.pages import CHAT, SECONDS, Open, do

pytestmark = pytest.mark.services

CROWD = 110


def narrow_and_tell(harbour: Harbour, channel: Channel) -> None:
    """Alice says it as soon as the channel is the moderators' own."""
    actions.edit_channel(actor=harbour.alice, channel=channel, audience=Audience.MODERATORS)
    post(harbour.alice, channel, "swordfish")


@pytest.mark.slow
async def test_a_crowd_does_not_hear_what_is_said_once_the_channel_is_narrowed(stored: Harbour, visit: Open) -> None:
    bridge = await do(make_channel)(stored.room, "bridge")
    address = f"{CHAT}?channel={bridge.pk}"
    guests = [await visit(None, address) for _ in range(CROWD)]
    carol, bob = await visit(stored.carol, address), await visit(stored.bob, address)
    bridge.room = stored.room
    await do(narrow_and_tell)(stored, bridge)
    for page in (*guests, carol):
        assert await page.is_closed() == FORBIDDEN
        assert "swordfish" not in page.text
    await bob.hears("swordfish")


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Nobody who is asked again is looked at before it is set."""
    gate, look = asyncio.Event(), ChatConsumer._recheck

    async def wait_and_look(self: ChatConsumer) -> None:
        await gate.wait()
        await look(self)

    monkeypatch.setattr(ChatConsumer, "_recheck", wait_and_look)
    return gate


class TestUntilOneIsLookedAt:
    async def test_a_room_that_becomes_private_is_silent_to_guests_and_loses_nothing_to_members(
        self, stored: Harbour, visit: Open, gate: asyncio.Event
    ) -> None:
        guest, carol = await visit(None, CHAT), await visit(stored.carol, CHAT)
        await do(actions.edit_room)(actor=stored.alice, room=stored.room, visibility=Visibility.PRIVATE)
        await do(post)(stored.alice, stored.general, "swordfish")
        # Told after it, in another room: what was to be heard of it has been.
        await do(post)(stored.alice, stored.strongbox, "elsewhere")
        await carol.hears(f'event="channel_active" room="{stored.vault.pk}"')
        assert "swordfish" not in carol.text
        gate.set()
        await carol.hears("swordfish")
        assert await guest.is_closed() == FORBIDDEN
        assert "swordfish" not in guest.text

    async def test_members_whose_right_to_see_each_other_is_taken_hear_of_nobody(
        self, stored: Harbour, visit: Open, gate: asyncio.Event
    ) -> None:
        carol, bob = await visit(stored.carol, CHAT), await visit(stored.bob, CHAT)
        users = (await do(matrix_of)(stored.room))[Role.USER]
        await do(actions.edit_matrix)(actor=stored.alice, room=stored.room, matrix={Role.USER: users - {VIEW_MEMBERS}})
        await do(actions.join_room)(actor=stored.mallory, room=stored.room)
        # The conversation goes on meanwhile.
        await do(post)(stored.alice, stored.general, "Ahoy")
        assert "member_joined" not in await carol.hears("Ahoy")
        gate.set()
        await bob.hears(f'event="member_joined" room="{stored.room.pk}" user="{stored.mallory.pk}"')
        await do(post)(stored.alice, stored.general, "Nobody here")
        assert "member_joined" not in await carol.hears("Nobody here")

    async def test_whoever_is_banned_hears_nothing_more_from_that_moment(
        self, stored: Harbour, visit: Open, gate: asyncio.Event
    ) -> None:
        carol, bob = await visit(stored.carol, CHAT), await visit(stored.bob, CHAT)
        await do(actions.ban_member)(actor=stored.bob, room=stored.room, subject=stored.carol)
        await do(post)(stored.alice, stored.general, "swordfish")
        await bob.hears("swordfish")
        gate.set()
        assert await carol.is_closed() == FORBIDDEN
        assert "swordfish" not in carol.text


class TestOnTheWayIn:
    async def test_what_is_taken_while_a_page_connects_is_not_heard(
        self, stored: Harbour, visit: Open, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Looked up before the channel was narrowed, in the topic after it: nobody would ask this socket again."""
        bridge = await do(make_channel)(stored.room, "bridge")
        bridge.room = stored.room
        look, looks = ChatConsumer._station, 0

        async def look_too_early(self: ChatConsumer) -> Station:
            nonlocal looks
            looks += 1
            station = await look(self)
            if looks == 1:
                await do(narrow_and_tell)(stored, bridge)
                await hub.settled()
            return station

        monkeypatch.setattr(ChatConsumer, "_station", look_too_early)
        async with asyncio.timeout(SECONDS):
            page = await visit(stored.carol, f"{CHAT}?channel={bridge.pk}")
            assert await page.is_closed() == FORBIDDEN
        assert "swordfish" not in page.text
        assert looks == 2
