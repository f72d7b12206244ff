"""How many statements the connections of this process have run, by what they are for.

Law: nothing is counted while statements run: SQLite's wrapper counts by itself, and is asked by who wants to know.
A connection that another thread is using at that moment answers with what it said last.
"""

from __future__ import annotations

from collections import Counter

import apsw

_COUNTED = ("hits", "misses", "no_cache", "too_big")


class StatementCounts:
    """The connections and the last known count of each."""

    def __init__(self) -> None:
        self._connections: list[tuple[str, apsw.Connection]] = []
        self._known: list[int] = []

    def add(self, purpose: str, connection: apsw.Connection) -> apsw.Connection:
        """Count a connection's statements from now on; return the connection."""
        self._known.append(0)  # first: `totals` may run on another thread just now
        self._connections.append((purpose, connection))
        return connection

    def totals(self) -> Counter[str]:
        """Return the number of statements by purpose."""
        totals: Counter[str] = Counter()
        for place, (purpose, connection) in enumerate(self._connections):
            self._known[place] = _statements(connection, self._known[place])
            totals[purpose] += self._known[place]
        return totals


def _statements(connection: apsw.Connection, known: int) -> int:
    try:
        stats = connection.cache_stats()
    except (apsw.ThreadingViolationError, apsw.ConnectionClosedError):
        return known
    return sum(int(stats[name]) for name in _COUNTED)
