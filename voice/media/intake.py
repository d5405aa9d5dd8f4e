"""All that one person sends over one connection: which packet is of which section, and what is asked of the sender."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence

from voice.engine import CallLimits, Source
from voice.media import rtcp
from voice.media.answer import AnsweredSection
from voice.media.bandwidth import Uplink
from voice.media.incoming import Incoming
from voice.media.rtp import HEADER, MARKER, Malformed, Packet, extension, payload_bounds
from voice.media.sections import AUDIO_LEVEL, MID, PAYLOAD_TYPES, VIDEO, VP8_RTX, Section
from voice.media.stream import Stream

# While packets are missing.
ASK_SECONDS = 0.03
# SSRCs that an answer does not name are learned from packets that name their section: so many of them.
MOST_LEARNED = 8


class Intake:
    """Takes RTP in. `own` is the SSRC by which this side speaks of it, `say` sends RTCP to the person."""

    def __init__(
        self, sections: Iterable[Section], streams: Mapping[Source, Stream], own: int, say: Callable[[bytes], None]
    ) -> None:
        # Packets that were dropped because nothing like them was agreed on.
        self.unknown = 0
        self.sections = {
            section.mid: Incoming(section, streams[section.source], own, say)
            for section in sections
            if section.source is not None
        }
        self._own = own
        self._loop = asyncio.get_running_loop()
        self._by_ssrc: dict[int, Incoming] = {}
        # Sections whose SSRCs the answer did not name.
        self._unnamed: set[str] = set()
        self._learned = 0
        self._asking: asyncio.TimerHandle | None = None
        self._uplink = Uplink()
        self._octets = 0
        self._received_at = 0.0

    # --- What was agreed on -----------------------------------------------------------------------

    def expect(self, sections: Sequence[AnsweredSection]) -> None:
        """Take what the answer says of what will be sent."""
        for section in sections:
            if section.direction != "sendonly":
                continue
            incoming = self.sections[section.mid]
            incoming.repairs = section.takes_nack
            if not section.ssrcs:
                self._unnamed.add(section.mid)
            repairs = set(section.rtx.values())
            for ssrc in section.ssrcs:
                self._by_ssrc[ssrc] = incoming
                if ssrc not in repairs:
                    incoming.ssrc = incoming.ssrc or ssrc

    def limit(self, limits: CallLimits) -> None:
        """Hold the sender to this from now on."""
        for incoming in self.sections.values():
            incoming.limit(limits)

    def activate(self) -> None:
        """Let this connection be the one that feeds the person's streams."""
        for incoming in self.sections.values():
            incoming.activate()

    def stop(self) -> None:
        """Let nothing through any more."""
        for incoming in self.sections.values():
            incoming.stop()
        if self._asking is not None:
            self._asking.cancel()

    # --- Packets --------------------------------------------------------------------------------

    def knows(self, ssrc: int) -> bool:
        """Whether packets of an SSRC are worth decrypting."""
        if ssrc in self._by_ssrc or (self._unnamed and self._learned < MOST_LEARNED):
            return True
        self.unknown += 1
        return False

    def take(self, view: memoryview, size: int) -> None:
        """Take a packet in."""
        first, kind, sequence, timestamp, ssrc = HEADER.unpack_from(view)
        level, payload_type = None, kind & ~MARKER
        try:
            incoming = self._by_ssrc.get(ssrc) or self._learn(view, size, ssrc)
            if incoming is None or payload_type not in PAYLOAD_TYPES[incoming.section.kind]:
                self.unknown += 1
                return
            start, end = payload_bounds(view, size)
            if payload_type == VP8_RTX:
                # RFC 4588: the sequence number that it had, then what it was. With nothing it only tries the line.
                if end - start < 2:
                    return
                sequence = view[start] << 8 | view[start + 1]
                start += 2
            elif first & 0x10 and incoming.section.kind != VIDEO and (value := extension(view, size, AUDIO_LEVEL)):
                level = value[0] & 127
        except Malformed:
            self.unknown += 1
            return
        packet = Packet(kind >= MARKER, sequence, timestamp, bytes(view[start:end]), level)
        again = payload_type == VP8_RTX
        if incoming.take(packet, self._loop.time(), again=again) and self._asking is None:
            self._asking = self._loop.call_later(ASK_SECONDS, self._ask)

    def _learn(self, view: memoryview, size: int, ssrc: int) -> Incoming | None:
        """Whose an SSRC is that the answer did not name: its packets name their section."""
        mid = (extension(view, size, MID) or b"").decode("ascii", "replace")
        if mid not in self._unnamed or self._learned == MOST_LEARNED:
            return None
        self._learned += 1
        incoming = self._by_ssrc[ssrc] = self.sections[mid]
        if view[1] & ~MARKER != VP8_RTX:
            incoming.begin(ssrc)
        return incoming

    # --- What is asked and told ---------------------------------------------------------------------

    def _ask(self) -> None:
        now = self._loop.time()
        missing = [incoming.ask(now) for incoming in self.sections.values() if incoming.reception.missing]
        self._asking = self._loop.call_later(ASK_SECONDS, self._ask) if any(missing) else None

    def note_sender(self, report: rtcp.SenderReport, now: float) -> None:
        """Take in what the sender says of the time."""
        if incoming := self._by_ssrc.get(report.ssrc):
            incoming.reception.note_sender(report.ntp, now)

    def report(self, now: float) -> bytes:
        """How all of it arrives, and how many bits it may be."""
        reports, expected, lost = [], 0, 0.0
        for incoming in self.sections.values():
            before = incoming.reception.received
            report = incoming.reception.report(incoming.ssrc, now)
            if report is None:
                continue
            reports.append(report)
            incoming.stream.lost_share = share = report.fraction_lost / 256
            packets = before - incoming.reported
            incoming.reported = before
            expected += packets
            lost += packets * share
        said = rtcp.receiver_report(self._own, reports)
        pictures = [one for one in self.sections.values() if one.section.kind == VIDEO and one.ssrc]
        if pictures:
            bits = self._allow(lost / expected if expected else 0.0, now)
            said += rtcp.bitrate(self._own, bits, [one.ssrc for one in pictures])
        return said

    def _allow(self, loss: float, now: float) -> int:
        octets = sum(incoming.octets for incoming in self.sections.values())
        received = (octets - self._octets) * 8 / max(now - self._received_at, 0.1)
        self._octets, self._received_at = octets, now
        most = sum(incoming.most for incoming in self.sections.values() if incoming.is_on(now))
        # Before the first picture: what a camera may have, so that it begins well.
        pictures = [one.most for one in self.sections.values() if one.section.kind == VIDEO]
        return self._uplink.allow(max(most, min(pictures)), received, loss, now)
