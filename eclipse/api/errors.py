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
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler as framework_handler

from eclipse.errors import Refused, explanation_of
from eclipse.ratelimit import RateLimited

from .refusals import Conflict, LoginRequired, MissingRight, TooLarge, TooManyRequests, Unknown

log = logging.getLogger(__name__)

WHOLE_REQUEST = "detail"


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """The answer to an exception that an endpoint raised; `None` for one that nobody foresaw."""
    known = _translated(error, context)
    response = framework_handler(known, context)
    if response is not None and isinstance(known, exceptions.ValidationError):
        response.data = _by_field(response.data)
    return response


def _translated(error: Exception, context: dict[str, Any]) -> Exception:
    match error:
        case Refused():
            return Conflict(error.explain())
        case RateLimited():
            return TooManyRequests(error.retry_after)
        case Http404():
            # Without the exception's own words, which could tell a hidden thing from none.
            return Unknown()
        case PermissionDenied():
            # Whoever is a guest can do something about it.
            authenticated = context["request"].user.is_authenticated
            return MissingRight(explanation_of(error) or None) if authenticated else LoginRequired()
        case ValidationError():
            return exceptions.ValidationError(error.message_dict if hasattr(error, "error_dict") else error.messages)
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
