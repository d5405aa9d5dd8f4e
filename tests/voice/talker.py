"""A person with a WebRTC client that tells everything: a real aiortc peer connection, which sends what a test says.

It knows nothing of signalling: `await talker.answer(sdp)` takes an offer, wherever it came from.
"""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from aiortc import RTCBundlePolicy, RTCConfiguration, RTCPeerConnection, RTCRtpTransceiver, RTCSessionDescription
from aiortc.rtp import RtcpPsfbPacket, RtcpRtpfbPacket, RtpPacket, is_rtcp

from voice.engine import Source

SECONDS = 20
PACKET_SECONDS = 0.02
# What a packet of 20 ms of sound, and a frame of a picture, advance the timestamp by.
STEPS = {"audio": 960, "video": 3000}
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
    """The numbers of what was sent last on a section."""

    sequence: int = field(default_factory=lambda: random.getrandbits(14))
    timestamp: int = field(default_factory=lambda: random.getrandbits(31))


class Talker:
    """`heard` has every packet that came, in the order of arrival; `asked` counts what the server asked for."""

    def __init__(self) -> None:
        # aiortc moves only the first picture to the one transport where it begins with several.
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
        self.heard: list[Heard] = []
        # "picture" for each whole picture, "packet" for each lost packet, "bits" of the last REMB.
        self.asked: Counter[str] = Counter()
        self._dropped = 0.0
        self._dice = random.Random()
        self._news = asyncio.Event()
        self._outgoing = {source: Outgoing() for source in Source}

    # --- Signalling -----------------------------------------------------------------------------

    async def answer(self, offer: str, *, sends: bool = True) -> str:
        """Take an offer; the answer to it, after which the connection comes about."""
        await self.connection.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        for transceiver in self.connection.getTransceivers():
            lane = int(transceiver.mid) >= len(SOURCES)
            transceiver.direction = "recvonly" if lane else "sendonly" if sends else "inactive"
            if lane:
                self._listen(transceiver)
            else:
                self._heed(transceiver)
        await self.connection.setLocalDescription(await self.connection.createAnswer())
        return self.connection.localDescription.sdp

    def _listen(self, transceiver: RTCRtpTransceiver) -> None:
        """Note what comes, and let aiortc count and report it; but nothing here needs to be decoded."""
        receiver = transceiver.receiver
        receive, handle = receiver.receive, receiver._handle_rtp_packet

        async def receive_only(parameters: Any) -> None:
            await receive(parameters)
            receiver._handle_disconnect()
            # With several pictures aiortc would not know whose a retransmission is.
            for encoding in parameters.encodings:
                if encoding.rtx:
                    receiver.transport._rtp_router.ssrc_table[encoding.rtx.ssrc] = receiver

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

    def _heed(self, transceiver: RTCRtpTransceiver) -> None:
        """Count what is asked of a source; aiortc answers."""
        sender = transceiver.sender
        handle = sender._handle_rtcp_packet

        async def note(packet: Any) -> None:
            if isinstance(packet, RtcpRtpfbPacket):
                self.asked["packet"] += len(packet.lost)
            elif isinstance(packet, RtcpPsfbPacket) and packet.fmt == 1:
                self.asked["picture"] += 1
            elif isinstance(packet, RtcpPsfbPacket) and packet.fmt == 15:
                self.asked["bits"] = ((packet.fci[5] & 3) << 16 | packet.fci[6] << 8 | packet.fci[7]) << (
                    packet.fci[5] >> 2
                )
            self._news.set()
            await handle(packet)

        sender._handle_rtcp_packet = note

    async def connected(self) -> None:
        await self.until(lambda: self.connection.connectionState == "connected")

    @property
    def closed(self) -> bool:
        return self.connection.connectionState in ("closed", "failed")

    async def close(self) -> None:
        await self.connection.close()

    # --- Sending --------------------------------------------------------------------------------

    def transceiver(self, source: Source) -> RTCRtpTransceiver:
        return self.connection.getTransceivers()[SOURCES.index(source)]

    @property
    def transport(self) -> Any:
        """The DTLS transport that carries everything."""
        return self.transceiver(Source.MICROPHONE).sender.transport

    async def say(
        self,
        *payloads: bytes,
        source: Source = Source.MICROPHONE,
        level: int | None = 30,
        last: bool = True,
        ssrc: int | None = None,
        payload_type: int | None = None,
    ) -> None:
        """Send these payloads, a packet each; the packets of a picture bear one time, and `last` ends it."""
        transceiver = self.transceiver(source)
        sender, outgoing = transceiver.sender, self._outgoing[source]
        picture = transceiver.kind == "video"
        for index, payload in enumerate(payloads):
            outgoing.sequence = (outgoing.sequence + 1) & 0xFFFF
            if not picture or index == 0:
                outgoing.timestamp = (outgoing.timestamp + STEPS[transceiver.kind]) & 0xFFFFFFFF
            packet = RtpPacket(
                payload_type=transceiver._codecs[0].payloadType if payload_type is None else payload_type,
                marker=int(picture and last and index == len(payloads) - 1),
                sequence_number=outgoing.sequence,
                timestamp=outgoing.timestamp,
                ssrc=ssrc or sender._ssrc,
                payload=payload,
            )
            packet.extensions.mid = transceiver.mid
            if level is not None and not picture:
                packet.extensions.audio_level = (True, level)
            # aiortc answers requests for lost packets from here.
            sender._RTCRtpSender__rtp_history[packet.sequence_number % 128] = packet
            extensions = sender._RTCRtpSender__rtp_header_extensions_map
            with suppress(ConnectionError):
                await sender.transport._send_rtp(packet.serialize(extensions))

    @asynccontextmanager
    async def talking(self, word: bytes, **how: Any) -> AsyncIterator[None]:
        """Say a word again and again, numbered, at the pace of speech."""

        async def talk() -> None:
            number = 0
            while True:
                await self.say(word + b" %d" % number, **how)
                number += 1
                await asyncio.sleep(PACKET_SECONDS)

        task = asyncio.create_task(talk())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    def drop(self, share: float, *, seed: int = 1) -> None:
        """Lose this share of all RTP from now on, both ways, as a bad line does."""
        self._dropped, self._dice = share, random.Random(seed)
        transport = self.transport
        if "_send_rtp" in vars(transport):
            return
        send, handle = transport._send_rtp, transport._handle_rtp_data

        async def lossy_send(data: bytes) -> None:
            if is_rtcp(data) or self._dice.random() >= self._dropped:
                await send(data)

        async def lossy_handle(data: bytes, arrival_time_ms: int) -> None:
            if self._dice.random() >= self._dropped:
                await handle(data, arrival_time_ms=arrival_time_ms)

        transport._send_rtp, transport._handle_rtp_data = lossy_send, lossy_handle

    # --- Hearing --------------------------------------------------------------------------------

    def on(self, mid: str) -> list[Heard]:
        """What has come on a lane, without retransmissions."""
        ssrcs = {packet.ssrc: packet.payload_type for packet in self.heard if packet.mid == mid}
        first = next(iter(ssrcs), None)
        return [packet for packet in self.heard if packet.ssrc == first]

    def payloads(self) -> list[bytes]:
        return [packet.payload for packet in self.heard]

    async def until(self, holds: Callable[[], object], seconds: float = SECONDS) -> None:
        """Wait until something holds; looked at whenever a packet has come, and now and then."""
        async with asyncio.timeout(seconds):
            while not holds():
                self._news.clear()
                with suppress(TimeoutError):
                    async with asyncio.timeout(0.02):
                        await self._news.wait()

    async def hears(self, *payloads: bytes) -> None:
        """Wait until all of these have come."""
        await self.until(lambda: set(payloads) <= {packet.payload for packet in self.heard})

    async def hears_word(self, word: bytes) -> None:
        """Wait for somebody who is `talking`."""
        heard = len(self.heard)
        await self.until(lambda: any(packet.payload.startswith(word) for packet in self.heard[heard:]))
