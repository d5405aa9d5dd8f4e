"""What moderators do to people in voice channels, each once: its address, its words, and the deed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.models import User
from eclipse.errors import Refused
from rooms import actions, permissions
from rooms.access import RoomAccess
from rooms.actions.participants import channel_of
from rooms.models import Channel, Membership, VoiceSanction
from rooms.moderation.acts import MemberAct, to_member
from rooms.moderation.door import SubjectAccess
from rooms.moderation.forms import ToldReasonForm
from rooms.reasons import ReasonForm

from .forms import MoveForm

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


def _act(
    verb: str,
    icon: str,
    words: "_StrPromise",
    lead: "_StrPromise",
    do: Callable[[SubjectAccess, dict[str, Any]], str],
    form: type[forms.Form] = ReasonForm,
) -> MemberAct:
    return MemberAct(
        f"voice-{verb}", permissions.MODERATE_VOICE, form, words, lead, words, do, after=to_member, icon=icon
    )


def _mute(access: SubjectAccess, asked: dict[str, Any]) -> str:
    actions.mute_member(**access.whom, reason=asked["reason"])
    return _("%(name)s is muted in voice channels.") % {"name": access.name}


def _unmute(access: SubjectAccess, asked: dict[str, Any]) -> str:
    actions.unmute_member(**access.whom, reason=asked["reason"])
    return _("%(name)s may speak in voice channels again.") % {"name": access.name}


def _deafen(access: SubjectAccess, asked: dict[str, Any]) -> str:
    actions.deafen_member(**access.whom, reason=asked["reason"])
    return _("%(name)s hears nobody in voice channels.") % {"name": access.name}


def _undeafen(access: SubjectAccess, asked: dict[str, Any]) -> str:
    actions.undeafen_member(**access.whom, reason=asked["reason"])
    return _("%(name)s hears others in voice channels again.") % {"name": access.name}


def _give_priority(access: SubjectAccess, asked: dict[str, Any]) -> str:
    actions.give_priority(**access.whom, reason=asked["reason"])
    return _("%(name)s is heard before others in voice channels.") % {"name": access.name}


def _take_priority(access: SubjectAccess, asked: dict[str, Any]) -> str:
    actions.take_priority(**access.whom, reason=asked["reason"])
    return _("%(name)s is heard like everybody else in voice channels.") % {"name": access.name}


def _disconnect(access: SubjectAccess, asked: dict[str, Any]) -> str:
    with _explained():
        actions.disconnect_participant(**access.whom, reason=asked["reason"])
    return _("%(name)s is disconnected.") % {"name": access.name}


def _move(access: SubjectAccess, asked: dict[str, Any]) -> str:
    with _explained():
        actions.move_participant(**access.whom, to=asked["channel"], reason=asked["reason"])
    return _("%(name)s is moved to %(channel)s.") % {"name": access.name, "channel": asked["channel"].name}


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except Refused as error:
        raise ValidationError(error.explain()) from error


class MoveAct(MemberAct):
    """The one that also asks where to."""

    def ask(self, access: SubjectAccess, sent: QueryDict | None) -> forms.Form:
        return MoveForm(sent, access=access.room_access, away_from=channel_of(access.room_access, access.subject))


MUTE = _act(
    "mute",
    "mic-off",
    gettext_lazy("Mute in voice channels"),
    gettext_lazy(
        "Nobody hears them in the room’s voice channels, and they write no captions there, until a moderator ends it. "
        "Leaving and coming back does not end it."
    ),
    _mute,
    ToldReasonForm,
)
UNMUTE = _act(
    "unmute",
    "mic",
    gettext_lazy("Unmute in voice channels"),
    gettext_lazy("They may speak in voice channels again at once."),
    _unmute,
)
DEAFEN = _act(
    "deafen",
    "headphone-off",
    gettext_lazy("Deafen in voice channels"),
    gettext_lazy(
        "They hear nobody in the room’s voice channels until a moderator ends it. Leaving and coming back does not "
        "end it."
    ),
    _deafen,
    ToldReasonForm,
)
UNDEAFEN = _act(
    "undeafen",
    "headphones",
    gettext_lazy("Undeafen in voice channels"),
    gettext_lazy("They hear others in voice channels again at once."),
    _undeafen,
)
GIVE_PRIORITY = _act(
    "priority",
    "star",
    gettext_lazy("Make a priority speaker"),
    gettext_lazy("In voice channels they are heard before others, though many talk at once."),
    _give_priority,
)
TAKE_PRIORITY = _act(
    "no-priority",
    "star",
    gettext_lazy("End the priority in voice channels"),
    gettext_lazy("In voice channels they are heard like everybody of their role."),
    _take_priority,
)
MOVE = MoveAct(
    "voice-move",
    permissions.MODERATE_VOICE,
    MoveForm,
    gettext_lazy("Move to another voice channel"),
    gettext_lazy("They go on talking there, though it be full."),
    pgettext_lazy("voice", "Move"),
    _move,
    after=to_member,
    icon="volume-2",
)
DISCONNECT = _act(
    "disconnect",
    "phone-off",
    gettext_lazy("Disconnect from voice"),
    gettext_lazy("Their call ends at once. They may join again: to keep them silent, mute them."),
    _disconnect,
)
VOICE_ACTS = (MUTE, UNMUTE, DEAFEN, UNDEAFEN, MOVE, DISCONNECT, GIVE_PRIORITY, TAKE_PRIORITY)


@dataclass(frozen=True)
class VoiceStanding:
    """Somebody in a room's voice channels, as whoever moderates them sees it."""

    # What moderators took from them.
    sanction: VoiceSanction | None
    # Where they are now.
    call: Channel | None
    # What can be done to them, as things stand.
    acts: list[MemberAct]


def voice_standing_of(access: RoomAccess, person: User, subject: Membership | None) -> VoiceStanding | None:
    """How somebody stands, and what can be done to them; `None` for whoever may do nothing to them there."""
    if person == access.user or not access.may(permissions.MODERATE_VOICE) or not access.may_act_on(subject):
        return None
    sanction = VoiceSanction.objects.filter(room=access.room, user=person).first()
    call = channel_of(access, person)
    acts = [
        UNMUTE if sanction is not None and sanction.is_muted else MUTE,
        UNDEAFEN if sanction is not None and sanction.is_deafened else DEAFEN,
    ]
    if call is not None:
        acts += [MOVE, DISCONNECT]
    if subject is not None:
        acts.append(TAKE_PRIORITY if subject.is_priority_speaker else GIVE_PRIORITY)
    return VoiceStanding(sanction, call, acts)
