"""Invitations: links by which people become members of a room."""

from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from eclipse import ratelimit
from rooms import permissions
from rooms.access import Banned
from rooms.models import Ban, Invitation, InvitationUse, Membership, Room
from rooms.models.audit_entry import Deed
from rooms.permissions import RANK, Role

from .audit import record
from .authority import OutOfReach, authorise
from .members import add_member


class InvitationEnded(Exception):
    """The invitation expired, was revoked or was used up, perhaps a moment ago."""


@transaction.atomic
def create_invitation(
    *, actor: User, room: Room, lifetime: timedelta | None = None, max_uses: int | None = None
) -> Invitation:
    """A new link into `room` that works for so long and so often; `None` is without an end. Raises `RateLimited`."""
    authorise(actor=actor, room=room, codename=permissions.CREATE_INVITATIONS)
    ratelimit.spend("invitations", actor.pk)
    expires_at = timezone.now() + lifetime if lifetime is not None else None
    invitation = Invitation.objects.create(room=room, creator=actor, expires_at=expires_at, max_uses=max_uses)
    # Without the code: whoever may read the log need not be able to invite.
    record(
        Deed.INVITATION_CREATED, actor=actor, room=room, until=expires_at, invitation=invitation.pk, max_uses=max_uses
    )
    return invitation


@transaction.atomic
def revoke_invitation(*, actor: User, invitation: Invitation, reason: str = "") -> None:
    """Nobody comes by this link any more; revoking twice changes nothing.

    Moderators revoke every invitation, others their own: `OutOfReach`.
    """
    authority = authorise(actor=actor, room=invitation.room, codename=permissions.CREATE_INVITATIONS)
    if invitation.creator_id != actor.pk and authority.access.rank < RANK[Role.MODERATOR]:
        raise OutOfReach
    end_invitation(actor=actor, invitation=invitation, reason=reason)


def end_invitation(*, actor: User, invitation: Invitation, reason: str = "") -> None:
    """Revoke an invitation, inside the transaction of somebody who is authorised to, and tell of it."""
    revoked = Invitation.objects.filter(pk=invitation.pk, revoked_at=None).update(revoked_at=timezone.now())
    if revoked:
        subject = invitation.creator if invitation.creator != actor else None
        record(
            Deed.INVITATION_REVOKED,
            actor=actor, room=invitation.room, subject=subject, reason=reason, invitation=invitation.pk,
        )  # fmt: skip


@transaction.atomic
def accept_invitation(*, actor: User, invitation: Invitation) -> Membership:
    """`actor` belongs to the invitation's room from now on; a member's second click uses nothing up.

    Raises `InvitationEnded`, `Banned` and `RateLimited`.
    """
    # Of two at the last use, and of a ban and its victim's way back in, the second sees what the first has done.
    room = Room.objects.select_for_update().filter(pk=invitation.room_id, deleted_at=None).first()
    if room is None:
        raise InvitationEnded
    membership = Membership.objects.filter(room=room, user=actor).first()
    if membership is not None:
        return membership
    if not Invitation.objects.get(pk=invitation.pk).is_valid:
        raise InvitationEnded
    ban = Ban.objects.filter(room=room, user=actor).first()
    if ban is not None and ban.is_in_force:
        raise Banned(ban)
    ratelimit.spend("joins", actor.pk)
    Invitation.objects.filter(pk=invitation.pk).update(uses=F("uses") + 1)
    InvitationUse.objects.create(invitation=invitation, user=actor)
    return add_member(room=room, user=actor, role=Role.USER)
