"""What open pages are told when a room, its channels or their order change.

Told to the channels' own topics and not the room's: there each page that shows the room hears it once, a guest's too.
"""

from django.utils.html import format_html

from eclipse.hub import hub
from rooms.models import Channel, Room
from rooms.models.channel import Audience, moderators_topic, voice_topic

ROOM_CHANGED = '<hx-push event="room_changed"></hx-push>'


def room_changed(room: Room) -> None:
    """The room's column of channels, its name or its picture is another: pages ask for their sidebars anew."""
    for channel in _channels(room):
        hub.publish(channel.topic, ROOM_CHANGED)


def channel_changed(channel: Channel) -> None:
    """As `room_changed`; what concerns a moderators' channel is told to moderators alone."""
    if channel.audience == Audience.MODERATORS:
        hub.publish(moderators_topic(channel.room_id), ROOM_CHANGED)
    else:
        room_changed(channel.room)


def room_moved(room: Room) -> None:
    """The room's address is another: pages go on at the new one."""
    for channel in _channels(room):
        channel_moved(channel)


def channel_moved(channel: Channel) -> None:
    """Pages of the channel are led to where it is now: another address, or the same with other rights."""
    _lead(channel, channel.get_absolute_url())


def channel_deleted(channel: Channel) -> None:
    """Pages of the channel are led to its room."""
    # Their sockets are left to them: one that is closed could miss where it is led, and there is nothing more to hear.
    _lead(channel, channel.room.get_absolute_url())
    channel_changed(channel)
    if channel.is_voice:
        # No page is in this topic: whoever is in the call is out of it.
        hub.recheck(voice_topic(channel.pk))


def audience_narrowed(channel: Channel) -> None:
    """Sockets of people who may no longer know of the channel are closed, and hear nothing of it until then."""
    _recheck(channel)


def room_closed(room: Room) -> None:
    """The room is deleted, or no longer open to guests: every socket asks whether it may still hear of it."""
    hub.recheck(room.topic)
    for channel in _channels(room):
        _recheck(channel)


def room_opened(room: Room) -> None:
    """The room is back: its members' sockets hear it again."""
    for user_id in room.memberships.values_list("user_id", flat=True):
        hub.command(f"user.{user_id}", hub.RECHECK)


def _lead(channel: Channel, address: str) -> None:
    hub.publish(channel.topic, format_html('<hx-push event="channel_moved" to="{}"></hx-push>', address))


def _recheck(channel: Channel) -> None:
    hub.recheck(channel.topic)
    if channel.is_voice:
        hub.recheck(voice_topic(channel.pk))


def _channels(room: Room) -> list[Channel]:
    channels = list(Channel.objects.filter(room=room))
    for channel in channels:
        channel.room = room
    return channels
