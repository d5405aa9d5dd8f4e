"""The media sections of every session description: the same ones, in the same order, from first to last.

What a person sends comes first, a section for each source, then the lanes that people are put on, audio before video.
Payload types and header extensions are the same in all of them, so that a packet passes from one to another with
nothing but its numbers rewritten.
"""

from dataclasses import dataclass

from voice.engine import Source

AUDIO, VIDEO = "audio", "video"

OPUS, VP8, VP8_RTX = 111, 96, 97
OPUS_CLOCK, VP8_CLOCK = 48_000, 90_000
PAYLOAD_TYPES = {AUDIO: (OPUS,), VIDEO: (VP8, VP8_RTX)}
# How each is described, in lower case.
CODECS = {
    AUDIO: {OPUS: f"opus/{OPUS_CLOCK}/2"},
    VIDEO: {VP8: f"vp8/{VP8_CLOCK}", VP8_RTX: f"rtx/{VP8_CLOCK}"},
}
CLOCKS = {AUDIO: OPUS_CLOCK, VIDEO: VP8_CLOCK}

# Header extensions (RFC 8285). abs-send-time is left out: with it each side's own estimate held video at 0.3 Mb/s.
MID, AUDIO_LEVEL = 1, 2
MID_URI = "urn:ietf:params:rtp-hdrext:sdes:mid"
AUDIO_LEVEL_URI = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"

KINDS = {Source.MICROPHONE: AUDIO, Source.CAMERA: VIDEO, Source.SCREEN: VIDEO, Source.SCREEN_SOUND: AUDIO}


@dataclass(frozen=True)
class Section:
    """One media section; `source` is None on a lane."""

    mid: str
    kind: str
    source: Source | None = None

    @property
    def is_lane(self) -> bool:
        return self.source is None


def sections(audio_lanes: int, video_lanes: int) -> tuple[Section, ...]:
    """Every section of an offer with so many lanes."""
    kinds: list[tuple[str, Source | None]] = [(KINDS[source], source) for source in Source]
    kinds += [(AUDIO, None)] * audio_lanes + [(VIDEO, None)] * video_lanes
    return tuple(Section(str(mid), kind, source) for mid, (kind, source) in enumerate(kinds))
