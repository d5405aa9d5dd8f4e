"""The audit log as a page shows it: filtered, in pages by key, in the reader's words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from rooms.access import RoomAccess
from rooms.models import AuditEntry, Channel, Room
from rooms.models.audit_entry import Deed
from rooms.permissions import LABELS, Role

PAGE_SIZE = 50


@dataclass(frozen=True)
class AuditPage:
    """Some entries, the latest first, and the key of the next page of them (0 at the end)."""

    entries: Sequence[AuditEntry]
    next: int


def audit_page(
    access: RoomAccess, *, deed: str = "", actor: str = "", subject: str = "", after: int | None = None
) -> AuditPage:
    """A page of what was done in the room; people by username, or by the name that they had then."""
    entries = AuditEntry.objects.filter(room=access.room).known_to(access.rank)
    entries = entries.select_related("actor", "subject", "channel")
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
    details = entry.details
    told = [_told(name, value) for name, value in details.items()]
    match entry.deed, details.get("before"), details.get("after"):
        case Deed.ROLE_CHANGED, str() as before, str() as after:
            told.append(_change(_choice(Role, before), _choice(Role, after)))
        case Deed.ROOM_EDITED, dict() as before, dict() as after:
            told += _edited(Room, before, after)
        case Deed.CHANNEL_EDITED, dict() as before, dict() as after:
            told += _edited(Channel, before, after)
        case _, str() as before, str() as after:
            told.append(_change(before, after))
    return [words for words in told if words]


def _told(name: str, value: Any) -> str:
    match name, value:
        case "until", str():
            return _("until %(moment)s") % {"moment": _moment(value)}
        case "deleted", int() if value > 0:
            return ngettext("%(count)d message deleted", "%(count)d messages deleted", value) % {"count": value}
        case "max_uses", int():
            return ngettext("for %(count)d use", "for %(count)d uses", value) % {"count": value}
        case "seconds", int():
            return ngettext("%(count)d second", "%(count)d seconds", value) % {"count": value}
        case "user_limit", 0:
            return _("for any number of people")
        case "user_limit", int():
            return ngettext("for %(count)d person", "for %(count)d people", value) % {"count": value}
        case "bitrate", int():
            return _("%(count)d kb/s") % {"count": value}
        case "report", int():
            return _("report %(number)d") % {"number": value}
        case "invitation", int():
            return _("invitation %(number)d") % {"number": value}
        case "added", str():
            return _("added: %(names)s") % {"names": value}
        case "removed", str():
            return _("removed: %(names)s") % {"names": value}
        case "icon", str():
            return _("icon")
        case "category", str():
            return _("category: %(name)s") % {"name": value}
        case "category_was", str():
            return _("before: %(name)s") % {"name": value}
        case "granted", dict():
            return _("granted: %(names)s") % {"names": _rights(value)}
        case "taken", dict():
            return _("taken away: %(names)s") % {"names": _rights(value)}
    return ""


def _change(before: str, after: str) -> str:
    return f"{before or '—'} → {after or '—'}"


def _choice(choices: type[models.TextChoices], value: str) -> str:
    """A choice's label; one that is no more is told as it is stored."""
    return str(choices(value).label) if value in choices.values else value


def _edited(model: type[models.Model], before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """What was changed of a room or channel: each field's name with its values before and after."""
    told = []
    for name, value in after.items():
        try:
            field = model._meta.get_field(name)
        except FieldDoesNotExist:
            continue
        label = str(getattr(field, "verbose_name", name))
        told.append(f"{label}: {_change(_shown(field, before.get(name)), _shown(field, value))}")
    return told


def _shown(field: Any, value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    labels = {str(key): str(label) for key, label in getattr(field, "choices", None) or ()}
    return labels.get(str(value), "" if value is None else str(value))


def _rights(by_role: dict[str, list[str]]) -> str:
    """The rights by role, in the matrix's words."""
    return "; ".join(
        f"{_choice(Role, role)}: {', '.join(str(LABELS.get(codename, codename)) for codename in codenames)}"
        for role, codenames in by_role.items()
    )


def _moment(text: str) -> str:
    return date_format(timezone.localtime(datetime.fromisoformat(text)), "DATETIME_FORMAT")
