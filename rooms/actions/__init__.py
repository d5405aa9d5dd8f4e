"""Every write, as a verb: keyword-only, typed, atomic, and telling the open pages on commit."""

from .members import CreatorStays, join_room, leave_room
from .messages import AlreadySent, delete_message, edit_message, post_message
from .reading import mark_read
from .rooms import create_room, ensure_lobby

__all__ = [
    "AlreadySent",
    "CreatorStays",
    "create_room",
    "delete_message",
    "edit_message",
    "ensure_lobby",
    "join_room",
    "leave_room",
    "mark_read",
    "post_message",
]
