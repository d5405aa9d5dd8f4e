from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy

from accounts.models import User
from eclipse import ratelimit
from eclipse.errors import Refused
from rooms import access, push
from rooms.models import Channel, Membership, ReadMark, RoleGroup, Room
from rooms.permissions import Role

from .on_commit import tell


class CreatorStays(Refused):
    """A room's creator cannot leave it: they hand it over or delete it first."""

    words = gettext_lazy("Hand the room over or delete it first: it needs somebody who looks after it.")


@transaction.atomic
def join_room(*, actor: User, room: Room) -> Membership:
    """`actor` belongs to `room` from now on; joining twice changes nothing.

    Raises `RateLimited`, and what `access` raises where the room was closed to them in the meantime.
    """
    # Of a ban, or a room that becomes private, and its victim's way in, the second sees what the first has done.
    locked = Room.objects.select_for_update().get(pk=room.pk)
    membership = access.room_access(actor, locked).membership
    if membership is not None:
        return membership
    ratelimit.spend("joins", actor.pk)
    return add_member(room=locked, user=actor, role=Role.USER)


@transaction.atomic
def leave_room(*, actor: User, room: Room) -> None:
    """`actor` belongs to `room` no more; their messages stay. Leaving twice changes nothing. Raises `CreatorStays`."""
    # Held until the transaction ends: whoever is made the creator at this moment has to stay.
    Room.objects.select_for_update().get(pk=room.pk)
    membership = Membership.objects.select_related("room", "user").filter(room=room, user=actor).first()
    if membership is None:
        return
    if membership.role == Role.CREATOR:
        raise CreatorStays
    remove_member(membership)


def remove_member(membership: Membership) -> None:
    """End a membership with all that hangs on it, inside the caller's transaction, and tell every open page."""
    room, user = membership.room, membership.user
    user.groups.remove(*_groups_of(room))
    ReadMark.objects.filter(user=user, channel__room=room).delete()
    membership.delete()
    tell(push.member_left, room.pk, user.pk)


def move_member(membership: Membership, role: Role) -> None:
    """Give a member another role, in step with the roles' groups, inside the caller's transaction; tells nobody."""
    room, user = membership.room, membership.user
    group_of = dict(RoleGroup.objects.filter(room=room).values_list("role", "group_id"))
    user.groups.remove(*group_of.values())
    user.groups.add(group_of[role])
    membership.role = role
    membership.save(update_fields=["role"])


def add_member(*, room: Room, user: User, role: Role) -> Membership:
    """Make `user` a member in `role`, in step with the role's group, inside the caller's transaction.

    What was written before counts as read.
    """
    membership, created = Membership.objects.get_or_create(room=room, user=user, defaults={"role": role})
    if not created:
        return membership
    user.groups.add(RoleGroup.objects.get(room=room, role=role).group_id)
    ReadMark.objects.bulk_create(
        [
            ReadMark(user=user, channel=channel, message_id=channel.last_message_id or 0)
            for channel in Channel.objects.text().filter(room=room).annotate(last_message_id=Max("messages__id"))
        ],
        ignore_conflicts=True,
    )
    tell(push.member_joined, membership.pk)
    return membership


def _groups_of(room: Room) -> list[int]:
    return list(RoleGroup.objects.filter(room=room).values_list("group_id", flat=True))
