"""What every request goes through and no package does."""

from collections.abc import Callable
from urllib.parse import unquote_to_bytes

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse

GetResponse = Callable[[HttpRequest], HttpResponse]


def permissions_policy(get_response: GetResponse) -> GetResponse:
    """Tell the browser which devices and features a page of Eclipse may ask for."""

    def respond(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Permissions-Policy", settings.PERMISSIONS_POLICY)
        return response

    return respond


def readable_forms(get_response: GetResponse) -> GetResponse:
    """Refuse a form that is not UTF-8: Django would take it for another alphabet, or store it with holes."""

    def respond(request: HttpRequest) -> HttpResponse:
        if request.content_type == "application/x-www-form-urlencoded":
            try:
                unquote_to_bytes(request.body).decode()
            except UnicodeDecodeError as error:
                raise BadRequest("A form that is not UTF-8") from error
        return get_response(request)

    return respond
