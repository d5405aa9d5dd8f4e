"""What a person reads when something cannot be answered: what happened, what is safe, what to do."""

from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from eclipse.ratelimit import RateLimited

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class Refused(Exception):
    """Nothing was done, because it does not go with what is there: `explain` tells the person why."""

    words: "_StrPromise | str" = ""

    def explain(self) -> str:
        """Why, in the active language."""
        return str(self.words)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Without the request: the very thing that is wrong with it, its host for one, would break the page again."""
    if request.path.startswith("/api/"):
        return JsonResponse({"detail": _("This request could not be read.")}, status=400)
    return HttpResponse(render_to_string("400.html"), status=400)


def explanation_of(exception: Exception | None) -> str:
    """What a refusal tells of itself by its method `explain`, in the active language; nothing for most."""
    explain = getattr(exception, "explain", None)
    return explain() if explain is not None else ""


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    context = {
        "explanation": explanation_of(exception),
        "ban": getattr(exception, "ban", None),
        # A room that needs nothing but joining.
        "joinable": getattr(exception, "room", None),
    }
    return render(request, "403.html", context, status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "404.html", status=404)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without a valid token: an expired page more often than an attack, so it says how to go on."""
    explanation = _("This page was open too long or came from elsewhere. Go back, reload it and send again.")
    return render(request, "403.html", {"explanation": explanation}, status=403)


def rate_limited(request: HttpRequest, error: RateLimited) -> HttpResponse:
    response = render(request, "429.html", {"explanation": error.explain()}, status=429)
    response["Retry-After"] = str(error.retry_after)
    return response
