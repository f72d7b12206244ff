"""A count and a checksum of rows, by which two stores are found to hold the same.

Law: the order of the rows does not matter, every value of each of them does.
"""

from __future__ import annotations

import marshal
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final, Protocol

from muster.store.copy.tables import Row, Table

_BYTES: Final = 16
_MODULUS: Final = 1 << 8 * _BYTES
_PLAIN: Final = 2  # marshal's last version that writes a value the same way wherever it stands


class Source(Protocol):
    """A side that rows are read from."""

    def portions(self, table: Table, organization: int) -> AsyncIterator[Sequence[Row]]:
        """Yield all rows of an organization, some at a time."""


@dataclass(slots=True)
class Tally:
    """How many rows there are, and the sum of their digests."""

    rows: int = 0
    checksum: int = 0

    def add(self, rows: Iterable[Row]) -> None:
        """Take rows into account."""
        for row in rows:
            digest = blake2b(marshal.dumps(row, _PLAIN), digest_size=_BYTES).digest()
            self.checksum = (self.checksum + int.from_bytes(digest, "big")) % _MODULUS
            self.rows += 1

    def with_more(self, more: Tally) -> Tally:
        """Return the tally of the rows of both."""
        return Tally(self.rows + more.rows, (self.checksum + more.checksum) % _MODULUS)


def differing(expected: Tally, found: Tally) -> str:
    """Return what is wrong between two tallies in a few words; "" when they agree."""
    if expected.rows != found.rows:
        return f"{found.rows} rows instead of {expected.rows}"
    return "" if expected == found else "a row is not what it was"


async def tally(source: Source, table: Table, organization: int, seen: Callable[[int], None]) -> Tally:
    """Read a table of an organization and return its tally; `seen` hears of each portion."""
    found = Tally()
    async for rows in source.portions(table, organization):
        found.add(rows)
        seen(len(rows))
    return found
