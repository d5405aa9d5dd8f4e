"""The REST edge of members, roles and rights. Each method: access, validate, act, answer."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from eclipse.api.edge import Endpoint, login_required, understood
from eclipse.api.errors import errors_of
from eclipse.api.refusals import Conflict
from eclipse.api.schema import described
from rooms import access as door
from rooms import actions, permissions
from rooms.access import RoomAccess
from rooms.actions.roles import CHANGEABLE, matrix_of
from rooms.members import Member, member_named
from rooms.permissions import Role
from rooms.serializers import MemberSerializer

from .forms import NicknameForm, TransferForm
from .serializers import (
    EditMatrixSerializer,
    EditMemberSerializer,
    MatrixSerializer,
    StateSerializer,
    TransferSerializer,
)


class OneMember(Endpoint):
    @described("get_member", answers={200: MemberSerializer}, refuses=[401, 403, 404])
    def get(self, request: Request, slug: str, username: str) -> Response:
        """One member of a room."""
        access = door.get_room(request.user, slug, permissions.VIEW_MEMBERS)
        return _answer(_member(access, username))

    @described("edit_member", asks=EditMemberSerializer, answers={200: MemberSerializer}, refuses=[401, 404, 429])
    @login_required
    def patch(self, request: Request, actor: User, slug: str, username: str) -> Response:
        """Appoint or dismiss a moderator; set a nickname: one's own, or that of somebody who stands lower."""
        access = door.get_room(actor, slug)
        asked = understood(EditMemberSerializer(data=request.data))
        subject = _member(access, username).user
        if "nickname" in asked:
            form = NicknameForm({"nickname": asked["nickname"]})
            if not form.is_valid():
                raise serializers.ValidationError(errors_of(form))
            asked["nickname"] = form.cleaned_data["nickname"]
        with transaction.atomic():
            if "role" in asked:
                actions.change_role(
                    actor=actor, room=access.room, subject=subject, role=asked["role"], reason=asked["reason"]
                )
            if "nickname" in asked:
                actions.set_nickname(
                    actor=actor, room=access.room, subject=subject, nickname=asked["nickname"], reason=asked["reason"]
                )
        return _answer(_member(access, username))


class Permissions(Endpoint):
    @described("get_matrix", answers={200: MatrixSerializer}, refuses=[401, 403, 404])
    def get(self, request: Request, slug: str) -> Response:
        """What each role may do in a room, for whoever may change it."""
        return _matrix(door.get_room(request.user, slug, permissions.MANAGE_ROLES))

    @described("edit_matrix", asks=EditMatrixSerializer, answers={200: MatrixSerializer}, refuses=[401, 404, 409])
    @login_required
    def put(self, request: Request, actor: User, slug: str) -> Response:
        """Decide what moderators and members may do; whoever is not the creator only what they may do themselves."""
        access = door.get_room(actor, slug, permissions.MANAGE_ROLES)
        asked = understood(EditMatrixSerializer(data=request.data))
        matrix, was = (
            {role: told[role.value] for role in CHANGEABLE if role.value in told} for told in (asked, asked["was"])
        )
        try:
            actions.edit_matrix(actor=actor, room=access.room, matrix=matrix, was=was, reason=asked["reason"])
        except actions.MatrixChanged as error:
            now = StateSerializer({role.value: error.now[role] for role in CHANGEABLE}).data
            raise Conflict({"detail": error.explain(), "now": now}) from error
        return _matrix(access)


class Transfer(Endpoint):
    @described("transfer_room", asks=TransferSerializer, answers={204: None}, refuses=[401, 404])
    @login_required
    def post(self, request: Request, actor: User, slug: str) -> Response:
        """Make another member the room's creator; who was only lent the right may while no creator acts."""
        access = door.get_room(actor, slug, permissions.TRANSFER_ROOM)
        asked = understood(TransferSerializer(data=request.data))
        form = TransferForm(asked, room=access.room)
        if not form.is_valid():
            raise serializers.ValidationError(errors_of(form))
        actions.transfer_room(
            actor=actor, room=access.room, subject=form.cleaned_data["to"], reason=form.cleaned_data["reason"]
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


def _member(access: RoomAccess, username: str) -> Member:
    """The member called so, whom only somebody sees who may see members, or who is it."""
    own = isinstance(access.user, User) and access.user.username == username
    if not (own or access.may(permissions.VIEW_MEMBERS)):
        raise PermissionDenied
    member = member_named(access.room, username)
    if member is None:
        raise Http404
    return member


def _answer(member: Member) -> Response:
    return Response(MemberSerializer(member).data)


def _matrix(access: RoomAccess) -> Response:
    guests = permissions.GUEST if access.room.is_public and access.room.guests_may_read else frozenset()
    matrix = {role.value: codenames for role, codenames in matrix_of(access.room).items()}
    matrix[Role.CREATOR.value] = permissions.CODENAMES
    return Response(MatrixSerializer({**matrix, "guest": guests}).data)
