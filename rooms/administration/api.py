"""The REST edge of a room's settings, its channels and its end. Each method: access, validate, act, answer."""

from io import BytesIO

from django.core.exceptions import ValidationError
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from eclipse.api.edge import Endpoint, login_required, understood
from eclipse.api.parsers import ImageParser
from eclipse.api.schema import described
from rooms import access as door
from rooms import actions, api, icons, permissions
from rooms.models import Category, Channel
from rooms.reasons import ReasonSerializer, reason_in
from rooms.serializers import ChannelSerializer, RoomWithChannelsSerializer

from .ordering import Group, category_in, channel_in, groups_of
from .serializers import (
    CategoryListSerializer,
    CategorySerializer,
    CreateChannelSerializer,
    DeletedRoomListSerializer,
    EditCategorySerializer,
    EditChannelSerializer,
    EditRoomSerializer,
    MoveCategorySerializer,
    MoveChannelSerializer,
)


def _groups(actor: User, slug: str) -> list[Group]:
    """A room's channels by their categories, for somebody who may put them in order."""
    return groups_of(door.get_room(actor, slug, permissions.MANAGE_CHANNELS))


def _answer(channel: Channel, answer_status: int = status.HTTP_200_OK) -> Response:
    return Response(ChannelSerializer(channel).data, status=answer_status)


def _done() -> Response:
    return Response(status=status.HTTP_204_NO_CONTENT)


class OneRoom(api.OneRoom):
    @described("edit_room", asks=EditRoomSerializer, answers={200: RoomWithChannelsSerializer}, refuses=[401, 404, 409])
    @login_required
    def patch(self, request: Request, actor: User, slug: str) -> Response:
        """Change a room's name, description, address, or who may read it."""
        access = door.get_room(actor, slug, permissions.EDIT_ROOM)
        asked = understood(EditRoomSerializer(data=request.data, context={"room": access.room}))
        room = actions.edit_room(actor=actor, room=access.room, **asked)
        return api.room_answer(door.room_access(actor, room))

    @described("delete_room", query=ReasonSerializer, answers={204: None}, refuses=[401, 404, 409])
    @login_required
    def delete(self, request: Request, actor: User, slug: str) -> Response:
        """Delete a room, for everybody and at once; for seven days its creator may restore it."""
        access = door.get_room(actor, slug, permissions.DELETE_ROOM)
        actions.delete_room(actor=actor, room=access.room, reason=reason_in(request))
        return _done()


class Restore(Endpoint):
    @described("restore_room", answers={200: RoomWithChannelsSerializer}, refuses=[401, 404])
    @login_required
    def post(self, request: Request, actor: User, slug: str) -> Response:
        """Bring a deleted room back as it was."""
        access = door.get_deleted_room(actor, slug)
        room = actions.restore_room(actor=actor, room=access.room)
        return api.room_answer(door.room_access(actor, room))


class DeletedRooms(Endpoint):
    @described("list_deleted_rooms", answers={200: DeletedRoomListSerializer}, refuses=[401])
    @login_required
    def get(self, request: Request, actor: User) -> Response:
        """The deleted rooms that one may restore."""
        rooms = door.restorable_rooms(actor).order_by("-deleted_at")
        return Response(DeletedRoomListSerializer({"results": rooms}).data)


class Icon(Endpoint):
    parser_classes = [ImageParser]
    largest_body = icons.LARGEST_FILE

    @extend_schema(request={f"image/{kind}": OpenApiTypes.BINARY for kind in ("png", "jpeg", "webp")})
    @described("set_room_icon", answers={200: RoomWithChannelsSerializer}, refuses=[400, 401, 404, 415])
    @login_required
    def put(self, request: Request, actor: User, slug: str) -> Response:
        """Give a room a picture, sent as it is; its middle becomes a square of 128 pixels."""
        access = door.get_room(actor, slug, permissions.EDIT_ROOM)
        sent = request.data if isinstance(request.data, bytes) else b""
        try:
            icon = icons.make_icon(BytesIO(sent))
        except ValidationError as error:
            raise serializers.ValidationError({"detail": " ".join(error.messages)}) from error
        room = actions.set_room_icon(actor=actor, room=access.room, icon=icon)
        return api.room_answer(door.room_access(actor, room))

    @described("remove_room_icon", answers={204: None}, refuses=[401, 404])
    @login_required
    def delete(self, request: Request, actor: User, slug: str) -> Response:
        """Show the room's initials again."""
        access = door.get_room(actor, slug, permissions.EDIT_ROOM)
        actions.remove_room_icon(actor=actor, room=access.room)
        return _done()


class Channels(api.Channels):
    @described(
        "create_channel", asks=CreateChannelSerializer, answers={201: ChannelSerializer}, refuses=[401, 404, 409]
    )
    @login_required
    def post(self, request: Request, actor: User, slug: str) -> Response:
        """Open a channel at the end of its category."""
        access = door.get_room(actor, slug, permissions.MANAGE_CHANNELS)
        asked = understood(CreateChannelSerializer(data=request.data, context={"room": access.room}))
        channel = actions.create_channel(actor=actor, room=access.room, **asked)
        return _answer(channel, status.HTTP_201_CREATED)


class OneChannel(Endpoint):
    @described("edit_channel", asks=EditChannelSerializer, answers={200: ChannelSerializer}, refuses=[401, 404, 409])
    @login_required
    def patch(self, request: Request, actor: User, slug: str, channel_id: int) -> Response:
        """Change a channel's name, topic, address, category, or whom it is for."""
        access = door.get_any_channel_by_id(actor, slug, channel_id, permissions.MANAGE_CHANNELS)
        asked = understood(EditChannelSerializer(data=request.data, context={"channel": access.channel}))
        channel = actions.edit_channel(actor=actor, channel=access.channel, **asked)
        return _answer(channel)

    @described("delete_channel", query=ReasonSerializer, answers={204: None}, refuses=[401, 404, 409])
    @login_required
    def delete(self, request: Request, actor: User, slug: str, channel_id: int) -> Response:
        """Delete a channel with all its messages, for good."""
        access = door.get_any_channel_by_id(actor, slug, channel_id, permissions.DELETE_CHANNELS)
        actions.delete_channel(actor=actor, channel=access.channel, reason=reason_in(request))
        return _done()


class ChannelOrder(Endpoint):
    @described("move_channel", asks=MoveChannelSerializer, answers={204: None}, refuses=[401, 404])
    @login_required
    def post(self, request: Request, actor: User, slug: str) -> Response:
        """Put a channel into a category, before another one there or at its end."""
        groups = _groups(actor, slug)
        asked = understood(MoveChannelSerializer(data=request.data))
        actions.move_channel(
            actor=actor,
            channel=channel_in(groups, asked["channel"]),
            category=category_in(groups, asked["category"]) if asked["category"] else None,
            before=channel_in(groups, asked["before"]) if asked["before"] else None,
        )
        return _done()


class Categories(Endpoint):
    @described("list_categories", answers={200: CategoryListSerializer}, refuses=[403, 404])
    def get(self, request: Request, slug: str) -> Response:
        """The headings of a room's channels in their order."""
        access = door.get_room(request.user, slug)
        categories = Category.objects.filter(room=access.room)
        if not access.may(permissions.MANAGE_CHANNELS):
            # As the column shows them: a heading over nothing could tell of a moderators' channel.
            seen = Channel.objects.known_to(access.rank).filter(room=access.room).values("category")
            categories = categories.filter(pk__in=seen.exclude(category=None))
        return Response(CategoryListSerializer({"results": categories}).data)

    @described(
        "create_category", asks=EditCategorySerializer, answers={201: CategorySerializer}, refuses=[401, 404, 409]
    )
    @login_required
    def post(self, request: Request, actor: User, slug: str) -> Response:
        """A new heading below the others."""
        access = door.get_room(actor, slug, permissions.MANAGE_CHANNELS)
        asked = understood(EditCategorySerializer(data=request.data))
        category = actions.create_category(actor=actor, room=access.room, name=asked["name"])
        return Response(CategorySerializer(category).data, status=status.HTTP_201_CREATED)


class OneCategory(Endpoint):
    @described("edit_category", asks=EditCategorySerializer, answers={200: CategorySerializer}, refuses=[401, 404])
    @login_required
    def patch(self, request: Request, actor: User, slug: str, category_id: int) -> Response:
        """Call a category something else."""
        category = category_in(_groups(actor, slug), category_id)
        asked = understood(EditCategorySerializer(data=request.data))
        category = actions.edit_category(actor=actor, category=category, name=asked["name"])
        return Response(CategorySerializer(category).data)

    @described("delete_category", answers={204: None}, refuses=[401, 404])
    @login_required
    def delete(self, request: Request, actor: User, slug: str, category_id: int) -> Response:
        """Take a heading away; its channels stay."""
        actions.delete_category(actor=actor, category=category_in(_groups(actor, slug), category_id))
        return _done()


class CategoryOrder(Endpoint):
    @described("move_category", asks=MoveCategorySerializer, answers={204: None}, refuses=[401, 404])
    @login_required
    def post(self, request: Request, actor: User, slug: str) -> Response:
        """Put a category with its channels before another one, or at the end."""
        groups = _groups(actor, slug)
        asked = understood(MoveCategorySerializer(data=request.data))
        actions.move_category(
            actor=actor,
            category=category_in(groups, asked["category"]),
            before=category_in(groups, asked["before"]) if asked["before"] else None,
        )
        return _done()
