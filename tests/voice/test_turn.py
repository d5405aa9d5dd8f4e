"""Credentials for the TURN server: good for a time, for nobody else, and asked of a real coturn."""

import asyncio
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from aioice.stun import TransactionFailed
from aioice.turn import create_turn_endpoint
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from tests.conftest import ROOT, production_environment
from tests.voice.coturn import SECRET, Coturn
from voice import turn
from voice.turn import TurnAddress


@pytest.fixture
def relayed(settings: Settings, coturn: Coturn) -> Coturn:
    """The operator has set up a TURN server."""
    settings.VOICE_TURN_URLS = coturn.urls
    settings.VOICE_TURN_SECRET = SECRET
    return coturn


async def relayed_address(url: str, username: str, password: str) -> tuple[str, int]:
    """What the TURN server relays for these credentials; `TransactionFailed` where it refuses them."""
    address = TurnAddress.parse(url)
    transport, _ = await create_turn_endpoint(
        asyncio.DatagramProtocol,
        server_addr=(address.host, address.port),
        username=username,
        password=password,
        transport=address.transport,
    )
    sockname: tuple[str, int] = transport.get_extra_info("sockname")
    transport.close()
    return sockname


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_carol_relays_with_what_she_was_given_on_joining(relayed: Coturn, transport: str) -> None:
    [server] = turn.ice_servers("carols-session")
    [url] = [url for url in server["urls"] if url.endswith(transport)]
    host, port = await relayed_address(url, server["username"], server["credential"])
    assert host == "127.0.0.1" and port != relayed.port


async def test_what_was_harvested_yesterday_is_refused(relayed: Coturn) -> None:
    username, password = turn.credentials("carols-session", seconds=-1)
    with pytest.raises(TransactionFailed) as refused:
        await relayed_address(relayed.urls[0], username, password)
    assert refused.value.response.error_code == 401


async def test_mallory_cannot_make_her_own(relayed: Coturn, settings: Settings) -> None:
    settings.VOICE_TURN_SECRET = "a guess"
    username, password = turn.credentials("mallorys-session")
    with pytest.raises(TransactionFailed) as refused:
        await relayed_address(relayed.urls[0], username, password)
    assert refused.value.response.error_code == 401


async def test_mallory_cannot_make_hers_last(relayed: Coturn) -> None:
    username, password = turn.credentials("mallorys-session")
    end, _, name = username.partition(":")
    with pytest.raises(TransactionFailed) as refused:
        await relayed_address(relayed.urls[0], f"{int(end) + 3600}:{name}", password)
    assert refused.value.response.error_code == 401


def test_each_join_has_credentials_of_its_own_that_name_no_account(relayed: Coturn) -> None:
    [one], [other] = turn.ice_servers("a"), turn.ice_servers("b")
    assert one["credential"] != other["credential"]
    assert one["username"].endswith(":a")


def test_without_a_server_there_is_nothing_to_offer() -> None:
    assert turn.ice_servers("carols-session") == []


def test_stun_alone_needs_no_credentials(settings: Settings) -> None:
    settings.VOICE_STUN_URLS = ["stun:stun.example.org"]
    assert turn.ice_servers("carols-session") == [{"urls": ["stun:stun.example.org"]}]


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("turn:turn.example.org", TurnAddress("turn.example.org", 3478, "udp", encrypted=False)),
        ("turn:turn.example.org:80?transport=tcp", TurnAddress("turn.example.org", 80, "tcp", encrypted=False)),
        ("turns:turn.example.org", TurnAddress("turn.example.org", 5349, "tcp", encrypted=True)),
        ("turn:[2001:db8::1]:3479", TurnAddress("2001:db8::1", 3479, "udp", encrypted=False)),
        ("turn:[2001:db8::1]", TurnAddress("2001:db8::1", 3478, "udp", encrypted=False)),
    ],
)
def test_addresses_are_read_as_the_rfc_writes_them(url: str, address: TurnAddress) -> None:
    assert TurnAddress.parse(url) == address


@pytest.mark.parametrize(
    "url", ["turn.example.org", "http://turn.example.org", "turn:", "turn:host:port", "turn:host?transport=carrier"]
)
def test_what_is_no_address_is_named(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="is not like turn:"):
        TurnAddress.parse(url)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"turn": ["turn:turn.example.org"]}, "VOICE_TURN_SECRET is not"),
        ({"relay_only": True}, "VOICE_TURN_URLS names no server"),
        ({"stun": ["turn:turn.example.org"]}, "does not begin with stun:"),
    ],
)
def test_settings_that_cannot_work_together_are_named(given: dict[str, Any], said: str) -> None:
    settings: dict[str, Any] = {"stun": [], "turn": [], "secret": "", "relay_only": False}
    with pytest.raises(ImproperlyConfigured, match=said):
        turn.check_settings(**(settings | given))


def test_a_server_without_its_secret_stops_the_start_with_one_line(tmp_path: Path) -> None:
    env = production_environment(tmp_path, tmp_path / "static") | {"VOICE_TURN_URLS": "turn:turn.example.org"}
    done = subprocess.run([sys.executable, "manage.py", "check"], cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode != 0
    assert re.fullmatch(r"Eclipse cannot start: VOICE_TURN_URLS is set and VOICE_TURN_SECRET is not.*\n", done.stderr)
