"""A room's channels as its settings show them, and what the buttons "up" and "down" mean there."""

from dataclasses import dataclass, field

from django.http import Http404

from rooms.access import RoomAccess
from rooms.models import Category, Channel


@dataclass
class Group:
    """A category with its channels; the first group has none and holds the channels that stand in no category."""

    category: Category | None
    channels: list[Channel] = field(default_factory=list)


@dataclass(frozen=True)
class Place:
    """Where a channel goes: into this category, before that channel or at its end."""

    category: Category | None
    before: Channel | None


def groups_of(access: RoomAccess) -> list[Group]:
    """Every category, empty ones too, with the channels in it that the person may know of."""
    groups = [Group(None), *(Group(category) for category in Category.objects.filter(room=access.room))]
    by_category = {group.category.pk if group.category else None: group for group in groups}
    for channel in Channel.objects.known_to(access.rank).filter(room=access.room):
        channel.room = access.room
        # A category that came between the two queries is not among the groups yet.
        by_category.get(channel.category_id, groups[0]).channels.append(channel)
    return groups


def place_above(groups: list[Group], channel_id: int) -> Place | None:
    """One up: past the channel above, or to the end of the category above; `None` at the very top."""
    at, index = _find(groups, channel_id)
    if index > 0:
        return Place(groups[at].category, groups[at].channels[index - 1])
    return Place(groups[at - 1].category, None) if at > 0 else None


def place_below(groups: list[Group], channel_id: int) -> Place | None:
    """One down: past the channel below, or to the head of the category below; `None` at the very end."""
    at, index = _find(groups, channel_id)
    channels = groups[at].channels
    if index + 1 < len(channels):
        return Place(groups[at].category, channels[index + 2] if index + 2 < len(channels) else None)
    if at + 1 == len(groups):
        return None
    below = groups[at + 1]
    return Place(below.category, below.channels[0] if below.channels else None)


def category_step(groups: list[Group], number: int, *, up: bool) -> tuple[Category, Category | None] | None:
    """The category with this id, and before which it goes one up or down (`None`: to the end); `None` at its end."""
    categories = [group.category for group in groups if group.category is not None]
    at = categories.index(category_in(groups, number))
    if up:
        return (categories[at], categories[at - 1]) if at > 0 else None
    below = [*categories[at + 1 :], None]
    return (categories[at], below[1]) if len(below) > 1 else None


def channel_in(groups: list[Group], number: int) -> Channel:
    """The channel with this id among those that the person may know of; `Http404` for any other."""
    for group in groups:
        for channel in group.channels:
            if channel.pk == number:
                return channel
    raise Http404


def category_in(groups: list[Group], number: int) -> Category:
    """The category with this id; `Http404` for any other."""
    for group in groups:
        if group.category is not None and group.category.pk == number:
            return group.category
    raise Http404


def _find(groups: list[Group], channel_id: int) -> tuple[int, int]:
    """The number of the channel's group, and its place there; `LookupError` where it is in none."""
    for at, group in enumerate(groups):
        for index, channel in enumerate(group.channels):
            if channel.pk == channel_id:
                return at, index
    raise LookupError(channel_id)
