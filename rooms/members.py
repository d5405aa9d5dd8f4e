"""The members of a room as a page shows them: who is here first, then the others, each by name."""

from dataclasses import dataclass

from django.db.models import Value
from django.db.models.functions import Coalesce, Lower, NullIf

from accounts.models import User
from rooms.models import Membership, Room
from rooms.presence import presence

# A page shows this many; the members' own page has them all, by pages.
SHOWN = 100


@dataclass(frozen=True)
class Member:
    """A membership and whether the person is here now."""

    membership: Membership
    online: bool

    @property
    def user(self) -> User:
        return self.membership.user

    @property
    def role(self) -> str:
        return self.membership.role

    def get_role_display(self) -> str:
        return self.membership.get_role_display()


def members_of(room: Room, viewer_id: int | None = None, limit: int = SHOWN) -> list[Member]:
    """Up to `limit` members of `room`, those who are here first; `viewer_id` always is."""
    here = presence().online(Membership.objects.filter(room=room).values_list("user_id", flat=True))
    if viewer_id is not None:
        here.add(viewer_id)
    memberships = (
        Membership.objects.filter(room=room)
        .select_related("user")
        .order_by(Lower(Coalesce(NullIf("user__display_name", Value("")), "user__username")), "pk")
    )
    online = [Member(membership, online=True) for membership in memberships.filter(user__in=here)[:limit]]
    others = memberships.exclude(user__in=here)[: limit - len(online)]
    return online + [Member(membership, online=False) for membership in others]
