"""RTP, RTCP and VP8 as they lie in packets: read as others write them, and whatever a stranger sends."""

import contextlib
from collections.abc import Sequence

from aiortc import rtp as reference
from aiortc.rtcrtpparameters import RTCRtpHeaderExtensionParameters, RTCRtpParameters
from hypothesis import given
from hypothesis import strategies as st

from voice.media import rtcp
from voice.media.reception import TRIES, Reception
from voice.media.rtp import SEQUENCES, Malformed, extension, payload_bounds
from voice.media.sections import AUDIO_LEVEL, AUDIO_LEVEL_URI, MID, MID_URI
from voice.media.series import Series
from voice.media.shifts import Shifts
from voice.media.vp8 import read_descriptor

WORDS = st.integers(0, 0xFFFFFFFF)
NUMBERS = st.integers(0, SEQUENCES)

# --- RTP -------------------------------------------------------------------------------------------


@given(st.binary(max_size=50), st.booleans(), st.none() | st.integers(0, 127), st.integers(0, 5), st.integers(0, 7))
def test_packets_are_read_as_aiortc_writes_them(
    payload: bytes, mid: bool, level: int | None, sources: int, padding: int
) -> None:
    packet = reference.RtpPacket(payload=payload, payload_type=111, sequence_number=1)
    packet.csrc = list(range(sources))
    packet.padding_size = padding
    packet.extensions.mid = "12" if mid else None
    packet.extensions.audio_level = None if level is None else (True, level)
    known = reference.HeaderExtensionsMap()
    uris = [(MID, MID_URI), (AUDIO_LEVEL, AUDIO_LEVEL_URI)]
    known.configure(
        RTCRtpParameters(headerExtensions=[RTCRtpHeaderExtensionParameters(number, uri) for number, uri in uris])
    )
    data = packet.serialize(known)
    view, size = memoryview(data + b"what lay here before"), len(data)

    start, end = payload_bounds(view, size)
    assert data[start:end] == payload
    assert extension(view, size, MID) == (b"12" if mid else None)
    assert extension(view, size, AUDIO_LEVEL) == (None if level is None else bytes([level | 0x80]))
    assert extension(view, size, 7) is None


@given(st.binary(min_size=13, max_size=100))
def test_whatever_comes_is_read_or_refused(data: bytes) -> None:
    view = memoryview(data)
    with contextlib.suppress(Malformed):
        start, end = payload_bounds(view, len(data))
        assert 12 <= start <= end <= len(data)
    with contextlib.suppress(Malformed):
        extension(view, len(data), MID)
    rtcp.read(data)
    read_descriptor(data)


# --- RTCP ------------------------------------------------------------------------------------------


@given(st.lists(NUMBERS, min_size=1, max_size=40, unique=True))
def test_missing_packets_are_asked_for_as_aiortc_reads_it(sequences: Sequence[int]) -> None:
    ordered = sorted(sequences)
    (read,) = reference.RtcpPacket.parse(rtcp.missing(1, 2, ordered))
    assert isinstance(read, reference.RtcpRtpfbPacket)
    assert sorted(number & SEQUENCES for number in read.lost) == ordered
    assert rtcp.read(bytes(read)).missing == {2: read.lost}


@given(st.integers(1, (1 << 50) - 1), st.lists(WORDS, max_size=4))
def test_bits_are_told_as_aiortc_reads_it(bits: int, ssrcs: list[int]) -> None:
    data = rtcp.bitrate(1, bits, ssrcs)
    (read,) = reference.RtcpPacket.parse(data)
    assert isinstance(read, reference.RtcpPsfbPacket)
    told, about = reference.unpack_remb_fci(read.fci)
    assert about == ssrcs
    assert bits * 0.9999 <= told <= bits
    assert rtcp.read(data).bitrate == told


@given(WORDS, st.integers(0, 255), st.integers(-0x800000, 0x7FFFFF), WORDS, WORDS, WORDS, WORDS)
def test_reports_are_written_and_read_as_aiortc_does(
    ssrc: int, fraction: int, lost: int, highest: int, jitter: int, last: int, delay: int
) -> None:
    report = rtcp.Report(ssrc, fraction, lost, highest, jitter, last, delay)
    sender = rtcp.SenderReport(ssrc, last << 32 | delay, highest, jitter, highest)
    data = rtcp.receiver_report(5, [report, report]) + rtcp.sender_report(sender) + rtcp.description(ssrc, "lane-4")
    read, sent, named = reference.RtcpPacket.parse(data)
    assert isinstance(read, reference.RtcpRrPacket) and isinstance(sent, reference.RtcpSrPacket)
    assert isinstance(named, reference.RtcpSdesPacket)
    assert read.reports == [reference.RtcpReceiverInfo(ssrc, fraction, lost, highest, jitter, last, delay)] * 2
    assert sent.sender_info == reference.RtcpSenderInfo(last << 32 | delay, highest, jitter, highest)
    assert named.chunks == [reference.RtcpSourceInfo(ssrc, [(1, b"lane-4")])]
    said = rtcp.read(data)
    assert said.reports == [report, report]
    assert said.senders == [sender]


def test_requests_for_pictures_are_read() -> None:
    full = reference.RtcpPsfbPacket(fmt=4, ssrc=1, media_ssrc=0, fci=(9).to_bytes(4, "big") + b"\1\0\0\0")
    assert rtcp.read(rtcp.picture(1, 8) + bytes(full)).pictures == [8, 9]


def test_what_was_said_before_nonsense_counts() -> None:
    assert rtcp.read(rtcp.picture(1, 8) + b"\x81\xce\xff\xff").pictures == [8]
    assert rtcp.read(rtcp.picture(1, 8) + b"\x41\xce\0\0").pictures == [8]


# --- What arrives ----------------------------------------------------------------------------------


def test_a_gap_is_asked_for_until_it_is_filled_or_given_up() -> None:
    reception = Reception(48_000)
    assert [reception.take(number, number * 960, 1.0) for number in (65_534, 65_535, 2)] == [False, False, True]
    assert reception.due(1.0) == [0, 1]
    assert reception.due(1.01) == []
    reception.repair(0)
    assert reception.due(1.1) == [1]
    now, asked = 1.1, 2
    while reception.missing:
        now += 1
        asked += len(reception.due(now))
    assert asked == TRIES
    assert reception.repaired == 1


def test_a_sender_that_begins_anew_is_not_asked_for_what_was_between() -> None:
    reception = Reception(90_000)
    reception.take(1, 0, 1.0)
    assert not reception.take(5000, 0, 1.1)
    assert not reception.missing


def test_reports_tell_what_was_lost_since_the_last() -> None:
    reception = Reception(48_000)
    assert reception.report(7, 1.0) is None
    for number in (*range(10), *range(15, 25)):
        reception.take(number, number * 960, number * 0.02)
    report = reception.report(7, 2.0)
    assert report is not None
    assert (report.ssrc, report.lost, report.fraction_lost, report.highest) == (7, 5, 5 * 256 // 25, 24)
    assert report.jitter < 48
    reception.take(25, 25 * 960, 0.5)
    reception.note_sender(0x1234_5678_9ABC_DEF0, 3.0)
    report = reception.report(7, 3.5)
    assert report is not None
    assert (report.lost, report.fraction_lost, report.last_report, report.delay) == (5, 0, 0x56789ABC, 32768)


# --- Numbers ---------------------------------------------------------------------------------------


@given(NUMBERS, WORDS, st.floats(0.02, 100))
def test_a_series_goes_on_by_one_and_by_as_much_time_as_has_passed(sequence: int, timestamp: int, gap: float) -> None:
    series = Series(48_000)
    series.reach(series.sequence, series.timestamp, 1.0)
    series.join(sequence, timestamp, 1.0 + gap)
    assert sequence + series.sequence_shift - series.sequence & SEQUENCES == 1
    elapsed = timestamp + series.timestamp_shift - series.timestamp & 0xFFFFFFFF
    assert abs(elapsed - gap * 48_000) <= 1


@given(st.lists(st.booleans(), min_size=1, max_size=120), NUMBERS, NUMBERS)
def test_what_is_left_out_leaves_no_gap_and_what_was_sent_is_found(sent: list[bool], first: int, shift: int) -> None:
    shifts = Shifts(first, shift, 0)
    out: dict[int, int] = {}
    for index, goes in enumerate(sent):
        number = first + index & SEQUENCES
        if goes:
            out[number] = number + shifts.now.sequence & SEQUENCES
        else:
            shifts.leave_out(number, 1)
    numbers = list(out.values())
    assert numbers == [first + shift + index & SEQUENCES for index in range(len(numbers))]
    for index, goes in enumerate(sent):
        number = first + index & SEQUENCES
        found = shifts.of(number)
        if goes:
            assert found is not None and number + found.sequence & SEQUENCES == out[number]
            assert shifts.sent_as(out[number]) == number
        else:
            assert found is None or any(sent[index:]) is False
    assert shifts.of(first - 1 & SEQUENCES) is None
    assert shifts.sent_as(first + shift - 1 & SEQUENCES) is None


# --- VP8 -------------------------------------------------------------------------------------------


def test_descriptors_of_browsers_are_read() -> None:
    found = read_descriptor(bytes.fromhex("90e0 92f1 07 60 10 9d012a"))
    assert found is not None
    assert (found.begins, found.is_key, found.bits, found.picture, found.layer_zero) == (True, True, 15, 0x12F1, 7)
    assert (found.layer, found.is_sync) == (1, True)
    found = read_descriptor(bytes.fromhex("80e0 92f1 07 80 10"))
    assert found is not None
    assert (found.begins, found.is_key, found.layer, found.is_sync) == (False, False, 2, False)
    found = read_descriptor(bytes.fromhex("9080 11 01"))
    assert found is not None
    assert (found.bits, found.picture, found.layer_zero, found.is_key) == (7, 0x11, None, False)
    found = read_descriptor(bytes.fromhex("10 00"))
    assert found is not None
    assert (found.begins, found.is_key, found.bits, found.layer) == (True, True, 0, 0)
    assert read_descriptor(b"") is None
    assert read_descriptor(bytes.fromhex("90e0 92")) is None


@given(st.integers(0, 0x7FFF), st.integers(0, 255), st.integers(-0x10000, 0x10000), st.integers(-500, 500))
def test_numbers_are_shifted_and_nothing_else(picture: int, layer_zero: int, by: int, zero_by: int) -> None:
    head = b"\x90\xe0" + (picture | 0x8000).to_bytes(2, "big") + bytes([layer_zero, 0x40])
    before = read_descriptor(head + b"\x01rest")
    assert before is not None
    shifted = before.shifted(by, zero_by)
    after = read_descriptor(shifted + b"\x01rest")
    assert after is not None
    assert after.picture == (picture + by) & 0x7FFF
    assert after.layer_zero == (layer_zero + zero_by) & 0xFF
    assert (shifted[:2], shifted[5:], len(shifted)) == (head[:2], head[5:], len(head))
