"""The JSON of voice channels: what the REST edge answers, and what it may be asked."""

from typing import Any

from rest_framework import serializers

from accounts.serializers import PersonSerializer
from eclipse.api.fields import Flag, Id, Number, Text
from rooms.models.channel import HIGHEST_BITRATE, LARGEST_USER_LIMIT, LOWEST_BITRATE, Audience
from rooms.reasons import ReasonSerializer
from rooms.serializers import Moment
from voice.protocol import LONGEST_CAPTION
from voice.state import Participant


class VoiceSanctionSerializer(serializers.Serializer[Any]):
    user = PersonSerializer()
    muted = serializers.BooleanField(source="is_muted")
    deafened = serializers.BooleanField(source="is_deafened")
    by = PersonSerializer(allow_null=True, help_text="Who muted or deafened them last; null where the account is gone.")
    reason = serializers.CharField()
    created_at = Moment()


class VoiceSanctionListSerializer(serializers.Serializer[Any]):
    results = VoiceSanctionSerializer(many=True, help_text="The latest first.")


class CallLimitsSerializer(serializers.Serializer[Any]):
    channel = serializers.IntegerField(source="pk")
    user_limit = serializers.IntegerField(help_text="How many may be in it; 0: any number.")
    bitrate = serializers.IntegerField(help_text="Kilobits a second of each voice.")
    locked = serializers.BooleanField(source="is_locked")


class ParticipantSerializer(serializers.Serializer[Participant]):
    """Somebody in a voice channel."""

    id = serializers.IntegerField(source="user", help_text="The person's.")
    username = serializers.CharField()
    name = serializers.CharField(help_text="What they are called in the room.")
    muted = serializers.BooleanField(source="is_muted", help_text="By themself.")
    deafened = serializers.BooleanField(source="is_deafened", help_text="By themself.")
    server_muted = serializers.BooleanField(source="is_server_muted", help_text="By moderators, or timed out.")
    server_deafened = serializers.BooleanField(source="is_server_deafened", help_text="By moderators.")
    camera = serializers.BooleanField(source="is_streaming_camera")
    screen = serializers.BooleanField(source="is_streaming_screen")
    priority = serializers.BooleanField(source="has_priority")
    speaking = serializers.BooleanField(source="is_speaking")


class VoiceChannelSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(source="pk")
    slug = serializers.SlugField()
    name = serializers.CharField()
    audience = serializers.ChoiceField(choices=Audience.choices)
    category = serializers.IntegerField(source="category_id", allow_null=True, help_text="Null: it stands in none.")
    user_limit = serializers.IntegerField(help_text="How many may be in it; 0: any number.")
    bitrate = serializers.IntegerField(help_text="Kilobits a second of each voice.")
    locked = serializers.BooleanField(source="is_locked")
    people = ParticipantSerializer(
        source="voices", many=True, allow_null=True, help_text="Null to whoever may not see members."
    )


class VoiceChannelListSerializer(serializers.Serializer[Any]):
    results = VoiceChannelSerializer(many=True, help_text="In their order.")


class CallSerializer(serializers.Serializer[Any]):
    room = serializers.SlugField(source="channel.room.slug")
    channel = serializers.IntegerField(source="channel.pk")
    name = serializers.CharField(source="channel.name")
    me = ParticipantSerializer(source="participant")


# --- Questions ------------------------------------------------------------------------------------


class MoveSerializer(ReasonSerializer):
    """Where to."""

    channel = Id(help_text="Another voice channel of the room.")


class WriteCaptionSerializer(serializers.Serializer[Any]):
    """A line of what is said."""

    text = Text(allow_blank=True, max_length=LONGEST_CAPTION, help_text="Empty: take back the line that is not final.")
    final = Flag(default=True, help_text="False: the next line replaces this one.")


class LimitCallSerializer(ReasonSerializer):
    """What is left out stays as it is."""

    user_limit = Number(required=False, max_value=LARGEST_USER_LIMIT, help_text="0: any number.")
    bitrate = Number(
        required=False, min_value=LOWEST_BITRATE, max_value=HIGHEST_BITRATE,
        help_text="Kilobits a second of each voice.",
    )  # fmt: skip
