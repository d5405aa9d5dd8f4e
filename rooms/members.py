"""The members of a room as a page shows them: who is here first, then the others, each by name."""

from dataclasses import dataclass

from django.db.models import Value
from django.db.models.functions import Coalesce, Lower, NullIf

from accounts.models import User
from rooms.models import Membership, Room
from rooms.presence import presence

# A page shows this many at most.
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


class MemberList(list[Member]):
    """The members that are shown, and how many there are and are here in all."""

    def __init__(self, shown: list[Member], total: int, here: int) -> None:
        super().__init__(shown)
        self.total = total
        self.here = here


def members_of(room: Room, viewer_id: int | None = None, limit: int = SHOWN) -> MemberList:
    """Up to `limit` members of `room`, those who are here first; `viewer_id` always is."""
    ids = set(Membership.objects.filter(room=room).order_by().values_list("user_id", flat=True))
    here = presence().online(ids) | ({viewer_id} & ids if viewer_id is not None else set())
    by_name = (
        Membership.objects.filter(room=room)
        .select_related("user")
        .order_by(Lower(Coalesce(NullIf("user__display_name", Value("")), "user__username")), "pk")
    )
    online = [Member(membership, online=True) for membership in by_name.filter(user__in=here)[:limit]]
    others = by_name.exclude(user__in=here)[: limit - len(online)]
    shown = online + [Member(membership, online=False) for membership in others]
    return MemberList(shown, total=len(ids), here=len(here))
