"""Who asks: the page's session, with the page's protection against forged requests."""

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from rest_framework.authentication import CSRFCheck, SessionAuthentication
from rest_framework.request import Request

from .refusals import CsrfFailed, LoginRequired


def _any_view(request: HttpRequest) -> HttpResponse:
    """What the CSRF check takes for the view: one that is not exempt."""
    return HttpResponse()


class Session(SessionAuthentication):
    """The page's own session. A guest's requests need the token as well: logging in must not be forged either."""

    def authenticate(self, request: Request) -> tuple[Any, None] | None:
        self.enforce_csrf(request)
        user = request._request.user
        return (user, None) if user.is_authenticated and user.is_active else None

    def enforce_csrf(self, request: Request) -> None:
        http = request._request
        # The token comes in the header: no body is parsed, as JSON or as a form, to look for one in it.
        http.POST = QueryDict()
        check = CSRFCheck(_any_view)
        check.process_request(http)
        reason = check.process_view(http, _any_view, (), {})
        if reason:
            raise CsrfFailed(reason)

    def authenticate_header(self, request: Request) -> str:
        return LoginRequired.auth_header
