"""The hub and the event loop: by the clock, from loop to loop."""

import asyncio
from typing import Any

import pytest

from eclipse.hub import Hub
from tests.hub.pages import SECONDS, open_page


class TestByTheClock:
    async def test_runs_again_and_again_even_after_failing(self, lone_hub: Hub) -> None:
        runs: list[Hub] = []
        thrice = asyncio.Event()

        async def renew(hub: Hub) -> None:
            runs.append(hub)
            if len(runs) == 3:
                thrice.set()
            raise RuntimeError("the database is away")

        lone_hub.every(0.01, renew)
        await open_page(lone_hub, "channel.1")
        async with asyncio.timeout(SECONDS):
            await thrice.wait()
        assert runs[0] is lone_hub

    async def test_rests_while_nobody_is_here_and_starts_again(self, lone_hub: Hub) -> None:
        ran = asyncio.Event()

        async def renew(hub: Hub) -> None:
            ran.set()

        lone_hub.every(0.01, renew)
        for _ in range(2):
            page = await open_page(lone_hub, "channel.1")
            async with asyncio.timeout(SECONDS):
                await ran.wait()
            lone_hub.disconnect(page.socket)
            await asyncio.gather(*lone_hub._tickers.values())
            ran.clear()


class TestLoops:
    def test_the_hub_works_on_whichever_loop_serves_now(self, settings: Any) -> None:
        settings.CHANNEL_LAYERS = {}
        hub = Hub()

        async def story(topic: str) -> None:
            alice = await open_page(hub, topic)
            hub.publish(topic, "<p>hello</p>")
            await alice.reads("hello")
            assert hub.local_topics() == [topic]

        asyncio.run(story("channel.1"))
        asyncio.run(story("channel.2"))

    def test_publishing_where_nobody_listens_is_no_error(self, settings: Any, caplog: pytest.LogCaptureFixture) -> None:
        settings.CHANNEL_LAYERS = {}
        hub = Hub()
        hub.publish("channel.1", "<p>nobody</p>")

        async def visit() -> None:
            hub.bind()

        asyncio.run(visit())
        hub.publish("channel.1", "<p>nobody any more</p>")
        assert caplog.records == []
