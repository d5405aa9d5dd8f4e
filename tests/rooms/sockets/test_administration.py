"""Sockets of channels that are narrowed or deleted, and of rooms that are."""

import pytest

from eclipse.hub import hub
from rooms import actions
from rooms.consumers import FORBIDDEN, NOT_FOUND
from rooms.models import Channel
from rooms.models.channel import Audience, moderators_topic
from rooms.models.room import Visibility
from tests.factories import make_channel, post
from tests.rooms.conftest import Harbour
from tests.rooms.sockets.pages import CHAT, Open, do, until

pytestmark = pytest.mark.services


def make_bridge(harbour: Harbour, audience: str = Audience.MODERATORS) -> Channel:
    channel = make_channel(harbour.room, "bridge")
    channel.audience, channel.room = audience, harbour.room
    channel.save()
    return channel


class TestNarrowedChannels:
    async def test_members_cannot_open_a_moderators_channel_by_its_number(self, stored: Harbour, visit: Open) -> None:
        bridge = await do(make_bridge)(stored)
        for person in (stored.carol, stored.mallory, None):
            page = await visit(person, f"{CHAT}?channel={bridge.pk}")
            assert await page.is_closed() == NOT_FOUND
        bob = await visit(stored.bob, f"{CHAT}?channel={bridge.pk}")
        await do(post)(stored.alice, bridge, "swordfish")
        await bob.hears("swordfish")

    async def test_that_somebody_wrote_there_is_heard_by_moderators_alone(self, stored: Harbour, visit: Open) -> None:
        bridge = await do(make_bridge)(stored)
        bob, carol = await visit(stored.bob, CHAT), await visit(stored.carol, CHAT)
        await do(post)(stored.alice, bridge, "swordfish")
        await do(post)(stored.alice, stored.general, "Ahoy")
        active = f'event="channel_active" room="{stored.room.pk}" channel="{bridge.pk}"'
        await bob.hears(active)
        heard = await carol.hears("Ahoy") + await carol.hears("channel_active")
        assert active not in heard
        assert "swordfish" not in heard

    async def test_a_channel_that_becomes_the_moderators_own_closes_for_members(
        self, stored: Harbour, visit: Open
    ) -> None:
        bridge = await do(make_bridge)(stored, Audience.EVERYONE)
        address = f"{CHAT}?channel={bridge.pk}"
        bob, carol, guest = [await visit(person, address) for person in (stored.bob, stored.carol, None)]
        await do(actions.edit_channel)(actor=stored.alice, channel=bridge, audience=Audience.MODERATORS)
        assert await carol.is_closed() == await guest.is_closed() == FORBIDDEN
        await do(post)(stored.alice, bridge, "swordfish")
        await bob.hears("swordfish")
        assert "swordfish" not in carol.text + guest.text

    async def test_nobody_types_in_a_channel_that_they_only_read(self, stored: Harbour, visit: Open) -> None:
        bridge = await do(make_bridge)(stored, Audience.READ_ONLY)
        address = f"{CHAT}?channel={bridge.pk}"
        carol, bob = await visit(stored.carol, address), await visit(stored.bob, address)
        await carol.says('{"type": "typing"}')
        await bob.says('{"type": "typing"}')
        heard = await carol.hears('event="typing"')
        assert f'user="{stored.bob.pk}"' in heard
        assert f'event="typing" channel="{bridge.pk}" user="{stored.carol.pk}"' not in heard

    async def test_whoever_is_dismissed_hears_no_more_of_moderators_channels(
        self, stored: Harbour, visit: Open
    ) -> None:
        await visit(stored.bob, CHAT)
        assert hub.has_topic(moderators_topic(stored.room.pk))
        await do(actions.change_role)(actor=stored.alice, room=stored.room, subject=stored.bob, role="user")
        await until(lambda: not hub.has_topic(moderators_topic(stored.room.pk)))


class TestWhatIsGone:
    async def test_pages_of_a_deleted_channel_are_led_to_the_room(self, stored: Harbour, visit: Open) -> None:
        bridge = await do(make_bridge)(stored, Audience.EVERYONE)
        here, beside = await visit(None, f"{CHAT}?channel={bridge.pk}"), await visit(None, CHAT)
        await do(actions.delete_channel)(actor=stored.alice, channel=bridge)
        await here.hears('<hx-push event="channel_moved" to="/rooms/harbour/">')
        await beside.hears('event="room_changed"')

    async def test_a_deleted_room_closes_its_sockets_and_is_heard_of_no_more(
        self, stored: Harbour, visit: Open
    ) -> None:
        pages = [await visit(person, CHAT) for person in (stored.alice, stored.carol, stored.mallory, None)]
        elsewhere = await visit(stored.carol, "/ws/presence/")
        await do(actions.delete_room)(actor=stored.alice, room=stored.room)
        for page in pages:
            assert await page.is_closed() == FORBIDDEN
        await until(lambda: not hub.has_topic(stored.room.topic))
        assert elsewhere.code is None
        late = await visit(stored.carol, CHAT)
        assert await late.is_closed() == NOT_FOUND
        await do(actions.restore_room)(actor=stored.alice, room=stored.room)
        await until(lambda: hub.has_topic(stored.room.topic))

    @pytest.mark.parametrize("narrower", [{"visibility": Visibility.PRIVATE}, {"guests_may_read": False}])
    async def test_guests_of_a_room_that_closes_hear_nothing_more(
        self, stored: Harbour, visit: Open, narrower: dict[str, object]
    ) -> None:
        guest, mallory, carol = [await visit(person, CHAT) for person in (None, stored.mallory, stored.carol)]
        await do(actions.edit_room)(actor=stored.alice, room=stored.room, **narrower)
        assert await guest.is_closed() == await mallory.is_closed() == FORBIDDEN
        await do(post)(stored.alice, stored.general, "swordfish")
        await carol.hears("swordfish")
