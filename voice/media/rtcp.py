"""RTCP (RFC 3550, 4585, 5104 and REMB): what is said about packets."""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

SENDER_REPORT, RECEIVER_REPORT, DESCRIPTION, BYE, FEEDBACK, PAYLOAD_FEEDBACK = 200, 201, 202, 203, 205, 206
NACK = 1
PLI, FIR, APPLICATION = 1, 4, 15
CNAME = 1
REMB = b"REMB"

HEAD = struct.Struct("!BBH")
WORD = struct.Struct("!I")
WORDS = struct.Struct("!II")
SENDER = struct.Struct("!IIIIII")
REPORT = struct.Struct("!IIIIII")
NACK_ITEM = struct.Struct("!HH")
REPORT_BYTES = 24
# More than any connection of ours has; the count has five bits.
MOST_REPORTS = 31
# Between the epochs of NTP and of Unix.
NTP_SECONDS = 2_208_988_800


@dataclass(frozen=True)
class Report:
    """How a stream arrives at its receiver."""

    ssrc: int
    # Of 256, since the last report.
    fraction_lost: int
    lost: int
    highest: int
    jitter: int
    # The middle of the last sender report's time, and how long ago that was, in 1/65536 s.
    last_report: int = 0
    delay: int = 0


@dataclass(frozen=True)
class SenderReport:
    ssrc: int
    ntp: int
    timestamp: int
    packets: int
    octets: int


@dataclass
class Said:
    """All that one compound packet says."""

    reports: list[Report] = field(default_factory=list)
    senders: list[SenderReport] = field(default_factory=list)
    # Sequence numbers that are missing, by SSRC.
    missing: dict[int, list[int]] = field(default_factory=dict)
    # SSRCs of which a whole picture is wanted.
    pictures: list[int] = field(default_factory=list)
    # What the receiver thinks that the line carries, in bits a second, or None.
    bitrate: int | None = None


def ntp_time(unix: float) -> int:
    """A time as RTCP writes it: 64 bits, the upper 32 of them seconds."""
    return int((unix + NTP_SECONDS) * (1 << 32)) & 0xFFFFFFFFFFFFFFFF


# --- Reading ---------------------------------------------------------------------------------------


def read(data: bytes) -> Said:
    """What a compound packet says; where it becomes unreadable, what was said before that."""
    said = Said()
    for kind, count, body in _packets(data):
        if kind == SENDER_REPORT and len(body) >= SENDER.size:
            ssrc, seconds, fraction, timestamp, packets, octets = SENDER.unpack_from(body)
            said.senders.append(SenderReport(ssrc, seconds << 32 | fraction, timestamp, packets, octets))
            said.reports += _reports(body[SENDER.size :], count)
        elif kind == RECEIVER_REPORT:
            said.reports += _reports(body[WORD.size :], count)
        elif kind == FEEDBACK and count == NACK and len(body) >= WORDS.size:
            _, ssrc = WORDS.unpack_from(body)
            said.missing.setdefault(ssrc, []).extend(_missing(body[WORDS.size :]))
        elif kind == PAYLOAD_FEEDBACK and len(body) >= WORDS.size:
            _read_payload_feedback(said, count, body)
    return said


def _packets(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    at = 0
    while at + HEAD.size <= len(data):
        first, kind, words = HEAD.unpack_from(data, at)
        end = at + HEAD.size + 4 * words
        if first >> 6 != 2 or end > len(data):
            return
        body = data[at + HEAD.size : end]
        if first & 0x20:
            if not body or not 0 < body[-1] <= len(body):
                return
            body = body[: -body[-1]]
        yield kind, first & 31, body
        at = end


def _reports(body: bytes, count: int) -> Iterator[Report]:
    for at in range(0, min(count * REPORT_BYTES, len(body) - REPORT_BYTES + 1), REPORT_BYTES):
        ssrc, lost, highest, jitter, last_report, delay = REPORT.unpack_from(body, at)
        total = lost & 0xFFFFFF
        yield Report(ssrc, lost >> 24, total - (1 << 24 if total >> 23 else 0), highest, jitter, last_report, delay)


def _missing(body: bytes) -> Iterator[int]:
    for at in range(0, len(body) - 3, NACK_ITEM.size):
        first, mask = NACK_ITEM.unpack_from(body, at)
        yield first
        for bit in range(16):
            if mask >> bit & 1:
                yield first + bit + 1 & 0xFFFF


def _read_payload_feedback(said: Said, kind: int, body: bytes) -> None:
    _, ssrc = WORDS.unpack_from(body)
    rest = body[WORDS.size :]
    if kind == PLI:
        said.pictures.append(ssrc)
    elif kind == FIR and len(rest) >= WORD.size:
        # The SSRC that is meant stands in the item.
        said.pictures.append(WORD.unpack_from(rest)[0])
    elif kind == APPLICATION and rest[:4] == REMB and len(rest) >= 8:
        exponent, mantissa = rest[5] >> 2, (rest[5] & 3) << 16 | rest[6] << 8 | rest[7]
        said.bitrate = mantissa << exponent


# --- Writing ---------------------------------------------------------------------------------------


def _packet(kind: int, count: int, body: bytes) -> bytes:
    return HEAD.pack(0x80 | count, kind, len(body) // 4) + body


def receiver_report(ssrc: int, reports: Sequence[Report]) -> bytes:
    return _packet(RECEIVER_REPORT, len(reports), WORD.pack(ssrc) + b"".join(map(_report, reports)))


def _report(report: Report) -> bytes:
    lost = report.fraction_lost << 24 | max(-0x800000, min(report.lost, 0x7FFFFF)) & 0xFFFFFF
    return REPORT.pack(report.ssrc, lost, report.highest, report.jitter, report.last_report, report.delay)


def sender_report(report: SenderReport) -> bytes:
    body = SENDER.pack(
        report.ssrc,
        report.ntp >> 32,
        report.ntp & 0xFFFFFFFF,
        report.timestamp,
        report.packets & 0xFFFFFFFF,
        report.octets & 0xFFFFFFFF,
    )
    return _packet(SENDER_REPORT, 0, body)


def description(ssrc: int, name: str) -> bytes:
    """The canonical name of a stream (SDES)."""
    text = name.encode()
    body = WORD.pack(ssrc) + bytes([CNAME, len(text)]) + text + b"\0"
    return _packet(DESCRIPTION, 1, body + bytes(-len(body) % 4))


def missing(ssrc: int, media: int, sequences: Sequence[int]) -> bytes:
    """A request for these packets of `media`, in their order (NACK)."""
    items = b""
    while sequences:
        first, mask, rest = sequences[0], 0, []
        for sequence in sequences[1:]:
            ahead = sequence - first - 1 & 0xFFFF
            if ahead < 16:
                mask |= 1 << ahead
            else:
                rest.append(sequence)
        items += NACK_ITEM.pack(first, mask)
        sequences = rest
    return _packet(FEEDBACK, NACK, WORDS.pack(ssrc, media) + items)


def picture(ssrc: int, media: int) -> bytes:
    """A request for a whole picture (PLI)."""
    return _packet(PAYLOAD_FEEDBACK, PLI, WORDS.pack(ssrc, media))


def bitrate(ssrc: int, bits: int, media: Sequence[int]) -> bytes:
    """How many bits a second these streams may take together (REMB)."""
    exponent = max(0, bits.bit_length() - 18)
    head = bytes([len(media)]) + (exponent << 18 | bits >> exponent).to_bytes(3, "big")
    return _packet(PAYLOAD_FEEDBACK, APPLICATION, WORDS.pack(ssrc, 0) + REMB + head + b"".join(map(WORD.pack, media)))
