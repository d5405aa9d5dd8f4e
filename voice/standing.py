"""What somebody may do in a call at this moment, and how the others see them because of it."""

import logging
from dataclasses import dataclass, replace

from channels.auth import get_user
from channels.db import database_sync_to_async
from django.core.exceptions import PermissionDenied
from django.http import Http404

from accounts.models import User
from eclipse.person import SessionStore
from rooms import permissions
from rooms.access import Banned
from rooms.models import Channel
from rooms.voice_access import VoiceAccess, get_voice_channel_by_id
from voice.protocol import Reason, Rights
from voice.state import Participant

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Visitor:
    """Who is on a socket: the person, how to ask again whether they are still logged in, and their language."""

    user: User
    login: str | None
    language: str


async def look(visitor: Visitor, channel_id: int) -> VoiceAccess | Reason:
    """What the visitor may do in the channel now; why they are out, where they are."""
    # Another session object: what one has read once it does not read again.
    user = await get_user({"session": SessionStore(visitor.login)})
    if user.pk != visitor.user.pk:
        return Reason.LOGGED_OUT
    try:
        return await database_sync_to_async(get_voice_channel_by_id)(user, channel_id)
    except Banned:
        return Reason.BANNED
    except PermissionDenied:
        return Reason.KICKED
    except Http404:
        there = await Channel.objects.filter(pk=channel_id, room__deleted_at=None).aexists()
        return Reason.KICKED if there else Reason.CHANNEL_DELETED


def rights_of(access: VoiceAccess) -> Rights:
    return Rights(
        speak=access.may_speak,
        show=access.may(permissions.SHARE_VIDEO),
        caption=access.may_caption,
        moderate=access.may_moderate,
        reason=access.reason,
    )


def seen_as(participant: Participant, access: VoiceAccess) -> Participant:
    """The participant as others see them with these rights: by which name, and what moderators took from them."""
    may_show = access.may(permissions.SHARE_VIDEO)
    member = access.membership
    return replace(
        participant,
        username=access.actor.username,
        name=(member.nickname if member is not None else "") or access.actor.name,
        is_server_muted=access.is_muted or access.timeout is not None,
        is_server_deafened=access.is_deafened,
        is_streaming_camera=participant.is_streaming_camera and may_show,
        is_streaming_screen=participant.is_streaming_screen and may_show,
        has_priority=access.has_priority,
    )
