"""A room's games, and what staff make of those that people propose."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy, ngettext
from slugify import slugify

from accounts.models import User
from eclipse.errors import Refused
from rooms import permissions
from rooms.discovery.games import game_called
from rooms.models import GameTag, Room
from rooms.models.audit_entry import Deed

from .audit import record
from .authority import authorise, require_staff

MOST_TAGS = 8
# How many of one person's proposals may wait for staff.
MOST_PROPOSALS = 5
ALIASES_LENGTH = 500


class TooManyTags(Refused):
    """The room has as many game tags as a room may have."""

    def explain(self) -> str:
        return ngettext(
            "A room has at most %(most)d game: remove one first.",
            "A room has at most %(most)d games: remove one first.",
            MOST_TAGS,
        ) % {"most": MOST_TAGS}


class GameDecided(Refused):
    """Staff have approved this game already: it is rejected no more."""

    words = gettext_lazy("This game is approved already.")


class GameWaits(Refused):
    """Staff have not approved this game yet: nothing is merged into it."""

    words = gettext_lazy("Approve this game first.")


class TooManyProposals(Refused):
    """Staff have not decided yet about as many games as one person may propose."""

    def explain(self) -> str:
        return ngettext(
            "%(most)d game that you proposed is waiting already: let staff look at it first.",
            "%(most)d games that you proposed are waiting already: let staff look at them first.",
            MOST_PROPOSALS,
        ) % {"most": MOST_PROPOSALS}


@transaction.atomic
def add_game_tag(*, actor: User, room: Room, name: str) -> GameTag:
    """Let `room` be found by the game that `name` means; one that is not known waits until staff approve it.

    A name that differs by case or look alone, or is an alias, means the game that is there. Raises `TooManyTags`,
    `TooManyProposals` and what `authorise` raises; a game that the room has already changes nothing.
    """
    authorise(actor=actor, room=room, codename=permissions.EDIT_GAME_TAGS)
    game = game_called(name)
    if game is not None and room.tags.contains(game):
        return game
    if room.tags.count() >= MOST_TAGS:
        raise TooManyTags
    if game is None:
        game = _propose(actor, name)
    room.tags.add(game)
    record(Deed.TAGS_EDITED, actor=actor, room=room, added=game.name)
    return game


def _propose(actor: User, name: str) -> GameTag:
    if GameTag.objects.waiting().filter(proposed_by=actor).count() >= MOST_PROPOSALS:
        raise TooManyProposals
    try:
        # A savepoint: somebody may propose the same at this moment.
        with transaction.atomic():
            return GameTag.objects.create(name=name, slug=free_slug(name), proposed_by=actor)
    except IntegrityError:
        game = game_called(name)
        if game is None:
            raise
        return game


def free_slug(name: str) -> str:
    """An address for a game called `name`, numbered where it is taken."""
    base = slugify(name, max_length=40) or "game"
    taken = set(GameTag.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    number, slug = 1, base
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    return slug


@transaction.atomic
def remove_game_tag(*, actor: User, room: Room, tag: GameTag) -> None:
    """`room` is found by this game no more; a proposal that no room has any more is withdrawn."""
    authorise(actor=actor, room=room, codename=permissions.EDIT_GAME_TAGS)
    if not room.tags.contains(tag):
        return
    room.tags.remove(tag)
    record(Deed.TAGS_EDITED, actor=actor, room=room, removed=tag.name)
    if not tag.is_approved and not tag.rooms.exists():
        tag.delete()


@transaction.atomic
def approve_game_tag(*, actor: User, tag: GameTag) -> None:
    """Rooms are found by this game from now on; for staff."""
    require_staff(actor)
    GameTag.objects.filter(pk=tag.pk).update(is_approved=True)
    tag.is_approved = True


@transaction.atomic
def reject_game_tag(*, actor: User, tag: GameTag) -> None:
    """No room has this game, and the list does not know it; for staff. Raises `GameDecided` for an approved one."""
    require_staff(actor)
    if GameTag.objects.approved().filter(pk=tag.pk).exists():
        raise GameDecided
    tag.delete()


@transaction.atomic
def merge_game_tags(*, actor: User, tag: GameTag, into: GameTag) -> None:
    """Rooms of `tag` are found by `into`, which is called by the other's names too, as far as they fit; for staff.

    Merging a game into itself changes nothing. Raises `GameWaits`: rooms would be found by a game no more.
    """
    require_staff(actor)
    if tag == into:
        return
    if not GameTag.objects.approved().filter(pk=into.pk).exists():
        raise GameWaits
    for room in Room.objects.filter(tags=tag):
        room.tags.add(into)
    names = dict.fromkeys([*into.other_names, tag.name, *tag.other_names])
    while len("\n".join(names)) > ALIASES_LENGTH:
        names.popitem()
    tag.delete()
    into.aliases = "\n".join(names)
    into.save(update_fields=["aliases"])
