"""Voice channels: who is heard, who hears, and how many."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rooms import actions, permissions
from rooms.calls import acts
from rooms.calls.forms import CallLimitsForm

from .acts import by_act
from .command import Command, NotDone
from .reading import Typed, checked

OPTIONS = {"people": "user_limit", "людей": "user_limit", "bitrate": "bitrate", "битрейт": "bitrate"}


def _call(typed: Typed) -> str:
    channel = typed.named_channel()
    if not channel.is_voice:
        raise NotDone(_("This is no voice channel."))
    asked = {OPTIONS[name]: value for name, value in typed.options(*OPTIONS).items()}
    if not asked:
        raise typed.misread()
    stored = {name: getattr(channel, name) for name in ("user_limit", "bitrate")}
    sent = {f"call-{name}": value for name, value in (stored | asked | {"reason": typed.rest}).items()}
    actions.limit_call(actor=typed.actor, channel=channel, **checked(CallLimitsForm(sent, channel=channel)))
    return _("The limits of the channel are saved. They hold in its call from now on.")


COMMANDS = (
    Command(
        "mute",
        [gettext_lazy("/mute @name reason")],
        gettext_lazy("Lets nobody hear somebody in voice channels."),
        [permissions.MODERATE_VOICE],
        by_act(acts.MUTE),
    ),
    Command(
        "unmute",
        [gettext_lazy("/unmute @name reason")],
        gettext_lazy("Lets somebody speak in voice channels again."),
        [permissions.MODERATE_VOICE],
        by_act(acts.UNMUTE),
    ),
    Command(
        "deafen",
        [gettext_lazy("/deafen @name reason")],
        gettext_lazy("Lets somebody hear nobody in voice channels."),
        [permissions.MODERATE_VOICE],
        by_act(acts.DEAFEN),
    ),
    Command(
        "undeafen",
        [gettext_lazy("/undeafen @name reason")],
        gettext_lazy("Lets somebody hear others in voice channels again."),
        [permissions.MODERATE_VOICE],
        by_act(acts.UNDEAFEN),
    ),
    Command(
        "priority",
        [gettext_lazy("/priority @name reason")],
        gettext_lazy("Lets somebody be heard before others in voice channels."),
        [permissions.MODERATE_VOICE],
        by_act(acts.GIVE_PRIORITY),
    ),
    Command(
        "unpriority",
        [gettext_lazy("/unpriority @name reason")],
        gettext_lazy("Lets somebody be heard like everybody else in voice channels."),
        [permissions.MODERATE_VOICE],
        by_act(acts.TAKE_PRIORITY),
    ),
    Command(
        "call",
        [gettext_lazy("/call channel people:10 bitrate:64 reason")],
        gettext_lazy("How many may be in a voice channel (0: any number), and how good it sounds."),
        [permissions.MODERATE_VOICE],
        _call,
    ),
)
