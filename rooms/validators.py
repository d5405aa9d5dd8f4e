"""What may be written in a message."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from eclipse.text import is_blank

MAX_BODY_LENGTH = 4000


def validate_body(value: str) -> None:
    """Accept 1 to 4,000 characters of which at least one can be seen; `ValidationError` otherwise."""
    if "\x00" in value:
        raise ValidationError(_("The message holds a character that cannot be stored."), code="null")
    if is_blank(value):
        raise ValidationError(_("Write something first."), code="required")
    if len(value) > MAX_BODY_LENGTH:
        over = len(value) - MAX_BODY_LENGTH
        raise ValidationError(
            ngettext_lazy(
                "The message is %(over)d character too long: at most 4,000 are allowed.",
                "The message is %(over)d characters too long: at most 4,000 are allowed.",
                over,
            )
            % {"over": over},
            code="too_long",
        )
