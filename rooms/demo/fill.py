"""Puts the demo's people and conversations into the database."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from slugify import slugify

from accounts.actions import register, update_settings
from accounts.models import User
from accounts.models.user import Theme
from eclipse import ratelimit
from rooms import actions, markdown
from rooms.actions.members import add_member
from rooms.actions.reading import move_mark
from rooms.models import Channel, Membership, Message, Room
from rooms.models.channel import ChannelKind
from rooms.permissions import Role

from .community import Named, furnish
from .script import LOBBY, Conversation, Said, Scene, Somebody, people, scenes

# Who is meant to be looked through: their unread messages are part of the demo.
VIEWER = "demo"
# The password of all, and no secret: the accounts have no rights that signing up does not give.
OPENS_EVERY_ACCOUNT = "total-eclipse"


def names_in_use() -> list[str]:
    """The demo's usernames that somebody has already, in alphabetical order."""
    wanted = [somebody.username for somebody in people()]
    return list(User.objects.filter(username__in=wanted).order_by("username").values_list("username", flat=True))


def is_in_use() -> bool:
    """Whether anybody but operators has an account: accounts whose password all know have no place here."""
    return User.objects.filter(is_staff=False).exists()


def is_filled() -> bool:
    """Whether the demo is here: its viewer can log in as they were told."""
    viewer = User.objects.filter(username=VIEWER).first()
    return viewer is not None and viewer.check_password(OPENS_EVERY_ACCOUNT)


@transaction.atomic
def fill(now: datetime) -> None:
    """Everything or nothing. What stands in the rooms already is left alone, a lobby that is in use included."""
    with ratelimit.suspended():
        users = {somebody.username: _sign_up(somebody, now) for somebody in people()}
        written = []
        rooms = {}
        for scene in scenes(now):
            rooms[scene.key] = room = actions.ensure_lobby() if scene.key == LOBBY else _open_room(scene, users, now)
            for position, conversation in enumerate(scene.conversations):
                channel = _channel(room, conversation, position)
                if not channel.messages.exists():
                    written.append((channel, conversation))
        named = _write(written, users)
        for key, room in rooms.items():
            furnish(key, room, users, named, now)
        for channel, conversation in written:
            _mark_read(channel, conversation, users[VIEWER])


def _sign_up(somebody: Somebody, now: datetime) -> User:
    user = register(username=somebody.username, password=OPENS_EVERY_ACCOUNT)
    update_settings(user=user, display_name=somebody.name, language="", theme=Theme.SYSTEM)
    joined_at = now - timedelta(days=somebody.since)
    User.objects.filter(pk=user.pk).update(date_joined=joined_at)
    Membership.objects.filter(user=user).update(joined_at=joined_at)
    return user


def _open_room(scene: Scene, users: dict[str, User], now: datetime) -> Room:
    room = actions.create_room(
        actor=users[scene.creator], name=scene.name, description=scene.description, visibility=scene.visibility
    )
    for username in scene.moderators:
        add_member(room=room, user=users[username], role=Role.MODERATOR)
    for username in scene.members:
        add_member(room=room, user=users[username], role=Role.USER)
    opened_at = now - timedelta(days=scene.opened)
    Room.objects.filter(pk=room.pk).update(created_at=opened_at)
    for membership in Membership.objects.filter(room=room).select_related("user"):
        # Nobody was in the room before they had an account.
        signed_up_at = User.objects.values_list("date_joined", flat=True).get(pk=membership.user_id)
        Membership.objects.filter(pk=membership.pk).update(joined_at=max(opened_at, signed_up_at))
    return room


def _channel(room: Room, conversation: Conversation, position: int) -> Channel:
    channel, _ = Channel.objects.get_or_create(
        room=room,
        slug=slugify(conversation.name, max_length=40),
        # Behind the channel for voice that each room begins with.
        defaults={"name": conversation.name, "kind": ChannelKind.TEXT, "position": position + 1},
    )
    if not channel.subject:
        channel.subject = conversation.subject
        channel.save(update_fields=["subject"])
    return channel


def _write(written: Iterable[tuple[Channel, Conversation]], users: dict[str, User]) -> Named:
    """Store what is said, numbered as if it had been said then: ids in the order of time, each change counted.

    Answers the messages that have a name, by their channel and it.
    """
    pairs: list[tuple[Said, Message]] = []
    for channel, conversation in written:
        changed_seq = _count_changes(channel, conversation.said)
        pairs += [
            (
                said,
                Message(
                    channel=channel,
                    author=users[said.by],
                    body=said.body,
                    body_html=markdown.render(said.body),
                    changed_seq=seq,
                    created_at=said.at,
                    edited_at=said.edited_at,
                    deleted_at=said.deleted_at,
                ),
            )
            for said, seq in zip(conversation.said, changed_seq, strict=True)
        ]
    pairs.sort(key=lambda pair: pair[0].at)
    Message.objects.bulk_create([message for _, message in pairs])

    named = {(message.channel_id, said.name): message for said, message in pairs if said.name}
    answers = [(said, message) for said, message in pairs if said.answers]
    for said, message in answers:
        message.reply_to = named[message.channel_id, said.answers]
    Message.objects.bulk_update([message for _, message in answers], ["reply_to"])
    for room_id in {channel.room_id for channel, _ in written}:
        last = Message.objects.filter(channel__room=room_id).latest("created_at")
        Room.objects.filter(pk=room_id).update(active_at=last.created_at)
    return named


def _count_changes(channel: Channel, said: list[Said]) -> list[int]:
    """The number of each message's last change: writing, editing and deleting are counted in the order of time."""
    changes = sorted(
        (at, index) for index, each in enumerate(said) for at in (each.at, each.edited_at, each.deleted_at) if at
    )
    seq_of = {index: seq for seq, (_, index) in enumerate(changes, start=channel.seq + 1)}
    channel.seq += len(changes)
    channel.save(update_fields=["seq"])
    return [seq_of[index] for index in range(len(said))]


def _mark_read(channel: Channel, conversation: Conversation, viewer: User) -> None:
    """Everybody has read everything, except what is left for the viewer."""
    ids = list(channel.messages.order_by("pk").values_list("pk", flat=True))
    for membership in Membership.objects.filter(room=channel.room_id).select_related("user"):
        read = len(ids) - (conversation.unread if membership.user == viewer else 0)
        if read > 0:
            move_mark(user=membership.user, channel=channel, message_id=ids[read - 1])
