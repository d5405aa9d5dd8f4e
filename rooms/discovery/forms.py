from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.forms import NameField
from eclipse.folding import fold
from rooms.models import GameTag


class GameTagForm(forms.Form):
    """The name of a game that a room is about."""

    name = NameField(
        label=_("Name of the game"),
        max_length=GameTag._meta.get_field("name").max_length,
        error_messages={"required": _("Which game?")},
    )

    def clean_name(self) -> Any:
        name = self.cleaned_data["name"]
        if not any(letter.isalnum() for letter in fold(name)):
            raise ValidationError(_("A game’s name has a letter or a digit in it."), code="no_letter")
        return name
