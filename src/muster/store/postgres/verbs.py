"""The ground that all verbs of a transaction stand on: a connection, a scope, what waits for the last statement."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from muster.directory.records import Change, Kind, LogEntry, Scope
from muster.store.postgres.connecting import Connection
from muster.store.postgres.parts import Parts
from muster.store.postgres.requests import LOG_CHANGE, values_beside_change
from muster.store.statements import TABLE

COUNT: Final[dict[Kind, str]] = {
    kind: f"UPDATE connections SET {table} = {table} + ? WHERE organization = ? AND owner = ? RETURNING 1"
    for kind, table in TABLE.items()
}
_NEXT: Final = (
    "UPDATE organizations SET sequence = sequence + 1, nested_members = nested_members + ?"
    " WHERE organization = ?{} RETURNING sequence"
)
# A part that nobody asks is done after all others; but the organization's row is locked last, as everywhere.
_AFTER: Final = " AND (SELECT count(*) FROM part{}) >= 0"
_NESTED: Final = "UPDATE organizations SET nested_members = nested_members + ? WHERE organization = ?"
_RECORD: Final = (
    "INSERT INTO changes (organization, sequence, time, connection, credential, request, operation, resource_type,"
    " resource, version, before, after)"
    " SELECT ?::bigint, n.sequence, ?::bigint, ?::text, ?::text, ?::text, ?::text, ?::text, ?::text, ?::bigint,"
    " ?::bytea, ?::bytea FROM part{} n RETURNING sequence"
)


class Verbs:
    """Statements on one scope; the connection is in a transaction that somebody else begins and ends.

    What nobody reads within the transaction (accounts, log, counters) waits and goes with the change row: the row locks
    that serialize an organization are held for one statement and the commit.
    """

    def __init__(self, connection: Connection, scope: Scope) -> None:
        self._connection = connection
        self._organization, self._owner = scope
        self._waiting: list[tuple[str, tuple[Any, ...]]] = []
        self._counts: Counter[Kind] = Counter()
        self._nested = 0
        self.deleted: set[str] = set()

    async def _all(self, sql: str, *values: Any) -> list[Any]:
        """Run a statement that binds organization and owner first, and return its rows."""
        found: list[Any] = await self._connection.fetch(sql, self._organization, self._owner, *values)
        return found

    async def _first(self, sql: str, *values: Any) -> list[Any]:
        """Run such a statement and return the first column of its rows."""
        return [row[0] for row in await self._all(sql, *values)]

    async def _only(self, sql: str, *values: Any) -> Any:
        """Run such a statement on one row and return its value. Raises `LookupError` when there is no such row."""
        found = await self._first(sql, *values)
        if not found:
            raise LookupError("no such row in this scope")
        return found[0]

    def _later(self, sql: str, *values: Any) -> None:
        """Have a statement done with the change row."""
        self._waiting.append((sql, values))

    async def record(self, change: Change, entry: LogEntry | None = None) -> int:
        """Write the change row, its entry and what waits, and return its sequence number.

        It is gap-free within the organization.
        """
        parts = self._parts()
        number = len(self._waiting) + len(self._counts)
        counts = range(len(self._waiting), number)
        parts.add(_NEXT.format("".join(map(_AFTER.format, counts))), self._nested, self._organization)
        if entry is not None:
            parts.add(LOG_CHANGE.format(number), self._organization, *values_beside_change(entry))
        sql, values = parts.take(_RECORD.format(number), self._organization, *change_values(change))
        self._forget()
        ((sequence,),) = await self._connection.fetch(sql, *values)
        return int(sequence)

    async def flush(self) -> None:
        """Write what still waits when an operation has recorded no change."""
        parts = self._parts()
        if self._nested:
            parts.add(_NESTED, self._nested, self._organization)
        if parts:
            self._forget()
            sql, values = parts.take("SELECT 1")
            await self._connection.fetch(sql, *values)

    def _parts(self) -> Parts:
        parts = Parts()
        for sql, values in self._waiting:
            parts.add(sql, *values)
        for kind, count in self._counts.items():
            parts.add(COUNT[kind], count, self._organization, self._owner)
        return parts

    def _forget(self) -> None:
        self._waiting.clear()
        self._counts.clear()
        self._nested = 0


def change_values(change: Change) -> tuple[Any, ...]:
    """Return the values of a change row's columns behind organization and sequence."""
    actor = change.actor
    return (
        change.time,
        actor.connection,
        actor.credential,
        actor.request,
        change.operation.value,
        change.resource_type,
        change.resource.replace("\0", "\\0"),
        change.version,
        change.before,
        change.after,
    )
