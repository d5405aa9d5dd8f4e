"""Deleting a room, taking that back within seven days, and what goes for good after them."""

from datetime import timedelta

from django.db import transaction
from django.http import Http404
from django.utils import timezone

from accounts.models import User
from rooms import access, permissions, push_rooms
from rooms.models import Room
from rooms.models.audit_entry import Deed
from rooms.models.room import RESTORABLE_FOR

from .audit import record
from .authority import authorise
from .on_commit import tell
from .room_settings import LobbyStays
from .rooms import LOBBY_SLUG

# Some time after that: whoever restores a room in the last moment must not meet who deletes it for good.
PURGED_AFTER = RESTORABLE_FOR + timedelta(hours=1)


@transaction.atomic
def delete_room(*, actor: User, room: Room, reason: str = "") -> None:
    """The room is there for nobody from now on, and can be restored for seven days.

    Raises `LobbyStays` and what `authorise` raises.
    """
    stored = authorise(actor=actor, room=room, codename=permissions.DELETE_ROOM).access.room
    if stored.slug == LOBBY_SLUG:
        raise LobbyStays
    stored.deleted_at = timezone.now()
    stored.save(update_fields=["deleted_at"])
    record(Deed.ROOM_DELETED, actor=actor, room=stored, reason=reason)
    tell(push_rooms.room_closed, stored)


@transaction.atomic
def restore_room(*, actor: User, room: Room) -> Room:
    """A deleted room is back as it was; one that is not deleted stays as it is.

    `Http404` to whoever may not, and once the seven days are over.
    """
    # Under the lock, as `authorise` does it: to that one a deleted room is not there.
    stored = Room.objects.select_for_update().filter(pk=room.pk).first()
    if stored is None:
        raise Http404
    if stored.deleted_at is None:
        return access.room_access(actor, stored).require(permissions.DELETE_ROOM).room
    if not access.restorable_rooms(actor).filter(pk=stored.pk).exists():
        raise Http404
    stored.deleted_at = None
    stored.save(update_fields=["deleted_at"])
    record(Deed.ROOM_RESTORED, actor=actor, room=stored)
    tell(push_rooms.room_opened, stored)
    return stored
