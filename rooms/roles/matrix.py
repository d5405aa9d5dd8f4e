"""The matrix of rights and roles, as a page and the documentation show it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import pgettext_lazy

from rooms import permissions
from rooms.access import RoomAccess
from rooms.actions.roles import CHANGEABLE, PLANNED, Matrix, may_change
from rooms.permissions import RIGHTS, Right, Role

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

# What stands together, each under its heading; a test holds that each right stands once.
SECTIONS: tuple[tuple["_StrPromise", tuple[str, ...]], ...] = (
    (pgettext_lazy("rights", "Reading"), (permissions.VIEW_ROOM, permissions.VIEW_MEMBERS)),
    (
        pgettext_lazy("rights", "Writing"),
        (
            permissions.SEND_MESSAGES,
            permissions.EDIT_OWN_MESSAGES,
            permissions.DELETE_OWN_MESSAGES,
            permissions.MENTION_EVERYONE,
            permissions.BYPASS_SLOW_MODE,
            permissions.FILE_REPORTS,
            permissions.CREATE_INVITATIONS,
        ),
    ),
    (
        pgettext_lazy("rights", "Voice"),
        (
            permissions.CONNECT_VOICE,
            permissions.SPEAK_VOICE,
            permissions.SHARE_VIDEO,
            permissions.WRITE_CAPTIONS,
            permissions.PRIORITY_SPEAKER,
            permissions.MODERATE_VOICE,
        ),
    ),
    (
        pgettext_lazy("rights", "Moderation"),
        (
            permissions.DELETE_ANY_MESSAGE,
            permissions.DELETE_MANY_MESSAGES,
            permissions.PIN_MESSAGES,
            permissions.SET_SLOW_MODE,
            permissions.LOCK_CHANNELS,
            permissions.TIME_OUT_MEMBERS,
            permissions.KICK_MEMBERS,
            permissions.BAN_MEMBERS,
            permissions.HANDLE_REPORTS,
            permissions.VIEW_AUDIT_LOG,
            permissions.EDIT_WORD_FILTER,
        ),
    ),
    (
        pgettext_lazy("rights", "The room"),
        (
            permissions.MANAGE_CHANNELS,
            permissions.DELETE_CHANNELS,
            permissions.MANAGE_WEBHOOKS,
            permissions.EDIT_GAME_TAGS,
            permissions.EDIT_ROOM,
            permissions.MANAGE_ROLES,
            permissions.EXPORT_ROOM,
            permissions.TRANSFER_ROOM,
            permissions.DELETE_ROOM,
        ),
    ),
)
# What somebody else decided since a page was opened: by role and right, whether it is held now.
News = Mapping[Role, Mapping[str, bool]]
_RIGHT: Mapping[str, Right] = {right.codename: right for right in RIGHTS}


@dataclass(frozen=True)
class Cell:
    """One role's answer to one right: whether it has it, and whether this person may decide otherwise."""

    role: Role
    held: bool
    changeable: bool
    # What somebody else decided since the page was opened; `None` where nobody did.
    news: bool | None = None


@dataclass(frozen=True)
class Line:
    """One right with a cell for each role that can be changed."""

    right: Right
    cells: tuple[Cell, ...]
    guest: bool

    @property
    def news(self) -> Sequence[Cell]:
        """The cells about which somebody else decided since the page was opened."""
        return [cell for cell in self.cells if cell.news is not None]


@dataclass(frozen=True)
class Section:
    heading: "_StrPromise"
    lines: tuple[Line, ...]


def sections(access: RoomAccess, matrix: Matrix, news: News | None = None) -> list[Section]:
    """`matrix` as this person sees it, without what is not built yet; `news`, where there is any, stands beside it."""
    guests = access.room.is_public and access.room.guests_may_read

    def cell(role: Role, codename: str) -> Cell:
        new = news[role].get(codename) if news is not None else None
        return Cell(role, codename in matrix[role], may_change(access, role, codename), new)

    def line(right: Right) -> Line:
        return Line(right, tuple(cell(role, right.codename) for role in CHANGEABLE), guests and right.guest)

    return [
        Section(heading, tuple(line(_RIGHT[codename]) for codename in codenames if codename not in PLANNED))
        for heading, codenames in SECTIONS
    ]


# Of the same right over one's own messages and over anybody's, the documentation has one line.
OWN = frozenset({permissions.EDIT_OWN_MESSAGES, permissions.DELETE_OWN_MESSAGES})
WIDER: Mapping[str, str] = {permissions.DELETE_OWN_MESSAGES: permissions.DELETE_ANY_MESSAGE}


def _word(right: Right, role: Role) -> str:
    wider = WIDER.get(right.codename)
    if wider is not None and _RIGHT[wider].held_by_default(role):
        return "any"
    if right.held_by_default(role):
        return "own" if right.codename in OWN else "yes"
    return "by setting" if right.by_setting == role else "no"


def default_table() -> Iterable[str]:
    """The default matrix in words, as the lines of a Markdown document."""
    yield "| Right | Creator | Moderator | Member | Guest | Codename |"
    yield "|---|---|---|---|---|---|"
    for heading, codenames in SECTIONS:
        yield f"| **{heading}** | | | | | |"
        for right in (_RIGHT[codename] for codename in codenames if codename not in WIDER.values()):
            wider = WIDER.get(right.codename)
            names = " ".join(f"`{name}`" for name in (right.codename, wider) if name)
            # The matrix calls the two by their scope; here the words in the cells tell it.
            label = str(right.label).replace("own messages", "messages") if right.codename in OWN else right.label
            words = [_word(right, role) for role in Role] + ["yes" if right.guest else "no"]
            yield f"| {label} | {' | '.join(words)} | {names} |"
