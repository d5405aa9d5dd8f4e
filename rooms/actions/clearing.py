"""What is too much for one transaction: hidden from everybody at once, and cleared away in short ones afterwards.

Everybody who writes anywhere waits for a transaction that deletes (SQLite has one writer at a time): a ban that
deleted a day's messages held them up for minutes, a channel of 100,000 for seconds (docs/benchmarks.md). What is left
to do stands in the database, so that no crash loses it; the processes with sockets look for it (rooms/live.py), as
does `manage.py purge`.
"""

from datetime import datetime

from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from rooms.models import Channel, Erasure, Message, Room

from .deletion import PURGED_AFTER
from .messages import bury

# Messages that go in one transaction.
AT_ONCE = 500


def erase(*, author: User, room: Room, since: datetime) -> int:
    """Nobody is shown any more what `author` has written in `room` since then; how much that is.

    Inside the caller's transaction. The newest of it, which open pages show, is gone when that ends.
    """
    now = timezone.now()
    written = Message.objects.filter(
        channel__room=room, author=author, created_at__range=(since, now), deleted_at=None, channel__deleted_at=None
    )
    count = written.count()
    if count > AT_ONCE:
        channels = written.order_by().values_list("channel", flat=True).distinct()
        Erasure.objects.bulk_create(
            Erasure(channel_id=channel, author=author, since=since, until=now) for channel in channels
        )
    newest = Message.objects.filter(pk__in=list(written.order_by("-pk").values_list("pk", flat=True)[:AT_ONCE]))
    bury(newest)
    return count


def clear_some() -> bool:
    """Clear a little away, if there is something; whether there may be more."""
    return _erase_some() or _empty_channel() or _empty_room()


def _erase_some() -> bool:
    erasure = Erasure.objects.select_related("channel__room").first()
    if erasure is None:
        return False
    with transaction.atomic():
        left = Message.objects.filter(
            channel=erasure.channel_id, author=erasure.author_id, created_at__range=(erasure.since, erasure.until),
            deleted_at=None,
        )  # fmt: skip
        batch = list(left.order_by("-created_at").values_list("pk", "created_at")[:AT_ONCE])
        bury(Message.objects.filter(pk__in=[pk for pk, _ in batch]))
        if len(batch) < AT_ONCE:
            erasure.delete()
        else:
            # The next look need not pass the tombstones of this one. Another process at the same is no harm.
            Erasure.objects.filter(pk=erasure.pk, until__gt=batch[-1][1]).update(until=batch[-1][1])
    return True


def _empty_channel() -> bool:
    channel = Channel.everything.exclude(deleted_at=None).order_by("pk").first()
    if channel is None:
        return False
    with transaction.atomic():
        if not _delete_some(Message.objects.filter(channel=channel)):
            channel.delete()
    return True


def _empty_room() -> bool:
    room = Room.objects.filter(deleted_at__lt=timezone.now() - PURGED_AFTER).order_by("pk").first()
    if room is None:
        return False
    with transaction.atomic():
        if not _delete_some(Message.objects.filter(channel__room=room)):
            # A room's role groups do not hang on the room: it is they that its own rows hang on.
            Group.objects.filter(rolegroup__room=room).delete()
            room.delete()
    return True


def _delete_some(messages: "QuerySet[Message]") -> bool:
    """Delete some of these for good, the newest first: an answer before what it answers. Whether there were any."""
    batch = list(messages.order_by("-pk").values_list("pk", flat=True)[:AT_ONCE])
    Message.objects.filter(pk__in=batch).delete()
    return bool(batch)
