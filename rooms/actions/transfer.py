from django.db import transaction
from django.http import Http404

from accounts.models import User
from rooms import permissions, push
from rooms.models import Membership, Room, Timeout, VoiceSanction
from rooms.models.audit_entry import Deed
from rooms.permissions import Role

from .audit import record
from .authority import OutOfReach, authorise
from .members import move_member
from .on_commit import tell


@transaction.atomic
def transfer_room(*, actor: User, room: Room, subject: User, reason: str = "") -> None:
    """Make the member `subject` the room's creator; who was it until now becomes a moderator.

    Raises what `authorise` raises, `Http404` where `subject` is no member, and `OutOfReach` where they are the actor
    themself or have closed their account: a room needs somebody who looks after it.
    """
    # Not the subject's rank: nobody stands higher than the creator, and whom they choose they choose.
    authorise(actor=actor, room=room, codename=permissions.TRANSFER_ROOM)
    heir = Membership.objects.select_related("room", "user").filter(room=room, user=subject).first()
    if heir is None:
        raise Http404
    if subject == actor or not heir.user.is_active or heir.role == Role.CREATOR:
        raise OutOfReach
    before = Membership.objects.select_related("room", "user").filter(room=room, role=Role.CREATOR).first()
    # First down, then up: the database never sees two creators.
    if before is not None:
        move_member(before, Role.MODERATOR)
    move_member(heir, Role.CREATOR)
    # Nobody stands higher from now on who could lift it.
    Timeout.objects.filter(room=room, user=subject).delete()
    VoiceSanction.objects.filter(room=room, user=subject).delete()
    Room.objects.filter(pk=room.pk).update(creator=subject)
    room.creator = subject
    record(Deed.ROOM_TRANSFERRED, actor=actor, room=room, subject=subject, reason=reason)
    for membership in filter(None, (before, heir)):
        tell(push.member_changed, membership.pk)
        tell(push.standing_changed, room.pk, membership.user_id)
