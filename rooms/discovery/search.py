"""What a query means to rooms: each of its words stands in the name, the description or one of the games."""

from django.db.models import Q

from eclipse.folding import fold
from eclipse.text import tidy
from rooms.models import GameTag, Room

from .games import approved_games, words_of

LONGEST_QUERY = 100
# A sentence costs no more than this.
MOST_WORDS = 8
# A shorter word means a game only at the beginning of one of its own: "cs" is not "physics".
SHORT = 3


def understood(query: str) -> str:
    """A query without what no database can look for, and as long as it may be."""
    return tidy("".join(letter if letter.isprintable() else " " for letter in query))[:LONGEST_QUERY].rstrip()


def matching(query: str) -> Q:
    """The rooms that a query finds, whatever the case, in any script; what LIKE means by % and _ they mean here not."""
    games = {game.pk: words_of(game) for game in approved_games()}
    found = Q()
    for word in fold(query).split()[:MOST_WORDS]:
        named = [pk for pk, words in games.items() if _says(words, word)]
        about = Room.tags.through.objects.filter(gametag__in=named).values("room")
        found &= Q(words__contains=word) | Q(pk__in=about)
    return found


def _says(words: str, word: str) -> bool:
    return f" {word}" in f" {words}" if len(word) < SHORT else word in words


def games_matching(query: str) -> list[GameTag]:
    """The approved games that every word of `query` stands in, those first whose name begins so."""
    words = fold(query).split()[:MOST_WORDS]
    found = [game for game in approved_games() if all(_says(words_of(game), word) for word in words)]
    start = fold(query)
    return sorted(found, key=lambda game: not fold(game.name).startswith(start))
