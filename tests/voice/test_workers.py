"""Media workers over a real Redis: where calls live, and what happens when somebody dies."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.services import Redis, Service
from tests.voice.media_servers import FakeEngine
from voice import remote, worker
from voice.engine import (
    Allowance,
    BadAnswer,
    CallLimits,
    Connected,
    EngineBusy,
    EngineError,
    Event,
    LanesChanged,
    Lost,
    Source,
    SpeakingChanged,
    UnknownSession,
    Wish,
)
from voice.remote import RemoteEngine
from voice.worker import Worker

pytestmark = pytest.mark.own_services

DECK, BRIDGE, HOLD = 70, 71, 72
ALICE, BOB, CAROL = 1, 2, 3
SECONDS = 30
EVERYTHING = Allowance()


async def until(holds: Callable[[], object]) -> None:
    """Let everything else go on until it holds."""
    async with asyncio.timeout(SECONDS):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


@dataclass
class Signalling:
    """A process that serves sockets: its engine, and what it has heard."""

    engine: RemoteEngine
    heard: list[Event] = field(default_factory=list)

    async def joins(self, user: int, channel: int = DECK, **more: object) -> None:
        """Somebody joins and answers the offer, as session "s<user>"."""
        offer = await self.engine.join(channel=channel, session=f"s{user}", user=user, allowance=EVERYTHING, **more)  # type: ignore[arg-type]
        assert offer.sdp == f"offer {offer.number} to {user}"
        await self.engine.answer(session=f"s{user}", number=offer.number, sdp="answer")
        await until(lambda: Connected(f"s{user}") in self.heard)

    def lost(self) -> set[str]:
        return {event.session for event in self.heard if isinstance(event, Lost)}


class Workers:
    """Workers in this process, whose media servers a test may look into."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engines: list[FakeEngine] = []
        self.ids: list[str] = []
        self._stops: list[asyncio.Event] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, engine: FakeEngine | None = None) -> FakeEngine:
        engine = engine or FakeEngine()
        stop, ready = asyncio.Event(), asyncio.Event()
        one = Worker(engine, self.url)
        self.engines.append(engine)
        self.ids.append(one.id)
        self._stops.append(stop)
        self._tasks.append(asyncio.create_task(one.run(stop, ready.set)))
        async with asyncio.timeout(SECONDS):
            await ready.wait()
        return engine

    async def stop(self, engine: FakeEngine) -> None:
        index = self.engines.index(engine)
        self._stops[index].set()
        await self._tasks[index]

    async def stop_all(self) -> None:
        for stop in self._stops:
            stop.set()
        await asyncio.wait(self._tasks) if self._tasks else None


Open = Callable[[], Awaitable[Signalling]]


@pytest.fixture
async def workers(redis_url: str) -> AsyncIterator[Workers]:
    workers = Workers(redis_url)
    yield workers
    await workers.stop_all()


@pytest.fixture
async def signalling(redis_url: str) -> AsyncIterator[Open]:
    """Starts what is a process that serves sockets: `await signalling()`."""
    opened: list[Signalling] = []

    async def start() -> Signalling:
        process = Signalling(RemoteEngine(redis_url))
        process.engine.listen(process.heard.append)
        opened.append(process)
        return process

    yield start
    for process in opened:
        await process.engine.close()


class TestTheSeam:
    """What `VoiceEngine` promises holds from afar."""

    async def test_everything_that_is_asked_arrives(self, workers: Workers, signalling: Open) -> None:
        media, board = await workers.start(), await signalling()
        limits = CallLimits(bitrate=96_000)
        await board.joins(ALICE, limits=limits)
        held = media.held["s1"]
        assert (held.channel, held.user, held.allowance, held.limits) == (DECK, ALICE, EVERYTHING, limits)

        await board.engine.add_candidate(session="s1", number=1, candidate="candidate:1", mid="0")
        await board.engine.watch(session="s1", wishes=[Wish(BOB, Source.SCREEN, large=True)])
        silent = Allowance(may_speak=False, has_priority=True)
        await board.engine.mute(session="s1", allowance=silent)
        await board.engine.limit(channel=DECK, limits=CallLimits(video_bitrate=1))
        held = media.held["s1"]
        assert held.candidates == ["candidate:1"]
        assert held.wishes == [Wish(BOB, Source.SCREEN, large=True)]
        assert held.allowance == silent
        assert media.limited == {DECK: CallLimits(video_bitrate=1)}

        await board.joins(BOB)
        await board.engine.leave(session="s1")
        await board.engine.kick(session="s2", reason="kicked")
        assert (media.left, media.kicked, media.held) == (["s1"], [("s2", "kicked")], {})

    async def test_what_the_media_server_tells_is_heard(self, workers: Workers, signalling: Open) -> None:
        media, board = await workers.start(), await signalling()
        await board.joins(ALICE)
        await until(lambda: any(isinstance(event, LanesChanged) for event in board.heard))
        [lanes] = [event for event in board.heard if isinstance(event, LanesChanged)]
        assert [(lane.mid, lane.user, lane.source) for lane in lanes.lanes] == [("4", None, None)]
        media.speaks(DECK, ALICE)
        await until(lambda: SpeakingChanged(DECK, frozenset({ALICE})) in board.heard)

    async def test_what_cannot_be_done_is_told_as_it_would_be_near(self, workers: Workers, signalling: Open) -> None:
        await workers.start(FakeEngine(room=1))
        board = await signalling()
        await board.joins(ALICE)
        with pytest.raises(BadAnswer):
            await board.engine.answer(session="s1", number=9, sdp="answer")
        with pytest.raises(UnknownSession):
            await board.engine.mute(session="nobody", allowance=EVERYTHING)
        with pytest.raises(EngineBusy):
            await board.joins(BOB)
        await board.engine.kick(session="nobody", reason="kicked")
        await board.engine.leave(session="nobody")

    async def test_without_a_worker_nobody_comes_in(self, signalling: Open, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(remote, "PLACE_PAUSE", 0.01)
        board = await signalling()
        with pytest.raises(EngineError, match="no media worker"):
            await board.joins(ALICE)


class TestPlaces:
    async def test_a_call_lives_on_one_worker_whoever_asks(self, workers: Workers, signalling: Open) -> None:
        one, other = await workers.start(), await workers.start()
        boards = [await signalling() for _ in range(3)]
        await asyncio.gather(*(board.joins(user) for user, board in enumerate(boards, ALICE)))
        assert sorted(len(each.held) for each in (one, other)) == [0, 3]

    async def test_calls_that_begin_at_once_are_spread(self, workers: Workers, signalling: Open) -> None:
        one, other, board = await workers.start(), await workers.start(), await signalling()
        await asyncio.gather(*(board.joins(user, channel=user) for user in range(1, 9)))
        assert sorted(len(each.held) for each in (one, other)) == [4, 4]

    async def test_the_worker_with_the_least_to_do_takes_the_next_call(
        self, workers: Workers, signalling: Open
    ) -> None:
        one, board = await workers.start(), await signalling()
        for user in (ALICE, BOB, CAROL):
            await board.joins(user)
        other = await workers.start()
        await board.joins(4, BRIDGE)
        assert (len(one.held), len(other.held)) == (3, 1)


class TestDeath:
    @pytest.fixture
    def quick(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(worker, "PATIENCE", 5.0)
        monkeypatch.setattr(worker, "BEAT_EVERY", 0.2)
        monkeypatch.setattr(remote, "CENSUS_EVERY", 0.3)
        monkeypatch.setattr(remote, "WATCH_EVERY", 0.1)

    async def test_a_killed_workers_calls_move_to_another_within_fifteen_seconds(
        self, redis_url: str, signalling: Open
    ) -> None:
        command = [sys.executable, "-m", "tests.voice.worker_without_media", redis_url]
        processes = [Service(command, ready="is ready", cwd=ROOT) for _ in range(2)]
        try:
            await asyncio.gather(*(asyncio.to_thread(process.start) for process in processes))
            board = await signalling()
            await board.joins(ALICE)
            holder = board.engine._homes["s1"].worker
            await board.joins(BOB)
            [victim] = [process for process in processes if holder in process.text]
            died_at = asyncio.get_running_loop().time()
            victim.kill()
            await until(lambda: board.lost() == {"s1", "s2"})
            board.heard.clear()
            # Signalling asks for everybody at once.
            await asyncio.gather(board.joins(ALICE), board.joins(BOB))
            assert asyncio.get_running_loop().time() - died_at < 15
            assert {home.worker for home in board.engine._homes.values()} != {holder}
            assert len({home.worker for home in board.engine._homes.values()}) == 1
        finally:
            for process in processes:
                process.kill()

    async def test_a_worker_that_hangs_loses_its_calls_and_lets_go_of_them_when_it_is_back(
        self, redis_url: str, signalling: Open
    ) -> None:
        command = [sys.executable, "-m", "tests.voice.worker_without_media", redis_url]
        hung = Service(command, ready="is ready", cwd=ROOT)
        other = Service(command, ready="is ready", cwd=ROOT)
        try:
            await asyncio.to_thread(hung.start)
            board = await signalling()
            await board.joins(ALICE)
            await asyncio.to_thread(other.start)
            assert hung.process is not None
            hung.process.send_signal(signal.SIGSTOP)
            await until(lambda: board.lost() == {"s1"})
            board.heard.clear()
            await board.joins(ALICE)
            assert board.engine._homes["s1"].worker in other.text
            hung.process.send_signal(signal.SIGCONT)
            # Back, it learns that the call is another's; nobody is torn out of that one.
            await asyncio.sleep(5)
            assert board.lost() == set()
            assert board.engine._homes["s1"].worker in other.text
            await board.engine.mute(session="s1", allowance=EVERYTHING)
        finally:
            if hung.process is not None:
                hung.process.send_signal(signal.SIGCONT)
            for process in (hung, other):
                process.kill()

    async def test_a_worker_that_is_stopped_hands_its_calls_over_at_once(
        self, workers: Workers, signalling: Open
    ) -> None:
        one, board = await workers.start(), await signalling()
        await board.joins(ALICE)
        other = await workers.start()
        await workers.stop(one)
        await until(lambda: board.lost() == {"s1"})
        assert one.closed
        board.heard.clear()
        await board.joins(ALICE)
        assert list(other.held) == ["s1"]

    async def test_a_dead_process_takes_its_people_with_it(
        self, workers: Workers, signalling: Open, quick: None
    ) -> None:
        media, dead, living = await workers.start(), await signalling(), await signalling()
        await dead.joins(ALICE)
        await living.joins(BOB)
        # As a kill would: nothing is said any more.
        assert dead.engine._watcher is not None
        dead.engine._watcher.cancel()
        await until(lambda: list(media.held) == ["s2"])
        await living.engine.mute(session="s2", allowance=EVERYTHING)

    async def test_who_went_on_elsewhere_outlives_the_process_that_brought_them(
        self, workers: Workers, signalling: Open, quick: None
    ) -> None:
        media, dead, living = await workers.start(), await signalling(), await signalling()
        await dead.joins(ALICE)
        await dead.joins(BOB)
        await living.joins(ALICE)
        assert dead.engine._watcher is not None
        dead.engine._watcher.cancel()
        await until(lambda: list(media.held) == ["s1"])
        await asyncio.sleep(1)
        assert list(media.held) == ["s1"]

    async def test_a_process_that_has_not_heard_who_went_on_ends_nothing(
        self, workers: Workers, signalling: Open, quick: None
    ) -> None:
        """It was cut off when the other one came."""
        media, cut_off, other = await workers.start(), await signalling(), await signalling()
        await cut_off.joins(ALICE)
        home = cut_off.engine._homes["s1"]
        await other.joins(ALICE)
        await until(lambda: "s1" not in cut_off.engine._homes)
        cut_off.engine._homes["s1"] = home
        await cut_off.engine.leave(session="s1")
        cut_off.engine._homes["s1"] = home
        await cut_off.engine.kick(session="s1", reason="kicked")
        await other.engine.mute(session="s1", allowance=EVERYTHING)
        assert (list(media.held), media.kicked) == (["s1"], [])

    async def test_a_worker_that_is_slow_keeps_its_calls(
        self, workers: Workers, signalling: Open, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        media, board = await workers.start(), await signalling()
        await board.joins(ALICE)
        join, gate = media.join, asyncio.Event()

        async def slow(**arguments: Any) -> Any:
            await gate.wait()
            return await join(**arguments)

        monkeypatch.setattr(media, "join", slow)
        with pytest.raises(EngineError):
            await board.joins(BOB)
        gate.set()
        assert board.lost() == set()
        await board.engine.mute(session="s1", allowance=EVERYTHING)

    async def test_a_goodbye_that_was_lost_is_made_up_for(
        self, workers: Workers, signalling: Open, quick: None
    ) -> None:
        media, board = await workers.start(), await signalling()
        await board.joins(ALICE)
        await board.joins(BOB)
        # The message was on its way when Redis went.
        del board.engine._homes["s1"]
        await until(lambda: list(media.held) == ["s2"])


class TestRedisAway:
    async def test_calls_go_on_while_redis_is_away_and_are_the_same_when_it_is_back(
        self, redis_server: Redis, workers: Workers, signalling: Open
    ) -> None:
        media, board = await workers.start(), await signalling()
        await board.joins(ALICE)
        redis_server.kill()
        await asyncio.sleep(4)
        assert list(media.held) == ["s1"]
        with pytest.raises(EngineError):
            await board.joins(BOB)
        await asyncio.to_thread(redis_server.start)

        async with asyncio.timeout(SECONDS):
            while media.held["s1"].allowance.may_speak:
                with suppress(EngineError):
                    await board.engine.mute(session="s1", allowance=Allowance(may_speak=False))
                await asyncio.sleep(0.1)
        await board.joins(BOB)
        assert board.lost() == set()
        assert list(media.held) == ["s1", "s2"]
