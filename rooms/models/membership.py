from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from eclipse.text import validate_plain_text
from rooms.permissions import Role

from .room import Room


class Membership(models.Model):
    """That a person belongs to a room, since when, and in which role.

    The role's rights are held by the room's role groups; `rooms.actions.members` keeps the two in step.
    """

    room = models.ForeignKey(Room, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=9, choices=Role, default=Role.USER)
    nickname = models.CharField(_("nickname"), max_length=48, blank=True, validators=[validate_plain_text])
    # In voice channels they keep a lane while they talk, however many others do.
    is_priority_speaker = models.BooleanField(_("priority speaker"), default=False)
    joined_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(fields=["room", "user"], name="one_membership_a_person"),
            models.UniqueConstraint(fields=["room"], condition=models.Q(role=Role.CREATOR), name="one_creator_a_room"),
        ]

    @property
    def name(self) -> str:
        """What the person is called in this room."""
        return self.nickname or self.user.name

    def __str__(self) -> str:
        return f"{self.user} · {self.room}"
