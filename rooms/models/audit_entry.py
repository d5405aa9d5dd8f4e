from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms.permissions import RANK, Role

from .ban import REASON_LENGTH
from .channel import Audience, Channel
from .room import Room


class Deed(models.TextChoices):
    """What a moderation act did."""

    TIMED_OUT = "timed_out", _("muted for a time")
    TIMEOUT_LIFTED = "timeout_lifted", _("unmuted")
    KICKED = "kicked", _("removed")
    BANNED = "banned", _("banned")
    UNBANNED = "unbanned", _("unbanned")
    MESSAGE_DELETED = "message_deleted", _("deleted a message")
    MESSAGES_DELETED = "messages_deleted", _("deleted messages")
    MESSAGE_PINNED = "message_pinned", _("pinned a message")
    MESSAGE_UNPINNED = "message_unpinned", _("unpinned a message")
    SENT_TO_REVIEW = "sent_to_review", _("sent to review")
    SLOW_MODE_SET = "slow_mode_set", _("set slow mode")
    CHANNEL_LOCKED = "channel_locked", _("locked a channel")
    CHANNEL_UNLOCKED = "channel_unlocked", _("unlocked a channel")
    VOICE_MUTED = "voice_muted", _("muted in voice channels")
    VOICE_UNMUTED = "voice_unmuted", _("unmuted in voice channels")
    VOICE_DEAFENED = "voice_deafened", _("deafened in voice channels")
    VOICE_UNDEAFENED = "voice_undeafened", _("undeafened in voice channels")
    VOICE_MOVED = "voice_moved", _("moved to another voice channel")
    VOICE_DISCONNECTED = "voice_disconnected", _("disconnected from a voice channel")
    PRIORITY_GIVEN = "priority_given", _("made a priority speaker")
    PRIORITY_TAKEN = "priority_taken", _("made an ordinary speaker again")
    CALL_LIMITED = "call_limited", _("limited a voice channel")
    WORD_FILTER_EDITED = "word_filter_edited", _("edited the word filter")
    TAGS_EDITED = "tags_edited", _("edited the game tags")
    ROLE_CHANGED = "role_changed", _("changed a role")
    MATRIX_EDITED = "matrix_edited", _("edited the permissions")
    NICKNAME_CHANGED = "nickname_changed", _("changed a nickname")
    ROOM_EDITED = "room_edited", _("edited the room")
    ROOM_TRANSFERRED = "room_transferred", _("handed the room over")
    ROOM_DELETED = "room_deleted", _("deleted the room")
    ROOM_RESTORED = "room_restored", _("restored the room")
    CHANNEL_CREATED = "channel_created", _("created a channel")
    CHANNEL_EDITED = "channel_edited", _("edited a channel")
    CHANNELS_ORDERED = "channels_ordered", _("ordered the channels")
    CHANNEL_DELETED = "channel_deleted", _("deleted a channel")
    INVITATION_CREATED = "invitation_created", _("created an invitation")
    INVITATION_REVOKED = "invitation_revoked", _("revoked an invitation")
    REPORT_CLAIMED = "report_claimed", _("took a report on")
    REPORT_RESOLVED = "report_resolved", _("resolved a report")
    REPORT_DISMISSED = "report_dismissed", _("dismissed a report")


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    def known_to(self, rank: int) -> "AuditEntryQuerySet":
        """Those that somebody of this rank in the room may know of: what a moderators' channel holds stays there."""
        if rank >= RANK[Role.MODERATOR]:
            return self
        open_to_all = Q(details__audience__isnull=True) | ~Q(details__audience=Audience.MODERATORS)
        return self.filter(open_to_all).exclude(channel__audience=Audience.MODERATORS)


class AuditEntry(models.Model):
    """Who did what to whom in a room, when and why. Written once: the database itself refuses to change it."""

    room = models.ForeignKey(Room, models.CASCADE, related_name="audit_entries")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    deed = models.CharField(_("deed"), max_length=24, choices=Deed)
    subject = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    channel = models.ForeignKey(Channel, models.SET_NULL, null=True, related_name="+")
    reason = models.CharField(_("reason"), max_length=REASON_LENGTH, blank=True)
    # What the deed's words need beside: the names as they were then, an end, a count. Names outlive accounts.
    details: "models.JSONField[Any, Any]" = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit log")
        indexes = [models.Index(fields=["room", "-id"], name="audit_by_room")]

    def __str__(self) -> str:
        return f"#{self.pk} {self.deed}"
