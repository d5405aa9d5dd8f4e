"""The fields of requests: each takes its own JSON type and nothing that merely looks like it.

The framework's own fields would store `{"body": 5}` as "5" and read `true` as a number; a client's mistake is
better told than guessed at. Whatever the rules are beyond the type stands in the form that the page uses.
"""

import uuid
from typing import Any, ClassVar

from django.forms import BaseForm
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from eclipse.numbers import MAX_ID, number_in

from .errors import errors_of


class Text(serializers.CharField):
    default_error_messages: ClassVar[dict[str, Any]] = {"invalid": _("Send text here.")}

    def __init__(self, **options: Any) -> None:
        options.setdefault("trim_whitespace", False)
        if not options.get("allow_blank"):
            # For the schema, which says nothing of blanks by itself.
            options.setdefault("min_length", 1)
        super().__init__(**options)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        # First of all: the framework's own first step prints whatever it was given.
        if data is not serializers.empty and data is not None and not isinstance(data, str):
            self.fail("invalid")
        return super().run_validation(data)

    def to_internal_value(self, data: str) -> str:
        try:
            data.encode()
        except UnicodeEncodeError:
            # Half a surrogate pair, which JSON can spell and no database can store.
            self.fail("invalid")
        return super().to_internal_value(data)


class Choice(serializers.ChoiceField):
    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            self.fail("invalid_choice", input=type(data).__name__)
        return super().to_internal_value(data)


class Flag(serializers.BooleanField):
    default_error_messages: ClassVar[dict[str, Any]] = {"invalid": _("Send true or false here.")}

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid")
        return data


@extend_schema_field(OpenApiTypes.UUID)
class Uuid(serializers.UUIDField):
    default_error_messages: ClassVar[dict[str, Any]] = {"invalid": _("Send a UUID here.")}

    def to_internal_value(self, data: Any) -> uuid.UUID:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Number(serializers.IntegerField):
    """A whole number that fits a database's column; in a query string it is written in digits."""

    default_error_messages: ClassVar[dict[str, Any]] = {"invalid": _("Send a whole number here.")}

    def __init__(self, **options: Any) -> None:
        options.setdefault("min_value", 0)
        options.setdefault("max_value", MAX_ID)
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> int:
        if isinstance(self.root.initial_data, QueryDict):
            data = number_in(data)
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return data


class Id(Number):
    """The number of a message or a channel."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=1, **options)


class FormSerializer(serializers.Serializer[Any]):
    """A request whose fields' types are checked here and whose rules are those of a form; answers its cleaned data."""

    form_class: type[BaseForm]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        form = self.form_class(data=attrs)
        if not form.is_valid():
            raise serializers.ValidationError(errors_of(form))
        return {**attrs, **form.cleaned_data}
