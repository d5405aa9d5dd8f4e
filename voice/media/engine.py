"""The media server as signalling sees it: `voice.engine.VoiceEngine`, in this process."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

from django.conf import settings

from voice.engine import (
    Allowance,
    BadAnswer,
    CallLimits,
    Connected,
    Ended,
    EngineBusy,
    Event,
    Listener,
    Offer,
    UnknownSession,
    Wish,
)
from voice.media.aiortc_seam import make_certificate
from voice.media.call import Call
from voice.media.member import Member
from voice.media.peer import Peer
from voice.media.ports import Ports
from voice.media.sections import sections

logger = logging.getLogger(__name__)

NO_LIMITS_TOLD = CallLimits()


@dataclass(frozen=True)
class Capacity:
    """How much an engine carries, and on what."""

    audio_lanes: int = 8
    video_lanes: int = 6
    people: int = 300
    # Voices and pictures, each counted once for everybody to whom it is sent.
    streams: int = 600
    # See ports.py.
    ports: range = range(0)
    address: str = ""
    # How long somebody may take to answer, and a line may be dead.
    patience: float = 15

    @classmethod
    def from_settings(cls) -> "Capacity":
        """What the operator has set."""
        return cls(
            audio_lanes=settings.VOICE_AUDIO_LANES,
            video_lanes=settings.VOICE_VIDEO_LANES,
            people=settings.VOICE_MAX_PEOPLE,
            streams=settings.VOICE_MAX_STREAMS,
            ports=settings.VOICE_PORTS,
            address=settings.VOICE_PUBLIC_ADDRESS,
        )


class MediaEngine:
    """A selective forwarding unit. Made and used on one event loop."""

    def __init__(self, capacity: Capacity = Capacity()) -> None:
        self._capacity = capacity
        self._ports = Ports(capacity.ports, capacity.address)
        self._sections = sections(capacity.audio_lanes, capacity.video_lanes)
        self._certificate = make_certificate()
        self._listeners: list[Listener] = []
        self._calls: dict[int, Call] = {}
        self._homes: dict[str, Call] = {}
        # One series for all: an answer to somebody else's offer is noticed by its number.
        self._numbers = count(1)
        self._closing: set[asyncio.Task[None]] = set()

    def listen(self, listener: Listener) -> None:
        self._listeners.append(listener)

    def _tell(self, event: Event) -> None:
        for listener in self._listeners:
            try:
                listener(event)
            except Exception:
                logger.exception("A listener failed on %s", event)

    def _check_room(self) -> None:
        """Raise `EngineBusy` where nobody more may come: whoever talks already must not be heard worse for it."""
        if len(self._homes) >= self._capacity.people:
            raise EngineBusy(f"{len(self._homes)} people are here")
        now = asyncio.get_running_loop().time()
        members = [member for call in self._calls.values() for member in call.members.values()]
        streams = sum(member.peer.streams(now) for member in members if member.peer is not None)
        if streams >= self._capacity.streams:
            raise EngineBusy(f"{streams} streams are sent")

    # --- Coming and going ---------------------------------------------------------------------------

    async def join(
        self, *, channel: int, session: str, user: int, allowance: Allowance, limits: CallLimits = NO_LIMITS_TOLD
    ) -> Offer:
        call = self._homes.get(session)
        if call is not None and call.channel != channel:
            await self.leave(session=session)
            call = None
        if call is None:
            self._check_room()
            call = self._calls.get(channel)
            if call is None:
                call = self._calls[channel] = Call(channel, limits, tell=self._tell, end=self._end, drop=self._lost)
            member = Member(session, user, self._sections, allowance, call.seat, self._capacity.patience)
            self._homes[session] = call
            call.add(member)
        else:
            member = call.members[session]
            member.allow(allowance)
            call.allowed(member)
        try:
            return await self._offer(member, call)
        except BaseException:
            # Unless they are gone already, or asked again meanwhile.
            if self._homes.get(session) is call and member.peer is None and member.coming is None:
                self._remove(member)
            raise

    async def _offer(self, member: Member, call: Call) -> Offer:
        peer = Peer(
            next(self._numbers),
            self._sections,
            member.streams,
            self._certificate,
            self._ports,
            on_connected=lambda peer: self._connected(member, call, peer),
            on_end=lambda peer: self._lost(member, peer),
            on_pause=lambda peer: call.paused(member, peer),
        )
        if member.coming is not None:
            self._close(member.coming)
        member.await_answer(peer, asyncio.get_running_loop().time())
        try:
            offer = await peer.offer(call.limits)
            if member.coming is not peer:
                raise UnknownSession(member.session)
        except BaseException:
            self._lost(member, peer)
            raise
        return offer

    def _connected(self, member: Member, call: Call, peer: Peer) -> None:
        before = member.adopt(peer)
        if before is not None:
            self._close(before)
        self._tell(Connected(member.session))
        call.lanes_changed(member)

    def _lost(self, member: Member, peer: Peer) -> None:
        member.lose(peer, asyncio.get_running_loop().time())
        self._close(peer)

    async def leave(self, *, session: str) -> None:
        if (call := self._homes.get(session)) is not None:
            self._remove(call.members[session])
            await self._closed()

    async def kick(self, *, session: str, reason: str) -> None:
        if (call := self._homes.get(session)) is not None:
            self._end(call.members[session], reason)
            await self._closed()

    def _end(self, member: Member, reason: str) -> None:
        self._remove(member)
        self._tell(Ended(member.session, reason))

    def _remove(self, member: Member) -> None:
        """Take somebody out of everything, at once; their connections are closed in the background."""
        call = self._homes.pop(member.session)
        for peer in member.cut():
            self._close(peer)
        call.remove(member)
        if not call.members:
            call.close()
            del self._calls[call.channel]

    def _close(self, peer: Peer) -> None:
        peer.cut()
        task = asyncio.get_running_loop().create_task(peer.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def _closed(self) -> None:
        if self._closing:
            await asyncio.wait(set(self._closing))

    async def close(self) -> None:
        for call in list(self._calls.values()):
            for member in list(call.members.values()):
                self._end(member, "stopping")
        await self._closed()

    # --- What a session asks for ----------------------------------------------------------------------

    def _member(self, session: str) -> tuple[Call, Member]:
        call = self._homes.get(session)
        if call is None:
            raise UnknownSession(session)
        return call, call.members[session]

    def _coming(self, session: str, number: int) -> Peer:
        _, member = self._member(session)
        for peer in (member.coming, member.peer):
            if peer is not None and peer.number == number:
                return peer
        raise BadAnswer(f"offer {number} is not this session's, or not its newest")

    async def answer(self, *, session: str, number: int, sdp: str) -> None:
        self._coming(session, number).answer(sdp)

    async def add_candidate(self, *, session: str, number: int, candidate: str, mid: str) -> None:
        await self._coming(session, number).add_candidate(candidate)

    async def watch(self, *, session: str, wishes: Sequence[Wish]) -> None:
        call, member = self._member(session)
        member.wishes = wishes
        call.watch(member)

    async def mute(self, *, session: str, allowance: Allowance) -> None:
        call, member = self._member(session)
        member.allow(allowance)
        call.allowed(member)

    async def limit(self, *, channel: int, limits: CallLimits) -> None:
        if (call := self._calls.get(channel)) is not None:
            call.limit(limits)
