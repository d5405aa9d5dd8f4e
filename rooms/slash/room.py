"""The room itself: what it is called, where it is, who may read it, its end; and other rooms, entered and opened."""

from django.http import Http404
from django.urls import Resolver404, resolve, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rooms import access as door
from rooms import actions, permissions
from rooms.administration.forms import ConfirmForm, RoomSettingsForm
from rooms.forms import RoomForm
from rooms.invitations.door import get_invitation
from rooms.models import Room
from rooms.models.room import Visibility

from .command import Command, Done, NotDone
from .reading import Typed, checked

VISIBILITIES = {
    "public": Visibility.PUBLIC, "открытая": Visibility.PUBLIC,
    "private": Visibility.PRIVATE, "закрытая": Visibility.PRIVATE,
}  # fmt: skip
SWITCH = {"on": True, "вкл": True, "off": False, "выкл": False}


def _edit(typed: Typed, **values: object) -> Done:
    """Change this of the room, by the rules of its settings."""
    form = RoomSettingsForm.changing(typed.room, **values)
    asked = checked(form)
    # What the form does not ask for, the lobby's address for one, is the action's to refuse.
    room = actions.edit_room(
        actor=typed.actor, room=typed.room, **{name: asked.get(name, value) for name, value in values.items()}
    )
    moved = room.slug != typed.room.slug
    leads_to = reverse("rooms:channel", args=[room.slug, typed.channel.slug]) if moved else ""
    return Done(_("The room is changed."), leads_to=leads_to)


def _picture(typed: Typed) -> str:
    actions.remove_room_icon(actor=typed.actor, room=typed.room)
    return _("The picture is removed.")


def _delete(typed: Typed) -> Done:
    asked = checked(ConfirmForm({"confirm": typed.name(), "reason": typed.rest}, name=typed.room.name))
    actions.delete_room(actor=typed.actor, room=typed.room, reason=asked["reason"])
    told = _("%(room)s is deleted. For seven days you can restore it.") % {"room": typed.room.name}
    return Done(told, leads_to=reverse("home"))


def _new(typed: Typed) -> Done:
    visibility = typed.leading(VISIBILITIES, Visibility.PUBLIC)
    asked = checked(RoomForm({"name": typed.text(), "description": "", "visibility": visibility}))
    room = actions.create_room(actor=typed.actor, **asked)
    return Done(_("The room %(room)s is there.") % {"room": room.name}, leads_to=room.get_absolute_url())


def _join(typed: Typed) -> Done:
    word = typed.word()
    if not word:
        raise typed.misread()
    room = _by_link(typed, word) if "/" in word else _by_address(typed, word)
    return Done(_("You are in %(room)s now.") % {"room": room.name}, leads_to=room.get_absolute_url())


def _by_link(typed: Typed, link: str) -> Room:
    # A link may come without the site's name, or without its beginning.
    path = "/" + link.split("://")[-1].partition("/")[2] if not link.startswith("/") else link
    try:
        found = resolve(path.partition("?")[0])
    except Resolver404:
        raise typed.misread() from None
    if found.view_name == "rooms:room":
        return _by_address(typed, found.kwargs["slug"])
    if found.view_name != "rooms:invitation":
        raise typed.misread()
    try:
        invitation = get_invitation(typed.actor, found.kwargs["code"]).invitation
        actions.accept_invitation(actor=typed.actor, invitation=invitation)
    except (Http404, actions.InvitationEnded) as error:
        raise NotDone(_("This invitation does not work")) from error
    return invitation.room


def _by_address(typed: Typed, slug: str) -> Room:
    access = door.get_room(typed.actor, slug.lower(), None)
    actions.join_room(actor=typed.actor, room=access.room)
    return access.room


def _leave(typed: Typed) -> Done:
    actions.leave_room(actor=typed.actor, room=typed.room)
    return Done(_("You left %(room)s.") % {"room": typed.room.name}, leads_to=reverse("home"))


EDIT = [permissions.EDIT_ROOM]
COMMANDS = (
    Command(
        "join",
        [gettext_lazy("/join address"), gettext_lazy("/join link")],
        gettext_lazy("Takes you into another room, by its address or by an invitation."),
        [permissions.VIEW_ROOM],
        _join,
    ),
    Command("leave", [gettext_lazy("/leave")], gettext_lazy("Leaves this room."), [permissions.VIEW_ROOM], _leave),
    Command(
        "room new",
        [gettext_lazy("/room new name"), gettext_lazy("/room new private name")],
        gettext_lazy("Opens a room of your own."),
        [permissions.VIEW_ROOM],
        _new,
    ),
    Command(
        "room name",
        [gettext_lazy("/room name new name")],
        gettext_lazy("What this room is called."),
        EDIT,
        lambda typed: _edit(typed, name=typed.text()),
    ),
    Command(
        "room description",
        [gettext_lazy("/room description text")],
        gettext_lazy("What this room is for; without a text, nothing."),
        EDIT,
        lambda typed: _edit(typed, description=typed.text() if typed.rest else ""),
    ),
    Command(
        "room address",
        [gettext_lazy("/room address new-address")],
        gettext_lazy("Where this room is; links with the old address stop working."),
        EDIT,
        lambda typed: _edit(typed, slug=typed.text()),
    ),
    Command(
        "room visibility",
        [gettext_lazy("/room visibility public"), gettext_lazy("/room visibility private")],
        gettext_lazy("Whether anyone may find this room and join it."),
        EDIT,
        lambda typed: _edit(typed, visibility=typed.choice(VISIBILITIES)),
    ),
    Command(
        "room guests",
        [gettext_lazy("/room guests on"), gettext_lazy("/room guests off")],
        gettext_lazy("Whether people who are not members may read a public room."),
        EDIT,
        lambda typed: _edit(typed, guests_may_read=typed.choice(SWITCH)),
    ),
    Command(
        "room picture",
        [gettext_lazy("/room picture remove")],
        gettext_lazy("Shows the room's initials again. A picture is set in the room's settings."),
        EDIT,
        _picture,
    ),
    Command(
        "room delete",
        [gettext_lazy('/room delete "name of the room" reason')],
        gettext_lazy("Deletes this room for everybody; for seven days it can be restored."),
        [permissions.DELETE_ROOM],
        _delete,
    ),
)
