"""The pages of a room's settings that somebody may open."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from rooms import permissions
from rooms.access import RoomAccess
from rooms.actions.transfer import may_hand_over

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


@dataclass(frozen=True)
class SettingsPage:
    """One line of the navigation."""

    url_name: str
    label: "_StrPromise"
    address: str


# Each page with the right that opens it, in the order in which the navigation shows them.
PAGES: tuple[tuple[str, str, "_StrPromise"], ...] = (
    ("room-settings", permissions.EDIT_ROOM, _("Room")),
    ("room-channels", permissions.MANAGE_CHANNELS, _("Channels")),
    ("room-permissions", permissions.MANAGE_ROLES, _("Permissions")),
    ("room-members", permissions.VIEW_MEMBERS, _("Members")),
    ("room-invitations", permissions.CREATE_INVITATIONS, _("Invitations")),
    ("room-tags", permissions.EDIT_GAME_TAGS, _("Games")),
    ("room-words", permissions.EDIT_WORD_FILTER, _("Word filter")),
    ("room-bans", permissions.BAN_MEMBERS, _("Bans")),
    ("room-reports", permissions.HANDLE_REPORTS, _("Reports")),
    ("room-audit", permissions.VIEW_AUDIT_LOG, _("Audit log")),
    ("room-transfer", permissions.TRANSFER_ROOM, _("Hand the room over")),
    ("room-delete", permissions.DELETE_ROOM, _("Delete the room")),
)


def settings_pages(access: RoomAccess) -> list[SettingsPage]:
    """The pages that `access` opens, in their order."""
    return [
        SettingsPage(url_name, label, reverse(f"rooms:{url_name}", args=[access.room.slug]))
        for url_name, codename, label in PAGES
        if access.may(codename) and (codename != permissions.TRANSFER_ROOM or may_hand_over(access))
    ]
