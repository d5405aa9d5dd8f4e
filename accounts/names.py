"""Which usernames nobody gets by signing up: those that would pass for Eclipse itself or for a mention of many."""

import re

RESERVED = frozenset(
    {
        # Who runs the place, and who speaks for it.
        "admin", "administrator", "creator", "eclipse", "host", "mod", "moderator", "mods", "official", "operator",
        "owner", "root", "security", "server", "staff", "superuser", "support", "sysadmin", "system", "webmaster",
        # Mentions of more than one person.
        "all", "channel", "everybody", "everyone", "here", "online", "room",
        # Nobody in particular.
        "anonymous", "bot", "deleted", "guest", "me", "nobody", "none", "null", "undefined", "unknown", "user", "you",
    }
)  # fmt: skip
SEPARATORS = re.compile(r"[._-]")


def is_reserved(username: str) -> bool:
    """Whether `username` is reserved, in any case and with any dots, dashes and underscores in it."""
    return SEPARATORS.sub("", username.lower()) in RESERVED
