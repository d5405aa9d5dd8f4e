"""What may be sent."""

import json
from typing import IO, Any, NoReturn

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser, JSONParser


class StrictJSONParser(JSONParser):
    """JSON as RFC 8259 has it: UTF-8 whatever a charset claims, no NaN, no nesting beyond what can be read."""

    def parse(self, stream: IO[Any], media_type: Any = None, parser_context: Any = None) -> Any:
        try:
            return json.loads(stream.read().decode(), parse_constant=_no_constant)
        except (ValueError, RecursionError) as error:
            raise ParseError(_("The request is not valid JSON.")) from error


class ImageParser(BaseParser):
    """A picture as it is, whatever its kind."""

    media_type = "image/*"

    def parse(self, stream: IO[Any], media_type: Any = None, parser_context: Any = None) -> Any:
        return stream.read()


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)
