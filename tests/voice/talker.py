"""A person with a WebRTC client that tells everything: a real aiortc peer connection, which sends what a test says.

It knows nothing of signalling: `await talker.answer(sdp)` takes an offer, wherever it came from.
"""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpTransceiver, RTCSessionDescription
from aiortc.rtp import RtpPacket

from voice.engine import Source

SECONDS = 20
# What a microphone's packet of 20 ms advances the timestamp by.
STEP = {"audio": 960, "video": 3000}
SOURCES = list(Source)


@dataclass(frozen=True)
class Heard:
    """A packet that arrived on a lane."""

    mid: str
    ssrc: int
    payload_type: int
    sequence: int
    timestamp: int
    marker: bool
    payload: bytes


@dataclass
class Outgoing:
    """What a talker sends next on a section."""

    sequence: int = field(default_factory=lambda: random.getrandbits(14))
    timestamp: int = field(default_factory=lambda: random.getrandbits(31))


class Talker:
    """`heard` has every packet that came, in the order of arrival."""

    def __init__(self) -> None:
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.heard: list[Heard] = []
        self._news = asyncio.Event()
        self._outgoing: dict[Source, Outgoing] = {source: Outgoing() for source in Source}

    # --- Signalling -----------------------------------------------------------------------------

    async def answer(self, offer: str, *, sends: bool = True) -> str:
        """Take an offer; the answer to it, after which the connection comes about."""
        await self.connection.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        for transceiver in self.connection.getTransceivers():
            lane = int(transceiver.mid) >= len(SOURCES)
            transceiver.direction = "recvonly" if lane else "sendonly" if sends else "inactive"
            if lane:
                self._listen(transceiver)
        await self.connection.setLocalDescription(await self.connection.createAnswer())
        return self.connection.localDescription.sdp

    def _listen(self, transceiver: RTCRtpTransceiver) -> None:
        """Note what comes, and let aiortc count and report it; but nothing here needs to be decoded."""
        receiver = transceiver.receiver
        receive, handle = receiver.receive, receiver._handle_rtp_packet

        async def receive_only(parameters: object) -> None:
            await receive(parameters)
            receiver._handle_disconnect()

        async def note(packet: RtpPacket, arrival_time_ms: int) -> None:
            self.heard.append(
                Heard(
                    transceiver.mid,
                    packet.ssrc,
                    packet.payload_type,
                    packet.sequence_number,
                    packet.timestamp,
                    bool(packet.marker),
                    packet.payload,
                )
            )
            self._news.set()
            await handle(packet, arrival_time_ms)

        receiver.receive = receive_only
        receiver._handle_rtp_packet = note

    async def connected(self) -> None:
        await self.until(lambda: self.connection.connectionState == "connected")

    @property
    def closed(self) -> bool:
        return self.connection.connectionState in ("closed", "failed")

    async def close(self) -> None:
        await self.connection.close()

    # --- Media ----------------------------------------------------------------------------------

    def transceiver(self, source: Source) -> RTCRtpTransceiver:
        return self.connection.getTransceivers()[SOURCES.index(source)]

    async def say(
        self,
        *payloads: bytes,
        source: Source = Source.MICROPHONE,
        level: int | None = 30,
        marker: bool = False,
        ssrc: int | None = None,
        payload_type: int | None = None,
    ) -> None:
        """Send these payloads, a packet each."""
        transceiver = self.transceiver(source)
        sender, outgoing = transceiver.sender, self._outgoing[source]
        for payload in payloads:
            outgoing.sequence = (outgoing.sequence + 1) & 0xFFFF
            outgoing.timestamp = (outgoing.timestamp + STEP[transceiver.kind]) & 0xFFFFFFFF
            packet = RtpPacket(
                payload_type=payload_type or transceiver._codecs[0].payloadType,
                marker=int(marker),
                sequence_number=outgoing.sequence,
                timestamp=outgoing.timestamp,
                ssrc=ssrc or sender._ssrc,
                payload=payload,
            )
            packet.extensions.mid = transceiver.mid
            if level is not None and transceiver.kind == "audio":
                packet.extensions.audio_level = (True, level)
            # aiortc answers requests for lost packets from here.
            sender._RTCRtpSender__rtp_history[packet.sequence_number % 128] = packet
            extensions = sender._RTCRtpSender__rtp_header_extensions_map
            await sender.transport._send_rtp(packet.serialize(extensions))

    def payloads(self, mid: str | None = None) -> list[bytes]:
        """What has come on a lane, or on all of them."""
        return [packet.payload for packet in self.heard if mid in (None, packet.mid)]

    async def until(self, holds: Callable[[], object], seconds: float = SECONDS) -> None:
        """Wait until something holds; looked at whenever a packet has come, and now and then."""
        async with asyncio.timeout(seconds):
            while not holds():
                self._news.clear()
                try:
                    async with asyncio.timeout(0.02):
                        await self._news.wait()
                except TimeoutError:
                    pass

    async def hears(self, *payloads: bytes) -> None:
        """Wait until all of these have come."""
        await self.until(lambda: set(payloads) <= {packet.payload for packet in self.heard})
