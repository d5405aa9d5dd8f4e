from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .ban import REASON_LENGTH
from .room import Room


class VoiceSanction(models.Model):
    """That moderators muted or deafened a person in a room's voice channels: who did so last, and why.

    It is the room's and not a membership's or a call's, so that hanging up, leaving and coming back do not end it.
    """

    room = models.ForeignKey(Room, models.CASCADE, related_name="voice_sanctions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="voice_sanctions")
    is_muted = models.BooleanField(_("muted"), default=False)
    is_deafened = models.BooleanField(_("deafened"), default=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    reason = models.CharField(_("reason"), max_length=REASON_LENGTH, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("sanction in voice channels")
        verbose_name_plural = _("sanctions in voice channels")
        constraints = [
            models.UniqueConstraint(fields=["room", "user"], name="one_voice_sanction_a_person"),
            models.CheckConstraint(condition=Q(is_muted=True) | Q(is_deafened=True), name="voice_sanction_holds"),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.room}"
