"""Whether voice can work from where this server stands, in an operator's words: `manage.py voicecheck`.

Each check answers with a `Finding`. What cannot be known from here is said to be unknown, never passed over: a machine
behind NAT often cannot reach itself by its public address, though others can (RFC 4787, hairpinning).
"""

import asyncio
import ipaddress
import secrets
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import cast

from aioice.ice import get_host_addresses
from aioice.stun import TransactionFailed, TransactionTimeout
from aioice.turn import create_turn_endpoint

from voice import turn
from voice.turn import TurnAddress

# A packet on the loopback takes a millisecond, to the other end of the world and back a third of a second.
PATIENCE = 3.0
UNAUTHORIZED, FORBIDDEN = 401, 403
# The media server listens on all of them; so must what stands in for it.
EVERY_ADDRESS = "0.0.0.0"  # noqa: S104


class Outcome(StrEnum):
    WORKS = "works"
    FAILS = "fails"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Finding:
    """What was tried, what came of it, and, where something is to be done, what."""

    what: str
    outcome: Outcome
    words: str
    mend: str = ""


class Mailbox(asyncio.DatagramProtocol):
    """A UDP socket that keeps what comes in; it answers each packet where it `echoes`."""

    def __init__(self, *, echoes: bool = False) -> None:
        self.echoes = echoes
        self.arrived: asyncio.Queue[bytes] = asyncio.Queue()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # The loop's own, or a relay's, which has the same methods and is no subclass.
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.arrived.put_nowait(data)
        if self.echoes:
            self.transport.sendto(data, addr)

    def error_received(self, exc: Exception) -> None:
        """A port that is closed says so (ICMP); what matters is what arrives, or does not."""

    async def receives(self, packet: bytes) -> bool:
        """Whether this very packet comes in, within `PATIENCE`."""
        try:
            async with asyncio.timeout(PATIENCE):
                while await self.arrived.get() != packet:
                    pass
        except TimeoutError:
            return False
        return True


@asynccontextmanager
async def mailbox(ports: Sequence[int], *, echoes: bool = False) -> AsyncIterator[tuple[Mailbox, int]]:
    """A socket on the first free one of `ports`, and which that is; `OSError` where none is free."""
    loop = asyncio.get_running_loop()
    error = OSError("no ports")
    for port in ports:
        try:
            transport, box = await loop.create_datagram_endpoint(
                lambda: Mailbox(echoes=echoes),
                local_addr=("0.0.0.0", port),  # noqa: S104
            )
        except OSError as refused:
            error = refused
            continue
        try:
            yield box, transport.get_extra_info("sockname")[1]
        finally:
            transport.close()
        return
    raise error


def check_address(public: str) -> Finding:
    """Whether people can be told an address of this machine that they can reach."""
    what = "The address that people are told"
    if public:
        try:
            address = ipaddress.ip_address(public)
        except ValueError:
            return Finding(
                what,
                Outcome.FAILS,
                f"VOICE_PUBLIC_ADDRESS is {public!r}, which is no IP address.",
                "Set it to the number (203.0.113.5), not to a name.",
            )
        if address.is_global:
            return Finding(what, Outcome.WORKS, f"{public}, as VOICE_PUBLIC_ADDRESS says.")
        return Finding(
            what,
            Outcome.UNKNOWN,
            f"{public}, as VOICE_PUBLIC_ADDRESS says: a private address.",
            "Right for people in the same network; everybody else needs the public one.",
        )
    own = get_host_addresses(use_ipv4=True, use_ipv6=True)
    reachable = [address for address in own if ipaddress.ip_address(address.partition("%")[0]).is_global]
    if reachable:
        return Finding(what, Outcome.WORKS, f"This machine has a public address of its own: {', '.join(reachable)}.")
    return Finding(
        what,
        Outcome.UNKNOWN,
        f"This machine has only private addresses ({', '.join(own) or 'none but the loopback'}).",
        "People in the same network reach it. For others set VOICE_PUBLIC_ADDRESS to the address they reach it at.",
    )


async def check_ports(ports: Sequence[int]) -> Finding:
    """Whether the media server can have its ports."""
    what = "UDP ports of the media server"
    spoken = f"{ports[0]}-{ports[-1]}" if ports[-1] else "any"
    taken = 0
    for port in ports:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.bind((EVERY_ADDRESS, port))
            except OSError:
                taken += 1
    if taken == len(ports):
        return Finding(
            what,
            Outcome.FAILS,
            f"None of the ports {spoken} can be had.",
            "Other programs have them: choose others with VOICE_PORTS.",
        )
    if taken:
        return Finding(
            what,
            Outcome.WORKS,
            f"{len(ports) - taken} of {len(ports)} ports ({spoken}) are free: so many people "
            "can be in calls. Calls that are on have ports, too.",
        )
    return Finding(what, Outcome.WORKS, f"Free: {spoken}.")


async def check_udp(public: str, ports: Sequence[int]) -> Finding:
    """Whether a packet to the address that people are told comes in."""
    what = "UDP to the media server"
    address = public or "127.0.0.1"
    packet = secrets.token_bytes(16)
    try:
        async with mailbox(ports, echoes=True) as (_, port), mailbox([0]) as (sender, _own):
            sender.transport.sendto(packet, (address, port))
            if await sender.receives(packet):
                return Finding(what, Outcome.WORKS, f"A packet to {address}:{port} came in, and its answer came back.")
    except OSError as error:
        return Finding(what, Outcome.FAILS, f"A packet to {address} could not be sent: {error}.")
    if not public:
        return Finding(
            what, Outcome.FAILS, "Not even a packet on this machine came in.", "A local firewall stops UDP: open it."
        )
    return Finding(
        what,
        Outcome.UNKNOWN,
        f"A packet from this machine to {address}:{port} did not come in.",
        "Many routers let no machine reach itself that way. Open /voice/test/ from another network; if UDP fails there "
        "too, open the UDP ports of VOICE_PORTS on the firewall and forward them to this machine.",
    )


async def check_turn(url: str, public: str, ports: Sequence[int]) -> Finding:
    """Whether this TURN server takes our credentials and relays to the media server."""
    what = f"TURN server {url}"
    address = TurnAddress.parse(url)
    username, password = turn.credentials("voicecheck", seconds=60)
    try:
        async with asyncio.timeout(2 * PATIENCE):
            transport, client = await create_turn_endpoint(
                Mailbox,
                server_addr=(await _resolve(address.host), address.port),
                username=username,
                password=password,
                ssl=address.encrypted or None,
                transport=address.transport,
            )
    except TransactionFailed as refused:
        return _refused(what, refused.response.error_code)
    except (TimeoutError, TransactionTimeout, OSError) as error:
        return Finding(
            what,
            Outcome.FAILS,
            f"It does not answer ({error or 'no word within some seconds'}).",
            f"Is it running, and is {address.transport.upper()} port {address.port} open on its firewall?",
        )
    try:
        return await _check_relay(what, client, public, ports)
    finally:
        transport.close()


async def _check_relay(what: str, client: Mailbox, public: str, ports: Sequence[int]) -> Finding:
    packet = secrets.token_bytes(16)
    target = public or "127.0.0.1"
    try:
        async with mailbox(ports, echoes=True) as (_, port):
            client.transport.sendto(packet, (target, port))
            if await client.receives(packet):
                return Finding(
                    what, Outcome.WORKS, "It takes our credentials, and relays to the media server and back."
                )
    except OSError as error:
        return Finding(
            what, Outcome.UNKNOWN, f"It takes our credentials; whether it relays could not be tried: {error}."
        )
    return Finding(
        what,
        Outcome.FAILS,
        f"It takes our credentials, and relays nothing to the media server ({target}).",
        "coturn refuses private addresses with denied-peer-ip: allow the media server's with "
        f"allowed-peer-ip={target}. Or the firewall lets no UDP from the TURN server to the media server.",
    )


def _refused(what: str, code: int | None) -> Finding:
    if code == UNAUTHORIZED:
        return Finding(
            what,
            Outcome.FAILS,
            "It refuses our credentials.",
            "VOICE_TURN_SECRET must be coturn's static-auth-secret, use-auth-secret must be on, and the clocks right.",
        )
    if code == FORBIDDEN:
        return Finding(
            what, Outcome.FAILS, "It forbids us to relay.", "Look at its denied-peer-ip and allowed-peer-ip."
        )
    return Finding(what, Outcome.FAILS, f"It refuses with the error {code}.", "Its log says why.")


async def _resolve(host: str) -> str:
    found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_DGRAM)
    return str(found[0][4][0])


async def check_all(*, public: str, ports: Sequence[int], turn_urls: Sequence[str]) -> AsyncIterator[Finding]:
    """Every finding, as it is made; `ports` is `[0]` where any will do."""
    yield check_address(public)
    yield await check_ports(ports)
    yield await check_udp(public, ports)
    for url in turn_urls:
        yield await check_turn(url, public, ports)
    if not turn_urls:
        yield Finding(
            "TURN server",
            Outcome.UNKNOWN,
            "None is set up.",
            "People whose network lets no UDP out cannot talk: docs/voice-nat.md tells how to set one up.",
        )
