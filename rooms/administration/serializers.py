"""What may be asked of a room's settings, channels and categories, and how categories are told."""

from abc import abstractmethod
from typing import Any

from django.forms import BaseForm
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from eclipse.api.errors import errors_of
from eclipse.api.fields import Choice, Flag, Id, Number, Text
from rooms.actions.channels import CALL_LIMITS
from rooms.models import Category, Channel, Room
from rooms.models.channel import (
    HIGHEST_BITRATE,
    LARGEST_USER_LIMIT,
    LOWEST_BITRATE,
    Audience,
    ChannelKind,
)
from rooms.models.room import Visibility

from .forms import CategoryForm, ChannelForm, RoomSettingsForm


def length_of(model: type[Room] | type[Channel] | type[Category], name: str) -> Any:
    return model._meta.get_field(name).max_length  # type: ignore[union-attr]


class ByForm(serializers.Serializer[Any]):
    """A request whose rules are those of a form; what is left out stays as it is. Answers what was asked, cleaned."""

    @abstractmethod
    def form(self, asked: dict[str, Any]) -> BaseForm:
        """The form that holds the rules, with what was asked in it."""

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        form = self.form(attrs)
        if not form.is_valid():
            raise serializers.ValidationError(errors_of(form))
        # What a form does not ask for, the lobby's address for one, is the action's to refuse.
        return {name: form.cleaned_data.get(name, value) for name, value in attrs.items()}


class EditRoomSerializer(ByForm):
    """What is left out stays as it is."""

    name = Text(required=False, min_length=2, max_length=length_of(Room, "name"))
    description = Text(required=False, allow_blank=True, max_length=length_of(Room, "description"))
    slug = Text(required=False, max_length=length_of(Room, "slug"), help_text="Links with the old one stop working.")
    visibility = Choice(required=False, choices=Visibility.choices)
    guests_may_read = Flag(required=False, help_text="In a public room: also people who are not members.")

    def form(self, asked: dict[str, Any]) -> BaseForm:
        return RoomSettingsForm.changing(self.context["room"], **asked)


class ChannelSettings(ByForm):
    """What may be set of a channel, as far as it is of the kind that has it."""

    user_limit = Number(
        required=False, max_value=LARGEST_USER_LIMIT, help_text="Of a voice channel: how many may be in it; 0: any."
    )
    bitrate = Number(
        required=False, min_value=LOWEST_BITRATE, max_value=HIGHEST_BITRATE,
        help_text="Of a voice channel: kilobits a second of each voice.",
    )  # fmt: skip

    @abstractmethod
    def kind_of(self, asked: dict[str, Any]) -> str:
        """Of which kind the channel is, or is to be."""

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if self.kind_of(attrs) != ChannelKind.VOICE and (surplus := CALL_LIMITS & attrs.keys()):
            raise serializers.ValidationError(dict.fromkeys(surplus, _("Only voice channels have this.")))
        return super().validate(attrs)


class CreateChannelSerializer(ChannelSettings):
    kind = Choice(default=ChannelKind.TEXT, choices=ChannelKind.choices)
    name = Text(max_length=length_of(Channel, "name"))
    subject = Text(default="", allow_blank=True, max_length=length_of(Channel, "subject"))
    slug = Text(
        default="", allow_blank=True, max_length=length_of(Channel, "slug"), help_text="Empty: made from the name."
    )
    audience = Choice(default=Audience.EVERYONE, choices=Audience.choices)
    category = Id(default=None, allow_null=True)

    def kind_of(self, asked: dict[str, Any]) -> str:
        return asked["kind"]

    def form(self, asked: dict[str, Any]) -> BaseForm:
        return ChannelForm({**ChannelForm.USUAL_LIMITS, **asked}, room=self.context["room"], kind=asked["kind"])


class EditChannelSerializer(ChannelSettings):
    """What is left out stays as it is."""

    name = Text(required=False, max_length=length_of(Channel, "name"))
    subject = Text(required=False, allow_blank=True, max_length=length_of(Channel, "subject"))
    slug = Text(required=False, max_length=length_of(Channel, "slug"))
    audience = Choice(required=False, choices=Audience.choices)
    category = Id(required=False, allow_null=True)

    def kind_of(self, asked: dict[str, Any]) -> str:
        return self.context["channel"].kind

    def form(self, asked: dict[str, Any]) -> BaseForm:
        return ChannelForm.changing(self.context["channel"], **asked)


class MoveChannelSerializer(serializers.Serializer[Any]):
    channel = Id()
    category = Id(default=None, allow_null=True, help_text="Null: into none.")
    before = Id(default=None, allow_null=True, help_text="A channel of that category; null: at its end.")


class CategorySerializer(serializers.Serializer[Category]):
    """A heading under which channels stand."""

    id = serializers.IntegerField(source="pk")
    name = serializers.CharField()


class CategoryListSerializer(serializers.Serializer[Any]):
    results = CategorySerializer(many=True)


class EditCategorySerializer(ByForm):
    name = Text(max_length=length_of(Category, "name"))

    def form(self, asked: dict[str, Any]) -> BaseForm:
        return CategoryForm(asked)


class MoveCategorySerializer(serializers.Serializer[Any]):
    category = Id()
    before = Id(default=None, allow_null=True, help_text="Another category; null: to the end.")


class DeletedRoomSerializer(serializers.Serializer[Room]):
    slug = serializers.SlugField()
    name = serializers.CharField()
    restorable_until = serializers.DateTimeField()


class DeletedRoomListSerializer(serializers.Serializer[Any]):
    results = DeletedRoomSerializer(many=True, help_text="The last deleted one first.")
