"""What can be done to members and to messages, each once: its address, the right to it, its words, and the deed.

The addresses, the pages, a message's menu and a member's page all read this table.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import Http404, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rooms import actions, permissions
from rooms.access import MessageAccess, RoomAccess
from rooms.models import Membership, Message
from rooms.reasons import ReasonForm

from .door import SubjectAccess
from .forms import BanForm, ReviewForm, TimeoutForm

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


# --- To members ---------------------------------------------------------------------------------


def to_sanctions(access: SubjectAccess) -> str:
    """Where one goes on after most deeds: the list of what is in force, for whoever may open it."""
    room = access.room_access.room
    may_ban = access.room_access.may(permissions.BAN_MEMBERS)
    return reverse("rooms:room-bans", args=[room.slug]) if may_ban else room.get_absolute_url()


def to_member(access: SubjectAccess) -> str:
    """Back to the member's page, for whoever may open it."""
    may_see = access.membership is not None and access.room_access.may_view_members
    room, subject = access.room_access.room, access.subject
    return reverse("rooms:room-member", args=[room.slug, subject.username]) if may_see else to_sanctions(access)


@dataclass(frozen=True)
class MemberAct:
    """What a moderator does to a member: a page that asks for the details, and the deed, which answers what was done.

    It raises `ValidationError`, with words for the moderator, where it cannot be done as things stand.
    The page is called `member-<verb>`, and its address ends in the verb.
    """

    verb: str
    codename: str
    form: type[forms.Form]
    heading: "_StrPromise"
    lead: "_StrPromise"
    button: "_StrPromise"
    do: Callable[[SubjectAccess, dict[str, Any]], str]
    is_grave: bool = False
    after: Callable[[SubjectAccess], str] = to_sanctions
    # How the menu of somebody's message calls it.
    of_author: "_StrPromise | str" = ""
    icon: str = ""

    @property
    def url_name(self) -> str:
        return f"member-{self.verb}"

    @property
    def asks_more(self) -> bool:
        """Whether the form asks for anything but a reason: then there is no doing it by one button."""
        return set(self.form.base_fields) != {"reason"}

    def ask(self, access: SubjectAccess, sent: QueryDict | None) -> forms.Form:
        """The form for the details, with what was sent in it."""
        return self.form(sent)


def _time_out(access: SubjectAccess, asked: dict[str, Any]) -> str:
    actions.time_out_member(**access.whom, until=timezone.now() + asked["duration"], reason=asked["reason"])
    return _("%(name)s is muted.") % {"name": access.name}


def _lift_timeout(access: SubjectAccess, asked: dict[str, Any]) -> str:
    actions.lift_timeout(**access.whom, reason=asked["reason"])
    return _("%(name)s may write and speak again.") % {"name": access.name}


def _kick(access: SubjectAccess, asked: dict[str, Any]) -> str:
    actions.kick_member(**access.whom, reason=asked["reason"])
    return _("%(name)s was removed from the room.") % {"name": access.name}


def _ban(access: SubjectAccess, asked: dict[str, Any]) -> str:
    now, span, erased = timezone.now(), asked["duration"], asked["delete"]
    actions.ban_member(
        **access.whom,
        until=now + span if span else None,
        reason=asked["reason"],
        delete_since=now - erased if erased else None,
    )
    return _("%(name)s is banned.") % {"name": access.name}


def _unban(access: SubjectAccess, asked: dict[str, Any]) -> str:
    actions.unban_member(**access.whom, reason=asked["reason"])
    return _("%(name)s may enter the room again.") % {"name": access.name}


def _review(access: SubjectAccess, asked: dict[str, Any]) -> str:
    actions.send_to_review(**access.whom, reason=asked["reason"])
    return _("The other moderators will look at %(name)s.") % {"name": access.name}


TIME_OUT = MemberAct(
    "timeout",
    permissions.TIME_OUT_MEMBERS,
    TimeoutForm,
    gettext_lazy("Mute for a time"),
    gettext_lazy("They read and hear on, and can neither write nor speak. Leaving and coming back does not end it."),
    gettext_lazy("Mute"),
    _time_out,
    of_author=gettext_lazy("Mute the author for a time"),
    icon="mic-off",
)
LIFT_TIMEOUT = MemberAct(
    "untimeout",
    permissions.TIME_OUT_MEMBERS,
    ReasonForm,
    gettext_lazy("End the mute"),
    gettext_lazy("They may write and speak again at once."),
    gettext_lazy("End the mute"),
    _lift_timeout,
)
KICK = MemberAct(
    "kick",
    permissions.KICK_MEMBERS,
    ReasonForm,
    gettext_lazy("Remove from the room"),
    gettext_lazy("They belong to the room no more. They may come back: to keep them out, ban them."),
    gettext_lazy("Remove from the room"),
    _kick,
    is_grave=True,
    of_author=gettext_lazy("Remove the author"),
    icon="log-out",
)
BAN = MemberAct(
    "ban",
    permissions.BAN_MEMBERS,
    BanForm,
    gettext_lazy("Ban from the room"),
    gettext_lazy("They leave at once and cannot come back, not even by an invitation."),
    gettext_lazy("Ban"),
    _ban,
    is_grave=True,
    of_author=gettext_lazy("Ban the author"),
    icon="ban",
)
UNBAN = MemberAct(
    "unban",
    permissions.BAN_MEMBERS,
    ReasonForm,
    gettext_lazy("Lift the ban"),
    gettext_lazy("They may enter the room again. They do not come back by themselves."),
    gettext_lazy("Lift the ban"),
    _unban,
)
REVIEW = MemberAct(
    "review",
    permissions.HANDLE_REPORTS,
    ReviewForm,
    gettext_lazy("Send to review"),
    gettext_lazy("Another moderator of the room decides what is to be done. The member learns nothing of it."),
    gettext_lazy("Send to review"),
    _review,
    of_author=gettext_lazy("Send the author to review"),
    icon="shield",
)
MEMBER_ACTS = (REVIEW, TIME_OUT, LIFT_TIMEOUT, KICK, BAN, UNBAN)


def acts_on(access: RoomAccess, subject: Membership | None, *, muted: bool = False) -> list[MemberAct]:
    """What this person can do to a member, or to a stranger where it is none, whom they reach."""
    if not access.may_act_on(subject):
        return []
    acts = [REVIEW, TIME_OUT, *([KICK] if subject is not None else []), BAN]
    return [act for act in ([LIFT_TIMEOUT] if muted else []) + acts if access.may(act.codename)]


def acts_on_author(access: MessageAccess) -> list[MemberAct]:
    """What this person can do to the author of a message, and with it to what they wrote."""
    author = access.message.author
    if author is None or access.is_author or not any(access.may(act.codename) for act in MEMBER_ACTS):
        return []
    membership = Membership.objects.filter(room=access.room, user=author).first()
    acts = acts_on(access, membership)
    return [act for act in acts if act is not REVIEW or not access.message.is_deleted]


# --- To messages --------------------------------------------------------------------------------


@dataclass(frozen=True)
class MessageAct:
    """What is done to one message: a page that asks once more and may ask why, and the deed.

    The page is called `message-<verb>`, and its address ends in the verb.
    """

    verb: str
    heading: "_StrPromise"
    question: "_StrPromise"
    button: "_StrPromise"
    keep: "_StrPromise"
    # The same access for whoever may do it.
    allowed: Callable[[MessageAccess], MessageAccess]
    do: Callable[..., Message]
    is_grave: bool = False

    @property
    def url_name(self) -> str:
        return f"message-{self.verb}"

    def asks_why(self, access: MessageAccess) -> bool:
        """Whether the audit log will tell of it: nobody has to say why they take back what they wrote."""
        return not (self is DELETE and access.is_author)


def _to_pin(access: MessageAccess) -> MessageAccess:
    if access.message.is_deleted:
        raise Http404
    return access.require(permissions.PIN_MESSAGES)


DELETE = MessageAct(
    "delete",
    gettext_lazy("Delete the message"),
    gettext_lazy("Delete this message for everybody? It cannot be brought back."),
    gettext_lazy("Delete"),
    gettext_lazy("Keep it"),
    MessageAccess.to_delete,
    actions.delete_message,
    is_grave=True,
)
PIN = MessageAct(
    "pin",
    gettext_lazy("Pin the message"),
    gettext_lazy("The channel keeps it at hand, among its pinned messages."),
    gettext_lazy("Pin"),
    gettext_lazy("Cancel"),
    _to_pin,
    actions.pin_message,
)
UNPIN = MessageAct(
    "unpin",
    gettext_lazy("Unpin the message"),
    gettext_lazy("It stays where it was written, and stands among the pinned messages no more."),
    gettext_lazy("Unpin"),
    gettext_lazy("Cancel"),
    _to_pin,
    actions.unpin_message,
)
MESSAGE_ACTS = (DELETE, PIN, UNPIN)
