"""Who may do what to whom, decided again at the moment of doing it."""

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from accounts.models import User
from rooms import access
from rooms.access import RoomAccess
from rooms.models import Membership, Room


class OutOfReach(PermissionDenied):
    """The right is there, but not over this person: oneself, somebody who stands as high, or the room's creator."""

    def explain(self) -> str:
        """What to tell the person, in the active language."""
        return _("You cannot do this to yourself, or to somebody who stands as high in the room as you do.")


@dataclass(frozen=True)
class Authority:
    """An actor's rights in a room whose row is locked until the transaction ends, and whom they act on."""

    access: RoomAccess
    subject: Membership | None


def require_staff(actor: User) -> None:
    """`PermissionDenied` for whoever is not of the site's staff."""
    if not (actor.is_staff and actor.is_active):
        raise PermissionDenied


def authorise_staff(*, actor: User, room: Room) -> Room:
    """`room`, locked until the transaction ends as `authorise` locks it, for the site's staff alone."""
    require_staff(actor)
    return Room.objects.select_for_update().get(pk=room.pk)


def authorise(*, actor: User, room: Room, codename: str, subject: User | None = None) -> Authority:
    """The right `codename`, over `subject` where there is one; `PermissionDenied`, `OutOfReach` or `Http404` otherwise.

    Inside the caller's transaction. Acts on one room wait for each other: of a dismissal and a ban by the one dismissed
    that come at once, the second sees what the first has done. A right that was taken between opening a form and
    sending it is gone here too.
    """
    locked = Room.objects.select_for_update().get(pk=room.pk)
    rights = access.room_access(actor, locked).require(codename)
    membership = None
    if subject is not None:
        membership = Membership.objects.select_related("user").filter(room=locked, user=subject).first()
        if subject == actor or not rights.may_act_on(membership):
            raise OutOfReach
    return Authority(rights, membership)
