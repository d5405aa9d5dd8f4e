"""What a page may say up its socket."""

import pytest
from pytest_django import Settings

from eclipse import ratelimit
from eclipse.hub import hub
from rooms import consumers
from rooms.consumers import MAX_FRAME, NOT_FOUND, NOT_UNDERSTOOD, TOO_MANY
from rooms.models import RoomGroupObjectPermission
from rooms.permissions import Role
from tests.factories import post
from tests.rooms.conftest import Harbour
from tests.rooms.sockets.pages import CHAT, VAULT, Open, do

pytestmark = pytest.mark.services

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
