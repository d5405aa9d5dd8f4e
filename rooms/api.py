"""The REST edge of rooms. Each method: access, validate, act, answer."""

from typing import Any
from urllib.parse import urlencode, urlsplit

from django.db.models import Count, prefetch_related_objects
from django.utils.translation import gettext as _
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from eclipse.api.edge import Endpoint, login_required, understood
from eclipse.api.refusals import Conflict
from eclipse.api.schema import described
from eclipse.numbers import MAX_ID
from eclipse.text import tidy
from rooms import access as door
from rooms import actions, permissions, timeline
from rooms.access import ChannelAccess, Person, RoomAccess
from rooms.actions.rooms import LOBBY_SLUG
from rooms.discovery.listing import Question, approved_tags, rooms_page
from rooms.members import members_of
from rooms.models import Channel, Membership, Room
from rooms.reasons import ReasonSerializer, reason_in
from rooms.serializers import (
    ChangesQuery,
    ChangesSerializer,
    ChannelListSerializer,
    CreateRoomSerializer,
    EditMessageSerializer,
    MarkReadSerializer,
    MemberListSerializer,
    MemberQuery,
    MessagePageSerializer,
    MessageQuery,
    MessageSerializer,
    PostMessageSerializer,
    RoomPageSerializer,
    RoomQuery,
    RoomView,
    RoomWithChannelsSerializer,
)
from rooms.unread import channels_with_unread, rooms_with_unread


class Rooms(Endpoint):
    @described("list_rooms", query=RoomQuery, answers={200: RoomPageSerializer})
    def get(self, request: Request) -> Response:
        """One's own rooms, and a page of the public ones: all, or those that a search or a game finds."""
        asked = understood(RoomQuery(data=request.query_params))
        question = Question.of(asked["q"], asked["tag"], asked["sort"])
        page = rooms_page(request.user, question, after=asked["after"])
        mine = rooms_with_unread(request.user) if request.user.is_authenticated else []
        views = _views(request.user, [*mine, *page.rooms])
        query = urlsplit(page.next).query
        answer = {
            "mine": views[: len(mine)],
            "results": views[len(mine) :],
            "next": f"{request.path}?{query}" if query else None,
        }
        return Response(RoomPageSerializer(answer).data)

    @described(
        "create_room", asks=CreateRoomSerializer, answers={201: RoomWithChannelsSerializer}, refuses=[401, 409, 429]
    )
    @login_required
    def post(self, request: Request, actor: User) -> Response:
        """Open a room, whose creator one is; its address is made from its name."""
        asked = understood(CreateRoomSerializer(data=request.data))
        room = actions.create_room(actor=actor, **asked)
        return room_answer(door.room_access(actor, room), status.HTTP_201_CREATED)


class PublicRoom(Endpoint):
    @described("get_public_room", answers={200: RoomWithChannelsSerializer}, refuses=[404])
    def get(self, request: Request) -> Response:
        """The lobby, where everybody arrives."""
        return room_answer(door.get_room(request.user, LOBBY_SLUG))


class OneRoom(Endpoint):
    @described("get_room", answers={200: RoomWithChannelsSerializer}, refuses=[403, 404])
    def get(self, request: Request, slug: str) -> Response:
        """One room and its channels."""
        return room_answer(door.get_room(request.user, slug))


class Join(Endpoint):
    @described("join_room", answers={200: RoomWithChannelsSerializer}, refuses=[401, 404, 409, 429])
    @login_required
    def post(self, request: Request, actor: User, slug: str) -> Response:
        """Belong to a public room; joining twice changes nothing."""
        access = door.get_room(actor, slug, None)
        actions.join_room(actor=actor, room=access.room)
        return room_answer(door.room_access(actor, access.room))


class Leave(Endpoint):
    @described("leave_room", answers={204: None}, refuses=[401, 404, 409])
    @login_required
    def post(self, request: Request, actor: User, slug: str) -> Response:
        """Belong to a room no more; what one wrote stays."""
        access = door.get_room(actor, slug)
        actions.leave_room(actor=actor, room=access.room)
        return Response(status=status.HTTP_204_NO_CONTENT)


class Members(Endpoint):
    @described("list_members", query=MemberQuery, answers={200: MemberListSerializer}, refuses=[401, 403, 404])
    def get(self, request: Request, slug: str) -> Response:
        """The members of a room, those who are here first."""
        access = door.get_room(request.user, slug, permissions.VIEW_MEMBERS)
        asked = understood(MemberQuery(data=request.query_params))
        members = members_of(access.room, limit=asked["limit"], search=tidy(asked["q"]), after=asked["after"])
        asked["after"] = members.after
        answer = {
            "member_count": members.total,
            "results": members,
            "next": f"{request.path}?{urlencode(asked)}" if members.after else None,
        }
        return Response(MemberListSerializer(answer).data)


class Channels(Endpoint):
    @described("list_channels", answers={200: ChannelListSerializer}, refuses=[403, 404])
    def get(self, request: Request, slug: str) -> Response:
        """The text channels of a room in their order."""
        access = door.get_room(request.user, slug)
        return Response(ChannelListSerializer({"results": _channels(access)}).data)


class Messages(Endpoint):
    @described("list_messages", query=MessageQuery, answers={200: MessagePageSerializer}, refuses=[403, 404])
    def get(self, request: Request, slug: str) -> Response:
        """A page of a channel's history: the newest messages, or those before, after or around one."""
        query = MessageQuery(data=request.query_params)
        access = _channel(request, slug, query)
        asked = query.validated_data
        return Response(MessagePageSerializer(_history(request, access, asked)).data)

    @described(
        "post_message", asks=PostMessageSerializer, answers={201: MessageSerializer}, refuses=[401, 404, 409, 429]
    )
    @login_required
    def post(self, request: Request, actor: User, slug: str) -> Response:
        """Write a message; the same `client_id` again answers the message of then."""
        question = PostMessageSerializer(data=request.data)
        access = _channel(request, slug, question, permissions.SEND_MESSAGES)
        asked = question.validated_data
        try:
            message = actions.post_message(
                actor=actor,
                channel=access.channel,
                body=asked["body"],
                client_id=asked["client_id"],
                reply_to=asked.get("reply_to"),
            )
        except actions.NothingToAnswer as error:
            raise serializers.ValidationError({"reply_to": [_("There is no such message in this channel.")]}) from error
        except actions.AlreadySent as error:
            raise Conflict(_("Another message was sent with this client_id.")) from error
        return Response(MessageSerializer(message).data, status=status.HTTP_201_CREATED)


class OneMessage(Endpoint):
    @described("get_message", answers={200: MessageSerializer}, refuses=[403, 404])
    def get(self, request: Request, slug: str, message_id: int) -> Response:
        """One message, or its tombstone."""
        access = door.get_message_by_id(request.user, slug, message_id)
        return Response(MessageSerializer(access.message).data)

    @described("edit_message", asks=EditMessageSerializer, answers={200: MessageSerializer}, refuses=[401, 404, 429])
    @login_required
    def patch(self, request: Request, actor: User, slug: str, message_id: int) -> Response:
        """Replace the text of one's own message."""
        access = door.get_message_by_id(actor, slug, message_id).to_edit()
        asked = understood(EditMessageSerializer(data=request.data))
        message = actions.edit_message(actor=actor, message=access.message, body=asked.get("body", access.message.body))
        return Response(MessageSerializer(message).data)

    @described("delete_message", query=ReasonSerializer, answers={204: None}, refuses=[401, 404])
    @login_required
    def delete(self, request: Request, actor: User, slug: str, message_id: int) -> Response:
        """Take a message's text away for good; a tombstone stays."""
        access = door.get_message_by_id(actor, slug, message_id).to_delete()
        actions.delete_message(actor=actor, message=access.message, reason=reason_in(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class Changes(Endpoint):
    @described("list_changes", query=ChangesQuery, answers={200: ChangesSerializer}, refuses=[403, 404])
    def get(self, request: Request, slug: str) -> Response:
        """Every message written, edited or deleted since: how a client that was away catches up without a gap."""
        query = ChangesQuery(data=request.query_params)
        access = _channel(request, slug, query)
        asked = query.validated_data
        changes = timeline.changed_after(access.channel, asked["after"], asked["limit"])
        answer = {
            "channel": access.channel.pk,
            "seq": changes.seq,
            "more": changes.more,
            "results": changes.messages,
        }
        return Response(ChangesSerializer(answer).data)


class Read(Endpoint):
    @described("mark_read", asks=MarkReadSerializer, answers={204: None}, refuses=[401, 404])
    @login_required
    def post(self, request: Request, actor: User, slug: str) -> Response:
        """Remember how far one has read a channel; the mark never moves back."""
        door.get_room(actor, slug)
        asked = understood(MarkReadSerializer(data=request.data))
        access = door.get_message_by_id(actor, slug, asked["message"])
        actions.mark_read(actor=actor, channel=access.channel, message_id=access.message.pk)
        return Response(status=status.HTTP_204_NO_CONTENT)


def _channel(
    request: Request, slug: str, question: serializers.Serializer[Any], codename: str = permissions.VIEW_ROOM
) -> ChannelAccess:
    """The channel that the question names, or the room's first.

    Refused before anything wrong in the question is told: a stranger learns of neither.
    """
    question.is_valid()
    channel_id = question.validated_data.get("channel")
    if channel_id is None:
        access = door.get_first_channel(request.user, slug, codename)
    else:
        access = door.get_channel_by_id(request.user, slug, channel_id, codename)
    question.is_valid(raise_exception=True)
    return access


def _history(request: Request, access: ChannelAccess, asked: dict[str, Any]) -> dict[str, Any]:
    channel, limit = access.channel, asked["limit"]
    if "before" in asked:
        page = timeline.before(channel, asked["before"], limit)
    elif "after" in asked:
        page = timeline.after(channel, asked["after"], limit)
    elif "around" in asked:
        page = timeline.around(channel, asked["around"], limit)
    else:
        page = timeline.latest(channel, limit)

    def address(**key: int) -> str:
        return f"{request.path}?{urlencode({'channel': channel.pk, 'limit': limit, **key})}"

    # An empty page lies beyond one of the ends: what it was asked for is the key of the way back.
    first = page.first_id or min(asked.get("after", 0) + 1, MAX_ID)
    last = page.last_id or asked.get("before", 1) - 1
    return {
        "channel": channel.pk,
        "seq": channel.seq,
        "results": page.messages,
        "previous": address(before=first) if page.has_older else None,
        "next": address(after=last) if page.has_newer else None,
    }


def _channels(access: RoomAccess) -> list[Channel]:
    channels = Channel.objects.text().known_to(access.rank).filter(room=access.room).select_related("category")
    if access.is_member and isinstance(access.user, User):
        return channels_with_unread(channels, access.user)
    return list(channels)


def room_answer(access: RoomAccess, answer_status: int = status.HTTP_200_OK) -> Response:
    channels = _channels(access)
    view = RoomView(
        room=access.room,
        role=access.membership.role if access.membership else None,
        member_count=access.room.memberships.count(),
        unread=sum(channel.unread for channel in channels) if access.is_member else 0,
        channels=channels,
    )
    return Response(RoomWithChannelsSerializer(view).data, status=answer_status)


def _views(user: Person, rooms: list[Room]) -> list[RoomView]:
    """The rooms as `user` sees them, in a few queries however many they are."""
    prefetch_related_objects(rooms, approved_tags())
    memberships = Membership.objects.filter(room__in={room.pk for room in rooms}).order_by()
    counts = dict(memberships.values_list("room").annotate(Count("pk")))
    roles: dict[int, str] = {}
    if isinstance(user, User):
        roles = dict(memberships.filter(user=user).values_list("room", "role"))
    return [
        RoomView(
            room=room,
            role=roles.get(room.pk),
            member_count=counts.get(room.pk, 0),
            unread=getattr(room, "unread", 0),
            online_count=getattr(room, "here", None),
        )
        for room in rooms
    ]
