"""Sockets of people who left, logged out or lost a right."""

import asyncio
from typing import Any

import pytest

from accounts.actions import set_password, suspend_account
from eclipse.hub import hub
from rooms import actions
from rooms.consumers import FORBIDDEN, LOGGED_OUT, NOT_FOUND, NOT_UNDERSTOOD, TOO_MANY, ChatConsumer, Station
from tests.factories import PASSWORD, post
from tests.rooms.conftest import Harbour
from tests.rooms.sockets.pages import CHAT, SECONDS, VAULT, Open, do, until

pytestmark = pytest.mark.services


class TestRightsThatEnd:
    async def test_whoever_leaves_a_private_room_hears_nothing_more(self, stored: Harbour, visit: Open) -> None:
        carol, bob = await visit(stored.carol, VAULT), await visit(stored.bob, VAULT)
        await do(actions.leave_room)(actor=stored.carol, room=stored.vault)
        assert await carol.is_closed() == FORBIDDEN
        await do(post)(stored.bob, stored.strongbox, "swordfish")
        await bob.hears("swordfish")
        assert "swordfish" not in carol.text
        assert carol.socket.output_queue.empty()

    async def test_whoever_leaves_a_public_room_reads_on_as_a_guest(self, stored: Harbour, visit: Open) -> None:
        page = await visit(stored.carol, CHAT)
        assert hub.has_topic(stored.room.topic)
        await do(actions.leave_room)(actor=stored.carol, room=stored.room)
        await until(lambda: not hub.has_topic(stored.room.topic))

        await page.says('{"type": "typing"}')
        await do(post)(stored.alice, stored.general, "Ahoy")
        heard = await page.hears("Ahoy")
        assert 'event="typing"' not in heard
        assert f'event="channel_active" room="{stored.room.pk}"' not in heard

    async def test_whoever_joins_hears_the_rooms_news_without_a_new_page(self, stored: Harbour, visit: Open) -> None:
        page = await visit(stored.mallory, CHAT)
        await do(actions.join_room)(actor=stored.mallory, room=stored.room)
        await until(lambda: hub.has_topic(stored.room.topic))
        await do(post)(stored.alice, stored.general)
        await page.hears(f'event="channel_active" room="{stored.room.pk}"')
        await page.says('{"type": "typing"}')
        await page.hears('event="typing"')

    async def test_logging_out_closes_that_sessions_sockets_only(self, stored: Harbour, visit: Open) -> None:
        laptop, tab = await visit(stored.carol, CHAT), await visit(stored.carol, "/ws/presence/")
        tab_session = tab.browser
        phone = await visit(stored.bob, CHAT)
        await do(laptop.browser.post)("/accounts/logout/")
        assert await laptop.is_closed() == LOGGED_OUT
        await do(post)(stored.alice, stored.general, "Ahoy")
        await phone.hears("Ahoy")
        # The other browser's session goes on: it was asked, and stays.
        await tab.hears("channel_active")
        await do(tab_session.post)("/accounts/logout/")
        assert await tab.is_closed() == LOGGED_OUT

    async def test_a_new_password_closes_the_sockets_of_all_sessions(self, stored: Harbour, visit: Open) -> None:
        pages = [await visit(stored.carol, path) for path in (CHAT, "/ws/presence/")]
        await do(set_password)(user=stored.carol, password=PASSWORD + "!")
        for page in pages:
            assert await page.is_closed() == LOGGED_OUT

    async def test_a_look_at_rights_that_fails_closes_the_socket(
        self, stored: Harbour, visit: Open, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The database is away for a moment: whoever may have lost their right must not keep it by that."""
        page = await visit(stored.carol, VAULT)
        await page.hears("channel_seq")

        def broken(self: ChatConsumer) -> Station:
            raise ConnectionError("the database is away")

        monkeypatch.setattr(ChatConsumer, "find_station", broken)
        hub.command(f"user.{stored.carol.pk}", "recheck")
        # A code after which the page connects again.
        assert await page.is_closed() < 4400
        assert hub.local_topics() == []

    async def test_the_last_look_at_rights_counts(
        self, stored: Harbour, visit: Open, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Two changes at once: what was seen before the second must not be applied after it."""
        page = await visit(stored.carol, CHAT)
        await page.hears("channel_seq")
        look, gate, looked = ChatConsumer._station, asyncio.Event(), asyncio.Event()
        looks: list[Station] = []

        async def slow_at_first(self: ChatConsumer) -> Station:
            station = await look(self)
            looks.append(station)
            looked.set()
            if len(looks) == 1:
                await gate.wait()
            return station

        monkeypatch.setattr(ChatConsumer, "_station", slow_at_first)
        hub.command(f"user.{stored.carol.pk}", "recheck")
        await looked.wait()
        assert stored.room.topic in looks[0].topics
        await do(actions.leave_room)(actor=stored.carol, room=stored.room)
        await page.hears('event="member_left"')
        gate.set()
        await until(lambda: len(looks) >= 2 and not hub.has_topic(stored.room.topic))
        await do(post)(stored.alice, stored.general, "Ahoy")
        heard = await page.hears("Ahoy")
        assert f'event="channel_active" room="{stored.room.pk}"' not in heard

    async def test_a_suspended_account_hears_nothing_more(self, stored: Harbour, visit: Open) -> None:
        sysop = stored.bob
        sysop.is_staff = True
        await do(sysop.save)()
        pages = [await visit(stored.carol, path) for path in (VAULT, CHAT, "/ws/presence/")]
        await do(suspend_account)(actor=sysop, user=stored.carol)
        assert [await page.is_closed() for page in pages] == [LOGGED_OUT] * 3

    async def test_a_socket_that_the_hub_gives_up_ends_quietly(self, stored: Harbour, visit: Open) -> None:
        page = await visit(stored.carol, CHAT)
        await page.hears("channel_seq")
        [socket] = hub._sockets
        hub._give_up(socket)
        await page.socket.wait(timeout=SECONDS)
        assert page.socket.future.exception() is None
        assert hub.local_topics() == []


def test_close_codes_are_those_that_the_page_knows() -> None:
    """static/js/connection.js does not come back after 4400 and above."""
    codes: list[Any] = [NOT_UNDERSTOOD, LOGGED_OUT, FORBIDDEN, NOT_FOUND, TOO_MANY]
    assert codes == [4400, 4401, 4403, 4404, 4429]
