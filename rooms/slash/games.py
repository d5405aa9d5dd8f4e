"""The games that the room is about."""

from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rooms import actions, permissions
from rooms.discovery.forms import GameTagForm
from rooms.discovery.games import game_called

from .command import Command
from .reading import Typed, checked


def _add(typed: Typed) -> str:
    asked = checked(GameTagForm({"name": typed.text()}), "name")
    game = actions.add_game_tag(actor=typed.actor, room=typed.room, **asked)
    if game.is_approved:
        return _("People find the room by “%(game)s” now.") % {"game": game.name}
    return _("“%(game)s” waits until the site’s staff have looked at it.") % {"game": game.name}


def _remove(typed: Typed) -> str:
    game = game_called(typed.text())
    if game is None or not typed.room.tags.contains(game):
        raise Http404
    actions.remove_game_tag(actor=typed.actor, room=typed.room, tag=game)
    return _("“%(game)s” is removed.") % {"game": game.name}


COMMANDS = (
    Command(
        "game add",
        [gettext_lazy("/game add name")],
        gettext_lazy("Lets people find the room by a game."),
        [permissions.EDIT_GAME_TAGS],
        _add,
    ),
    Command(
        "game remove",
        [gettext_lazy("/game remove name")],
        gettext_lazy("Lets people find the room by this game no more."),
        [permissions.EDIT_GAME_TAGS],
        _remove,
    ),
)
