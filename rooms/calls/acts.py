"""What moderators do to people in voice channels, each once: its address, its words, and the deed."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rooms import actions, permissions
from rooms.access import RoomAccess
from rooms.models import Membership, VoiceSanction
from rooms.moderation.acts import MemberAct, to_member
from rooms.moderation.door import SubjectAccess
from rooms.reasons import ReasonForm

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
VOICE_ACTS = (MUTE, UNMUTE, DEAFEN, UNDEAFEN, GIVE_PRIORITY, TAKE_PRIORITY)


def voice_acts_on(access: RoomAccess, subject: Membership, sanction: VoiceSanction | None) -> list[MemberAct]:
    """What this person can do to a member in voice channels, as things stand."""
    if not access.may(permissions.MODERATE_VOICE) or not access.may_act_on(subject):
        return []
    return [
        UNMUTE if sanction is not None and sanction.is_muted else MUTE,
        UNDEAFEN if sanction is not None and sanction.is_deafened else DEAFEN,
        TAKE_PRIORITY if subject.is_priority_speaker else GIVE_PRIORITY,
    ]
