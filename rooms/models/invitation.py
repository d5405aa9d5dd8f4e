import secrets

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .room import Room


def new_code() -> str:
    """A code that cannot be guessed: 72 bits."""
    return secrets.token_urlsafe(9)


class Invitation(models.Model):
    """A link by which people become members of a room: until when, how often, by whom."""

    room = models.ForeignKey(Room, models.CASCADE, related_name="invitations")
    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    creator = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    max_uses = models.PositiveIntegerField(_("uses"), null=True, blank=True)
    uses = models.PositiveIntegerField(default=0, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(max_uses=None) | models.Q(uses__lte=models.F("max_uses")),
                name="invitation_not_overused",
            )
        ]

    def __str__(self) -> str:
        # Not the code: whoever reads it in a log or in the admin could come by it.
        return f"#{self.pk}"

    @property
    def is_valid(self) -> bool:
        """Whether somebody may still come by it."""
        expired = self.expires_at is not None and self.expires_at <= timezone.now()
        used_up = self.max_uses is not None and self.uses >= self.max_uses
        return not (expired or used_up or self.revoked_at is not None)

    def get_absolute_url(self) -> str:
        return reverse("rooms:invitation", args=[self.code])


class InvitationUse(models.Model):
    """Who came by an invitation, and when."""

    invitation = models.ForeignKey(Invitation, models.CASCADE, related_name="used_by")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.user} · {self.invitation}"
