"""The members of a room as a page shows them: who is here first, then the others, each by name."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from django.db.models import BooleanField, Case, Count, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, Lower, NullIf

from accounts.models import User
from eclipse.numbers import number_in
from rooms import permissions
from rooms.models import Membership, Room
from rooms.presence import presence

# A page shows this many at most.
SHOWN = 100
LONGEST_SEARCH = 48


@dataclass(frozen=True)
class Member:
    """A membership and whether the person is here now."""

    membership: Membership
    online: bool

    @property
    def user(self) -> User:
        return self.membership.user

    @property
    def name(self) -> str:
        return self.membership.name

    @property
    def nickname(self) -> str:
        return self.membership.nickname

    @property
    def role(self) -> str:
        return self.membership.role

    @property
    def joined_at(self) -> datetime:
        return self.membership.joined_at

    @property
    def is_priority_speaker(self) -> bool:
        return self.membership.is_priority_speaker

    def get_role_display(self) -> str:
        return self.membership.get_role_display()


class MemberList(list[Member]):
    """The members that are shown, how many there are and are here in all, and where the next page begins."""

    def __init__(self, shown: Sequence[Member], total: int, here: int, after: str = "") -> None:
        super().__init__(shown)
        self.total = total
        self.here = here
        self.after = after


@dataclass(frozen=True)
class Place:
    """Where a page ended, by what the list is ordered by: a member who leaves meanwhile takes no page with them."""

    here: bool
    number: int
    name: str

    @classmethod
    def read(cls, text: str) -> Self | None:
        """The place that an address tells; `None` for one that nobody wrote."""
        here, _, rest = text.partition("-")
        digits, _, name = rest.partition("-")
        number = number_in(digits)
        if here not in {"0", "1"} or number is None or not name.isprintable():
            return None
        return cls(here == "1", number, name)

    def __str__(self) -> str:
        return f"{int(self.here)}-{self.number}-{self.name}"


# What somebody is called in the room, made comparable where the database orders.
BY_NAME = Lower(
    Coalesce(NullIf("nickname", Value("")), NullIf("user__display_name", Value("")), "user__username"),
)


def members_of(
    room: Room, viewer_id: int | None = None, limit: int = SHOWN, *, search: str = "", after: str = ""
) -> MemberList:
    """Up to `limit` members of `room`, those who are here first; `viewer_id` always is.

    `search` is a part of what they are called here or elsewhere; `after` is where the page before ended. Two queries
    and no more rows than are shown, whatever the number of members.
    """
    here = Q(user__in=presence().everybody() | ({viewer_id} if viewer_id is not None else set()))
    members = Membership.objects.filter(room=room)
    counts = members.aggregate(total=Count("pk"), here=Count("pk", filter=here))
    listed = _searched(members, search).annotate(
        online=Case(When(here, then=True), default=False, output_field=BooleanField()), order_name=BY_NAME
    )
    place = Place.read(after)
    if place is not None:
        behind = Q(order_name__gt=place.name) | Q(order_name=place.name, pk__gt=place.number)
        beyond = Q(online=place.here) & behind
        listed = listed.filter(beyond | Q(online=False) if place.here else beyond)
    found = list(listed.select_related("user").order_by("-online", "order_name", "pk")[: limit + 1])
    shown = [Member(membership, membership.online) for membership in found[:limit]]
    end = ""
    if len(found) > limit:
        last = found[limit - 1]
        end = str(Place(last.online, last.pk, last.order_name))
    return MemberList(shown, counts["total"], counts["here"], end)


def _searched(members: QuerySet[Membership], search: str) -> QuerySet[Membership]:
    if not search:
        return members
    pattern = "".join(map(_either_case, search))
    return members.filter(
        Q(user__username__regex=pattern) | Q(user__display_name__regex=pattern) | Q(nickname__regex=pattern)
    )


def _either_case(character: str) -> str:
    """A regular expression for this character in either case: SQLite's LIKE and a PostgreSQL of the C locale know
    the case of ASCII alone."""
    cases = sorted({character, character.lower(), character.upper()} | ({"ё", "Ё"} if character in "еЕ" else set()))
    written = [each if each.isalnum() or not each.isascii() else f"\\{each}" for each in cases]
    return written[0] if len(written) == 1 else f"(?:{'|'.join(written)})"


def member_named(room: Room, username: str) -> Member | None:
    """The member of `room` with this username; `None` where somebody is not one, whoever they are."""
    membership = (
        Membership.objects.select_related("user", "room")
        .filter(room=room, user__username=User.normalize_username(username))
        .first()
    )
    if membership is None:
        return None
    return Member(membership, membership.user_id in presence().online([membership.user_id]))


def rooms_in_common(viewer: User, person: User) -> QuerySet[Room]:
    """The rooms that both belong to, but for those in which `viewer` may not see the members.

    Of themself everybody knows.
    """
    rooms = Room.objects.of(viewer)
    if person == viewer:
        return rooms
    return rooms.filter(
        pk__in=person.rooms.all(),
        roomgroupobjectpermission__group__user=viewer,
        roomgroupobjectpermission__permission__codename=permissions.VIEW_MEMBERS,
    )
