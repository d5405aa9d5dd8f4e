"""The REST edge of accounts for the site's staff."""

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from eclipse.api.edge import Endpoint, login_required, understood
from eclipse.api.fields import Text
from eclipse.api.schema import described

from . import actions
from .models import User


class SuspensionSerializer(serializers.Serializer[Any]):
    """Why, for the other staff."""

    reason = Text(default="", allow_blank=True, max_length=300)


def staff_only(actor: User) -> User:
    """`actor`, who is staff; for anybody else there is nothing here, whatever was asked for."""
    if not actor.is_staff:
        raise Http404
    return actor


class Suspension(Endpoint):
    @described("suspend_account", asks=SuspensionSerializer, answers={204: None}, refuses=[401, 404])
    @login_required
    def post(self, request: Request, actor: User, username: str) -> Response:
        """For staff: nobody can log in to this account, and its sessions and sockets end."""
        user = _account(actor, username)
        actions.suspend_account(actor=actor, user=user, **understood(SuspensionSerializer(data=request.data)))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @described("restore_account", answers={204: None}, refuses=[401, 404])
    @login_required
    def delete(self, request: Request, actor: User, username: str) -> Response:
        """For staff: the account can be logged in to again."""
        actions.restore_account(actor=actor, user=_account(actor, username))
        return Response(status=status.HTTP_204_NO_CONTENT)


def _account(actor: User, username: str) -> User:
    staff_only(actor)
    return get_object_or_404(User, username=User.normalize_username(username))
