"""Invitations: made, whose link is the answer, and taken back."""

from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rooms import actions, permissions
from rooms.durations import LONGEST_BAN, parse
from rooms.invitations.door import invitations_for
from rooms.invitations.forms import MOST_USES, USUAL_LIFETIME

from .command import Command, Done, NotDone
from .reading import Typed

WITHOUT_END = {"never", "бессрочно"}


def _invite(typed: Typed) -> Done:
    """For seven days and any number of people, where nothing else is typed."""
    lifetime = parse(USUAL_LIFETIME)
    if typed.next().lower() in WITHOUT_END:
        typed.word()
        lifetime = None
    elif typed.rest and not typed.next().isdigit():
        lifetime = typed.span()
        if lifetime is None:
            raise typed.misread()
    uses = typed.number() if typed.rest else None
    if uses is not None and not 1 <= uses <= MOST_USES:
        raise NotDone(_("An invitation is for 1 to %(most)d people.") % {"most": MOST_USES})
    invitation = actions.create_invitation(
        actor=typed.actor, room=typed.room, lifetime=min(lifetime, LONGEST_BAN) if lifetime else None, max_uses=uses
    )
    return Done(_("The invitation is ready: copy its link and send it."), link=invitation.get_absolute_url())


def _revoke(typed: Typed) -> str:
    code = typed.word().rstrip("/").rpartition("/")[2]
    if not code:
        raise typed.misread()
    invitation = invitations_for(typed.access).filter(code=code).first()
    if invitation is None:
        raise Http404
    actions.revoke_invitation(actor=typed.actor, invitation=invitation, reason=typed.reason())
    return _("Nobody can come by this invitation any more.")


COMMANDS = (
    Command(
        "invite",
        [gettext_lazy("/invite"), gettext_lazy("/invite 1d 5"), gettext_lazy("/invite never")],
        gettext_lazy("Makes a link by which people join: for how long, and how many. Usually 7d, any number."),
        [permissions.CREATE_INVITATIONS],
        _invite,
    ),
    Command(
        "revoke",
        [gettext_lazy("/revoke link reason")],
        gettext_lazy("Lets nobody join by this link any more."),
        [permissions.CREATE_INVITATIONS],
        _revoke,
    ),
)
