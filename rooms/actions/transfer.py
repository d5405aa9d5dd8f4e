"""Who becomes a room's creator: whom the creator chooses, and where none acts, whom others may choose (docs/adr/)."""

from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.models import User
from rooms import permissions, push
from rooms.access import RoomAccess
from rooms.models import Membership, Room, Timeout, VoiceSanction
from rooms.models.audit_entry import Deed
from rooms.permissions import RANK, Role

from .audit import record
from .authority import OutOfReach, authorise
from .members import move_member
from .on_commit import tell


class CreatorDecides(OutOfReach):
    """The room has a creator who acts: nobody else decides who heads it."""

    def explain(self) -> str:
        return _("The room has a creator, who decides about it.")


def acting_creator(room: Room) -> Membership | None:
    """The room's creator, unless the account is closed or gone."""
    return Membership.objects.filter(room=room, role=Role.CREATOR, user__is_active=True).first()


def may_hand_over(access: RoomAccess) -> bool:
    """Whether this person can hand the room over now: its creator, or who was lent the right while no creator acts."""
    if not access.may(permissions.TRANSFER_ROOM):
        return False
    return access.rank >= RANK[Role.CREATOR] or acting_creator(access.room) is None


@transaction.atomic
def transfer_room(*, actor: User, room: Room, subject: User, reason: str = "") -> None:
    """Make the member `subject` the room's creator; who was it until now becomes a moderator.

    Raises what `authorise` raises, `CreatorDecides` where the right is only lent and the creator acts, `Http404` where
    `subject` is no member, and `OutOfReach` where they are the creator or have closed their account: a room needs
    somebody who looks after it.
    """
    # Not the subject's rank: nobody stands higher than the creator, and whom they choose they choose.
    access = authorise(actor=actor, room=room, codename=permissions.TRANSFER_ROOM).access
    if not may_hand_over(access):
        raise CreatorDecides
    heir = Membership.objects.select_related("room", "user").filter(room=room, user=subject).first()
    if heir is None:
        raise Http404
    make_creator(heir)
    room.creator = subject
    record(Deed.ROOM_TRANSFERRED, actor=actor, room=room, subject=subject, reason=reason)


def make_creator(heir: Membership) -> None:
    """Make a member the creator of their room, inside the caller's transaction, and tell every open page.

    Raises `OutOfReach` where they are it already, or have closed their account.
    """
    room = heir.room
    if not heir.user.is_active or heir.role == Role.CREATOR:
        raise OutOfReach
    before = Membership.objects.select_related("room", "user").filter(room=room, role=Role.CREATOR).first()
    # First down, then up: the database never sees two creators.
    if before is not None:
        move_member(before, Role.MODERATOR)
    move_member(heir, Role.CREATOR)
    # Nobody stands higher from now on who could lift it.
    Timeout.objects.filter(room=room, user=heir.user).delete()
    VoiceSanction.objects.filter(room=room, user=heir.user).delete()
    Room.objects.filter(pk=room.pk).update(creator=heir.user)
    for membership in filter(None, (before, heir)):
        tell(push.member_changed, membership.pk)
        tell(push.standing_changed, room.pk, membership.user_id)
