"""Where people's packets arrive: the addresses and UDP ports of this server."""

import ipaddress
import random
import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from aioice.ice import get_host_addresses

from voice.engine import EngineBusy

# Packets of several hundred people may wait while the event loop is elsewhere.
BUFFER_BYTES = 1 << 18
# A machine that runs containers has an address for each of their networks.
MOST_ADDRESSES = 6
ANY = {4: "0.0.0.0", 6: "::"}  # noqa: S104


@dataclass(frozen=True)
class Door:
    """A bound socket, and the address and port that are offered for it."""

    socket: socket.socket
    address: str
    port: int


class Ports:
    """Hands out a socket for each person and address.

    `ports` are those to choose from, any where there are none; `address` is the one that people are told of, or the
    machine's own where it is empty. Raises `ValueError` where it is no IP address.
    """

    def __init__(self, ports: range = range(0), address: str = "") -> None:
        self._ports = ports
        self._addresses = [str(ipaddress.ip_address(address))] if address else []

    def open(self) -> list[Door]:
        """A socket for each address that is offered. Raises `EngineBusy` where no port is free."""
        doors: list[Door] = []
        for address in self._addresses or own_addresses():
            # One that cannot be had must not cost the others.
            with suppress(OSError):
                doors.append(self._door(address))
        if not doors:
            raise EngineBusy("no UDP port is free")
        return doors

    def _door(self, address: str) -> Door:
        version = ipaddress.ip_address(address).version
        last: OSError | None = None
        for port in self._candidates():
            # Behind a router or in a container the public address is not the machine's own.
            for host in (address, ANY[version]):
                try:
                    bound = _bind(host, port, version)
                except OSError as error:
                    last = error
                    continue
                return Door(bound, address, bound.getsockname()[1])
        raise last or OSError("no port")

    def _candidates(self) -> Iterator[int]:
        if not self._ports:
            yield 0
            return
        # Not the lowest that is free: packets of whoever had it last may still be on their way.
        start = random.randrange(len(self._ports))  # noqa: S311
        yield from self._ports[start:]
        yield from self._ports[:start]


def _bind(host: str, port: int, version: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET if version == 4 else socket.AF_INET6, socket.SOCK_DGRAM)
    try:
        if version == 6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)
        bound.setblocking(False)
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    return bound


def own_addresses() -> list[str]:
    """The machine's addresses by which others may reach it; its own loopback where it has none."""
    found = get_host_addresses(use_ipv4=True, use_ipv6=True)
    usable = [address for address in found if not ipaddress.ip_address(address).is_link_local]
    return usable[:MOST_ADDRESSES] or ["127.0.0.1"]
