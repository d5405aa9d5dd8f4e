"""The REST edge of voice channels. Each method: access, validate, act, answer."""

from django.utils.translation import gettext as _
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from eclipse.api.edge import Endpoint, login_required, understood
from eclipse.api.refusals import Conflict
from eclipse.api.schema import described
from rooms import access as door
from rooms import actions, permissions
from rooms.moderation.door import SubjectAccess, get_subject
from rooms.reasons import ReasonSerializer, reason_in
from rooms.voice_access import get_voice_channel_by_id

from .door import call_of, voice_channels_in, voice_sanctions_in
from .serializers import (
    CallLimitsSerializer,
    CallSerializer,
    LimitCallSerializer,
    MoveSerializer,
    VoiceChannelListSerializer,
    VoiceSanctionListSerializer,
    WriteCaptionSerializer,
)


def _done() -> Response:
    return Response(status=status.HTTP_204_NO_CONTENT)


def _subject(actor: User, slug: str, username: str) -> SubjectAccess:
    return get_subject(actor, slug, username, permissions.MODERATE_VOICE)


class MemberVoiceMute(Endpoint):
    @described("mute_member", asks=ReasonSerializer, answers={204: None}, refuses=[401, 404])
    @login_required
    def post(self, request: Request, actor: User, slug: str, username: str) -> Response:
        """Let nobody hear somebody in the room's voice channels, whether they are in one now or come later."""
        access = _subject(actor, slug, username)
        actions.mute_member(**access.whom, **understood(ReasonSerializer(data=request.data)))
        return _done()

    @described("unmute_member", query=ReasonSerializer, answers={204: None}, refuses=[401, 404])
    @login_required
    def delete(self, request: Request, actor: User, slug: str, username: str) -> Response:
        """Let somebody speak in voice channels again."""
        actions.unmute_member(**_subject(actor, slug, username).whom, reason=reason_in(request))
        return _done()


class MemberVoiceDeafen(Endpoint):
    @described("deafen_member", asks=ReasonSerializer, answers={204: None}, refuses=[401, 404])
    @login_required
    def post(self, request: Request, actor: User, slug: str, username: str) -> Response:
        """Let somebody hear nobody in the room's voice channels."""
        access = _subject(actor, slug, username)
        actions.deafen_member(**access.whom, **understood(ReasonSerializer(data=request.data)))
        return _done()

    @described("undeafen_member", query=ReasonSerializer, answers={204: None}, refuses=[401, 404])
    @login_required
    def delete(self, request: Request, actor: User, slug: str, username: str) -> Response:
        """Let somebody hear in voice channels again."""
        actions.undeafen_member(**_subject(actor, slug, username).whom, reason=reason_in(request))
        return _done()


class MemberPriority(Endpoint):
    @described("give_priority", asks=ReasonSerializer, answers={204: None}, refuses=[401, 404])
    @login_required
    def post(self, request: Request, actor: User, slug: str, username: str) -> Response:
        """Let a member be heard before others in voice channels."""
        access = _subject(actor, slug, username)
        actions.give_priority(**access.whom, **understood(ReasonSerializer(data=request.data)))
        return _done()

    @described("take_priority", query=ReasonSerializer, answers={204: None}, refuses=[401, 404])
    @login_required
    def delete(self, request: Request, actor: User, slug: str, username: str) -> Response:
        """Let a member be heard like everybody of their role."""
        actions.take_priority(**_subject(actor, slug, username).whom, reason=reason_in(request))
        return _done()


class MemberMove(Endpoint):
    @described("move_participant", asks=MoveSerializer, answers={204: None}, refuses=[401, 404, 409])
    @login_required
    def post(self, request: Request, actor: User, slug: str, username: str) -> Response:
        """Have somebody who is in a voice channel go on in another one of the room."""
        access = _subject(actor, slug, username)
        asked = understood(MoveSerializer(data=request.data))
        to = get_voice_channel_by_id(actor, asked["channel"], permissions.MODERATE_VOICE, slug=slug).channel
        actions.move_participant(**access.whom, to=to, reason=asked["reason"])
        return _done()


class MemberDisconnect(Endpoint):
    @described("disconnect_participant", asks=ReasonSerializer, answers={204: None}, refuses=[401, 404, 409])
    @login_required
    def post(self, request: Request, actor: User, slug: str, username: str) -> Response:
        """End the call that somebody is in, in one of the room's voice channels; they may join again."""
        access = _subject(actor, slug, username)
        asked = understood(ReasonSerializer(data=request.data))
        actions.disconnect_participant(**access.whom, **asked)
        return _done()


class VoiceSanctions(Endpoint):
    @described("list_voice_sanctions", answers={200: VoiceSanctionListSerializer}, refuses=[401, 403, 404])
    def get(self, request: Request, slug: str) -> Response:
        """Whom moderators muted or deafened in the room's voice channels."""
        access = door.get_room(request.user, slug, permissions.MODERATE_VOICE)
        return Response(VoiceSanctionListSerializer({"results": voice_sanctions_in(access)}).data)


class Voice(Endpoint):
    @described("list_voice_channels", answers={200: VoiceChannelListSerializer}, refuses=[403, 404])
    def get(self, request: Request, slug: str) -> Response:
        """A room's voice channels, and who is in them, talks, is mute, and shows something."""
        access = door.get_room(request.user, slug)
        return Response(VoiceChannelListSerializer({"results": voice_channels_in(access)}).data)


class OwnCall(Endpoint):
    @described("get_call", answers={200: CallSerializer, 204: None}, refuses=[401])
    @login_required
    def get(self, request: Request, actor: User) -> Response:
        """The call that one is in, on whichever page; 204 where there is none."""
        call = call_of(actor)
        return Response(CallSerializer(call).data) if call is not None else _done()

    @described("leave_call", answers={204: None}, refuses=[401])
    @login_required
    def delete(self, request: Request, actor: User) -> Response:
        """Leave the call that one is in, on whichever page."""
        actions.leave_call(actor=actor)
        return _done()


class Captions(Endpoint):
    @described("write_caption", asks=WriteCaptionSerializer, answers={204: None}, refuses=[401, 404, 409, 429])
    @login_required
    def post(self, request: Request, actor: User, slug: str, channel_id: int) -> Response:
        """Show everybody in a call, which one is in oneself, a line of what is said in it."""
        access = get_voice_channel_by_id(actor, channel_id, permissions.WRITE_CAPTIONS, slug=slug)
        asked = understood(WriteCaptionSerializer(data=request.data))
        call = call_of(actor)
        if call is None or call.channel != access.channel:
            raise Conflict(_("Join the call first."))
        actions.write_caption(actor=actor, channel=access.channel, **asked)
        return _done()


class ChannelCall(Endpoint):
    @described("limit_call", asks=LimitCallSerializer, answers={200: CallLimitsSerializer}, refuses=[401, 404])
    @login_required
    def patch(self, request: Request, actor: User, slug: str, channel_id: int) -> Response:
        """Say how many may be in a voice channel, and how much each voice may take; it holds at once."""
        access = get_voice_channel_by_id(actor, channel_id, permissions.MODERATE_VOICE, slug=slug)
        asked = understood(LimitCallSerializer(data=request.data))
        channel = actions.limit_call(actor=actor, channel=access.channel, **asked)
        return Response(CallLimitsSerializer(channel).data)
