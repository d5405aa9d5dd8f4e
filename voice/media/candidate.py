"""ICE candidates as they stand in descriptions (RFC 8839)."""

import ipaddress
from dataclasses import dataclass

LONGEST = 1024


@dataclass(frozen=True)
class Candidate:
    """Somewhere the other side may be reached, over UDP."""

    foundation: str
    priority: int
    address: str
    port: int
    type: str


def read_candidate(value: str) -> Candidate | None:
    """The candidate in an attribute's value, with or without "candidate:"; None for one that is of no use here.

    That is TCP, and a name: browsers hide their addresses behind names in the local network, which would have to be
    looked up there, and whoever is behind one is found by the checks that they send. Raises `ValueError`.
    """
    if len(value) > LONGEST:
        raise ValueError("a candidate that is too long")
    words = value.removeprefix("candidate:").split()
    if len(words) < 8 or words[6] != "typ":
        raise ValueError("not a candidate")
    foundation, component, transport, priority, address, port, _, kind = words[:8]
    if component != "1" or transport.lower() != "udp" or kind not in ("host", "srflx", "relay"):
        return None
    try:
        address = str(ipaddress.ip_address(address))
    except ValueError:
        return None
    number = int(port)
    if not 0 < number < 65_536 or not 0 <= int(priority) < 1 << 32:
        raise ValueError("not a candidate")
    return Candidate(foundation[:32], int(priority), address, number, kind)
