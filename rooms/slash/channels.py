"""Channels: opened, named, narrowed, ordered, slowed, locked, deleted."""

import re
from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from rooms import actions, permissions
from rooms.administration.forms import ChannelForm
from rooms.administration.ordering import groups_of, place_above, place_below
from rooms.durations import parse
from rooms.models import Channel
from rooms.models.channel import Audience, ChannelKind

from .command import Command, Done
from .reading import Typed, checked

AUDIENCES = {
    "everyone": Audience.EVERYONE, "всех": Audience.EVERYONE,
    "reading": Audience.READ_ONLY, "чтения": Audience.READ_ONLY,
    "moderators": Audience.MODERATORS, "модераторов": Audience.MODERATORS,
}  # fmt: skip
KINDS = {"text": ChannelKind.TEXT, "текст": ChannelKind.TEXT, "voice": ChannelKind.VOICE, "голос": ChannelKind.VOICE}
OFF, NONE = {"off", "выкл"}, {"none", "нет"}


def _slow(typed: Typed) -> str:
    word = typed.word().lower()
    span = parse(word) or (timedelta(seconds=int(word)) if re.fullmatch("[0-9]{1,6}", word) else None)
    if word in OFF:
        span = timedelta(0)
    if span is None:
        raise typed.misread()
    channel = actions.set_slow_mode(
        actor=typed.actor, channel=typed.channel, seconds=int(span.total_seconds()), reason=typed.reason()
    )
    if not channel.slow_mode:
        return _("Slow mode is off.")
    told = ngettext(
        "Slow mode is on: one message every %(seconds)d second.",
        "Slow mode is on: one message every %(seconds)d seconds.",
        channel.slow_mode,
    )
    return told % {"seconds": channel.slow_mode}


def _lock(typed: Typed) -> str:
    actions.lock_channel(actor=typed.actor, channel=typed.channel, reason=typed.reason())
    return _("The channel is locked.")


def _unlock(typed: Typed) -> str:
    actions.unlock_channel(actor=typed.actor, channel=typed.channel, reason=typed.reason())
    return _("The channel is open again.")


def _new(typed: Typed) -> Done:
    kind = typed.leading(KINDS, ChannelKind.TEXT)
    data = {"name": typed.text(), "audience": Audience.EVERYONE, **ChannelForm.USUAL_LIMITS}
    asked = checked(ChannelForm(data, room=typed.room, kind=kind), "name")
    channel = actions.create_channel(actor=typed.actor, room=typed.room, kind=kind, **asked)
    return Done(_("The channel %(channel)s is there.") % {"channel": channel.name}, link=channel.get_absolute_url())


def _edit(typed: Typed, **values: object) -> Done:
    """Change this of the channel where it was typed, by the rules of its form."""
    form = ChannelForm.changing(typed.channel, **values)
    channel = actions.edit_channel(actor=typed.actor, channel=typed.channel, **checked(form, *values))
    moved = channel.slug != typed.channel.slug
    return Done(_("The channel is changed."), leads_to=channel.get_absolute_url() if moved else "")


def _topic(typed: Typed) -> Done:
    return _edit(typed, subject=typed.text() if typed.rest else "")


def _into(typed: Typed) -> str:
    category = None if typed.next().lower() in NONE else typed.category()
    actions.move_channel(actor=typed.actor, channel=typed.channel, category=category)
    return _("The channel is changed.")


def _move(typed: Typed, *, up: bool) -> str:
    place = (place_above if up else place_below)(groups_of(typed.access), typed.channel.pk)
    if place is None:
        return _("The channel stands at the end already.")
    actions.move_channel(actor=typed.actor, channel=typed.channel, category=place.category, before=place.before)
    return _("The channel is moved.")


def _delete(typed: Typed) -> Done:
    channel: Channel = typed.named_channel()
    actions.delete_channel(actor=typed.actor, channel=channel, reason=typed.reason())
    leads_to = typed.room.get_absolute_url() if channel.pk == typed.channel.pk else ""
    return Done(_("The channel %(channel)s is deleted.") % {"channel": channel.name}, leads_to=leads_to)


MANAGE = [permissions.MANAGE_CHANNELS]
COMMANDS = (
    Command(
        "slow",
        [gettext_lazy("/slow 30 reason"), gettext_lazy("/slow off")],
        gettext_lazy("Lets each person write here once in so many seconds; 5m is five minutes."),
        [permissions.SET_SLOW_MODE],
        _slow,
    ),
    Command(
        "lock",
        [gettext_lazy("/lock reason")],
        gettext_lazy("Lets only those write here who may lock channels."),
        [permissions.LOCK_CHANNELS],
        _lock,
    ),
    Command(
        "unlock",
        [gettext_lazy("/unlock reason")],
        gettext_lazy("Opens the channel again."),
        [permissions.LOCK_CHANNELS],
        _unlock,
    ),
    Command(
        "topic",
        [gettext_lazy("/topic text")],
        gettext_lazy("What this channel is for; without a text, nothing."),
        MANAGE,
        _topic,
    ),
    Command(
        "channel new",
        [gettext_lazy("/channel new name"), gettext_lazy("/channel new voice name")],
        gettext_lazy("Opens a channel for text or for voice."),
        MANAGE,
        _new,
    ),
    Command(
        "channel name",
        [gettext_lazy("/channel name new name")],
        gettext_lazy("What this channel is called."),
        MANAGE,
        lambda typed: _edit(typed, name=typed.text()),
    ),
    Command(
        "channel address",
        [gettext_lazy("/channel address new-address")],
        gettext_lazy("Where this channel is; links with the old address stop working."),
        MANAGE,
        lambda typed: _edit(typed, slug=typed.text()),
    ),
    Command(
        "channel for",
        [
            gettext_lazy("/channel for everyone"),
            gettext_lazy("/channel for reading"),
            gettext_lazy("/channel for moderators"),
        ],
        gettext_lazy("Who reads and writes in this channel."),
        MANAGE,
        lambda typed: _edit(typed, audience=typed.choice(AUDIENCES)),
    ),
    Command(
        "channel into",
        [gettext_lazy('/channel into "category"'), gettext_lazy("/channel into none")],
        gettext_lazy("The category in which this channel stands."),
        MANAGE,
        _into,
    ),
    Command(
        "channel up",
        [gettext_lazy("/channel up")],
        gettext_lazy("Moves this channel up by one."),
        MANAGE,
        lambda typed: _move(typed, up=True),
    ),
    Command(
        "channel down",
        [gettext_lazy("/channel down")],
        gettext_lazy("Moves this channel down by one."),
        MANAGE,
        lambda typed: _move(typed, up=False),
    ),
    Command(
        "channel delete",
        [gettext_lazy('/channel delete "name" reason')],
        gettext_lazy("Deletes the channel that is called so, with all its messages, for good."),
        [permissions.DELETE_CHANNELS],
        _delete,
    ),
)
