"""How a REST endpoint refuses: JSON in the reader's language, never a page and never a traceback."""

from typing import Any

from rest_framework.response import Response
from rest_framework.views import exception_handler as framework_handler


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """The answer to an exception that an endpoint raised; `None` for one that nobody foresaw."""
    return framework_handler(error, context)
