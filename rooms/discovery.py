"""The list of public rooms, in pages by key."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Count, Exists, OuterRef, Q
from django.urls import reverse

from eclipse.numbers import number_in
from rooms.access import Person
from rooms.models import Membership, Room

PAGE_SIZE = 30


@dataclass(frozen=True)
class RoomsPage:
    """Some public rooms, and the address of the next page of them (empty at the end)."""

    rooms: Sequence[Room]
    next: str


def rooms_page(user: Person, after: str = "") -> RoomsPage:
    """The public rooms with the most members first; `after` is the key at the end of the page before."""
    query = Room.objects.public().annotate(member_count=Count("memberships"))
    if user.is_authenticated:
        query = query.annotate(joined=Exists(Membership.objects.filter(room=OuterRef("pk"), user=user)))
    members, _, room = after.partition("-")
    count, room_id = number_in(members), number_in(room)
    if count is not None and room_id is not None:
        query = query.filter(Q(member_count__lt=count) | Q(member_count=count, pk__gt=room_id))
    found = list(query.order_by("-member_count", "pk")[: PAGE_SIZE + 1])
    rooms = found[:PAGE_SIZE]
    next_page = ""
    if len(found) > PAGE_SIZE:
        key = urlencode({"after": f"{rooms[-1].member_count}-{rooms[-1].pk}"})
        next_page = f"{reverse('rooms:room-list')}?{key}"
    return RoomsPage(rooms, next_page)
