"""The REST edge of moderation. Each method: access, validate, act, answer."""

from datetime import timedelta

from django.http import Http404
from django.utils import timezone
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from eclipse.api.edge import Endpoint, login_required, understood
from eclipse.api.schema import described
from rooms import access as door
from rooms import actions, permissions
from rooms.models import Ban, Timeout
from rooms.reasons import ReasonSerializer, reason_in
from rooms.serializers import MessageSerializer

from .acts import PIN, UNPIN
from .door import bans_in, get_subject, pinned_in, timeouts_in
from .serializers import (
    BanSerializer,
    DeletedSerializer,
    DeleteMessagesSerializer,
    EditWordFilterSerializer,
    LimitsSerializer,
    PinnedSerializer,
    ReviewSerializer,
    SanctionListSerializer,
    SanctionSerializer,
    SendToReviewSerializer,
    SetSlowModeSerializer,
    TimeOutSerializer,
    WordFilterSerializer,
)


def _done() -> Response:
    return Response(status=status.HTTP_204_NO_CONTENT)


def _sanction(sanction: Ban | Timeout) -> Response:
    return Response(SanctionSerializer(sanction).data)


class MemberTimeout(Endpoint):
    @described("time_out_member", asks=TimeOutSerializer, answers={200: SanctionSerializer}, refuses=[401, 404])
    @login_required
    def post(self, request: Request, actor: User, slug: str, username: str) -> Response:
        """Let nobody read or hear anything new of somebody for a time; a timeout there is already is replaced."""
        access = get_subject(actor, slug, username, permissions.TIME_OUT_MEMBERS)
        asked = understood(TimeOutSerializer(data=request.data))
        until = timezone.now() + timedelta(seconds=asked["seconds"])
        return _sanction(actions.time_out_member(**access.whom, until=until, reason=asked["reason"]))

    @described("lift_timeout", query=ReasonSerializer, answers={204: None}, refuses=[401, 404])
    @login_required
    def delete(self, request: Request, actor: User, slug: str, username: str) -> Response:
        """Let somebody write and speak again."""
        access = get_subject(actor, slug, username, permissions.TIME_OUT_MEMBERS)
        actions.lift_timeout(**access.whom, reason=reason_in(request))
        return _done()


class MemberKick(Endpoint):
    @described("kick_member", asks=ReasonSerializer, answers={204: None}, refuses=[401, 404])
    @login_required
    def post(self, request: Request, actor: User, slug: str, username: str) -> Response:
        """Take somebody out of the room; they may come back."""
        access = get_subject(actor, slug, username, permissions.KICK_MEMBERS)
        actions.kick_member(**access.whom, **understood(ReasonSerializer(data=request.data)))
        return _done()


class MemberBan(Endpoint):
    @described("ban_member", asks=BanSerializer, answers={200: SanctionSerializer}, refuses=[401, 404])
    @login_required
    def post(self, request: Request, actor: User, slug: str, username: str) -> Response:
        """Keep somebody out of the room, whether they belong to it or not; a ban there is already is replaced."""
        access = get_subject(actor, slug, username, permissions.BAN_MEMBERS)
        asked, now = understood(BanSerializer(data=request.data)), timezone.now()
        until, erased = (timedelta(seconds=asked[name] or 0) for name in ("seconds", "delete_seconds"))
        ban = actions.ban_member(
            **access.whom,
            until=now + until if until else None,
            reason=asked["reason"],
            delete_since=now - erased if erased else None,
        )
        return _sanction(ban)

    @described("unban_member", query=ReasonSerializer, answers={204: None}, refuses=[401, 404])
    @login_required
    def delete(self, request: Request, actor: User, slug: str, username: str) -> Response:
        """Let somebody enter the room again."""
        access = get_subject(actor, slug, username, permissions.BAN_MEMBERS)
        actions.unban_member(**access.whom, reason=reason_in(request))
        return _done()


class MemberReview(Endpoint):
    @described("send_to_review", asks=SendToReviewSerializer, answers={201: ReviewSerializer}, refuses=[401, 404])
    @login_required
    def post(self, request: Request, actor: User, slug: str, username: str) -> Response:
        """Ask the other moderators to look at somebody, or at what they wrote."""
        access = get_subject(actor, slug, username, permissions.HANDLE_REPORTS)
        asked = understood(SendToReviewSerializer(data=request.data))
        message = None
        if asked.get("message") is not None:
            message = door.get_message_by_id(actor, slug, asked["message"]).message
            if message.is_deleted or message.author != access.subject:
                raise Http404
        report = actions.send_to_review(**access.whom, message=message, reason=asked["reason"])
        return Response(ReviewSerializer(report).data, status=status.HTTP_201_CREATED)


class Bans(Endpoint):
    @described("list_bans", answers={200: SanctionListSerializer}, refuses=[401, 403, 404])
    def get(self, request: Request, slug: str) -> Response:
        """Who may not enter the room."""
        access = door.get_room(request.user, slug, permissions.BAN_MEMBERS)
        return Response(SanctionListSerializer({"results": bans_in(access)}).data)


class Timeouts(Endpoint):
    @described("list_timeouts", answers={200: SanctionListSerializer}, refuses=[401, 403, 404])
    def get(self, request: Request, slug: str) -> Response:
        """Who is mute in the room."""
        access = door.get_room(request.user, slug, permissions.TIME_OUT_MEMBERS)
        return Response(SanctionListSerializer({"results": timeouts_in(access)}).data)


class Words(Endpoint):
    @described("get_word_filter", answers={200: WordFilterSerializer}, refuses=[401, 403, 404])
    def get(self, request: Request, slug: str) -> Response:
        """What nobody may write in the room."""
        access = door.get_room(request.user, slug, permissions.EDIT_WORD_FILTER)
        return Response(WordFilterSerializer(access.room).data)

    @described(
        "edit_word_filter", asks=EditWordFilterSerializer, answers={200: WordFilterSerializer}, refuses=[401, 404]
    )
    @login_required
    def put(self, request: Request, actor: User, slug: str) -> Response:
        """Replace the list of what nobody may write in the room."""
        access = door.get_room(actor, slug, permissions.EDIT_WORD_FILTER)
        asked = understood(EditWordFilterSerializer(data=request.data))
        room = actions.edit_word_filter(actor=actor, room=access.room, **asked)
        return Response(WordFilterSerializer(room).data)


class MessagePin(Endpoint):
    @described("pin_message", asks=ReasonSerializer, answers={200: MessageSerializer}, refuses=[401, 404])
    @login_required
    def post(self, request: Request, actor: User, slug: str, message_id: int) -> Response:
        """Put a message among those that its channel keeps at hand."""
        access = PIN.allowed(door.get_message_by_id(actor, slug, message_id))
        asked = understood(ReasonSerializer(data=request.data))
        return Response(MessageSerializer(actions.pin_message(actor=actor, message=access.message, **asked)).data)

    @described("unpin_message", query=ReasonSerializer, answers={200: MessageSerializer}, refuses=[401, 404])
    @login_required
    def delete(self, request: Request, actor: User, slug: str, message_id: int) -> Response:
        """Take a message from among the pinned ones."""
        access = UNPIN.allowed(door.get_message_by_id(actor, slug, message_id))
        message = actions.unpin_message(actor=actor, message=access.message, reason=reason_in(request))
        return Response(MessageSerializer(message).data)


class MessagesDelete(Endpoint):
    @described("delete_messages", asks=DeleteMessagesSerializer, answers={200: DeletedSerializer}, refuses=[401, 404])
    @login_required
    def post(self, request: Request, actor: User, slug: str) -> Response:
        """Delete many messages of one channel at once; what is not among its messages is passed over."""
        door.get_room(actor, slug, permissions.DELETE_MANY_MESSAGES)
        asked = understood(DeleteMessagesSerializer(data=request.data))
        access = door.get_channel_by_id(actor, slug, asked["channel"], permissions.DELETE_MANY_MESSAGES)
        count = actions.delete_messages(
            actor=actor, channel=access.channel, message_ids=asked["messages"], reason=asked["reason"]
        )
        return Response(DeletedSerializer({"deleted": count}).data)


class Pinned(Endpoint):
    @described("list_pinned_messages", answers={200: PinnedSerializer}, refuses=[404])
    def get(self, request: Request, slug: str, channel_id: int) -> Response:
        """The messages that a channel keeps at hand."""
        access = door.get_channel_by_id(request.user, slug, channel_id, permissions.VIEW_ROOM)
        return Response(PinnedSerializer({"results": pinned_in(access)}).data)


class SlowMode(Endpoint):
    @described("set_slow_mode", asks=SetSlowModeSerializer, answers={200: LimitsSerializer}, refuses=[401, 404])
    @login_required
    def put(self, request: Request, actor: User, slug: str, channel_id: int) -> Response:
        """Let each person write in a channel once in so many seconds."""
        access = door.get_channel_by_id(actor, slug, channel_id, permissions.SET_SLOW_MODE)
        asked = understood(SetSlowModeSerializer(data=request.data))
        return Response(LimitsSerializer(actions.set_slow_mode(actor=actor, channel=access.channel, **asked)).data)


class Lock(Endpoint):
    @described("lock_channel", asks=ReasonSerializer, answers={200: LimitsSerializer}, refuses=[401, 404])
    @login_required
    def post(self, request: Request, actor: User, slug: str, channel_id: int) -> Response:
        """Let only whoever may lock channels write in one; into a voice channel, let only them come."""
        access = door.get_any_channel_by_id(actor, slug, channel_id, permissions.LOCK_CHANNELS)
        asked = understood(ReasonSerializer(data=request.data))
        return Response(LimitsSerializer(actions.lock_channel(actor=actor, channel=access.channel, **asked)).data)

    @described("unlock_channel", query=ReasonSerializer, answers={200: LimitsSerializer}, refuses=[401, 404])
    @login_required
    def delete(self, request: Request, actor: User, slug: str, channel_id: int) -> Response:
        """Open a locked channel again."""
        access = door.get_any_channel_by_id(actor, slug, channel_id, permissions.LOCK_CHANNELS)
        channel = actions.unlock_channel(actor=actor, channel=access.channel, reason=reason_in(request))
        return Response(LimitsSerializer(channel).data)
