"""What moderators do to people in voice channels, each once: its address, its words, and the deed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rooms import actions, permissions
from rooms.access import RoomAccess
from rooms.models import Membership, VoiceSanction
from rooms.moderation.acts import MemberAct, to_member
from rooms.moderation.door import SubjectAccess
from rooms.reasons import ReasonForm

from .forms import MoveForm

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


def _act(
    verb: str,
    words: "_StrPromise",
    lead: "_StrPromise",
    do: Callable[[SubjectAccess, dict[str, Any]], str],
) -> MemberAct:
    return MemberAct(
        f"voice-{verb}", permissions.MODERATE_VOICE, ReasonForm, words, lead, button=words, do=do, after=to_member
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
    except (actions.NotInVoice, actions.CannotEnter) as error:
        raise ValidationError(error.explain()) from error


class MoveAct(MemberAct):
    """The one that also asks where to."""

    def ask(self, access: SubjectAccess, sent: QueryDict | None) -> forms.Form:
        return MoveForm(sent, access=access.room_access)


MUTE = _act(
    "mute",
    gettext_lazy("Mute in voice channels"),
    gettext_lazy(
        "Nobody hears them in the room’s voice channels, and they write no captions there, until a moderator ends it. "
        "Leaving and coming back does not end it."
    ),
    _mute,
)
UNMUTE = _act(
    "unmute",
    gettext_lazy("Unmute in voice channels"),
    gettext_lazy("They may speak in voice channels again at once."),
    _unmute,
)
DEAFEN = _act(
    "deafen",
    gettext_lazy("Deafen in voice channels"),
    gettext_lazy(
        "They hear nobody in the room’s voice channels until a moderator ends it. Leaving and coming back does not "
        "end it."
    ),
    _deafen,
)
UNDEAFEN = _act(
    "undeafen",
    gettext_lazy("Undeafen in voice channels"),
    gettext_lazy("They hear others in voice channels again at once."),
    _undeafen,
)
GIVE_PRIORITY = _act(
    "priority",
    gettext_lazy("Make a priority speaker"),
    gettext_lazy("In voice channels they are heard before others, though many talk at once."),
    _give_priority,
)
TAKE_PRIORITY = _act(
    "no-priority",
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
    gettext_lazy("Move to another voice channel"),
    _move,
    after=to_member,
)
DISCONNECT = _act(
    "disconnect",
    gettext_lazy("Disconnect from voice"),
    gettext_lazy("Their call ends at once. They may join again: to keep them silent, mute them."),
    _disconnect,
)
VOICE_ACTS = (MUTE, UNMUTE, DEAFEN, UNDEAFEN, MOVE, DISCONNECT, GIVE_PRIORITY, TAKE_PRIORITY)


def voice_acts_on(
    access: RoomAccess, subject: Membership | None, sanction: VoiceSanction | None, *, in_call: bool
) -> list[MemberAct]:
    """What this person can do to a member, or to a stranger where it is none, in voice channels, as things stand."""
    if not access.may(permissions.MODERATE_VOICE) or not access.may_act_on(subject):
        return []
    acts = [
        UNMUTE if sanction is not None and sanction.is_muted else MUTE,
        UNDEAFEN if sanction is not None and sanction.is_deafened else DEAFEN,
    ]
    if in_call:
        acts += [MOVE, DISCONNECT]
    if subject is not None:
        acts.append(TAKE_PRIORITY if subject.is_priority_speaker else GIVE_PRIORITY)
    return acts
