"""Commands for what is done to members with nothing but a reason: as their pages do it."""

from collections.abc import Callable

from rooms.moderation.acts import MemberAct
from rooms.moderation.door import get_subject

from .reading import Typed, checked


def by_act(act: MemberAct) -> Callable[[Typed], str]:
    """What a command does, and answers, that is typed as `/name @member reason`."""

    def do(typed: Typed) -> str:
        access = get_subject(typed.actor, typed.room.slug, typed.person().username, act.codename)
        return act.do(access, checked(act.form({"reason": typed.rest})))

    return do
