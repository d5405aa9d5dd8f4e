"""What `manage.py voicecheck` tells an operator, asked of a real TURN server and real ports."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from tests.services import free_port
from tests.voice.coturn import SECRET, Coturn
from voice import check
from voice.check import Outcome


@pytest.fixture(autouse=True)
def an_operator_with_little_time(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    monkeypatch.setattr(check, "PATIENCE", 1.0)
    settings.VOICE_TURN_SECRET = SECRET


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Coturn]:
    """A TURN server that relays to no loopback address, as every one on the internet."""
    turn = Coturn(tmp_path)
    turn.command = [part for part in turn.command if part != "--allow-loopback-peers"]
    turn.start()
    yield turn
    turn.stop()


async def test_a_turn_server_that_relays_is_said_to_work(coturn: Coturn) -> None:
    for url in coturn.urls:
        finding = await check.check_turn(url, "127.0.0.1", [0])
        assert finding.outcome is Outcome.WORKS, finding


async def test_a_wrong_secret_is_named(coturn: Coturn, settings: Settings) -> None:
    settings.VOICE_TURN_SECRET = "a typing error"
    finding = await check.check_turn(coturn.urls[0], "127.0.0.1", [0])
    assert finding.outcome is Outcome.FAILS and "VOICE_TURN_SECRET" in finding.mend


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_a_server_that_is_not_there_is_said_not_to_answer(transport: str) -> None:
    finding = await check.check_turn(f"turn:127.0.0.1:{free_port()}?transport={transport}", "127.0.0.1", [0])
    assert finding.outcome is Outcome.FAILS and "does not answer" in finding.words
    assert transport.upper() in finding.mend


async def test_a_relay_that_may_not_reach_the_media_server_is_told_with_what_to_allow(guarded: Coturn) -> None:
    finding = await check.check_turn(guarded.urls[0], "127.0.0.1", [0])
    assert finding.outcome is Outcome.FAILS and "allowed-peer-ip=127.0.0.1" in finding.mend


async def test_ports_that_others_have_are_told() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind((check.EVERY_ADDRESS, 0))
        port = taken.getsockname()[1]
        finding = await check.check_ports([port])
        assert finding.outcome is Outcome.FAILS and "VOICE_PORTS" in finding.mend
        some = await check.check_ports([port, free_port()])
        assert some.outcome is Outcome.WORKS and "1 of 2" in some.words


async def test_a_packet_to_this_machine_comes_in() -> None:
    finding = await check.check_udp("", [0])
    assert finding.outcome is Outcome.WORKS


async def test_a_packet_that_does_not_come_in_may_yet_come_from_elsewhere() -> None:
    """192.0.2.1 is nobody's (RFC 5737): a public address that this machine cannot reach itself by."""
    finding = await check.check_udp("192.0.2.1", [0])
    assert finding.outcome is Outcome.UNKNOWN or "could not be sent" in finding.words


@pytest.mark.parametrize(
    ("public", "outcome", "said"),
    [
        ("1.2.3.4", Outcome.WORKS, "1.2.3.4"),
        ("10.0.0.5", Outcome.UNKNOWN, "private"),
        ("chat.example.org", Outcome.FAILS, "no IP address"),
    ],
)
def test_the_address_that_people_are_told_is_looked_at(public: str, outcome: Outcome, said: str) -> None:
    finding = check.check_address(public)
    assert finding.outcome is outcome and said in finding.words
