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
from voice.media.answer import Answer, read_answer
from voice.media.audio_lane import AudioLane
from voice.media.budget import Budget
from voice.media.candidate import read_candidate
from voice.media.intake import Intake
from voice.media.lane import Lane
from voice.media.offer import Credentials, LaneSsrcs, write_offer
from voice.media.ports import Ports
from voice.media.sections import AUDIO, VIDEO, VP8_RTX, Section
from voice.media.stream import Stream
from voice.media.supply import Supply
from voice.media.video_lane import VideoLane

logger = logging.getLogger(__name__)

REPORT_SECONDS = 1.0
MOST_CANDIDATES = 30
# Packets a second that are sent again to one person, however many they ask for.
MOST_REPEATS = 400
# Of the size of a packet with all reports.
MOST_RTCP_BYTES = 1200


def nobody(peer: "Peer") -> None:
    """Who is told of a connection that is cut."""


class Peer:
    """A connection to one person.

    `streams` are the person's own, by source. `on_connected` is called when packets flow, `on_end` when they never
    will again, neither after `close`; `on_pause` when a picture is held back, or goes on.
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
        on_pause: Callable[["Peer"], None],
    ) -> None:
        self.number = number
        self.answered = False
        self.connected = False
        self._sections = sections
        self._certificate = certificate
        self._on_connected = on_connected
        self._on_end = on_end
        self._loop = asyncio.get_running_loop()
        # By which this side speaks of the streams that it receives.
        self._ssrc = random.getrandbits(32) or 1
        self._line = Line(certificate, ports, on_rtcp=self._on_rtcp, on_end=self._over)
        self.intake = Intake(sections, streams, self._ssrc, self._line.send_rtcp)
        self._line.receive(self.intake.knows, self.intake.take)
        lanes = [section for section in sections if section.is_lane]
        self.video = [VideoLane(section, self._line) for section in lanes if section.kind == VIDEO]
        audio = [AudioLane(section, self._line) for section in lanes if section.kind == AUDIO]
        self.lanes: list[Lane] = [*audio, *self.video]
        self._lanes = {lane.ssrc: lane for lane in self.lanes}
        self._repeats = Budget(MOST_REPEATS)
        self.supply = Supply(self.lanes, lambda: on_pause(self))
        self._candidates = 0
        self._connecting: asyncio.Task[None] | None = None
        self._reporting: asyncio.TimerHandle | None = None
        self._closed = False

    @property
    def heard(self) -> int:
        """How many datagrams have come."""
        return self._line.heard

    def streams(self, now: float) -> int:
        """How many lanes carry something."""
        return sum(lane.stream is not None and not lane.stream.is_idle(now) for lane in self.lanes)

    # --- Signalling -----------------------------------------------------------------------------

    async def offer(self, limits: CallLimits) -> Offer:
        """Open the sockets and describe this side. Raises `EngineBusy`."""
        self.intake.limit(limits)
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
        sending = len(self.intake.sections)
        self.intake.expect(answer.sections[:sending])
        for lane, section in zip(self.lanes, answer.sections[sending:], strict=True):
            lane.accepted = section.direction == "recvonly"
            if isinstance(lane, VideoLane):
                lane.takes_rtx = VP8_RTX in section.payload_types
        self._connecting = self._loop.create_task(self._connect(answer))

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
        except Exception:
            logger.exception("Offer %d came to nothing", self.number)
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
        self.intake.stop()
        self.supply.stop()
        for lane in self.lanes:
            lane.put(None)
        self._on_connected = self._on_end = nobody
        if self._reporting is not None:
            self._reporting.cancel()

    async def close(self) -> None:
        """Close the connection and all that belongs to it."""
        self.cut()
        if self._connecting is not None and self._connecting is not asyncio.current_task():
            self._connecting.cancel()
            with suppress(asyncio.CancelledError):
                await self._connecting
        await self._line.close()

    # --- RTCP -----------------------------------------------------------------------------------

    def _on_rtcp(self, data: bytes) -> None:
        said, now = rtcp.read(data), self._loop.time()
        for sender in said.senders:
            self.intake.note_sender(sender, now)
        for ssrc, sequences in said.missing.items():
            if lane := self._lanes.get(ssrc):
                for sequence in sequences:
                    if self._repeats.take(1, now):
                        lane.repeat(sequence)
        for ssrc in said.pictures:
            if (lane := self._lanes.get(ssrc)) and lane.stream is not None:
                lane.stream.want_picture()
        if said.reports or said.bitrate is not None:
            self.supply.take(said.reports, said.bitrate, now)

    def _report(self) -> None:
        """Tell how their streams arrive, and what the lanes' time is; see whether the line carries more."""
        now, ntp = self._loop.time(), rtcp.ntp_time(time.time())
        said = self.intake.report(now)
        for lane in self.lanes:
            if lane.stream is not None and lane.packets and len(said) < MOST_RTCP_BYTES:
                said += rtcp.sender_report(lane.report(ntp, now))
        self._line.send_rtcp(said)
        self._line.renew()
        self.supply.review(now)
        self._reporting = self._loop.call_later(REPORT_SECONDS * random.uniform(0.75, 1.25), self._report)  # noqa: S311
