from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .ban import REASON_LENGTH
from .message import Message
from .room import Room


class ReportStatus(models.TextChoices):
    OPEN = "open", _("open")
    CLAIMED = "claimed", _("being looked at")
    RESOLVED = "resolved", _("resolved")
    DISMISSED = "dismissed", _("dismissed")


UNRESOLVED = (ReportStatus.OPEN, ReportStatus.CLAIMED)


class Report(models.Model):
    """That somebody asks a room's moderators to look at a member, mostly at what they wrote.

    `quoted` is the message as it was when it was reported: its author may change or delete it.
    """

    room = models.ForeignKey(Room, models.CASCADE, related_name="reports")
    reporter = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="reports_filed")
    subject = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="reports_about")
    message = models.ForeignKey(Message, models.SET_NULL, null=True, blank=True, related_name="reports")
    quoted = models.TextField(blank=True)
    reason = models.CharField(_("reason"), max_length=REASON_LENGTH)
    status = models.CharField(_("status"), max_length=9, choices=ReportStatus, default=ReportStatus.OPEN)
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="reports_claimed"
    )
    # What the moderators let the reporter know.
    outcome = models.CharField(_("outcome"), max_length=REASON_LENGTH, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        indexes = [models.Index(fields=["room", "status", "id"], name="report_queue")]
        constraints = [
            models.UniqueConstraint(
                fields=["reporter", "message"],
                condition=models.Q(status__in=["open", "claimed"]),
                name="one_open_report_a_message",
            )
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def is_closed(self) -> bool:
        return self.status not in UNRESOLVED
