"""The pictures that one person is sent, as far as their line carries them."""

from collections.abc import Callable, Sequence

from voice.media.bandwidth import Downlink, Need, next_step, share_out
from voice.media.lane import Lane
from voice.media.rtcp import Report
from voice.media.video_lane import VideoLane

# Reports that come sooner after each other are judged together.
JUDGE_SECONDS = 0.4
# Of fewer packets no share is taken: one that was lost would be a tenth.
FEWEST_PACKETS = 20


class Supply:
    """Holds video lanes to what the line carries; `on_pause` is called when a picture pauses or goes on."""

    def __init__(self, lanes: Sequence[Lane], on_pause: Callable[[], None]) -> None:
        self._lanes = {lane.ssrc: lane for lane in lanes}
        # The pictures, the most wanted first, and whether each is shown large.
        self._wanted: list[tuple[VideoLane, bool]] = []
        self._on_pause = on_pause
        self._line = Downlink()
        self._judged_at = 0.0
        self._octets = 0
        # Packets that were reported on since, and how many of them were lost; and the receiver's last estimate.
        self._reported = 0
        self._lost = 0.0
        self._estimate: int | None = None

    def want(self, pictures: Sequence[tuple[VideoLane, bool]]) -> None:
        """What is wanted now."""
        self._wanted = list(pictures)
        self._apply()

    @property
    def limit(self) -> float | None:
        return self._line.limit

    def stop(self) -> None:
        """Nothing is sent any more."""
        self._wanted = []
        self._on_pause = lambda: None

    # --- What the receiver says -------------------------------------------------------------------

    def take(self, reports: Sequence[Report], estimate: int | None, now: float) -> None:
        """Take in reports on lanes, and what the receiver thinks that the line carries."""
        for report in reports:
            lane = self._lanes.get(report.ssrc)
            if lane is None:
                continue
            packets = lane.packets - lane.reported
            lane.reported = lane.packets
            # What was lost on its way here is not this line's fault.
            before = lane.stream.lost_share if lane.stream is not None else 0.0
            self._reported += packets
            self._lost += packets * max(0.0, report.fraction_lost / 256 - before)
        self._estimate = estimate if estimate is not None else self._estimate
        if (self._reported >= FEWEST_PACKETS or estimate is not None) and now - self._judged_at >= JUDGE_SECONDS:
            self._judge(now)

    def _judge(self, now: float) -> None:
        octets = sum(lane.octets for lane in self._lanes.values() if isinstance(lane, VideoLane))
        sent = (octets - self._octets) * 8 / max(now - self._judged_at, JUDGE_SECONDS)
        loss = self._lost / self._reported if self._reported >= FEWEST_PACKETS else 0.0
        self._line.judge(sent, loss, now, self._estimate)
        self._judged_at, self._octets, self._reported, self._lost, self._estimate = now, octets, 0, 0.0, None
        self._apply()

    # --- What is sent ---------------------------------------------------------------------------

    def review(self, now: float) -> None:
        """Try more where all has been well: to be called about once a second."""
        needs = self._needs()
        self._line.try_more(next_step([lane.wanted for lane, _ in self._wanted], needs), now)
        self._apply()

    def _needs(self) -> list[Need]:
        return [Need(lane.rates, large) for lane, large in self._wanted]

    def _apply(self) -> None:
        layers = share_out(self._line.limit, self._needs())
        changed = False
        for (lane, _), layer in zip(self._wanted, layers, strict=True):
            changed |= (lane.wanted is None) != (layer is None)
            lane.want(layer)
        if changed:
            self._on_pause()
