"""The word filter: what nobody may write in the room."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rooms import actions, permissions

from .command import Command
from .reading import Typed


def _add(typed: Typed) -> str:
    word = typed.name()
    words = [*typed.room.filtered_words.splitlines(), word]
    return _save(typed, words, _("Nobody can write “%(word)s” here any more.") % {"word": word})


def _remove(typed: Typed) -> str:
    word = typed.name()
    words = [each for each in typed.room.filtered_words.splitlines() if each.casefold() != word.casefold()]
    return _save(typed, words, _("Everybody can write “%(word)s” here.") % {"word": word})


def _save(typed: Typed, words: list[str], told: str) -> str:
    actions.edit_word_filter(actor=typed.actor, room=typed.room, words="\n".join(words), reason=typed.reason())
    return told


COMMANDS = (
    Command(
        "filter add",
        [gettext_lazy('/filter add "word or phrase" reason')],
        gettext_lazy("Lets nobody write this in the room."),
        [permissions.EDIT_WORD_FILTER],
        _add,
    ),
    Command(
        "filter remove",
        [gettext_lazy('/filter remove "word or phrase" reason')],
        gettext_lazy("Lets everybody write this in the room."),
        [permissions.EDIT_WORD_FILTER],
        _remove,
    ),
)
