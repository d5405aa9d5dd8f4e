import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from eclipse.text import tidy
from rooms.models import Message, Room


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


class MessageForm(forms.ModelForm):
    """A message's text, with the id that makes sending it twice harmless."""

    client_id = forms.UUIDField(widget=forms.HiddenInput, required=False)
    reply_to = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1)

    class Meta:
        model = Message
        fields = ["body"]
        error_messages = {"body": {"required": _("Write something first.")}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        body = self.fields["body"]
        assert isinstance(body, forms.CharField)
        # `validate_body` says by how much a text is too long; the field's own limit would answer first, without.
        body.max_length = None
        body.validators = [check for check in body.validators if getattr(check, "code", "") != "max_length"]
        body.widget.attrs.pop("maxlength", None)
        body.required = True
        # White space matters inside a code block; its edges are stripped when the text is rendered.
        body.strip = False

    def clean_body(self) -> str:
        return self.cleaned_data["body"].replace("\r\n", "\n").strip("\n")

    def clean_client_id(self) -> uuid.UUID:
        return self.cleaned_data["client_id"] or uuid.uuid4()
