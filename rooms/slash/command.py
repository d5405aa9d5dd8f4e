"""What a command is: what may stand behind the slash, who may use it, and what comes of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rooms.access import ChannelAccess

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from .reading import Typed


class NotDone(Exception):
    """The command was not understood, or not allowed: its words say why, in the active language."""


@dataclass(frozen=True)
class Command:
    """`name` is one word, or a noun and a verb; `usages` show how it is typed, and `what` it does.

    Whoever has one of the rights `codenames` may use it; what it needs beyond them, `act` finds out.
    """

    name: str
    usages: "Sequence[str | _StrPromise]"
    what: "_StrPromise"
    codenames: Sequence[str]
    act: "Callable[[Typed], str | Done]"

    def is_open_to(self, access: ChannelAccess) -> bool:
        return access.is_member and any(access.may(codename) for codename in self.codenames)


@dataclass(frozen=True)
class Done:
    """What was done, in the active language; and what its author is given, or where they are led."""

    words: str
    # The path of a link to hand on.
    link: str = ""
    # The path of the page where its author goes on.
    leads_to: str = ""
    # What they may use, where they asked for help.
    commands: Sequence[Command] = ()
