"""A call with nobody in it but oneself, whose own voice comes back: what `/voice/test/` tries a browser's way with.

It is no channel's, and nobody is told of it.
"""

import asyncio
import logging
import secrets
import uuid
from typing import TYPE_CHECKING

from django.conf import settings

from voice import protocol, turn, wording
from voice.engine import Allowance, BadAnswer, CallLimits, EngineError, LanesChanged
from voice.protocol import ClientMessage, Problem, Reason
from voice.standing import Visitor
from voice.wire import Wire

if TYPE_CHECKING:
    from voice.switchboard import Switchboard

logger = logging.getLogger(__name__)

# Long enough to connect three ways and to hear oneself.
LONGEST = 60.0
LIMITS = CallLimits()
ALLOWANCE = Allowance(may_show=False, hears_self=True)
NOBODYS = protocol.Rights(speak=True, show=False, caption=False, moderate=False)


class Echo:
    """One try of one person's. All methods are called on the switchboard's event loop."""

    def __init__(self, board: "Switchboard", visitor: Visitor, wire: Wire) -> None:
        self._board = board
        self._visitor = visitor
        self._wire = wire
        self.is_over = False
        self.id = uuid.uuid4().hex
        # No channel has a number below 0. By chance, so that no two processes make the same call of two people.
        self.channel = -secrets.randbelow(2**62) - 1
        self._end = asyncio.get_running_loop().call_later(
            LONGEST, lambda: board.do(self.end(Reason.NO_ANSWER, kick=True))
        )

    async def begin(self) -> None:
        """Ask the media server for an offer, and tell the page."""
        self._wire.say(
            protocol.Welcome(
                session=self.id,
                user=self._visitor.user.pk,
                channel=self.channel,
                name="",
                rights=NOBODYS,
                ice_servers=turn.ice_servers(self.id),
                relay_only=settings.VOICE_RELAY_ONLY,
                bitrate=LIMITS.bitrate,
                video_bitrate=LIMITS.video_bitrate,
            )
        )
        try:
            offer = await self._board.engine.join(
                channel=self.channel, session=self.id, user=self._visitor.user.pk, allowance=ALLOWANCE, limits=LIMITS
            )
        except EngineError as error:
            logger.warning("The media server takes nobody in: %s", error)
            await self.end(Reason.UNAVAILABLE, kick=False)
            return
        self._wire.say(protocol.OfferMade(number=offer.number, sdp=offer.sdp))

    async def handle(self, message: ClientMessage) -> None:
        """Do what the page says, as far as it concerns an echo."""
        try:
            match message:
                case protocol.Answer(number=number, sdp=sdp):
                    await self._board.engine.answer(session=self.id, number=number, sdp=sdp)
                case protocol.Candidate(number=number, mid=mid, candidate=candidate):
                    await self._board.engine.add_candidate(session=self.id, number=number, candidate=candidate, mid=mid)
                case protocol.Leave():
                    await self.leave()
        except BadAnswer as error:
            logger.info("An answer was of no use: %s", error)
            self._wire.say(wording.problem(Problem.BAD_ANSWER, self._visitor.language))
        except EngineError as error:
            # It ended in this moment, and the page is told so.
            logger.debug("%s", error)

    def lanes_changed(self, event: LanesChanged) -> None:
        self._wire.say(protocol.Lanes(lanes=list(event.lanes)))

    def speaking_changed(self, users: frozenset[int]) -> None:
        """The media server hears them, or hears them no more."""
        self._wire.say(protocol.Speaking(users=sorted(users)))

    def detach(self, wire: Wire) -> None:
        """The page is gone, and nobody goes on with an echo."""
        if not self.is_over:
            self._board.do(self.leave())

    async def leave(self) -> None:
        self._forget()
        await self._board.engine.leave(session=self.id)

    async def end(self, reason: Reason, *, kick: bool = True) -> None:
        """It is over, and the page is told why; with `kick` the media server is told, too."""
        if self.is_over:
            return
        self._forget()
        if kick:
            await self._board.engine.kick(session=self.id, reason=reason)
        await self._wire.finish(wording.ended(reason, self._visitor.language), 1000)

    def _forget(self) -> None:
        self.is_over = True
        self._end.cancel()
        self._board.forget_echo(self)
