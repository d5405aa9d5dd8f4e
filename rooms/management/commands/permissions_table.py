from textwrap import fill
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import translation

from rooms.permissions import RIGHTS
from rooms.roles.matrix import default_table

BEFORE = """\
# Who may do what

The rights of a new room. This page is made of `rooms/permissions.py`: after changing that, run
`python manage.py permissions_table > docs/permissions.md`; a test fails while the two differ.

"""
AFTER = """
- The creator may do everything, always. Every other "yes" and "no" of moderators and members can be changed under
  *Permissions* in the room's settings, except the right to read, without which there is no membership.
  "By setting" is a "no" that many rooms change.
- {planned}.
- "Own" is one's own messages, "any" anybody's: two rights in the matrix.
- Whoever is given the right to edit the matrix can grant and take only what they hold themselves, and only of roles
  below their own: a moderator decides over members, never over moderators.
- Nobody acts on themself, on the creator, or on somebody of the same role. The right to hand the room over, once
  given, is of use while the room has no creator who acts: their account was suspended, closed or deleted
  ([adr/0008](adr/0008-creators.md)).
- A guest is anybody who is not a member. They have these rights in a public room that lets guests read, and none
  elsewhere.
- A channel can be narrowed: read-only for members (of a voice channel: to listen only), or for moderators alone.
- Somebody who is timed out keeps their role and, until it ends, nothing of it that others would read, hear or see:
  {kept}.
- Somebody whom moderators muted in voice channels may neither speak nor write captions in any of the room's; somebody
  deafened hears nobody there. Leaving and coming back ends neither.
- Site staff have no rights in rooms by being staff.
"""


def _wrapped(words: str) -> str:
    """Lines of an item in a Markdown list."""
    return fill(words, width=114, subsequent_indent="  ")


class Command(BaseCommand):
    help = "Print docs/permissions.md: the rights of a new room, as rooms/permissions.py declares them."

    def handle(self, *args: Any, **options: Any) -> None:
        with translation.override("en"):
            table = "".join(f"{line}\n" for line in default_table())
        kept = ", ".join(f"`{right.codename}`" for right in RIGHTS if right.when_muted)
        planned = ", ".join(f"`{right.codename}`" for right in RIGHTS if right.planned)
        after = AFTER.format(
            kept=_wrapped(f"they have {kept} alone"),
            planned=_wrapped(f"{planned} are declared for what is not built yet: the settings do not offer them"),
        )
        self.stdout.write(BEFORE + table + after, ending="")
