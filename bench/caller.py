"""A person in a call who costs next to nothing: the media server's own line, on the other side of it."""

import random
import re
from collections.abc import Callable

from aiortc import RTCCertificate

from voice.media.aiortc_seam import Line, fingerprint
from voice.media.answer import Answer
from voice.media.candidate import read_candidate
from voice.media.ports import Ports

VERSION = 0x80
# In our answers only these lines of an offer are kept as they are.
KEPT = re.compile(r"[mc]=|a=(mid|rtcp|rtpmap|fmtp|extmap|rtcp-mux|rtcp-rsize|rtcp-fb)\b")
TURNED = {"a=sendonly": "a=recvonly", "a=recvonly": "a=sendonly"}


class Caller:
    """`on_rtp` is called with the buffer that holds each packet that comes, and its length."""

    def __init__(
        self,
        certificate: RTCCertificate,
        on_rtp: Callable[[memoryview, int], None] = lambda view, size: None,
        on_rtcp: Callable[[bytes], None] = lambda data: None,
    ) -> None:
        self.ended = False
        # By section: microphone, camera, screen, screen's sound.
        self.ssrcs = [random.getrandbits(32) or 1 for _ in range(4)]
        self.line = Line(certificate, Ports(address="127.0.0.1"), on_rtcp=on_rtcp, on_end=self._end, offers=False)
        self.line.receive(lambda ssrc: True, on_rtp)
        self._certificate = certificate
        self._offer = ""

    def _end(self) -> None:
        self.ended = True

    async def answer(self, offer: str) -> str:
        """Take an offer; the answer to it."""
        self._offer = offer
        candidates = await self.line.open()
        head, *sections = offer.split("m=")
        bundle = next(line for line in head.split("\r\n") if line.startswith("a=group"))
        lines = [
            "v=0",
            "o=- 1 1 IN IP4 0.0.0.0",
            "s=-",
            "t=0 0",
            bundle,
            f"a=ice-ufrag:{self.line.username}",
            f"a=ice-pwd:{self.line.password}",
            f"a=fingerprint:{fingerprint(self._certificate)}",
            "a=setup:active",
        ]
        for number, section in enumerate(sections):
            for line in ("m=" + section).split("\r\n"):
                if KEPT.match(line) or line in TURNED:
                    lines.append(TURNED.get(line, line))
            if number < len(self.ssrcs):
                lines.append(f"a=ssrc:{self.ssrcs[number]} cname:caller")
        lines += [f"a=candidate:{candidate}" for candidate in candidates]
        return "\r\n".join(lines) + "\r\n"

    async def connect(self) -> None:
        """Reach the server that offered, once it has the answer."""
        read = {
            name: re.search(rf"a={name}:(\S+(?: \S+)?)", self._offer)
            for name in ("ice-ufrag", "ice-pwd", "fingerprint")
        }
        found = {name: match[1] for name, match in read.items() if match}
        algorithm, value = found["fingerprint"].split()
        candidates = [read_candidate(text) for text in set(re.findall(r"a=candidate:(.*)", self._offer))]
        await self.line.connect(
            Answer(
                found["ice-ufrag"].split()[0],
                found["ice-pwd"].split()[0],
                "server",
                [(algorithm, value)],
                [candidate for candidate in candidates if candidate is not None],
                [],
            )
        )

    async def close(self) -> None:
        await self.line.close()
