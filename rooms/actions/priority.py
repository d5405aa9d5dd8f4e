"""Who is heard before others in a room's voice channels, though many talk at once."""

from django.db import transaction
from django.http import Http404

from accounts.models import User
from rooms import permissions, push_voice
from rooms.models import Room
from rooms.models.audit_entry import Deed

from .audit import record
from .authority import authorise
from .on_commit import tell


@transaction.atomic
def give_priority(*, actor: User, room: Room, subject: User, reason: str = "") -> None:
    """The member `subject` is heard before others, until it is taken or they leave; giving it twice changes nothing.

    Raises what `authorise` raises, and `Http404` where `subject` is no member.
    """
    _set_priority(actor, room, subject, reason, given=True)


@transaction.atomic
def take_priority(*, actor: User, room: Room, subject: User, reason: str = "") -> None:
    """`subject` is heard like anybody of their role; raises what `give_priority` raises."""
    _set_priority(actor, room, subject, reason, given=False)


def _set_priority(actor: User, room: Room, subject: User, reason: str, *, given: bool) -> None:
    membership = authorise(actor=actor, room=room, codename=permissions.MODERATE_VOICE, subject=subject).subject
    if membership is None:
        raise Http404
    if membership.is_priority_speaker == given:
        return
    membership.is_priority_speaker = given
    membership.save(update_fields=["is_priority_speaker"])
    deed = Deed.PRIORITY_GIVEN if given else Deed.PRIORITY_TAKEN
    record(deed, actor=actor, room=room, subject=subject, reason=reason)
    tell(push_voice.allowance_changed, subject.pk)
