"""Who hears what, and in which order."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from eclipse.hub import RECHECKS_AT_ONCE, Hub, Socket
from tests.hub.pages import SECONDS, Page, open_page, turns


class TestDelivery:
    async def test_a_message_reaches_everybody_in_the_channel_and_nobody_else(self, hub: Hub) -> None:
        alice = await open_page(hub, "channel.1", "user.1")
        bob = await open_page(hub, "channel.1", "user.2")
        mallory = await open_page(hub, "channel.2", "user.3")

        hub.publish("channel.1", "<p>hello</p>")
        hub.publish("channel.2", "<p>elsewhere</p>")

        await alice.reads("hello")
        await bob.reads("hello")
        await mallory.reads("elsewhere")
        assert alice.text == bob.text == "<p>hello</p>"
        assert mallory.text == "<p>elsewhere</p>"

    async def test_messages_arrive_once_and_in_the_order_in_which_they_were_published(self, hub: Hub) -> None:
        alice, bob = await open_page(hub, "channel.1"), await open_page(hub, "channel.1", "room.1")

        for number in range(300):
            hub.publish("channel.1" if number % 2 else "room.1", f"<i>{number}</i>")
        hub.publish("channel.1", "<end>")

        await alice.reads("<end>")
        await bob.reads("<end>")
        assert bob.text == "".join(f"<i>{number}</i>" for number in range(300)) + "<end>"
        assert alice.text == "".join(f"<i>{number}</i>" for number in range(1, 300, 2)) + "<end>"

    async def test_what_comes_fast_shares_frames(self, hub: Hub) -> None:
        alice = await open_page(hub, "channel.1")

        for number in range(500):
            hub.publish("channel.1", f"<i>{number}</i>")

        await alice.reads("<i>499</i>")
        assert len(alice.frames) < 500 / 2

    async def test_many_threads_may_publish_at_once(self, hub: Hub) -> None:
        alice = await open_page(hub, "channel.1")
        people, lines = 8, 200

        def talk(person: int) -> None:
            for line in range(lines):
                hub.publish("channel.1", f"{person}:{line};")

        with ThreadPoolExecutor(people) as threads:
            loop = asyncio.get_running_loop()
            await asyncio.gather(*(loop.run_in_executor(threads, talk, person) for person in range(people)))

        await alice.until(lambda page: page.text.count(";") == people * lines)
        heard = [entry.split(":") for entry in alice.text.rstrip(";").split(";")]
        for person in range(people):
            assert [int(line) for speaker, line in heard if speaker == str(person)] == list(range(lines))

    async def test_a_page_hears_only_the_topics_it_was_last_given(self, hub: Hub) -> None:
        alice = await open_page(hub, "channel.1", "user.1")
        hub.subscribe(alice.socket, {"channel.2", "user.1"})
        await hub.settled()

        hub.publish("channel.1", "<p>left</p>")
        hub.publish("channel.2", "<p>entered</p>")
        hub.publish("user.1", "<p>own</p>")

        await alice.reads("<p>own</p>")
        assert alice.text == "<p>entered</p><p>own</p>"

    async def test_a_closed_page_hears_nothing_and_its_topics_are_forgotten(self, hub: Hub) -> None:
        alice, bob = await open_page(hub, "channel.1", "user.1"), await open_page(hub, "channel.1", "user.2")
        assert sorted(hub.local_topics()) == ["channel.1", "user.1", "user.2"]
        assert hub.local_topics("channel.") == ["channel.1"]

        hub.disconnect(alice.socket)
        hub.disconnect(alice.socket)
        hub.subscribe(alice.socket, {"channel.1", "channel.9"})
        hub.send(alice.socket, "<p>too late</p>")
        hub.publish("channel.1", "<p>hello</p>")

        await bob.reads("hello")
        assert alice.frames == []
        assert sorted(hub.local_topics()) == ["channel.1", "user.2"]
        assert alice.evicted == 0, "a page that left by itself need not be told to"

    async def test_a_page_that_comes_back_at_once_hears_everything(self, hub: Hub) -> None:
        """Walking from page to page leaves and enters the same topics within a moment."""
        for _ in range(20):
            alice = await open_page(hub, "channel.1", "user.1")
            hub.disconnect(alice.socket)
            bob = await open_page(hub, "channel.1")
            hub.disconnect(bob.socket)
        alice = await open_page(hub, "channel.1")

        hub.publish("channel.1", "<p>hello</p>")

        await alice.reads("hello")
        assert alice.text == "<p>hello</p>"

    async def test_one_page_can_be_told_something_of_its_own(self, hub: Hub) -> None:
        alice, bob = await open_page(hub, "channel.1"), await open_page(hub, "channel.1")

        hub.send(alice.socket, "<p>only you</p>")
        hub.deliver("channel.1", "<p>you all</p>")

        await alice.reads("you all")
        await bob.reads("you all")
        assert alice.text == "<p>only you</p><p>you all</p>"
        assert bob.text == "<p>you all</p>"

    async def test_a_command_reaches_every_page_of_its_topic_and_one_failing_stops_no_other(self, hub: Hub) -> None:
        alice, bob = Page(), await open_page(hub, "user.1")
        alice.socket = hub.connect(alice.send, {"user.1"}, alice.evict, on_command=fail)
        carol = await open_page(hub, "user.1")
        deaf = Page()
        deaf.socket = hub.connect(deaf.send, {"user.1"}, deaf.evict)
        await hub.settled()

        hub.command("user.1", "recheck", reason="kicked", room=3)
        hub.publish("user.1", "<p>after</p>")

        for page in (bob, carol):
            await page.reads("after")
            assert page.commands == [("recheck", {"reason": "kicked", "room": 3})]
        for page in (alice, deaf):
            await page.reads("after")

    async def test_a_command_may_close_the_pages_that_it_reaches(self, hub: Hub) -> None:
        pages = [Page() for _ in range(3)]
        closed = asyncio.Event()

        def leave(socket: Socket, name: str, data: dict[str, Any]) -> None:
            for page in pages:
                hub.disconnect(page.socket)
            closed.set()

        for page in pages:
            page.socket = hub.connect(page.send, {"user.1"}, page.evict, on_command=leave)
        await hub.settled()
        hub.command("user.1", "log out")

        async with asyncio.timeout(SECONDS):
            await closed.wait()
        assert hub.local_topics() == []

    @pytest.mark.parametrize("whose", ["everybody's", "one room's"])
    async def test_many_pages_are_asked_again_but_few_at_once(self, lone_hub: Hub, whose: str) -> None:
        """A thousand looks into the database at the same instant would hold up whoever is just coming."""
        under_way: list[asyncio.Future[None]] = []
        most, asked = 0, []
        loop = asyncio.get_running_loop()

        def look(socket: Socket, name: str, data: dict[str, Any]) -> asyncio.Future[None]:
            nonlocal most
            done = loop.create_future()
            under_way.append(done)
            asked.append((socket, name))
            most = max(most, len(under_way))
            return done

        pages = [Page() for _ in range(30)]
        for page in pages:
            page.socket = lone_hub.connect(page.send, {"channel.1"}, page.evict, on_command=look)
        left, broken, deaf = await open_page(lone_hub), Page(), Page()
        broken.socket = lone_hub.connect(broken.send, (), broken.evict, on_command=fail)
        deaf.socket = lone_hub.connect(deaf.send, (), deaf.evict)
        if whose == "everybody's":
            lone_hub.recheck_all()
        else:
            lone_hub.command("channel.1", "recheck")
        lone_hub.disconnect(left.socket)
        async with asyncio.timeout(SECONDS):
            while len(asked) < len(pages):
                await turns()
                while under_way:
                    under_way.pop().set_result(None)

        assert sorted(asked, key=lambda each: id(each[0])) == sorted(
            ((page.socket, "recheck") for page in pages), key=lambda each: id(each[0])
        )
        assert most == RECHECKS_AT_ONCE
        assert left.commands == []


def fail(socket: Socket, name: str, data: dict[str, Any]) -> None:
    raise ValueError("the handler is broken")
