"""What moderators and reporters read of reports: the queue in pages by key, and one report with all around it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import models
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from rooms.access import RoomAccess
from rooms.models import AuditEntry, Ban, Message, Report, Timeout
from rooms.models.audit_entry import Deed
from rooms.models.report import UNRESOLVED

PAGE_SIZE = 30
# So many messages before and after the one that was reported.
AROUND = 3
# So many earlier reports about a person, and so many deeds that concerned them.
EARLIER = 10
SANCTIONS = (
    Deed.TIMED_OUT,
    Deed.TIMEOUT_LIFTED,
    Deed.KICKED,
    Deed.BANNED,
    Deed.UNBANNED,
    Deed.SENT_TO_REVIEW,
    Deed.MESSAGE_DELETED,
    Deed.MESSAGES_DELETED,
)


class Shelf(models.TextChoices):
    """Which part of the queue is looked at."""

    OPEN = "open", _("Open")
    MINE = "mine", _("Mine")
    CLOSED = "closed", _("Closed")


@dataclass(frozen=True)
class ReportsPage:
    """Some reports, and the key of the next page of them (0 at the end)."""

    reports: Sequence[Report]
    next: int


def reports_of_all_rooms(viewer: User) -> "QuerySet[Report]":
    """Those that `viewer`, who is site staff, may read: one about themself is for nobody's eyes."""
    return Report.objects.select_related("room", "reporter", "subject", "claimed_by", "message__channel").exclude(
        subject=viewer
    )


def reports_of_room(access: RoomAccess) -> "QuerySet[Report]":
    """The room's reports that this person may read: none about themself, none of a channel that they may not know."""
    reports = Report.objects.known_to(access.rank).filter(room=access.room).exclude(subject=access.actor)
    return reports.select_related("room", "reporter", "subject", "claimed_by", "message__channel")


def shelf_of(access: RoomAccess, shelf: str, after: int | None = None) -> ReportsPage:
    """A page of a room's reports: those that wait in the order they came, closed ones the latest first."""
    reports = reports_of_room(access)
    if shelf == Shelf.CLOSED:
        return _page(reports.exclude(status__in=UNRESOLVED), after, newest_first=True)
    reports = reports.filter(status__in=UNRESOLVED)
    return _page(reports.filter(claimed_by=access.actor) if shelf == Shelf.MINE else reports, after)


def unresolved_everywhere(viewer: User, after: int | None = None) -> ReportsPage:
    """A page of all rooms' reports that wait, the oldest first: for site staff."""
    return _page(reports_of_all_rooms(viewer).filter(room__deleted_at=None, status__in=UNRESOLVED), after)


def filed_by(viewer: User, after: int | None = None) -> ReportsPage:
    """A page of what `viewer` reported, the latest first."""
    reports = Report.objects.filter(reporter=viewer).select_related("room", "subject", "message__channel")
    return _page(reports, after, newest_first=True)


def _page(reports: "QuerySet[Report]", after: int | None, *, newest_first: bool = False) -> ReportsPage:
    if after is not None:
        reports = reports.filter(pk__lt=after) if newest_first else reports.filter(pk__gt=after)
    found = list(reports.order_by("-pk" if newest_first else "pk")[: PAGE_SIZE + 1])
    return ReportsPage(found[:PAGE_SIZE], found[PAGE_SIZE - 1].pk if len(found) > PAGE_SIZE else 0)


def waiting(access: RoomAccess) -> int:
    """How many of the room's reports that this person may read nobody has closed."""
    return reports_of_room(access).filter(status__in=UNRESOLVED).count()


@dataclass(frozen=True)
class Case:
    """A report, and what a moderator should know to decide."""

    report: Report
    # The message as it is now with its neighbours, in order; empty where there is none any more.
    around: Sequence[Message] = ()
    # Whether the reader may follow a link to the message.
    may_open: bool = False
    earlier: Sequence[Report] = ()
    deeds: Sequence[AuditEntry] = ()
    ban: Ban | None = None
    timeout: Timeout | None = field(default=None)

    @property
    def message(self) -> Message | None:
        return self.report.message

    @property
    def changed_since(self) -> bool:
        """Whether the message says something else now than when it was reported."""
        return self.message is not None and (self.message.is_deleted or self.message.body != self.report.quoted)


def case_of(viewer: User, report: Report, access: RoomAccess | None) -> Case:
    """The case behind a report; `access` is the viewer's to the room, `None` for staff who do not belong to it."""
    message = report.message
    if message is not None:
        message.channel.room = report.room
    about = Q(subject=report.subject_id) if report.subject_id is not None else Q(pk=None)
    reports = reports_of_room(access) if access is not None else reports_of_all_rooms(viewer).filter(room=report.room)
    earlier = reports.filter(about, pk__lt=report.pk).order_by("-pk")[:EARLIER]
    deeds = AuditEntry.objects.filter(about, room=report.room, deed__in=SANCTIONS).select_related("channel")
    if access is not None:
        deeds = deeds.known_to(access.rank)
    ban = Ban.objects.in_force().filter(room=report.room, user=report.subject_id).first()
    timeout = Timeout.objects.filter(room=report.room, user=report.subject_id).first()
    return Case(
        report=report,
        around=_around(message) if message is not None else (),
        may_open=message is not None and access is not None,
        earlier=list(earlier),
        deeds=list(deeds.order_by("-pk")[:EARLIER]),
        ban=ban,
        timeout=timeout if timeout is not None and timeout.is_in_force else None,
    )


def _around(message: Message) -> list[Message]:
    messages = Message.objects.for_display().filter(channel=message.channel)
    before = list(messages.filter(pk__lt=message.pk).order_by("-pk")[:AROUND])
    after = messages.filter(pk__gte=message.pk).order_by("pk")[: AROUND + 1]
    return [*reversed(before), *after]
