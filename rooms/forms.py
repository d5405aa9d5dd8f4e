import uuid

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


class MessageForm(forms.Form):
    """A message's text, with the id that makes sending it twice harmless."""

    # White space matters inside a code block; its edges are stripped when the text is rendered.
    body = forms.CharField(
        widget=forms.Textarea,
        strip=False,
        validators=[validate_body],
        error_messages={"required": _("Write something first.")},
    )
    client_id = forms.UUIDField(widget=forms.HiddenInput, required=False)
    reply_to = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1)

    def clean_body(self) -> str:
        return self.cleaned_data["body"].replace("\r\n", "\n").strip("\n")

    def clean_client_id(self) -> uuid.UUID:
        return self.cleaned_data["client_id"] or uuid.uuid4()
