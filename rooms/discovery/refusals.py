from django.utils.translation import ngettext

from rooms.actions.game_tags import MOST_PROPOSALS, MOST_TAGS, TooManyProposals, TooManyTags


def refusal(error: TooManyTags | TooManyProposals) -> str:
    """What to tell whoever is refused a game tag, in their language."""
    if isinstance(error, TooManyTags):
        return ngettext(
            "A room has at most %(most)d game: remove one first.",
            "A room has at most %(most)d games: remove one first.",
            MOST_TAGS,
        ) % {"most": MOST_TAGS}
    return ngettext(
        "%(most)d game that you proposed is waiting already: let staff look at it first.",
        "%(most)d games that you proposed are waiting already: let staff look at them first.",
        MOST_PROPOSALS,
    ) % {"most": MOST_PROPOSALS}
