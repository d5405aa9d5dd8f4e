"""How much a person has not read: counted from the messages themselves, so that deletions are never counted."""

from django.db.models import Exists, IntegerField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from accounts.models import User
from rooms.models import Channel, Membership, Message, ReadMark, Room
from rooms.models.channel import Audience
from rooms.permissions import RANK, Role

# Counting stops here: the page says "99+", and a channel unread for a year costs no more than a busy hour.
MOST = 100
MODERATORS = [role for role in Role if RANK[role] >= RANK[Role.MODERATOR]]


class _Count(Subquery):
    """The number of rows of a subquery, its LIMIT included."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()


def _unread(user: User) -> _Count:
    mark = ReadMark.objects.filter(user=user, channel=OuterRef("channel")).values("message_id")
    unread = (
        Message.objects.filter(channel=OuterRef("pk"), deleted_at=None)
        .filter(pk__gt=Coalesce(Subquery(mark), Value(0)))
        .exclude(author=user)
        .order_by()
        .values("pk")[:MOST]
    )
    return _Count(unread)


def channels_with_unread(channels: QuerySet[Channel], user: User) -> list[Channel]:
    """The channels, each with its number of unread messages in `.unread`."""
    found: list[Channel] = []
    for channel in channels.annotate(counted=_unread(user)):
        channel.unread = channel.counted
        found.append(channel)
    return found


def _known_to(user: User) -> QuerySet[Channel]:
    """The text channels of any room that `user`, as a member, may know of."""
    moderated = Membership.objects.filter(user=user, room=OuterRef("room"), role__in=MODERATORS)
    return Channel.objects.text().filter(~Q(audience=Audience.MODERATORS) | Exists(moderated))


def rooms_with_unread(user: User) -> list[Room]:
    """The rooms of `user` in the order they were joined, each with the sum of its channels in `.unread`."""
    rooms = list(Room.objects.of(user))
    totals = dict.fromkeys((room.pk for room in rooms), 0)
    for channel in channels_with_unread(_known_to(user).filter(room__in=rooms).order_by(), user):
        totals[channel.room_id] += channel.unread
    for room in rooms:
        room.unread = totals[room.pk]
    return rooms


def unread_in_room(room_id: int, user: User) -> dict[int, int]:
    """How many messages `user` has not read, by each text channel of the room that they may know of."""
    channels = channels_with_unread(_known_to(user).filter(room=room_id), user)
    return {channel.pk: channel.unread for channel in channels}
