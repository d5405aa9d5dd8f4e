"""What every REST endpoint does alike: who asks, what may be sent, and what is never kept by a cache."""

import functools
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.conf import settings
from django.http import HttpRequest
from django.utils.cache import add_never_cache_headers
from django.utils.translation import get_language
from drf_spectacular.utils import extend_schema
from rest_framework import negotiation, serializers
from rest_framework.exceptions import ParseError
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User

from .refusals import LengthRequired, LoginRequired, TooLarge, Unknown
from .schema import EdgeSchema, schema_in

# The longest message takes 48,000 bytes where each character is escaped.
MAX_BODY_BYTES = 64 * 1024

Self_ = TypeVar("Self_")
Args = ParamSpec("Args")


class AlwaysJSON(negotiation.DefaultContentNegotiation):
    """JSON, whatever is asked for: there is nothing else to choose from."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> tuple[BaseRenderer, str]:
        return renderers[0], renderers[0].media_type


class Endpoint(APIView):
    """The base of every endpoint: session and CSRF token, JSON in and out, nothing kept by caches."""

    renderer_classes = [JSONRenderer]
    content_negotiation_class = AlwaysJSON
    schema = EdgeSchema()
    largest_body = MAX_BODY_BYTES

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        _check_body(request._request, self.largest_body)
        super().initial(request, *args, **kwargs)

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        add_never_cache_headers(response)
        return super().finalize_response(request, response, *args, **kwargs)


def _check_body(request: HttpRequest, largest: int) -> None:
    """Refuse a body by its headers, before anything parses it."""
    if "Transfer-Encoding" in request.headers:
        raise LengthRequired
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not (length.isascii() and length.isdigit()):
        raise ParseError
    if int(length) > largest:
        raise TooLarge


def login_required(method: Callable[Concatenate[Self_, Request, User, Args], Response]) -> Callable[..., Response]:
    """Give the method who asks; answer 401 to a guest before anything is looked up, so that it tells nothing."""

    @functools.wraps(method)
    def checked(self: Self_, request: Request, *args: Args.args, **kwargs: Args.kwargs) -> Response:
        if not isinstance(request.user, User):
            raise LoginRequired
        return method(self, request, request.user, *args, **kwargs)

    return checked


def understood(asked: serializers.Serializer[Any]) -> dict[str, Any]:
    """What was asked, checked; `ValidationError` by field otherwise."""
    asked.is_valid(raise_exception=True)
    return asked.validated_data


class Schema(Endpoint):
    """The description of all the others, in JSON, which is YAML too."""

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        return Response(schema_in(get_language() or settings.LANGUAGE_CODE))


class Nowhere(Endpoint):
    """Every other address under /api/: JSON there too, where a page would be no use."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise Unknown
