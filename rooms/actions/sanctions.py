"""Timeouts, removals and bans: what moderators do to members."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from rooms import permissions, push
from rooms.models import Ban, Invitation, Message, Report, Room, Timeout
from rooms.models.audit_entry import Deed
from rooms.models.report import UNRESOLVED

from .audit import record
from .authority import authorise
from .clearing import erase
from .members import remove_member
from .on_commit import tell

LONGEST_TIMEOUT = timedelta(days=28)


@transaction.atomic
def time_out_member(*, actor: User, room: Room, subject: User, until: datetime, reason: str = "") -> Timeout:
    """Nobody in `room` reads or hears anything new of `subject` until then; a timeout there is already is replaced.

    `until` is cut to `LONGEST_TIMEOUT` from now. Raises what `authorise` raises.
    """
    authorise(actor=actor, room=room, codename=permissions.TIME_OUT_MEMBERS, subject=subject)
    until = min(until, timezone.now() + LONGEST_TIMEOUT)
    timeout, _ = Timeout.objects.update_or_create(
        room=room,
        user=subject,
        defaults={"by": actor, "until": until, "reason": reason, "created_at": timezone.now()},
    )
    record(Deed.TIMED_OUT, actor=actor, room=room, subject=subject, reason=reason, until=until)
    tell(push.standing_changed, room.pk, subject.pk)
    return timeout


@transaction.atomic
def lift_timeout(*, actor: User, room: Room, subject: User, reason: str = "") -> None:
    """`subject` may write and speak again; where there is no timeout nothing changes."""
    authorise(actor=actor, room=room, codename=permissions.TIME_OUT_MEMBERS, subject=subject)
    end_sanction(Timeout, actor=actor, room=room, subject=subject, reason=reason)


@transaction.atomic
def kick_member(*, actor: User, room: Room, subject: User, reason: str = "") -> None:
    """`subject` belongs to `room` no more, and may come back; where they do not belong nothing changes."""
    authority = authorise(actor=actor, room=room, codename=permissions.KICK_MEMBERS, subject=subject)
    if authority.subject is None:
        return
    remove_member(authority.subject)
    record(Deed.KICKED, actor=actor, room=room, subject=subject, reason=reason)


@transaction.atomic
def ban_member(
    *,
    actor: User,
    room: Room,
    subject: User,
    until: datetime | None = None,
    reason: str = "",
    delete_since: datetime | None = None,
) -> Ban:
    """`subject` may not enter `room` until then (`None`: for good), whether they belong to it now or not.

    With `delete_since`, what they wrote in the room since that moment is deleted too. An older ban is replaced.
    """
    authority = authorise(actor=actor, room=room, codename=permissions.BAN_MEMBERS, subject=subject)
    ban, _ = Ban.objects.update_or_create(
        room=room,
        user=subject,
        defaults={"by": actor, "until": until, "reason": reason, "created_at": timezone.now()},
    )
    if authority.subject is not None:
        remove_member(authority.subject)
    else:
        # A stranger may be reading a public room.
        tell(push.standing_changed, room.pk, subject.pk)
    # By a link of their own they would come back under another name.
    Invitation.objects.filter(room=room, creator=subject, revoked_at=None).update(revoked_at=timezone.now())
    deleted = erase(author=subject, room=room, since=delete_since) if delete_since is not None else 0
    record(Deed.BANNED, actor=actor, room=room, subject=subject, reason=reason, until=until, deleted=deleted)
    return ban


@transaction.atomic
def unban_member(*, actor: User, room: Room, subject: User, reason: str = "") -> None:
    """`subject` may enter `room` again; where there is no ban nothing changes."""
    authorise(actor=actor, room=room, codename=permissions.BAN_MEMBERS, subject=subject)
    end_sanction(Ban, actor=actor, room=room, subject=subject, reason=reason)


ENDED: Mapping[type[Ban] | type[Timeout], Deed] = MappingProxyType({Ban: Deed.UNBANNED, Timeout: Deed.TIMEOUT_LIFTED})


def end_sanction(kind: type[Ban] | type[Timeout], *, actor: User, room: Room, subject: User, reason: str = "") -> None:
    """End a ban or a timeout, inside the transaction of somebody who is authorised to, and tell of it."""
    deleted, _ = kind.objects.filter(room=room, user=subject).delete()
    if deleted:
        record(ENDED[kind], actor=actor, room=room, subject=subject, reason=reason)
        tell(push.standing_changed, room.pk, subject.pk)


@transaction.atomic
def send_to_review(*, actor: User, room: Room, subject: User, reason: str, message: Message | None = None) -> Report:
    """Ask the other moderators to look at `subject`, at what they wrote where there is `message`, as it is now.

    What `actor` has sent already and nobody has closed is answered again. Raises what `authorise` raises.
    """
    authorise(actor=actor, room=room, codename=permissions.HANDLE_REPORTS, subject=subject)
    mine = Report.objects.filter(room=room, reporter=actor, subject=subject, message=message, status__in=UNRESOLVED)
    sent = mine.first()
    if sent is not None:
        return sent
    report = Report.objects.file(room=room, reporter=actor, subject=subject, message=message, reason=reason)
    channel = message.channel if message is not None else None
    record(
        Deed.SENT_TO_REVIEW, actor=actor, room=room, subject=subject, channel=channel, reason=reason, report=report.pk
    )
    return report
