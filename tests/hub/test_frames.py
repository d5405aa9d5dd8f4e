"""How fragments become frames."""

import asyncio

from django.test import override_settings

from eclipse.hub import Hub
from tests.hub.pages import open_page, turns


class TestCoalescing:
    async def test_the_first_leaves_at_once_and_the_next_wait_for_each_other(self, lone_hub: Hub) -> None:
        with override_settings(LIVE_COALESCE_MS=400):
            alice = await open_page(lone_hub, "channel.1")
        loop = asyncio.get_running_loop()

        started = loop.time()
        lone_hub.publish("channel.1", "<a>")
        await alice.reads("<a>")
        first = loop.time() - started
        for fragment in ("<b>", "<c>", "<d>"):
            lone_hub.publish("channel.1", fragment)
            # Each is taken in by a turn of its own.
            await turns()
        await alice.reads("<d>")

        assert alice.frames == ["<a>", "<b><c><d>"]
        assert first < 0.4 <= loop.time() - started

    async def test_after_a_quiet_moment_a_message_leaves_at_once_again(self, lone_hub: Hub) -> None:
        with override_settings(LIVE_COALESCE_MS=50):
            alice, bob = await open_page(lone_hub, "channel.1"), await open_page(lone_hub, "channel.1")

        for number in range(3):
            lone_hub.publish("channel.1", f"<i>{number}</i>")
            await alice.reads(f"<i>{number}</i>")
            await bob.reads(f"<i>{number}</i>")

        assert alice.frames == bob.frames == ["<i>0</i>", "<i>1</i>", "<i>2</i>"]

    async def test_pages_that_wait_for_different_things_get_each_their_own(self, lone_hub: Hub) -> None:
        with override_settings(LIVE_COALESCE_MS=50):
            alice = await open_page(lone_hub, "channel.1", "room.1")
            bob = await open_page(lone_hub, "channel.2", "room.1")
        lone_hub.publish("room.1", "<first>")
        await alice.reads("<first>")
        await bob.reads("<first>")

        lone_hub.publish("channel.1", "<one>")
        lone_hub.publish("channel.2", "<two>")
        lone_hub.publish("room.1", "<all>")
        await alice.reads("<all>")
        await bob.reads("<all>")

        assert alice.frames == ["<first>", "<one><all>"]
        assert bob.frames == ["<first>", "<two><all>"]

    async def test_with_no_window_every_fragment_is_a_frame(self, lone_hub: Hub) -> None:
        with override_settings(LIVE_COALESCE_MS=0):
            pages = [await open_page(lone_hub, "channel.1") for _ in range(300)]

        for number in range(10):
            lone_hub.publish("channel.1", f"<i>{number}</i>")

        for page in pages:
            await page.reads("<i>9</i>")
            assert page.frames == [f"<i>{number}</i>" for number in range(10)]

    async def test_a_burst_of_megabytes_evicts_nobody_who_reads(self, lone_hub: Hub) -> None:
        """A moderator clears a channel: thousands of fragments are published within one step."""
        pages = [await open_page(lone_hub, "channel.1") for _ in range(3)]
        fragment = "<p>" + "ж" * 2000 + "</p>"

        for _ in range(1000):
            lone_hub.publish("channel.1", fragment)
        lone_hub.publish("channel.1", "<end>")

        for page in pages:
            await page.reads("<end>")
            assert page.text == fragment * 1000 + "<end>"
            assert page.evicted == 0
            assert max(len(frame.encode()) for frame in page.frames) < 80_000
