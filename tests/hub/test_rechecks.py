"""A right is taken from many at once: nobody hears on because their turn to be asked has not come yet."""

import asyncio
from typing import Any

import pytest

from eclipse.hub import RECHECKS_AT_ONCE, Hub, Socket
from eclipse.hub import withheld as withheld_module
from tests.hub.pages import SECONDS, Page, open_page, redis_layer, turns

CROWD = 150


class Asked(Page):
    """A page that is asked what it may hear, and answers when the story says so."""

    def __init__(self, hub: Hub) -> None:
        super().__init__()
        self.hub = hub
        self.asked: list[asyncio.Future[None]] = []

    def on_command(self, socket: Socket, name: str, data: dict[str, Any]) -> asyncio.Future[None]:  # type: ignore[override]
        super().on_command(socket, name, data)
        self.asked.append(asyncio.get_running_loop().create_future())
        return self.asked[-1]

    def may_hear(self, *topics: str) -> None:
        """The answer: these topics and no others."""
        self.hub.subscribe(self.socket, topics)
        self.asked.pop().set_result(None)


async def crowd(hub: Hub, *topics: str, number: int = CROWD) -> list[Asked]:
    pages = []
    for index in range(number):
        page = Asked(hub)
        await open_page(hub, *topics, f"user.{index}", page=page)
        pages.append(page)
    return pages


async def everybody_is_asked(pages: list[Asked], *topics: str, losing: frozenset[Asked] = frozenset()) -> None:
    """All are looked at, a few at a time; those of `losing` lose what is not their own."""
    left = set(pages)
    async with asyncio.timeout(SECONDS):
        while left:
            asked = [page for page in left if page.asked]
            assert len(asked) <= RECHECKS_AT_ONCE
            for page in asked:
                own = f"user.{pages.index(page)}"
                page.may_hear(*(() if page in losing else topics), own)
                left.remove(page)
            await turns()


class TestACrowd:
    async def test_nobody_hears_before_their_turn_and_nobody_misses_anything(self, hub: Hub) -> None:
        pages = await crowd(hub, "channel.1", "room.1")
        hub.publish("channel.1", "<before>")
        for page in pages:
            await page.reads("<before>")

        hub.recheck("channel.1")
        for number in range(3):
            hub.publish("channel.1", f"<secret {number}>")
            hub.publish("room.1", f"<small news {number}>")
        for page in pages:
            await page.reads("<small news 2>")
        assert not any("secret" in page.text for page in pages)

        losing = frozenset(pages[::3])
        await everybody_is_asked(pages, "channel.1", "room.1", losing=losing)
        hub.publish("channel.1", "<after>")
        hub.publish("room.1", "<end>")
        for index, page in enumerate(pages):
            if page in losing:
                hub.publish(f"user.{index}", "<your own>")
                await page.reads("<your own>")
                assert "secret" not in page.text
                assert "<after>" not in page.text
            else:
                await page.reads("<end>")
                assert page.text.count("secret") == 3
                assert page.text.endswith("<secret 0><secret 1><secret 2><after><end>")

    async def test_nor_what_is_told_below_the_topic(self, lone_hub: Hub) -> None:
        """A room's members, who is here: it hangs on the room."""
        pages = await crowd(lone_hub, "room.1", "room.1.members", "room.11", number=10)
        lone_hub.recheck("room.1")
        for topic in ("room.1", "room.1.members", "room.11"):
            lone_hub.publish(topic, f"<{topic}>")
        for page in pages:
            await page.reads("<room.11>")
            assert page.text == "<room.11>"
        await everybody_is_asked(pages, "room.1", "room.11")
        for page in pages:
            await page.reads("<room.1>")
            assert "members" not in page.text

    async def test_whose_own_rights_changed_hears_nothing_at_all(self, hub: Hub) -> None:
        pages = [Asked(hub) for _ in range(RECHECKS_AT_ONCE + 2)]
        for page in pages:
            await open_page(hub, "user.1", "channel.1", "room.1", page=page)
        other = await open_page(hub, "user.2", "channel.1", "room.1")
        hub.recheck("user.1", everything=True)
        for topic in ("channel.1", "user.1", "room.1"):
            hub.publish(topic, f"<{topic}>")
        await other.reads("<room.1>")
        assert [page.text for page in pages] == [""] * len(pages)
        left = set(pages)
        async with asyncio.timeout(SECONDS):
            while left:
                for page in [page for page in left if page.asked]:
                    page.may_hear("user.1", "room.1")
                    left.remove(page)
                await turns()
        for page in pages:
            await page.reads("<room.1>")
            assert page.text == "<user.1><room.1>", "in the order in which it was told"


class TestOneAfterTheOther:
    async def test_the_answer_to_the_first_question_does_not_answer_the_second(self, lone_hub: Hub) -> None:
        [page] = await crowd(lone_hub, "channel.1", number=1)
        lone_hub.recheck("channel.1")
        await turns()
        lone_hub.recheck("channel.1")
        lone_hub.publish("channel.1", "<secret>")
        await turns()
        first = page.asked.pop(0)
        first.set_result(None)
        await turns()
        assert page.text == ""
        page.may_hear("channel.1")
        await page.reads("<secret>")

    async def test_nor_does_it_for_whoever_waits_for_another_turn(self, lone_hub: Hub) -> None:
        pages = await crowd(lone_hub, "channel.1", number=RECHECKS_AT_ONCE + 1)
        lone_hub.recheck("channel.1")
        await turns()
        under_way = [page for page in pages if page.asked]
        lone_hub.recheck("channel.1")
        lone_hub.publish("channel.1", "<secret>")
        await turns()
        for page in under_way:
            page.asked.pop(0).set_result(None)
        await turns()
        assert not any(page.text for page in pages)
        await everybody_is_asked(pages, "channel.1")
        for page in pages:
            await page.reads("<secret>")
            assert page.text == "<secret>"

    async def test_a_command_reaches_whoever_waits(self, lone_hub: Hub) -> None:
        [page] = await crowd(lone_hub, "channel.1", number=1)
        lone_hub.recheck("channel.1")
        lone_hub.command("channel.1", "mute")
        await turns()
        assert [name for name, _ in page.commands] == ["recheck", "mute"]

    async def test_a_new_topic_is_heard_while_another_is_waited_for(self, lone_hub: Hub) -> None:
        [page] = await crowd(lone_hub, "channel.1", number=1)
        lone_hub.recheck("channel.1")
        await turns()
        lone_hub.subscribe(page.socket, {"channel.1", "channel.2"})
        lone_hub.publish("channel.1", "<one>")
        lone_hub.publish("channel.2", "<two>")
        await page.reads("<two>")
        assert page.text == "<two>"
        page.may_hear("channel.1", "channel.2")
        await page.reads("<one>")


class TestWhatGoesWrong:
    async def test_whoever_would_have_to_be_told_too_much_catches_up(
        self, lone_hub: Hub, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(withheld_module, "KEPT_LIMIT", 100)
        [page] = await crowd(lone_hub, "channel.1", number=1)
        lone_hub.recheck("channel.1")
        for number in range(20):
            lone_hub.publish("channel.1", f"<wave {number:02}>")
        await turns()
        page.may_hear("channel.1")
        await page.reads(Hub.CATCH_UP)
        assert "<wave 00>" not in page.text
        lone_hub.publish("channel.1", "<after>")
        await page.reads("<after>")

    @pytest.mark.parametrize("how", ["raises", "fails", "is cancelled"])
    async def test_whoever_cannot_be_asked_is_given_up(self, lone_hub: Hub, how: str) -> None:
        [page] = await crowd(lone_hub, "channel.1", number=1)

        def ask(socket: Socket, name: str, data: dict[str, Any]) -> asyncio.Future[None]:
            if how == "raises":
                raise ValueError("the handler is broken")
            done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            if how == "fails":
                done.set_exception(ConnectionError("the database is away"))
            else:
                done.cancel()
            return done

        page.socket.on_command = ask
        lone_hub.recheck("channel.1")
        lone_hub.publish("channel.1", "<secret>")
        await page.until(lambda page: page.evicted)
        assert page.text == ""
        assert lone_hub.local_topics() == []

    async def test_a_page_that_goes_while_it_waits_leaves_nothing_behind(self, lone_hub: Hub) -> None:
        pages = await crowd(lone_hub, "channel.1", number=CROWD)
        lone_hub.recheck("channel.1")
        lone_hub.publish("channel.1", "<secret>")
        await turns()
        assert lone_hub.has_topic("channel.1"), "what is told there is still waited for"
        for page in pages:
            lone_hub.disconnect(page.socket)
        await turns()
        assert lone_hub.local_topics() == []
        assert "channel.1" not in lone_hub._withheld
        assert not lone_hub._withheld._log


@pytest.mark.own_services
class TestSeveralProcesses:
    @pytest.fixture
    async def hubs(self, settings: Any, redis_url: str) -> tuple[Hub, Hub]:
        settings.CHANNEL_LAYERS = redis_layer(redis_url)
        hubs = Hub(), Hub()
        for hub in hubs:
            hub.bind()
        return hubs

    async def test_a_crowd_on_another_process_hears_nothing_before_its_turn(self, hubs: tuple[Hub, Hub]) -> None:
        here, there = hubs
        pages = await crowd(there, "channel.1")
        here.recheck("channel.1")
        here.publish("channel.1", "<secret>")
        here.publish("user.0", "<your own>")
        await pages[0].reads("<your own>")
        await turns()
        assert not any("secret" in page.text for page in pages)
        await everybody_is_asked(pages, "channel.1", losing=frozenset(pages[::2]))
        for page in pages[1::2]:
            await page.reads("<secret>")
        here.publish("channel.1", "<after>")
        await pages[-1].reads("<after>")
        assert not any("secret" in page.text or "after" in page.text for page in pages[::2])

    async def test_a_process_learns_of_doubts_in_topics_that_none_of_its_pages_is_in_yet(
        self, hubs: tuple[Hub, Hub]
    ) -> None:
        """What one of them may hear is being looked up at this moment, and may be out of date before it is known."""
        here, there = hubs
        page = await open_page(there, "user.1")
        before = there.doubts
        here.recheck("channel.1")
        here.publish("user.1", "<after>")
        await page.reads("<after>")
        assert there.doubts == before + 1
