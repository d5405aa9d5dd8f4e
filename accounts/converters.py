from django.urls.converters import StringConverter


class UsernameConverter(StringConverter):
    """Anything that a stored username could be: PostgreSQL raises for a NUL in a query."""

    regex = r"[^/\x00]{1,32}"
