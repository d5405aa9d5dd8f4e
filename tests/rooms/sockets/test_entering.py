"""Who may open a socket, and what it hears."""

import asyncio
import re

import pytest

from eclipse.hub import hub
from rooms import actions
from rooms.consumers import FORBIDDEN, NOT_FOUND
from rooms.models import Channel
from rooms.models.channel import ChannelKind
from rooms.presence import presence
from tests.factories import make_channel, post
from tests.rooms.conftest import Harbour
from tests.rooms.sockets.pages import CHAT, VAULT, Open, do

pytestmark = pytest.mark.services


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
        hidden = await Channel.objects.aget(room=stored.vault, kind=ChannelKind.VOICE)
        for person in (stored.carol, stored.mallory, None):
            for channel in (stored.strongbox.pk, hidden.pk, 0, 999999999):
                page = await visit(person, f"{CHAT}?channel={channel}")
                assert await page.is_closed() == NOT_FOUND
        assert hub.local_topics() == []

    async def test_a_voice_channels_page_hears_of_the_room_too(self, stored: Harbour, visit: Open) -> None:
        voice = await Channel.objects.aget(room=stored.room, kind=ChannelKind.VOICE)
        page, carol = await visit(None, f"{CHAT}?channel={voice.pk}"), await visit(stored.carol, CHAT)
        writing = await visit(stored.carol, f"{CHAT}?channel={voice.pk}")
        await writing.says('{"type": "typing"}')
        await do(post)(stored.carol, stored.general, "written elsewhere")
        await do(actions.edit_room)(actor=stored.alice, room=stored.room, name="Haven")
        heard = await page.hears('event="room_changed"')
        assert "written elsewhere" not in heard
        assert "typing" not in heard + await carol.hears("written elsewhere")

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
