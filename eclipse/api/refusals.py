"""The ways in which a REST endpoint refuses, each with its status and its words."""

from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions, status

from accounts import limits


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
