"""Messages: changed, deleted, pinned."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from rooms import actions, permissions
from rooms.actions.messages import MOST_DELETED_AT_ONCE
from rooms.forms import MessageForm
from rooms.models import Message
from rooms.moderation.acts import DELETE, PIN, UNPIN

from .command import Command, NotDone
from .reading import Typed, checked


def _edit(typed: Typed) -> str:
    access = typed.message().to_edit()
    body = checked(MessageForm({"body": typed.text()}), "body")["body"]
    actions.edit_message(actor=typed.actor, message=access.message, body=body)
    return _("The message is changed.")


def _delete(typed: Typed) -> str:
    if not typed.names_message():
        return _delete_last(typed)
    access = DELETE.allowed(typed.message())
    actions.delete_message(actor=typed.actor, message=access.message, reason=typed.reason())
    return _("The message is deleted.")


def _delete_last(typed: Typed) -> str:
    count = typed.number()
    if not 1 <= count <= MOST_DELETED_AT_ONCE:
        raise NotDone(_("Delete 1 to %(most)d messages at once.") % {"most": MOST_DELETED_AT_ONCE})
    typed.access.require(permissions.DELETE_MANY_MESSAGES)
    written = Message.objects.filter(channel=typed.channel, deleted_at=None)
    if typed.next().startswith("@"):
        written = written.filter(author=typed.person())
    last = written.order_by("-pk").values_list("pk", flat=True)[:count]
    deleted = actions.delete_messages(
        actor=typed.actor, channel=typed.channel, message_ids=list(last), reason=typed.reason()
    )
    told = ngettext("%(count)d message is deleted.", "%(count)d messages are deleted.", deleted)
    return told % {"count": deleted}


def _pin(typed: Typed) -> str:
    access = PIN.allowed(typed.message())
    actions.pin_message(actor=typed.actor, message=access.message, reason=typed.reason())
    return _("The message is pinned.")


def _unpin(typed: Typed) -> str:
    access = UNPIN.allowed(typed.message())
    actions.unpin_message(actor=typed.actor, message=access.message, reason=typed.reason())
    return _("The message is pinned no more.")


COMMANDS = (
    Command(
        "edit",
        [gettext_lazy("/edit #42 new text")],
        gettext_lazy("Changes a message of yours."),
        [permissions.EDIT_OWN_MESSAGES],
        _edit,
    ),
    Command(
        "delete",
        [gettext_lazy("/delete #42 reason"), gettext_lazy("/delete 5 @name reason")],
        gettext_lazy("Deletes one message, or the last ones in this channel, of everybody or of somebody."),
        [permissions.DELETE_OWN_MESSAGES, permissions.DELETE_ANY_MESSAGE, permissions.DELETE_MANY_MESSAGES],
        _delete,
    ),
    Command(
        "pin",
        [gettext_lazy("/pin #42 reason")],
        gettext_lazy("Puts a message among the pinned ones."),
        [permissions.PIN_MESSAGES],
        _pin,
    ),
    Command(
        "unpin",
        [gettext_lazy("/unpin #42 reason")],
        gettext_lazy("Takes a message from among the pinned ones."),
        [permissions.PIN_MESSAGES],
        _unpin,
    ),
)
