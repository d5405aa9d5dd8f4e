"""Every address × everybody, against the declared matrix and against what a creator may make of it.

The tables are in tests/rooms/matrix/: pages, edges, and elsewhere. An address that is in none of them fails, and so
does one that takes a method of which its table knows nothing. Sockets: tests/rooms/sockets/test_matrix.py.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from pytest_django import Settings

from eclipse import errors
from rooms.actions.roles import CHANGEABLE
from rooms.models.room import Visibility
from rooms.permissions import CODENAMES, DEFAULT_MATRIX, RIGHTS, Role
from tests.rooms.conftest import Harbour
from tests.rooms.matrix.doors import (
    METHODS,
    Door,
    doors_elsewhere,
    doors_of_edges,
    doors_of_pages,
    elsewhere,
    methods_of_edges,
    pages_of_rooms,
)
from tests.rooms.matrix.edges import EDGES
from tests.rooms.matrix.elsewhere import ROOT, SITE
from tests.rooms.matrix.pages import PAGES
from tests.rooms.matrix.rows import page
from tests.rooms.matrix.rules import ANYBODY, PEOPLE, World
from tests.rooms.matrix.town import build_town, walk
from tests.rooms.roles.conftest import grant, take
from tests.rooms.test_access import undone

# No address is behind them: they decide about what comes in by other doors, or wait for what is yet to be built.
BEHIND_NO_ADDRESS = {
    "bypass_slow_mode",
    "connect_voice",  # a socket
    "export_room",
    "manage_webhooks",
    "mention_everyone",
    "priority_speaker",
    "share_video",
    "speak_voice",
}
MEMBERS = [person for person in PEOPLE if person.role in CHANGEABLE]
# One of each who stand apart where no room is.
OF_THE_SITE = [person for person in PEOPLE if person.name in {"carol", "sam", "guest"}] + [ROOT]


@pytest.fixture(autouse=True)
def refusals_are_brief(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Thousands: neither shown on a page nor logged with how they came about, which takes longer than refusing."""

    def render(request: HttpRequest, template: str, context: Any = None, status: int = 200) -> HttpResponse:
        return HttpResponse(status=status)

    monkeypatch.setattr(errors, "render", render)
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


def assert_nothing(wrong: Iterable[str]) -> None:
    told = list(wrong)
    assert not told, f"{len(told)} wrong:\n" + "\n".join(told)


# --- The tables are complete ----------------------------------------------------------------------


def test_every_address_is_in_its_table() -> None:
    assert set(pages_of_rooms()) == set(PAGES), "a page and no line for it in pages.py, or a line and no page"
    assert set(methods_of_edges()) == set(EDGES), "an edge and no line for it in edges.py, or a line and no edge"
    assert elsewhere() == set(SITE), "an address and no line for it in elsewhere.py, or a line and no address"


def test_no_page_takes_what_its_line_does_not_tell_of(harbour: Harbour) -> None:
    town, found = build_town(harbour), pages_of_rooms()
    taken = {}
    for name, rows in PAGES.items():
        for method in set(METHODS) - {row.method for row in rows}:
            door = Door(name, method, found[name], page(ANYBODY, at=rows[0].at)[0])
            taken[method, town.filled(door)] = town.knock("alice", door)
    assert {at: answer for at, answer in taken.items() if answer != "405"} == {}


def test_every_door_opens_for_somebody() -> None:
    """So that whatever is sent there was right at least once."""
    shut = [
        (door.method, door.name)
        for door in doors_of_pages() + doors_of_edges()
        if not any(door.rule.holds(person, World()) and person.name not in door.row.but for person in PEOPLE)
    ]
    assert not shut


def test_every_right_is_behind_some_door() -> None:
    behind = frozenset[str]().union(*(door.rule.rights for door in doors_of_pages() + doors_of_edges()))
    assert behind == CODENAMES - BEHIND_NO_ADDRESS


# --- The walks ------------------------------------------------------------------------------------


@pytest.mark.parametrize("visibility", Visibility.values)
@pytest.mark.parametrize("doors", [doors_of_pages, doors_of_edges], ids=["pages", "edges"])
def test_a_rooms_doors_open_for_those_whom_the_matrix_says(
    harbour: Harbour, doors: Callable[[], list[Door]], visibility: str
) -> None:
    world = World(is_public=visibility == Visibility.PUBLIC)
    assert_nothing(walk(build_town(harbour, visibility), doors(), world))


def test_the_sites_doors_open_for_whom_they_should(harbour: Harbour, settings: Settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = False
    assert_nothing(walk(build_town(harbour), doors_elsewhere(), World(), OF_THE_SITE))


def test_each_right_opens_its_own_doors(harbour: Harbour) -> None:
    """Given once to each role that lacks it, and taken from each that has it: what differs is planted and tried."""
    town, doors = build_town(harbour), doors_of_pages() + doors_of_edges()
    wrong = []
    for codename in (right.codename for right in RIGHTS if not right.fixed):
        behind = [door for door in doors if codename in door.rule.rights]
        for role in CHANGEABLE:
            usual = DEFAULT_MATRIX[role]
            world = World(matrix={**DEFAULT_MATRIX, role: usual ^ {codename}})
            with undone():
                (take if codename in usual else grant)(town.room, role, codename)
                found = walk(town, behind, world, [person for person in MEMBERS if person.role == role])
            wrong += [
                f"{codename} {'taken from' if codename in usual else 'given to'} {role}: {each}" for each in found
            ]
    assert_nothing(wrong)


@pytest.mark.parametrize(
    "rights", [CODENAMES, frozenset(right.codename for right in RIGHTS if right.fixed)], ids=["all", "none"]
)
def test_no_door_asks_for_more_than_the_tables_say(harbour: Harbour, rights: frozenset[str]) -> None:
    """Whoever has every right gets in wherever rights decide, and whoever has none nowhere."""
    town, doors = build_town(harbour), doors_of_pages() + doors_of_edges()
    for role in CHANGEABLE:
        grant(town.room, role, *(rights - DEFAULT_MATRIX[role]))
        take(town.room, role, *(DEFAULT_MATRIX[role] - rights))
    world = World(matrix={**DEFAULT_MATRIX, Role.MODERATOR: rights, Role.USER: rights})
    assert_nothing(walk(town, doors, world, MEMBERS))
