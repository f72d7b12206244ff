"""Who is at the other end, when there are proxies between.

Law: a forwarding header is believed only as far as the addresses that wrote it are trusted proxies; without any, the
address is the socket's, whatever a request says of itself. Nothing else is ever read from such a header.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

from muster.endpoint.scope import Scope

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

_FORWARDED_FOR: Final = b"x-forwarded-for"
_MOST_HOPS: Final = 32


class Proxies:
    """The networks whose word on who they forward for is taken."""

    def __init__(self, networks: Sequence[Network] = ()) -> None:
        self._networks = networks

    def client(self, scope: Scope) -> str | None:
        """Return the address of a request's client as text; None when the socket has none (a Unix socket)."""
        peer = scope.get("client")
        if peer is None:
            return None
        text: str = peer[0]
        return self._beyond(text, scope["headers"]) if self._networks else text

    def _beyond(self, peer: str, headers: Iterable[tuple[bytes, bytes]]) -> str:
        """Walk from the socket's address toward the client for as long as each hop is a trusted proxy."""
        address = parsed(peer)
        if address is None or not self._trusts(address):
            return peer
        for hop in reversed(_hops(headers)[-_MOST_HOPS:]):
            before = parsed(hop)
            if before is None:
                break
            address = before
            if not self._trusts(address):
                break
        return str(address)

    def _trusts(self, address: Address) -> bool:
        return any(address in network for network in self._networks)


def _hops(headers: Iterable[tuple[bytes, bytes]]) -> list[str]:
    """Return what all X-Forwarded-For headers say, the proxy nearest to us last."""
    lines = [value.decode("latin-1") for name, value in headers if name == _FORWARDED_FOR]
    return [hop.strip() for line in lines for hop in line.split(",")]


@lru_cache(maxsize=4096)
def parsed(text: str) -> Address | None:
    """Read an address as proxies write it: with or without a port, IPv6 in brackets or not; None when it is none."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
