"""The socket edge: one WebSocket per page view, downstream; upstream it carries only typing. (Calls: voice/.)"""

import asyncio
import json
import logging
import uuid
from abc import abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import parse_qs

from channels.auth import get_user
from channels.consumer import get_handler_name
from channels.db import database_sync_to_async
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.module_loading import import_string

from accounts.models import User
from eclipse import ratelimit
from eclipse.hub import Socket, hub
from eclipse.hub.writer import Send
from eclipse.numbers import number_in
from eclipse.ratelimit import RateLimited
from eclipse.statements import Parameter, Row, Statement
from rooms import access as door
from rooms import live, permissions, push
from rooms.access import ChannelAccess, Person
from rooms.models import Channel, Membership, Room, RoomGroupObjectPermission
from rooms.models.channel import members_topic, moderators_topic
from rooms.permissions import Role
from rooms.voice_access import get_voice_channel_by_id

logger = logging.getLogger(__name__)

SessionStore: type[SessionBase] = import_string(f"{settings.SESSION_ENGINE}.SessionStore")

# Close codes of our own; htmx reconnects after none of them, and the page says why (static/js/connection.js).
NOT_UNDERSTOOD = 4400
LOGGED_OUT = 4401
FORBIDDEN = 4403
NOT_FOUND = 4404
TOO_MANY = 4429
# The protocol's own "internal error": after it the page connects again.
FAILED = 1011
MAX_FRAME = 1024
# Typing is told again while it goes on; a page forgets it after a little longer than that.
TYPING_EVERY = 2.0


def _rooms_of_person() -> QuerySet[Membership, Row]:
    person = Parameter("user", User._meta.pk)
    sees_members = RoomGroupObjectPermission.objects.filter(
        content_object=OuterRef("room"), group__user=person, permission__codename=permissions.VIEW_MEMBERS
    )
    rooms = Membership.objects.filter(user=person, room__deleted_at=None).order_by()
    return rooms.annotate(sees_members=Exists(sees_members)).values_list("room_id", "role", "sees_members")


# The rooms that somebody belongs to, and what of their rights there decides about topics: one query for all of them.
_rooms = Statement(_rooms_of_person)


@dataclass(frozen=True)
class Station:
    """What a socket is entitled to hear, and whether it may say that its person is typing."""

    topics: frozenset[str] = field(default_factory=frozenset)
    channel_id: int | None = None
    may_send: bool = False
    nickname: str = ""


class LiveConsumer(AsyncWebsocketConsumer):
    """What both sockets share: a place in the hub, presence, and being asked again when rights change."""

    # How many frames a socket may send, and how long each may be.
    frame_limit = "socket_frames"
    longest_frame = MAX_FRAME
    socket: Socket | None = None
    station = Station()
    user: Person
    _closed = False
    _recheck_due = False
    _rechecking: asyncio.Task[None] | None = None

    async def __call__(self, scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Any) -> None:
        self._task = asyncio.current_task()
        self._evicted = False
        self.scope, self.base_send = scope, send
        try:
            # Channels' own loop keeps two more tasks alive for each socket, and hops to a thread for each frame.
            while True:
                message = await receive()
                await getattr(self, get_handler_name(message))(message)
        except StopConsumer:
            pass
        except asyncio.CancelledError:
            # The hub gave this socket up; ending quietly makes the server close it. Any other cancellation goes on.
            if not self._evicted:
                raise
        finally:
            await self._leave()

    def _evict(self) -> None:
        self._evicted = True
        if self._task is not None:
            self._task.cancel()

    async def connect(self) -> None:
        hub.bind()
        live.begin()
        self.user = self.scope["user"]
        self.socket_id = uuid.uuid4().hex
        self._typed_at = 0.0
        await self.accept()
        # The person's own topic first: a right that is taken while the others are looked up has them looked up again.
        self.socket = hub.connect(self.fragments(), self._personal(), self._evict, on_command=self._on_command)
        await hub.settled()
        doubts = hub.doubts
        try:
            self.station = await self._station()
        except Http404:
            await self.close(NOT_FOUND)
            return
        except PermissionDenied:
            await self.close(FORBIDDEN)
            return
        hub.subscribe(self.socket, self.station.topics)
        if self._rechecking is not None or hub.doubts != doubts:
            # What was found may be older than what was taken since.
            hub.doubt(self.socket)
        # Subscribed first, told second: whatever is committed between the two is heard, not missed.
        if self.station.channel_id is not None:
            await hub.settled()
            for envelope in (await database_sync_to_async(push.channel_seqs)([self.station.channel_id])).values():
                hub.send(self.socket, envelope)
        if self.user.is_authenticated:
            await live.arrive(self.user.pk, self.socket_id)

    async def close(self, code: int | None = None, reason: str | None = None) -> None:
        """Close the socket, which hears nothing from this moment on; closing it again changes nothing."""
        if self._closed:
            return
        self._closed = True
        if self.socket is not None:
            # Not when the browser has answered: until then it would hear on, and what it may no longer know.
            hub.disconnect(self.socket)
        await super().close(code, reason)

    async def _leave(self) -> None:
        self._closed = True
        if self.socket is None:
            return
        hub.disconnect(self.socket)
        self.socket = None
        if self.user.is_authenticated:
            await live.leave(self.user.pk, self.socket_id)

    def fragments(self) -> Send:
        """What takes the fragments of this socket's topics."""
        return cast(Send, self.base_send)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self._closed:
            return
        try:
            ratelimit.spend(self.frame_limit, self.socket_id)
        except RateLimited:
            await self.close(TOO_MANY)
            return
        if text_data is None or len(text_data) > self.longest_frame:
            await self.close(NOT_UNDERSTOOD)
            return
        await self.understand(text_data)

    async def understand(self, text: str) -> None:
        """Do what a frame asks."""
        try:
            frame = json.loads(text)
        except (ValueError, RecursionError):
            frame = None
        match frame:
            case {"type": "typing"}:
                self._typing()
            case _:
                await self.close(NOT_UNDERSTOOD)

    def _typing(self) -> None:
        now = asyncio.get_running_loop().time()
        typist = self.user if self.station.may_send and now - self._typed_at >= TYPING_EVERY else None
        if isinstance(typist, User) and self.station.channel_id is not None:
            self._typed_at = now
            push.typing(self.station.channel_id, typist, self.station.nickname)

    def _on_command(self, socket: Socket, name: str, data: dict[str, Any]) -> asyncio.Task[None] | None:
        if name != hub.RECHECK:
            return None
        self._recheck_due = True
        if self._rechecking is None or self._rechecking.done():
            # Held until done: the loop itself keeps only a weak reference.
            self._rechecking = asyncio.get_running_loop().create_task(self._recheck_while_due())
        return self._rechecking

    async def _recheck_while_due(self) -> None:
        """One look after the other: what was seen before a change must never be applied after it."""
        try:
            while self._recheck_due:
                self._recheck_due = False
                await self._recheck()
        except Exception:
            # Whoever may have lost a right must not keep it because nobody could look.
            logger.exception("A socket is closed: what it may hear could not be looked up")
            await self.close(FAILED)

    async def _recheck(self) -> None:
        """Ask again who this is and what they may hear: a log-out, a role or a membership changed."""
        # Another session object: what one has read once it does not read again.
        user = await get_user({"session": SessionStore(self.scope["session"].session_key)})
        if self.socket is None:
            return
        if user.pk != self.user.pk:
            await self.close(LOGGED_OUT)
            return
        doubts = hub.doubts
        try:
            station = await self._station()
        except (Http404, PermissionDenied):
            await self.close(FORBIDDEN)
            return
        if self._recheck_due or hub.doubts != doubts:
            # Another right may have been taken while this was looked up.
            self._recheck_due = True
            return
        self.station = station
        if self.socket is not None:
            hub.subscribe(self.socket, station.topics)

    async def _station(self) -> Station:
        return await database_sync_to_async(self.find_station)()

    @abstractmethod
    def find_station(self) -> Station:
        """What this person may hear on this page; `Http404` or `PermissionDenied` where nothing."""

    def own_topics(self) -> set[str]:
        """What is the person's own, whichever page they are on."""
        if not self.user.is_authenticated:
            return set()
        topics = self._personal()
        for room_id, role, sees_members in _rooms(user=self.user.pk):
            topics.add(f"room.{room_id}")
            if sees_members:
                topics.add(members_topic(room_id))
            if permissions.RANK[role] >= permissions.RANK[Role.MODERATOR]:
                topics.add(moderators_topic(room_id))
        return topics

    def _personal(self) -> set[str]:
        return {f"user.{self.user.pk}"} if self.user.is_authenticated else set()


class ChatConsumer(LiveConsumer):
    """`/ws/chat/<slug>/?channel=<id>`: a channel's fragments, and what is the person's own.

    Attack: a number harvested elsewhere. The channel must be one of the room's, and the room one that this person may
    read, asked through `access` like every other edge.
    """

    # Known from the first look on: a room may move, and its members hear on.
    _room_id: int | None = None

    def _slug(self) -> str:
        """Where the room is now. At its old address there may be another one meanwhile."""
        if self._room_id is None:
            return self.scope["url_route"]["kwargs"]["slug"]
        return get_object_or_404(Room.objects.only("slug"), pk=self._room_id).slug

    def find_station(self) -> Station:
        slug = self._slug()
        asked = parse_qs(self.scope["query_string"].decode("latin-1")).get("channel", [""])[0]
        access = self._named(slug, asked) if asked else door.get_first_channel(self.user, slug)
        channel: Channel = access.channel
        self._room_id = access.room.pk
        nickname = access.membership.nickname if access.membership is not None else ""
        may_write = access.may_send and not channel.is_voice
        return Station(frozenset(self.own_topics() | {channel.topic}), channel.pk, may_write, nickname)

    def _named(self, slug: str, asked: str) -> ChannelAccess:
        number = number_in(asked)
        if number is None:
            raise Http404
        try:
            return door.get_channel_by_id(self.user, slug, number)
        except Http404:
            # A page of a voice channel hears of the room like any other.
            return get_voice_channel_by_id(self.user, number, permissions.VIEW_ROOM, slug=slug)


class PresenceConsumer(LiveConsumer):
    """`/ws/presence/`: what is the person's own, for a page that shows no channel."""

    def find_station(self) -> Station:
        if not self.user.is_authenticated:
            raise PermissionDenied
        return Station(frozenset(self.own_topics()))


class NowhereConsumer(LiveConsumer):
    """Any other address: answered as a room that is not there, where the router would raise."""

    def find_station(self) -> Station:
        raise Http404
