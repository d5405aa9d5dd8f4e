from django.db import transaction

from accounts.models import User
from rooms import push
from rooms.models import Channel, ReadMark

from .on_commit import tell


@transaction.atomic
def mark_read(*, actor: User, channel: Channel, message_id: int) -> None:
    """Remember that `actor` has read `channel` up to `message_id`; a mark never moves back."""
    mark, created = ReadMark.objects.get_or_create(user=actor, channel=channel, defaults={"message_id": message_id})
    if not created:
        moved = ReadMark.objects.filter(pk=mark.pk, message_id__lt=message_id).update(message_id=message_id)
        if not moved:
            return
    tell(push.channel_read, actor.pk, channel.pk, message_id)
