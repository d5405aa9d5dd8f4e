"""Limits on a channel: slow mode, locks, and what a call may be."""

from collections.abc import Collection, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from rooms import permissions, push
from rooms.models import Channel
from rooms.models.audit_entry import Deed
from rooms.models.channel import LONGEST_SLOW_MODE, ChannelKind

from .audit import record
from .authority import authorise
from .on_commit import tell

TEXT, VOICE = (ChannelKind.TEXT,), (ChannelKind.VOICE,)


@transaction.atomic
def set_slow_mode(*, actor: User, channel: Channel, seconds: int, reason: str = "") -> Channel:
    """Each person may write in `channel` once in so many seconds; 0 ends it. `ValidationError` beyond six hours.

    Raises what `authorise` raises.
    """
    if not 0 <= seconds <= LONGEST_SLOW_MODE:
        raise ValidationError(_("Slow mode takes at most 6 hours."))
    authorise(actor=actor, room=channel.room, codename=permissions.SET_SLOW_MODE)
    limits = {"slow_mode": seconds}
    return _limit(actor, channel, Deed.SLOW_MODE_SET, reason, limits, kinds=TEXT, seconds=seconds)


@transaction.atomic
def lock_channel(*, actor: User, channel: Channel, reason: str = "") -> Channel:
    """Only whoever may lock channels writes here, or comes into this call, from now on; twice changes nothing."""
    authorise(actor=actor, room=channel.room, codename=permissions.LOCK_CHANNELS)
    return _limit(actor, channel, Deed.CHANNEL_LOCKED, reason, {"is_locked": True})


@transaction.atomic
def unlock_channel(*, actor: User, channel: Channel, reason: str = "") -> Channel:
    """Everybody who could before writes here, or comes in, again; where there is no lock nothing changes."""
    authorise(actor=actor, room=channel.room, codename=permissions.LOCK_CHANNELS)
    return _limit(actor, channel, Deed.CHANNEL_UNLOCKED, reason, {"is_locked": False})


@transaction.atomic
def limit_call(
    *, actor: User, channel: Channel, user_limit: int | None = None, bitrate: int | None = None, reason: str = ""
) -> Channel:
    """How many may be in a voice channel (0: any number; nobody is put out), and how many kb/s each voice may take.

    What is `None` stays. Raises `ValidationError` for what no channel may have, what `authorise` raises, and `Http404`
    where it is no voice channel.
    """
    values: dict[str, int] = {}
    if user_limit is not None:
        Channel._meta.get_field("user_limit").run_validators(user_limit)
        values["user_limit"] = user_limit
    if bitrate is not None:
        Channel._meta.get_field("bitrate").run_validators(bitrate)
        values["bitrate"] = bitrate
    authorise(actor=actor, room=channel.room, codename=permissions.MODERATE_VOICE)
    return _limit(actor, channel, Deed.CALL_LIMITED, reason, values, kinds=VOICE, **values)


def _limit(
    actor: User,
    channel: Channel,
    deed: Deed,
    reason: str,
    values: Mapping[str, int | bool],
    *,
    kinds: Collection[str] = ChannelKind,
    **details: Any,
) -> Channel:
    # As it is now: the edge read it before the room was locked.
    room = channel.room
    stored = Channel.objects.select_for_update().filter(pk=channel.pk, room=room, kind__in=kinds).first()
    if stored is None:
        raise Http404
    stored.room = room
    if any(getattr(stored, name) != value for name, value in values.items()):
        for name, value in values.items():
            setattr(stored, name, value)
        stored.save(update_fields=list(values))
        record(deed, actor=actor, room=room, channel=stored, reason=reason, **details)
        tell(push.channel_limited, stored)
    return stored
