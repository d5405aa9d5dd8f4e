"""For whom the pages of rooms open. A new page is a line here, and fails without one.

    "channel-lock": form(p.LOCK_CHANNELS, {"lock-reason": "Enough"}),

`page` is only looked at, `deed` only done, `form` is both; what a form takes is sent as somebody would fill it in, for
only who has done it counts as being in. Whom else a deed depends on, rules.py knows: `over`, `own`, `any_of` …
"""

from collections.abc import Mapping
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from rooms import permissions as p
from rooms.actions.roles import matrix_of
from tests.rooms.administration.pictures import picture
from tests.rooms.matrix.rows import Row, deed, form, page
from tests.rooms.matrix.rules import (
    ACCOUNT,
    ANYBODY,
    COMES_BY_IT,
    CREATOR,
    FORMER_CREATOR,
    INVITED,
    KNOWN,
    MEMBER,
    REPORTER,
    STAFF,
    all_of,
    any_of,
    over,
    own,
)


def few_rights(names: Mapping[str, Any]) -> dict[str, Any]:
    """The matrix as a page has it, with most of its boxes unchecked."""
    was = {f"was_{role}": " ".join(rights) for role, rights in matrix_of(names["room"]).items()}
    return {"user": [p.VIEW_MEMBERS, p.SEND_MESSAGES], **was}


WHY = {"reason": "Noise"}
OUTCOME = {"outcome": "Told to stop", "verdict": "resolved"}
MODERATES_CHANNELS = any_of(p.SET_SLOW_MODE, p.LOCK_CHANNELS, p.DELETE_MANY_MESSAGES)

# Name of the page -> what can be done there, and by whom.
PAGES: dict[str, tuple[Row, ...]] = {
    "room-list": page(ANYBODY),
    "room-create": form(ACCOUNT, {"name": "Pier", "visibility": "public"}),
    "room": page(p.VIEW_ROOM),
    "room-join": deed(KNOWN),
    "room-leave": deed(KNOWN, but={"alice": "409"}),
    "room-members": page(p.VIEW_MEMBERS),
    "room-member": page(p.VIEW_MEMBERS),
    "room-sidebar": page(p.VIEW_ROOM),
    "channel": page(p.VIEW_ROOM),
    "channel-read": deed(MEMBER, lambda names: {"message": names["message_id"]}),
    "channel-commands": page(p.SEND_MESSAGES),
    "channel-pinned": page(p.VIEW_ROOM),
    "message": page(p.VIEW_ROOM),
    "message-menu": page(p.VIEW_ROOM),
    "message-changes": page(p.VIEW_ROOM, query="after=0"),
    "message-create": deed(p.SEND_MESSAGES, {"body": "Ahoy"}),
    "message-edit": form(own(p.EDIT_OWN_MESSAGES), {"body": "Ahoy"}),
    "message-delete": form(any_of(p.DELETE_ANY_MESSAGE, own(p.DELETE_OWN_MESSAGES)), WHY),
    "message-pin": form(p.PIN_MESSAGES, WHY),
    "message-unpin": form(p.PIN_MESSAGES, WHY),
    "message-review": form(over(p.HANDLE_REPORTS), WHY),
    "messages-delete": form(p.DELETE_MANY_MESSAGES, lambda names: {"message": names["message_id"], **WHY}),
    "channel-slow": form(p.SET_SLOW_MODE, {"seconds": 5}, seen_by=MODERATES_CHANNELS),
    "channel-lock": form(p.LOCK_CHANNELS, {"lock-reason": "Enough"}),
    "channel-unlock": form(p.LOCK_CHANNELS, {"lock-reason": "Enough"}),
    "member-timeout": form(over(p.TIME_OUT_MEMBERS), {"duration": "1h", **WHY}),
    "member-untimeout": form(over(p.TIME_OUT_MEMBERS), WHY, at={"username": "muted"}),
    "member-kick": form(over(p.KICK_MEMBERS), WHY),
    "member-ban": form(over(p.BAN_MEMBERS), {"duration": "7d", **WHY}),
    "member-unban": form(p.BAN_MEMBERS, WHY, at={"username": "banned"}),
    "member-review": form(over(p.HANDLE_REPORTS), WHY),
    "member-voice-mute": form(over(p.MODERATE_VOICE), WHY),
    "member-voice-unmute": form(over(p.MODERATE_VOICE), WHY),
    "member-voice-deafen": form(over(p.MODERATE_VOICE), WHY),
    "member-voice-undeafen": form(over(p.MODERATE_VOICE), WHY),
    "member-voice-move": form(over(p.MODERATE_VOICE), lambda names: {"channel": names["deck_id"]}),
    "member-voice-disconnect": form(over(p.MODERATE_VOICE), WHY),
    "member-voice-priority": form(over(p.MODERATE_VOICE), WHY),
    "member-voice-no-priority": form(over(p.MODERATE_VOICE), WHY),
    "member-voice": page(over(p.MODERATE_VOICE)),
    "channel-call": form(
        p.MODERATE_VOICE,
        {"call-user_limit": 5, "call-bitrate": 32},
        seen_by=any_of(p.MODERATE_VOICE, p.LOCK_CHANNELS),
        at={"channel": "voice"},
    ),
    "member-role": form(over(p.MANAGE_ROLES), {"role": "moderator"}),
    "member-nickname": form(over(p.KICK_MEMBERS), {"nickname": "Ollie"}),
    "room-bans": page(any_of(p.BAN_MEMBERS, p.TIME_OUT_MEMBERS, p.MODERATE_VOICE)),
    "room-words": form(p.EDIT_WORD_FILTER, {"words": "rat"}),
    "room-permissions": form(p.MANAGE_ROLES, few_rights),
    "room-transfer": form(
        all_of(p.TRANSFER_ROOM, CREATOR), lambda names: {"to": "olga", "confirmation": names["room_name"]}
    ),
    "report-create": form(p.FILE_REPORTS, WHY, query="member={username}"),
    "room-reports": page(p.HANDLE_REPORTS),
    "report": form(p.HANDLE_REPORTS, OUTCOME, at={"pk": "report_id"}),
    "report-claim": deed(p.HANDLE_REPORTS, at={"pk": "report_id"}),
    "report-release": deed(p.HANDLE_REPORTS, at={"pk": "report_id"}),
    "room-audit": page(p.VIEW_AUDIT_LOG),
    "my-reports": page(ACCOUNT),
    "report-outcome": page(REPORTER, at={"pk": "closed_report_id"}),
    "staff-reports": page(STAFF),
    "staff-report": form(STAFF, OUTCOME, at={"pk": "report_id"}),
    "room-invitations": form(p.CREATE_INVITATIONS, {"lifetime": "7d"}),
    # Carol's: others than moderators see their own alone.
    "invitation-revoke": form(p.CREATE_INVITATIONS, WHY, at={"pk": "invitation_id"}),
    "invitation": form(COMES_BY_IT, seen_by=INVITED),
    "room-tags": form(p.EDIT_GAME_TAGS, {"name": "Chess"}),
    "room-tag-remove": deed(p.EDIT_GAME_TAGS),
    "room-settings": form(p.EDIT_ROOM, lambda names: {"name": "Quay", "slug": names["slug"], "visibility": "public"}),
    "room-icon": deed(p.EDIT_ROOM, lambda names: {"icon": SimpleUploadedFile("icon.png", picture())}),
    "room-delete": form(p.DELETE_ROOM, lambda names: {"confirm": names["room_name"]}),
    "room-restore": form(FORMER_CREATOR, at={"slug": "wreck"}),
    "room-channels": page(p.MANAGE_CHANNELS),
    "channel-create": form(p.MANAGE_CHANNELS, {"name": "Dock", "audience": "everyone"}),
    "channels-order": deed(p.MANAGE_CHANNELS, lambda names: {"up": names["channel_id"]}),
    "channel-edit": form(p.MANAGE_CHANNELS, {"name": "Dock", "slug": "dock", "audience": "everyone"}),
    "channel-delete": form(p.DELETE_CHANNELS, lambda names: {"confirm": names["annex"]}),
    "category-create": form(p.MANAGE_CHANNELS, {"name": "Music"}),
    "category-edit": form(p.MANAGE_CHANNELS, {"name": "Music"}),
    "category-delete": deed(p.MANAGE_CHANNELS),
}
