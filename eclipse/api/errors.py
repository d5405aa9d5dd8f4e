"""How a REST endpoint refuses: JSON in the reader's language, never a page and never a traceback.

What concerns the whole request is told in `detail`; what is wrong with a field, in a list under the field's name.
"""

import logging
from typing import Any

from django.core.exceptions import (
    BadRequest,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    ValidationError,
)
from django.db import IntegrityError
from django.forms import BaseForm
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler as framework_handler

from accounts import limits
from eclipse.ratelimit import RateLimited

log = logging.getLogger(__name__)

WHOLE_REQUEST = "detail"


class LoginRequired(exceptions.APIException):
    """Nobody is logged in, and somebody has to be."""

    status_code = status.HTTP_401_UNAUTHORIZED
    default_detail = _("Log in first.")
    # Not a registered scheme: browsers must not open a password dialog of their own.
    auth_header = "Session"


class MissingRight(exceptions.APIException):
    """Somebody who may know of a thing may not do this to it."""

    status_code = status.HTTP_403_FORBIDDEN
    default_detail = _("You may not do this.")


class CsrfFailed(exceptions.APIException):
    status_code = status.HTTP_403_FORBIDDEN
    default_detail = _(
        "The CSRF token is missing or wrong, or the request came from another site: "
        "send the token of /api/auth/csrf/ in the X-CSRFToken header."
    )

    def __init__(self, reason: object) -> None:
        # Django's own reason is not translated, and all the same what a bot's author searches for.
        super().__init__(f"{self.default_detail} ({reason})")


class Unknown(exceptions.APIException):
    """What does not exist, and what this person may not know of: told by the same words."""

    status_code = status.HTTP_404_NOT_FOUND
    default_detail = _("There is nothing here.")


class Conflict(exceptions.APIException):
    status_code = status.HTTP_409_CONFLICT
    default_detail = _("Something else changed this at the same moment. Try again.")


class LengthRequired(exceptions.APIException):
    """The framework would take a request without a declared length for an empty one."""

    status_code = status.HTTP_411_LENGTH_REQUIRED
    default_detail = _("Send the request with its Content-Length.")


class TooLarge(exceptions.APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = _("The request is too large.")


class TooManyRequests(exceptions.APIException):
    """A rate limit was passed; `wait` is the number of seconds told as Retry-After."""

    status_code = status.HTTP_429_TOO_MANY_REQUESTS

    def __init__(self, seconds: int) -> None:
        super().__init__(limits.explain(seconds))
        self.wait = max(1, seconds)


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """The answer to an exception that an endpoint raised; `None` for one that nobody foresaw."""
    known = _translated(error, context)
    response = framework_handler(known, context)
    if response is not None and isinstance(known, exceptions.ValidationError):
        response.data = _by_field(response.data)
    return response


def _translated(error: Exception, context: dict[str, Any]) -> Exception:
    match error:
        case RateLimited():
            return TooManyRequests(error.retry_after)
        case Http404():
            # Without the exception's own words, which could tell a hidden thing from none.
            return Unknown()
        case PermissionDenied():
            # Whoever is a guest can do something about it.
            return MissingRight() if context["request"].user.is_authenticated else LoginRequired()
        case ValidationError():
            return exceptions.ValidationError(error.messages)
        case RequestDataTooBig():
            return TooLarge()
        case SuspiciousOperation() | BadRequest():
            return exceptions.ParseError()
        case IntegrityError():
            # Two at once took the same name or number: the database let one of them through.
            log.warning("conflict", exc_info=error)
            return Conflict()
    return error


def _by_field(errors: Any) -> dict[str, Any]:
    """The framework's errors in our shape."""
    if isinstance(errors, list):
        return {WHOLE_REQUEST: " ".join(errors)}
    told = {field: messages for field, messages in errors.items() if field != "non_field_errors"}
    if "non_field_errors" in errors:
        told[WHOLE_REQUEST] = " ".join(errors["non_field_errors"])
    return told


def errors_of(form: BaseForm, names: dict[str, str] | None = None) -> dict[str, list[str]]:
    """What a form found wrong, by the fields' names here, where they differ given by `names`."""
    names = {"__all__": "non_field_errors", **(names or {})}
    return {names.get(field, field): [str(error) for error in errors] for field, errors in form.errors.items()}
