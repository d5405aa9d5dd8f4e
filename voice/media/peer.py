"""One peer connection of a person's: its sections, from the offer to the last packet."""

import asyncio
import logging
import random
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from aiortc import RTCCertificate

from voice.engine import BadAnswer, CallLimits, Offer, Source
from voice.media import rtcp
from voice.media.aiortc_seam import Line, fingerprint
from voice.media.answer import Answer, AnsweredSection, read_answer
from voice.media.candidate import read_candidate
from voice.media.incoming import Incoming
from voice.media.lane import Lane
from voice.media.offer import Credentials, LaneSsrcs, write_offer
from voice.media.ports import Ports
from voice.media.rtp import HEADER, MARKER, Malformed, Packet, extension, payload_bounds
from voice.media.sections import AUDIO_LEVEL, MID, PAYLOAD_TYPES, VIDEO, VP8_RTX, Section
from voice.media.stream import Stream

logger = logging.getLogger(__name__)

REPORT_SECONDS = 1.0
# While packets are missing.
ASK_SECONDS = 0.03
MOST_CANDIDATES = 30
# SSRCs that an answer does not name are learned from packets that name their section: so many of them.
MOST_LEARNED = 8


class Peer:
    """A connection to one person.

    `streams` are the person's own, by source. `on_connected` is called when packets flow, `on_end` when they never
    will again; neither after `close`.
    """

    def __init__(
        self,
        number: int,
        sections: Sequence[Section],
        streams: Mapping[Source, Stream],
        certificate: RTCCertificate,
        ports: Ports,
        *,
        on_connected: Callable[["Peer"], None],
        on_end: Callable[["Peer"], None],
    ) -> None:
        self.number = number
        self.answered = False
        self.connected = False
        # Packets that were dropped because nothing like them was agreed on.
        self.unknown = 0
        self._sections = sections
        self._certificate = certificate
        self._on_connected = on_connected
        self._on_end = on_end
        self._loop = asyncio.get_running_loop()
        # By which this side speaks of the streams that it receives.
        self._ssrc = random.getrandbits(32) or 1
        self._line = Line(
            certificate, ports, knows=self._knows, on_rtp=self._on_rtp, on_rtcp=self._on_rtcp, on_end=self._over
        )
        self.lanes = [Lane(section, self._line) for section in sections if section.is_lane]
        self._lanes = {ssrc: lane for lane in self.lanes for ssrc in (lane.ssrc, lane.rtx) if ssrc}
        self.incoming = {
            section.mid: Incoming(section, streams[section.source], self._ssrc, self._line.send_rtcp)
            for section in sections
            if section.source is not None
        }
        self._by_ssrc: dict[int, Incoming] = {}
        # Sections whose SSRCs the answer did not name.
        self._unnamed: set[str] = set()
        self._learned = 0
        self._candidates = 0
        self._connecting: asyncio.Task[None] | None = None
        self._reporting: asyncio.TimerHandle | None = None
        self._asking: asyncio.TimerHandle | None = None
        self._closed = False

    @property
    def heard(self) -> int:
        """How many datagrams have come."""
        return self._line.heard

    # --- Signalling -----------------------------------------------------------------------------

    async def offer(self, limits: CallLimits) -> Offer:
        """Open the sockets and describe this side. Raises `EngineBusy`."""
        candidates = await self._line.open()
        credentials = Credentials(self._line.username, self._line.password, fingerprint(self._certificate), candidates)
        ssrcs = {lane.mid: LaneSsrcs(lane.ssrc, lane.rtx) for lane in self.lanes}
        return Offer(self.number, write_offer(self.number, self._sections, credentials, ssrcs, limits.bitrate))

    def answer(self, sdp: str) -> None:
        """Take the answer, and begin to connect. Raises `BadAnswer`."""
        if self.answered:
            raise BadAnswer("answered already")
        answer = read_answer(sdp, self._sections)
        self.answered = True
        for section in answer.sections:
            if section.mid in self.incoming:
                self._expect(section)
        self._connecting = self._loop.create_task(self._connect(answer))

    def _expect(self, section: AnsweredSection) -> None:
        if section.direction != "sendonly":
            return
        incoming = self.incoming[section.mid]
        incoming.repairs = section.takes_nack
        if not section.ssrcs:
            self._unnamed.add(section.mid)
            return
        repairs = set(section.rtx.values())
        for ssrc in section.ssrcs:
            self._by_ssrc[ssrc] = incoming
            if ssrc not in repairs:
                incoming.ssrc = incoming.ssrc or ssrc

    async def add_candidate(self, value: str) -> None:
        """Take a candidate that came after the answer. Raises `BadAnswer`."""
        self._candidates += 1
        if not value or self._candidates > MOST_CANDIDATES:
            return
        try:
            candidate = read_candidate(value)
        except ValueError as error:
            raise BadAnswer(str(error)) from error
        if candidate is not None and not self._closed:
            await self._line.add_candidate(candidate)

    async def _connect(self, answer: Answer) -> None:
        try:
            await self._line.connect(answer)
        except ConnectionError as error:
            logger.debug("Offer %d came to nothing: %s", self.number, error)
            self._over()
            return
        self.connected = True
        self._report()
        self._on_connected(self)

    # --- The end --------------------------------------------------------------------------------

    def _over(self) -> None:
        self.connected = False
        if not self._closed:
            self._on_end(self)

    def cut(self) -> None:
        """Let nothing through any more, at once."""
        self._closed, self.connected = True, False
        self._line.cut()
        for lane in self.lanes:
            lane.put(None)
        for timer in (self._reporting, self._asking):
            if timer is not None:
                timer.cancel()

    async def close(self) -> None:
        """Close the connection and all that belongs to it."""
        self.cut()
        if self._connecting is not None and self._connecting is not asyncio.current_task():
            self._connecting.cancel()
            with suppress(asyncio.CancelledError):
                await self._connecting
        await self._line.close()

    # --- Packets from the person ------------------------------------------------------------------

    def _knows(self, ssrc: int) -> bool:
        if ssrc in self._by_ssrc or (self._unnamed and self._learned < MOST_LEARNED):
            return True
        self.unknown += 1
        return False

    def _on_rtp(self, view: memoryview, size: int) -> None:
        first, kind, sequence, timestamp, ssrc = HEADER.unpack_from(view)
        try:
            incoming = self._by_ssrc.get(ssrc) or self._learn(view, size, ssrc)
            payload_type = kind & ~MARKER
            if incoming is None or payload_type not in PAYLOAD_TYPES[incoming.section.kind]:
                self.unknown += 1
                return
            start, end = payload_bounds(view, size)
            video = incoming.section.kind == VIDEO
            level = None
            if payload_type == VP8_RTX:
                # RFC 4588: the sequence number that it had, then what it was. Without either it only tries the line.
                if end - start < 2:
                    return
                sequence = view[start] << 8 | view[start + 1]
                start += 2
            elif not video and first & 0x10 and (value := extension(view, size, AUDIO_LEVEL)):
                level = value[0] & 127
        except Malformed:
            self.unknown += 1
            return
        if start == end:
            return
        packet = Packet(payload_type, kind >= MARKER, sequence, timestamp, ssrc, bytes(view[start:end]), level)
        if incoming.take(packet, self._loop.time()) and self._asking is None:
            self._asking = self._loop.call_later(ASK_SECONDS, self._ask)

    def _learn(self, view: memoryview, size: int, ssrc: int) -> Incoming | None:
        """Whose an SSRC is that the answer did not name: its packets name their section."""
        mid = (extension(view, size, MID) or b"").decode("ascii", "replace")
        if mid not in self._unnamed:
            return None
        self._learned += 1
        incoming = self._by_ssrc[ssrc] = self.incoming[mid]
        if view[1] & ~MARKER != VP8_RTX:
            incoming.ssrc = ssrc
            incoming.stream.begin()
        return incoming

    def _ask(self) -> None:
        now = self._loop.time()
        missing = [incoming.ask(now) for incoming in self.incoming.values() if incoming.reception.missing]
        self._asking = self._loop.call_later(ASK_SECONDS, self._ask) if any(missing) else None

    def _on_rtcp(self, data: bytes) -> None:
        said, now = rtcp.read(data), self._loop.time()
        for sender in said.senders:
            if incoming := self._by_ssrc.get(sender.ssrc):
                incoming.reception.note_sender(sender.ntp, now)
        for ssrc, sequences in said.missing.items():
            if lane := self._lanes.get(ssrc):
                for sequence in sequences:
                    lane.repeat(sequence)
        for ssrc in said.pictures:
            if (lane := self._lanes.get(ssrc)) and lane.stream is not None:
                lane.stream.want_picture()

    # --- Reports to the person --------------------------------------------------------------------

    def _report(self) -> None:
        """Tell how their streams arrive, and what the lanes' time is."""
        now, ntp = self._loop.time(), rtcp.ntp_time(time.time())
        reports = [report for one in self.incoming.values() if (report := one.reception.report(one.ssrc, now))]
        said = rtcp.receiver_report(self._ssrc, reports)
        for lane in self.lanes:
            if lane.stream is not None and lane.packets:
                said += rtcp.sender_report(lane.report(ntp, now))
        self._line.send_rtcp(said)
        self._reporting = self._loop.call_later(REPORT_SECONDS * random.uniform(0.75, 1.25), self._report)  # noqa: S311
