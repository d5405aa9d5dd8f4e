"""Everything of aiortc, aioice and pylibsrtp that Eclipse uses beyond what they document, in this one file.

aiortc has no public way to pass on encoded media. So of its layers only those below are used: ICE (aioice), the DTLS
handshake and the SRTP keys. RTP and RTCP leave the socket straight for the media server, past aiortc's queue, its
receivers and senders, and their threads and tasks. The version is pinned, and tests/voice/media/test_seam.py fails
when a new one has moved something.
"""

import asyncio
import struct
from collections.abc import Callable
from contextlib import suppress
from socket import AF_INET, socket
from typing import Any, cast

import aioice
from aioice.candidate import candidate_foundation, candidate_priority
from aioice.ice import CandidatePair, StunProtocol
from aiortc import RTCCertificate, RTCDtlsFingerprint, RTCDtlsParameters, RTCDtlsTransport
from pylibsrtp._binding import ffi, lib

from voice.media.answer import Answer
from voice.media.budget import Budget
from voice.media.candidate import Candidate
from voice.media.ports import Door, Ports

LARGEST_PACKET = 1500
# What one person may send in a second: three times what all sources at once come to; and checks and handshakes, which
# cost more and need no key.
MOST_PACKETS, MOST_CHECKS = 3000, 200
# SRTP keeps a state for each SSRC that a valid packet came from.
MOST_RTCP_SSRCS = 32
# Of the packets, those that tell about packets: they take longer to read.
MOST_RTCP = 300
# What SRTP and SRTCP add at most (pylibsrtp.SRTP_MAX_SRTCP_TRAILER_LEN).
TRAILER = 148
OK = lib.srtp_err_status_ok

RTP_HEADER = struct.Struct("!BBHII")
RTP_HEADER_BYTES = 12
SSRC = struct.Struct("!I")


def make_certificate() -> RTCCertificate:
    """A certificate for DTLS; one serves all connections."""
    return RTCCertificate.generateCertificate()


def fingerprint(certificate: RTCCertificate) -> str:
    """By which the other side knows the certificate: algorithm and value, as in `a=fingerprint`."""
    return next(f"{one.algorithm} {one.value}" for one in certificate.getFingerprints() if one.algorithm == "sha-256")


def ignore(*what: Any) -> Any:
    """Nobody listens any more."""


class Doorway(StunProtocol):
    """A socket of a connection: STUN and DTLS go to aiortc, media to the line."""

    def __init__(self, connection: "Connection", door: Door) -> None:
        super().__init__(connection)
        assert connection.line is not None
        self.door = door
        self._line: Line | None = connection.line
        self._checks = Budget(MOST_CHECKS)
        self._clock = asyncio.get_running_loop().time
        self.local_candidate = aioice.Candidate(
            foundation=candidate_foundation("host", "udp", door.address),
            component=1,
            transport="udp",
            priority=candidate_priority(1, "host"),
            host=door.address,
            port=door.port,
            type="host",
        )

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._line = None
        del self.receiver

    def datagram_received(self, data: bytes | str, addr: tuple[Any, ...]) -> None:
        data = cast(bytes, data)
        if self._line is None:
            return
        # RFC 7983: 128 to 191 is RTP or RTCP.
        if len(data) > RTP_HEADER_BYTES and 127 < data[0] < 192:
            self._line.take(data, addr)
        elif data and self._checks.take(1, self._clock()):
            self._line.note(addr)
            super().datagram_received(data, addr)


class Connection(aioice.Connection):
    """An ICE agent whose sockets come from `Ports`."""

    def __init__(self, line: "Line", ports: Ports) -> None:
        super().__init__(ice_controlling=line.offers)
        self.line: Line | None = line
        self._ports = ports

    async def gather_candidates(self) -> None:
        loop = asyncio.get_running_loop()
        self._local_candidates_start = True
        doors = self._ports.open()
        try:
            while doors:
                door = doors.pop()
                _, protocol = await loop.create_datagram_endpoint(
                    lambda door=door: Doorway(self, door),  # type: ignore[misc]
                    sock=door.socket,
                )
                self._protocols.append(protocol)
                self._local_candidates.append(protocol.local_candidate)
        finally:
            for door in doors:
                door.socket.close()
        self._local_candidates_end = True

    def forget(self) -> None:
        """Let go of everything that refers to this connection."""
        self.line = None
        self._check_list.clear()
        self._early_checks.clear()

    def check_complete(self, pair: CandidatePair) -> None:
        super().check_complete(pair)
        # A person's router may give them another port in the middle of a call: their next check says so.
        if self.line is not None and self._nominated.get(1) is pair:
            self.line.lead(cast(Doorway, pair.protocol).door.socket, pair.remote_addr)


class _Ice:
    """What an RTCDtlsTransport asks of the ICE transport below it."""

    def __init__(self, connection: Connection) -> None:
        self._recv = connection.recv
        self._send = connection.send
        self.role = "controlling" if connection.ice_controlling else "controlled"


class Line:
    """One encrypted path to a person, from the first check to the last packet.

    `on_rtcp` is called with the bytes of a decrypted packet, `on_end` once when the line is over; of more than
    `most_packets` between two calls of `renew` the rest is dropped.
    """

    def __init__(
        self,
        certificate: RTCCertificate,
        ports: Ports,
        *,
        on_rtcp: Callable[[bytes], None],
        on_end: Callable[[], None],
        offers: bool = True,
        most_packets: int = MOST_PACKETS,
    ) -> None:
        self.offers = offers
        # Datagrams that came, whatever they were: a line on which none comes is dead.
        self.heard = 0
        # Packets that were forged or too many, and those that the system did not take.
        self.refused = 0
        self.unsent = 0
        self._most = self._left = most_packets
        self._rtcp_left = MOST_RTCP
        self._rtcp_ssrcs: set[int] = set()
        self._knows: Callable[[int], bool] = ignore
        self._on_rtp: Callable[[memoryview, int], None] = ignore
        self._on_rtcp = on_rtcp
        self._on_end = on_end
        self._certificate = certificate
        self._connection = Connection(self, ports)
        self._dtls = RTCDtlsTransport(cast(Any, _Ice(self._connection)), [certificate])
        self._receive: Any = None
        self._protect: Any = None
        # Reused for every packet: a line is used by one thread.
        self._in_bytes = ffi.new("unsigned char[]", LARGEST_PACKET + TRAILER)
        self._in = memoryview(ffi.buffer(self._in_bytes))
        self._out_bytes = ffi.new("unsigned char[]", LARGEST_PACKET + TRAILER)
        self._out = memoryview(ffi.buffer(self._out_bytes))
        self._size = ffi.new("int *")
        self._sendto: Callable[[memoryview, tuple[Any, ...]], object] = lambda data, address: None
        self._address: tuple[Any, ...] = ()
        self._is_cut = False
        self._ended = False

    def receive(self, knows: Callable[[int], bool], on_rtp: Callable[[memoryview, int], None]) -> None:
        """Have `on_rtp` called with the buffer that holds a decrypted packet and its length.

        `knows` says whether packets of an SSRC are wanted at all, before any work is spent on them.
        """
        self._knows, self._on_rtp = knows, on_rtp

    # --- Setting up -----------------------------------------------------------------------------

    @property
    def username(self) -> str:
        return self._connection.local_username

    @property
    def password(self) -> str:
        return self._connection.local_password

    async def open(self) -> list[str]:
        """Open the sockets; the candidates to offer. Raises `EngineBusy`."""
        await self._connection.gather_candidates()
        return [candidate.to_sdp() for candidate in self._connection.local_candidates]

    async def connect(self, answer: Answer) -> None:
        """Reach the other side. Raises `ConnectionError`; may be cancelled."""
        connection = self._connection
        connection.remote_username, connection.remote_password = answer.username, answer.password
        for candidate in answer.candidates:
            await self.add_candidate(candidate)
        # The end of candidates is never told to aioice: checks of whoever named none still come.
        await connection.connect()
        self._dtls._set_role("server" if answer.role == "client" else "client")
        prints = [RTCDtlsFingerprint(*print_) for print_ in answer.fingerprints]
        await self._dtls.start(RTCDtlsParameters(prints))
        if self._dtls.state != "connected":
            raise ConnectionError("the DTLS handshake failed")
        self._receive = self._dtls._rx_srtp._srtp[0]
        self._protect = self._dtls._tx_srtp._srtp[0]
        self._dtls.on("statechange", self._on_state)

    def lead(self, bound: socket, address: tuple[str, int]) -> None:
        """Send by this socket, to this address, from now on."""
        if not self._is_cut:
            self._sendto = bound.sendto
            # As the system writes it where packets come from, with the scope and flow of IPv6.
            self._address = address if bound.family == AF_INET else (*address, 0, 0)

    async def add_candidate(self, candidate: Candidate) -> None:
        await self._connection.add_remote_candidate(
            aioice.Candidate(
                foundation=candidate.foundation,
                component=1,
                transport="udp",
                priority=candidate.priority,
                host=candidate.address,
                port=candidate.port,
                type=candidate.type,
            )
        )

    # --- The end --------------------------------------------------------------------------------

    def _on_state(self) -> None:
        if self._dtls.state in ("closed", "failed"):
            self.cut()
            self._on_end()

    def cut(self) -> None:
        """Let no packet through any more, from this moment on."""
        self._is_cut = True
        self._receive = self._protect = None

    async def close(self) -> None:
        """Say goodbye and close the sockets; calling it again changes nothing."""
        self.cut()
        if self._ended:
            return
        self._ended = True
        self._dtls.remove_all_listeners()
        with suppress(ConnectionError):
            await self._dtls.stop()
        await self._connection.close()
        # Whoever held the line is free at once: the garbage collector comes seldom, and a handshake's state is large.
        self._connection.forget()
        self._knows = self._on_rtp = self._on_rtcp = self._on_end = ignore

    # --- Packets --------------------------------------------------------------------------------

    def renew(self) -> None:
        """As many packets again may come."""
        self._left, self._rtcp_left = self._most, MOST_RTCP

    def note(self, address: tuple[Any, ...]) -> None:
        """Something has come from there that is no packet: a check, or a part of a handshake."""
        self.heard += address == self._address

    def take(self, data: bytes, address: tuple[Any, ...]) -> None:
        """Decrypt a packet and hand it on."""
        if address != self._address:
            # Whoever guessed the port must not use up what the person may send.
            self.refused += 1
            return
        self.heard += 1
        self._left -= 1
        size = len(data)
        context = self._receive
        if context is None or size > LARGEST_PACKET or self._left < 0:
            self.refused += 1
            return
        # RFC 5761: what would be payload types 64 to 95 is RTCP.
        if 192 <= data[1] < 224:
            self._take_rtcp(data, size)
            return
        if not self._knows(SSRC.unpack_from(data, 8)[0]):
            return
        self._in[:size] = data
        self._size[0] = size
        if lib.srtp_unprotect(context, self._in_bytes, self._size) == OK:
            self._on_rtp(self._in, self._size[0])
        else:
            self.refused += 1

    def _take_rtcp(self, data: bytes, size: int) -> None:
        ssrc = SSRC.unpack_from(data, 4)[0]
        self._rtcp_left -= 1
        if self._rtcp_left < 0:
            self.refused += 1
            return
        if ssrc not in self._rtcp_ssrcs and len(self._rtcp_ssrcs) == MOST_RTCP_SSRCS:
            self.refused += 1
            return
        self._in[:size] = data
        self._size[0] = size
        if lib.srtp_unprotect_rtcp(self._receive, self._in_bytes, self._size) == OK:
            self._rtcp_ssrcs.add(ssrc)
            self._on_rtcp(bytes(self._in[: self._size[0]]))
        else:
            self.refused += 1

    def send_rtp(
        self, first: int, kind: int, sequence: int, timestamp: int, ssrc: int, payload: bytes, head: bytes = b""
    ) -> None:
        """Encrypt a packet and send it: its first byte, marker and payload type, and what follows them.

        `head` is written over the payload's beginning.
        """
        size = RTP_HEADER_BYTES + len(payload)
        if self._protect is None or size > LARGEST_PACKET:
            return
        out = self._out
        RTP_HEADER.pack_into(out, 0, first, kind, sequence, timestamp, ssrc)
        out[RTP_HEADER_BYTES:size] = payload
        if head:
            out[RTP_HEADER_BYTES : RTP_HEADER_BYTES + len(head)] = head
        self._size[0] = size
        if lib.srtp_protect(self._protect, self._out_bytes, self._size) == OK:
            try:
                self._sendto(out[: self._size[0]], self._address)
            except OSError:
                # The system's buffer is full, or the network away: it is lost, as a packet may be.
                self.unsent += 1

    def send_rtcp(self, packets: bytes) -> None:
        """Encrypt a compound of RTCP packets and send it."""
        size = len(packets)
        if self._protect is None or size > LARGEST_PACKET:
            return
        self._out[:size] = packets
        self._size[0] = size
        if lib.srtp_protect_rtcp(self._protect, self._out_bytes, self._size) == OK:
            try:
                self._sendto(self._out[: self._size[0]], self._address)
            except OSError:
                self.unsent += 1
