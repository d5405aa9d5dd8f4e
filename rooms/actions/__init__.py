"""Every write, as a verb: keyword-only, typed, atomic, and telling the open pages on commit."""

from .authority import OutOfReach
from .members import CreatorStays, join_room, leave_room
from .messages import AlreadySent, NothingToAnswer, delete_message, edit_message, post_message
from .nicknames import set_nickname
from .reading import mark_read
from .roles import change_role, edit_matrix
from .rooms import create_room, ensure_lobby
from .sanctions import ban_member, kick_member, lift_timeout, time_out_member, unban_member
from .transfer import transfer_room

__all__ = [
    "AlreadySent",
    "CreatorStays",
    "NothingToAnswer",
    "OutOfReach",
    "ban_member",
    "change_role",
    "create_room",
    "delete_message",
    "edit_matrix",
    "edit_message",
    "ensure_lobby",
    "join_room",
    "kick_member",
    "leave_room",
    "lift_timeout",
    "mark_read",
    "post_message",
    "set_nickname",
    "time_out_member",
    "transfer_room",
    "unban_member",
]
