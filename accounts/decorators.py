from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

View = Callable[..., HttpResponseBase]


def member_required(view: View) -> View:
    """Only for people with an account: a browser is led to the log-in page and back, htmx is answered 401.

    htmx would follow the redirect and put the log-in page into the middle of this one.
    """

    @wraps(view)
    def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        return HttpResponse(status=401) if request.htmx else redirect_to_login(_page_of(request))

    return guarded


def _page_of(request: HttpRequest) -> str:
    """The page to come back to: this one, or the one where the form stands that was sent here."""
    if request.method in {"GET", "HEAD"}:
        return request.get_full_path()
    form = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(form, {request.get_host()}):
        return reverse("home")
    return urlsplit(form)._replace(scheme="", netloc="", fragment="").geturl()
