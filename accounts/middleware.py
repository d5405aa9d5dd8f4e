"""In which language and which time zone each page is made."""

from collections.abc import Callable
from urllib.parse import unquote
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.middleware import AuthenticationMiddleware as DjangoAuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers

GetResponse = Callable[[HttpRequest], HttpResponse]

TIMEZONE_COOKIE = "timezone"
LANGUAGES = frozenset(dict(settings.LANGUAGES))


class AuthenticationMiddleware(DjangoAuthenticationMiddleware):
    """Django's, which looks the person up at once: the next middleware asks anyway, and an object is not a proxy."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = get_user(request)


def language_for(user: AbstractBaseUser | AnonymousUser, request: HttpRequest) -> str:
    """The language that the person chose in their settings, or else the cookie's, or else the browser's."""
    chosen = getattr(user, "language", "")
    return chosen if chosen in LANGUAGES else translation.get_language_from_request(request)


def preferred_language(get_response: GetResponse) -> GetResponse:
    """Makes each page in its reader's language."""

    def middleware(request: HttpRequest) -> HttpResponse:
        language = language_for(request.user, request)
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = get_response(request)
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        response.headers.setdefault("Content-Language", language)
        return response

    return middleware


def local_timezone(get_response: GetResponse) -> GetResponse:
    """The time zone that the page's script told in a cookie, or else `settings.TIME_ZONE`."""
    # Only a known name becomes a `ZoneInfo`, which reads the file of that name.
    names = frozenset(available_timezones())

    def middleware(request: HttpRequest) -> HttpResponse:
        name = unquote(request.COOKIES.get(TIMEZONE_COOKIE, ""))
        with timezone.override(ZoneInfo(name) if name in names else None):
            return get_response(request)

    return middleware
