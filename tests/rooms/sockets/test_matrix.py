"""Every socket × everybody, against the declared matrix. A socket that is not in the table fails."""

from dataclasses import dataclass, field

import pytest
from channels.routing import URLRouter

from eclipse.asgi import application
from eclipse.hub import hub
from rooms import permissions
from rooms.actions.roles import CHANGEABLE
from rooms.consumers import FORBIDDEN, NOT_FOUND
from rooms.models.room import Visibility
from rooms.permissions import DEFAULT_MATRIX, Role
from tests.rooms.conftest import Harbour
from tests.rooms.matrix.doors import plain
from tests.rooms.matrix.rules import ACCOUNT, NOBODY, PEOPLE, Person, Rule, World, expected, right
from tests.rooms.matrix.town import Town, build_town
from tests.rooms.roles.conftest import take
from tests.rooms.sockets.pages import Open, Page, do

CODES = {"403": FORBIDDEN, "404": NOT_FOUND}


@dataclass(frozen=True)
class Row:
    """For whom a socket opens, what is said on it and heard then, and what its address names, as in other tables."""

    rule: Rule
    says: str = ""
    hears: str = ""
    at: dict[str, str] = field(default_factory=dict)


SOCKETS = {
    "ws/chat/<slug>/": Row(right(permissions.VIEW_ROOM), hears="channel_seq"),
    "ws/presence/": Row(ACCOUNT),
    "ws/voice/<channel_id>/": Row(
        right(permissions.CONNECT_VOICE), '{"type": "restart"}', "not_joined", at={"channel_id": "voice_id"}
    ),
    "ws/voice/test/": Row(ACCOUNT, '{"type": "restart"}', "not_joined"),
    # Whatever is called otherwise.
    "": Row(NOBODY),
}


def test_every_socket_is_in_the_table() -> None:
    inner = application.application_mapping["websocket"]
    # Past the origin check and the session.
    while not isinstance(inner, URLRouter):
        inner = inner.application
    assert {plain(route.pattern) for route in inner.routes} == set(SOCKETS)


async def assert_is_open(page: Page, row: Row, person: Person, town: Town) -> None:
    if row.says:
        await page.says(row.says)
    if row.hears:
        await page.hears(row.hears)
    else:
        # What is theirs alone reaches them.
        user = town.people[person.name]
        assert user is not None
        hub.publish(f"user.{user.pk}", f"for {person.name}")
        await page.hears(f"for {person.name}")


async def walk(town: Town, visit: Open, subtests: pytest.Subtests, world: World, people: list[Person]) -> None:
    for person in people:
        for address, row in SOCKETS.items():
            with subtests.test(who=person.name, socket=address):
                page = await visit(town.people[person.name], town.fill(address, row.at))
                [allowed] = expected(person, row.rule, world) - {"log in"}
                if allowed == "in":
                    await assert_is_open(page, row, person, town)
                else:
                    assert await page.is_closed() == CODES[allowed]


@pytest.mark.parametrize("visibility", Visibility.values)
async def test_every_socket_opens_for_those_whom_the_matrix_says(
    stored: Harbour, visit: Open, subtests: pytest.Subtests, visibility: str
) -> None:
    town = await do(build_town)(stored, visibility)
    await walk(town, visit, subtests, World(is_public=visibility == Visibility.PUBLIC), list(PEOPLE))


@pytest.mark.parametrize("role", CHANGEABLE)
async def test_a_right_that_is_taken_closes_its_socket(
    stored: Harbour, visit: Open, subtests: pytest.Subtests, role: Role
) -> None:
    town = await do(build_town)(stored)
    await do(take)(town.room, role, permissions.CONNECT_VOICE)
    world = World(matrix={**DEFAULT_MATRIX, role: DEFAULT_MATRIX[role] - {permissions.CONNECT_VOICE}})
    await walk(town, visit, subtests, world, [person for person in PEOPLE if person.role == role])
