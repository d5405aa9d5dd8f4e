"""The door to voice channels: what one person may do in one, moderators' sanctions included (see rooms/access.py)."""

from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import Http404

from eclipse.numbers import MAX_ID
from eclipse.statements import Parameter, Row, Statement, columns
from rooms import permissions
from rooms.access import ChannelAccess, Person, decided, narrowed, own_columns, read_row, with_own
from rooms.models import Ban, Channel, Membership, Room, Timeout, VoiceSanction
from voice.engine import Allowance, CallLimits


@dataclass(frozen=True, kw_only=True)
class VoiceAccess(ChannelAccess):
    """What one person may do in one voice channel; `granted` lacks what moderators took from them there."""

    # How moderators muted or deafened the person, while they are so.
    sanction: VoiceSanction | None = None

    @property
    def allowance(self) -> Allowance:
        """What the media server lets through of the person, and to them."""
        return Allowance(
            may_speak=self.may_speak,
            may_show=self.may(permissions.SHARE_VIDEO),
            may_hear=not self.is_deafened,
            has_priority=self.has_priority,
        )

    @property
    def limits(self) -> CallLimits:
        """What everybody in the channel's call is held to."""
        return CallLimits(bitrate=self.channel.bitrate * 1000)

    @property
    def may_speak(self) -> bool:
        return self.may(permissions.SPEAK_VOICE)

    @property
    def may_caption(self) -> bool:
        return self.may(permissions.WRITE_CAPTIONS)

    @property
    def may_moderate(self) -> bool:
        return self.may(permissions.MODERATE_VOICE)

    @property
    def has_priority(self) -> bool:
        chosen = self.membership is not None and self.membership.is_priority_speaker
        return self.may_speak and (chosen or self.may(permissions.PRIORITY_SPEAKER))

    @property
    def is_muted(self) -> bool:
        """Whether moderators muted the person; a timeout, or a right that is not there, is told by `may_speak`."""
        return self.sanction is not None and self.sanction.is_muted

    @property
    def is_deafened(self) -> bool:
        return self.sanction is not None and self.sanction.is_deafened

    @property
    def reason(self) -> str:
        """Why the person is muted, deafened or timed out, where whoever did it said so."""
        for taken in (self.timeout, self.sanction):
            if taken is not None and taken.reason:
                return taken.reason
        return ""

    @property
    def is_locked_out(self) -> bool:
        """Whether the channel's lock keeps this person from coming in; whoever is in the call already stays."""
        return self.channel.is_locked and not self.may(permissions.LOCK_CHANNELS)

    @property
    def user_limit(self) -> int:
        """How many the call may hold with this person in it; 0: any number, as always for those who moderate it."""
        return 0 if self.may_moderate else self.channel.user_limit


def _voice_channels(**which: Parameter) -> Statement:
    """The voice channel of which this is true, with its room and what is the person's own there."""

    def build() -> "QuerySet[Channel, Row]":
        channels = with_own(Channel.objects.voice().filter(**which), "room__", ("sanction", "voice_sanctions"))
        names = [*columns(Channel), *columns(Room, "room__"), *own_columns(), *columns(VoiceSanction, "sanction__")]
        return channels.values_list(*names)

    return Statement(build)


_by_slug = _voice_channels(
    room__slug=Parameter("slug", Room._meta.get_field("slug")),
    slug=Parameter("channel", Channel._meta.get_field("slug")),
)
_by_id = _voice_channels(pk=Parameter("channel", Channel._meta.pk))


def get_voice_channel(
    user: Person, slug: str, channel_slug: str, codename: str = permissions.CONNECT_VOICE
) -> VoiceAccess:
    """The voice channel `channel_slug` of the room at `slug`, for somebody who has the right `codename` in it."""
    return _voice_access(user, codename, _by_slug(user=user.pk, slug=slug, channel=channel_slug))


def get_voice_channel_by_id(
    user: Person, channel_id: int, codename: str = permissions.CONNECT_VOICE, *, slug: str | None = None
) -> VoiceAccess:
    """The voice channel with this id, if it is one of the room's at `slug` where one is given."""
    # More than a column holds: SQLite would not even look.
    found = _by_id(user=user.pk, channel=channel_id) if channel_id <= MAX_ID else []
    return _voice_access(user, codename, found, slug)


def _voice_access(user: Person, codename: str, found: list[Row], slug: str | None = None) -> VoiceAccess:
    if not found:
        raise Http404
    channel, room, *mine, sanction = read_row(found[0], Channel, Room, Membership, Ban, Timeout, VoiceSanction)
    if slug is not None and room.slug != slug:
        raise Http404
    channel.room = room
    access = decided(user, room, *mine)
    granted = narrowed(access, channel)
    if sanction is not None and sanction.is_muted:
        granted -= permissions.MUTED
    return VoiceAccess(
        user=access.user,
        room=room,
        membership=access.membership,
        granted=granted,
        timeout=access.timeout,
        channel=channel,
        sanction=sanction,
    ).require(codename)
