from django.db import transaction

from accounts.models import User
from rooms import push
from rooms.models import Channel, ReadMark

from .on_commit import tell


@transaction.atomic
def mark_read(*, actor: User, channel: Channel, message_id: int) -> None:
    """Remember how far `actor` has read `channel`, and tell their other pages; a mark never moves back."""
    if move_mark(user=actor, channel=channel, message_id=message_id):
        tell(push.channel_read, actor, channel)


def move_mark(*, user: User, channel: Channel, message_id: int) -> bool:
    """Move the mark forward inside the caller's transaction; whether it moved."""
    moved = ReadMark.objects.filter(user=user, channel=channel, message_id__lt=message_id).update(message_id=message_id)
    if moved:
        return True
    mark, created = ReadMark.objects.get_or_create(user=user, channel=channel, defaults={"message_id": message_id})
    if created or mark.message_id >= message_id:
        return created
    # Another page made the mark between the two, and not as far.
    return move_mark(user=user, channel=channel, message_id=message_id)
