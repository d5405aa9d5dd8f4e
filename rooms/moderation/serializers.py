"""The JSON of moderation: what the REST edge answers, and what it may be asked."""

from typing import Any

from rest_framework import serializers

from accounts.serializers import PersonSerializer
from eclipse.api.fields import Id, Number, Text
from rooms import word_filter
from rooms.actions.messages import MOST_DELETED_AT_ONCE
from rooms.actions.sanctions import LONGEST_TIMEOUT
from rooms.durations import LONGEST_BAN
from rooms.models.channel import LONGEST_SLOW_MODE
from rooms.reasons import Reason, ReasonSerializer
from rooms.serializers import MessageSerializer, Moment

DAY = 24 * 60 * 60


class SanctionSerializer(serializers.Serializer[Any]):
    user = PersonSerializer()
    by = PersonSerializer(allow_null=True, help_text="Null where the account is gone.")
    reason = serializers.CharField()
    until = Moment(allow_null=True, help_text="Null for a ban without an end.")
    created_at = Moment()


class SanctionListSerializer(serializers.Serializer[Any]):
    results = SanctionSerializer(many=True, help_text="Those in force, the latest first.")


class ReviewSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(source="pk", help_text="The report's number.")
    user = PersonSerializer(source="subject")
    message = serializers.IntegerField(source="message_id", allow_null=True)
    quoted = serializers.CharField(help_text="The message as it was.")
    reason = serializers.CharField()
    created_at = Moment()


class WordFilterSerializer(serializers.Serializer[Any]):
    words = serializers.CharField(source="filtered_words", help_text="One word or phrase a line.")


class LimitsSerializer(serializers.Serializer[Any]):
    channel = serializers.IntegerField(source="pk")
    slow_mode = serializers.IntegerField(help_text="Seconds between two messages of one person; 0: off.")
    locked = serializers.BooleanField(source="is_locked")


class PinnedSerializer(serializers.Serializer[Any]):
    results = MessageSerializer(many=True, help_text="The one that was pinned last first.")


class DeletedSerializer(serializers.Serializer[Any]):
    deleted = serializers.IntegerField(help_text="How many of them were there to delete.")


# --- Questions ------------------------------------------------------------------------------------


class TimeOutSerializer(ReasonSerializer):
    """For how long and why."""

    seconds = Number(min_value=1, max_value=int(LONGEST_TIMEOUT.total_seconds()))


class BanSerializer(ReasonSerializer):
    """For how long, why, and what of their messages goes with them."""

    seconds = Number(
        default=None, allow_null=True, min_value=1, max_value=int(LONGEST_BAN.total_seconds()),
        help_text="Null: for good.",
    )  # fmt: skip
    delete_seconds = Number(
        default=0, max_value=DAY, help_text="Delete what they wrote in the room in so many seconds before now."
    )


class SendToReviewSerializer(serializers.Serializer[Any]):
    """What the other moderators are to look at."""

    reason = Reason(required=True)
    message = Id(required=False, allow_null=True, help_text="What they wrote: it is kept as it is now.")


class EditWordFilterSerializer(ReasonSerializer):
    """The whole list."""

    words = Text(allow_blank=True, max_length=word_filter.MAX_LENGTH, help_text="One word or phrase a line.")


class SetSlowModeSerializer(ReasonSerializer):
    """How long one waits."""

    seconds = Number(max_value=LONGEST_SLOW_MODE, help_text="0: off.")


class DeleteMessagesSerializer(ReasonSerializer):
    """Which messages of a channel."""

    channel = Id()
    messages = serializers.ListField(child=Id(), min_length=1, max_length=MOST_DELETED_AT_ONCE)
