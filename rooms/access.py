"""The only door through which an edge gets a room, a channel or a message.

Whoever may not know that a thing exists gets 404 (`Http404`), the same as for one that does not exist; whoever may
see it but lacks the right asked for gets 403 (`PermissionDenied`). Rights are guardian's, asked once per request.
"""

from dataclasses import dataclass
from typing import Any, Self

from django.contrib.auth.models import AnonymousUser, Permission
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, FilteredRelation, Model, OuterRef, Q, QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from eclipse.numbers import MAX_ID
from eclipse.statements import Parameter, Row, Statement, columns, instance
from rooms import permissions
from rooms.models import Ban, Channel, Membership, Message, Room, RoomGroupObjectPermission, Timeout
from rooms.models.channel import Audience
from rooms.permissions import Role

Person = User | AnonymousUser


class Banned(PermissionDenied):
    """Somebody may know that the room exists, and is banned from it: why, and until when."""

    def __init__(self, ban: Ban) -> None:
        self.ban = ban
        super().__init__("banned")

    def explain(self) -> str:
        """What to tell the person, in the active language."""
        room, until = self.ban.room.name, self.ban.until
        if until is None:
            told = _("You are banned from %(room)s.") % {"room": room}
        else:
            end = date_format(timezone.localtime(until), "j E Y, H:i")
            told = _("You are banned from %(room)s until %(end)s.") % {"room": room, "end": end}
        return f"{told} {_('Reason: %(reason)s') % {'reason': self.ban.reason}}" if self.ban.reason else told


class MembersOnly(PermissionDenied):
    """Everybody may know that the room exists and join it, and only members may read it."""

    def __init__(self, room: Room) -> None:
        self.room = room
        super().__init__("members only")

    def explain(self) -> str:
        """What to tell the person, in the active language."""
        return _("Only members read and write in %(room)s. Everybody may join.") % {"room": self.room.name}


@dataclass(frozen=True, kw_only=True)
class RoomAccess:
    """What one person may do in one room."""

    user: Person
    room: Room
    membership: Membership | None
    granted: frozenset[str]
    # Why the person is mute here, while they are.
    timeout: Timeout | None = None

    def may(self, codename: str) -> bool:
        """Whether the right is there; `KeyError` for one that was never declared."""
        return permissions.check(codename) in self.granted

    def require(self, codename: str) -> Self:
        """This access, if the right is there; `PermissionDenied` otherwise, `MembersOnly` where joining would help."""
        if not self.may(codename):
            if not self.is_member and not self.may(permissions.VIEW_ROOM):
                raise MembersOnly(self.room)
            raise PermissionDenied(codename)
        return self

    @property
    def actor(self) -> User:
        """The person, where an account is needed; `PermissionDenied` for a guest."""
        if not isinstance(self.user, User):
            raise PermissionDenied
        return self.user

    @property
    def is_member(self) -> bool:
        return self.membership is not None

    @property
    def rank(self) -> int:
        return permissions.RANK[self.membership.role] if self.membership is not None else 0

    def may_act_on(self, subject: Membership | None) -> bool:
        """Whether the person stands higher than this member does, or than a stranger where it is none."""
        return self.rank > (permissions.RANK[subject.role] if subject is not None else 0)

    @property
    def may_join(self) -> bool:
        return self.user.is_authenticated and not self.is_member and self.room.is_public

    @property
    def may_send(self) -> bool:
        return self.may(permissions.SEND_MESSAGES)

    @property
    def may_view_members(self) -> bool:
        return self.may(permissions.VIEW_MEMBERS)


@dataclass(frozen=True, kw_only=True)
class ChannelAccess(RoomAccess):
    """What one person may do in one channel."""

    channel: Channel


@dataclass(frozen=True, kw_only=True)
class MessageAccess(ChannelAccess):
    """What one person may do with one message."""

    message: Message

    @property
    def is_author(self) -> bool:
        return self.user.is_authenticated and self.message.author_id == self.user.pk

    @property
    def may_edit(self) -> bool:
        return not self.message.is_deleted and self.is_author and self.may(permissions.EDIT_OWN_MESSAGES)

    @property
    def may_delete(self) -> bool:
        own = self.is_author and self.may(permissions.DELETE_OWN_MESSAGES)
        return not self.message.is_deleted and (own or self.may(permissions.DELETE_ANY_MESSAGE))

    @property
    def may_reply(self) -> bool:
        return not self.message.is_deleted and self.may_send

    def to_edit(self) -> Self:
        """This access, if the message is still there and its text may be changed."""
        return self._to_change(self.may_edit)

    def to_delete(self) -> Self:
        """This access, if the message is still there and may be deleted."""
        return self._to_change(self.may_delete)

    def _to_change(self, allowed: bool) -> Self:
        if self.message.is_deleted:
            raise Http404
        if not allowed:
            raise PermissionDenied
        return self


# What guardian's `get_group_perms` asks, as a statement: every page and every message asks it.
_rights = Statement(
    lambda: Permission.objects.filter(
        roomgroupobjectpermission__content_object=Parameter("room", Room._meta.pk),
        roomgroupobjectpermission__group__user=Parameter("user", User._meta.pk),
    ).values_list("codename")
)


def _granted(user: Person, room: Room, membership: Membership | None) -> frozenset[str]:
    if membership is not None:
        return frozenset(codename for (codename,) in _rights(room=room.pk, user=user.pk))
    return permissions.GUEST if room.is_public and room.guests_may_read else frozenset()


def room_access(user: Person, room: Room) -> RoomAccess:
    """What `user` may do in `room`; `Http404` when they may not know of it, `Banned` when they may not enter."""
    mine: list[Any] = [None, None, None]
    if user.is_authenticated:
        [row] = _in_room(user=user.pk, room=room.pk)
        mine = read_row(row, Membership, Ban, Timeout)
    return decided(user, room, *mine)


def decided(
    user: Person, room: Room, membership: Membership | None, ban: Ban | None, timeout: Timeout | None
) -> RoomAccess:
    if room.deleted_at is not None or not (room.is_public or membership is not None):
        raise Http404
    if ban is not None and ban.is_in_force:
        ban.room = room
        raise Banned(ban)
    granted = _granted(user, room, membership)
    if timeout is not None and timeout.is_in_force:
        granted -= permissions.SILENCED
    else:
        timeout = None
    return RoomAccess(user=user, room=room, membership=membership, granted=granted, timeout=timeout)


def get_room(user: Person, slug: str, codename: str | None = permissions.VIEW_ROOM) -> RoomAccess:
    """The room at `slug`, for somebody who has the right `codename` in it; with `None`, who may know that it exists.

    A deleted room is there for nobody; see `get_deleted_room`.
    """
    found = _room_by_slug(user=user.pk, slug=slug)
    if not found:
        raise Http404
    access = decided(user, *read_row(found[0], Room, Membership, Ban, Timeout))
    return access.require(codename) if codename is not None else access


def restorable_rooms(user: User) -> "QuerySet[Room]":
    """The deleted rooms that `user` may still bring back: those that they might delete."""
    right = RoomGroupObjectPermission.objects.filter(
        content_object=OuterRef("pk"), permission__codename=permissions.DELETE_ROOM, group__user=user
    )
    muted = Timeout.objects.filter(room=OuterRef("pk"), user=user, until__gt=timezone.now())
    return Room.objects.restorable().filter(Exists(right), ~Exists(muted), memberships__user=user)


def get_deleted_room(user: User, slug: str) -> RoomAccess:
    """The deleted room at `slug`, for somebody who may restore it; there is none for anybody else."""
    room = restorable_rooms(user).filter(slug=slug).first()
    if room is None:
        raise Http404
    membership = Membership.objects.get(room=room, user=user)
    return RoomAccess(user=user, room=room, membership=membership, granted=_granted(user, room, membership))


# What is a person's own in a room: how a query names it, and the room's relation to it.
OWN = (("mine", "memberships"), ("ban", "bans"), ("timeout", "timeouts"))


def with_own(queryset: "QuerySet", to_room: str, *more: tuple[str, str]) -> "QuerySet":
    """The rows joined with the membership, the ban and the timeout of who asks (all NULL where there is none)."""
    person = Parameter("user", User._meta.pk)
    for name, relation in (*OWN, *more):
        path = f"{to_room}{relation}"
        queryset = queryset.annotate(**{name: FilteredRelation(path, condition=Q(**{f"{path}__user": person}))})
    return queryset


def own_columns() -> list[str]:
    return [*columns(Membership, "mine__"), *columns(Ban, "ban__"), *columns(Timeout, "timeout__")]


def read_row(row: Row, *models: type[Model]) -> list[Any]:
    """The objects that stand one after the other in a row; `None` for one whose columns are all NULL."""
    objects: list[Any] = []
    for model in models:
        width = len(model._meta.concrete_fields)
        values, row = row[:width], row[width:]
        objects.append(instance(model, values) if values[0] is not None else None)
    return objects


_in_room = Statement(
    lambda: with_own(Room.objects.filter(pk=Parameter("room", Room._meta.pk)), "").values_list(*own_columns())
)
_room_by_slug = Statement(
    lambda: with_own(Room.objects.filter(slug=Parameter("slug", Room._meta.get_field("slug"))), "").values_list(
        *columns(Room), *own_columns()
    )
)


def _channels(*which: tuple[str, Parameter], every_kind: bool = False) -> Statement:
    """The first of these channels with its room and what is the person's own there; a text one, if not `every_kind`."""

    def build() -> "QuerySet[Channel, Row]":
        slug = Parameter("slug", Room._meta.get_field("slug"))
        channels = Channel.objects.all() if every_kind else Channel.objects.text()
        channels = channels.filter(room__slug=slug, **dict(which))
        names = [*columns(Channel), *columns(Room, "room__"), *own_columns()]
        return with_own(channels, "room__").values_list(*names)

    return Statement(build)


_channel_by_slug = _channels(("slug", Parameter("channel", Channel._meta.get_field("slug"))))
_channel_by_id = _channels(("pk", Parameter("channel", Channel._meta.pk)))
_any_channel_by_slug = _channels(("slug", Parameter("channel", Channel._meta.get_field("slug"))), every_kind=True)
_any_channel_by_id = _channels(("pk", Parameter("channel", Channel._meta.pk)), every_kind=True)
_channel_of_message = _channels(("messages", Parameter("message", Message._meta.pk)))
_all_channels = _channels()


def get_channel(user: Person, slug: str, channel_slug: str, codename: str = permissions.VIEW_ROOM) -> ChannelAccess:
    """The text channel `channel_slug` of the room at `slug`, for somebody who has the right `codename` in it."""
    return _channel_access(user, codename, _channel_by_slug(user=user.pk, slug=slug, channel=channel_slug))


def get_channel_by_id(user: Person, slug: str, channel_id: int, codename: str = permissions.VIEW_ROOM) -> ChannelAccess:
    """The text channel with this id, if it is one of the room's at `slug`."""
    # More than a column holds: SQLite would not even look.
    found = _channel_by_id(user=user.pk, slug=slug, channel=channel_id) if channel_id <= MAX_ID else []
    return _channel_access(user, codename, found)


def get_any_channel(user: Person, slug: str, channel_slug: str, codename: str) -> ChannelAccess:
    """As `get_channel`, a voice channel too: for what is done to channels, and not in them."""
    return _channel_access(user, codename, _any_channel_by_slug(user=user.pk, slug=slug, channel=channel_slug))


def get_any_channel_by_id(user: Person, slug: str, channel_id: int, codename: str) -> ChannelAccess:
    """As `get_channel_by_id`, a voice channel too."""
    found = _any_channel_by_id(user=user.pk, slug=slug, channel=channel_id) if channel_id <= MAX_ID else []
    return _channel_access(user, codename, found)


def get_first_channel(user: Person, slug: str, codename: str = permissions.VIEW_ROOM) -> ChannelAccess:
    """The first text channel of the room at `slug` that `user` may see."""
    found = _all_channels(user=user.pk, slug=slug)
    if not found:
        raise Http404
    _channel, room, *mine = read_row(found[0], Channel, Room, Membership, Ban, Timeout)
    # Asked once, however many of the channels are for moderators only.
    access = decided(user, room, *mine)
    for row in found:
        [channel] = read_row(row, Channel)
        try:
            return in_channel(access, channel, codename)
        except Http404:
            continue
    raise Http404


def _channel_access(user: Person, codename: str, found: list[Row]) -> ChannelAccess:
    if not found:
        raise Http404
    channel, room, *mine = read_row(found[0], Channel, Room, Membership, Ban, Timeout)
    return in_channel(decided(user, room, *mine), channel, codename)


def in_channel(access: RoomAccess, channel: Channel, codename: str = permissions.VIEW_ROOM) -> ChannelAccess:
    """What somebody may do in a channel of the room in which they may do this, if they have `codename` there."""
    channel.room = access.room
    return ChannelAccess(
        user=access.user,
        room=access.room,
        membership=access.membership,
        granted=narrowed(access, channel),
        timeout=access.timeout,
        channel=channel,
    ).require(codename)


def narrowed(access: RoomAccess, channel: Channel) -> frozenset[str]:
    """What stays of somebody's rights in a channel that is not for all; `Http404` where they may not know of it."""
    moderates = access.rank >= permissions.RANK[Role.MODERATOR]
    if channel.audience == Audience.MODERATORS and not moderates:
        raise Http404
    if channel.audience == Audience.READ_ONLY and not moderates:
        return access.granted - permissions.TAKING_PART
    # Into a locked voice channel nobody comes (rooms/voice_access.py); whoever is in it takes part as before.
    if channel.is_locked and not channel.is_voice and not access.may(permissions.LOCK_CHANNELS):
        return access.granted - {permissions.SEND_MESSAGES, permissions.EDIT_OWN_MESSAGES}
    return access.granted


def get_message(user: Person, slug: str, channel_slug: str, message_id: int) -> MessageAccess:
    """The message with this id in that channel, a tombstone included."""
    return _in_message(get_channel(user, slug, channel_slug), message_id)


def get_message_by_id(user: Person, slug: str, message_id: int) -> MessageAccess:
    """The message with this id, if it was written in a text channel of the room at `slug`."""
    # One query, whether there is no such room, a hidden one or another room's message: a stranger cannot tell which.
    # No message has the number 0, and none has one beyond what the database can hold.
    number = message_id if message_id <= MAX_ID else 0
    found = _channel_of_message(user=user.pk, slug=slug, message=number)
    return _in_message(_channel_access(user, permissions.VIEW_ROOM, found), number)


def _in_message(access: ChannelAccess, message_id: int) -> MessageAccess:
    message = Message.objects.for_display().filter(channel=access.channel, pk=message_id).first()
    if message is None:
        raise Http404
    message.channel = access.channel
    return MessageAccess(
        user=access.user,
        room=access.room,
        membership=access.membership,
        granted=access.granted,
        timeout=access.timeout,
        channel=access.channel,
        message=message,
    )
