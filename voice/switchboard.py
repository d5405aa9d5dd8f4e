"""This process's calls: its sessions, the media server that they go through, and what others are told of them."""

import asyncio
import logging
import time
import uuid
from collections.abc import Coroutine
from typing import Any

from channels.db import database_sync_to_async

from eclipse.hub import Hub, hub
from rooms.models import Channel
from rooms.models.channel import voice_topic
from rooms.voice_access import VoiceAccess
from voice import engine as engines_tell
from voice import protocol, roster, wording
from voice.commands import END, YIELD
from voice.echo import Echo
from voice.engine import VoiceEngine
from voice.engines import make_engine
from voice.pacing import Pacer
from voice.passes import has_pass
from voice.protocol import Reason
from voice.sessions import CLOSE_CODES, NORMAL, Session
from voice.standing import Visitor, look, seen_as
from voice.state import (
    RENEW_EVERY,
    SWEEP_EVERY,
    ChannelFull,
    InAnotherCall,
    Participant,
    StateLost,
    VoiceState,
    voice_state,
)
from voice.wire import Wire

logger = logging.getLogger(__name__)


class Switchboard:
    """One event loop's sessions. All methods are called on that loop."""

    def __init__(self, engine: VoiceEngine, state: VoiceState) -> None:
        self.engine = engine
        self.state = state
        # Told apart from those of other processes.
        self.id = uuid.uuid4().hex
        self._sessions: dict[str, Session] = {}
        self._echoes: dict[int, Echo] = {}
        self._speaking: dict[int, frozenset[int]] = {}
        # Held until done: the loop itself keeps only weak references.
        self._tasks: set[asyncio.Task[None]] = set()
        self._rosters = Pacer(roster.ROSTER_EVERY, self._publish_roster)
        self._talk = Pacer(roster.SPEAKING_EVERY, self._publish_speaking)
        engine.listen(self._heard)

    def do(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Have this done, whatever becomes of whoever asked for it."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("A call's work failed", exc_info=error)

    # --- Coming in --------------------------------------------------------------------------------------

    async def join(self, visitor: Visitor, channel_id: int, wire: Wire, wanted: protocol.Join) -> Session | None:
        """Let somebody into the channel, or go on with a session that was cut off; `None`: they were told why not.

        The session has no page yet: `Session.attach` gives it one.
        """
        access = await look(visitor, channel_id)
        if not isinstance(access, VoiceAccess):
            await self._refuse(wire, visitor, access)
            return None
        if wanted.session and (resumed := await self._resume(visitor, access, wanted.session)):
            return resumed
        passes = (access.is_locked_out or access.user_limit > 0) and await database_sync_to_async(has_pass)(
            visitor.user.pk, access.channel.pk
        )
        if access.is_locked_out and not passes:
            await self._refuse(wire, visitor, Reason.LOCKED)
            return None
        came = Participant(
            session=uuid.uuid4().hex,
            channel=access.channel.pk,
            user=visitor.user.pk,
            username="",
            name="",
            since=int(time.time() * 1000),
            is_muted=wanted.muted,
            is_deafened=wanted.deafened,
        )
        limit = 0 if passes else access.user_limit
        return await self._enter(visitor, access, wire, seen_as(came, access), limit, take_over=wanted.take_over)

    async def _enter(
        self, visitor: Visitor, access: VoiceAccess, wire: Wire, came: Participant, limit: int, *, take_over: bool
    ) -> Session | None:
        enter = database_sync_to_async(self.state.enter)
        try:
            try:
                replaced = await enter(came, limit=limit, take_over=take_over)
            except InAnotherCall as error:
                other = self._sessions.get(error.participant.session)
                if other is None or other.is_attended:
                    wire.say(await database_sync_to_async(_busy)(error.participant))
                    return None
                # Nobody is there to be asked: the page was closed, or loaded anew.
                replaced = await enter(came, limit=limit, take_over=True)
        except ChannelFull:
            await self._refuse(wire, visitor, Reason.FULL)
            return None
        except StateLost:
            await self._refuse(wire, visitor, Reason.UNAVAILABLE)
            return None
        if replaced is not None:
            # Whichever process holds it; a process that died holds nothing.
            hub.command(f"user.{visitor.user.pk}", END, session=replaced.session, reason=Reason.TAKEN_OVER)
            if replaced.channel != came.channel:
                self.person_gone(replaced)
        return self._begin(Session(self, visitor, access, came))

    async def _resume(self, visitor: Visitor, access: VoiceAccess, session_id: str) -> Session | None:
        """The attack: another person's session, or one of another channel. It is as if there were none."""
        session = self._sessions.get(session_id)
        if session is not None:
            if not session.belongs_to(visitor.user, access.channel.pk):
                return None
            return session
        participant = await database_sync_to_async(self.state.resume)(session_id)
        if participant is None:
            return None
        if (participant.user, participant.channel) != (visitor.user.pk, access.channel.pk):
            return None
        # It was another process's, which may have died or may only have lost its line to this page.
        hub.command(f"user.{visitor.user.pk}", YIELD, session=session_id, board=self.id)
        return self._begin(Session(self, visitor, access, seen_as(participant, access)))

    def _begin(self, session: Session) -> Session:
        self._sessions[session.id] = session
        self.person_changed(session.participant)
        return session

    async def _refuse(self, wire: Wire, visitor: Visitor, reason: Reason) -> None:
        await wire.finish(wording.ended(reason, visitor.language), CLOSE_CODES.get(reason, NORMAL))

    def forget(self, session: Session) -> None:
        self._sessions.pop(session.id, None)

    async def echo(self, visitor: Visitor, wire: Wire) -> Echo:
        """Let somebody hear themself."""
        echo = Echo(self, visitor, wire)
        self._echoes[echo.channel] = echo
        await echo.begin()
        return echo

    def forget_echo(self, echo: Echo) -> None:
        self._echoes.pop(echo.channel, None)

    # --- What the media server tells -------------------------------------------------------------------

    def _heard(self, event: engines_tell.Event) -> None:
        if isinstance(event, engines_tell.SpeakingChanged):
            if (echo := self._echoes.get(event.channel)) is not None:
                echo.speaking_changed(event.users)
            if event.channel < 0:
                return
            self._speaking[event.channel] = event.users
            talking = protocol.Speaking(users=sorted(event.users))
            hub.publish(voice_topic(event.channel), protocol.line(talking))
            self._talk.ask(event.channel)
            return
        session = self._sessions.get(event.session)
        if session is None:
            self._echo_heard(event)
            return
        match event:
            case engines_tell.LanesChanged():
                session.lanes_changed(event)
            case engines_tell.Lost():
                self.do(session.offer())
                # Until another media server hears them, nobody is known to talk.
                self._heard(engines_tell.SpeakingChanged(session.channel.pk, frozenset()))
            case engines_tell.Ended():
                reason = Reason(event.reason) if event.reason in set(Reason) else Reason.LINE_DEAD
                self.do(session.end(reason, kick=False))

    def _echo_heard(self, event: engines_tell.Event) -> None:
        for echo in list(self._echoes.values()):
            match event:
                case engines_tell.LanesChanged(session=echo.id):
                    echo.lanes_changed(event)
                case engines_tell.Lost(session=echo.id) | engines_tell.Ended(session=echo.id):
                    self.do(echo.end(Reason.LINE_DEAD))

    # --- What others are told --------------------------------------------------------------------------

    def person_changed(self, participant: Participant) -> None:
        """Somebody came, or does something else now."""
        hub.publish(voice_topic(participant.channel), protocol.person_line(protocol.Person.of(participant)))
        self._rosters.ask(participant.channel)

    def person_gone(self, participant: Participant) -> None:
        hub.publish(voice_topic(participant.channel), protocol.line(protocol.Gone(user=participant.user)))
        self._rosters.ask(participant.channel)

    async def _publish_roster(self, channel_id: int) -> None:
        await database_sync_to_async(roster.publish_people)(channel_id)

    async def _publish_speaking(self, channel_id: int) -> None:
        users = self._speaking.get(channel_id, frozenset())
        if not users:
            self._speaking.pop(channel_id, None)
        await database_sync_to_async(roster.publish_speaking)(channel_id, users)

    # --- By the clock -------------------------------------------------------------------------------------

    async def renew(self) -> None:
        """Keep this process's sessions in the store, and put back those that it lost."""
        lost = await database_sync_to_async(self.state.renew)(list(self._sessions))
        for session_id in lost:
            await self.restore(session_id)

    async def restore(self, session_id: str) -> bool:
        """Put a session back that only seemed to be gone; false where this process holds none of this id."""
        session = self._sessions.get(session_id)
        if session is not None:
            await session.restore()
        return session is not None


def _busy(participant: Participant) -> protocol.Busy:
    name = Channel.objects.filter(pk=participant.channel).values_list("name", flat=True).first()
    return protocol.Busy(channel=participant.channel, name=name or "")


_current: tuple[asyncio.AbstractEventLoop, Switchboard] | None = None


def switchboard() -> Switchboard:
    """The running event loop's own."""
    global _current
    loop = asyncio.get_running_loop()
    if _current is None or _current[0] is not loop:
        _current = (loop, Switchboard(make_engine(), voice_state()))
    return _current[1]


def _present() -> Switchboard | None:
    """The running event loop's own, where somebody has joined a call through it."""
    return _current[1] if _current is not None and _current[0] is asyncio.get_running_loop() else None


async def renew(hub: Hub) -> None:
    if board := _present():
        await board.renew()


async def sweep(hub: Hub) -> None:
    """Tell of those whose process died. Each process with sockets does it: it need not have calls of its own."""
    board = _present()
    for participant in await database_sync_to_async(voice_state().take_lapsed)():
        if board is None or not await board.restore(participant.session):
            hub.publish(voice_topic(participant.channel), protocol.line(protocol.Gone(user=participant.user)))
            await database_sync_to_async(roster.publish_people)(participant.channel)


hub.every(RENEW_EVERY, renew)
hub.every(SWEEP_EVERY, sweep)
