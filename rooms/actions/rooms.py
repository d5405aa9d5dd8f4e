from django.contrib.auth.models import Group, Permission
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from slugify import slugify

from accounts.models import User
from eclipse import ratelimit
from rooms import addresses
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
    base = _words(name)
    similar = set(Room.objects.filter(slug__startswith=base).values_list("slug", flat=True)) | RESERVED_SLUGS
    if base not in similar:
        return base
    number = 2
    while f"{base}-{number}" in similar:
        number += 1
    return f"{base}-{number}"


def _words(name: str) -> str:
    return slugify(name, max_length=SLUG_LENGTH, word_boundary=True) or "room"


# As many people may take an address between the look and the leap before somebody is told of an error.
MOST_TRIES = 20


def create_room(*, actor: User, name: str, description: str = "", visibility: str = Visibility.PUBLIC) -> Room:
    """A new room with its role groups, a text channel and a voice channel; `actor` is its creator.

    Raises `RateLimited`.
    """
    ratelimit.spend("rooms", actor.pk)
    with transaction.atomic():
        room = _at_free_slug(Room(name=name, description=description, visibility=visibility, creator=actor))
        _furnish(room)
        add_member(room=room, user=actor, role=Role.CREATOR)
    return room


def _at_free_slug(room: Room) -> Room:
    """Store `room` where nobody else is, though others look for an address at the same moment."""
    for tries_left in reversed(range(MOST_TRIES)):
        # Of a private room nobody learns by what address another one gets.
        room.slug = free_slug(room.name) if room.is_public else addresses.unguessable(_words(room.name))
        try:
            # A savepoint: PostgreSQL would give up the whole transaction over a slug that was taken meanwhile.
            with transaction.atomic():
                room.save(force_insert=True)
            break
        except IntegrityError:
            if not tries_left:
                raise
    return room


@transaction.atomic
def ensure_lobby() -> Room:
    """The public room where everybody who signs up arrives, made if it is not there yet."""
    room, created = Room.objects.get_or_create(
        slug=LOBBY_SLUG,
        defaults={
            "name": _("Lobby"),
            "description": _("Where everybody arrives. Say hello."),
            "visibility": Visibility.PUBLIC,
        },
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
