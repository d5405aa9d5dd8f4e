"""A media worker: a media server in a process of its own, which signalling reaches through Redis (voice/remote.py)."""

import asyncio
import logging
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from redis.exceptions import RedisError

from voice import remote_calls
from voice.engine import Ended, EngineError, Event, Lost, SpeakingChanged, UnknownSession, VoiceEngine
from voice.leases import BEAT_EVERY, Leases
from voice.mailbox import Mailbox, Message

logger = logging.getLogger(__name__)

# A process that has said nothing for so long is dead, and so are the sessions that nobody else went on with.
PATIENCE = 15.0


@dataclass(frozen=True)
class Guest:
    """Whose session it is: the box of the process that brought it, and its call."""

    board: str
    channel: int


class Worker:
    """Carries out what signalling asks, in order for each session, and tells it what the media server tells."""

    def __init__(self, engine: VoiceEngine, url: str) -> None:
        self.id = uuid.uuid4().hex
        self._engine = engine
        self._box = Mailbox(url, self.id, self._receive)
        self._leases = Leases(self._box.redis)
        self._guests: dict[str, Guest] = {}
        # For how long each process has been silent, while Redis was there to bring what it says.
        self._silence: dict[str, float] = {}
        self._turns: dict[str, asyncio.Task[None]] = {}
        engine.listen(self._tell)

    async def run(self, stop: asyncio.Event, ready: Callable[[], object] = lambda: None) -> None:
        """Serve until `stop`, then hand the calls over to other workers; `ready` is called once calls are taken."""
        self._box.start()
        waiting = True
        while not stop.is_set():
            try:
                await self._beat()
                if waiting and await self._box.opened():
                    waiting = False
                    ready()
            except RedisError as error:
                logger.warning("This worker's calls go on without Redis: %s", error)
            with suppress(TimeoutError):
                async with asyncio.timeout(BEAT_EVERY):
                    await stop.wait()
        await self._hand_over()

    @property
    def _channels(self) -> set[int]:
        return {guest.channel for guest in self._guests.values()}

    async def _beat(self) -> None:
        lost = await self._leases.beat(self.id, len(self._guests), self._channels)
        for session, guest in list(self._guests.items()):
            if guest.channel in lost:
                # Another worker took the call while this one was away.
                self._send(guest.board, Lost(session))
                await self._let_go(session)
        for board in {guest.board for guest in self._guests.values()}:
            self._silence[board] = self._silence.get(board, 0.0) + BEAT_EVERY
            if self._silence[board] > PATIENCE:
                logger.warning("A process is gone, and its people with it")
                for session in [session for session, guest in self._guests.items() if guest.board == board]:
                    await self._let_go(session)
                del self._silence[board]

    async def _let_go(self, session: str) -> None:
        self._guests.pop(session, None)
        try:
            await self._engine.leave(session=session)
        except Exception:
            logger.exception("The media server could not let somebody go")

    async def _hand_over(self) -> None:
        with suppress(RedisError):
            await self._leases.withdraw(self.id, self._channels)
        for session, guest in self._guests.items():
            self._send(guest.board, Lost(session))
        self._guests.clear()
        await self._box.close()
        await self._engine.close()

    # --- What signalling asks ---------------------------------------------------------------------------------

    def _receive(self, message: Message) -> None:
        board = message["from"]
        self._silence[board] = 0.0
        if "census" in message:
            self._count(board, set(message["census"]))
            return
        arguments = message["arguments"]
        key = arguments.get("session", "")
        if message["method"] == "join":
            self._welcome(board, key, arguments["channel"])
        elif key in self._guests and self._guests[key].board != board:
            # It was cut off while another process went on with this session, and has not heard of that.
            self._box.post(board, {"from": self.id, "taken": key})
            self._answer(message, {"error": UnknownSession.__name__, "words": "another process's"})
            return
        before = self._turns.get(key)
        self._turns[key] = task = asyncio.get_running_loop().create_task(self._carry_out(message, before))
        task.add_done_callback(lambda done: self._turns.pop(key) if self._turns.get(key) is done else None)

    def _count(self, board: str, sessions: set[str]) -> None:
        """Let those go whom their process knows no more: that they left was lost on the way."""
        for session, guest in list(self._guests.items()):
            if guest.board == board and session not in sessions:
                self._receive({"from": board, "method": "leave", "arguments": {"session": session}})

    def _welcome(self, board: str, session: str, channel: int) -> None:
        before = self._guests.get(session)
        if before is not None and before.board != board:
            self._box.post(before.board, {"from": self.id, "taken": session})
        self._guests[session] = Guest(board, channel)

    async def _carry_out(self, message: Message, before: "asyncio.Task[None] | None") -> None:
        if before is not None:
            await asyncio.wait([before])
        method, arguments = message["method"], message["arguments"]
        if method in {"leave", "kick"}:
            self._guests.pop(arguments["session"], None)
        try:
            answer: Message = {"result": await remote_calls.call(self._engine, method, arguments)}
        except EngineError as error:
            answer = {"error": type(error).__name__, "words": str(error)}
        except Exception as error:
            logger.exception("The media server failed in %s", method)
            answer = {"error": EngineError.__name__, "words": repr(error)}
        if "error" in answer and method == "join":
            self._guests.pop(arguments["session"], None)
        self._answer(message, answer)

    def _answer(self, question: Message, answer: Message) -> None:
        # What a census asks, nobody waits for.
        if "number" in question:
            self._box.post(question["from"], {"from": self.id, "number": question["number"]} | answer)

    # --- What the media server tells ----------------------------------------------------------------------------

    def _tell(self, event: Event) -> None:
        if isinstance(event, SpeakingChanged):
            # To one process, which tells everybody: whoever has been longest in the call, for then it changes least.
            board = next((guest.board for guest in self._guests.values() if guest.channel == event.channel), None)
        else:
            guest = self._guests.get(event.session)
            board = guest.board if guest is not None else None
            if isinstance(event, Ended):
                self._guests.pop(event.session, None)
        if board is not None:
            self._send(board, event)

    def _send(self, board: str, event: Event) -> None:
        self._box.post(board, {"from": self.id} | remote_calls.written_event(event))
