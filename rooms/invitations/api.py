"""The REST edge of invitations."""

from django.shortcuts import get_object_or_404
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from eclipse.api.edge import Endpoint, login_required, understood
from eclipse.api.schema import described
from rooms import access as door
from rooms import actions, permissions
from rooms.api import room_answer
from rooms.reasons import ReasonSerializer, reason_in
from rooms.serializers import RoomWithChannelsSerializer

from .door import NoInvitation, count_look, get_invitation, invitations_for, invitations_page
from .serializers import (
    CreateInvitationSerializer,
    InvitationPageSerializer,
    InvitationQuery,
    InvitationSerializer,
    InvitationViewSerializer,
)


class Invitations(Endpoint):
    @described(
        "list_invitations", query=InvitationQuery, answers={200: InvitationPageSerializer}, refuses=[401, 403, 404]
    )
    def get(self, request: Request, slug: str) -> Response:
        """The room's invitations with who came by each: to moderators all, to others their own."""
        access = door.get_room(request.user, slug, permissions.CREATE_INVITATIONS)
        asked = understood(InvitationQuery(data=request.query_params))
        page = invitations_page(access, asked.get("after"))
        return Response(InvitationPageSerializer({"results": page.invitations, "next": page.next or None}).data)

    @described(
        "create_invitation",
        asks=CreateInvitationSerializer,
        answers={201: InvitationSerializer},
        refuses=[401, 404, 429],
    )
    @login_required
    def post(self, request: Request, actor: User, slug: str) -> Response:
        """A new link by which people become members."""
        access = door.get_room(actor, slug, permissions.CREATE_INVITATIONS)
        asked = understood(CreateInvitationSerializer(data=request.data))
        invitation = actions.create_invitation(actor=actor, room=access.room, **asked)
        return Response(InvitationSerializer(invitation).data, status=status.HTTP_201_CREATED)


class OneInvitation(Endpoint):
    @described("revoke_invitation", query=ReasonSerializer, answers={204: None}, refuses=[401, 404])
    @login_required
    def delete(self, request: Request, actor: User, slug: str, invitation_id: int) -> Response:
        """Let nobody come by this link any more."""
        access = door.get_room(actor, slug, permissions.CREATE_INVITATIONS)
        invitation = get_object_or_404(invitations_for(access), pk=invitation_id)
        actions.revoke_invitation(actor=actor, invitation=invitation, reason=reason_in(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class ByCode(Endpoint):
    @described("get_invitation", answers={200: InvitationViewSerializer}, refuses=[403, 404, 429])
    def get(self, request: Request, code: str) -> Response:
        """The room behind a link, before joining it; a code that works no more is as one that never was."""
        count_look(request._request)
        return Response(InvitationViewSerializer(get_invitation(request.user, code)).data)

    @described("accept_invitation", answers={200: RoomWithChannelsSerializer}, refuses=[401, 404, 429])
    @login_required
    def post(self, request: Request, actor: User, code: str) -> Response:
        """Belong to the room behind a link; a member's second call changes nothing."""
        count_look(request._request)
        access = get_invitation(actor, code)
        try:
            actions.accept_invitation(actor=actor, invitation=access.invitation)
        except actions.InvitationEnded as error:
            raise NoInvitation from error
        return room_answer(door.room_access(actor, access.room))
