"""The register of the request log.

Law: each statement reads one range of one index: a resource's, a name's or a connection's entries in their order. What
is asked for of several is put together here.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterable
from typing import Any, Final

from muster.directory.records import LogEntry
from muster.directory.registers.requests import REFUSED, Logged, Moment, Owner, Sought
from muster.store.session import Session

_FIELDS: Final = LogEntry._fields
_COLUMNS: Final = ", ".join(_FIELDS)
_KEEP: Final = f"INSERT INTO request_log ({_COLUMNS}) VALUES ({', '.join('?' for _ in _FIELDS)})"
_REPEAT: Final = (
    "UPDATE request_log SET repeated = repeated + CAST(? AS bigint) WHERE organization = ? AND request = ?"
)
_OF_REQUEST: Final = (
    f"SELECT row, {_COLUMNS} FROM request_log WHERE organization = ? AND request = ?"
    " ORDER BY time, row LIMIT ?"
)
_SHUT_OUT: Final = (
    f"SELECT l.row, {', '.join(f'l.{field}' for field in _FIELDS)} FROM connections n"
    " JOIN request_log l ON l.organization = ? AND l.row = (SELECT r.row FROM request_log r"
    " WHERE r.organization = ? AND r.connection = n.id AND r.status >= 400 AND r.status = 401"
    " AND r.time > coalesce((SELECT a.last_success FROM connection_activity a"
    " WHERE a.organization = ? AND a.connection = n.id), 0) ORDER BY r.time DESC LIMIT 1)"
    " WHERE n.organization = ? AND n.deleted IS NULL"
)
_OWNERS: Final = "SELECT id, provider, owner FROM connections WHERE organization = ?"
_FORGET: Final = (
    "DELETE FROM request_log WHERE organization = ? AND row IN (SELECT row FROM request_log"
    " WHERE organization = ? AND connection = ? AND time < ? ORDER BY time LIMIT ?)"
)
_UNSTORABLE: Final = re.compile("[\0\ud800-\udfff]")
_LAST: Final = Moment(2**63 - 1, 2**63 - 1)
_NOBODY: Final = ""  # the connection of entries that are of none


class SqlRequests:
    """The request log of one organization."""

    def __init__(self, session: Session, organization: int) -> None:
        self._session = session
        self._organization = organization

    async def search(self, sought: Sought, before: Moment | None, limit: int) -> list[Logged]:
        """Return up to `limit` entries before a place, newest first."""
        found: list[Logged] = []
        for column, value in await self._ranges(sought):
            condition, values = _narrowed(sought, column)
            sql = (
                f"SELECT row, {_COLUMNS} FROM request_log WHERE organization = ? AND {column} = ?{condition}"
                " AND time <= ? AND (time, row) < (?, ?) ORDER BY time DESC, row DESC LIMIT ?"
            )
            last = before or _LAST
            asked = (value, *values, last.time, *last, limit)
            if all(map(_storable, asked)):
                found += map(_logged, await self._session.fetch(sql, self._organization, *asked))
        return heapq.nlargest(limit, found, key=lambda logged: logged.at)

    async def of_request(self, request: str, limit: int) -> list[Logged]:
        """Return the first entries of a request."""
        if not _storable(request):
            return []
        found = await self._session.fetch(_OF_REQUEST, self._organization, request, limit)
        return [_logged(row) for row in found]

    async def shut_out(self, connection: str | None = None) -> list[Logged]:
        """Return, of a connection or of each, the latest request since the last success that opened nothing."""
        narrowed, values = ("", ()) if connection is None else (" AND n.id = ?", (connection,))
        found = await self._session.fetch(f"{_SHUT_OUT}{narrowed}", *(self._organization,) * 4, *values)
        return [_logged(row) for row in found]

    async def owners(self) -> list[Owner]:
        """Return the connections that entries may be of, deleted ones too."""
        return [Owner(*row) for row in await self._session.fetch(_OWNERS, self._organization)]

    async def keep(self, entry: LogEntry) -> None:
        """Add an entry; text cannot hold U+0000 on PostgreSQL."""
        values = (value.replace("\0", "\\0") if isinstance(value, str) else value for value in entry[1:])
        await self._session.execute(_KEEP, self._organization, *values)

    async def repeat(self, entry: LogEntry, times: int) -> bool:
        """Count so many more like an entry that is there."""
        return await self._session.execute(_REPEAT, times, self._organization, entry.request) > 0

    async def forget(self, connection: str, before: int, limit: int) -> int:
        """Delete up to `limit` entries of a connection that are older than a time."""
        number = self._organization
        return await self._session.execute(_FORGET, number, number, connection, before, limit)

    async def _ranges(self, sought: Sought) -> Iterable[tuple[str, str]]:
        """Return the columns and values whose entries are to be looked through."""
        if sought.resources or sought.subject is not None:
            named = [] if sought.subject is None else [("subject", sought.subject)]
            return [*(("resource", id) for id in sought.resources), *named]
        connections = sought.connections or [_NOBODY, *(owner.connection for owner in await self.owners())]
        return [("connection", id) for id in connections]


def _narrowed(sought: Sought, column: str) -> tuple[str, list[Any]]:
    """Return what else an entry has to be, beside the organization and the column that it is found by."""
    lowest, highest = sought.statuses or (None, None)
    asked: list[tuple[str, Any]] = [
        ("status >= ?", lowest),
        ("status <= ?", highest),
        ("code = ?", sought.code),
        ("method = ?", sought.method),
        ("time >= ?", sought.since),
        ("time <= ?", sought.until),
    ]
    condition = f" AND status >= {REFUSED}" if sought.refused else ""  # what a partial index is of
    values: list[Any] = []
    if column != "connection" and sought.connections:
        condition += f" AND connection IN ({', '.join('?' for _ in sought.connections)})"
        values += sought.connections
    for test, value in asked:
        if value is not None:
            condition += f" AND {test}"
            values.append(value)
    return condition, values


def _storable(value: Any) -> bool:
    """Whether there can be such a value: no text has U+0000 or half of a surrogate pair."""
    return not isinstance(value, str) or not _UNSTORABLE.search(value)


def _logged(row: tuple[Any, ...]) -> Logged:
    number, *values = row
    entry = LogEntry(*values)
    return Logged(Moment(entry.time, number), entry)
