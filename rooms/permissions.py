"""Every right there is in a room, who has it by default, and what each is called: declared here and nowhere else.

Codenames become permissions of the `Room` model; guardian's object permissions on a room hold what its role
groups may do in it. A name that is not declared raises, so a typing error can never open or close a door.
"""

from collections.abc import Mapping
from dataclasses import dataclass
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


# Whoever acts on somebody must stand higher than they do; a stranger stands at 0.
RANK: Mapping[str, int] = MappingProxyType({Role.CREATOR: 3, Role.MODERATOR: 2, Role.USER: 1})

VIEW_ROOM = "view_room"
VIEW_MEMBERS = "view_members"
SEND_MESSAGES = "send_messages"
EDIT_OWN_MESSAGES = "edit_own_messages"
DELETE_OWN_MESSAGES = "delete_own_messages"
DELETE_ANY_MESSAGE = "delete_any_message"
PIN_MESSAGES = "pin_messages"
DELETE_MANY_MESSAGES = "delete_many_messages"
MENTION_EVERYONE = "mention_everyone"
BYPASS_SLOW_MODE = "bypass_slow_mode"
CONNECT_VOICE = "connect_voice"
SPEAK_VOICE = "speak_voice"
SHARE_VIDEO = "share_video"
WRITE_CAPTIONS = "write_captions"
PRIORITY_SPEAKER = "priority_speaker"
MODERATE_VOICE = "moderate_voice"
TIME_OUT_MEMBERS = "time_out_members"
KICK_MEMBERS = "kick_members"
BAN_MEMBERS = "ban_members"
SET_SLOW_MODE = "set_slow_mode"
LOCK_CHANNELS = "lock_channels"
FILE_REPORTS = "file_reports"
HANDLE_REPORTS = "handle_reports"
VIEW_AUDIT_LOG = "view_audit_log"
EDIT_WORD_FILTER = "edit_word_filter"
EDIT_GAME_TAGS = "edit_game_tags"
CREATE_INVITATIONS = "create_invitations"
MANAGE_CHANNELS = "manage_channels"
DELETE_CHANNELS = "delete_channels"
MANAGE_WEBHOOKS = "manage_webhooks"
EDIT_ROOM = "edit_room"
MANAGE_ROLES = "manage_roles"
TRANSFER_ROOM = "transfer_room"
EXPORT_ROOM = "export_room"
DELETE_ROOM = "delete_room"


@dataclass(frozen=True)
class Right:
    """One row of the matrix: what a role needs to do something, and who has it unless the creator decides otherwise."""

    codename: str
    label: "_StrPromise"
    # The lowest role that has it by default; creators have every right, always.
    default: Role
    # A role that lacks it by default and is often given it: "by setting" in the documentation's table.
    by_setting: Role | None = None
    # Whether a guest has it in a room that guests may read.
    guest: bool = False
    # A right without which there is no membership: the matrix shows it and does not offer it.
    fixed: bool = False
    # A right to what is not built yet: declared, so that rooms have it decided when it is, and not offered before.
    planned: bool = False
    # Whether somebody who is timed out keeps it: nobody else reads, hears or sees anything of them by it.
    when_muted: bool = False

    def held_by_default(self, role: Role) -> bool:
        return RANK[role] >= RANK[self.default]


RIGHTS: tuple[Right, ...] = (
    Right(VIEW_ROOM, _("Read channels and their history"), Role.USER, guest=True, fixed=True, when_muted=True),
    Right(VIEW_MEMBERS, _("See members and who is here"), Role.USER, when_muted=True),
    Right(SEND_MESSAGES, _("Send messages and reply"), Role.USER),
    Right(EDIT_OWN_MESSAGES, _("Edit own messages"), Role.USER),
    Right(DELETE_OWN_MESSAGES, _("Delete own messages"), Role.USER, when_muted=True),
    Right(DELETE_ANY_MESSAGE, _("Delete anybody's messages"), Role.MODERATOR),
    Right(PIN_MESSAGES, _("Pin messages"), Role.MODERATOR),
    Right(DELETE_MANY_MESSAGES, _("Delete many messages at once"), Role.MODERATOR),
    Right(MENTION_EVERYONE, _("Mention everyone"), Role.MODERATOR, planned=True),
    Right(BYPASS_SLOW_MODE, _("Write without waiting in slow mode"), Role.MODERATOR),
    Right(CONNECT_VOICE, _("Join voice channels and listen"), Role.USER, when_muted=True),
    Right(SPEAK_VOICE, _("Speak in voice channels"), Role.USER),
    Right(SHARE_VIDEO, _("Show camera and screen in voice channels"), Role.USER),
    Right(WRITE_CAPTIONS, _("Write live captions in voice channels"), Role.USER),
    Right(PRIORITY_SPEAKER, _("Be heard before others in voice channels"), Role.MODERATOR),
    Right(MODERATE_VOICE, _("Mute, deafen, move and disconnect others in voice channels"), Role.MODERATOR),
    Right(TIME_OUT_MEMBERS, _("Mute members for a time"), Role.MODERATOR),
    Right(KICK_MEMBERS, _("Remove members"), Role.MODERATOR),
    Right(BAN_MEMBERS, _("Ban and unban"), Role.MODERATOR),
    Right(SET_SLOW_MODE, _("Set slow mode"), Role.MODERATOR),
    Right(LOCK_CHANNELS, _("Lock channels"), Role.MODERATOR),
    Right(FILE_REPORTS, _("Report messages and members"), Role.USER, when_muted=True),
    Right(HANDLE_REPORTS, _("Handle reports"), Role.MODERATOR),
    Right(VIEW_AUDIT_LOG, _("Read the audit log"), Role.MODERATOR, when_muted=True),
    Right(EDIT_WORD_FILTER, _("Edit the word filter"), Role.CREATOR, by_setting=Role.MODERATOR),
    Right(EDIT_GAME_TAGS, _("Edit the game tags"), Role.CREATOR, by_setting=Role.MODERATOR),
    Right(CREATE_INVITATIONS, _("Create invitations"), Role.MODERATOR, by_setting=Role.USER),
    Right(MANAGE_CHANNELS, _("Create and edit channels"), Role.CREATOR, by_setting=Role.MODERATOR),
    Right(DELETE_CHANNELS, _("Delete channels"), Role.CREATOR),
    Right(MANAGE_WEBHOOKS, _("Manage webhooks"), Role.CREATOR, planned=True),
    Right(EDIT_ROOM, _("Edit the room's name, icon and visibility"), Role.CREATOR),
    Right(MANAGE_ROLES, _("Appoint and dismiss moderators, edit this matrix"), Role.CREATOR),
    Right(TRANSFER_ROOM, _("Hand the room over"), Role.CREATOR),
    Right(EXPORT_ROOM, _("Export the room"), Role.CREATOR, planned=True, when_muted=True),
    Right(DELETE_ROOM, _("Delete the room"), Role.CREATOR),
)
LABELS: Mapping[str, "_StrPromise"] = MappingProxyType({right.codename: right.label for right in RIGHTS})
CODENAMES: frozenset[str] = frozenset(LABELS)
DEFAULT_MATRIX: Mapping[Role, frozenset[str]] = MappingProxyType(
    {role: frozenset(right.codename for right in RIGHTS if right.held_by_default(role)) for role in Role}
)
# What somebody who is not a member may do in a public room that guests may read; in any other, nothing.
GUEST: frozenset[str] = frozenset(right.codename for right in RIGHTS if right.guest)
# What somebody who is timed out may not do, whatever their role: all that others would read, hear or see of them,
# a right that is added tomorrow included, unless it is declared otherwise.
SILENCED: frozenset[str] = frozenset(right.codename for right in RIGHTS if not right.when_muted)
# What members may not do in a channel where moderators alone write and speak.
TAKING_PART: frozenset[str] = frozenset({SEND_MESSAGES, EDIT_OWN_MESSAGES, SPEAK_VOICE, SHARE_VIDEO, WRITE_CAPTIONS})
# What somebody whom moderators muted in voice channels may not do there: captions would say what the voice may not.
MUTED: frozenset[str] = frozenset({SPEAK_VOICE, WRITE_CAPTIONS})


def check(codename: str) -> str:
    """`codename` itself; `KeyError` if it was never declared."""
    if codename not in CODENAMES:
        raise KeyError(f"{codename!r} is not a permission: see rooms/permissions.py")
    return codename
