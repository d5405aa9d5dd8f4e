"""The live hub: who hears what, in which order, and what happens to those who do not listen or cannot be reached."""

import asyncio
import contextlib
import logging
import signal
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import websockets
from django.test import override_settings
from redis.asyncio import Redis as RedisClient

from eclipse.hub import Hub, Socket
from tests.services import Redis, Service, free_port

SECONDS = 30
PROJECT = Path(__file__).resolve().parent.parent


class Page:
    """An open page as the hub sees it: keeps the frames that it was sent; stops reading when told to."""

    def __init__(self) -> None:
        self.frames: list[str] = []
        self.commands: list[tuple[str, dict[str, Any]]] = []
        self.evicted = 0
        self.socket: Socket
        self._news = asyncio.Event()
        self._reads = asyncio.Event()
        self._reads.set()

    async def send(self, message: dict[str, Any]) -> None:
        await self._reads.wait()
        assert message["type"] == "websocket.send"
        self.frames.append(message["text"])
        self._news.set()

    def evict(self) -> None:
        self.evicted += 1
        self._news.set()

    def on_command(self, socket: Socket, name: str, data: dict[str, Any]) -> None:
        assert socket is self.socket
        self.commands.append((name, data))
        self._news.set()

    def stop_reading(self) -> None:
        self._reads.clear()

    def read_on(self) -> None:
        self._reads.set()

    @property
    def text(self) -> str:
        return "".join(self.frames)

    async def until(self, holds: Callable[["Page"], object]) -> None:
        async with asyncio.timeout(SECONDS):
            while not holds(self):
                self._news.clear()
                await self._news.wait()

    async def reads(self, text: str) -> None:
        await self.until(lambda page: text in page.text)


async def open_page(hub: Hub, *topics: str, page: Page | None = None) -> Page:
    page = page or Page()
    page.socket = hub.connect(page.send, topics, page.evict, on_command=page.on_command)
    await hub.settled()
    return page


def redis_layer(url: str) -> dict[str, Any]:
    backend = "channels_redis.pubsub.RedisPubSubChannelLayer"
    return {"default": {"BACKEND": backend, "CONFIG": {"hosts": [url], "prefix": "eclipse-tests"}}}


@pytest.fixture(params=["one process", "Redis"])
async def hub(request: pytest.FixtureRequest, settings: Any) -> Hub:
    """A hub in a process on its own, and one that reaches even its own sockets through Redis."""
    alone = request.param == "one process"
    settings.CHANNEL_LAYERS = {} if alone else redis_layer(request.getfixturevalue("redis_url"))
    hub = Hub()
    hub.bind()
    return hub


@pytest.fixture
async def lone_hub(settings: Any) -> Hub:
    settings.CHANNEL_LAYERS = {}
    return Hub()


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

        def fail(socket: Socket, name: str, data: dict[str, Any]) -> None:
            raise ValueError("alice's handler is broken")

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


SERVERS = {
    "uvicorn": ("Uvicorn running on", ["uvicorn", "--port", "{port}", "--ws-per-message-deflate", "false"]),
    "daphne": ("Listening on TCP address", ["daphne", "-b", "127.0.0.1", "-p", "{port}"]),
}


@contextlib.contextmanager
def serve(name: str) -> Iterator[str]:
    """A real server of that kind with tests/hub_app.py; the address of its one topic."""
    ready, arguments = SERVERS[name]
    port = free_port()
    command = [sys.executable, "-m", *(part.format(port=port) for part in arguments), "tests.hub_app:application"]
    server = Service(command, ready=ready, cwd=PROJECT)
    server.start()
    try:
        yield f"ws://127.0.0.1:{port}/channel.1"
    finally:
        server.stop()


class TestServers:
    """The hub drives the server's own `send`, its first step outside of any task: the real ones must agree to that."""

    @pytest.mark.parametrize("server", SERVERS)
    async def test_two_people_talk_and_a_third_whose_page_crashes_disturbs_nobody(self, server: str) -> None:
        with serve(server) as address:
            async with asyncio.timeout(SECONDS), talk(address) as alice, talk(address) as bob:
                carol = await websockets.connect(address)
                assert await carol.recv() == "<hello>"
                carol.transport.abort()
                said = [f"<p>{number} Привет</p>" for number in range(100)]
                for line in said:
                    await alice.send(line)
                for page in (alice, bob):
                    assert await lines(page, len(said)) == "".join(said)

    async def test_a_page_that_stops_reading_is_closed_and_delays_nobody(self) -> None:
        line = "<p>" + "x" * 100_000 + "</p>"
        with serve("uvicorn") as address:
            async with asyncio.timeout(SECONDS), talk(address) as alice, talk(address) as mallory:
                mallory.transport.pause_reading()
                # More than the system's buffers and the hub's megabyte can hold.
                for _ in range(400):
                    await alice.send(line)
                    assert await alice.recv() == line
                mallory.transport.resume_reading()
                unread = 400
                with pytest.raises(websockets.ConnectionClosed):
                    while True:
                        unread -= str(await mallory.recv()).count("</p>")
                assert unread > 0


@contextlib.asynccontextmanager
async def talk(address: str) -> AsyncIterator[websockets.ClientConnection]:
    async with websockets.connect(address, max_queue=None) as page:
        assert await page.recv() == "<hello>"
        yield page


async def lines(page: websockets.ClientConnection, count: int) -> str:
    text = ""
    while text.count("</p>") < count:
        text += str(await page.recv())
    return text


class Broken(Page):
    """A page whose connection is gone: sending raises, in the first step or after waiting."""

    def __init__(self, at_once: bool) -> None:
        super().__init__()
        self.at_once = at_once
        self.tries = 0

    async def send(self, message: dict[str, Any]) -> None:
        self.tries += 1
        if not self.at_once:
            await asyncio.sleep(0)
        raise OSError("gone")


async def turns(count: int = 5) -> None:
    """Let everything run that is due now."""
    for _ in range(count):
        await asyncio.sleep(0)


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
