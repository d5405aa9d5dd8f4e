"""Who holds which role in a room, and what each role may do there."""

from collections.abc import Collection, Mapping

from django.contrib.auth.models import Permission
from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from eclipse.errors import Refused
from rooms import permissions, push
from rooms.access import RoomAccess
from rooms.models import Membership, RoleGroup, Room, RoomGroupObjectPermission
from rooms.models.audit_entry import Deed
from rooms.permissions import Role

from .audit import record
from .authority import OutOfReach, authorise
from .members import move_member
from .on_commit import tell

# The roles whose rights can be changed, and which can be given: there is one creator, who may do everything.
CHANGEABLE = (Role.MODERATOR, Role.USER)
FIXED = frozenset(right.codename for right in permissions.RIGHTS if right.fixed)
PLANNED = frozenset(right.codename for right in permissions.RIGHTS if right.planned)

# What each of some roles may do.
Matrix = Mapping[Role, Collection[str]]


class MatrixChanged(Refused):
    """The matrix was changed since whoever saves looked at it; nothing was saved. `now`: as it is."""

    words = _("The permissions were changed in the meantime. Nothing was saved.")

    def __init__(self, now: Mapping[Role, frozenset[str]]) -> None:
        self.now = now
        super().__init__("the matrix is another")


@transaction.atomic
def change_role(*, actor: User, room: Room, subject: User, role: Role, reason: str = "") -> Membership:
    """Appoint or dismiss a moderator; the role that somebody holds already changes nothing.

    Raises what `authorise` raises, `Http404` where `subject` is no member, and `ValueError` for the creator's role,
    which is only ever handed over.
    """
    if role not in CHANGEABLE:
        raise ValueError(f"{role} is not a role to be given")
    membership = authorise(actor=actor, room=room, codename=permissions.MANAGE_ROLES, subject=subject).subject
    if membership is None:
        raise Http404
    if membership.role == role:
        return membership
    before = membership.role
    move_member(membership, role)
    record(Deed.ROLE_CHANGED, actor=actor, room=room, subject=subject, reason=reason, before=before, after=role)
    tell(push.member_changed, membership.pk)
    tell(push.standing_changed, room.pk, subject.pk)
    return membership


def matrix_of(room: Room) -> dict[Role, frozenset[str]]:
    """What each role may do in `room`, as guardian's grants have it."""
    matrix: dict[Role, set[str]] = {role: set() for role in Role}
    grants = RoomGroupObjectPermission.objects.filter(content_object=room, group__rolegroup__room=room)
    for role, codename in grants.values_list("group__rolegroup__role", "permission__codename"):
        # A right of an older Eclipse is none any more.
        if codename in permissions.CODENAMES:
            matrix[Role(role)].add(codename)
    return {role: frozenset(codenames) for role, codenames in matrix.items()}


def may_change(access: RoomAccess, role: Role, codename: str) -> bool:
    """Whether this person can grant or take this right: the creator any, others what they hold, of those below them."""
    if role not in CHANGEABLE or codename in FIXED or not access.may(permissions.MANAGE_ROLES):
        return False
    if access.rank == permissions.RANK[Role.CREATOR]:
        return True
    return access.rank > permissions.RANK[role] and access.may(codename)


@transaction.atomic
def edit_matrix(*, actor: User, room: Room, matrix: Matrix, was: Matrix | None = None, reason: str = "") -> None:
    """Let each role in `matrix` have exactly these rights; a role that is left out keeps its own, as do fixed rights.

    `was` is what the actor saw when they decided. Where something that they may change is otherwise now, it raises
    `MatrixChanged`: an old page would undo unasked what was decided since. Raises also `KeyError` for a right that was
    never declared, `ValueError` for a role whose rights are not to be changed, `OutOfReach` for a change that is not
    the actor's to make (`may_change`), and what `authorise` raises; then nothing is changed.
    """
    access = authorise(actor=actor, room=room, codename=permissions.MANAGE_ROLES).access
    current = matrix_of(room)
    for role, seen in (was or {}).items():
        news = (frozenset(seen) ^ current[role]) - PLANNED
        if any(may_change(access, role, codename) for codename in news):
            raise MatrixChanged(current)
    granted: dict[str, list[str]] = {}
    taken: dict[str, list[str]] = {}
    for role, codenames in matrix.items():
        if role not in CHANGEABLE:
            raise ValueError(f"The rights of {role} are not to be changed")
        # Whatever is fixed is held or not by the role itself, asked for or not.
        wanted = {permissions.check(codename) for codename in codenames} - FIXED
        held = current[role] - FIXED
        if not all(may_change(access, role, codename) for codename in wanted ^ held):
            raise OutOfReach
        if wanted - held:
            granted[role] = sorted(wanted - held)
        if held - wanted:
            taken[role] = sorted(held - wanted)
    if not granted and not taken:
        return
    _write(room, granted, taken)
    record(Deed.MATRIX_EDITED, actor=actor, room=room, reason=reason, granted=granted, taken=taken)
    tell(push.matrix_changed, room)


def _write(room: Room, granted: Mapping[str, list[str]], taken: Mapping[str, list[str]]) -> None:
    group_of = dict(RoleGroup.objects.filter(room=room).values_list("role", "group_id"))
    declared = Permission.objects.filter(content_type__app_label="rooms", content_type__model="room")
    permission_of = dict(declared.values_list("codename", "pk"))
    RoomGroupObjectPermission.objects.bulk_create(
        RoomGroupObjectPermission(permission_id=permission_of[codename], group_id=group_of[role], content_object=room)
        for role, codenames in granted.items()
        for codename in codenames
    )
    for role, codenames in taken.items():
        RoomGroupObjectPermission.objects.filter(
            content_object=room, group=group_of[role], permission__in=[permission_of[name] for name in codenames]
        ).delete()
