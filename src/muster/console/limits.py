"""How often somebody may try to sign in: by name, and by address.

Law: what is counted is forgotten by itself; a name is counted whether or not anybody has it.
"""

from __future__ import annotations

from typing import Final

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

_BY_NAME: Final = RateLimitItemPerMinute(10, 15)  # ten in a quarter of an hour
_BY_ADDRESS: Final = RateLimitItemPerMinute(60, 15)


class Attempts:
    """The attempts of one process."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def may(self, name: str, address: str | None) -> bool:
        """Count an attempt; False: there were too many, and it is not to be made."""
        by_address = self._limiter.hit(_BY_ADDRESS, "address", address or "")
        return self._limiter.hit(_BY_NAME, "name", name[:200]) and by_address

    def forget(self, name: str) -> None:
        """Forget the attempts at a name, whose owner has signed in."""
        self._limiter.clear(_BY_NAME, "name", name[:200])


WAIT_SECONDS: Final = 15 * 60
