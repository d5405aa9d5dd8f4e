"""The REST edge of what the site's staff end in rooms; to anybody else there is no such address."""

from collections.abc import Callable

from django.shortcuts import get_object_or_404
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from accounts.staff_api import staff_only
from eclipse.api.edge import Endpoint, login_required
from eclipse.api.schema import described
from rooms import actions
from rooms.models import Invitation, Room
from rooms.reasons import ReasonSerializer, reason_in


def _room(actor: User, slug: str) -> Room:
    staff_only(actor)
    return get_object_or_404(Room.objects.there(), slug=slug)


def _lift(request: Request, actor: User, slug: str, username: str, act: Callable[..., None]) -> Response:
    room = _room(actor, slug)
    subject = get_object_or_404(User, username=User.normalize_username(username))
    act(actor=actor, room=room, subject=subject, reason=reason_in(request))
    return Response(status=status.HTTP_204_NO_CONTENT)


class StaffBan(Endpoint):
    @described("unban_member_as_staff", query=ReasonSerializer, answers={204: None}, refuses=[401, 404])
    @login_required
    def delete(self, request: Request, actor: User, slug: str, username: str) -> Response:
        """For staff: let somebody enter a room again, whoever banned them."""
        return _lift(request, actor, slug, username, actions.unban_member_as_staff)


class StaffTimeout(Endpoint):
    @described("lift_timeout_as_staff", query=ReasonSerializer, answers={204: None}, refuses=[401, 404])
    @login_required
    def delete(self, request: Request, actor: User, slug: str, username: str) -> Response:
        """For staff: let somebody write and speak again, whoever muted them."""
        return _lift(request, actor, slug, username, actions.lift_timeout_as_staff)


class StaffVoiceSanction(Endpoint):
    @described("lift_voice_sanction_as_staff", query=ReasonSerializer, answers={204: None}, refuses=[401, 404])
    @login_required
    def delete(self, request: Request, actor: User, slug: str, username: str) -> Response:
        """For staff: let somebody speak and hear in voice channels again, whoever muted or deafened them."""
        return _lift(request, actor, slug, username, actions.lift_voice_sanction_as_staff)


class StaffInvitation(Endpoint):
    @described("revoke_invitation_as_staff", query=ReasonSerializer, answers={204: None}, refuses=[401, 404])
    @login_required
    def delete(self, request: Request, actor: User, slug: str, invitation_id: int) -> Response:
        """For staff: let nobody come by this link any more, whosever it is."""
        invitation = get_object_or_404(Invitation, room=_room(actor, slug), pk=invitation_id)
        actions.revoke_invitation_as_staff(actor=actor, invitation=invitation, reason=reason_in(request))
        return Response(status=status.HTTP_204_NO_CONTENT)
