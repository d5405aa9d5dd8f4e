"""Why a deed is done: the one rule for a reason, in forms, in programs' requests and in commands."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request

from accounts.forms import NameField
from eclipse.api.edge import understood
from eclipse.api.fields import Text
from rooms.models.ban import REASON_LENGTH

IN_THE_LOG = _("Stands in the audit log.")


class ReasonField(NameField):
    """A sentence that people read."""

    def __init__(self, **options: Any) -> None:
        defaults = {"label": _("Reason"), "required": False, "help_text": IN_THE_LOG}
        super().__init__(max_length=REASON_LENGTH, **{**defaults, **options})


class ReasonForm(forms.Form):
    """Why something is done."""

    reason = ReasonField()


# --- Over REST ------------------------------------------------------------------------------------


class Reason(Text):
    """A reason in a request, by the form field's rules."""

    def __init__(self, **options: Any) -> None:
        if not options.get("required"):
            options = {"default": "", "allow_blank": True, **options}
        super().__init__(max_length=REASON_LENGTH, **{"help_text": IN_THE_LOG, **options})

    def to_internal_value(self, data: str) -> str:
        return ReasonField(required=not self.allow_blank).clean(super().to_internal_value(data))


class ReasonSerializer(serializers.Serializer[Any]):
    """Why it is done."""

    reason = Reason()


def reason_in(request: Request) -> str:
    """The reason in a request's query string: a DELETE has no body (RFC 9110, section 9.3.5)."""
    return understood(ReasonSerializer(data=request.query_params))["reason"]
