"""One call: the people in a voice channel, and who of them hears whom."""

import asyncio
import logging
from collections.abc import Callable, Iterable

from voice.engine import CallLimits, Event, SpeakingChanged
from voice.media.audio_stream import AudioStream
from voice.media.member import Member
from voice.media.peer import Peer
from voice.media.stream import Stream
from voice.media.video_stream import VideoStream

logger = logging.getLogger(__name__)

# Speaking is told at most this often.
TICK_SECONDS = 0.2


class Call:
    """The people of one channel.

    `tell` tells an event, `end` lets a session go with a reason, `drop` a connection that did not come about.
    """

    def __init__(
        self,
        channel: int,
        limits: CallLimits,
        *,
        tell: Callable[[Event], None],
        end: Callable[[Member, str], None],
        drop: Callable[[Member, Peer], None],
    ) -> None:
        self.channel = channel
        self.limits = limits
        self.members: dict[str, Member] = {}
        self._tell = tell
        self._end = end
        self._drop = drop
        self._loop = asyncio.get_running_loop()
        self._changed: dict[Member, None] = {}
        self._speaking: frozenset[int] = frozenset()
        self._timer = self._loop.call_later(TICK_SECONDS, self._tick)
        self._telling: asyncio.Handle | None = None

    # --- People ---------------------------------------------------------------------------------

    def add(self, member: Member) -> None:
        self.members[member.session] = member
        for one in self._sounds():
            one.seated = False
        self._count()
        self._show(member)

    def _show(self, member: Member) -> None:
        """Let those see somebody who want to."""
        for other in self.members.values():
            if any(wish.user == member.user for wish in other.wishes):
                self.watch(other)

    def remove(self, member: Member) -> None:
        """Take somebody out, and what they send off everybody's lanes."""
        del self.members[member.session]
        self._changed.pop(member, None)
        self._withdraw(member.streams.values())
        # Whoever had to wait for a lane may have theirs.
        self._show(member)
        self._count()

    def _count(self) -> None:
        for member in self.members.values():
            # One hears everybody but oneself.
            crowded = len(self.members) - 1 > len(member.audio.taken)
            for stream in member.streams.values():
                if isinstance(stream, AudioStream):
                    stream.crowded = crowded

    def _sounds(self) -> Iterable[AudioStream]:
        for member in self.members.values():
            for stream in member.streams.values():
                if isinstance(stream, AudioStream):
                    yield stream

    def allowed(self, member: Member) -> None:
        """What somebody may do has changed."""
        self._withdraw(stream for stream in member.streams.values() if not stream.allowed)
        for stream in member.streams.values():
            if isinstance(stream, AudioStream):
                stream.seated = False
        self._show(member)

    def _withdraw(self, streams: Iterable[Stream]) -> None:
        now = self._loop.time()
        for stream in streams:
            for listener in self.members.values():
                if listener.forget(stream, now):
                    self.lanes_changed(listener)

    def limit(self, limits: CallLimits) -> None:
        """Hold everybody to this from now on."""
        self.limits = limits
        for member in self.members.values():
            member.limit(limits)

    # --- Lanes ----------------------------------------------------------------------------------

    def seat(self, stream: AudioStream, now: float) -> bool:
        """Put a sound that is heard on everybody's lanes; whether it is on all of them."""
        everywhere = True
        for listener in self.members.values():
            if not listener.wants(stream) or listener.audio.find(stream) is not None:
                continue
            if listener.hear(stream, now) is None:
                everywhere = False
                continue
            self.lanes_changed(listener)
        return everywhere

    def watch(self, member: Member) -> None:
        """Somebody wants to see other pictures than before."""
        now = self._loop.time()
        streams = {
            (one.user, source): stream for one in self.members.values() for source, stream in one.streams.items()
        }
        wanted: list[VideoStream] = []
        for wish in member.wishes:
            stream = streams.get((wish.user, wish.source))
            if not isinstance(stream, VideoStream) or stream in wanted:
                continue
            if stream.allowed and wish.user != member.user:
                wanted.append(stream)
        member.video.arrange(wanted, now)
        for sound in self._sounds():
            if not member.wants(sound):
                member.forget(sound, now)
            else:
                sound.seated = False
        self.lanes_changed(member)

    def lanes_changed(self, member: Member) -> None:
        """Let the member's lanes carry who is on them now, and tell it, once for all that happens at once."""
        if member.peer is not None:
            member.fill(member.peer)
        self._tell_soon(member)

    def paused(self, member: Member, peer: Peer) -> None:
        """A picture is held back from somebody, or goes on."""
        if member.peer is peer:
            self._tell_soon(member)

    def _tell_soon(self, member: Member) -> None:
        self._changed[member] = None
        if self._telling is None:
            self._telling = self._loop.call_soon(self._tell_lanes)

    def _tell_lanes(self) -> None:
        self._telling = None
        changed, self._changed = self._changed, {}
        for member in changed:
            self._tell(member.lanes())

    # --- By the clock ---------------------------------------------------------------------------

    def _tick(self) -> None:
        now = self._loop.time()
        self._timer = self._loop.call_later(TICK_SECONDS, self._tick)
        speaking = frozenset(member.user for member in self.members.values() if member.is_talking(now))
        if speaking != self._speaking:
            self._speaking = speaking
            self._tell(SpeakingChanged(self.channel, speaking))
        for member in list(self.members.values()):
            if (peer := member.expired(now)) is not None:
                self._drop(member, peer)
            if reason := member.overdue(now):
                self._end(member, reason)

    def close(self) -> None:
        self._timer.cancel()
        if self._telling is not None:
            self._telling.cancel()
