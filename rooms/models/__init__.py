from .channel import Channel
from .membership import Membership
from .message import Message
from .read_mark import ReadMark
from .role_group import RoleGroup, RoomGroupObjectPermission
from .room import Room

__all__ = ["Channel", "Membership", "Message", "ReadMark", "RoleGroup", "Room", "RoomGroupObjectPermission"]
