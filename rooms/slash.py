"""Commands that moderators type where messages are written: `/ban @name 7d reason`.

A command is no message: nothing of it is shown to anybody but its author. A message that begins with a slash is
written with two.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from rooms import actions, permissions
from rooms.access import ChannelAccess
from rooms.durations import LONGEST_BAN, parse
from rooms.models import Membership, Message
from rooms.models.ban import REASON_LENGTH
from rooms.moderation.forms import ReviewForm, ToldReasonForm

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

DEFAULT_TIMEOUT = timedelta(minutes=10)


class NotDone(Exception):
    """The command was not understood, or not allowed: its words say why, in the active language."""


@dataclass(frozen=True)
class Command:
    """What may stand behind the slash: `usage` shows how, `act` does it and answers what was done."""

    usage: "str | _StrPromise"
    codename: str
    act: Callable[[ChannelAccess, str], str]


def is_command(body: str) -> bool:
    """Whether this text is a command and not a message."""
    return body.startswith("/") and not body.startswith("//")


def unescaped(body: str) -> str:
    """The message that was typed: two slashes at its beginning stand for one."""
    return body[1:] if body.startswith("//") else body


def run(access: ChannelAccess, body: str) -> str:
    """Do what the command says, and answer in words what was done; `NotDone` otherwise."""
    name, _space, rest = body[1:].replace("\n", " ").partition(" ")
    command = COMMANDS.get(name.lower())
    if command is None:
        known = ", ".join(f"/{each}" for each, command in COMMANDS.items() if access.may(command.codename))
        hint = _("There is no command /%(name)s.") % {"name": name[:40]}
        if known:
            hint += " " + _("You can use: %(commands)s.") % {"commands": known}
        raise NotDone(hint + " " + _("To begin a message with a slash, type two."))
    if not access.may(command.codename):
        raise NotDone(_("You may not use /%(name)s here.") % {"name": name})
    try:
        return command.act(access, rest.strip())
    except actions.OutOfReach as error:
        raise NotDone(error.explain()) from error
    except (PermissionDenied, Http404) as error:
        # The right was taken between the look above and the deed.
        raise NotDone(_("You may not use /%(name)s here.") % {"name": name}) from error
    except ValidationError as error:
        raise NotDone(" ".join(error.messages)) from error


# --- Reading --------------------------------------------------------------------------------------


def _usage(name: str) -> NotDone:
    return NotDone(_("Type it as: %(usage)s") % {"usage": COMMANDS[name].usage})


def _person(access: ChannelAccess, name: str, rest: str) -> tuple[User, str]:
    """Whom the first word names, and what stands after it."""
    word, _space, rest = rest.partition(" ")
    username = word.removeprefix("@")
    if not username:
        raise _usage(name)
    found = None
    if "\x00" not in username:
        found = User.objects.filter(username=User.normalize_username(username)).first()
    if found is None:
        raise NotDone(_("There is nobody called @%(name)s.") % {"name": username[:40]})
    return found, rest.strip()


def _span(name: str, rest: str) -> tuple[timedelta | None, str]:
    """How long, where the first word begins as a number, and what stands after it."""
    word, _space, after = rest.partition(" ")
    if not re.match("[0-9]", word):
        return None, rest
    span = parse(word)
    if span is None:
        # A ban for good because of a typing error would be a hard one.
        raise NotDone(_("“%(word)s” is no length of time: write 10m, 2h, 3d or 1w.") % {"word": word[:40]})
    return span, after.strip()


def _reason(text: str, *, required: bool = False) -> str:
    form = (ReviewForm if required else ToldReasonForm)({"reason": text})
    if form.is_valid():
        return form.cleaned_data["reason"]
    if len(text) > REASON_LENGTH:
        raise NotDone(
            ngettext(
                "The reason may have at most %(count)d character.",
                "The reason may have at most %(count)d characters.",
                REASON_LENGTH,
            )
            % {"count": REASON_LENGTH}
        )
    raise NotDone(_("Reason: %(error)s") % {"error": " ".join(map(str, form.errors["reason"]))})


def _name_of(access: ChannelAccess, person: User) -> str:
    membership = Membership.objects.filter(room=access.room, user=person).first()
    return (membership.nickname if membership is not None else "") or person.name


# --- Doing ----------------------------------------------------------------------------------------


def _ban(access: ChannelAccess, rest: str) -> str:
    person, rest = _person(access, "ban", rest)
    span, rest = _span("ban", rest)
    until = timezone.now() + min(span, LONGEST_BAN) if span is not None else None
    name = _name_of(access, person)
    actions.ban_member(actor=access.actor, room=access.room, subject=person, until=until, reason=_reason(rest))
    if until is None:
        return _("%(name)s is banned.") % {"name": name}
    end = date_format(timezone.localtime(until), "j E Y, H:i")
    return _("%(name)s is banned until %(end)s.") % {"name": name, "end": end}


def _unban(access: ChannelAccess, rest: str) -> str:
    person, rest = _person(access, "unban", rest)
    actions.unban_member(actor=access.actor, room=access.room, subject=person, reason=_reason(rest))
    return _("%(name)s may enter the room again.") % {"name": _name_of(access, person)}


def _timeout(access: ChannelAccess, rest: str) -> str:
    person, rest = _person(access, "timeout", rest)
    span, rest = _span("timeout", rest)
    # The action cuts it to the longest there is.
    until = timezone.now() + min(span or DEFAULT_TIMEOUT, LONGEST_BAN)
    timeout = actions.time_out_member(
        actor=access.actor, room=access.room, subject=person, until=until, reason=_reason(rest)
    )
    end = date_format(timezone.localtime(timeout.until), "j E Y, H:i")
    return _("%(name)s is muted until %(end)s.") % {"name": _name_of(access, person), "end": end}


def _untimeout(access: ChannelAccess, rest: str) -> str:
    person, rest = _person(access, "untimeout", rest)
    actions.lift_timeout(actor=access.actor, room=access.room, subject=person, reason=_reason(rest))
    return _("%(name)s may write and speak again.") % {"name": _name_of(access, person)}


def _kick(access: ChannelAccess, rest: str) -> str:
    person, rest = _person(access, "kick", rest)
    name = _name_of(access, person)
    actions.kick_member(actor=access.actor, room=access.room, subject=person, reason=_reason(rest))
    return _("%(name)s was removed from the room.") % {"name": name}


def _review(access: ChannelAccess, rest: str) -> str:
    person, rest = _person(access, "review", rest)
    # What is worth a look is mostly the last thing that somebody wrote here.
    written = Message.objects.filter(channel=access.channel, author=person, deleted_at=None)
    message = written.order_by("-pk").first()
    if message is not None:
        message.channel = access.channel
    reason = _reason(rest, required=True)
    actions.send_to_review(actor=access.actor, room=access.room, subject=person, message=message, reason=reason)
    return _("The other moderators will look at %(name)s.") % {"name": _name_of(access, person)}


def _slow(access: ChannelAccess, rest: str) -> str:
    word, _space, rest = rest.partition(" ")
    span = parse(word) or (timedelta(seconds=int(word)) if re.fullmatch("[0-9]{1,6}", word) else None)
    if word.lower() in {"off", "выкл"}:
        span = timedelta(0)
    if span is None:
        raise _usage("slow")
    channel = actions.set_slow_mode(
        actor=access.actor, channel=access.channel, seconds=int(span.total_seconds()), reason=_reason(rest)
    )
    if not channel.slow_mode:
        return _("Slow mode is off.")
    return ngettext(
        "Slow mode is on: one message every %(seconds)d second.",
        "Slow mode is on: one message every %(seconds)d seconds.",
        channel.slow_mode,
    ) % {"seconds": channel.slow_mode}


def _lock(access: ChannelAccess, rest: str) -> str:
    actions.lock_channel(actor=access.actor, channel=access.channel, reason=_reason(rest))
    return _("The channel is locked.")


def _unlock(access: ChannelAccess, rest: str) -> str:
    actions.unlock_channel(actor=access.actor, channel=access.channel, reason=_reason(rest))
    return _("The channel is open again.")


COMMANDS: Mapping[str, Command] = MappingProxyType(
    {
        "ban": Command(gettext_lazy("/ban @name 7d reason"), permissions.BAN_MEMBERS, _ban),
        "unban": Command(gettext_lazy("/unban @name"), permissions.BAN_MEMBERS, _unban),
        "timeout": Command(gettext_lazy("/timeout @name 10m reason"), permissions.TIME_OUT_MEMBERS, _timeout),
        "untimeout": Command(gettext_lazy("/untimeout @name"), permissions.TIME_OUT_MEMBERS, _untimeout),
        "kick": Command(gettext_lazy("/kick @name reason"), permissions.KICK_MEMBERS, _kick),
        "review": Command(gettext_lazy("/review @name reason"), permissions.HANDLE_REPORTS, _review),
        "slow": Command("/slow 30", permissions.SET_SLOW_MODE, _slow),
        "lock": Command("/lock", permissions.LOCK_CHANNELS, _lock),
        "unlock": Command("/unlock", permissions.LOCK_CHANNELS, _unlock),
    }
)
