"""How a stream arrives: what reception reports say of it (RFC 3550, 6.4, A.3), and which packets to ask for again."""

from voice.media.rtcp import Report
from voice.media.rtp import SEQUENCES

# A gap of more packets is no loss that could be repaired, but a sender that paused or began anew.
LARGEST_GAP = 128
# A missing packet is asked for so often, and so long apart.
TRIES = 5
RETRY_SECONDS = 0.06


class Reception:
    """Counts what arrives of one SSRC, and remembers what does not."""

    def __init__(self, clock: int) -> None:
        self._clock = clock
        self._first: int | None = None
        # The newest sequence number, with its wraps counted in.
        self.highest = 0
        self.received = 0
        self.repaired = 0
        # Sequence number -> how often it was asked for, and when to ask again.
        self.missing: dict[int, tuple[int, float]] = {}
        self._jitter = 0.0
        self._transit: float | None = None
        self._reported = (0, 0)
        # The middle of the last sender report's time, and when it came.
        self._sender_report = (0, 0.0)

    def repair(self, sequence: int) -> None:
        """Note a packet that came as a retransmission; it is reported as lost all the same (RFC 4588, 6.1)."""
        if self.missing.pop(sequence, None):
            self.repaired += 1

    def take(self, sequence: int, timestamp: int, now: float) -> bool:
        """Count a packet; whether packets before it have not come."""
        self.received += 1
        if self._first is None:
            self._first = self.highest = sequence
            return False
        ahead = (sequence - self.highest) & SEQUENCES
        if ahead == 0 or ahead >= 0x8000:
            self.repair(sequence)
            return False
        transit = now * self._clock - timestamp
        if self._transit is not None and ahead == 1:
            self._jitter += (min(abs(transit - self._transit), self._clock) - self._jitter) / 16
        self._transit = transit
        gap = 1 < ahead <= LARGEST_GAP
        if gap:
            for one in range(self.highest + 1, self.highest + ahead):
                self.missing[one & SEQUENCES] = (0, now)
            for one in list(self.missing)[:-LARGEST_GAP]:
                del self.missing[one]
        self.highest += ahead
        return gap

    def due(self, now: float) -> list[int]:
        """The packets to ask for now, in their order."""
        asked = []
        for sequence, (tries, at) in list(self.missing.items()):
            if at > now:
                continue
            if tries == TRIES:
                del self.missing[sequence]
                continue
            self.missing[sequence] = (tries + 1, now + RETRY_SECONDS * (1 + tries))
            asked.append(sequence)
        return asked

    def note_sender(self, ntp: int, now: float) -> None:
        self._sender_report = (ntp >> 16 & 0xFFFFFFFF, now)

    def report(self, ssrc: int, now: float) -> Report | None:
        """What to tell the sender of this SSRC; None while nothing has come."""
        if self._first is None:
            return None
        expected = self.highest - self._first + 1
        expected_since, received_since = expected - self._reported[0], self.received - self._reported[1]
        self._reported = (expected, self.received)
        lost_since = expected_since - received_since
        fraction = (lost_since << 8) // expected_since if expected_since > 0 and lost_since > 0 else 0
        at = self._sender_report[1]
        return Report(
            ssrc=ssrc,
            fraction_lost=min(fraction, 255),
            lost=expected - self.received,
            highest=self.highest & 0xFFFFFFFF,
            jitter=int(self._jitter),
            last_report=self._sender_report[0],
            delay=min(int((now - at) * 65536), 0xFFFFFFFF) if at else 0,
        )
