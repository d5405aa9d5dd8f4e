"""What somebody is told when a call ends, or when what they asked for was not done: in their language."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from voice.protocol import Ended, Error, Problem, Reason

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

_REASONS: Mapping[Reason, "_StrPromise"] = MappingProxyType(
    {
        Reason.KICKED: _("You were taken out of the call."),
        Reason.MOVED: _("A moderator moved you to another voice channel."),
        Reason.BANNED: _("You were banned from this room."),
        Reason.CHANNEL_DELETED: _("This voice channel is gone."),
        Reason.LEFT: _("You left this call from elsewhere."),
        Reason.TAKEN_OVER: _("You went on with this call on another page."),
        Reason.NO_ANSWER: _("The call was not set up in time. Try again."),
        Reason.LINE_DEAD: _("The connection was lost for too long. Join again."),
        Reason.FULL: _("This voice channel is full. Try again when somebody has left."),
        Reason.LOCKED: _("This voice channel is locked: nobody else can come in until a moderator opens it again."),
        Reason.LOGGED_OUT: _("You are logged out."),
        Reason.STOPPING: _("The server restarts. Join again in a moment."),
        Reason.UNAVAILABLE: _("Voice does not work at the moment. Try again in a minute."),
    }
)
_PROBLEMS: Mapping[Problem, "_StrPromise"] = MappingProxyType(
    {
        Problem.NOT_UNDERSTOOD: _("The server did not understand this page. Reload it."),
        Problem.NOT_JOINED: _("You are not in a call."),
        Problem.ALREADY_JOINED: _("You are in this call already."),
        Problem.NOT_ALLOWED: _("You may not do this here."),
        Problem.FILTERED: _("This room does not allow one of these words."),
        Problem.TOO_FAST: _("That was too fast. Try again in a moment."),
        Problem.BAD_ANSWER: _("The server could not use this browser's answer."),
        Problem.UNAVAILABLE: _("Voice does not work at the moment. Try again in a minute."),
    }
)


def ended(reason: Reason, language: str) -> Ended:
    """That somebody is out of the call, and why."""
    with translation.override(language):
        return Ended(reason=reason, message=str(_REASONS[reason]))


def problem(code: Problem, language: str) -> Error:
    """That what was asked was not done, and why."""
    with translation.override(language):
        return Error(code=code, message=str(_PROBLEMS[code]))
