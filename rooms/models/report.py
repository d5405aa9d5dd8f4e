from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms.permissions import RANK, Role

from .ban import REASON_LENGTH
from .channel import Audience, Channel
from .message import Message
from .room import Room

if TYPE_CHECKING:
    from accounts.models import User


class ReportStatus(models.TextChoices):
    OPEN = "open", _("open")
    CLAIMED = "claimed", _("being looked at")
    RESOLVED = "resolved", _("resolved")
    DISMISSED = "dismissed", _("dismissed")


UNRESOLVED = (ReportStatus.OPEN, ReportStatus.CLAIMED)


class ReportQuerySet(models.QuerySet["Report"]):
    def known_to(self, rank: int) -> "ReportQuerySet":
        """Those that somebody of this rank in the room may know of: what a moderators' channel holds stays there."""
        if rank >= RANK[Role.MODERATOR]:
            return self
        return self.exclude(audience=Audience.MODERATORS).exclude(message__channel__audience=Audience.MODERATORS)

    def file(
        self, *, room: Room, reporter: "User", subject: "User | None", message: Message | None, reason: str
    ) -> "Report":
        """A new report; of a message it keeps what it says now, and for whom the channel is."""
        report = Report(room=room, reporter=reporter, subject=subject, message=message, reason=reason)
        if message is not None:
            report.quoted, report.audience = message.body, message.channel.audience
        report.save(force_insert=True)
        return report


class Report(models.Model):
    """That somebody asks a room's moderators to look at a member, mostly at what they wrote.

    `quoted` is the message as it was when it was reported: its author may change or delete it.
    """

    room = models.ForeignKey(Room, models.CASCADE, related_name="reports")
    reporter = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="reports_filed")
    subject = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="reports_about")
    message = models.ForeignKey(Message, models.SET_NULL, null=True, blank=True, related_name="reports")
    quoted = models.TextField(blank=True)
    # For whom the message's channel was then: it may be deleted, and what was the moderators' stays theirs.
    audience = models.CharField(max_length=10, choices=Audience, default=Audience.EVERYONE, editable=False)
    reason = models.CharField(_("reason"), max_length=REASON_LENGTH)
    status = models.CharField(_("status"), max_length=9, choices=ReportStatus, default=ReportStatus.OPEN)
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="reports_claimed"
    )
    # What the moderators let the reporter know.
    outcome = models.CharField(_("outcome"), max_length=REASON_LENGTH, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ReportQuerySet.as_manager()

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
    def channel(self) -> Channel | None:
        """Where the message is, while it is."""
        return self.message.channel if self.message is not None else None

    @property
    def is_of_moderators(self) -> bool:
        """Whether it tells of a channel that only moderators may know of."""
        now = self.channel.audience if self.channel is not None else None
        return Audience.MODERATORS in {self.audience, now}

    @property
    def is_closed(self) -> bool:
        return self.status not in UNRESOLVED
