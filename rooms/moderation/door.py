"""The door for moderators: whom they may act on, and what is in force in a room."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone

from accounts.models import User
from rooms import access as door
from rooms.access import ChannelAccess, Person, RoomAccess
from rooms.actions import OutOfReach
from rooms.models import Ban, Membership, Message, Timeout

# So many at once: of bans, of pinned messages, of messages to choose from.
SHOWN = 200


@dataclass(frozen=True, kw_only=True)
class SubjectAccess:
    """A moderator's rights in a room, over a person whom they reach."""

    room_access: RoomAccess
    subject: User
    membership: Membership | None

    @property
    def whom(self) -> dict[str, Any]:
        """Who acts, where, and on whom, as actions ask for it."""
        return {"actor": self.room_access.actor, "room": self.room_access.room, "subject": self.subject}

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
