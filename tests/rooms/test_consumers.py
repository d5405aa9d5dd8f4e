"""The socket edge, from the origin check on: who hears what, and what an attacker is answered."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import settings as django_settings
from django.db import connections
from pytest_django import Settings

from accounts.actions import set_password
from accounts.models import User
from eclipse import ratelimit
from eclipse.asgi import application
from eclipse.hub import hub
from rooms import actions, consumers
from rooms.consumers import FORBIDDEN, LOGGED_OUT, MAX_FRAME, NOT_FOUND, NOT_UNDERSTOOD, TOO_MANY, ChatConsumer, Station
from rooms.models import Channel, RoomGroupObjectPermission
from rooms.models.channel import ChannelKind
from rooms.permissions import Role
from rooms.presence import presence
from tests.factories import PASSWORD, make_channel, post
from tests.rooms.conftest import Harbour, browser_of, build_harbour

pytestmark = pytest.mark.services

SECONDS = 30
do = sync_to_async
ORIGIN = "http://testserver"


@pytest.fixture
def stored(transactional_db: None) -> Harbour:
    return build_harbour()


async def until(holds: Callable[[], object]) -> None:
    """Let everything else go on until it holds."""
    async with asyncio.timeout(SECONDS):
        while not holds():
            await do(lambda: None)()


class Page:
    """An open page's socket: keeps what it hears."""

    def __init__(self, path: str, user: User | None, origin: str | None = ORIGIN) -> None:
        headers = [(b"host", b"testserver")]
        if origin is not None:
            headers.append((b"origin", origin.encode("latin-1")))
        if user is not None:
            self.browser = browser_of(user)
            session = self.browser.cookies[django_settings.SESSION_COOKIE_NAME].value
            headers.append((b"cookie", f"{django_settings.SESSION_COOKIE_NAME}={session}".encode()))
        self.socket = WebsocketCommunicator(application, path, headers=headers)
        self.text = ""
        self.code: int | None = None

    async def open(self) -> None:
        """Connect, and wait until the socket is refused, closed, or in its place."""
        sockets = len(hub._sockets)
        accepted, code = await self.socket.connect(timeout=SECONDS)
        if not accepted:
            self.code = code
            return
        # The first that a page with a channel hears is the channel's count.
        silent = self.socket.scope["path"] == "/ws/presence/"
        await until(lambda: not self.socket.output_queue.empty() or (silent and len(hub._sockets) > sockets))
        await hub.settled()

    async def says(self, text: str | None = None, binary: bytes | None = None) -> None:
        await self.socket.send_to(text_data=text, bytes_data=binary)

    async def hears(self, text: str) -> str:
        """Everything heard until `text` is."""
        async with asyncio.timeout(SECONDS):
            while text not in self.text:
                assert self.code is None, f"closed with {self.code} before {text!r} was heard: {self.text}"
                await self._listen()
        return self.text

    async def is_closed(self) -> int:
        """The code with which the server closes."""
        async with asyncio.timeout(SECONDS):
            while self.code is None:
                await self._listen()
        return self.code

    async def _listen(self) -> None:
        # Waits longer than the one who asks: its own end would end the socket, too.
        event = await self.socket.receive_output(2 * SECONDS)
        if event["type"] == "websocket.close":
            self.code = event.get("code", 1000)
        else:
            self.text += event["text"]

    async def leave(self) -> None:
        if not self.socket.future.done():
            await self.socket.disconnect(timeout=SECONDS)


Open = Callable[..., Awaitable[Page]]


@pytest.fixture
async def visit() -> AsyncIterator[Open]:
    """Opens a page's socket: `await visit(alice, "/ws/chat/harbour/")`; all are closed in the end."""
    pages: list[Page] = []

    async def visit(user: User | None, path: str, origin: str | None = ORIGIN) -> Page:
        page = await sync_to_async(Page)(path, user, origin)
        pages.append(page)
        await page.open()
        return page

    yield visit
    for page in pages:
        await page.leave()
    await sync_to_async(connections.close_all)()


CHAT = "/ws/chat/harbour/"
VAULT = "/ws/chat/vault/"


class TestOrigin:
    async def test_a_page_of_another_site_is_refused(
        self, stored: Harbour, visit: Open, subtests: pytest.Subtests
    ) -> None:
        """Its browser would send carol's cookies along."""
        for origin in (
            None, "", "null", "file://", "ws://testserver", "http://[", "\xff\xfe", "https://evil.example",
            "http://testserver.evil.example", "http://evil.example/testserver", "http://evil.example#testserver",
            "http://evil.example?http://testserver", "http://testserver@evil.example", "http://testserver:8001",
        ):  # fmt: skip
            for path in (CHAT, VAULT, "/ws/presence/"):
                with subtests.test(origin=origin, path=path):
                    page = await visit(stored.carol, path, origin)
                    assert page.code is not None
        assert hub.local_topics() == []

    async def test_an_address_that_leads_nowhere_is_refused_without_a_traceback(
        self, stored: Harbour, visit: Open
    ) -> None:
        for path in ("/ws/", "/ws/nowhere/", "/ws/chat/", "/ws/chat/no such room/", "/ws/chat/a/b/", "/rooms/"):
            page = await visit(stored.carol, path)
            assert await page.is_closed() == NOT_FOUND


class TestEntering:
    async def test_a_guest_hears_a_public_room(self, stored: Harbour, visit: Open) -> None:
        page = await visit(None, CHAT)
        message = await do(post)(stored.carol, stored.general, "Land *ho*")
        heard = await page.hears("</li>")
        assert f'<hx-push event="message_created" channel="{stored.general.pk}" seq="1"' in heard
        assert f'<li id="message-{message.pk}"' in heard
        assert "<em>ho</em>" in heard

    async def test_the_channels_count_is_told_at_once(self, stored: Harbour, visit: Open) -> None:
        await do(post)(stored.carol, stored.general)
        await do(post)(stored.carol, stored.general)
        page = await visit(None, CHAT)
        heard = await page.hears("</hx-push>")
        assert heard == f'<hx-push event="channel_seq" channel="{stored.general.pk}" seq="2"></hx-push>'

    async def test_what_is_written_while_the_page_connects_is_heard_or_counted(
        self, stored: Harbour, visit: Open
    ) -> None:
        async def write() -> None:
            for number in range(5):
                await do(post)(stored.carol, stored.general, f"wave {number}")

        writing = asyncio.create_task(write())
        page = await visit(None, CHAT)
        await writing
        await do(post)(stored.carol, stored.general, "the last")
        await page.hears("channel_seq")
        heard = await page.hears("the last")
        [counted] = re.findall(r'event="channel_seq" channel="\d+" seq="(\d+)"', heard)
        told = {int(seq) for seq in re.findall(r'event="message_created" channel="\d+" seq="(\d+)"', heard)}
        assert told | set(range(1, int(counted) + 1)) == {1, 2, 3, 4, 5, 6}

    @pytest.mark.parametrize("name", ["mallory", "guest"])
    async def test_a_private_room_is_closed_like_one_that_is_not_there(
        self, stored: Harbour, visit: Open, name: str
    ) -> None:
        person = getattr(stored, name, None)
        for path in (VAULT, f"{VAULT}?channel={stored.strongbox.pk}", "/ws/chat/nowhere/"):
            page = await visit(person, path)
            assert await page.is_closed() == NOT_FOUND == 4404
            assert page.text == ""
        assert not hub.has_topic(stored.strongbox.topic)

    async def test_a_channel_of_another_room_is_refused_through_this_one(self, stored: Harbour, visit: Open) -> None:
        """The attack: a number harvested elsewhere, asked for through a room that one may read."""
        voice = await Channel.objects.aget(room=stored.room, kind=ChannelKind.VOICE)
        for person in (stored.carol, stored.mallory, None):
            for channel in (stored.strongbox.pk, voice.pk, 0, 999999999):
                page = await visit(person, f"{CHAT}?channel={channel}")
                assert await page.is_closed() == NOT_FOUND
        assert hub.local_topics() == []

    async def test_a_channel_that_is_none_is_refused(
        self, stored: Harbour, visit: Open, subtests: pytest.Subtests
    ) -> None:
        for channel in ("abc", "-1", "1.5", "9" * 19, "9" * 5000, "%00", "%D9%A1", "%FF", "1%20OR%201=1", "1,2"):
            with subtests.test(channel):
                page = await visit(None, f"{CHAT}?channel={channel}")
                assert await page.is_closed() == NOT_FOUND

    async def test_the_named_channel_is_heard_and_no_other(self, stored: Harbour, visit: Open) -> None:
        pier = await do(make_channel)(stored.room, "pier")
        page = await visit(None, f"{CHAT}?channel={pier.pk}")
        await do(post)(stored.carol, stored.general, "elsewhere")
        await do(post)(stored.carol, pier, "here")
        assert "elsewhere" not in await page.hears("here")

    async def test_a_member_hears_the_small_news_of_their_rooms_and_a_guest_does_not(
        self, stored: Harbour, visit: Open
    ) -> None:
        carol, guest = await visit(stored.carol, CHAT), await visit(None, CHAT)
        await do(post)(stored.alice, stored.strongbox, "swordfish")
        await do(post)(stored.alice, stored.general, "Ahoy")
        heard = await carol.hears("Ahoy")
        assert f'event="channel_active" room="{stored.vault.pk}"' in heard
        assert "swordfish" not in heard
        assert "channel_active" not in await guest.hears("Ahoy")

    async def test_the_presence_socket_is_for_members(self, stored: Harbour, visit: Open) -> None:
        assert await (await visit(None, "/ws/presence/")).is_closed() == FORBIDDEN == 4403
        page = await visit(stored.carol, "/ws/presence/")
        await do(post)(stored.alice, stored.general, "Ahoy")
        heard = await page.hears("channel_active")
        assert "Ahoy" not in heard
        message = await do(post)(stored.alice, stored.general, "Ahoy")
        await do(actions.mark_read)(actor=stored.carol, channel=stored.general, message_id=message.pk)
        await page.hears('event="channel_read"')

    async def test_somebody_is_here_while_a_page_of_theirs_is_open(self, stored: Harbour, visit: Open) -> None:
        alice = await visit(stored.alice, CHAT)
        await alice.hears("channel_seq")
        first, second = await visit(stored.carol, CHAT), await visit(stored.carol, "/ws/presence/")
        here = f'room="{stored.room.pk}" user="{stored.carol.pk}" presence="online"'
        assert (await alice.hears(here)).count(here) == 1
        assert await do(presence().online)([stored.carol.pk, stored.bob.pk]) == {stored.carol.pk}
        for page in (first, second):
            await page.leave()
        assert hub.local_topics(f"user.{stored.carol.pk}") == []


JUNK = [
    "x",
    " ",
    "\x00",
    "null",
    "1",
    "NaN",
    "1" * 1024,
    "[]",
    "{}",
    "{",
    '"typing"',
    '["typing"]',
    '{"type": "shout"}',
    '{"type": null}',
    '{"type": ["typing"]}',
    '{"Type": "typing"}',
    '{"type": "typing"}' * 2,
    "[" * MAX_FRAME,
    '{"a":' * (MAX_FRAME // 5),
    '{"type": "typing", "x": "' + "y" * MAX_FRAME + '"}',
    "🌘" * (MAX_FRAME + 1),
]


class TestFrames:
    async def test_junk_closes_the_socket(self, stored: Harbour, visit: Open, subtests: pytest.Subtests) -> None:
        for frame in JUNK:
            with subtests.test(frame=frame[:40]):
                page = await visit(None, CHAT)
                await page.says(frame)
                assert await page.is_closed() == NOT_UNDERSTOOD == 4400
                assert hub.local_topics() == [], "a closed socket hears nothing more"

    async def test_so_does_anything_binary(self, stored: Harbour, visit: Open, subtests: pytest.Subtests) -> None:
        for frame in (b"\x00\x01", b'{"type": "typing"}', b"\xff" * 70_000):
            with subtests.test(frame=frame[:40]):
                page = await visit(stored.carol, CHAT)
                await page.says(binary=frame)
                assert await page.is_closed() == NOT_UNDERSTOOD

    async def test_a_flood_closes_the_socket_and_no_other(self, stored: Harbour, visit: Open) -> None:
        flooding, quiet = await visit(stored.carol, CHAT), await visit(stored.carol, CHAT)
        allowed = int(ratelimit.DEFAULTS["socket_frames"].partition("/")[0])
        for _ in range(allowed + 1):
            await flooding.says('{"type": "typing"}')
        assert await flooding.is_closed() == TOO_MANY == 4429
        await quiet.says('{"type": "typing"}')
        await do(post)(stored.alice, stored.general, "Ahoy")
        await quiet.hears("Ahoy")

    async def test_a_new_socket_begins_with_a_count_of_its_own(
        self, stored: Harbour, visit: Open, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Python gives the number of an object that is gone to the next one: no socket may be known by it."""
        settings.RATE_LIMITS = {**settings.RATE_LIMITS, "socket_frames": "1/60 second"}
        ratelimit.forget_all()
        monkeypatch.setattr(consumers, "id", lambda _: 1, raising=False)
        for _ in range(3):
            page = await visit(stored.carol, CHAT)
            await page.says('{"type": "typing"}')
            await do(post)(stored.alice, stored.general, "Ahoy")
            await page.hears("Ahoy")

    async def test_frames_to_a_room_that_was_refused_break_nothing(self, stored: Harbour, visit: Open) -> None:
        page = await visit(None, VAULT)
        await page.says('{"type": "typing"}')
        await page.says("junk")
        assert await page.is_closed() == NOT_FOUND
        await page.leave()
        assert page.socket.future.exception() is None


class TestTyping:
    async def test_others_are_told_who_types(self, stored: Harbour, visit: Open) -> None:
        carol, guest = await visit(stored.carol, CHAT), await visit(None, CHAT)
        await carol.says('{"type": "typing"}')
        await guest.hears(
            f'<hx-push event="typing" channel="{stored.general.pk}" user="{stored.carol.pk}" name="carol"></hx-push>'
        )

    async def test_they_are_told_now_and_then_not_at_each_key(self, stored: Harbour, visit: Open) -> None:
        carol, guest = await visit(stored.carol, CHAT), await visit(None, CHAT)
        await guest.hears("channel_seq")
        for _ in range(10):
            await carol.says('{"type": "typing"}')
        await carol.hears('event="typing"')
        await do(post)(stored.carol, stored.general, "Ahoy")
        assert (await guest.hears("Ahoy")).count('event="typing"') == 1

    async def test_whoever_may_not_send_does_not_type(self, stored: Harbour, visit: Open) -> None:
        await RoomGroupObjectPermission.objects.filter(
            content_object=stored.room, group__rolegroup__role=Role.USER, permission__codename="send_messages"
        ).adelete()
        alice = await visit(stored.alice, CHAT)
        for person in (None, stored.mallory, stored.carol):
            page = await visit(person, CHAT)
            await page.says('{"type": "typing"}')
            # Frames are read in their order: once this one is answered, the first has had its effect.
            await page.says("junk")
            await page.is_closed()
        await do(post)(stored.alice, stored.general, "Ahoy")
        assert 'event="typing"' not in await alice.hears("Ahoy")

    async def test_on_a_page_without_a_channel_nobody_types(self, stored: Harbour, visit: Open) -> None:
        page = await visit(stored.carol, "/ws/presence/")
        await page.says('{"type": "typing"}')
        await do(post)(stored.alice, stored.general, "Ahoy")
        assert 'event="typing"' not in await page.hears("channel_active")


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
