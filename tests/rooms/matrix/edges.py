"""For whom the edges of the REST interface open. A new method of an edge is a line here, and fails without one.

    ("words", "PUT"): edge(p.EDIT_WORD_FILTER, {"words": "rat"}),

What it takes is sent as it should be, for only who has done it counts as being in. `at` says what a part of the address
stands for, where it is not what it is called.
"""

from collections.abc import Mapping
from typing import Any

from rooms import permissions as p
from rooms.actions.roles import matrix_of
from rooms.permissions import Role
from tests.factories import PASSWORD
from tests.rooms.administration.pictures import picture
from tests.rooms.matrix.rows import Row, edge
from tests.rooms.matrix.rules import (
    ACCOUNT,
    ANYBODY,
    COMES_BY_IT,
    CREATOR,
    FORMER_CREATOR,
    INVITED,
    KNOWN,
    MEMBER,
    STAFF,
    all_of,
    any_of,
    over,
    own,
)


def few_rights(names: Mapping[str, Any]) -> dict[str, Any]:
    """The matrix as somebody has read it, changed."""
    return {"user": [p.VIEW_MEMBERS, p.SEND_MESSAGES], "was": {"user": sorted(matrix_of(names["room"])[Role.USER])}}


OUTCOME = {"outcome": "Told to stop"}
LOGGED_IN_ALREADY = dict.fromkeys(("alice", "bob", "carol", "tim", "ben", "mallory", "sam"), "409")

# Name and method of the edge -> by whom it can be asked, and what.
EDGES: dict[tuple[str, str], tuple[Row, ...]] = {
    ("csrf", "GET"): edge(ANYBODY),
    ("session", "GET"): edge(ANYBODY),
    ("login", "POST"): edge(ANYBODY, {"username": "carol", "password": PASSWORD}, but=LOGGED_IN_ALREADY),
    ("register", "POST"): edge(ANYBODY, {"username": "nina", "password": PASSWORD}, but=LOGGED_IN_ALREADY),
    ("logout", "POST"): edge(ANYBODY),
    ("profile", "GET"): edge(ACCOUNT),
    ("profile", "POST"): edge(ACCOUNT, {"display_name": "Somebody"}),
    ("password", "POST"): edge(ACCOUNT, {"old_password": PASSWORD, "new_password": "another lantern"}),
    ("schema", "GET"): edge(ANYBODY),
    ("by-invitation", "GET"): edge(INVITED),
    ("by-invitation", "POST"): edge(COMES_BY_IT),
    ("rooms", "GET"): edge(ANYBODY),
    ("rooms", "POST"): edge(ACCOUNT, {"name": "Pier"}),
    ("public-room", "GET"): edge(ANYBODY),
    ("game-tags", "GET"): edge(ANYBODY),
    ("room", "GET"): edge(p.VIEW_ROOM),
    ("join", "POST"): edge(KNOWN),
    ("leave", "POST"): edge(KNOWN, but={"alice": "409"}),
    ("members", "GET"): edge(p.VIEW_MEMBERS),
    ("member", "GET"): edge(p.VIEW_MEMBERS),
    ("member", "PATCH"): (
        *edge(all_of(over(p.KICK_MEMBERS), p.VIEW_MEMBERS), {"nickname": "Ollie"}),
        *edge(all_of(over(p.MANAGE_ROLES), p.VIEW_MEMBERS), {"role": "moderator"}),
    ),
    ("channels", "GET"): edge(p.VIEW_ROOM),
    ("messages", "GET"): edge(p.VIEW_ROOM, query="after=0"),
    ("messages", "POST"): edge(p.SEND_MESSAGES, {"body": "Ahoy"}),
    ("message", "GET"): edge(p.VIEW_ROOM),
    ("message", "PATCH"): edge(own(p.EDIT_OWN_MESSAGES), {"body": "Ahoy"}),
    ("message", "DELETE"): edge(any_of(p.DELETE_ANY_MESSAGE, own(p.DELETE_OWN_MESSAGES))),
    ("changes", "GET"): edge(p.VIEW_ROOM, query="after=0"),
    ("read", "POST"): edge(MEMBER, lambda names: {"message": names["message_id"]}),
    ("permissions", "GET"): edge(p.MANAGE_ROLES),
    ("permissions", "PUT"): edge(over(p.MANAGE_ROLES), few_rights),
    ("transfer", "POST"): edge(
        all_of(p.TRANSFER_ROOM, CREATOR), lambda names: {"to": "olga", "confirmation": names["room_name"]}
    ),
    ("room-tags", "GET"): edge(p.VIEW_ROOM),
    ("room-tags", "POST"): edge(p.EDIT_GAME_TAGS, {"name": "Chess"}),
    ("room-tag", "DELETE"): edge(p.EDIT_GAME_TAGS),
    ("invitations", "GET"): edge(p.CREATE_INVITATIONS),
    ("invitations", "POST"): edge(p.CREATE_INVITATIONS, {"lifetime": "7d"}),
    # Carol's: others than moderators see their own alone.
    ("invitation", "DELETE"): edge(p.CREATE_INVITATIONS),
    ("reports", "GET"): edge(p.HANDLE_REPORTS),
    ("reports", "POST"): edge(p.FILE_REPORTS, {"reason": "Noise", "member": "bob"}, but={"bob": "409"}),
    ("report", "GET"): edge(p.HANDLE_REPORTS),
    ("report-claim", "POST"): edge(p.HANDLE_REPORTS),
    ("report-claim", "DELETE"): edge(p.HANDLE_REPORTS),
    ("report-resolve", "POST"): edge(p.HANDLE_REPORTS, OUTCOME),
    ("report-dismiss", "POST"): edge(p.HANDLE_REPORTS, OUTCOME),
    ("audit", "GET"): edge(p.VIEW_AUDIT_LOG),
    ("my-reports", "GET"): edge(ACCOUNT),
    ("staff-reports", "GET"): edge(STAFF),
    ("staff-report", "GET"): edge(STAFF),
    ("staff-report", "POST"): edge(STAFF, {**OUTCOME, "verdict": "dismissed"}),
    ("waiting-tags", "GET"): edge(STAFF),
    ("approve-tag", "POST"): edge(STAFF, at={"tag_id": "waiting"}),
    ("reject-tag", "POST"): edge(STAFF, at={"tag_id": "waiting"}),
    ("merge-tag", "POST"): edge(STAFF, lambda names: {"into": names["tag_id"]}, at={"tag_id": "waiting"}),
    ("staff-role", "PATCH"): edge(STAFF, {"role": "moderator"}, at={"slug": "lobby"}),
    ("staff-ban", "DELETE"): edge(STAFF, at={"username": "banned"}),
    ("staff-timeout", "DELETE"): edge(STAFF, at={"username": "muted"}),
    ("staff-voice-sanction", "DELETE"): edge(STAFF),
    ("staff-invitation", "DELETE"): edge(STAFF),
    ("suspension", "POST"): edge(STAFF, {"reason": "Noise"}),
    ("suspension", "DELETE"): edge(STAFF),
    ("bans", "GET"): edge(p.BAN_MEMBERS),
    ("timeouts", "GET"): edge(p.TIME_OUT_MEMBERS),
    ("member-ban", "POST"): edge(over(p.BAN_MEMBERS), {"seconds": 60}),
    ("member-ban", "DELETE"): edge(p.BAN_MEMBERS, at={"username": "banned"}),
    ("member-kick", "POST"): edge(over(p.KICK_MEMBERS)),
    ("member-review", "POST"): edge(over(p.HANDLE_REPORTS), {"reason": "Noise"}),
    ("member-timeout", "POST"): edge(over(p.TIME_OUT_MEMBERS), {"seconds": 60}),
    ("member-timeout", "DELETE"): edge(over(p.TIME_OUT_MEMBERS), at={"username": "muted"}),
    ("member-voice-mute", "POST"): edge(over(p.MODERATE_VOICE)),
    ("member-voice-mute", "DELETE"): edge(over(p.MODERATE_VOICE)),
    ("member-voice-deafen", "POST"): edge(over(p.MODERATE_VOICE)),
    ("member-voice-deafen", "DELETE"): edge(over(p.MODERATE_VOICE)),
    ("member-voice-move", "POST"): edge(over(p.MODERATE_VOICE), lambda names: {"channel": names["deck_id"]}),
    ("member-voice-disconnect", "POST"): edge(over(p.MODERATE_VOICE)),
    ("member-voice-priority", "POST"): edge(over(p.MODERATE_VOICE)),
    ("member-voice-priority", "DELETE"): edge(over(p.MODERATE_VOICE)),
    ("voice-sanctions", "GET"): edge(p.MODERATE_VOICE),
    ("channel-call", "PATCH"): edge(p.MODERATE_VOICE, {"user_limit": 5}, at={"channel_id": "voice_id"}),
    ("captions", "POST"): edge(p.WRITE_CAPTIONS, {"text": "Ahoy"}, at={"channel_id": "voice_id"}),
    ("voice", "GET"): edge(p.VIEW_ROOM),
    ("call", "GET"): edge(ACCOUNT),
    ("call", "DELETE"): edge(ACCOUNT),
    ("message-pin", "POST"): edge(p.PIN_MESSAGES),
    ("message-pin", "DELETE"): edge(p.PIN_MESSAGES),
    ("messages-delete", "POST"): edge(
        p.DELETE_MANY_MESSAGES,
        lambda names: {"channel": names["general_id"], "messages": [names["message_id"]]},
    ),
    ("words", "GET"): edge(p.EDIT_WORD_FILTER),
    ("words", "PUT"): edge(p.EDIT_WORD_FILTER, {"words": "rat"}),
    ("channel-pinned", "GET"): edge(p.VIEW_ROOM),
    ("channel-lock", "POST"): edge(p.LOCK_CHANNELS),
    ("channel-lock", "DELETE"): edge(p.LOCK_CHANNELS),
    ("channel-slow", "PUT"): edge(p.SET_SLOW_MODE, {"seconds": 5}),
    ("room", "PATCH"): edge(p.EDIT_ROOM, {"description": "Ships and tea"}),
    ("room", "DELETE"): edge(p.DELETE_ROOM),
    ("icon", "PUT"): edge(p.EDIT_ROOM, picture()),
    ("icon", "DELETE"): edge(p.EDIT_ROOM),
    ("channels", "POST"): edge(p.MANAGE_CHANNELS, {"name": "Dock"}),
    ("channel", "PATCH"): edge(p.MANAGE_CHANNELS, {"subject": "Ships and tea"}),
    ("channel", "DELETE"): edge(p.DELETE_CHANNELS),
    ("channel-order", "POST"): edge(p.MANAGE_CHANNELS, lambda names: {"channel": names["channel_id"]}),
    ("categories", "GET"): edge(p.VIEW_ROOM),
    ("categories", "POST"): edge(p.MANAGE_CHANNELS, {"name": "Music"}),
    ("category", "PATCH"): edge(p.MANAGE_CHANNELS, {"name": "Music"}),
    ("category", "DELETE"): edge(p.MANAGE_CHANNELS),
    ("category-order", "POST"): edge(p.MANAGE_CHANNELS, lambda names: {"category": names["category_id"]}),
    ("deleted-rooms", "GET"): edge(ACCOUNT),
    ("restore", "POST"): edge(FORMER_CREATOR, at={"slug": "wreck"}),
}
