"""Voice channels: who is heard, who hears, and how many."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rooms import actions, permissions
from rooms.calls import acts
from rooms.calls.door import call_of
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


def _move(typed: Typed) -> str:
    person, channel = typed.person(), typed.named_channel()
    actions.move_participant(actor=typed.actor, room=typed.room, subject=person, to=channel, reason=typed.reason())
    return _("%(name)s is moved to %(channel)s.") % {"name": typed.name_of(person), "channel": channel.name}


def _hang_up(typed: Typed) -> str:
    actions.leave_call(actor=typed.actor)
    return _("You are in no call now.")


def _caption(typed: Typed) -> str:
    call = call_of(typed.actor)
    if call is None:
        raise NotDone(_("Join the call first."))
    actions.write_caption(actor=typed.actor, channel=call.channel, text=typed.text(), final=True)
    return _("The line is shown in the call.")


COMMANDS = (
    Command(
        "hangup",
        [gettext_lazy("/hangup")],
        gettext_lazy("Leaves the call that you are in, on whichever page."),
        [permissions.CONNECT_VOICE],
        _hang_up,
    ),
    Command(
        "caption",
        [gettext_lazy("/caption text")],
        gettext_lazy("Shows a line to everybody in the call that you are in."),
        [permissions.WRITE_CAPTIONS],
        _caption,
    ),
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
        "move",
        [gettext_lazy('/move @name "channel" reason')],
        gettext_lazy("Has somebody in a voice channel go on in another one."),
        [permissions.MODERATE_VOICE],
        _move,
    ),
    Command(
        "disconnect",
        [gettext_lazy("/disconnect @name reason")],
        gettext_lazy("Ends somebody's call; they may join again."),
        [permissions.MODERATE_VOICE],
        by_act(acts.DISCONNECT),
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
