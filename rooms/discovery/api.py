"""The REST edge of game tags, and of what staff decide about them and about rooms without a creator."""

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from accounts.staff_api import staff_only
from eclipse.api.edge import Endpoint, login_required, understood
from eclipse.api.refusals import Conflict
from eclipse.api.schema import described
from rooms import access as door
from rooms import actions, permissions
from rooms.models import GameTag, Room
from rooms.serializers import GameTagSerializer

from .games import approved_games, tags_of
from .search import games_matching
from .serializers import (
    AddGameTagSerializer,
    GameTagListSerializer,
    GameTagQuery,
    MergeGameTagSerializer,
    StaffRoleSerializer,
    WaitingTagListSerializer,
)


class GameTags(Endpoint):
    @described("list_game_tags", query=GameTagQuery, answers={200: GameTagListSerializer})
    def get(self, request: Request) -> Response:
        """The games that rooms can be found by: all, or those that a search finds."""
        query = understood(GameTagQuery(data=request.query_params))["q"]
        games = games_matching(query) if query.strip() else approved_games()
        return Response(GameTagListSerializer({"results": games}).data)


class RoomTags(Endpoint):
    @described("list_room_tags", answers={200: GameTagListSerializer}, refuses=[404])
    def get(self, request: Request, slug: str) -> Response:
        """A room's games; to whoever may edit them, those too that wait for staff."""
        access = door.get_room(request.user, slug)
        approved, waiting = tags_of(access.room)
        shown = [*approved, *waiting] if access.may(permissions.EDIT_GAME_TAGS) else approved
        return Response(GameTagListSerializer({"results": shown}).data)

    @described("add_game_tag", asks=AddGameTagSerializer, answers={200: GameTagSerializer}, refuses=[401, 404, 409])
    @login_required
    def post(self, request: Request, actor: User, slug: str) -> Response:
        """Let a room be found by a game; one that is not known waits for staff. Adding it twice changes nothing."""
        access = door.get_room(actor, slug, permissions.EDIT_GAME_TAGS)
        name = understood(AddGameTagSerializer(data=request.data))["name"]
        tag = actions.add_game_tag(actor=actor, room=access.room, name=name)
        return Response(GameTagSerializer(tag).data)


class RoomTag(Endpoint):
    @described("remove_game_tag", answers={204: None}, refuses=[401, 404])
    @login_required
    def delete(self, request: Request, actor: User, slug: str, tag_id: int) -> Response:
        """Take a game from a room."""
        access = door.get_room(actor, slug, permissions.EDIT_GAME_TAGS)
        tag = get_object_or_404(GameTag, pk=tag_id, rooms=access.room)
        actions.remove_game_tag(actor=actor, room=access.room, tag=tag)
        return Response(status=status.HTTP_204_NO_CONTENT)


class WaitingTags(Endpoint):
    @described("list_waiting_game_tags", answers={200: WaitingTagListSerializer}, refuses=[401, 404])
    @login_required
    def get(self, request: Request, actor: User) -> Response:
        """For staff: the games that people proposed, oldest first."""
        staff_only(actor)
        waiting = GameTag.objects.waiting().select_related("proposed_by").order_by("pk")
        return Response(WaitingTagListSerializer({"results": waiting}).data)


class ApproveTag(Endpoint):
    @described("approve_game_tag", answers={204: None}, refuses=[401, 404])
    @login_required
    def post(self, request: Request, actor: User, tag_id: int) -> Response:
        """For staff: rooms are found by this game from now on."""
        staff_only(actor)
        actions.approve_game_tag(actor=actor, tag=get_object_or_404(GameTag, pk=tag_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class RejectTag(Endpoint):
    @described("reject_game_tag", answers={204: None}, refuses=[401, 404, 409])
    @login_required
    def post(self, request: Request, actor: User, tag_id: int) -> Response:
        """For staff: no room has this game any more; one that is approved stays."""
        staff_only(actor)
        actions.reject_game_tag(actor=actor, tag=get_object_or_404(GameTag, pk=tag_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class MergeTag(Endpoint):
    @described("merge_game_tags", asks=MergeGameTagSerializer, answers={200: GameTagSerializer}, refuses=[401, 404])
    @login_required
    def post(self, request: Request, actor: User, tag_id: int) -> Response:
        """For staff: this game is the same as another one, which takes its rooms and its names."""
        staff_only(actor)
        tag = get_object_or_404(GameTag, pk=tag_id)
        asked = understood(MergeGameTagSerializer(data=request.data))
        into = GameTag.objects.filter(pk=asked["into"]).first()
        if into is None:
            raise serializers.ValidationError({"into": [_("There is no such game.")]})
        try:
            actions.merge_game_tags(actor=actor, tag=tag, into=into)
        except actions.GameWaits as error:
            raise serializers.ValidationError({"into": [error.explain()]}) from error
        return Response(GameTagSerializer(into).data)


class StaffRole(Endpoint):
    @described("change_role_as_staff", asks=StaffRoleSerializer, answers={204: None}, refuses=[401, 404, 409])
    @login_required
    def patch(self, request: Request, actor: User, slug: str, username: str) -> Response:
        """For staff: appoint or dismiss a moderator of a room in which no creator acts, or appoint the creator."""
        staff_only(actor)
        room = get_object_or_404(Room.objects.there(), slug=slug)
        subject = get_object_or_404(User, username=User.normalize_username(username))
        asked = understood(StaffRoleSerializer(data=request.data))
        try:
            actions.change_role_as_staff(
                actor=actor, room=room, subject=subject, role=asked["role"], reason=asked["reason"]
            )
        except actions.LobbyStays as error:
            raise Conflict(_("The lobby belongs to the site and has no creator.")) from error
        return Response(status=status.HTTP_204_NO_CONTENT)
