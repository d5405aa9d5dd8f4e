"""The door for invitations: a code that works lets somebody see its room before they belong to it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Prefetch, QuerySet
from django.http import Http404, HttpRequest

from accounts.adapter import AccountAdapter
from eclipse import ratelimit
from rooms.access import Banned, Person, RoomAccess
from rooms.models import Ban, Invitation, InvitationUse, Membership, Room
from rooms.permissions import RANK, Role

PAGE_SIZE = 20
# So many of those who came by an invitation are named.
NAMED = 20


class NoInvitation(Http404):
    """The code was never one, or works no more: told in the same words, so that nobody learns which."""


@dataclass(frozen=True, kw_only=True)
class InvitationAccess:
    """An invitation that works, for somebody who may use it; or any, for a member of its room."""

    user: Person
    invitation: Invitation
    is_member: bool

    @property
    def room(self) -> Room:
        return self.invitation.room


def count_look(request: HttpRequest) -> None:
    """Count a look at any code, right or wrong: `RateLimited` for whoever tries one after the other."""
    user = request.user
    ratelimit.spend(
        "invitation_looks", user.pk if user.is_authenticated else AccountAdapter(request).get_client_ip(request)
    )


def get_invitation(user: Person, code: str) -> InvitationAccess:
    """The invitation with this code; `NoInvitation` where it does not work, `Banned` for who may not come in."""
    invitation = Invitation.objects.select_related("room", "creator").filter(code=code, room__deleted_at=None).first()
    if invitation is None:
        raise NoInvitation
    is_member = user.is_authenticated and Membership.objects.filter(room=invitation.room, user=user).exists()
    # Whoever came by the last use and opens the link once more is at home, not at a loss.
    if not is_member:
        if not invitation.is_valid:
            raise NoInvitation
        if user.is_authenticated:
            _refuse_banned(user, invitation.room)
    return InvitationAccess(user=user, invitation=invitation, is_member=is_member)


def _refuse_banned(user: Person, room: Room) -> None:
    ban = Ban.objects.select_related("room").filter(room=room, user=user.pk).first()
    if ban is not None and ban.is_in_force:
        raise Banned(ban)


def invitations_for(access: RoomAccess) -> "QuerySet[Invitation]":
    """The room's invitations that the person may see and revoke: moderators all, others their own."""
    invitations = Invitation.objects.filter(room=access.room).select_related("room", "creator")
    return invitations if access.rank >= RANK[Role.MODERATOR] else invitations.filter(creator=access.actor)


@dataclass(frozen=True)
class InvitationsPage:
    """Some invitations, the latest first, and the key of the next page of them (0 at the end)."""

    invitations: Sequence[Invitation]
    next: int


def invitations_page(access: RoomAccess, after: int | None = None) -> InvitationsPage:
    """A page of `invitations_for`, each with who came by it: the latest in `guests`, `came` in all."""
    latest = InvitationUse.objects.select_related("user").order_by("-pk")[:NAMED]
    invitations = (
        invitations_for(access)
        .annotate(came=Count("used_by"))
        .prefetch_related(Prefetch("used_by", queryset=latest, to_attr="guests"))
    )
    if after is not None:
        invitations = invitations.filter(pk__lt=after)
    found = list(invitations.order_by("-pk")[: PAGE_SIZE + 1])
    return InvitationsPage(found[:PAGE_SIZE], found[PAGE_SIZE - 1].pk if len(found) > PAGE_SIZE else 0)
