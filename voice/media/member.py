"""One person's presence in one call: what they send, what they are sent, and by which connection."""

from collections.abc import Callable, Sequence

from voice.engine import Allowance, CallLimits, Lane, LanesChanged, Source, Wish
from voice.media.audio_stream import AudioStream
from voice.media.lanes import AudioSeats, VideoSeats
from voice.media.peer import Peer
from voice.media.sections import AUDIO, VIDEO, Section
from voice.media.stream import Stream
from voice.media.video_stream import VideoStream


class Member:
    """A session. It outlasts its connections: `peer` carries it now, `coming` will once it is connected."""

    def __init__(
        self,
        session: str,
        user: int,
        sections: Sequence[Section],
        allowance: Allowance,
        seat: Callable[[AudioStream, float], bool],
        patience: float,
    ) -> None:
        self.session = session
        self.user = user
        self.allowance = allowance
        self.peer: Peer | None = None
        self.coming: Peer | None = None
        self.was_connected = False
        # How long they may take to answer, and their line may be dead.
        self._patience = patience
        # Since when they are without a connection, or being offered one.
        self._since = 0.0
        self._heard = -1
        self._heard_at = 0.0
        self.wishes: Sequence[Wish] = ()
        self.microphone = AudioStream(user, Source.MICROPHONE, seat)
        self.streams: dict[Source, Stream] = {
            Source.MICROPHONE: self.microphone,
            Source.CAMERA: VideoStream(user, Source.CAMERA),
            Source.SCREEN: VideoStream(user, Source.SCREEN),
            Source.SCREEN_SOUND: AudioStream(user, Source.SCREEN_SOUND, seat),
        }
        lanes = [section for section in sections if section.is_lane]
        self._mids = [section.mid for section in lanes]
        self.audio: AudioSeats[AudioStream] = AudioSeats(sum(section.kind == AUDIO for section in lanes))
        self.video: VideoSeats[VideoStream] = VideoSeats(sum(section.kind == VIDEO for section in lanes))
        self.allow(allowance)

    # --- What they send -------------------------------------------------------------------------

    def allow(self, allowance: Allowance) -> None:
        """Hold them to this from the next packet on."""
        self.allowance = allowance
        for source, stream in self.streams.items():
            stream.allowed = source == Source.MICROPHONE or allowance.may_show
            if isinstance(stream, AudioStream):
                # The attack: a microphone sent as the screen's sound.
                stream.allowed = stream.allowed and allowance.may_speak
                stream.has_priority = allowance.has_priority
                if not stream.allowed:
                    stream.voice.hush()
        if self.peer is not None:
            self.fill(self.peer)

    def limit(self, limits: CallLimits) -> None:
        """Hold them to this from now on."""
        for peer in (self.peer, self.coming):
            if peer is not None:
                peer.intake.limit(limits)

    def is_talking(self, now: float) -> bool:
        return self.microphone.voice.talking_until > now

    # --- What they are sent -----------------------------------------------------------------------

    def wants(self, stream: Stream) -> bool:
        """Whether a sound is meant for them: a screen's goes with its picture."""
        if stream.user == self.user:
            return self.allowance.hears_self and stream.source == Source.MICROPHONE
        if stream.source != Source.SCREEN_SOUND:
            return True
        return any(wish.user == stream.user and wish.source in (Source.SCREEN, stream.source) for wish in self.wishes)

    def hear(self, stream: AudioStream, now: float) -> int | None:
        """Put somebody's sound on a lane; which, or None where it must wait."""
        seat = self.audio.choose(stream, now)
        if seat is not None:
            if (before := self.audio.taken[seat]) is not None:
                before.seated = False
            self.audio.put(seat, stream, now)
        return seat

    def forget(self, stream: Stream, now: float) -> bool:
        """Take a stream off the lanes; whether it was on one."""
        for seats in (self.audio, self.video):
            seat = seats.find(stream)  # type: ignore[arg-type]
            if seat is not None:
                seats.put(seat, None, now)
                return True
        return False

    def fill(self, peer: Peer) -> None:
        """Let the lanes of a connection carry who is on them."""
        streams: list[Stream | None] = [*self.audio.taken, *self.video.taken]
        for lane, stream in zip(peer.lanes, streams, strict=True):
            if not self.allowance.may_hear and lane.kind == AUDIO:
                stream = None
            if lane.stream is not stream:
                lane.put(stream)
        pictures = {(lane.stream.user, lane.stream.source): lane for lane in peer.video if lane.stream is not None}
        wanted = [(pictures.get((wish.user, wish.source)), wish.large) for wish in self.wishes]
        peer.supply.want([(lane, large) for lane, large in wanted if lane is not None])

    def lanes(self) -> LanesChanged:
        """Who is on which lane."""
        paused = {lane.mid for lane in self.peer.video if lane.paused} if self.peer is not None else set()
        streams: list[Stream | None] = [*self.audio.taken, *self.video.taken]
        lanes = [
            Lane(mid, stream.user, stream.source, mid in paused) if stream is not None else Lane(mid, None, None)
            for mid, stream in zip(self._mids, streams, strict=True)
        ]
        return LanesChanged(self.session, lanes)

    # --- Connections ------------------------------------------------------------------------------

    def await_answer(self, peer: Peer, now: float) -> None:
        """Begin to connect anew; what carries them now does so until that has come about."""
        self.coming, self._since = peer, now

    def lose(self, peer: Peer, now: float) -> None:
        """A connection has ended."""
        if self.coming is peer:
            self.coming = None
        if self.peer is peer:
            self.peer, self._since = None, now

    def overdue(self, now: float) -> str:
        """Why the session must end, or nothing."""
        if self.peer is not None:
            if self.peer.heard != self._heard:
                self._heard, self._heard_at = self.peer.heard, now
            return "line_dead" if now - self._heard_at > self._patience else ""
        if now - self._since <= self._patience:
            return ""
        return "line_dead" if self.was_connected else "no_answer"

    def expired(self, now: float) -> Peer | None:
        """A connection that should have come about by now, beside one that carries them still."""
        return self.coming if self.peer is not None and now - self._since > self._patience else None

    def adopt(self, peer: Peer) -> Peer | None:
        """Let a connection that has come about carry everything; the one that did so before."""
        before, self.peer, self.coming = self.peer, peer, None
        self.was_connected = True
        self._heard = -1
        if before is not None:
            before.cut()
        peer.intake.activate()
        self.fill(peer)
        return before

    def cut(self) -> list[Peer]:
        """Let nothing through any more, at once; the connections to close."""
        peers = [peer for peer in (self.peer, self.coming) if peer is not None]
        self.peer = self.coming = None
        for peer in peers:
            peer.cut()
        return peers
