from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.utils.translation import gettext as _
from slugify import slugify

from accounts.models import User
from eclipse import ratelimit
from rooms.models import Channel, Room, RoomGroupObjectPermission
from rooms.models.channel import ChannelKind
from rooms.models.role_group import RoleGroup
from rooms.models.room import Visibility
from rooms.permissions import DEFAULT_MATRIX, Role

from .members import add_member

LOBBY_SLUG = "lobby"
# Words that stand for pages of their own under /rooms/.
RESERVED_SLUGS = frozenset({"new", LOBBY_SLUG})
SLUG_LENGTH = 40


def free_slug(name: str) -> str:
    """An address for a room called `name`: transliterated, and numbered where it is taken, reserved or empty."""
    base = slugify(name, max_length=SLUG_LENGTH, word_boundary=True) or "room"
    similar = set(Room.objects.filter(slug__startswith=base).values_list("slug", flat=True)) | RESERVED_SLUGS
    if base not in similar:
        return base
    number = 2
    while f"{base}-{number}" in similar:
        number += 1
    return f"{base}-{number}"


@transaction.atomic
def create_room(*, actor: User, name: str, description: str = "", visibility: str = Visibility.PUBLIC) -> Room:
    """A new room with its role groups, a text channel and a voice channel; `actor` is its creator.

    Raises `RateLimited`.
    """
    ratelimit.spend("rooms", actor.pk)
    room = Room.objects.create(
        slug=free_slug(name), name=name, description=description, visibility=visibility, creator=actor
    )
    _furnish(room)
    add_member(room=room, user=actor, role=Role.CREATOR)
    return room


@transaction.atomic
def ensure_lobby() -> Room:
    """The public room where everybody who signs up arrives, made if it is not there yet."""
    room, created = Room.objects.get_or_create(
        slug=LOBBY_SLUG,
        defaults={"name": _("Lobby"), "description": _("Where everybody arrives. Say hello."), "visibility": Visibility.PUBLIC},
    )
    if created:
        _furnish(room)
    return room


def _furnish(room: Room) -> None:
    permission_of = {
        permission.codename: permission
        for permission in Permission.objects.filter(content_type__app_label="rooms", content_type__model="room")
    }
    grants = []
    for role, codenames in DEFAULT_MATRIX.items():
        # A group's name must be unique, and a room's slug can change: its number cannot.
        group = Group.objects.create(name=f"room {room.pk} {role}")
        RoleGroup.objects.create(room=room, role=role, group=group)
        grants += [
            RoomGroupObjectPermission(permission=permission_of[codename], group=group, content_object=room)
            for codename in sorted(codenames)
        ]
    RoomGroupObjectPermission.objects.bulk_create(grants)
    Channel.objects.bulk_create(
        [
            Channel(room=room, kind=ChannelKind.TEXT, slug="general", name="general", position=0),
            Channel(room=room, kind=ChannelKind.VOICE, slug="voice", name="voice", position=1),
        ]
    )
