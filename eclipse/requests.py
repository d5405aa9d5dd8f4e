from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails


class Request(HttpRequest):
    """What our middleware makes of a request; `htmx` is true for one that htmx sent."""

    htmx: HtmxDetails
