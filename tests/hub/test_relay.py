"""Several processes with a Redis between them, and what happens when it is away."""

import asyncio
import logging
import signal
import threading
from typing import Any

import pytest
from redis.asyncio import Redis as RedisClient

from eclipse.hub import Hub
from tests.hub.pages import SECONDS, open_page, redis_layer
from tests.services import Redis

pytestmark = pytest.mark.own_services


class TestSeveralProcesses:
    """Two hubs with a Redis between them are two processes, as far as they can tell."""

    @pytest.fixture
    async def hubs(self, settings: Any, redis_url: str) -> tuple[Hub, Hub]:
        settings.CHANNEL_LAYERS = redis_layer(redis_url)
        hubs = Hub(), Hub()
        for hub in hubs:
            hub.bind()
        return hubs

    async def test_people_on_different_processes_talk(self, hubs: tuple[Hub, Hub]) -> None:
        here, there = hubs
        alice, bob = await open_page(here, "channel.1"), await open_page(there, "channel.1", "user.2")

        for number in range(100):
            here.publish("channel.1", f"<i>{number}</i>")
        await bob.reads("<i>99</i>")
        there.publish("channel.1", "<p>I heard</p>")
        here.command("user.2", "recheck", role="moderator")

        await alice.reads("I heard")
        await bob.reads("I heard")
        await bob.until(lambda page: page.commands)
        assert alice.text == bob.text == "".join(f"<i>{number}</i>" for number in range(100)) + "<p>I heard</p>"
        assert bob.commands == [("recheck", {"role": "moderator"})]

    async def test_a_process_without_a_loop_is_heard(self, hubs: tuple[Hub, Hub]) -> None:
        alice = await open_page(hubs[0], "channel.1")
        command = threading.Thread(target=Hub().publish, args=("channel.1", "<p>from a command</p>"))
        command.start()
        await alice.reads("from a command")
        await asyncio.to_thread(command.join)

    async def test_async_code_that_serves_nobody_is_heard(self, hubs: tuple[Hub, Hub]) -> None:
        alice = await open_page(hubs[0], "channel.1")
        Hub().publish("channel.1", "<p>from a task</p>")
        await alice.reads("from a task")

    async def test_publishing_from_a_command_while_redis_is_away_is_logged_and_no_error(
        self, hubs: tuple[Hub, Hub], redis_server: Redis, caplog: pytest.LogCaptureFixture
    ) -> None:
        await asyncio.to_thread(redis_server.stop)
        await asyncio.to_thread(Hub().publish, "channel.1", "<p>from a command</p>")
        assert "A publication to channel.1 was lost" in caplog.text

    @pytest.mark.parametrize("how", ["kill", "stop"])
    async def test_after_redis_was_away_every_page_is_told_to_catch_up(
        self, hubs: tuple[Hub, Hub], redis_server: Redis, how: str
    ) -> None:
        here, there = hubs
        alice, bob = await open_page(here, "channel.1"), await open_page(there, "channel.1")
        here.publish("channel.1", "<p>before</p>")
        await bob.reads("before")

        await asyncio.to_thread(getattr(redis_server, how))
        here.publish("channel.1", "<p>meanwhile</p>")
        await alice.reads("meanwhile")
        # Someone opens a page meanwhile.
        carol = await open_page(there, "channel.1", "channel.2")
        await asyncio.to_thread(redis_server.start)

        for page in (alice, bob, carol):
            await page.reads(Hub.CATCH_UP)
        here.publish("channel.1", "<p>after</p>")
        here.publish("channel.2", "<p>in a new channel</p>")
        for page in (alice, bob, carol):
            await page.reads("after")
        await carol.reads("in a new channel")
        assert bob.text.count("after") == 1
        assert "meanwhile" not in bob.text, "bob's page learns of it by catching up"

    async def test_after_redis_was_away_every_page_is_asked_again(
        self, hubs: tuple[Hub, Hub], redis_server: Redis
    ) -> None:
        """Whose right ended meanwhile must not hear on because nobody could tell: whichever process took the right."""
        here, there = hubs
        alice, bob = await open_page(here, "user.1"), await open_page(there, "user.2")
        await asyncio.to_thread(redis_server.kill)
        here.command("user.1", "recheck")
        await alice.until(lambda page: page.commands)

        await asyncio.to_thread(redis_server.start)
        for page in (alice, bob):
            await page.until(lambda page: Hub.CATCH_UP in page.text and page.commands)
        assert ("recheck", {}) in bob.commands

    async def test_commands_that_one_process_could_not_send_come_late(
        self, hubs: tuple[Hub, Hub], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Only this process was cut off: the others have noticed nothing, and would never ask."""
        here, there = hubs
        bob = await open_page(there, "user.2")
        await here.settled()
        assert here._relay is not None
        send, tries = here._relay._layer.group_send, 0

        async def fails_at_first(topic: str, message: dict[str, Any]) -> None:
            nonlocal tries
            tries += 1
            if tries == 1:
                raise ConnectionError("the cable was pulled")
            await send(topic, message)

        monkeypatch.setattr(here._relay._layer, "group_send", fails_at_first, raising=False)
        here.command("user.2", "recheck", role="moderator")
        here.command("user.2", "recheck", role="user")
        here.command("user.2", "mute")

        await bob.until(lambda page: len(page.commands) == 2)
        assert bob.commands == [("recheck", {"role": "user"}), ("mute", {})], "the newest of each name, in order"

    async def test_a_restart_too_quick_to_miss_a_beacon_is_noticed(
        self, hubs: tuple[Hub, Hub], redis_server: Redis
    ) -> None:
        """The layer reconnects without a word; what was published in between is lost all the same."""
        here, there = hubs
        alice, bob = await open_page(here, "channel.1"), await open_page(there, "channel.1")
        here.publish("channel.1", "<p>before</p>")
        await bob.reads("before")

        async with RedisClient.from_url(redis_server.url) as client:
            await client.client_kill_filter(_type="pubsub")

        for page in (alice, bob):
            await page.reads(Hub.CATCH_UP)
        there.publish("channel.1", "<p>after</p>")
        await alice.reads("after")
        assert alice.text.count("after") == 1

    async def test_a_redis_that_falls_silent_is_noticed(
        self, hubs: tuple[Hub, Hub], redis_server: Redis, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A hung server or a cut cable: the connection stands, and nothing comes over it."""
        monkeypatch.setattr("eclipse.hub.relay.BEACON_EVERY", 0.2)
        here, there = hubs
        alice, bob = await open_page(here, "channel.1"), await open_page(there, "channel.1")

        assert redis_server.process is not None
        redis_server.process.send_signal(signal.SIGSTOP)
        try:
            async with asyncio.timeout(SECONDS):
                await logged("eclipse.hub.relay", "Cut off from Redis", times=2)
        finally:
            redis_server.process.send_signal(signal.SIGCONT)

        for page in (alice, bob):
            await page.reads(Hub.CATCH_UP)
        here.publish("channel.1", "<p>after</p>")
        await bob.reads("after")

    async def test_a_layer_that_has_gone_deaf_is_replaced(
        self, hubs: tuple[Hub, Hub], redis_server: Redis, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("eclipse.hub.relay.BEACON_EVERY", 0.2)
        monkeypatch.setattr("eclipse.hub.relay.ECHO_SECONDS", 0.05)
        here, there = hubs
        alice, bob = await open_page(here, "channel.1"), await open_page(there, "channel.1")

        assert here._relay is not None
        await here._relay._layer.flush()

        await alice.reads(Hub.CATCH_UP)
        there.publish("channel.1", "<p>after</p>")
        await alice.reads("after")
        await bob.reads("after")
        assert Hub.CATCH_UP not in bob.text

    async def test_a_server_may_start_before_its_redis(self, settings: Any, redis_server: Redis) -> None:
        settings.CHANNEL_LAYERS = redis_layer(redis_server.url)
        await asyncio.to_thread(redis_server.stop)
        hub = Hub()
        alice = await open_page(hub, "channel.1")
        hub.publish("channel.1", "<p>alone</p>")
        await alice.reads("alone")

        await asyncio.to_thread(redis_server.start)
        await alice.reads(Hub.CATCH_UP)
        hub.publish("channel.1", "<p>together</p>")
        await alice.reads("together")
        assert alice.text.count("together") == 1


async def logged(logger: str, text: str, times: int) -> None:
    """Wait until `logger` has said `text` so many times from now on."""
    done, loop, left = asyncio.Event(), asyncio.get_running_loop(), times

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            nonlocal left
            left -= text in record.getMessage()
            if left == 0:
                loop.call_soon_threadsafe(done.set)

    listener = Listener()
    logging.getLogger(logger).addHandler(listener)
    try:
        await done.wait()
    finally:
        logging.getLogger(logger).removeHandler(listener)
