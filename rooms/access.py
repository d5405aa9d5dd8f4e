"""The only door through which an edge gets a room, a channel or a message.

Whoever may not know that a thing exists gets 404 (`Http404`), the same as for one that does not exist; whoever may
see it but lacks the right asked for gets 403 (`PermissionDenied`). Rights are guardian's, asked once per request.
"""

from dataclasses import dataclass
from typing import Self

from django.contrib.auth.models import AnonymousUser, Permission
from django.core.exceptions import PermissionDenied
from django.db.models import FilteredRelation, Q, QuerySet
from django.http import Http404

from accounts.models import User
from eclipse.statements import Parameter, Row, Statement, columns, instance
from rooms import permissions
from rooms.models import Channel, Membership, Message, Room

Person = User | AnonymousUser

CHANNEL_COLUMNS, ROOM_COLUMNS = len(columns(Channel)), len(columns(Room))


@dataclass(frozen=True, kw_only=True)
class RoomAccess:
    """What one person may do in one room."""

    user: Person
    room: Room
    membership: Membership | None
    granted: frozenset[str]

    def may(self, codename: str) -> bool:
        """Whether the right is there; `KeyError` for one that was never declared."""
        return permissions.check(codename) in self.granted

    def require(self, codename: str) -> Self:
        """This access, if the right is there; `PermissionDenied` otherwise."""
        if not self.may(codename):
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
    return permissions.GUEST if room.is_public else frozenset()


def room_access(user: Person, room: Room) -> RoomAccess:
    """What `user` may do in `room`; `Http404` when they may not know of it."""
    membership = None
    if user.is_authenticated:
        membership = Membership.objects.filter(room=room, user=user).first()
    return _room_access(user, room, membership)


def _room_access(user: Person, room: Room, membership: Membership | None) -> RoomAccess:
    access = RoomAccess(user=user, room=room, membership=membership, granted=_granted(user, room, membership))
    if not access.may(permissions.VIEW_ROOM):
        raise Http404
    return access


def get_room(user: Person, slug: str, codename: str = permissions.VIEW_ROOM) -> RoomAccess:
    """The room at `slug`, for somebody who has the right `codename` in it."""
    room = Room.objects.filter(slug=slug).first()
    if room is None:
        raise Http404
    return room_access(user, room).require(codename)


def _channels(*which: tuple[str, Parameter]) -> Statement:
    """The first of these text channels with its room, and the membership of who asks (all NULL where there is none)."""

    def build() -> "QuerySet[Channel, Row]":
        mine = Q(room__memberships__user=Parameter("user", User._meta.pk))
        return (
            Channel.objects.text()
            .filter(room__slug=Parameter("slug", Room._meta.get_field("slug")), **dict(which))
            .annotate(mine=FilteredRelation("room__memberships", condition=mine))
            .values_list(*columns(Channel), *columns(Room, "room__"), *columns(Membership, "mine__"))[:1]
        )

    return Statement(build)


_channel_by_slug = _channels(("slug", Parameter("channel", Channel._meta.get_field("slug"))))
_channel_by_id = _channels(("pk", Parameter("channel", Channel._meta.pk)))
_first_channel = _channels()


def get_channel(user: Person, slug: str, channel_slug: str, codename: str = permissions.VIEW_ROOM) -> ChannelAccess:
    """The text channel `channel_slug` of the room at `slug`, for somebody who has the right `codename` in it."""
    return _channel_access(user, codename, _channel_by_slug(user=user.pk, slug=slug, channel=channel_slug))


def get_channel_by_id(user: Person, slug: str, channel_id: int, codename: str = permissions.VIEW_ROOM) -> ChannelAccess:
    """The text channel with this id, if it is one of the room's at `slug`."""
    return _channel_access(user, codename, _channel_by_id(user=user.pk, slug=slug, channel=channel_id))


def get_first_channel(user: Person, slug: str, codename: str = permissions.VIEW_ROOM) -> ChannelAccess:
    """The first text channel of the room at `slug`."""
    return _channel_access(user, codename, _first_channel(user=user.pk, slug=slug))


def _channel_access(user: Person, codename: str, found: list[Row]) -> ChannelAccess:
    if not found:
        raise Http404
    in_room, in_membership = CHANNEL_COLUMNS, CHANNEL_COLUMNS + ROOM_COLUMNS
    row = found[0]
    channel = instance(Channel, row[:in_room])
    channel.room = instance(Room, row[in_room:in_membership])
    membership = instance(Membership, row[in_membership:]) if row[in_membership] is not None else None
    access = _room_access(user, channel.room, membership)
    return ChannelAccess(
        user=user, room=access.room, membership=access.membership, granted=access.granted, channel=channel
    ).require(codename)


def get_message(user: Person, slug: str, channel_slug: str, message_id: int) -> MessageAccess:
    """The message with this id in that channel, a tombstone included."""
    return _in_message(get_channel(user, slug, channel_slug), message_id)


def get_message_by_id(user: Person, slug: str, message_id: int) -> MessageAccess:
    """The message with this id, if it was written in a text channel of the room at `slug`."""
    message = Message.objects.filter(pk=message_id, channel__room__slug=slug).only("channel_id").first()
    if message is None:
        # Asked all the same, so that a stranger cannot tell a wrong number from a hidden room.
        get_room(user, slug)
        raise Http404
    return _in_message(get_channel_by_id(user, slug, message.channel_id), message_id)


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
        channel=access.channel,
        message=message,
    )
