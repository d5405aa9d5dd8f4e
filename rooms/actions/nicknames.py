from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404

from accounts.models import User
from eclipse import ratelimit
from rooms import permissions, push
from rooms.models import Membership, Room
from rooms.models.audit_entry import Deed

from .audit import record
from .authority import authorise
from .on_commit import tell
from .word_filter import check_words


def set_nickname(*, actor: User, room: Room, subject: User, nickname: str, reason: str = "") -> Membership:
    """Let `subject` be called so in `room`; empty: by their own name. One's own, or that of who stands lower.

    `nickname` has passed the model field's validators. Raises `RateLimited`, `FilteredWord`, `Http404` where `subject`
    is no member, and what `authorise` raises; whoever is timed out cannot put words before everybody's eyes this way
    either.
    """
    ratelimit.spend("nicknames", actor.pk)
    return _set(actor, room, subject, nickname, reason)


@transaction.atomic
def _set(actor: User, room: Room, subject: User, nickname: str, reason: str) -> Membership:
    if subject == actor:
        access = authorise(actor=actor, room=room, codename=permissions.VIEW_ROOM).access
        if access.timeout is not None:
            raise PermissionDenied
        membership = access.membership
    else:
        authority = authorise(actor=actor, room=room, codename=permissions.KICK_MEMBERS, subject=subject)
        access, membership = authority.access, authority.subject
    if membership is None:
        raise Http404
    before = membership.nickname
    if nickname == before:
        return membership
    check_words(access, nickname=nickname)
    membership.nickname = nickname
    membership.save(update_fields=["nickname"])
    record(Deed.NICKNAME_CHANGED, actor=actor, room=room, subject=subject, reason=reason, before=before, after=nickname)
    tell(push.member_changed, membership.pk)
    return membership
