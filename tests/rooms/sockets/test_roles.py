"""Open pages when a role, a nickname or the rights of a role change."""

import pytest

from rooms import actions
from rooms.actions.roles import matrix_of
from rooms.consumers import FORBIDDEN, ChatConsumer, Station
from rooms.models import Channel
from rooms.models.channel import Audience
from rooms.permissions import SEND_MESSAGES, Role
from tests.factories import make_channel, post
from tests.rooms.conftest import Harbour
from tests.rooms.sockets.pages import CHAT, Open, do, until

pytestmark = pytest.mark.services


@pytest.fixture
def stations(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Station]]:
    """Whose socket was entitled to what, each time one looked."""
    found: list[tuple[str, Station]] = []
    look = ChatConsumer.find_station

    def noted(self: ChatConsumer) -> Station:
        station = look(self)
        found.append((self.user.get_username(), station))
        return station

    monkeypatch.setattr(ChatConsumer, "find_station", noted)
    return found


async def test_a_right_that_members_lose_is_gone_from_their_open_pages(
    stored: Harbour, visit: Open, stations: list[tuple[str, Station]]
) -> None:
    alice, carol = await visit(stored.alice, CHAT), await visit(stored.carol, CHAT)
    left = (await do(matrix_of)(stored.room))[Role.USER] - {SEND_MESSAGES}
    stations.clear()
    await do(actions.edit_matrix)(actor=stored.alice, room=stored.room, matrix={Role.USER: left})
    await until(lambda: {name for name, _ in stations} == {"alice", "carol"})
    assert {name: station.may_send for name, station in stations} == {"alice": True, "carol": False}
    await carol.says('{"type": "typing"}')
    await do(post)(stored.bob, stored.general, "Silence")
    assert 'event="typing"' not in await alice.hears("Silence")


async def test_a_moderator_who_is_dismissed_hears_the_bridge_no_more(stored: Harbour, visit: Open) -> None:
    bridge = await do(make_channel)(stored.room, "bridge")
    await do(Channel.objects.filter(pk=bridge.pk).update)(audience=Audience.MODERATORS)
    bob = await visit(stored.bob, f"{CHAT}?channel={bridge.pk}")
    await do(actions.change_role)(actor=stored.alice, room=stored.room, subject=stored.bob, role=Role.USER)
    assert await bob.is_closed() == FORBIDDEN


async def test_everybody_reads_the_new_name_of_who_types(
    stored: Harbour, visit: Open, stations: list[tuple[str, Station]]
) -> None:
    alice, carol = await visit(stored.alice, CHAT), await visit(stored.carol, CHAT)
    await do(actions.set_nickname)(actor=stored.carol, room=stored.room, subject=stored.carol, nickname="Captain Nemo")
    await alice.hears('event="member_changed"')
    await until(lambda: any(station.nickname for _, station in stations))
    await carol.says('{"type": "typing"}')
    await alice.hears(f'event="typing" channel="{stored.general.pk}" user="{stored.carol.pk}" name="Captain Nemo"')
