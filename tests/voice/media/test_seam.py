"""What Eclipse uses of aiortc, aioice and pylibsrtp beyond their documentation is still there, and does what it did."""

import asyncio
import inspect
import re
from importlib.metadata import version

import aioice
import pytest
from aioice.ice import CandidatePair, StunProtocol
from aiortc import RTCCertificate, RTCDtlsTransport
from pylibsrtp import Policy, Session
from pylibsrtp._binding import ffi, lib

from tests.conftest import ROOT
from tests.voice.waiting import until
from voice.media.aiortc_seam import Connection, Line, fingerprint, make_certificate
from voice.media.answer import Answer
from voice.media.candidate import Candidate, read_candidate
from voice.media.ports import Ports

HERE = Ports(address="127.0.0.1")
SEAM = ROOT / "voice" / "media" / "aiortc_seam.py"
# Where each private name that the seam uses belongs.
BORROWED = {
    "_local_candidates_start": aioice.Connection,
    "_local_candidates": aioice.Connection,
    "_local_candidates_end": aioice.Connection,
    "_protocols": aioice.Connection,
    "_nominated": aioice.Connection,
    "_check_list": aioice.Connection,
    "_early_checks": aioice.Connection,
    "_rx_srtp": RTCDtlsTransport,
    "_tx_srtp": RTCDtlsTransport,
    "_set_role": RTCDtlsTransport,
    "_srtp": Session,
}


@pytest.mark.parametrize("name", BORROWED)
def test_a_name_is_where_it_was(name: str) -> None:
    assert re.search(rf"\b{name}\b", inspect.getsource(BORROWED[name])), f"{BORROWED[name].__name__} lost {name}"


def test_no_name_is_borrowed_unseen() -> None:
    """Whoever uses another private name of the libraries says here whose it is."""
    text = SEAM.read_text()
    own = set(re.findall(r"self\.(_\w+)", text)) - set(BORROWED)
    used = set(re.findall(r"(?<!self)\.(_[a-z]\w+)", text)) - own
    assert used - {"_binding"} <= set(BORROWED)
    for path in SEAM.parent.glob("*.py"):
        if path != SEAM:
            # Which addresses the machine has is no secret of a library's.
            assert not re.search(r"from (aioice|pylibsrtp|aiortc\.)(?!.*get_host_addresses)", path.read_text()), path


def test_the_version_is_the_one_that_was_tested() -> None:
    assert version("aiortc").startswith("1.16.")


def test_the_parts_that_are_replaced_are_the_ones_that_are_called() -> None:
    assert "get_component_candidates" in inspect.getsource(aioice.Connection.gather_candidates)
    assert inspect.signature(Connection.gather_candidates) == inspect.signature(aioice.Connection.gather_candidates)
    assert list(inspect.signature(StunProtocol.datagram_received).parameters) == ["self", "data", "addr"]
    assert {"protocol", "remote_addr"} <= set(dir(CandidatePair)) | set(inspect.signature(CandidatePair).parameters)
    source = inspect.getsource(RTCDtlsTransport)
    # All that the DTLS transport asks of the ICE transport below it.
    assert set(re.findall(r"self\.(?:_)?transport\.(\w+)", source)) == {"_recv", "_send", "role"}


def test_a_packet_is_protected_in_its_place() -> None:
    policy = Policy(key=b"k" * 30, ssrc_type=Policy.SSRC_ANY_OUTBOUND)
    packet = b"\x80\x6f\0\1\0\0\0\1\0\0\0\7" + b"payload"
    expected = Session(policy).protect(packet)
    session, buffer, size = Session(policy), ffi.new("unsigned char[]", 200), ffi.new("int *", len(packet))
    ffi.buffer(buffer)[: len(packet)] = packet
    assert lib.srtp_protect(session._srtp[0], buffer, size) == lib.srtp_err_status_ok
    assert ffi.buffer(buffer)[: size[0]] == expected


class End:
    """One of two lines that face each other."""

    def __init__(self, certificate: RTCCertificate, *, offers: bool) -> None:
        self.certificate = certificate
        self.rtp: list[bytes] = []
        self.rtcp: list[bytes] = []
        self.over = False
        self.line = Line(certificate, HERE, on_rtcp=self.rtcp.append, on_end=self.end, offers=offers)
        self.line.receive(lambda ssrc: ssrc == 7, lambda view, size: self.rtp.append(bytes(view[:size])))

    def end(self) -> None:
        self.over = True

    def described(self, candidates: list[str], role: str) -> Answer:
        algorithm, value = fingerprint(self.certificate).split()
        read = [candidate for text in candidates if isinstance(candidate := read_candidate(text), Candidate)]
        return Answer(self.line.username, self.line.password, role, [(algorithm, value)], read, [])


async def test_two_lines_reach_each_other_and_say_goodbye() -> None:
    one, other = End(make_certificate(), offers=True), End(make_certificate(), offers=False)
    first, second = await one.line.open(), await other.line.open()
    async with asyncio.timeout(20):
        await asyncio.gather(
            one.line.connect(other.described(second, "client")), other.line.connect(one.described(first, "server"))
        )
        one.line.send_rtp(0x80, 111, 1, 2, 7, b"payload", b"PAY")
        one.line.send_rtp(0x80, 111, 2, 3, 8, b"of no use")
        one.line.send_rtcp(b"\x81\xce\0\2\0\0\0\1\0\0\0\7")
        await until(lambda: other.rtp and other.rtcp)
        assert other.rtp == [b"\x80\x6f\0\1\0\0\0\2\0\0\0\7PAYload"]
        assert other.rtcp == [b"\x81\xce\0\2\0\0\0\1\0\0\0\7"]
        # One more than so many SSRCs of RTCP would be a way to fill the memory.
        for ssrc in range(100):
            one.line.send_rtcp(b"\x81\xce\0\2" + ssrc.to_bytes(4, "big") + b"\0\0\0\7")
        await until(lambda: other.line.refused >= 60)
        assert len(other.rtcp) <= 33

        # Whoever is thrown out is neither heard nor told anything from that moment on.
        other.line.cut()
        sent, refused = len(one.rtp), other.line.refused
        one.line.send_rtp(0x80, 111, 9, 9, 7, b"unheard")
        other.line.send_rtp(0x80, 111, 9, 9, 7, b"untold")
        await until(lambda: other.line.refused > refused)
        assert other.rtp[1:] == [] and len(one.rtp) == sent

        await one.line.close()
        await until(lambda: other.over)
        await other.line.close()
        assert not one.over, "whoever closes knows it"


async def test_somebody_with_another_certificate_is_not_let_in() -> None:
    one, other, mallory = [End(make_certificate(), offers=offers) for offers in (True, False, False)]
    first, second = await one.line.open(), await other.line.open()
    other.certificate = mallory.certificate
    async with asyncio.timeout(20):
        done = await asyncio.gather(
            one.line.connect(other.described(second, "client")),
            other.line.connect(one.described(first, "server")),
            return_exceptions=True,
        )
    assert isinstance(done[0], ConnectionError)
    for end in (one, other):
        await end.line.close()
