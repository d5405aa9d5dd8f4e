"""Every socket × everybody, against the declared matrix."""

import pytest

from rooms import permissions
from rooms.consumers import FORBIDDEN, NOT_FOUND
from rooms.models import Channel
from rooms.models.channel import ChannelKind
from rooms.models.room import Visibility
from tests.rooms.conftest import Harbour
from tests.rooms.sockets.pages import Open, do
from tests.rooms.test_permission_matrix import EVERYBODY, ROLES, build_town, holds


@pytest.mark.parametrize("visibility", Visibility.values)
async def test_every_socket_opens_for_those_whom_the_matrix_says(
    stored: Harbour, visit: Open, subtests: pytest.Subtests, visibility: str
) -> None:
    town = await do(build_town)(stored, visibility)
    for who in EVERYBODY:
        with subtests.test(who=who):
            page = await visit(town.people[who], f"/ws/chat/{town.room.slug}/")
            if holds(who, permissions.VIEW_ROOM, public=town.room.is_public):
                await page.hears("channel_seq")
            else:
                assert await page.is_closed() == (FORBIDDEN if town.room.is_public else NOT_FOUND)


@pytest.mark.parametrize("visibility", Visibility.values)
async def test_every_voice_channel_opens_for_those_whom_the_matrix_says(
    stored: Harbour, visit: Open, subtests: pytest.Subtests, visibility: str
) -> None:
    town = await do(build_town)(stored, visibility)
    voice = await Channel.objects.aget(room=town.room, kind=ChannelKind.VOICE)
    for who in EVERYBODY:
        with subtests.test(who=who):
            page = await visit(town.people[who], f"/ws/voice/{voice.pk}/")
            if holds(who, permissions.CONNECT_VOICE, public=town.room.is_public):
                await page.says('{"type": "restart"}')
                await page.hears("not_joined")
            else:
                assert await page.is_closed() == (FORBIDDEN if town.room.is_public or who in ROLES else NOT_FOUND)
