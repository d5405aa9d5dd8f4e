"""The door to what is going on in voice channels: who is where, and what moderators took from whom."""

from dataclasses import dataclass

from django.db.models import QuerySet

from accounts.models import User
from rooms.access import RoomAccess
from rooms.models import Channel, VoiceSanction
from rooms.moderation.door import SHOWN
from voice.roster import call_rosters
from voice.state import Participant


@dataclass(frozen=True)
class OwnCall:
    """The call that somebody is in."""

    channel: Channel
    participant: Participant


def voice_sanctions_in(access: RoomAccess) -> "QuerySet[VoiceSanction]":
    """Whom moderators muted or deafened in the room's voice channels, the latest first."""
    sanctions = VoiceSanction.objects.filter(room=access.room)
    return sanctions.select_related("user", "by").order_by("-created_at", "-pk")[:SHOWN]


def voice_channels_in(access: RoomAccess) -> list[Channel]:
    """The room's voice channels in their order, with who is in them; `voices` is `None` for who may not see people."""
    channels = list(Channel.objects.voice().known_to(access.rank).filter(room=access.room))
    if access.may_view_members:
        call_rosters(channels)
    else:
        for channel in channels:
            channel.voices = None
    return channels


def call_of(person: User) -> OwnCall | None:
    """The call that a person is in, in whichever of their rooms; `None` where there is none."""
    channels = list(Channel.objects.voice().filter(room__memberships__user=person).select_related("room"))
    call_rosters(channels)
    for channel in channels:
        for participant in channel.voices or ():
            if participant.user == person.pk:
                return OwnCall(channel, participant)
    return None
