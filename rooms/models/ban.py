from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .room import Room

REASON_LENGTH = 300


class SanctionQuerySet(models.QuerySet["Ban"]):
    def in_force(self) -> "SanctionQuerySet":
        """Those whose end has not come."""
        return self.filter(Q(until=None) | Q(until__gt=timezone.now()))


class Ban(models.Model):
    """That a person may not enter a room, until when (`None`: for good), by whom and why.

    It is the room's and not a membership's: leaving, coming back and a new invitation do not touch it.
    """

    room = models.ForeignKey(Room, models.CASCADE, related_name="bans")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="bans")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    reason = models.CharField(_("reason"), max_length=REASON_LENGTH, blank=True)
    until = models.DateTimeField(_("until"), null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = SanctionQuerySet.as_manager()

    class Meta:
        verbose_name = _("ban")
        verbose_name_plural = _("bans")
        constraints = [models.UniqueConstraint(fields=["room", "user"], name="one_ban_a_person")]

    def __str__(self) -> str:
        return f"{self.user} · {self.room}"

    @property
    def is_in_force(self) -> bool:
        return self.until is None or self.until > timezone.now()
