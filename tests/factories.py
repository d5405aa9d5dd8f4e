"""People, rooms and messages for tests, made by the real actions: what holds for them holds for everybody's."""

import uuid

from accounts.actions import register
from accounts.models import User
from eclipse import ratelimit
from rooms import actions
from rooms.actions.members import add_member
from rooms.addresses import words_of
from rooms.models import Channel, Membership, Message, Room
from rooms.models.channel import ChannelKind
from rooms.models.room import Visibility
from rooms.permissions import Role

PASSWORD = "a lantern on the harbour wall"


def make_user(username: str, display_name: str = "") -> User:
    """Somebody who has signed up, and so belongs to the lobby."""
    with ratelimit.suspended():
        user = register(username=username, password=PASSWORD)
    if display_name:
        User.objects.filter(pk=user.pk).update(display_name=display_name)
        user.display_name = display_name
    return user


def make_room(creator: User, name: str = "Harbour", visibility: str = Visibility.PUBLIC) -> Room:
    """A room with its channels "general" and "voice", at an address that stories can name, without a key."""
    with ratelimit.suspended():
        room = actions.create_room(actor=creator, name=name, visibility=visibility)
    room.slug = words_of(room.slug)
    room.save(update_fields=["slug"])
    return room


def make_member(room: Room, user: User, role: Role = Role.USER) -> Membership:
    """`user` belongs to `room` in `role`, whatever the room's visibility."""
    return add_member(room=room, user=user, role=role)


def text_channel(room: Room) -> Channel:
    """The room's first text channel, as an edge gets it: knowing its room."""
    channel = Channel.objects.text().filter(room=room).select_related("room").first()
    assert channel is not None
    return channel


def make_channel(room: Room, name: str, kind: str = ChannelKind.TEXT) -> Channel:
    """One more channel at the end of the room."""
    position = Channel.objects.filter(room=room).count()
    return Channel.objects.create(room=room, slug=name, name=name, kind=kind, position=position)


def post(author: User, channel: Channel, text: str = "Ahoy", reply_to: Message | None = None) -> Message:
    """What `author` wrote in `channel` just now."""
    with ratelimit.suspended():
        return actions.post_message(
            actor=author,
            channel=channel,
            body=text,
            client_id=uuid.uuid4(),
            reply_to=reply_to.pk if reply_to is not None else None,
        )
