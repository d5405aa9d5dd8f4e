"""The games that rooms are about, read: approved ones, popular ones, and the one that a name means."""

from django.db.models import Count, Q

from eclipse.folding import fold, look
from rooms.models import GameTag, Room
from rooms.models.room import Visibility

MOST_SHOWN = 20


def approved_games() -> list[GameTag]:
    """All games that staff approved: hundreds at most, so that their aliases are compared here and not in SQL."""
    return list(GameTag.objects.approved())


def words_of(game: GameTag) -> str:
    """Everything that a game is called, folded, in one line."""
    return fold(" ".join([game.name, *game.other_names]))


def popular_games() -> list[GameTag]:
    """The games that most public rooms are about, by name."""
    there = Q(rooms__visibility=Visibility.PUBLIC, rooms__deleted_at=None)
    counted = GameTag.objects.approved().annotate(public_rooms=Count("rooms", filter=there))
    return sorted(
        counted.filter(public_rooms__gt=0).order_by("-public_rooms", "name")[:MOST_SHOWN],
        key=lambda game: fold(game.name),
    )


def game_called(name: str, but: GameTag | None = None) -> GameTag | None:
    """The game, approved or waiting, that is called so, by its name, an alias, or a name that looks like one of them.

    An approved one first; `but` is not looked at.
    """
    key = look(name)
    for game in GameTag.objects.order_by("-is_approved", "pk"):
        if game == but:
            continue
        if game.key == key or key in {look(other) for other in game.other_names}:
            return game
    return None


def tags_of(room: Room) -> tuple[list[GameTag], list[GameTag]]:
    """A room's games: the approved ones, and those that wait for staff."""
    tags = list(room.tags.all())
    return [tag for tag in tags if tag.is_approved], [tag for tag in tags if not tag.is_approved]
