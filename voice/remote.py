"""Media workers in other processes, as signalling sees them: `voice.engine.VoiceEngine` through Redis.

One voice channel lives on one worker, which holds a lease for it (voice/leases.py). When a worker is gone, whoever was
in its calls hears `Lost` and joins again, which finds them another.
"""

import asyncio
import logging
import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from typing import Any

from redis.exceptions import RedisError

from voice import remote_calls
from voice.engine import Allowance, CallLimits, Ended, EngineError, Listener, Lost, Offer, UnknownSession, Wish
from voice.leases import FRESH, Leases
from voice.mailbox import Mailbox, Message

logger = logging.getLogger(__name__)

ANSWER_SECONDS = 4.0
# A worker that has missed a beat for so long, and an answer too, is gone.
SLOW = 2.5
# How often each worker is looked at, and told which sessions this process holds there.
WATCH_EVERY = 1.0
CENSUS_EVERY = 3.0
# A box that nobody reads for longer is a dead process's; a line to Redis is laid anew sooner.
UNREAD = 2.0
# Where no worker is there at this moment, one may be about to say so: Redis may have been emptied.
PLACE_TRIES = 6
PLACE_PAUSE = 0.7

NO_LIMITS_TOLD = CallLimits()


class NoWorker(EngineError):
    """No media worker is there."""


class WorkerGone(EngineError):
    """A worker does not answer."""


@dataclass(frozen=True)
class Home:
    """Where a session's call is."""

    channel: int
    worker: str


class RemoteEngine:
    """The media workers of this site, from one event loop of another process."""

    def __init__(self, url: str) -> None:
        self.id = uuid.uuid4().hex
        self._box = Mailbox(url, self.id, self._receive)
        self._leases = Leases(self._box.redis)
        self._listeners: list[Listener] = []
        self._homes: dict[str, Home] = {}
        self._questions: dict[int, asyncio.Future[Message]] = {}
        self._numbers = count(1)
        self._watcher: asyncio.Task[None] | None = None
        # Each worker's last beat; for how long it has been the same, and nobody has read the worker's box, while Redis
        # was there to tell.
        self._beats: dict[str, str] = {}
        self._silence: dict[str, float] = {}
        self._unread: dict[str, float] = {}

    def listen(self, listener: Listener) -> None:
        self._listeners.append(listener)

    # --- VoiceEngine --------------------------------------------------------------------------------------

    async def join(
        self, *, channel: int, session: str, user: int, allowance: Allowance, limits: CallLimits = NO_LIMITS_TOLD
    ) -> Offer:
        self._start()
        if not await self._box.opened():
            raise NoWorker("Redis is away")
        arguments = {"channel": channel, "session": session, "user": user, "allowance": allowance, "limits": limits}
        for _ in range(3):
            worker = await self._place(channel)
            before = self._homes.get(session)
            self._homes[session] = Home(channel, worker)
            if before is not None and before.worker != worker:
                self._box.post(before.worker, {"from": self.id, "method": "leave", "arguments": {"session": session}})
            try:
                return remote_calls.offer_of(await self._ask(worker, "join", arguments))
            except WorkerGone:
                # It is this very call that looks for another one.
                self._homes.pop(session, None)
                await self._give_up(worker, channel)
            except EngineError:
                self._homes.pop(session, None)
                raise
        self._homes.pop(session, None)
        raise NoWorker("one after the other did not answer")

    async def answer(self, *, session: str, number: int, sdp: str) -> None:
        await self._ask_home("answer", session=session, number=number, sdp=sdp)

    async def add_candidate(self, *, session: str, number: int, candidate: str, mid: str) -> None:
        await self._ask_home("add_candidate", session=session, number=number, candidate=candidate, mid=mid)

    async def watch(self, *, session: str, wishes: Sequence[Wish]) -> None:
        await self._ask_home("watch", session=session, wishes=list(wishes))

    async def mute(self, *, session: str, allowance: Allowance) -> None:
        await self._ask_home("mute", session=session, allowance=allowance)

    async def limit(self, *, channel: int, limits: CallLimits) -> None:
        for worker in {home.worker for home in self._homes.values() if home.channel == channel}:
            await self._ask(worker, "limit", {"channel": channel, "limits": limits})

    async def kick(self, *, session: str, reason: str) -> None:
        home = self._homes.pop(session, None)
        if home is not None:
            # Where the worker cannot be reached now, the next census ends it.
            await self._tell_end(home, "kick", session=session, reason=reason)

    async def leave(self, *, session: str) -> None:
        home = self._homes.pop(session, None)
        if home is not None:
            await self._tell_end(home, "leave", session=session)

    async def close(self) -> None:
        if self._watcher is not None:
            self._watcher.cancel()
        self._homes.clear()
        await self._box.close()

    # --- Asking ---------------------------------------------------------------------------------------------

    async def _place(self, channel: int) -> str:
        for _ in range(PLACE_TRIES):
            try:
                worker = await self._leases.place(channel)
            except RedisError as error:
                raise NoWorker("Redis is away") from error
            if worker is not None:
                return worker
            await asyncio.sleep(PLACE_PAUSE)
        raise NoWorker("no media worker runs: manage.py voice starts one")

    async def _ask_home(self, method: str, *, session: str, **arguments: Any) -> None:
        home = self._homes.get(session)
        if home is None:
            raise UnknownSession(session)
        try:
            await self._ask(home.worker, method, {"session": session, **arguments})
        except WorkerGone as error:
            # It sends nothing on any more, and `Lost` is about to be told.
            raise UnknownSession(session) from error

    async def _tell_end(self, home: Home, method: str, **arguments: Any) -> None:
        with suppress(UnknownSession, WorkerGone):
            await self._ask(home.worker, method, arguments)

    async def _ask(self, worker: str, method: str, arguments: dict[str, Any]) -> Message:
        number = next(self._numbers)
        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._questions[number] = answer
        try:
            question = {"from": self.id, "number": number, "method": method}
            readers = await self._box.post(worker, question | {"arguments": remote_calls.written(arguments)})
            if not readers:
                raise WorkerGone(worker)
            async with asyncio.timeout(ANSWER_SECONDS):
                message = await answer
        except RedisError as error:
            raise EngineError("Redis is away") from error
        except TimeoutError as error:
            # One that has much to do answers late, and still beats.
            gone = self._silence.get(worker, 0.0) > SLOW
            raise (WorkerGone if gone else EngineError)(f"{worker} does not answer") from error
        finally:
            del self._questions[number]
        if "error" in message:
            raise remote_calls.ERRORS.get(message["error"], EngineError)(message["words"])
        result: Message = message["result"]
        return result

    def _receive(self, message: Message) -> None:
        if "number" in message:
            question = self._questions.get(message["number"])
            if question is not None and not question.done():
                question.set_result(message)
        elif "taken" in message:
            # Another process goes on with this session.
            self._homes.pop(message["taken"], None)
        elif "event" in message:
            self._hear(message)

    def _hear(self, message: Message) -> None:
        session = message.get("session")
        home = self._homes.get(session) if session is not None else None
        if session is not None and (home is None or home.worker != message["from"]):
            # Of a session that has left, or has moved to another worker since.
            return
        event = remote_calls.event_of(message)
        if isinstance(event, Ended):
            self._homes.pop(event.session, None)
        for listener in self._listeners:
            listener(event)

    # --- Watching the workers -----------------------------------------------------------------------------

    def _start(self) -> None:
        self._box.start()
        if self._watcher is None or self._watcher.done():
            self._watcher = asyncio.get_running_loop().create_task(self._watch())

    async def _watch(self) -> None:
        since_census = CENSUS_EVERY
        while True:
            await asyncio.sleep(WATCH_EVERY)
            since_census += WATCH_EVERY
            if since_census >= CENSUS_EVERY:
                since_census = 0.0
                self._tell_census()
            try:
                await self._look()
            except (RedisError, NoWorker):
                # Calls go on without Redis, and who cannot be asked is not dead.
                continue
            except Exception:
                logger.exception("The media workers could not be looked at")

    def _tell_census(self) -> None:
        """Tell each worker which sessions this process holds there: by it a worker knows that this process lives."""
        census: dict[str, list[str]] = {}
        for session, home in self._homes.items():
            census.setdefault(home.worker, []).append(session)
        for worker, sessions in census.items():
            self._box.post(worker, {"from": self.id, "census": sessions})

    async def _look(self) -> None:
        workers = {home.worker for home in self._homes.values()}
        sight = await self._leases.look({home.channel for home in self._homes.values()})
        readers = await self._box.readers(workers)
        for worker in workers:
            beat = sight.beats.get(worker, "")
            silent = not beat or beat == self._beats.get(worker)
            self._silence[worker] = self._silence.get(worker, 0.0) + WATCH_EVERY if silent else 0.0
            self._unread[worker] = 0.0 if readers[worker] else self._unread.get(worker, 0.0) + WATCH_EVERY
            self._beats[worker] = beat
            if self._silence[worker] > FRESH or self._unread[worker] > UNREAD:
                await self._give_up(worker)
        for channel, worker in {(home.channel, home.worker) for home in self._homes.values()}:
            # Another worker holds it: this one was away, and is told so too.
            if sight.holders.get(channel, worker) != worker:
                self._lose(worker, channel)
        for known in (self._beats, self._silence, self._unread):
            for worker in known.keys() - {home.worker for home in self._homes.values()}:
                del known[worker]

    async def _give_up(self, worker: str, *asked: int) -> None:
        """A worker that does not answer holds no calls: whoever is in them joins again, elsewhere."""
        logger.error("The media worker %s does not answer: its calls move to others", worker)
        channels = {home.channel for home in self._homes.values() if home.worker == worker} | set(asked)
        try:
            await self._leases.withdraw(worker, channels)
        except RedisError as error:
            raise NoWorker("Redis is away") from error
        for each in channels:
            self._lose(worker, each)

    def _lose(self, worker: str, channel: int) -> None:
        lost = [session for session, home in self._homes.items() if home == Home(channel, worker)]
        for session in lost:
            del self._homes[session]
        for session in lost:
            for listener in self._listeners:
                listener(Lost(session))
