"""The audit log as a page shows it: filtered, in pages by key, in the reader's words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from rooms.models import AuditEntry, Room
from rooms.models.audit_entry import Deed

PAGE_SIZE = 50


@dataclass(frozen=True)
class AuditPage:
    """Some entries, the latest first, and the key of the next page of them (0 at the end)."""

    entries: Sequence[AuditEntry]
    next: int


def audit_page(
    room: Room, *, deed: str = "", actor: str = "", subject: str = "", after: int | None = None
) -> AuditPage:
    """A page of what was done in `room`; people by username, or by the name that they had then."""
    entries = AuditEntry.objects.filter(room=room).select_related("actor", "subject", "channel")
    if deed:
        entries = entries.filter(deed=deed)
    for role, name in (("actor", actor), ("subject", subject)):
        if name:
            # A deleted account has no username any more: the name in the entry stays.
            username = User.normalize_username(name)
            entries = entries.filter(Q(**{f"{role}__username": username}) | Q(**{f"details__{role}": name}))
    if after is not None:
        entries = entries.filter(pk__lt=after)
    found = list(entries.order_by("-pk")[: PAGE_SIZE + 1])
    return AuditPage(found[:PAGE_SIZE], found[PAGE_SIZE - 1].pk if len(found) > PAGE_SIZE else 0)


def deed_words(entry: AuditEntry) -> str:
    """What was done, in the reader's language."""
    if entry.deed == Deed.REPORT_CLAIMED and entry.details.get("given_back"):
        return _("gave a report back")
    return entry.get_deed_display()


def details_words(entry: AuditEntry) -> list[str]:
    """What else the entry tells, in the reader's language; what is not known here is left to the REST edge."""
    told = [_told(name, value) for name, value in entry.details.items()]
    return [words for words in told if words]


def _told(name: str, value: Any) -> str:
    match name, value:
        case "until", str():
            return _("until %(moment)s") % {"moment": _moment(value)}
        case "deleted" | "count", int() if value > 0:
            return ngettext("%(count)d message deleted", "%(count)d messages deleted", value) % {"count": value}
        case "max_uses", int():
            return ngettext("for %(count)d use", "for %(count)d uses", value) % {"count": value}
        case "report", int():
            return _("report %(number)d") % {"number": value}
        case "invitation", int():
            return _("invitation %(number)d") % {"number": value}
    return ""


def _moment(text: str) -> str:
    moment = datetime.fromisoformat(text)
    return date_format(timezone.localtime(moment), "DATETIME_FORMAT")
