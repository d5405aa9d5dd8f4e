from typing import Any

from django.core.management.base import BaseCommand
from django.utils import translation

from rooms import slash
from rooms.permissions import LABELS

BEFORE = """\
# Commands

What can be typed where messages are written. Everything that one can do in a room is also a command; `/help` shows
those that one may use. This page is made of `rooms/slash/`: after changing that, run
`python manage.py commands_table > docs/commands.md`; a test fails while the two differ.

- A command is no message: nobody sees it but whoever typed it. A message that begins with a slash is written with two.
- What is typed as an answer to a message is about that message, or about its author: `/pin`, `/ban 7d spam`. Without
  that, a message is named by its link or by the number at the end of its link (`#42`), a person by `@name`.
- Several words that belong together stand between quotation marks; the last ones need none.
- A time is written `30s`, `10m`, `2h`, `3d` or `1w`; `30с`, `10м`, `2ч`, `3д`, `1н` are understood too, whatever the
  language, as are the Russian words that `/help` shows.
- A reason stands in the room's audit log, and may be left out.
- Over REST a slash is a slash: a program has the edges of [api.md](api.md).

| Command | What it does | Who has one of these rights |
|---|---|---|
"""


class Command(BaseCommand):
    help = "Print docs/commands.md: what can be typed where messages are written, as rooms/slash/ declares it."

    def handle(self, *args: Any, **options: Any) -> None:
        with translation.override("en"):
            lines = [self.line(command) for command in slash.COMMANDS.values()]
        self.stdout.write(BEFORE + "".join(lines), ending="")

    def line(self, command: slash.Command) -> str:
        usages = "<br>".join(f"`{usage}`" for usage in command.usages)
        rights = "; ".join(str(LABELS[codename]) for codename in command.codenames)
        return f"| {usages} | {command.what} | {rights} |\n"
