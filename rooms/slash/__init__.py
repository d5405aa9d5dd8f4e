"""Commands that people type where messages are written: `/ban @name 7d reason`.

A command is no message: nothing of it is shown to anybody but its author. A message that begins with a slash is
written with two. What is typed as an answer to a message is about that message, or about its author. There is a
command for every action (tests/rooms/slash/test_every_action.py), each beside the others of its noun.
"""

from collections.abc import Mapping
from types import MappingProxyType

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.utils.translation import gettext as _

from eclipse.errors import Refused, explanation_of
from rooms.access import ChannelAccess
from rooms.models import Message

from . import (
    calls,
    categories,
    channels,
    games,
    help,
    invitations,
    members,
    messages,
    reports,
    rights,
    room,
    words,
)
from .command import Command, Done, NotDone
from .reading import Typed

__all__ = ["COMMANDS", "Command", "Done", "NotDone", "commands_for", "is_command", "run", "unescaped"]

COMMANDS: Mapping[str, Command] = MappingProxyType(
    {
        command.name: command
        for module in (
            *(help, messages, members, calls, reports, words, channels, categories),
            *(invitations, games, rights, room),
        )
        for command in module.COMMANDS
    }
)


def is_command(body: str) -> bool:
    """Whether this text is a command and not a message."""
    return body.startswith("/") and not body.startswith("//")


def unescaped(body: str) -> str:
    """The message that was typed: two slashes at its beginning stand for one."""
    return body[1:] if body.startswith("//") else body


def commands_for(access: ChannelAccess) -> list[Command]:
    """The commands that this person may use here, in the order in which they are shown."""
    return [command for command in COMMANDS.values() if command.is_open_to(access)]


def run(access: ChannelAccess, body: str, answering: Message | None = None) -> Done:
    """Do what the command says, and answer in words what was done; `NotDone` otherwise.

    `answering` is the message that it was typed as an answer to. Raises `RateLimited` too.
    """
    command, rest = _found(access, body)
    if not command.is_open_to(access):
        raise _forbidden(command)
    try:
        done = command.act(Typed(access, command, rest, answering))
    except Refused as error:
        raise NotDone(error.explain()) from error
    except PermissionDenied as error:
        # The right was taken between the look above and the deed, or is one over something else.
        told = explanation_of(error)
        raise NotDone(told) if told else _forbidden(command) from error
    except Http404 as error:
        raise NotDone(_("What this is about is not here, or not any more.")) from error
    except ValidationError as error:
        raise NotDone(" ".join(error.messages)) from error
    return Done(done) if isinstance(done, str) else done


def _forbidden(command: Command) -> NotDone:
    return NotDone(_("You may not use /%(name)s here.") % {"name": command.name})


def _found(access: ChannelAccess, body: str) -> tuple[Command, str]:
    """The command that is named by the first word, or the first two, and what stands behind its name."""
    first, rest = _split(body[1:])
    second, after = _split(rest)
    for name, behind in ((f"{first} {second}", after), (first, rest)):
        command = COMMANDS.get(name.lower())
        if command is not None:
            return command, behind
    of_noun = [command for command in commands_for(access) if command.name.startswith(f"{first.lower()} ")]
    if of_noun:
        usages = [str(usage) for command in of_noun for usage in command.usages]
        raise NotDone(_("Type it as: %(usage)s") % {"usage": " · ".join(usages)})
    told = [
        _("There is no command /%(name)s.") % {"name": first[:40]},
        _("/help shows those that you can use."),
        _("To begin a message with a slash, type two."),
    ]
    raise NotDone(" ".join(told))


def _split(text: str) -> tuple[str, str]:
    """The first word, and what stands behind it."""
    word, *rest = text.split(maxsplit=1)[:2] or [""]
    return ("", text) if text[:1].isspace() else (word, rest[0] if rest else "")
