"""What one may type here."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from rooms import permissions

from .command import Command, Done, NotDone
from .reading import Typed


def _help(typed: Typed) -> Done:
    # Not above: they are put together of this module, too.
    from . import commands_for

    asked = typed.rest.removeprefix("/").lower()
    commands = [
        command
        for command in commands_for(typed.access)
        if not asked or command.name == asked or command.name.startswith(f"{asked} ")
    ]
    if not commands:
        raise NotDone(_("There is no command /%(name)s that you can use here.") % {"name": asked[:40]})
    told = ngettext(
        "You can use %(count)d command here. It is shown above the message field.",
        "You can use %(count)d commands here. They are shown above the message field.",
        len(commands),
    )
    return Done(told % {"count": len(commands)}, commands=commands)


COMMANDS = (
    Command(
        "help",
        [gettext_lazy("/help"), gettext_lazy("/help ban")],
        gettext_lazy("Shows what you can type here."),
        [permissions.VIEW_ROOM],
        _help,
    ),
)
