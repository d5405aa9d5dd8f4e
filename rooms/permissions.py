"""Every right there is in a room, who has it by default, and what each is called: declared here and nowhere else.

Codenames become permissions of the `Room` model; guardian's object permissions on a room hold what its role
groups may do in it. A name that is not declared raises, so a typing error can never open or close a door.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class Role(models.TextChoices):
    CREATOR = "creator", _("creator")
    MODERATOR = "moderator", _("moderator")
    USER = "user", _("member")


VIEW_ROOM = "view_room"
VIEW_MEMBERS = "view_members"
SEND_MESSAGES = "send_messages"
EDIT_OWN_MESSAGES = "edit_own_messages"
DELETE_OWN_MESSAGES = "delete_own_messages"
DELETE_ANY_MESSAGE = "delete_any_message"

LABELS: Mapping[str, "_StrPromise"] = MappingProxyType(
    {
        VIEW_ROOM: _("Read channels and their history"),
        VIEW_MEMBERS: _("See members and who is here"),
        SEND_MESSAGES: _("Send messages and reply"),
        EDIT_OWN_MESSAGES: _("Edit own messages"),
        DELETE_OWN_MESSAGES: _("Delete own messages"),
        DELETE_ANY_MESSAGE: _("Delete anybody's messages"),
    }
)
CODENAMES: frozenset[str] = frozenset(LABELS)

_USER = frozenset({VIEW_ROOM, VIEW_MEMBERS, SEND_MESSAGES, EDIT_OWN_MESSAGES, DELETE_OWN_MESSAGES})
_MODERATOR = _USER | {DELETE_ANY_MESSAGE}

DEFAULT_MATRIX: Mapping[Role, frozenset[str]] = MappingProxyType(
    {Role.CREATOR: CODENAMES, Role.MODERATOR: _MODERATOR, Role.USER: _USER}
)
# What somebody who is not a member may do in a public room; in a private one, nothing.
GUEST: frozenset[str] = frozenset({VIEW_ROOM})


def check(codename: str) -> str:
    """`codename` itself; `KeyError` if it was never declared."""
    if codename not in CODENAMES:
        raise KeyError(f"{codename!r} is not a permission: see rooms/permissions.py")
    return codename
