"""A person in a call who costs next to nothing: the media server's own line, on the other side of it."""

import re
from collections.abc import Callable, Sequence

from aiortc import RTCCertificate

from voice.media.aiortc_seam import Line, fingerprint
from voice.media.answer import Answer
from voice.media.candidate import read_candidate
from voice.media.ports import Ports

# In our answers only these lines of an offer are kept as they are.
KEPT = re.compile(r"[mc]=|a=(mid|rtcp|rtpmap|fmtp|extmap|rtcp-mux|rtcp-rsize|rtcp-fb)\b")
TURNED = {"a=sendonly": "a=recvonly", "a=recvonly": "a=sendonly"}
HERE = Ports(address="127.0.0.1")

UNLIMITED = 1 << 60

OnRtp = Callable[[memoryview, int], None]


class Caller:
    """`on_rtp` is called with the buffer that holds each packet that comes, and its length.

    `ssrcs` are those of the sections that it sends on, the first ones of the description.
    """

    def __init__(
        self,
        certificate: RTCCertificate,
        on_rtp: OnRtp = lambda view, size: None,
        *,
        ssrcs: Sequence[int] = (11, 12, 13, 14),
        ports: Ports = HERE,
        controls: bool = False,
    ) -> None:
        self.ended = False
        self.ssrcs = ssrcs
        self.line = Line(
            certificate, ports, on_rtcp=lambda data: None, on_end=self._end, offers=controls, most_packets=UNLIMITED
        )
        self.line.receive(lambda ssrc: True, on_rtp)
        self._certificate = certificate
        self._offer = ""

    def _end(self) -> None:
        self.ended = True

    async def describe(self, setup: str) -> list[str]:
        """The lines of a description that say how to reach this side."""
        candidates = await self.line.open()
        return [
            f"a=ice-ufrag:{self.line.username}",
            f"a=ice-pwd:{self.line.password}",
            f"a=fingerprint:{fingerprint(self._certificate)}",
            f"a=setup:{setup}",
            *(f"a=candidate:{candidate}" for candidate in candidates),
        ]

    async def answer(self, offer: str) -> str:
        """Take an offer; the answer to it."""
        self._offer = offer
        head, *sections = offer.split("m=")
        bundle = next(line for line in head.splitlines() if line.startswith("a=group:BUNDLE"))
        ways = await self.describe("active")
        lines = ["v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0", bundle, *ways[:4]]
        for number, section in enumerate(sections):
            for line in ("m=" + section).splitlines():
                if KEPT.match(line) or line in TURNED:
                    lines.append(TURNED.get(line, line))
            if number < len(self.ssrcs):
                lines.append(f"a=ssrc:{self.ssrcs[number]} cname:caller")
        return "\r\n".join(lines + ways[4:]) + "\r\n"

    async def connect(self, remote: str = "", role: str = "server") -> None:
        """Reach the other side, described by `remote`, or by the offer that was answered."""
        remote = remote or self._offer
        found = dict(re.findall(r"a=(ice-ufrag|ice-pwd|fingerprint):(.*?)\s*$", remote, re.MULTILINE))
        algorithm, value = found["fingerprint"].split()
        candidates = [read_candidate(text.strip()) for text in set(re.findall(r"a=candidate:(.*)", remote))]
        await self.line.connect(
            Answer(
                found["ice-ufrag"],
                found["ice-pwd"],
                role,
                [(algorithm, value.upper())],
                [candidate for candidate in candidates if candidate is not None],
                [],
            )
        )

    async def close(self) -> None:
        await self.line.close()
