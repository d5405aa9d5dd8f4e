"""What open sockets hear, and no longer hear, of what moderators do."""

import asyncio
from datetime import timedelta

import pytest
from django.utils import timezone

from rooms import actions
from rooms.consumers import FORBIDDEN, ChatConsumer, Station
from tests.factories import post
from tests.rooms.conftest import Harbour
from tests.rooms.sockets.pages import CHAT, SECONDS, VAULT, Open, do, until

pytestmark = pytest.mark.services


@pytest.mark.parametrize("path", [CHAT, VAULT])
async def test_a_ban_closes_every_socket_of_the_person_in_the_room(stored: Harbour, visit: Open, path: str) -> None:
    room = stored.room if path == CHAT else stored.vault
    laptop, phone, home = [await visit(stored.carol, each) for each in (path, path, "/ws/presence/")]
    bob = await visit(stored.bob, path)
    await do(actions.ban_member)(actor=stored.bob, room=room, subject=stored.carol)
    left = f'event="member_left" room="{room.pk}" user="{stored.carol.pk}"'
    for page in (laptop, phone):
        # By the code the page knows that it must load anew: the fragment may be overtaken by the closing.
        assert await page.is_closed() == FORBIDDEN
    await home.hears(left)
    await bob.hears(left)
    await do(post)(stored.alice, stored.general if path == CHAT else stored.strongbox, "swordfish")
    await bob.hears("swordfish")
    assert "swordfish" not in laptop.text + phone.text + home.text
    # Nor do they get in again.
    again = await visit(stored.carol, path)
    assert await again.is_closed() in {4403, 4404}


async def test_a_banned_reader_who_never_joined_is_shown_out_too(stored: Harbour, visit: Open) -> None:
    page = await visit(stored.mallory, CHAT)
    await do(actions.ban_member)(actor=stored.bob, room=stored.room, subject=stored.mallory)
    # By the code alone the page knows that it must load anew: the fragment may be overtaken by the closing.
    assert await page.is_closed() == FORBIDDEN


async def test_nobody_sees_the_muted_typing(stored: Harbour, visit: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    carol, bob = await visit(stored.carol, CHAT), await visit(stored.bob, CHAT)
    recheck, looked = ChatConsumer._recheck, asyncio.Event()

    async def recheck_and_tell(self: ChatConsumer) -> None:
        await recheck(self)
        looked.set()

    monkeypatch.setattr(ChatConsumer, "_recheck", recheck_and_tell)
    await do(actions.time_out_member)(
        actor=stored.bob, room=stored.room, subject=stored.carol, until=timezone.now() + timedelta(minutes=10)
    )
    await carol.hears('event="standing_changed"')
    async with asyncio.timeout(SECONDS):
        await looked.wait()
    await carol.says('{"type": "typing"}')
    await carol.says('{"type": "typing"}')
    await do(post)(stored.alice, stored.general, "Quiet at last")
    assert 'event="typing"' not in await bob.hears("Quiet at last")


async def test_in_a_locked_channel_only_moderators_are_seen_typing(
    stored: Harbour, visit: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    carol, bob = await visit(stored.carol, CHAT), await visit(stored.bob, CHAT)
    looks: list[Station] = []
    look = ChatConsumer._station

    async def look_and_tell(self: ChatConsumer) -> Station:
        looks.append(await look(self))
        return looks[-1]

    monkeypatch.setattr(ChatConsumer, "_station", look_and_tell)
    await do(actions.lock_channel)(actor=stored.bob, channel=stored.general)
    for page in (carol, bob):
        await page.hears('event="channel_limited"')
    await until(lambda: sorted(station.may_send for station in looks) == [False, True])
    await carol.says('{"type": "typing"}')
    await bob.says('{"type": "typing"}')
    heard = await carol.hears('event="typing"')
    assert f'user="{stored.bob.pk}"' in heard
    assert f'event="typing" channel="{stored.general.pk}" user="{stored.carol.pk}"' not in heard
