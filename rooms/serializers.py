"""The JSON of rooms, channels, members and messages: what the REST edge answers, and what it may be asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.serializers import PersonSerializer
from eclipse.api.fields import Choice, FormSerializer, Id, Number, Text, Uuid
from rooms.discovery.listing import Sort
from rooms.discovery.search import LONGEST_QUERY
from rooms.forms import MessageForm, RoomForm
from rooms.members import LONGEST_SEARCH
from rooms.models import Channel, GameTag, Room
from rooms.models.channel import Audience, ChannelKind
from rooms.models.room import Visibility
from rooms.permissions import Role
from rooms.templatetags.rooms import icon_address
from rooms.timeline import PAGE_SIZE
from rooms.validators import MAX_BODY_LENGTH

MOST_MESSAGES = 100
MOST_MEMBERS = 500

# --- Answers ------------------------------------------------------------------------------------


class Moment(serializers.DateTimeField):
    """A time in UTC, wherever the reader's page would show it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(default_timezone=UTC, read_only=True, **options)


class MessageSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(source="pk")
    channel = serializers.IntegerField(source="channel_id")
    author = PersonSerializer(allow_null=True, help_text="Null where the account is gone.")
    nickname = serializers.CharField(help_text="What the author is called in this room; empty: as everywhere.")
    body = serializers.CharField(help_text="Markdown as it was typed; empty in a tombstone.")
    html = serializers.CharField(source="body_html", help_text="What the Markdown became, sanitised.")
    created_at = Moment()
    edited_at = Moment(allow_null=True)
    deleted = serializers.BooleanField(source="is_deleted", help_text="True of a tombstone.")
    pinned = serializers.BooleanField(source="is_pinned")
    reply_to = serializers.IntegerField(source="reply_to_id", allow_null=True)
    client_id = serializers.UUIDField()
    seq = serializers.IntegerField(source="changed_seq", help_text="The channel's count when this last changed.")


class ChannelSerializer(serializers.Serializer[Channel]):
    id = serializers.IntegerField(source="pk")
    kind = serializers.ChoiceField(choices=ChannelKind.choices)
    slug = serializers.SlugField()
    name = serializers.CharField()
    subject = serializers.CharField()
    audience = serializers.ChoiceField(choices=Audience.choices)
    category = serializers.IntegerField(source="category_id", allow_null=True, help_text="Null: it stands in none.")
    user_limit = serializers.IntegerField(help_text="Of a voice channel: how many may be in it; 0: any number.")
    bitrate = serializers.IntegerField(help_text="Of a voice channel: kilobits a second of each voice.")
    seq = serializers.IntegerField(help_text="How many changes the channel has counted.")
    unread = serializers.IntegerField(default=None, allow_null=True, help_text="At most 100; null to a guest.")


@dataclass(frozen=True, kw_only=True)
class RoomView:
    """A room as one person sees it."""

    room: Room
    role: str | None
    member_count: int
    unread: int = 0
    # Counted where public rooms are listed.
    online_count: int | None = None
    channels: list[Channel] | None = None

    @property
    def joined(self) -> bool:
        return self.role is not None

    @property
    def icon(self) -> str:
        return icon_address(self.room)

    @property
    def tags(self) -> "Sequence[GameTag]":
        found: Sequence[GameTag] | None = getattr(self.room, "approved_tags", None)
        return found if found is not None else list(self.room.tags.filter(is_approved=True))


class GameTagSerializer(serializers.Serializer[GameTag]):
    """A game by which rooms are found."""

    id = serializers.IntegerField(source="pk")
    slug = serializers.SlugField()
    name = serializers.CharField()
    is_approved = serializers.BooleanField(help_text="Whether staff approved it; until then only the room shows it.")


class RoomSerializer(serializers.Serializer[RoomView]):
    slug = serializers.SlugField(source="room.slug")
    name = serializers.CharField(source="room.name")
    description = serializers.CharField(source="room.description")
    visibility = serializers.ChoiceField(source="room.visibility", choices=Visibility.choices)
    guests_may_read = serializers.BooleanField(source="room.guests_may_read")
    icon = serializers.CharField(help_text="Address of the picture; empty where it has none.")
    joined = serializers.BooleanField()
    role = serializers.ChoiceField(choices=Role.choices, allow_null=True, help_text="Null where not joined.")
    member_count = serializers.IntegerField()
    online_count = serializers.IntegerField(allow_null=True, help_text="In a list of public rooms; null elsewhere.")
    unread = serializers.IntegerField(help_text="Of all the room's channels; 0 where not joined.")
    tags = GameTagSerializer(many=True, help_text="The games that the room is about, as far as staff approved them.")


class RoomWithChannelsSerializer(RoomSerializer):
    channels = ChannelSerializer(many=True, help_text="The text channels in their order.")


class MemberSerializer(serializers.Serializer[Any]):
    user = PersonSerializer()
    nickname = serializers.CharField(help_text="What they are called in this room; empty: as everywhere.")
    role = serializers.ChoiceField(choices=Role.choices)
    joined_at = Moment()
    is_priority_speaker = serializers.BooleanField(help_text="Whether they are heard before others in voice channels.")
    online = serializers.BooleanField()


class RoomPageSerializer(serializers.Serializer[Any]):
    mine = RoomSerializer(many=True, help_text="The rooms that one belongs to, on every page.")
    results = RoomSerializer(many=True, help_text="Public rooms, in the order asked for.")
    next = serializers.CharField(allow_null=True, help_text="Address of the next page.")


class ChannelListSerializer(serializers.Serializer[Any]):
    results = ChannelSerializer(many=True)


class MemberListSerializer(serializers.Serializer[Any]):
    member_count = serializers.IntegerField()
    results = MemberSerializer(many=True, help_text="Those who are here first, then the others, each by name.")
    next = serializers.CharField(allow_null=True, help_text="Address of the next page.")


class MessagePageSerializer(serializers.Serializer[Any]):
    channel = serializers.IntegerField()
    seq = serializers.IntegerField(help_text="Ask for the changes after this one later on: nothing will be missed.")
    results = MessageSerializer(many=True, help_text="Oldest first, tombstones included.")
    previous = serializers.CharField(allow_null=True, help_text="Address of the older page.")
    next = serializers.CharField(allow_null=True, help_text="Address of the newer page.")


class ChangesSerializer(serializers.Serializer[Any]):
    channel = serializers.IntegerField()
    seq = serializers.IntegerField(help_text="What to ask `after` the next time.")
    more = serializers.BooleanField(help_text="Whether there are yet more changes: ask again at once.")
    results = MessageSerializer(many=True, help_text="As they are now, the oldest change first.")


# --- Questions ----------------------------------------------------------------------------------


class CreateRoomSerializer(FormSerializer):
    """A new room."""

    form_class = RoomForm

    name = Text(min_length=2, max_length=Room._meta.get_field("name").max_length)
    description = Text(default="", allow_blank=True, max_length=Room._meta.get_field("description").max_length)
    visibility = Choice(default=Visibility.PUBLIC, choices=Visibility.choices)


@extend_schema_field({"type": "string", "minLength": 1, "maxLength": MAX_BODY_LENGTH})
class Body(Text):
    """A message's Markdown. The form says what is wrong with one that is empty or too long, and by how much."""

    def __init__(self, **options: Any) -> None:
        super().__init__(help_text="Markdown.", **options)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        return "" if data == "" else super().run_validation(data)


class PostMessageSerializer(FormSerializer):
    """A new message."""

    form_class = MessageForm

    body = Body()
    client_id = Uuid(required=False, help_text="Makes sending again harmless: the message is stored once.")
    reply_to = Id(required=False, allow_null=True, help_text="A message of the same channel.")
    channel = Id(required=False, help_text="The room's first text channel where it is missing.")


class EditMessageSerializer(FormSerializer):
    """A message's new text; without one it stays as it is."""

    form_class = MessageForm

    body = Body(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return super().validate(attrs) if attrs else attrs


class MarkReadSerializer(serializers.Serializer[Any]):
    message = Id(help_text="This one and all before it in its channel have been read.")


class MessageQuery(serializers.Serializer[Any]):
    channel = Id(required=False, help_text="The room's first text channel where it is missing.")
    limit = Number(default=PAGE_SIZE, min_value=1, max_value=MOST_MESSAGES)
    before = Id(required=False, help_text="Only messages with a lower id.")
    after = Number(required=False, help_text="Only messages with a higher id.")
    around = Id(required=False, help_text="This message in the middle of the page.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if len({"before", "after", "around"} & attrs.keys()) > 1:
            raise serializers.ValidationError(_("Use one of before, after and around."))
        return attrs


class ChangesQuery(serializers.Serializer[Any]):
    channel = Id(required=False, help_text="The room's first text channel where it is missing.")
    after = Number(help_text="The `seq` of an earlier answer.")
    limit = Number(default=MOST_MESSAGES, min_value=1, max_value=MOST_MESSAGES)


class RoomQuery(serializers.Serializer[Any]):
    q = Text(
        default="", allow_blank=True, max_length=LONGEST_QUERY,
        help_text="Each of its words stands in the name, the description or a game's names, whatever the case.",
    )  # fmt: skip
    tag = Text(default="", allow_blank=True, max_length=50, help_text="The address of a game tag.")
    sort = Choice(default=Sort.ACTIVITY, choices=Sort.choices)
    after = serializers.RegexField(
        r"^[0-9]{1,18}-[0-9]{1,18}$",
        default="",
        allow_blank=True,
        help_text="Where the page before ended, from its `next`.",
    )


class MemberQuery(serializers.Serializer[Any]):
    q = Text(
        default="",
        allow_blank=True,
        max_length=LONGEST_SEARCH,
        help_text="A part of a username, a display name or a nickname, in any case.",
    )
    after = serializers.RegexField(
        r"^[01]-[0-9]{1,18}-[^\x00-\x1f\x7f]{0,200}$",
        default="",
        allow_blank=True,
        trim_whitespace=False,
        help_text="Where the page before ended, from its `next`.",
    )
    limit = Number(default=100, min_value=1, max_value=MOST_MEMBERS)
