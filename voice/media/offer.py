"""Writes offers: session descriptions (RFC 8829) in which only credentials, candidates and SSRCs differ."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from voice.media.sections import (
    AUDIO,
    AUDIO_LEVEL,
    AUDIO_LEVEL_URI,
    MID,
    MID_URI,
    OPUS,
    OPUS_CLOCK,
    PAYLOAD_TYPES,
    VP8,
    VP8_CLOCK,
    VP8_RTX,
    Section,
)


@dataclass(frozen=True)
class Credentials:
    """What the other side needs to reach this one and to know it again."""

    username: str
    password: str
    # The value of `a=fingerprint`: one only, Chromium takes no more.
    fingerprint: str
    # Values of `a=candidate`.
    candidates: Sequence[str]


@dataclass(frozen=True)
class LaneSsrcs:
    """The SSRCs that a lane is sent with; `rtx` is 0 on an audio lane."""

    media: int
    rtx: int = 0


def write_offer(
    number: int, sections: Iterable[Section], credentials: Credentials, lanes: Mapping[str, LaneSsrcs], bitrate: int
) -> str:
    """The offer of these sections; `lanes` has each lane's SSRCs by its mid, `bitrate` is a microphone's."""
    sections = list(sections)
    lines = [
        "v=0",
        f"o=- {number} 1 IN IP4 0.0.0.0",
        "s=-",
        "t=0 0",
        "a=group:BUNDLE " + " ".join(section.mid for section in sections),
        "a=msid-semantic:WMS *",
        "a=ice-options:trickle",
        f"a=ice-ufrag:{credentials.username}",
        f"a=ice-pwd:{credentials.password}",
        f"a=fingerprint:{credentials.fingerprint}",
        "a=setup:actpass",
    ]
    for section in sections:
        lines += _media(section, bitrate)
        if section.is_lane:
            lines += _lane(section, lanes[section.mid])
        # Browsers read those of the first, with which the others are bundled, aiortc those of the last.
        lines += [f"a=candidate:{candidate}" for candidate in credentials.candidates]
        lines.append("a=end-of-candidates")
    return "\r\n".join(lines) + "\r\n"


def _media(section: Section, bitrate: int) -> list[str]:
    types = " ".join(map(str, PAYLOAD_TYPES[section.kind]))
    return [
        f"m={section.kind} 9 UDP/TLS/RTP/SAVPF {types}",
        "c=IN IP4 0.0.0.0",
        "a=rtcp:9 IN IP4 0.0.0.0",
        "a=rtcp-mux",
        "a=rtcp-rsize",
        f"a=mid:{section.mid}",
        "a=sendonly" if section.is_lane else "a=recvonly",
        f"a=extmap:{MID} {MID_URI}",
        # Bundled sections that share a payload type must describe it with the same words.
        *(_opus(bitrate) if section.kind == AUDIO else _vp8()),
    ]


def _opus(bitrate: int) -> list[str]:
    return [
        f"a=extmap:{AUDIO_LEVEL} {AUDIO_LEVEL_URI}",
        f"a=rtpmap:{OPUS} opus/{OPUS_CLOCK}/2",
        f"a=rtcp-fb:{OPUS} nack",
        f"a=fmtp:{OPUS} minptime=10;useinbandfec=1;usedtx=1;maxaveragebitrate={bitrate}",
    ]


def _vp8() -> list[str]:
    return [
        f"a=rtpmap:{VP8} VP8/{VP8_CLOCK}",
        f"a=rtcp-fb:{VP8} nack",
        f"a=rtcp-fb:{VP8} nack pli",
        f"a=rtcp-fb:{VP8} ccm fir",
        f"a=rtcp-fb:{VP8} goog-remb",
        f"a=rtpmap:{VP8_RTX} rtx/{VP8_CLOCK}",
        f"a=fmtp:{VP8_RTX} apt={VP8}",
    ]


def _lane(section: Section, ssrcs: LaneSsrcs) -> list[str]:
    # A stream of its own: browsers keep what shares one in step, and these are strangers.
    name = f"lane-{section.mid}"
    lines = [f"a=msid:{name} {name}"]
    if ssrcs.rtx:
        lines.append(f"a=ssrc-group:FID {ssrcs.media} {ssrcs.rtx}")
    return lines + [f"a=ssrc:{ssrc} cname:{name}" for ssrc in (ssrcs.media, ssrcs.rtx) if ssrc]
