"""What becomes of pages that do not read, or cannot be reached."""

import asyncio
from typing import Any

from eclipse.hub import Hub
from tests.hub.pages import SECONDS, Broken, Page, open_page, turns


class TestSlowReaders:
    async def test_a_page_that_does_not_read_delays_nobody_and_gets_everything_later(self, hub: Hub) -> None:
        mallory, alice = await open_page(hub, "channel.1"), await open_page(hub, "channel.1")
        mallory.stop_reading()
        lines = [f"<p>{number} {'x' * 200}</p>" for number in range(1000)]

        for line in lines:
            hub.publish("channel.1", line)
        await alice.reads(lines[-1])
        assert mallory.frames == []
        mallory.read_on()
        await mallory.reads(lines[-1])

        assert mallory.text == alice.text == "".join(lines)
        assert mallory.evicted == 0
        # What gathered is not sent in one piece that the server would have to hold.
        assert max(len(frame) for frame in mallory.frames) < 80_000

    async def test_a_page_that_has_read_up_gets_the_next_message_at_once(self, lone_hub: Hub) -> None:
        mallory = await open_page(lone_hub, "channel.1")
        mallory.stop_reading()
        lone_hub.publish("channel.1", "<a>")
        await turns()
        lone_hub.publish("channel.1", "<b>")
        await turns()
        mallory.read_on()
        await mallory.reads("<a><b>")

        lone_hub.publish("channel.1", "<c>")
        await mallory.reads("<a><b><c>")

    async def test_past_a_megabyte_the_page_is_closed_and_only_that_page(self, hub: Hub) -> None:
        mallory, alice = await open_page(hub, "channel.1"), await open_page(hub, "channel.1")
        mallory.stop_reading()
        line = "<p>" + "ж" * 5000 + "</p>"

        for _ in range(90):
            hub.publish("channel.1", line)
        await alice.until(lambda page: page.text.count("</p>") == 90)
        assert mallory.evicted == 0, "900 kB may wait"
        for _ in range(20):
            hub.publish("channel.1", line)
        await alice.until(lambda page: page.text.count("</p>") == 110)

        assert mallory.evicted == 1
        assert alice.evicted == 0
        mallory.read_on()
        await turns()
        assert mallory.frames == [], "what could not be sent in time is not sent at all: the page catches up"
        assert hub.local_topics() == ["channel.1"]

    async def test_what_a_page_has_read_long_ago_does_not_count_against_it(self, lone_hub: Hub) -> None:
        alice = await open_page(lone_hub, "channel.1")
        for number in range(40):
            lone_hub.publish("channel.1", f"<p>{number}</p>".ljust(50_000, "x"))
        await alice.reads("<p>39</p>")

        alice.stop_reading()
        for number in range(40, 50):
            lone_hub.publish("channel.1", f"<p>{number}</p>".ljust(50_000, "x"))
            await turns()
        alice.read_on()

        await alice.reads("<p>49</p>")
        assert alice.evicted == 0
        assert len(alice.text) == 50 * 50_000

    async def test_evicting_stops_the_send_that_was_stuck(self, lone_hub: Hub) -> None:
        stuck, unwound = asyncio.Event(), asyncio.Event()

        async def send(message: dict[str, Any]) -> None:
            stuck.set()
            try:
                await asyncio.Event().wait()
            finally:
                unwound.set()

        mallory = Page()
        mallory.socket = lone_hub.connect(send, {"channel.1"}, mallory.evict)
        lone_hub.publish("channel.1", "<p>hello</p>")
        async with asyncio.timeout(SECONDS):
            await stuck.wait()
            lone_hub.publish("channel.1", "x" * 1_100_000)
            await unwound.wait()
        assert mallory.evicted == 1

    async def test_disconnecting_stops_the_send_that_was_stuck(self, lone_hub: Hub) -> None:
        unwound = asyncio.Event()

        async def send(message: dict[str, Any]) -> None:
            try:
                await asyncio.sleep(0)
                await asyncio.Event().wait()
            finally:
                unwound.set()

        mallory, alice = Page(), await open_page(lone_hub, "channel.1")
        mallory.socket = lone_hub.connect(send, {"channel.1"}, mallory.evict)
        lone_hub.publish("channel.1", "<p>hello</p>")
        await alice.reads("hello")
        await turns()
        lone_hub.disconnect(mallory.socket)
        async with asyncio.timeout(SECONDS):
            await unwound.wait()
        assert mallory.evicted == 0


class TestFailingSends:
    async def test_a_send_that_raises_drops_only_its_own_page(self, hub: Hub) -> None:
        broken = [Broken(at_once=True), Broken(at_once=False)]
        for page in broken:
            await open_page(hub, "channel.1", page=page)
        alice = await open_page(hub, "channel.1")

        hub.publish("channel.1", "<a>")
        hub.publish("channel.1", "<b>")
        await alice.reads("<a><b>")
        for page in broken:
            await page.until(lambda page: page.evicted)
        hub.publish("channel.1", "<c>")
        await alice.reads("<c>")

        assert [page.evicted for page in broken] == [1, 1]
        assert [page.tries for page in broken] == [1, 1], "nothing more is sent to a page that failed"
        assert alice.evicted == 0

    async def test_a_page_whose_eviction_fails_too_stops_nobody(self, hub: Hub) -> None:
        def evict() -> None:
            raise RuntimeError("the consumer is broken as well")

        mallory = Broken(at_once=True)
        mallory.socket = hub.connect(mallory.send, {"channel.1"}, evict)
        alice = await open_page(hub, "channel.1")

        hub.publish("channel.1", "<a>")
        await alice.reads("<a>")

    async def test_a_fragment_that_cannot_be_encoded_drops_no_page(self, lone_hub: Hub) -> None:
        alice = await open_page(lone_hub, "channel.1")
        lone_hub.publish("channel.1", "half a character: \ud83d")
        lone_hub.publish("channel.1", "<b>")
        await alice.reads("<b>")
        assert alice.frames == ["<b>"]
        assert alice.evicted == 0
