from django.core.exceptions import PermissionDenied
from django.db import connection, transaction

from accounts.models import User
from rooms import push
from rooms.models import Channel, Membership, Message

from .on_commit import tell


@transaction.atomic
def mark_read(*, actor: User, channel: Channel, message_id: int) -> None:
    """Remember how far `actor` has read `channel`, and tell their other pages; a mark never moves back.

    Only a member has a mark: `PermissionDenied` for anybody else. A number beyond the newest message counts as that
    one's, because nobody has read what was not written yet.
    """
    if not Membership.objects.filter(room=channel.room_id, user=actor).exists():
        raise PermissionDenied
    read = Message.objects.filter(channel=channel, pk__lte=message_id).order_by("-pk").values_list("pk", flat=True)
    newest = read.first()
    if newest is not None and move_mark(user=actor, channel=channel, message_id=newest):
        tell(push.channel_read, actor, channel)


def move_mark(*, user: User, channel: Channel, message_id: int) -> bool:
    """Move the mark forward inside the caller's transaction; whether it moved."""
    with connection.cursor() as cursor:
        # In SQL, because the ORM cannot update only what is behind, and pages of one person race for it.
        cursor.execute(
            "INSERT INTO rooms_readmark (user_id, channel_id, message_id) VALUES (%s, %s, %s) "
            "ON CONFLICT (user_id, channel_id) DO UPDATE SET message_id = excluded.message_id "
            "WHERE rooms_readmark.message_id < excluded.message_id",
            [user.pk, channel.pk, message_id],
        )
        return bool(cursor.rowcount)
