"""The list of public rooms: searched, narrowed by a game, sorted, in pages by key."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from django.db import models
from django.db.models import Count, Exists, IntegerField, OuterRef, Prefetch, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from eclipse.numbers import number_in
from rooms.access import Person
from rooms.models import GameTag, Membership, Room
from rooms.presence import presence

from .games import popular_games
from .search import matching, understood

PAGE_SIZE = 30
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class Sort(models.TextChoices):
    ACTIVITY = "activity", _("Lately active")
    MEMBERS = "members", _("Most members")


ORDERS = {Sort.ACTIVITY: ("-active_at", "-pk"), Sort.MEMBERS: ("-member_count", "pk")}


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is looked for, as far as it was understood."""

    q: str = ""
    # As it was asked for; `game` where there is such a tag.
    tag: str = ""
    sort: Sort = Sort.ACTIVITY

    @classmethod
    def of(cls, q: str = "", tag: str = "", sort: str = "") -> "Question":
        """What an address asks for: too long a query is cut, and a sort that there is not is the usual one."""
        order = Sort(sort) if sort in Sort.values else Sort.ACTIVITY
        return cls(q=understood(q), tag=understood(tag), sort=order)

    def address(self, **other: str) -> str:
        """The list's address with this question, or with another part of it."""
        parts = {"q": self.q, "tag": self.tag, "sort": self.sort.value, **other}
        if parts["sort"] == Sort.ACTIVITY:
            del parts["sort"]
        query = urlencode({name: value for name, value in parts.items() if value})
        return f"{reverse('rooms:room-list')}?{query}" if query else reverse("rooms:room-list")


@dataclass(frozen=True)
class Choice:
    """A way to ask otherwise, as a link."""

    label: str
    address: str
    current: bool


@dataclass(frozen=True, kw_only=True)
class RoomsPage:
    """Some public rooms, the question they answer, and the address of the next page of them (empty at the end)."""

    rooms: Sequence[Room]
    question: Question
    game: GameTag | None
    next: str

    @property
    def is_narrowed(self) -> bool:
        return bool(self.question.q or self.question.tag)

    @property
    def everything(self) -> str:
        """The address of the whole list, sorted as this one is."""
        return self.question.address(q="", tag="")

    @property
    def without_game(self) -> str:
        return self.question.address(tag="")

    @property
    def without_query(self) -> str:
        return self.question.address(q="")

    @property
    def sorts(self) -> list[Choice]:
        return [
            Choice(str(sort.label), self.question.address(sort=sort.value), sort == self.question.sort) for sort in Sort
        ]

    @property
    def games(self) -> list[Choice]:
        """The games that most public rooms are about, and the one that was asked for."""
        games = popular_games()
        if self.game is not None and self.game not in games:
            games.append(self.game)
        return [Choice(game.name, self.question.address(tag=game.slug), game == self.game) for game in games]


def rooms_page(user: Person, question: Question | None = None, after: str = "") -> RoomsPage:
    """The public rooms that answer `question`, or all; `after` is the key at the end of the page before."""
    question = question or Question()
    query = Room.objects.public().annotate(member_count=_member_count())
    if user.is_authenticated:
        query = query.annotate(joined=Exists(Membership.objects.filter(room=OuterRef("pk"), user=user)))
    query = query.prefetch_related(approved_tags())
    game = None
    if question.tag:
        game = GameTag.objects.approved().filter(slug=question.tag).first()
        query = query.filter(tags=game) if game is not None else query.none()
    if question.q:
        query = query.filter(matching(question.q))
    found = list(query.filter(_behind(question.sort, after)).order_by(*ORDERS[question.sort])[: PAGE_SIZE + 1])
    rooms = found[:PAGE_SIZE]
    _count_who_is_here(rooms)
    following = ""
    if len(found) > PAGE_SIZE:
        last = rooms[-1]
        number = last.member_count if question.sort == Sort.MEMBERS else (last.active_at - EPOCH) // MICROSECOND
        following = question.address(after=f"{number}-{last.pk}")
    return RoomsPage(rooms=rooms, question=question, game=game, next=following)


def approved_tags() -> "Prefetch":
    """For `prefetch_related`: each room's tags that everybody may see, in `approved_tags`."""
    return Prefetch("tags", GameTag.objects.approved(), to_attr="approved_tags")


def _member_count() -> Coalesce:
    """Counted room by room: sorted by activity, only for those on the page."""
    counted = Membership.objects.filter(room=OuterRef("pk")).order_by().values("room").annotate(count=Count("pk"))
    return Coalesce(Subquery(counted.values("count"), output_field=IntegerField()), 0)


def _behind(sort: Sort, after: str) -> Q:
    """Which rooms come behind the key; behind one that is none, all."""
    value, _, pk = after.partition("-")
    number, room_id = number_in(value), number_in(pk)
    if number is None or room_id is None:
        return Q()
    if sort == Sort.MEMBERS:
        return Q(member_count__lt=number) | Q(member_count=number, pk__gt=room_id)
    moment = _moment(number)
    return Q(active_at__lt=moment) | Q(active_at=moment, pk__lt=room_id) if moment is not None else Q()


def _moment(microseconds: int) -> datetime | None:
    try:
        return EPOCH + timedelta(microseconds=microseconds)
    except OverflowError:
        return None


def _count_who_is_here(rooms: Sequence[Room]) -> None:
    """Count in `.here` the members of each room who are here now: one query and one look-up for all of them."""
    rows = list(Membership.objects.filter(room__in=rooms).order_by().values_list("room_id", "user_id"))
    here = presence().online({user_id for _, user_id in rows})
    counts = Counter(room_id for room_id, user_id in rows if user_id in here)
    for room in rooms:
        room.here = counts[room.pk]
