"""One person's presence in one call: what they may do, what they do, and how both reach the media server and others.

A session outlives its socket by some seconds, so that a page that is loaded anew or a phone that changes networks
goes on with it. It asks `access` when it begins and whenever rights may have changed, and the media server is held to
the answer at once, whatever the other side sends.
"""

import asyncio
import logging
from collections.abc import Coroutine
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from channels.db import database_sync_to_async
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404

from accounts.models import User
from eclipse import ratelimit
from eclipse.hub import Socket, hub
from eclipse.ratelimit import RateLimited
from rooms import actions
from rooms.actions import FilteredWord
from rooms.consumers import FORBIDDEN, LOGGED_OUT, NOT_FOUND
from rooms.models import Channel
from rooms.models.channel import voice_topic
from rooms.voice_access import VoiceAccess
from voice import protocol, turn, wording
from voice.commands import END, YIELD
from voice.engine import BadAnswer, EngineError, LanesChanged, UnknownSession
from voice.protocol import ClientMessage, Problem, Reason
from voice.seat import Seat, SeatLost
from voice.standing import Visitor, look, rights_of, seen_as
from voice.state import ChannelFull, InAnotherCall, Participant, StateLost
from voice.thinning import Thinner
from voice.wire import Wire

if TYPE_CHECKING:
    from voice.switchboard import Switchboard

logger = logging.getLogger(__name__)

# How long a session goes on without a socket.
LINGER = 15.0
# The close code after a reason; after any other the socket closes normally.
CLOSE_CODES = {
    Reason.KICKED: FORBIDDEN,
    Reason.BANNED: FORBIDDEN,
    Reason.CHANNEL_DELETED: NOT_FOUND,
    Reason.LOGGED_OUT: LOGGED_OUT,
}
NORMAL = 1000


async def unheard(message: dict[str, Any]) -> None:
    """What else is told to the topics by which a session is asked to look again: markup, for pages."""


class Session:
    """See the module. All methods are called on the switchboard's event loop."""

    def __init__(self, board: "Switchboard", visitor: Visitor, access: VoiceAccess, participant: Participant) -> None:
        self._board = board
        self._visitor = visitor
        self._access = access
        self.participant = participant
        self._wire: Wire | None = None
        self._over = False
        # Changes of what the person may do and does come one after the other.
        self._turn = asyncio.Lock()
        # So does what a page is told when it comes, and after an outage.
        self._telling = asyncio.Lock()
        self._recheck_due = False
        self._lanes = ""
        self._seat = Seat(board.engine, participant)
        self._thinner = Thinner(participant.session, lambda wanted: self._do(self._change(wanted)))
        self._linger: asyncio.TimerHandle | None = None
        self._later: asyncio.TimerHandle | None = None
        self._ears: Socket = hub.connect(unheard, self._topics(), self._deafened, on_command=self._on_command)

    @property
    def id(self) -> str:
        return self.participant.session

    @property
    def channel(self) -> Channel:
        return self._access.channel

    @property
    def is_over(self) -> bool:
        return self._over

    @property
    def is_attended(self) -> bool:
        """Whether a page is connected to it."""
        return self._wire is not None

    def belongs_to(self, user: User, channel_id: int) -> bool:
        return not self._over and (self.participant.user, self.participant.channel) == (user.pk, channel_id)

    def _topics(self) -> set[str]:
        channel = self._access.channel
        return {f"user.{self._visitor.user.pk}", channel.room.topic, channel.topic, voice_topic(channel.pk)}

    # --- Pages --------------------------------------------------------------------------------------

    async def attach(self, wire: Wire, visitor: Visitor) -> None:
        """Go on with this page, and with no other: all that it has to know, then a fresh offer."""
        before, self._wire, self._visitor = self._wire, wire, visitor
        if self._linger is not None:
            self._linger.cancel()
            self._linger = None
        if before is not None:
            await before.finish(wording.ended(Reason.TAKEN_OVER, visitor.language), NORMAL)
        wire.on_catch_up = self._on_catch_up
        wire.on_recheck = lambda: self._do(self.recheck())
        await self._tell_everything(protocol.line(self._welcome()))
        # What was changed before the session, or this page of it, could hear of it.
        await self.recheck()
        await self.offer()

    def detach(self, wire: Wire) -> None:
        """The page is gone; the session waits for the next one, and ends where none comes."""
        if self._wire is not wire or self._over:
            return
        self._wire = None
        self._linger = asyncio.get_running_loop().call_later(LINGER, lambda: self._do(self.leave()))

    def _welcome(self) -> protocol.Welcome:
        channel, limits = self.channel, self._access.limits
        return protocol.Welcome(
            session=self.id,
            user=self.participant.user,
            channel=channel.pk,
            name=channel.name,
            rights=rights_of(self._access),
            ice_servers=turn.ice_servers(self.id),
            relay_only=settings.VOICE_RELAY_ONLY,
            bitrate=limits.bitrate,
            video_bitrate=limits.video_bitrate,
        )

    async def _tell_everything(self, first: str = "") -> None:
        """`first`, everybody in the call, who talks, and who is on which lane; nothing told meanwhile is lost."""
        async with self._telling:
            wire, channel_id = self._wire, self.channel.pk
            if wire is None:
                return
            wire.hold()
            wire.listen({voice_topic(channel_id)})
            await hub.settled()
            roll = await database_sync_to_async(self._board.state.in_channels)([channel_id])
            people = roll.of(channel_id)
            everybody = protocol.line(protocol.People(people=[protocol.Person.of(each) for each in people]))
            talking = protocol.line(protocol.Speaking(users=[each.user for each in people if each.is_speaking]))
            await wire.release(first + everybody + talking + self._lanes)

    def _on_catch_up(self) -> None:
        self._do(self._tell_everything())

    def tell(self, text: str) -> None:
        """Send the page a line, where there is one."""
        if self._wire is not None:
            self._wire.tell(text)

    def _complain(self, problem: Problem) -> None:
        self.tell(protocol.line(wording.problem(problem, self._visitor.language)))

    # --- The media server -----------------------------------------------------------------------------

    async def offer(self) -> None:
        """Have the media server make a fresh connection, and the page answer for it; without a page nobody could."""
        if self._over or self._wire is None:
            return
        access = self._access
        try:
            offer = await self._seat.take(access)
            if self._over:
                # Out while the media server let them in: what was kicked then was not there yet.
                await self._seat.kick(Reason.KICKED)
                return
            if access is not self._access:
                await self._seat.hold(self._access)
        except SeatLost:
            await self.end(Reason.UNAVAILABLE)
            return
        if offer is not None:
            self.tell(protocol.line(protocol.OfferMade(number=offer.number, sdp=offer.sdp)))

    def lanes_changed(self, event: LanesChanged) -> None:
        # Told again to the next page, whose connection begins with idle lanes.
        self._lanes = protocol.line(protocol.Lanes(lanes=list(event.lanes)))
        self.tell(self._lanes)

    # --- What the person asks ----------------------------------------------------------------------------

    async def handle(self, message: ClientMessage) -> None:
        """Do what the page asks, as far as the person may."""
        if self._over:
            return
        try:
            match message:
                case protocol.Answer() | protocol.Candidate() | protocol.Watch():
                    await self._seat.pass_on(message)
                case protocol.Restart():
                    ratelimit.spend("voice_restarts", self.id)
                    await self.offer()
                case protocol.State():
                    self._thinner.ask(message)
                case protocol.WriteCaption():
                    await self._caption(message)
                case protocol.Leave():
                    await self.leave()
                case protocol.Join():
                    self._complain(Problem.ALREADY_JOINED)
        except BadAnswer:
            logger.info("A browser's answer could not be used", exc_info=True)
            self._complain(Problem.BAD_ANSWER)
        except UnknownSession:
            # Its connection has just ended, and the engine says so, or it moves and there will be another offer.
            logger.debug("Asked for a session that the media server does not hold")
        except RateLimited:
            self._complain(Problem.TOO_FAST)
        except EngineError:
            logger.exception("The media server did not do what was asked")
            self._complain(Problem.UNAVAILABLE)

    async def _change(self, wanted: protocol.State) -> None:
        """The person does something else now."""
        async with self._turn:
            if (wanted.camera or wanted.screen) and not self._access.allowance.may_show:
                self._complain(Problem.NOT_ALLOWED)
                wanted = replace(wanted, camera=None, screen=None)
            was = self.participant
            await self._store(
                replace(
                    was,
                    is_muted=_either(wanted.muted, was.is_muted),
                    is_deafened=_either(wanted.deafened, was.is_deafened),
                    is_streaming_camera=_either(wanted.camera, was.is_streaming_camera),
                    is_streaming_screen=_either(wanted.screen, was.is_streaming_screen),
                )
            )

    async def _caption(self, message: protocol.WriteCaption) -> None:
        write = database_sync_to_async(actions.write_caption)
        try:
            await write(actor=self._visitor.user, channel=self.channel, text=message.text, final=message.final)
        except (PermissionDenied, Http404):
            self._complain(Problem.NOT_ALLOWED)
        except FilteredWord:
            self._complain(Problem.FILTERED)
        except ValidationError:
            self._complain(Problem.NOT_UNDERSTOOD)

    async def _store(self, participant: Participant) -> None:
        """The person does something else now: for everybody to see."""
        if participant == self.participant or self._over:
            return
        self.participant = participant
        await database_sync_to_async(self._board.state.put)(participant)
        if not self._over:
            self._board.person_changed(participant)

    async def restore(self) -> None:
        """The store lost this session (Redis was emptied, or this process slept): be in it again, or give way."""
        try:
            await database_sync_to_async(self._board.state.enter)(self.participant)
        except InAnotherCall as error:
            if error.participant.session != self.id:
                await self.end(Reason.TAKEN_OVER)
        except (ChannelFull, StateLost):
            return
        else:
            self._board.person_changed(self.participant)

    def _deafened(self) -> None:
        """The hub gave up the place where this session hears that rights change: it must not go on without."""
        self._do(self.end(Reason.UNAVAILABLE))

    # --- Rights --------------------------------------------------------------------------------------

    def _on_command(self, socket: Socket, name: str, data: dict[str, Any]) -> "asyncio.Future[None] | None":
        if name == hub.RECHECK:
            return self._do(self.recheck())
        if name == END and data.get("session", self.id) == self.id:
            if data.get("channel", self.channel.pk) == self.channel.pk:
                self._do(self.end(Reason(data["reason"]), moved_to=data.get("to")))
        elif name == YIELD and data["session"] == self.id and data["board"] != self._board.id:
            self._do(self.yield_())
        return None

    async def recheck(self) -> None:
        """Ask again who this is and what they may do here, and hold the media server to it."""
        self._recheck_due = True
        async with self._turn:
            if not self._recheck_due or self._over:
                return
            # One that was asked for while another looked: that one may have seen how it was before.
            self._recheck_due = False
            try:
                found = await look(self._visitor, self.channel.pk)
            except Exception:
                # Whoever may have lost a right must not keep it because nobody could look.
                logger.exception("Somebody is out of a call: what they may do could not be looked up")
                found = Reason.UNAVAILABLE
            if isinstance(found, VoiceAccess):
                try:
                    await self._take(found)
                    return
                except SeatLost:
                    found = Reason.UNAVAILABLE
        await self.end(found)

    async def _take(self, access: VoiceAccess) -> None:
        before, self._access = self._access, access
        self._look_again(access)
        if access.allowance != before.allowance:
            await self._seat.hold(access)
        if access.limits != before.limits:
            # First the page, which sends less, then the media server, which drops what is too much.
            self.tell(protocol.line(protocol.Limits(**asdict(access.limits))))
            await self._seat.limit(access.limits)
        if (rights := rights_of(access)) != rights_of(before):
            self.tell(protocol.rights_line(rights))
        if not self._over:
            hub.subscribe(self._ears, self._topics())
            await self._store(seen_as(self.participant, access))

    def _look_again(self, access: VoiceAccess) -> None:
        """A timeout ends by the clock, and nobody says so."""
        if self._later is not None:
            self._later.cancel()
            self._later = None
        if access.timeout is not None:
            loop = asyncio.get_running_loop()
            self._later = loop.call_later(access.timeout.seconds_left + 1, lambda: self._do(self.recheck()))

    # --- The end -------------------------------------------------------------------------------------

    async def leave(self) -> None:
        """The person goes by themself, or was away for too long."""
        if not self._close():
            return
        if self._wire is not None:
            # The page stays, and may join again.
            self._wire.listen(())
        await self._seat.leave()
        await self._gone()

    async def end(self, reason: Reason, *, moved_to: dict[str, Any] | None = None, kick: bool = True) -> None:
        """The person is out: for the media server first, then for everybody else, then in words for themself."""
        if not self._close():
            return
        wire, self._wire = self._wire, None
        kicked = self._do(self._seat.kick(reason)) if kick else None
        # Before they hear of it: they may come back, or join another call, at once.
        await self._gone()
        if wire is not None:
            ended = wording.ended(reason, self._visitor.language)
            moved = [protocol.Moved(**moved_to)] if moved_to is not None else []
            await wire.finish(ended, CLOSE_CODES.get(reason, NORMAL), *moved)
        if kicked is not None:
            await kicked

    async def yield_(self) -> None:
        """Another process goes on with this very session: forget it without a word to the media server or others."""
        if not self._close():
            return
        wire, self._wire = self._wire, None
        if wire is not None:
            await wire.finish(wording.ended(Reason.TAKEN_OVER, self._visitor.language), NORMAL)

    def _close(self) -> bool:
        """Whether this is the end, and not a second one."""
        if self._over:
            return False
        self._over = True
        self._board.forget(self)
        hub.disconnect(self._ears)
        self._thinner.stop()
        for timer in (self._linger, self._later):
            if timer is not None:
                timer.cancel()
        return True

    async def _gone(self) -> None:
        if await database_sync_to_async(self._board.state.leave)(self.id):
            self._board.person_gone(self.participant)

    def _do(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        return self._board.do(work)


def _either(wanted: bool | None, was: bool) -> bool:
    return was if wanted is None else wanted
