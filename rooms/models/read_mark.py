from django.conf import settings
from django.db import models

from .channel import Channel


class ReadMark(models.Model):
    """How far a person has read a channel: everything up to the message with this id.

    A plain number, not a foreign key: the mark must hold when the message goes.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="read_marks")
    channel = models.ForeignKey(Channel, models.CASCADE, related_name="read_marks")
    message_id = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "channel"], name="one_read_mark_a_channel")]

    def __str__(self) -> str:
        return f"{self.user_id} · {self.channel_id} · {self.message_id}"
