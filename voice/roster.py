"""Who is in a room's voice channels, who talks and who is mute: what its pages show, and what they are told of it.

The fragments are the same for everybody and go to those alone who may see the room's people (`Channel.people_topic`).
"""

from collections.abc import Collection, Iterable

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.html import format_html

from eclipse.hub import hub
from rooms.models import Channel
from voice.state import voice_state

# Joins and leaves of one channel that come fast are told together, and so is who talks: pages are no meters.
ROSTER_EVERY = 0.2
SPEAKING_EVERY = 0.4


def call_rosters(channels: Iterable[Channel]) -> None:
    """Give each voice channel who is in it (`voices`), and how new that is (`voices_version`): one look for all."""
    voice = [channel for channel in channels if channel.is_voice]
    if not voice:
        return
    roll = voice_state().in_channels([channel.pk for channel in voice])
    for channel in voice:
        channel.voices, channel.voices_version = roll.of(channel.pk), roll.version


def publish_people(channel_id: int) -> None:
    """Tell the room's pages who is in this channel now; nothing where the channel is gone."""
    channel = Channel.objects.filter(pk=channel_id).first()
    if channel is None:
        return
    call_rosters([channel])
    with translation.override("en"):
        fragment = render_to_string("push/voice_roster.html", {"channel": channel})
    hub.publish(channel.people_topic, fragment)


def publish_speaking(channel_id: int, users: Collection[int]) -> None:
    """Tell the room's pages who of this channel talks now, by their numbers alone."""
    voice_state().set_speaking(channel_id, users)
    channel = Channel.objects.filter(pk=channel_id).first()
    if channel is None:
        return
    hub.publish(
        channel.people_topic,
        format_html(
            '<hx-push event="voice_speaking" channel="{}" users="{}"></hx-push>',
            channel_id, " ".join(map(str, sorted(users))),
        ),
    )  # fmt: skip
