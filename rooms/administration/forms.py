import copy
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Self

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from eclipse.text import tidy
from rooms import icons
from rooms.actions.channels import CALL_LIMITS, RESERVED_CHANNEL_SLUGS
from rooms.actions.channels import address_for as address_of_channel
from rooms.actions.room_settings import address_for as address_of_room
from rooms.actions.rooms import LOBBY_SLUG, RESERVED_SLUGS
from rooms.addresses import words_of
from rooms.forms import RoomForm
from rooms.models import Category, Channel, Room
from rooms.models.channel import USUAL_BITRATE, VOICE_AUDIENCES, Audience, ChannelKind
from rooms.reasons import ReasonForm

SLUG_ERRORS = {
    "required": _("An address is needed: small letters, digits and hyphens."),
    "invalid": _("Use small letters from a to z, digits and hyphens."),
}
RESERVED = _("Eclipse needs this address for a page of its own. Choose another.")


class RoomSettingsForm(RoomForm):
    """What a room is called, where it is and who may read it; the lobby's address and openness are not asked for."""

    class Meta(RoomForm.Meta):
        fields = ["name", "description", "slug", "visibility", "guests_may_read"]
        help_texts = {
            "description": _("What the room is for, in a sentence. May be empty."),
            "slug": _("A part of every link to the room: links with the old address stop working."),
            "visibility": _("A room that becomes private gets another address, which nobody can guess."),
        }
        error_messages = {
            "slug": {**SLUG_ERRORS, "unique": _("Another room has this address.")},
        }

    def __init__(self, data: Any = None, *, room: Room) -> None:
        # A copy: whatever is wrong in the form must not be shown as the room's own.
        super().__init__(data, instance=copy.copy(room))
        self.room = room
        # The words alone: the key is not theirs to choose.
        self.initial["slug"] = room.slug if room.is_public else words_of(room.slug)
        if not room.is_public and "slug" in self.fields:
            self.fields["slug"].help_text = _(
                "A part of every link to the room, with letters behind it that nobody can guess. Links with the old "
                "address stop working."
            )
        if room.slug == LOBBY_SLUG:
            for name in ("slug", "visibility", "guests_may_read"):
                del self.fields[name]

    @classmethod
    def changing(cls, room: Room, **values: Any) -> Self:
        """The form as it would be sent by whoever changes these alone."""
        return cls({name: getattr(room, name) for name in cls.Meta.fields} | values, room=room)

    def clean_slug(self) -> str:
        slug = self.cleaned_data["slug"].lower()
        if slug in RESERVED_SLUGS:
            raise ValidationError(RESERVED, "reserved")
        return slug

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.keys() >= {"slug", "visibility"}:
            # What is looked up among the others' is what would be stored.
            cleaned["slug"] = address_of_room(self.room, cleaned["slug"], cleaned["visibility"])
        return cleaned


class IconForm(forms.Form):
    """A picture for a room; what comes out is ready to be kept."""

    icon = forms.FileField(
        label=_("Picture"),
        help_text=_("PNG, JPEG or WebP, at most 2 MB. Its middle is shown as a square."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
        error_messages={
            "required": _("Choose a picture first."),
            "empty": _("This is not a picture that can be read: send PNG, JPEG or WebP."),
        },
    )

    def clean_icon(self) -> bytes:
        file = self.cleaned_data["icon"]
        if file.size > icons.LARGEST_FILE:
            raise ValidationError(_("The picture is too large: send one of at most 2 MB."), "too_large")
        return icons.make_icon(file)


class ChannelForm(forms.ModelForm):
    """A channel's name, topic, address, audience and category; a new one may leave the address to its name.

    Of a voice channel also the limits of its calls.
    """

    USUAL_LIMITS: Mapping[str, int] = MappingProxyType({"user_limit": 0, "bitrate": USUAL_BITRATE})

    class Meta:
        model = Channel
        fields = ["name", "subject", "slug", "audience", "user_limit", "bitrate", "category"]
        widgets = {"audience": forms.RadioSelect}
        help_texts = {"subject": _("What the channel is for. It stands beside its name.")}
        error_messages = {"slug": SLUG_ERRORS}

    def __init__(
        self, data: Any = None, *, room: Room, channel: Channel | None = None, kind: str = ChannelKind.TEXT
    ) -> None:
        super().__init__(data, instance=copy.copy(channel) if channel else Channel(kind=kind))
        self.room, self.channel = room, channel or Channel(kind=kind)
        if channel is not None and channel.audience == Audience.MODERATORS:
            self.initial["slug"] = words_of(channel.slug)
        if self.instance.is_voice:
            audience = self.fields["audience"]
            assert isinstance(audience, forms.ChoiceField)
            audience.choices = list(VOICE_AUDIENCES.items())
        else:
            for name in CALL_LIMITS:
                del self.fields[name]
        category = self.fields["category"]
        assert isinstance(category, forms.ModelChoiceField)
        category.queryset = Category.objects.filter(room=room)
        category.empty_label = _("Without a category")
        slug = self.fields["slug"]
        slug.required = channel is not None
        slug.help_text = (
            _("A part of every link to the channel: links with the old address stop working.")
            if channel
            else _("Made from the name where it is left empty.")
        )

    @classmethod
    def changing(cls, channel: Channel, **values: Any) -> Self:
        """The form as it would be sent by whoever changes these alone."""
        stored = {name: getattr(channel, name) for name in cls.Meta.fields} | {"category": channel.category_id}
        return cls(stored | values, room=channel.room, channel=channel)

    def clean_name(self) -> str:
        return tidy(self.cleaned_data["name"])

    def clean_subject(self) -> str:
        return tidy(self.cleaned_data["subject"])

    def clean_slug(self) -> str:
        slug = self.cleaned_data["slug"].lower()
        if slug in RESERVED_CHANNEL_SLUGS:
            raise ValidationError(RESERVED, "reserved")
        return slug

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("slug") and "audience" in cleaned:
            cleaned["slug"] = address_of_channel(self.channel, cleaned["slug"], cleaned["audience"])
            taken = Channel.objects.filter(room=self.room, slug=cleaned["slug"]).exclude(pk=self.instance.pk)
            if taken.exists():
                self.add_error("slug", ValidationError(_("Another channel of this room has this address."), "taken"))
        return cleaned


class CategoryForm(forms.ModelForm):
    """What a category is called."""

    class Meta:
        model = Category
        fields = ["name"]

    def __init__(self, data: Any = None, *, category: Category | None = None) -> None:
        super().__init__(data, instance=copy.copy(category) if category else None)

    def clean_name(self) -> str:
        return tidy(self.cleaned_data["name"])


class ConfirmForm(ReasonForm):
    """A name typed again by somebody who means to delete what it stands for, and why."""

    field_order = ["confirm", "reason"]
    confirm = forms.CharField(widget=forms.TextInput(attrs={"autocomplete": "off"}))

    def __init__(self, data: Any = None, *, name: str) -> None:
        super().__init__(data)
        self.name = name
        self.fields["confirm"].label = _("Type “%(name)s” to confirm") % {"name": name}
        self.fields["confirm"].error_messages["required"] = _("Type the name first.")

    def clean_confirm(self) -> str:
        typed = tidy(self.cleaned_data["confirm"])
        if typed != tidy(self.name):
            raise ValidationError(_("This is another name. Nothing was deleted."), "different")
        return typed
