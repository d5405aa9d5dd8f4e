"""What the schema at /api/schema/ says of an endpoint, told beside its code by `described`."""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, TypeVar

from django.conf import settings
from django.utils import translation
from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.permissions import SAFE_METHODS

Method = TypeVar("Method", bound=Callable[..., Any])


class Refusal(serializers.Serializer[Any]):
    """Why a request was refused, in the reader's language."""

    detail = serializers.CharField()


class Invalid(serializers.Serializer[Any]):
    """What is wrong with a request: `detail` for the whole, a list for each field."""


class InvalidScheme(OpenApiSerializerExtension):
    target_class = Invalid

    def map_serializer(self, auto_schema: AutoSchema, direction: Any) -> dict[str, Any]:
        return {
            "type": "object",
            "description": Invalid.__doc__,
            "properties": {"detail": {"type": "string"}},
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        }


REFUSALS: Mapping[int, OpenApiResponse] = {
    status.HTTP_400_BAD_REQUEST: OpenApiResponse(Invalid, "Not understood, or against the rules."),
    status.HTTP_401_UNAUTHORIZED: OpenApiResponse(Refusal, "Nobody is logged in."),
    status.HTTP_403_FORBIDDEN: OpenApiResponse(Refusal, "The right or the CSRF token is missing."),
    status.HTTP_404_NOT_FOUND: OpenApiResponse(Refusal, "There is no such thing, or it is hidden from this person."),
    status.HTTP_409_CONFLICT: OpenApiResponse(Refusal, "It does not go with what is already there."),
    status.HTTP_411_LENGTH_REQUIRED: OpenApiResponse(Refusal, "The request does not tell its length."),
    status.HTTP_413_REQUEST_ENTITY_TOO_LARGE: OpenApiResponse(Refusal, "The request is too large."),
    status.HTTP_415_UNSUPPORTED_MEDIA_TYPE: OpenApiResponse(Refusal, "The request is not JSON."),
    status.HTTP_429_TOO_MANY_REQUESTS: OpenApiResponse(Refusal, "Too often: the header Retry-After tells the seconds."),
}


def described(
    operation_id: str,
    *,
    answers: Mapping[int, Any],
    asks: type[serializers.Serializer[Any]] | None = None,
    query: type[serializers.Serializer[Any]] | None = None,
    refuses: Iterable[int] = (),
) -> Callable[[Method], Method]:
    """Describe one method of an endpoint; its docstring is the description, and what goes without saying is added.

    `asks` is the body, `query` the query string; `refuses` lists the other statuses, 401 where a guest is never let in.
    """

    def describe(method: Method) -> Method:
        statuses = set(refuses)
        if asks or query:
            statuses.add(status.HTTP_400_BAD_REQUEST)
        if asks:
            statuses.add(status.HTTP_415_UNSUPPORTED_MEDIA_TYPE)
        if method.__name__.upper() not in SAFE_METHODS:
            statuses |= {
                status.HTTP_403_FORBIDDEN,
                status.HTTP_411_LENGTH_REQUIRED,
                status.HTTP_413_REQUEST_ENTITY_TOO_LARGE,
            }
        return extend_schema(
            operation_id=operation_id,
            request=asks,
            parameters=[query] if query else None,
            responses={**answers, **{number: REFUSALS[number] for number in sorted(statuses)}},
        )(method)

    return describe


class EdgeSchema(AutoSchema):
    def get_auth(self) -> list[dict[str, list[str]]]:
        """What a request must carry: a guest's carries no session, and one that changes nothing no token."""
        super().get_auth()  # puts the two schemes among the components
        needed: dict[str, list[str]] = {} if self.method in SAFE_METHODS else {"csrf": []}
        with_session: dict[str, list[str]] = {"session": [], **needed}
        answers: Any = self.get_response_serializers()  # by status, as `described` gave them
        return [with_session] if status.HTTP_401_UNAUTHORIZED in answers else [with_session, needed]


class SessionScheme(OpenApiAuthenticationExtension):
    target_class = "eclipse.api.authentication.Session"
    name = ["session", "csrf"]

    def get_security_definition(self, auto_schema: AutoSchema) -> list[dict[str, str]]:
        return [
            {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME},
            {"type": "apiKey", "in": "header", "name": "X-CSRFToken"},
        ]


@cache
def schema_in(language: str) -> dict[str, Any]:
    """The whole schema, made once: it takes a fifth of a second, which any guest could ask for again and again."""
    with translation.override(language):
        return SchemaGenerator().get_schema(request=None, public=True)
