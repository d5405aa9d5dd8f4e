from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from rooms import permissions, word_filter
from rooms.access import RoomAccess
from rooms.models import Room
from rooms.models.audit_entry import Deed

from .audit import record
from .authority import authorise


class FilteredWord(ValidationError):
    """A text holds something that the room's word filter forbids; `field` names it where there are several."""

    def __init__(self, word: str, field: str | None = None) -> None:
        told = _("This room does not allow “%(word)s”. Your text is kept: change it and send it again.")
        if field is None:
            super().__init__(told, code="filtered", params={"word": word})
        else:
            super().__init__({field: ValidationError(told, code="filtered", params={"word": word})})


def check_words(access: RoomAccess, **texts: str) -> None:
    """Raise `FilteredWord` where one of these texts, by its field, holds what the room's filter forbids.

    As in messages, whoever edits the filter may quote it.
    """
    words = access.room.filtered_words
    if not words or access.may(permissions.EDIT_WORD_FILTER):
        return
    for field, text in texts.items():
        word = word_filter.find(words, text)
        if word is not None:
            raise FilteredWord(word, field)


@transaction.atomic
def edit_word_filter(*, actor: User, room: Room, words: str, reason: str = "") -> Room:
    """Nobody may write these words in `room` from now on, one word or phrase a line; the same list changes nothing.

    What was written before stays. Raises `ValidationError` for a list that is too long, and what `authorise` raises.
    """
    stored = authorise(actor=actor, room=room, codename=permissions.EDIT_WORD_FILTER).access.room
    lines = dict.fromkeys(line.strip() for line in words.splitlines())
    words = "\n".join(line for line in lines if line)
    Room._meta.get_field("filtered_words").run_validators(words)
    if "\x00" in words:
        raise ValidationError(_("This holds a character that cannot be stored."), code="null")
    if stored.filtered_words != words:
        stored.filtered_words = words
        stored.save(update_fields=["filtered_words"])
        record(Deed.WORD_FILTER_EDITED, actor=actor, room=room, reason=reason, words=len(words.splitlines()))
    return stored
