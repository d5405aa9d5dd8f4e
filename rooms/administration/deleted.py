"""The deleted rooms that somebody may still bring back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from accounts.models import User
from rooms.actions.deletion import RESTORABLE_FOR
from rooms.models import Room
from rooms.permissions import Role


@dataclass(frozen=True)
class DeletedRoom:
    """A deleted room, and until when it can be restored."""

    room: Room
    until: datetime


def restorable_rooms(user: User) -> Sequence[DeletedRoom]:
    """The deleted rooms of which `user` is the creator, the last deleted one first."""
    mine = Room.objects.filter(memberships__user=user, memberships__role=Role.CREATOR)
    deleted = mine.filter(deleted_at__gte=timezone.now() - RESTORABLE_FOR).order_by("-deleted_at")
    return [DeletedRoom(room, room.deleted_at + RESTORABLE_FOR) for room in deleted if room.deleted_at is not None]
