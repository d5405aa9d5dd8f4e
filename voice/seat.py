"""A session's place at the media server: what is asked for it there, and what becomes of it where that fails."""

import logging
from collections.abc import Coroutine
from typing import Any

from rooms.voice_access import VoiceAccess
from voice import protocol
from voice.engine import BadAnswer, CallLimits, EngineError, Offer, UnknownSession, VoiceEngine
from voice.protocol import Reason
from voice.state import Participant

logger = logging.getLogger(__name__)


class SeatLost(Exception):
    """The media server does not hold the person to what they may do, or takes them in no more: they must be out."""


class Seat:
    """One person's in one call."""

    def __init__(self, engine: VoiceEngine, participant: Participant) -> None:
        self._engine = engine
        self._session = participant.session
        self._user = participant.user
        self._channel = participant.channel

    async def take(self, access: VoiceAccess) -> Offer | None:
        """A fresh connection, for which the page has to answer; `None` where a newer one was asked for meanwhile.

        Raises `SeatLost`.
        """
        try:
            return await self._engine.join(
                channel=self._channel,
                session=self._session,
                user=self._user,
                allowance=access.allowance,
                limits=access.limits,
            )
        except UnknownSession:
            return None
        except EngineError as error:
            logger.warning("The media server takes nobody in: %s", error)
            raise SeatLost from error
        except Exception as error:
            logger.exception("The media server could take nobody in")
            raise SeatLost from error

    async def hold(self, access: VoiceAccess) -> None:
        """Have the media server hold the person to what they may do. Raises `SeatLost`."""
        try:
            await self._engine.mute(session=self._session, allowance=access.allowance)
        except UnknownSession:
            # Not connected at the moment: the next connection comes with what is allowed then.
            return
        except Exception as error:
            logger.exception("The media server could not be told what somebody may do")
            raise SeatLost from error

    async def limit(self, limits: CallLimits) -> None:
        try:
            await self._engine.limit(channel=self._channel, limits=limits)
        except EngineError:
            logger.exception("The media server could not be told a call's limits")

    async def pass_on(self, message: protocol.Answer | protocol.Candidate | protocol.Watch) -> None:
        """What the page says to the media server. Raises `EngineError`, of which `BadAnswer` is the page's."""
        match message:
            case protocol.Answer(number=number, sdp=sdp):
                await self._engine.answer(session=self._session, number=number, sdp=sdp)
            case protocol.Candidate():
                await self._add_candidate(message)
            case protocol.Watch(wishes=wishes):
                await self._engine.watch(session=self._session, wishes=wishes)

    async def _add_candidate(self, message: protocol.Candidate) -> None:
        try:
            await self._engine.add_candidate(
                session=self._session, number=message.number, candidate=message.candidate, mid=message.mid
            )
        except BadAnswer:
            # Mostly for an offer that a newer one has ended meanwhile; a call may do without it in any case.
            logger.debug("A candidate could not be used", exc_info=True)

    async def kick(self, reason: Reason) -> None:
        await _quietly(self._engine.kick(session=self._session, reason=reason))

    async def leave(self) -> None:
        await _quietly(self._engine.leave(session=self._session))


async def _quietly(call: Coroutine[Any, Any, None]) -> None:
    try:
        await call
    except Exception:
        logger.exception("The media server could not be told that somebody is gone")
