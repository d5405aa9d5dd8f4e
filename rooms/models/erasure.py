from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .channel import Channel


class Erasure(models.Model):
    """That all that a person wrote in a channel between two moments is deleted, and goes a little at a time.

    Until it has gone nobody is shown it (`MessageQuerySet.for_display`); `rooms.actions.clearing` makes the tombstones.
    """

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="erasures")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    since = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")

    def __str__(self) -> str:
        return f"{self.author_id} · {self.channel_id}"
