"""What the site's staff do in rooms that nobody else looks after."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404

from accounts.models import User
from rooms import push
from rooms.models import Membership, Room
from rooms.models.audit_entry import Deed
from rooms.permissions import Role

from .audit import record
from .authority import OutOfReach
from .members import move_member
from .on_commit import tell
from .roles import CHANGEABLE


@transaction.atomic
def change_role_as_staff(*, actor: User, room: Room, subject: User, role: Role, reason: str = "") -> Membership:
    """Appoint or dismiss a moderator of a room that has no creator, as the lobby has none.

    Raises `PermissionDenied` for whoever is not staff, `OutOfReach` where a creator decides, `Http404` where `subject`
    is no member, and `ValueError` for the creator's role. The role that somebody holds already changes nothing.
    """
    if not (actor.is_staff and actor.is_active):
        raise PermissionDenied
    if role not in CHANGEABLE:
        raise ValueError(f"{role} is not a role to be given")
    locked = Room.objects.select_for_update().get(pk=room.pk)
    if locked.memberships.filter(role=Role.CREATOR).exists():
        raise OutOfReach
    membership = locked.memberships.select_related("user").filter(user=subject).first()
    if membership is None:
        raise Http404
    if membership.role == role:
        return membership
    before = membership.role
    move_member(membership, role)
    record(Deed.ROLE_CHANGED, actor=actor, room=locked, subject=subject, reason=reason, before=before, after=role)
    tell(push.member_changed, membership.pk)
    tell(push.standing_changed, locked.pk, subject.pk)
    return membership
