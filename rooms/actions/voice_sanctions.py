"""What moderators take from people in voice channels, until a moderator gives it back."""

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from rooms import permissions, push_voice
from rooms.models import Room, VoiceSanction
from rooms.models.audit_entry import Deed

from .audit import record
from .authority import authorise
from .on_commit import tell


@transaction.atomic
def mute_member(*, actor: User, room: Room, subject: User, reason: str = "") -> None:
    """Nobody hears `subject` in the room's voice channels, nor reads captions of theirs; muting twice changes nothing.

    Raises what `authorise` raises.
    """
    _sanction(actor, room, subject, reason, Deed.VOICE_MUTED, is_muted=True)


@transaction.atomic
def unmute_member(*, actor: User, room: Room, subject: User, reason: str = "") -> None:
    """`subject` may speak in voice channels again; where they are not muted nothing changes."""
    _sanction(actor, room, subject, reason, Deed.VOICE_UNMUTED, is_muted=False)


@transaction.atomic
def deafen_member(*, actor: User, room: Room, subject: User, reason: str = "") -> None:
    """`subject` hears nobody in the room's voice channels; deafening twice changes nothing."""
    _sanction(actor, room, subject, reason, Deed.VOICE_DEAFENED, is_deafened=True)


@transaction.atomic
def undeafen_member(*, actor: User, room: Room, subject: User, reason: str = "") -> None:
    """`subject` may hear in voice channels again; where they are not deafened nothing changes."""
    _sanction(actor, room, subject, reason, Deed.VOICE_UNDEAFENED, is_deafened=False)


def end_voice_sanction(*, actor: User, room: Room, subject: User, reason: str = "") -> None:
    """Give back all that moderators took, inside the transaction of somebody who is authorised to, and tell of it."""
    sanction = VoiceSanction.objects.filter(room=room, user=subject).first()
    if sanction is None:
        return
    sanction.delete()
    for was_so, deed in ((sanction.is_muted, Deed.VOICE_UNMUTED), (sanction.is_deafened, Deed.VOICE_UNDEAFENED)):
        if was_so:
            record(deed, actor=actor, room=room, subject=subject, reason=reason)
    tell(push_voice.allowance_changed, subject.pk)


def _sanction(actor: User, room: Room, subject: User, reason: str, deed: Deed, **wanted: bool) -> None:
    authorise(actor=actor, room=room, codename=permissions.MODERATE_VOICE, subject=subject)
    # The room's row is locked: nobody else writes here until the transaction ends.
    sanction = VoiceSanction.objects.filter(room=room, user=subject).first() or VoiceSanction(room=room, user=subject)
    if all(getattr(sanction, name) == value for name, value in wanted.items()):
        return
    for name, value in wanted.items():
        setattr(sanction, name, value)
    if any(wanted.values()):
        sanction.by, sanction.reason, sanction.created_at = actor, reason, timezone.now()
    if sanction.is_muted or sanction.is_deafened:
        sanction.save()
    else:
        sanction.delete()
    record(deed, actor=actor, room=room, subject=subject, reason=reason)
    tell(push_voice.allowance_changed, subject.pk)
