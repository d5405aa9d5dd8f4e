"""What the answers of pages and forms say."""

import html
import re

import pytest
from django.http import HttpResponse
from pytest_django import Settings

from eclipse import ratelimit

GENERAL = "/rooms/harbour/general/"
SEND = f"{GENERAL}messages/"
HTMX = {"HX-Request": "true"}
BOTH = pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])


def text_of(answer: HttpResponse) -> str:
    return answer.content.decode()


def draft_in(answer: HttpResponse) -> str:
    """What stands in the answer's text box."""
    found = re.search(r"<textarea[^>]*>\n?(.*?)</textarea>", text_of(answer), re.DOTALL)
    assert found, text_of(answer)
    return html.unescape(found[1])


def field(answer: HttpResponse, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', text_of(answer))
    return found[1] if found else ""


def errors_in(answer: HttpResponse) -> list[str]:
    found = re.search(r'<div id="composer-errors"[^>]*>(.*?)</div>', text_of(answer), re.DOTALL)
    assert found, text_of(answer)
    return [html.unescape(error) for error in re.findall(r"<p>(.*?)</p>", found[1])]


def is_page(answer: HttpResponse) -> bool:
    return text_of(answer).lstrip().startswith("<!doctype html>")


def limits(settings: Settings, **limits: str) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, **limits}
    ratelimit.forget_all()
