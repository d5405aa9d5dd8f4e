import math

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .ban import REASON_LENGTH
from .room import Room


class Timeout(models.Model):
    """That a person is mute in a room's text and voice until a moment, by whom and why.

    It is the room's and not a membership's, so that leaving and coming back does not end it.
    """

    room = models.ForeignKey(Room, models.CASCADE, related_name="timeouts")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="timeouts")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    reason = models.CharField(_("reason"), max_length=REASON_LENGTH, blank=True)
    until = models.DateTimeField(_("until"))
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("timeout")
        verbose_name_plural = _("timeouts")
        constraints = [models.UniqueConstraint(fields=["room", "user"], name="one_timeout_a_person")]

    def __str__(self) -> str:
        return f"{self.user} · {self.room}"

    @property
    def seconds_left(self) -> int:
        """Whole seconds after which it is over: what a page can wait for, whatever its own clock says."""
        return max(0, math.ceil((self.until - timezone.now()).total_seconds()))

    @property
    def is_in_force(self) -> bool:
        return self.until > timezone.now()
