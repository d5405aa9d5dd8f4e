from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseBase

View = Callable[..., HttpResponseBase]


def member_required(view: View) -> View:
    """Only for people with an account: a browser is led to the log-in page and back, htmx is answered 401.

    htmx would follow the redirect and put the log-in page into the middle of this one.
    """
    with_login = login_required(view)

    @wraps(view)
    def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.htmx and not request.user.is_authenticated:
            return HttpResponse(status=401)
        return with_login(request, *args, **kwargs)

    return guarded
