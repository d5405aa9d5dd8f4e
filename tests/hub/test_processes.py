"""Two real processes on one PostgreSQL and one Redis: rights that end while Redis is away."""

import uuid
from collections.abc import Callable

import httpx
import pytest
from websockets import ConnectionClosed
from websockets.sync.client import ClientConnection

from rooms.consumers import FORBIDDEN, LOGGED_OUT
from tests.conftest import Eclipse
from tests.services import Postgres, Redis
from tests.visiting import open_socket, post, sign_up

SECONDS = 30
# What the edges cannot do yet: bob comes into alice's private room.
ADMIT = """
from accounts.models import User
from rooms import actions
from rooms.actions.members import add_member
from rooms.models import Room
from rooms.permissions import Role
room = actions.create_room(actor=User.objects.get(username="alice"), name="Vault", visibility="private")
# At an address that this story can name, without a key.
Room.objects.filter(pk=room.pk).update(slug="vault")
for name in ("bob", "carol"):
    add_member(room=room, user=User.objects.get(username=name), role=Role.USER)
"""


@pytest.mark.own_services
@pytest.mark.slow
def test_a_right_that_ends_while_redis_is_away_ends_on_every_process(
    start_eclipse: Callable[..., Eclipse], postgres_server: Postgres, redis_server: Redis
) -> None:
    """Bob leaves and carol logs out on one process; their pages are open on the other."""
    settings = {"DATABASE_URL": postgres_server.url, "REDIS_URL": redis_server.url}
    here, there = start_eclipse(**settings), start_eclipse(**settings)
    with (
        httpx.Client(base_url=here.url) as alice,
        httpx.Client(base_url=here.url) as bob,
        httpx.Client(base_url=here.url) as carol,
    ):
        for name, browser in (("alice", alice), ("bob", bob), ("carol", carol)):
            sign_up(browser, name)
        here.manage("shell", "-c", ADMIT)
        with (
            open_socket(there.url, alice, "/ws/chat/vault/") as alices,
            open_socket(there.url, bob, "/ws/chat/vault/") as bobs,
            open_socket(there.url, carol) as carols,
        ):
            for page in (alices, bobs):
                hear(page, "channel_seq")

            redis_server.kill()
            post(bob, "/rooms/vault/leave/")
            post(carol, "/accounts/logout/")
            redis_server.start()

            assert close_code(bobs) == FORBIDDEN
            assert close_code(carols) == LOGGED_OUT
            post(alice, "/rooms/vault/general/messages/", body="among ourselves", client_id=str(uuid.uuid4()))
            hear(alices, "among ourselves")
    for eclipse in (here, there):
        eclipse.stop()


def hear(page: ClientConnection, text: str) -> None:
    while text not in str(page.recv(timeout=SECONDS)):
        pass


def close_code(page: ClientConnection) -> int | None:
    with pytest.raises(ConnectionClosed) as closed:
        while page.recv(timeout=SECONDS):
            pass
    return closed.value.rcvd.code if closed.value.rcvd else None
