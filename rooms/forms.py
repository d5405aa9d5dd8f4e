import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from eclipse.text import tidy
from rooms.models import Room
from rooms.validators import validate_body


class RoomForm(forms.ModelForm):
    """A new room's name, description and visibility."""

    class Meta:
        model = Room
        fields = ["name", "description", "visibility"]
        widgets = {
            "description": forms.Textarea(attrs={"rows": 2}),
            "visibility": forms.RadioSelect,
        }
        help_texts = {
            "name": _("What people will see. The address is made from it."),
            "description": _("What the room is for, in a sentence. May be empty."),
        }

    def clean_name(self) -> str:
        return tidy(self.cleaned_data["name"])

    def clean_description(self) -> str:
        return tidy(self.cleaned_data["description"])


class BodyField(forms.CharField):
    """A message's text, its lines ended as they are stored: what is counted is what a person sees."""

    widget = forms.Textarea

    def __init__(self) -> None:
        # White space matters inside a code block; its edges are stripped when the text is rendered.
        super().__init__(strip=False, error_messages={"required": _("Write something first.")})
        # No other: what the framework's own would say of a NUL is said there, and once is enough.
        self.validators = [validate_body]

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        return text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")


class MessageForm(forms.Form):
    """A message's text, with the id that makes sending it twice harmless."""

    body = BodyField()
    client_id = forms.UUIDField(widget=forms.HiddenInput, required=False)
    reply_to = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1)

    def clean_client_id(self) -> uuid.UUID:
        return self.cleaned_data["client_id"] or uuid.uuid4()
