"""How long somebody must wait whom allauth holds back, which allauth itself does not tell.

The limits are allauth's own (`ACCOUNT_RATE_LIMITS`), and so is the counting: this reads its counts.
"""

import math
import time

from allauth.core.internal import ratelimit
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

APP = "allauth.account"
TOO_MANY_LOGINS = "too_many_login_attempts"
# Beyond this many seconds a person thinks in minutes.
COUNTED_IN_SECONDS = 90


class TooManyRequests(HttpResponse):
    """allauth's answer to somebody held back, which `views.ClearAnswers` replaces by a page."""

    status_code = 429


def too_many_requests(request: HttpRequest) -> TooManyRequests:
    """The project's `handler429`, which allauth calls."""
    return TooManyRequests(explain(0), content_type="text/plain; charset=utf-8")


def seconds_to_wait(request: HttpRequest, action: str, key: str | None = None) -> int:
    """Whole seconds until allauth lets `action` pass again; 0 where it passes now."""
    now = time.time()
    longest = 0.0
    for rate in ratelimit.get_rates(app=APP, action=action):
        if (rate.per == "key" and key is None) or (rate.per == "user" and not request.user.is_authenticated):
            continue
        cache_key = ratelimit.get_cache_key(request, app=APP, action=action, rate=rate, key=key)
        # Newest first: room for one more comes when the oldest of the last `amount` uses leaves the window.
        uses: list[float] = cache.get(cache_key, [])
        if len(uses) >= rate.amount:
            longest = max(longest, uses[rate.amount - 1] + rate.duration - now)
    return math.ceil(longest)


def explain(seconds: int) -> str:
    """What to tell a person who must wait so long, in the active language; 0 means that nobody knows how long."""
    if seconds <= 0:
        return _("Too many attempts. Try again a little later.")
    if seconds < COUNTED_IN_SECONDS:
        return ngettext(
            "Too many attempts. Try again in %(count)d second.",
            "Too many attempts. Try again in %(count)d seconds.",
            seconds,
        ) % {"count": seconds}
    minutes = math.ceil(seconds / 60)
    return ngettext(
        "Too many attempts. Try again in %(count)d minute.",
        "Too many attempts. Try again in %(count)d minutes.",
        minutes,
    ) % {"count": minutes}


def too_many_logins(seconds: int) -> ValidationError:
    """The error of a form that was not even tried, because too many wrong passwords came before it."""
    return ValidationError(explain(seconds), code=TOO_MANY_LOGINS, params={"seconds": seconds})


def seconds_told(form: BaseForm) -> int | None:
    """What `too_many_logins` told in this form, if it did."""
    for errors in form.errors.as_data().values():
        for error in errors:
            if error.code == TOO_MANY_LOGINS:
                return int((error.params or {}).get("seconds", 0))
    return None
