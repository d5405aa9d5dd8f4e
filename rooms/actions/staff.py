"""What the site's staff do in rooms: in those that nobody else looks after, and where a sanction should not be."""

from django.db import transaction
from django.http import Http404

from accounts.models import User
from rooms import push
from rooms.models import Ban, Invitation, Membership, Room, Timeout
from rooms.models.audit_entry import Deed
from rooms.permissions import Role

from .audit import record
from .authority import OutOfReach, authorise_staff
from .invitations import end_invitation
from .members import move_member
from .on_commit import tell
from .room_settings import LobbyStays
from .rooms import LOBBY_SLUG
from .sanctions import end_sanction
from .transfer import CreatorDecides, acting_creator, make_creator
from .voice_sanctions import end_voice_sanction


@transaction.atomic
def change_role_as_staff(*, actor: User, room: Room, subject: User, role: Role, reason: str = "") -> Membership:
    """Appoint or dismiss a moderator of a room in which no creator acts, or give it a creator; the lobby never has one.

    Raises `PermissionDenied` for whoever is not staff, `CreatorDecides` where a creator acts, `Http404` where `subject`
    is no member, `LobbyStays`, and `OutOfReach` for a creator who cannot act, be it the one of now or the one to be.
    The role that somebody holds already changes nothing.
    """
    locked = authorise_staff(actor=actor, room=room)
    if acting_creator(locked) is not None:
        raise CreatorDecides
    membership = locked.memberships.select_related("room", "user").filter(user=subject).first()
    if membership is None:
        raise Http404
    if membership.role == Role.CREATOR:
        raise OutOfReach
    if role == Role.CREATOR:
        if locked.slug == LOBBY_SLUG:
            raise LobbyStays
        make_creator(membership)
        record(Deed.ROOM_TRANSFERRED, actor=actor, room=locked, subject=subject, reason=reason)
        return membership
    if membership.role == role:
        return membership
    before = membership.role
    move_member(membership, role)
    record(Deed.ROLE_CHANGED, actor=actor, room=locked, subject=subject, reason=reason, before=before, after=role)
    tell(push.member_changed, membership.pk)
    tell(push.standing_changed, locked.pk, subject.pk)
    return membership


@transaction.atomic
def unban_member_as_staff(*, actor: User, room: Room, subject: User, reason: str = "") -> None:
    """As `unban_member`, whoever banned them. Raises `PermissionDenied` for whoever is not staff."""
    locked = authorise_staff(actor=actor, room=room)
    end_sanction(Ban, actor=actor, room=locked, subject=subject, reason=reason)


@transaction.atomic
def lift_timeout_as_staff(*, actor: User, room: Room, subject: User, reason: str = "") -> None:
    """As `lift_timeout`, whoever muted them. Raises `PermissionDenied` for whoever is not staff."""
    locked = authorise_staff(actor=actor, room=room)
    end_sanction(Timeout, actor=actor, room=locked, subject=subject, reason=reason)


@transaction.atomic
def lift_voice_sanction_as_staff(*, actor: User, room: Room, subject: User, reason: str = "") -> None:
    """As `unmute_member` and `undeafen_member`, whoever did it. Raises `PermissionDenied` for whoever is not staff."""
    locked = authorise_staff(actor=actor, room=room)
    end_voice_sanction(actor=actor, room=locked, subject=subject, reason=reason)


@transaction.atomic
def revoke_invitation_as_staff(*, actor: User, invitation: Invitation, reason: str = "") -> None:
    """As `revoke_invitation`, whosever it is. Raises `PermissionDenied` for whoever is not staff."""
    authorise_staff(actor=actor, room=invitation.room)
    end_invitation(actor=actor, invitation=invitation, reason=reason)
