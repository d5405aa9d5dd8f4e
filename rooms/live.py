"""What a process that holds sockets does by the clock: renews presence, tells who went and how far channels are."""

import asyncio

from channels.db import database_sync_to_async

from eclipse.hub import Hub, hub
from rooms import icons, push
from rooms.actions.clearing import clear_some
from rooms.presence import RENEW_EVERY, SWEEP_EVERY, presence

SEQ_EVERY = 20.0
CLEAR_EVERY = 5.0
BREATH = 0.05
PICTURES_EVERY = 3600.0

_sockets: dict[str, int] = {}
_begun: set[int] = set()


def begin() -> None:
    """Start the clockwork with this process's first socket; later calls change nothing."""
    if id(hub) in _begun:
        return
    _begun.add(id(hub))
    hub.every(RENEW_EVERY, _renew)
    hub.every(SWEEP_EVERY, _sweep)
    hub.every(SEQ_EVERY, _tell_seqs)
    hub.every(CLEAR_EVERY, _clear)
    hub.every(PICTURES_EVERY, _remove_pictures)


async def arrive(user_id: int, socket_id: str) -> None:
    """Count a socket of `user_id`, and tell the rooms if they were not here before."""
    _sockets[socket_id] = user_id
    await database_sync_to_async(_arrive)(user_id, socket_id)


def _arrive(user_id: int, socket_id: str) -> None:
    if presence().arrive(user_id, socket_id):
        push.presence_changed([user_id], online=True)


async def leave(user_id: int, socket_id: str) -> None:
    """Let a socket of `user_id` lapse."""
    _sockets.pop(socket_id, None)
    await database_sync_to_async(presence().leave)(user_id, socket_id)


async def _renew(hub: Hub) -> None:
    sockets = [(user_id, socket_id) for socket_id, user_id in _sockets.items()]
    if back := await database_sync_to_async(presence().renew)(sockets):
        await database_sync_to_async(push.presence_changed)(back, online=True)


async def _sweep(hub: Hub) -> None:
    gone = await database_sync_to_async(presence().take_lapsed)()
    if gone:
        await database_sync_to_async(push.presence_changed)(gone, online=False)


async def _remove_pictures(hub: Hub) -> None:
    await database_sync_to_async(icons.remove_unused)()


async def _clear(hub: Hub) -> None:
    """What was deleted and is still stored: in short steps, between which others are let in."""
    more = True
    while more:
        more = await database_sync_to_async(clear_some)()
        await asyncio.sleep(BREATH)


async def _tell_seqs(hub: Hub) -> None:
    """A page whose publication was lost notices here at the latest, and one whose line is dead by hearing nothing."""
    for topic in hub.local_topics("user."):
        hub.deliver(topic, push.BEAT)
    channel_ids = [int(topic.removeprefix("channel.")) for topic in hub.local_topics("channel.")]
    if not channel_ids:
        return
    envelopes = await database_sync_to_async(push.channel_seqs)(channel_ids)
    for channel_id, envelope in envelopes.items():
        hub.deliver(f"channel.{channel_id}", envelope)
