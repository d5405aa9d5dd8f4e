"""The JSON of people: what the REST edge answers, and what it may be asked."""

from typing import Any

from django.conf import settings
from django.db import models
from rest_framework import serializers

from eclipse.api.fields import Choice, Text

from .forms import MAX_EMAIL_LENGTH
from .models import User
from .models.user import Announcements, Motion, Theme

LANGUAGES = [("", "as the browser asks"), *settings.LANGUAGES]


def _longest(name: str) -> int | None:
    field = User._meta.get_field(name)
    return field.max_length if isinstance(field, models.CharField) else None


class PersonSerializer(serializers.Serializer[User]):
    """What everybody may know of a person."""

    id = serializers.IntegerField(source="pk")
    username = serializers.CharField()
    name = serializers.CharField(help_text="The display name, or the username where none was chosen.")


class ProfileSerializer(PersonSerializer):
    """What a person knows of themselves."""

    display_name = serializers.CharField()
    email = serializers.CharField()
    language = serializers.ChoiceField(choices=LANGUAGES)
    theme = serializers.ChoiceField(choices=Theme.choices)
    announcements = serializers.ChoiceField(
        choices=Announcements.choices, help_text="Which new messages a screen reader reads out."
    )
    motion = serializers.ChoiceField(choices=Motion.choices)


class CsrfSerializer(serializers.Serializer[Any]):
    csrf_token = serializers.CharField(help_text="Send it in the header X-CSRFToken with every request that writes.")


class SessionSerializer(CsrfSerializer):
    user = ProfileSerializer(allow_null=True, help_text="Who is logged in; null where nobody is.")


class LoginSerializer(serializers.Serializer[Any]):
    username = Text(max_length=MAX_EMAIL_LENGTH, help_text="The username or the e-mail address.")
    password = Text()


class RegisterSerializer(serializers.Serializer[Any]):
    username = Text(max_length=_longest("username"))
    password = Text()
    email = Text(default="", allow_blank=True, max_length=MAX_EMAIL_LENGTH)


class ProfileUpdateSerializer(serializers.Serializer[Any]):
    """What is left out stays as it is."""

    display_name = Text(required=False, allow_blank=True, max_length=_longest("display_name"))
    language = Choice(required=False, choices=LANGUAGES)
    theme = Choice(required=False, choices=Theme.choices)
    announcements = Choice(required=False, choices=Announcements.choices)
    motion = Choice(required=False, choices=Motion.choices)


class PasswordSerializer(serializers.Serializer[Any]):
    old_password = Text()
    new_password = Text()
