"""Members: muted, removed, banned, reviewed; their roles and names; and who the room's creator is."""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rooms import actions, permissions
from rooms.durations import LONGEST_BAN, parse
from rooms.models import Message
from rooms.moderation import acts
from rooms.permissions import Role
from rooms.roles.forms import NicknameForm, TransferForm

from .acts import by_act
from .command import Command
from .reading import Typed, checked

DEFAULT_TIMEOUT = timedelta(minutes=10)
# How far back a ban takes messages with it.
LONGEST_ERASURE = timedelta(days=1)
ERASURES = {
    "hour": timedelta(hours=1), "час": timedelta(hours=1), "day": LONGEST_ERASURE, "день": LONGEST_ERASURE,
}  # fmt: skip
ROLES = {"moderator": Role.MODERATOR, "модератор": Role.MODERATOR, "member": Role.USER, "участник": Role.USER}


def _moment(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "j E Y, H:i")


def _ban(typed: Typed) -> str:
    person = typed.person()
    span, asked = typed.span(), typed.options("delete", "удалить")
    span = span or typed.span()
    now = timezone.now()
    until = now + min(span, LONGEST_BAN) if span is not None else None
    name = typed.name_of(person)
    actions.ban_member(
        actor=typed.actor,
        room=typed.room,
        subject=person,
        until=until,
        delete_since=now - _erasure(typed, *asked.values()) if asked else None,
        reason=typed.reason(),
    )
    if until is None:
        return _("%(name)s is banned.") % {"name": name}
    return _("%(name)s is banned until %(end)s.") % {"name": name, "end": _moment(until)}


def _erasure(typed: Typed, word: str, *_others: str) -> timedelta:
    span = ERASURES.get(word) or parse(word)
    if span is None or span > LONGEST_ERASURE:
        raise typed.misread()
    return span


def _timeout(typed: Typed) -> str:
    person = typed.person()
    # The action cuts it to the longest there is.
    until = timezone.now() + min(typed.span() or DEFAULT_TIMEOUT, LONGEST_BAN)
    timeout = actions.time_out_member(
        actor=typed.actor, room=typed.room, subject=person, until=until, reason=typed.reason()
    )
    return _("%(name)s is muted until %(end)s.") % {"name": typed.name_of(person), "end": _moment(timeout.until)}


def _review(typed: Typed) -> str:
    message, person = typed.answered, typed.person()
    if message is None or message.author != person:
        # What is worth a look is mostly the last thing that somebody wrote here.
        written = Message.objects.filter(channel=typed.channel, author=person, deleted_at=None)
        message = written.order_by("-pk").first()
    if message is not None:
        message.channel = typed.channel
    reason = typed.reason(required=True)
    actions.send_to_review(actor=typed.actor, room=typed.room, subject=person, message=message, reason=reason)
    return _("The other moderators will look at %(name)s.") % {"name": typed.name_of(person)}


def _role(typed: Typed) -> str:
    person = typed.person()
    role = typed.choice(ROLES)
    actions.change_role(actor=typed.actor, room=typed.room, subject=person, role=role, reason=typed.reason())
    return _("The role of %(name)s is changed.") % {"name": typed.name_of(person)}


def _nick(typed: Typed) -> str:
    if typed.answered is None and not typed.next().startswith("@"):
        person, asked = typed.actor, {"nickname": typed.text() if typed.rest else ""}
    else:
        person = typed.person()
        asked = {"nickname": typed.name() if typed.rest else "", "reason": typed.rest}
    named = checked(NicknameForm(asked, own=person == typed.actor))
    actions.set_nickname(actor=typed.actor, room=typed.room, subject=person, **named)
    return _("In this room: %(name)s.") % {"name": typed.name_of(person)}


def _transfer(typed: Typed) -> str:
    person = typed.person()
    asked = {"to": person.username, "confirmation": typed.name(), "reason": typed.rest}
    heir = checked(TransferForm(asked, room=typed.room), "to", "reason")
    actions.transfer_room(actor=typed.actor, room=typed.room, subject=heir["to"], reason=heir["reason"])
    return _("%(room)s is %(name)s’s room now.") % {"room": typed.room.name, "name": typed.name_of(person)}


COMMANDS = (
    Command(
        "timeout",
        [gettext_lazy("/timeout @name 10m reason")],
        gettext_lazy("Lets somebody neither write nor speak for a time."),
        [permissions.TIME_OUT_MEMBERS],
        _timeout,
    ),
    Command(
        "untimeout",
        [gettext_lazy("/untimeout @name reason")],
        gettext_lazy("Lets somebody write and speak again."),
        [permissions.TIME_OUT_MEMBERS],
        by_act(acts.LIFT_TIMEOUT),
    ),
    Command(
        "kick",
        [gettext_lazy("/kick @name reason")],
        gettext_lazy("Removes somebody, who may come back."),
        [permissions.KICK_MEMBERS],
        by_act(acts.KICK),
    ),
    Command(
        "ban",
        [gettext_lazy("/ban @name 7d delete:day reason")],
        gettext_lazy("Keeps somebody out, for a time or for good; delete:hour or delete:day takes what they wrote."),
        [permissions.BAN_MEMBERS],
        _ban,
    ),
    Command(
        "unban",
        [gettext_lazy("/unban @name reason")],
        gettext_lazy("Lets somebody in again."),
        [permissions.BAN_MEMBERS],
        by_act(acts.UNBAN),
    ),
    Command(
        "review",
        [gettext_lazy("/review @name reason")],
        gettext_lazy("Asks the other moderators to look at somebody and the last thing they wrote here."),
        [permissions.HANDLE_REPORTS],
        _review,
    ),
    Command(
        "role",
        [gettext_lazy("/role @name moderator reason"), gettext_lazy("/role @name member reason")],
        gettext_lazy("Appoints or dismisses a moderator."),
        [permissions.MANAGE_ROLES],
        _role,
    ),
    Command(
        "nick",
        [gettext_lazy("/nick new name"), gettext_lazy('/nick @name "new name" reason')],
        gettext_lazy("What you are called in this room, or somebody below you; without a name, as everywhere."),
        [permissions.VIEW_ROOM],
        _nick,
    ),
    Command(
        "transfer",
        [gettext_lazy('/transfer @name "name of the room" reason')],
        gettext_lazy("Makes another member the creator of the room."),
        [permissions.TRANSFER_ROOM],
        _transfer,
    ),
)
