"""Every write, as a verb: keyword-only, typed, atomic, and telling the open pages on commit."""

from .authority import OutOfReach
from .captions import write_caption
from .channel_limits import limit_call, lock_channel, set_slow_mode, unlock_channel
from .channels import (
    LastChannel,
    TooMany,
    create_category,
    create_channel,
    delete_category,
    delete_channel,
    edit_category,
    edit_channel,
    move_category,
    move_channel,
)
from .deletion import delete_room, restore_room
from .game_tags import (
    GameDecided,
    GameWaits,
    TooManyProposals,
    TooManyTags,
    add_game_tag,
    approve_game_tag,
    merge_game_tags,
    reject_game_tag,
    remove_game_tag,
)
from .invitations import InvitationEnded, accept_invitation, create_invitation, revoke_invitation
from .members import CreatorStays, join_room, leave_room
from .messages import (
    AlreadySent,
    NothingToAnswer,
    SlowMode,
    delete_message,
    delete_messages,
    edit_message,
    pin_message,
    post_message,
    unpin_message,
)
from .nicknames import set_nickname
from .participants import CannotEnter, NotInVoice, disconnect_participant, leave_call, move_participant
from .priority import give_priority, take_priority
from .reading import mark_read
from .reports import (
    AlreadyReported,
    ReportClosed,
    ReportedOneself,
    ReportTaken,
    claim_report,
    dismiss_report,
    file_report,
    release_report,
    resolve_report,
)
from .roles import MatrixChanged, change_role, edit_matrix
from .room_settings import LobbyStays, SlugTaken, edit_room, remove_room_icon, set_room_icon
from .rooms import create_room, ensure_lobby
from .sanctions import ban_member, kick_member, lift_timeout, send_to_review, time_out_member, unban_member
from .staff import (
    change_role_as_staff,
    lift_timeout_as_staff,
    lift_voice_sanction_as_staff,
    revoke_invitation_as_staff,
    unban_member_as_staff,
)
from .transfer import CreatorDecides, transfer_room
from .voice_sanctions import deafen_member, mute_member, undeafen_member, unmute_member
from .word_filter import FilteredWord, edit_word_filter

__all__ = [
    "AlreadyReported",
    "AlreadySent",
    "CannotEnter",
    "CreatorDecides",
    "CreatorStays",
    "FilteredWord",
    "GameDecided",
    "GameWaits",
    "InvitationEnded",
    "LastChannel",
    "LobbyStays",
    "MatrixChanged",
    "NotInVoice",
    "NothingToAnswer",
    "OutOfReach",
    "ReportClosed",
    "ReportTaken",
    "ReportedOneself",
    "SlowMode",
    "SlugTaken",
    "TooMany",
    "TooManyProposals",
    "TooManyTags",
    "accept_invitation",
    "add_game_tag",
    "approve_game_tag",
    "ban_member",
    "change_role",
    "change_role_as_staff",
    "claim_report",
    "create_category",
    "create_channel",
    "create_invitation",
    "create_room",
    "deafen_member",
    "delete_category",
    "delete_channel",
    "delete_message",
    "delete_messages",
    "delete_room",
    "disconnect_participant",
    "dismiss_report",
    "edit_category",
    "edit_channel",
    "edit_matrix",
    "edit_message",
    "edit_room",
    "edit_word_filter",
    "ensure_lobby",
    "file_report",
    "give_priority",
    "join_room",
    "kick_member",
    "leave_call",
    "leave_room",
    "lift_timeout",
    "lift_timeout_as_staff",
    "lift_voice_sanction_as_staff",
    "limit_call",
    "lock_channel",
    "mark_read",
    "merge_game_tags",
    "move_category",
    "move_channel",
    "move_participant",
    "mute_member",
    "pin_message",
    "post_message",
    "reject_game_tag",
    "release_report",
    "remove_game_tag",
    "remove_room_icon",
    "resolve_report",
    "restore_room",
    "revoke_invitation",
    "revoke_invitation_as_staff",
    "send_to_review",
    "set_nickname",
    "set_room_icon",
    "set_slow_mode",
    "take_priority",
    "time_out_member",
    "transfer_room",
    "unban_member",
    "unban_member_as_staff",
    "undeafen_member",
    "unlock_channel",
    "unmute_member",
    "unpin_message",
    "write_caption",
]
