from .audit_entry import AuditEntry
from .ban import Ban
from .category import Category
from .channel import Channel
from .erasure import Erasure
from .game_tag import GameTag
from .invitation import Invitation, InvitationUse
from .membership import Membership
from .message import Message
from .read_mark import ReadMark
from .report import Report
from .role_group import RoleGroup, RoomGroupObjectPermission
from .room import Room
from .timeout import Timeout
from .voice_sanction import VoiceSanction

__all__ = [
    "AuditEntry",
    "Ban",
    "Category",
    "Channel",
    "Erasure",
    "GameTag",
    "Invitation",
    "InvitationUse",
    "Membership",
    "Message",
    "ReadMark",
    "Report",
    "RoleGroup",
    "Room",
    "RoomGroupObjectPermission",
    "Timeout",
    "VoiceSanction",
]
