"""Reads answers: what a stranger sent, taken only where it describes what was offered and nothing else.

A reader of our own, because it must take no longer for a hostile description than for a browser's.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from voice.engine import BadAnswer
from voice.media.candidate import Candidate, read_candidate
from voice.media.sections import CODECS, PAYLOAD_TYPES, Section

LONGEST = 65_536
# A stream and its retransmissions.
MOST_SSRCS = 2
MOST_CANDIDATES = 20
MOST_FINGERPRINTS = 4
MOST_TYPES = 20
ICE_USERNAME = re.compile(r"[A-Za-z0-9+/]{4,256}")
ICE_PASSWORD = re.compile(r"[A-Za-z0-9+/]{22,256}")
FINGERPRINT = re.compile(r"(sha-256|sha-384|sha-512) ((?:[0-9A-F]{2}:)+[0-9A-F]{2})", re.IGNORECASE)
ROLES = {"active": "client", "passive": "server"}


@dataclass
class AnsweredSection:
    """What the answer says of one section."""

    mid: str = ""
    kind: str = ""
    direction: str = "sendrecv"
    payload_types: list[int] = field(default_factory=list)
    codecs: dict[int, str] = field(default_factory=dict)
    ssrcs: list[int] = field(default_factory=list)
    # SSRC of the retransmissions of each SSRC.
    rtx: dict[int, int] = field(default_factory=dict)
    takes_nack: bool = False
    rejected: bool = False


@dataclass
class Answer:
    """A person's side of the connection."""

    username: str
    password: str
    # "client" or "server" in the DTLS handshake.
    role: str
    fingerprints: Sequence[tuple[str, str]]
    candidates: Sequence[Candidate]
    sections: Sequence[AnsweredSection]


def read_answer(sdp: str, offered: Sequence[Section]) -> Answer:
    """The answer to an offer of these sections. Raises `BadAnswer`."""
    if not isinstance(sdp, str) or len(sdp) > LONGEST:
        raise BadAnswer("no text, or too long")
    reader = _Reader()
    try:
        for line in sdp.splitlines():
            reader.read(line)
            if len(reader.sections) > len(offered):
                raise ValueError("more sections than were offered")
        return reader.answer(offered)
    except (ValueError, IndexError) as error:
        raise BadAnswer(str(error)) from error


class _Reader:
    def __init__(self) -> None:
        self.sections: list[AnsweredSection] = []
        self._bundled: list[str] = []
        # Of the session, or of the first section, with which all others are bundled.
        self._transport: dict[str, str] = {}
        self._fingerprints: list[tuple[str, str]] = []
        self._candidates: list[Candidate] = []
        self._muxed = False

    def read(self, line: str) -> None:
        kind, _, value = line.partition("=")
        if kind == "m":
            self._read_media(value)
        elif kind == "a":
            name, _, value = value.partition(":")
            if len(self.sections) <= 1:
                self._read_transport(name, value)
            if self.sections:
                self._read_attribute(self.sections[-1], name, value)

    def _read_media(self, value: str) -> None:
        kind, port, profile, *types = value.split()
        if profile != "UDP/TLS/RTP/SAVPF":
            raise ValueError(f"another profile: {profile[:40]}")
        section = AnsweredSection(kind=kind, payload_types=[int(number) for number in types[:MOST_TYPES]])
        section.rejected = port == "0"
        self.sections.append(section)

    def _read_transport(self, name: str, value: str) -> None:
        if name in ("ice-ufrag", "ice-pwd", "setup"):
            self._transport[name] = value
        elif name == "group" and value.startswith("BUNDLE"):
            self._bundled = value.split()[1:]
        elif name == "fingerprint" and len(self._fingerprints) < MOST_FINGERPRINTS:
            if match := FINGERPRINT.fullmatch(value):
                self._fingerprints.append((match[1].lower(), match[2].upper()))
        elif name == "rtcp-mux":
            self._muxed = True
        elif name == "candidate" and len(self._candidates) < MOST_CANDIDATES and (found := read_candidate(value)):
            self._candidates.append(found)

    def _read_attribute(self, section: AnsweredSection, name: str, value: str) -> None:
        if name in ("sendrecv", "sendonly", "recvonly", "inactive"):
            section.direction = name
        elif name == "mid":
            section.mid = value
        elif name == "rtpmap":
            number, codec = value.split()
            section.codecs[int(number)] = codec.lower()
        elif name == "rtcp-fb":
            section.takes_nack |= value.split()[1:] == ["nack"]
        elif name == "ssrc":
            ssrc = _ssrc(value.split()[0])
            if ssrc not in section.ssrcs and len(section.ssrcs) < MOST_SSRCS:
                section.ssrcs.append(ssrc)
        elif name == "ssrc-group" and value.startswith("FID "):
            media, rtx = map(_ssrc, value.split()[1:])
            section.rtx = {media: rtx}

    def answer(self, offered: Sequence[Section]) -> Answer:
        """What was read, if it answers the offer."""
        if [(section.mid, section.kind) for section in self.sections] != [(o.mid, o.kind) for o in offered]:
            raise ValueError("other sections than were offered")
        for section, offer in zip(self.sections, offered, strict=True):
            _check(section, offer)
        used = [section.mid for section in self.sections if not section.rejected]
        if self.sections[0].rejected or self._bundled[:1] != [offered[0].mid] or set(used) - set(self._bundled):
            raise ValueError("not bundled as was offered")
        if not self._muxed:
            raise ValueError("RTCP apart from RTP")
        sending = [section for section in self.sections if section.direction == "sendonly"]
        ssrcs = [ssrc for section in sending for ssrc in section.ssrcs]
        if len(ssrcs) != len(set(ssrcs)):
            raise ValueError("an SSRC in two sections")
        username, password = self._transport.get("ice-ufrag", ""), self._transport.get("ice-pwd", "")
        if not ICE_USERNAME.fullmatch(username) or not ICE_PASSWORD.fullmatch(password):
            raise ValueError("no ICE credentials")
        if not self._fingerprints or self._transport.get("setup") not in ROLES:
            raise ValueError("no DTLS fingerprint or role")
        role = ROLES[self._transport["setup"]]
        return Answer(username, password, role, self._fingerprints, self._candidates, self.sections)


def _ssrc(text: str) -> int:
    ssrc = int(text)
    if not 0 < ssrc < 1 << 32:
        raise ValueError("not an SSRC")
    return ssrc


def _check(section: AnsweredSection, offer: Section) -> None:
    if section.rejected:
        section.direction = "inactive"
        return
    if section.direction not in ("inactive", "recvonly" if offer.is_lane else "sendonly"):
        raise ValueError(f"section {offer.mid} is {section.direction}")
    expected = CODECS[offer.kind]
    for number in section.payload_types:
        if section.codecs.get(number) != expected.get(number) or number not in expected:
            raise ValueError(f"payload type {number} was not offered")
    if PAYLOAD_TYPES[offer.kind][0] not in section.payload_types:
        raise ValueError(f"section {offer.mid} takes no codec that was offered")
