"""What a room is called, where it is, who may read it, and its picture."""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy

from accounts.models import User
from eclipse.errors import Refused
from rooms import addresses, icons, permissions, push_rooms
from rooms.models import Room
from rooms.models.audit_entry import Deed
from rooms.models.room import Visibility

from .audit import record
from .authority import authorise
from .on_commit import tell
from .rooms import LOBBY_SLUG, RESERVED_SLUGS
from .word_filter import check_words


class SlugTaken(Refused):
    """Another room or channel has this address, or a page of Eclipse does."""

    words = gettext_lazy("This address is taken.")


class LobbyStays(Refused):
    """Everybody arrives in the lobby: it keeps its address, stays open to all and cannot be deleted."""

    words = gettext_lazy("Everybody arrives in the lobby: it stays where it is, open to all.")


EDITABLE = frozenset({"name", "description", "slug", "visibility", "guests_may_read"})
# What decides who may know of a room or read in it.
OPENNESS = frozenset({"visibility", "guests_may_read"})


def edit_room(*, actor: User, room: Room, **values: Any) -> Room:
    """Give these of `EDITABLE` new values; those that are the same count for nothing.

    Raises `SlugTaken`, `LobbyStays`, `FilteredWord` and what `authorise` raises.
    """
    unknown = values.keys() - EDITABLE
    if unknown:
        raise TypeError(f"not settings of a room: {sorted(unknown)}")
    try:
        return _edit(actor, room, values)
    except IntegrityError as error:
        raise SlugTaken from error


def address_for(room: Room, asked: str, visibility: str) -> str:
    """Where `room` is when `asked` is asked for: a private one has a key in its address."""
    is_hidden = visibility == Visibility.PRIVATE
    return addresses.changed(room.slug, asked, was_hidden=not room.is_public, is_hidden=is_hidden)


@transaction.atomic
def _edit(actor: User, room: Room, values: dict[str, Any]) -> Room:
    access = authorise(actor=actor, room=room, codename=permissions.EDIT_ROOM).access
    stored = access.room
    if values.keys() & {"slug", "visibility"}:
        visibility = values.get("visibility", stored.visibility)
        values = values | {"slug": address_for(stored, values.get("slug", stored.slug), visibility)}
    changed = {name: value for name, value in values.items() if getattr(stored, name) != value}
    if not changed:
        return stored
    check_words(access, **{name: changed[name] for name in ("name", "description") if name in changed})
    if stored.slug == LOBBY_SLUG and changed.keys() & {"slug", *OPENNESS}:
        raise LobbyStays
    if changed.get("slug") in RESERVED_SLUGS:
        raise SlugTaken
    before = {name: getattr(stored, name) for name in changed}
    for name, value in changed.items():
        setattr(stored, name, value)
    stored.save(update_fields=changed)
    record(Deed.ROOM_EDITED, actor=actor, room=stored, before=before, after=changed)
    if changed.keys() & OPENNESS and not (stored.is_public and stored.guests_may_read):
        tell(push_rooms.room_closed, stored)
    if "slug" in changed:
        tell(push_rooms.room_moved, stored)
    else:
        tell(push_rooms.room_changed, stored)
    return stored


def set_room_icon(*, actor: User, room: Room, icon: bytes) -> Room:
    """Show this picture, made by `icons.make_icon`, wherever the room is shown. Raises what `authorise` raises."""
    return _set_icon(actor, room, icons.store(icon))


def remove_room_icon(*, actor: User, room: Room) -> Room:
    """Show the room's initials again. Raises what `authorise` raises."""
    return _set_icon(actor, room, "")


@transaction.atomic
def _set_icon(actor: User, room: Room, name: str) -> Room:
    stored = authorise(actor=actor, room=room, codename=permissions.EDIT_ROOM).access.room
    if stored.icon != name:
        stored.icon = name
        stored.save(update_fields=["icon"])
        record(Deed.ROOM_EDITED, actor=actor, room=stored, icon=name)
        tell(push_rooms.room_changed, stored)
    return stored
