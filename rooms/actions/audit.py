from datetime import datetime
from typing import Any

from accounts.models import User
from rooms.models import AuditEntry, Channel, Room
from rooms.models.audit_entry import Deed


def record(
    deed: Deed,
    *,
    actor: User,
    room: Room,
    subject: User | None = None,
    channel: Channel | None = None,
    reason: str = "",
    until: datetime | None = None,
    **details: Any,
) -> AuditEntry:
    """Write a deed into the room's audit log, inside the transaction that does it: there is none without the other."""
    details["actor"] = actor.name
    if subject is not None:
        details["subject"] = subject.name
    if channel is not None:
        details["channel"] = channel.name
        # Beside the link, which goes with the channel: what was the moderators' stays theirs (rooms/reports/audit.py).
        details.setdefault("audience", channel.audience)
    if until is not None:
        details["until"] = until.isoformat()
    return AuditEntry.objects.create(
        room=room, actor=actor, deed=deed, subject=subject, channel=channel, reason=reason, details=details
    )
