"""What moderators and members may do in the room."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rooms import actions, permissions
from rooms.actions.roles import FIXED, matrix_of
from rooms.permissions import LABELS

from .command import Command, NotDone
from .members import ROLES
from .reading import Typed


def _set(typed: Typed, *, allowed: bool) -> str:
    role, codename = typed.choice(ROLES), typed.word().lower()
    if not codename:
        raise typed.misread()
    if codename not in LABELS:
        raise NotDone(_("There is no right called “%(value)s”.") % {"value": codename[:40]})
    if codename in FIXED:
        raise NotDone(_("This right goes with the role: it is neither given nor taken."))
    held = matrix_of(typed.room)[role]
    actions.edit_matrix(
        actor=typed.actor,
        room=typed.room,
        matrix={role: held | {codename} if allowed else held - {codename}},
        was={role: held},
        reason=typed.reason(),
    )
    told = (
        _("Allowed from now on: %(right)s (%(role)s).") if allowed else _("Not allowed any more: %(right)s (%(role)s).")
    )
    return told % {"right": LABELS[codename], "role": role.label}


COMMANDS = (
    Command(
        "allow",
        [gettext_lazy("/allow moderator create_invitations reason"), gettext_lazy("/allow member create_invitations")],
        gettext_lazy("Gives a role a right, by its name in the documentation."),
        [permissions.MANAGE_ROLES],
        lambda typed: _set(typed, allowed=True),
    ),
    Command(
        "deny",
        [gettext_lazy("/deny moderator create_invitations reason"), gettext_lazy("/deny member create_invitations")],
        gettext_lazy("Takes a right from a role."),
        [permissions.MANAGE_ROLES],
        lambda typed: _set(typed, allowed=False),
    ),
)
