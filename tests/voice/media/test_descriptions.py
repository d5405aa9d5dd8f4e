"""Offers and answers as text, and the addresses in them."""

import contextlib
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voice.engine import BadAnswer, EngineBusy
from voice.media.answer import read_answer
from voice.media.candidate import read_candidate
from voice.media.offer import Credentials, LaneSsrcs, write_offer
from voice.media.ports import Ports, own_addresses
from voice.media.sections import sections

OFFERED = sections(2, 1)
ANSWER = "\r\n".join(
    [
        "v=0",
        "a=group:BUNDLE " + " ".join(section.mid for section in OFFERED),
        "a=ice-ufrag:abcd",
        "a=ice-pwd:" + "p" * 22,
        "a=fingerprint:sha-256 " + ":".join(["AB"] * 32),
        "a=setup:active",
        *(
            line
            for section in OFFERED
            for line in (
                f"m={section.kind} 9 UDP/TLS/RTP/SAVPF " + ("111" if section.kind == "audio" else "96 97"),
                f"a=mid:{section.mid}",
                "a=recvonly" if section.is_lane else "a=sendonly",
                "a=rtcp-mux",
                *(
                    ["a=rtpmap:111 opus/48000/2"]
                    if section.kind == "audio"
                    else ["a=rtpmap:96 VP8/90000", "a=rtpmap:97 rtx/90000"]
                ),
                f"a=ssrc:{int(section.mid) + 1} cname:x",
            )
        ),
        "",
    ]
)


def test_an_answer_is_read() -> None:
    answer = read_answer(ANSWER, OFFERED)
    assert (answer.username, answer.password, answer.role) == ("abcd", "p" * 22, "client")
    assert [section.ssrcs for section in answer.sections] == [[number + 1] for number in range(len(OFFERED))]


@settings(max_examples=300)
@given(st.randoms(use_true_random=False))
def test_an_answer_that_was_tampered_with_is_read_or_refused(dice: random.Random) -> None:
    text = list(ANSWER)
    for _ in range(dice.randint(1, 6)):
        at = dice.randrange(len(text))
        text[at : at + dice.choice((0, 1, 1, 30))] = dice.choice(
            ("", "\r\n", "0", "-1", "a=", "m=", ":", " ", "\u2028", "é")
        )
    with contextlib.suppress(BadAnswer):
        read_answer("".join(text), OFFERED)


@given(st.text(max_size=300) | st.text("am=\r\n:-0123456789 ", max_size=300))
def test_what_is_no_answer_is_refused(text: str) -> None:
    with pytest.raises(BadAnswer):
        read_answer(text, OFFERED)


def test_a_section_may_be_rejected_except_the_one_that_bears_the_others() -> None:
    camera = "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\na=mid:1"
    answer = read_answer(ANSWER.replace(camera, camera.replace(" 9 ", " 0 ")), OFFERED)
    assert answer.sections[1].direction == "inactive"
    with pytest.raises(BadAnswer):
        read_answer(ANSWER.replace("m=audio 9", "m=audio 0", 1), OFFERED)


def test_everything_in_an_offer_but_the_lanes_is_alike() -> None:
    credentials = Credentials("user", "p" * 22, "sha-256 AB", ["1 1 udp 1 192.0.2.1 50000 typ host"])
    lanes = {section.mid: LaneSsrcs(100 + int(section.mid), 0) for section in OFFERED if section.is_lane}
    offer = write_offer(3, OFFERED, credentials, lanes, 40_000)
    parts = offer.split("m=")[1:]
    assert len(parts) == len(OFFERED)
    opus = [line for line in offer.splitlines() if line.startswith("a=fmtp:111")]
    assert len(set(opus)) == 1, "bundled sections must describe a payload type with the same words"
    streams = [line for line in offer.split("\r\n") if line.startswith("a=msid:")]
    assert len(set(streams)) == len(lanes), "lanes that shared a stream would be kept in step"
    assert "192.0.2.1 50000" in offer and "fingerprint:sha-256 AB" in offer


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("candidate:1 1 UDP 2113 192.0.2.7 5000 typ host generation 0", ("192.0.2.7", 5000)),
        ("1 1 udp 2113 2001:DB8::1 5000 typ srflx raddr 0.0.0.0 rport 9", ("2001:db8::1", 5000)),
        ("1 2 udp 2113 192.0.2.7 5000 typ host", None),
        ("1 1 tcp 2113 192.0.2.7 9 typ host tcptype active", None),
        ("1 1 udp 2113 4b29a7ca.local 5000 typ host", None),
        ("1 1 udp 2113 192.0.2.7 5000 typ prflx", None),
    ],
)
def test_candidates_of_use_are_read(text: str, read: tuple[str, int] | None) -> None:
    found = read_candidate(text)
    assert (found and (found.address, found.port)) == read


@pytest.mark.parametrize("text", ["", "x", "1 1 udp 1 192.0.2.7 0 typ host", "1 1 udp -1 192.0.2.7 5 typ host"])
def test_what_is_no_candidate_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="candidate"):
        read_candidate(text)


def test_an_address_of_another_machine_is_offered_for_any_of_this_one() -> None:
    """As behind a router, or in a container."""
    (door,) = Ports(address="192.0.2.99").open()
    with door.socket as bound:
        assert door.address == "192.0.2.99"
        assert bound.getsockname() == ("0.0.0.0", door.port)  # noqa: S104


def test_the_machine_s_own_addresses_are_offered_where_none_is_set() -> None:
    doors = Ports().open()
    try:
        assert {door.address for door in doors} <= set(own_addresses())
        assert all(door.socket.getsockname()[0] == door.address for door in doors)
    finally:
        for door in doors:
            door.socket.close()


def test_ports_that_are_all_taken_are_told_at_once() -> None:
    ports = Ports(range(41_100, 41_101), "127.0.0.1")
    (door,) = ports.open()
    with door.socket, pytest.raises(EngineBusy):
        ports.open()
    (door,) = ports.open()
    door.socket.close()


def test_an_address_that_is_none_is_refused_at_the_start() -> None:
    with pytest.raises(ValueError, match="nowhere"):
        Ports(address="nowhere.example.org")
