"""The register of hours: how much came in through each connection, hour by hour, for a few weeks.

Law: like what was last used it is told to people and decides nothing; it may be a second late, and a crash may lose it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol

HOUR: Final = 3_600_000_000  # microseconds
KEPT: Final = 14 * 24 * HOUR
"""How long the hours are remembered, in microseconds."""

_EXPECTED: Final = (404, 409, 429)


class Hour(NamedTuple):
    """What came in through a connection in the hour that begins at `hour`, in microseconds; none: there is none.

    `errors` are the answers that somebody has to do something about.
    """

    connection: str
    hour: int
    requests: int
    errors: int


def is_error(status: int) -> bool:
    """Whether somebody has to do something about an answer.

    With 404 and 409 IdPs find out what is there, and who is told to come again (429) does.
    """
    return status >= 400 and status not in _EXPECTED  # noqa: PLR2004 - where refusals begin


class Hours(Protocol):
    """The hours of one organization's connections."""

    async def add(self, hours: Sequence[Hour]) -> None:
        """Add to what is known of these hours."""

    async def since(self, hour: int, connections: Sequence[str]) -> Sequence[Hour]:
        """Return the hours from one on of some connections, one at least, each connection's in their order."""

    async def forget(self, hour: int) -> int:
        """Delete the hours before one; return how many."""
