"""The door for moderators: whom they may act on, and what is in force in a room."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import QuerySet
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from rooms import access as door
from rooms import permissions
from rooms.access import ChannelAccess, MessageAccess, Person, RoomAccess
from rooms.actions import OutOfReach
from rooms.models import Ban, Membership, Message, Timeout

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

# So many at once: of bans, of pinned messages, of messages to choose from.
SHOWN = 200


@dataclass(frozen=True, kw_only=True)
class SubjectAccess:
    """A moderator's rights in a room, over a person whom they reach."""

    room_access: RoomAccess
    subject: User
    membership: Membership | None

    @property
    def name(self) -> str:
        """What the person is called in the room."""
        return self.membership.name if self.membership is not None else self.subject.name


def get_subject(user: Person, slug: str, username: str, codename: str) -> SubjectAccess:
    """Whom `username` names, for somebody who has the right `codename` over them; `OutOfReach` for who has not.

    They need not belong to the room: strangers can be banned from it.
    """
    access = door.get_room(user, slug, codename)
    subject = User.objects.filter(username=User.normalize_username(username)).first()
    if subject is None:
        raise Http404
    membership = Membership.objects.filter(room=access.room, user=subject).first()
    if membership is not None:
        membership.user = subject
    if subject == user or not access.may_act_on(membership):
        raise OutOfReach
    return SubjectAccess(room_access=access, subject=subject, membership=membership)


@dataclass(frozen=True)
class MemberAct:
    """Something that can be done to a member, as a menu offers it."""

    label: "_StrPromise"
    address: str
    icon: str
    is_grave: bool


# A page's name, the right that opens it, how a menu calls it, its icon, and whether it is grave.
_ACTS: tuple[tuple[str, str, "_StrPromise", str, bool], ...] = (
    ("member-timeout", permissions.TIME_OUT_MEMBERS, _("Mute the author for a time"), "mic-off", False),
    ("member-kick", permissions.KICK_MEMBERS, _("Remove the author"), "log-out", True),
    ("member-ban", permissions.BAN_MEMBERS, _("Ban the author"), "ban", True),
)


def acts_on_author(access: MessageAccess) -> list[MemberAct]:
    """What this person can do to the author of a message, and with it to what they wrote."""
    author, slug = access.message.author, access.room.slug
    granted = [act for act in _ACTS if access.may(act[1])]
    may_review = access.may(permissions.HANDLE_REPORTS) and not access.message.is_deleted
    if author is None or access.is_author or not (granted or may_review):
        return []
    membership = Membership.objects.filter(room=access.room, user=author).first()
    if not access.may_act_on(membership):
        return []
    acts = [
        MemberAct(label, reverse(f"rooms:{url_name}", args=[slug, author.username]), icon, is_grave)
        for url_name, _codename, label, icon, is_grave in granted
        if membership is not None or url_name != "member-kick"
    ]
    if may_review:
        address = reverse("rooms:message-review", args=[slug, access.channel.slug, access.message.pk])
        acts.insert(0, MemberAct(_("Send the author to review"), address, "shield", is_grave=False))
    return acts


def bans_in(access: RoomAccess) -> "QuerySet[Ban]":
    """Who may not enter the room now, the latest first."""
    return Ban.objects.in_force().filter(room=access.room).select_related("user", "by").order_by("-pk")[:SHOWN]


def timeouts_in(access: RoomAccess) -> "QuerySet[Timeout]":
    """Who is mute in the room now, the latest first."""
    timeouts = Timeout.objects.filter(room=access.room, until__gt=timezone.now())
    return timeouts.select_related("user", "by").order_by("-pk")[:SHOWN]


def pinned_in(access: ChannelAccess) -> list[Message]:
    """The channel's pinned messages, the one that was pinned last first."""
    pinned = Message.objects.for_display().filter(channel=access.channel, pinned_at__isnull=False)
    found = list(pinned.order_by("-pinned_at")[:SHOWN])
    for message in found:
        message.channel = access.channel
    return found
