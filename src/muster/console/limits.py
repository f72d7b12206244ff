"""How often somebody may try to sign in: from an address, at a name from there, and at a name from anywhere.

Law: what is counted is forgotten by itself; a name is counted whether or not anybody has it. Whoever guesses at a name
keeps themselves out long before its owner, who comes from elsewhere.
"""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Final

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

_MINUTES: Final = 15
_BY_NAME_THERE: Final = RateLimitItemPerMinute(10, _MINUTES)
_BY_ADDRESS: Final = RateLimitItemPerMinute(60, _MINUTES)
_BY_NAME: Final = RateLimitItemPerMinute(200, _MINUTES)

WAIT_SECONDS: Final = _MINUTES * 60


class Attempts:
    """The attempts of one process."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def may(self, name: str, address: str | None) -> bool:
        """Count an attempt; False: there were too many, and it is not to be made.

        An attempt from an address with too many is not counted at the name.
        """
        there, name = _neighbourhood(address), name[:200]
        return (
            self.may_from(address)
            and self._limiter.hit(_BY_NAME_THERE, "there", there, name)
            and self._limiter.hit(_BY_NAME, "name", name)
        )

    def may_from(self, address: str | None) -> bool:
        """Count an attempt with a passkey, which names nobody; False: there were too many from this address."""
        return self._limiter.hit(_BY_ADDRESS, "address", _neighbourhood(address))

    def forget(self, name: str, address: str | None) -> None:
        """Forget the attempts at a name, whose owner has signed in from an address."""
        self._limiter.clear(_BY_NAME_THERE, "there", _neighbourhood(address), name[:200])
        self._limiter.clear(_BY_NAME, "name", name[:200])


def _neighbourhood(address: str | None) -> str:
    """Return what stands for an address: of IPv6 its network, for whoever has one address there has all of them."""
    try:
        found = ip_address(address or "")
    except ValueError:
        return address or ""
    return str(IPv6Network((int(found), 64), strict=False)) if isinstance(found, IPv6Address) else str(found)
