"""The JSON of voice channels: what the REST edge answers, and what it may be asked."""

from typing import Any

from rest_framework import serializers

from accounts.serializers import PersonSerializer
from eclipse.api.fields import Number
from rooms.models.channel import HIGHEST_BITRATE, LARGEST_USER_LIMIT, LOWEST_BITRATE
from rooms.reasons import ReasonSerializer
from rooms.serializers import Moment


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


# --- Questions ------------------------------------------------------------------------------------


class LimitCallSerializer(ReasonSerializer):
    """What is left out stays as it is."""

    user_limit = Number(required=False, max_value=LARGEST_USER_LIMIT, help_text="0: any number.")
    bitrate = Number(
        required=False, min_value=LOWEST_BITRATE, max_value=HIGHEST_BITRATE,
        help_text="Kilobits a second of each voice.",
    )  # fmt: skip
