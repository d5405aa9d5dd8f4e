"""What moderators do to people while they are in a call: moving them elsewhere, and ending it."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from eclipse.errors import Refused
from rooms import permissions, push_voice
from rooms.access import RoomAccess, narrowed
from rooms.models import Channel, Room
from rooms.models.audit_entry import Deed
from rooms.voice_access import get_voice_channel_by_id
from voice.state import voice_state

from .audit import record
from .authority import authorise
from .on_commit import tell


class NotInVoice(Refused):
    """The person is in none of the room's voice channels, or in none that the actor may know of."""

    words = _("They are in none of the room’s voice channels now.")


class CannotEnter(Refused):
    """The channel is not open to the person who is to be moved there, or is locked, and not for the actor to open."""

    words = _("They may not come into this channel.")


def channel_of(access: RoomAccess, person: User) -> Channel | None:
    """The room's voice channel that somebody is in now, as far as whoever asks may know of it."""
    channels = {each.pk: each for each in Channel.objects.voice().known_to(access.rank).filter(room=access.room)}
    for number, people in voice_state().in_channels(list(channels)).people.items():
        if any(each.user == person.pk for each in people):
            channels[number].room = access.room
            return channels[number]
    return None


@transaction.atomic
def disconnect_participant(*, actor: User, room: Room, subject: User, reason: str = "") -> None:
    """End the call that `subject` is in, in one of the room's channels; they may join again.

    Raises `NotInVoice` and what `authorise` raises.
    """
    access = authorise(actor=actor, room=room, codename=permissions.MODERATE_VOICE, subject=subject).access
    channel = channel_of(access, subject)
    if channel is None:
        raise NotInVoice
    record(Deed.VOICE_DISCONNECTED, actor=actor, room=access.room, subject=subject, channel=channel, reason=reason)
    tell(push_voice.participant_disconnected, subject.pk, channel.pk)


def leave_call(*, actor: User) -> None:
    """End the call that `actor` is in, on whichever page, device or process it is; without one nothing changes."""
    push_voice.participant_left(actor.pk)


@transaction.atomic
def move_participant(*, actor: User, room: Room, subject: User, to: Channel, reason: str = "") -> None:
    """Have `subject` go on in another voice channel of the room, past its limit; to where they are changes nothing.

    Past its lock too, where the actor may lock channels. Raises `NotInVoice`, `CannotEnter`, `Http404` where the
    channel went or is none that the actor may know of, and what `authorise` raises.
    """
    access = authorise(actor=actor, room=room, codename=permissions.MODERATE_VOICE, subject=subject).access
    stored = Channel.objects.voice().filter(room=access.room, pk=to.pk).first()
    if stored is None:
        raise Http404
    stored.room = access.room
    narrowed(access, stored)
    channel = channel_of(access, subject)
    if channel is None:
        raise NotInVoice
    if channel == stored:
        return
    try:
        entering = get_voice_channel_by_id(subject, stored.pk)
    except (PermissionDenied, Http404) as error:
        raise CannotEnter from error
    if entering.is_locked_out and not access.may(permissions.LOCK_CHANNELS):
        raise CannotEnter
    record(Deed.VOICE_MOVED, actor=actor, room=access.room, subject=subject, channel=stored, reason=reason)
    tell(push_voice.participant_moved, subject.pk, channel.pk, stored)
