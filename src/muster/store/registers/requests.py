"""The register of the request log.

Law: a search is one statement. Of each resource, name or connection that it is about, it looks at the first entries in
the order of an index, and at no more of each than are asked for of all together.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from muster.directory.records import LogEntry
from muster.directory.registers.requests import REFUSED, Logged, Moment, Owner, Sought
from muster.store.registers.people import Found, marks, rounded
from muster.store.session import SearchSession

_NOBODY: Final = ""  # the connection of entries that are of none
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
    " WHERE r.organization = ? AND r.connection = {id} AND r.status >= 400 AND r.status = 401"
    " AND r.time > coalesce((SELECT a.last_success FROM connection_activity a"
    " WHERE a.organization = ? AND a.connection = n.id), 0) ORDER BY r.time DESC LIMIT 1)"
    " WHERE n.organization = ? AND n.deleted IS NULL AND n.id IN ({asked})"
)
_ENTRIES: Final = (
    f"SELECT r.row, {', '.join(f'r.{field}' for field in _FIELDS)} FROM ({{places}}) w {{first}}"
    " ORDER BY r.time DESC, r.row DESC LIMIT ?"
)
_WHERE: Final = (
    "r.organization = ? AND r.{column} >= w.column1 AND (r.{column}, r.time) <= (w.column1, ?){condition}"
    " AND (r.time, r.row) < (?, ?)"
)
# The column too, though it is one value: no other index yields that order.
_LATEST_FIRST: Final = "r.{column} DESC, r.time DESC"
_EVERY_CONNECTION: Final = (
    f"SELECT '{_NOBODY}' AS column1 UNION ALL SELECT {{id}} FROM connections n WHERE n.organization = ?"
)
_OWNERS: Final = "SELECT id, provider, owner FROM connections WHERE organization = ?"
_FORGET: Final = (
    "DELETE FROM request_log WHERE organization = ? AND row IN (SELECT row FROM request_log"
    " WHERE organization = ? AND connection = ? AND time < ? ORDER BY time LIMIT ?)"
)
_UNSTORABLE: Final = re.compile("[\0\ud800-\udfff]")
_LAST: Final = Moment(2**63 - 1, 2**63 - 1)


class SqlRequests:
    """The request log of one organization."""

    def __init__(self, session: SearchSession, organization: int) -> None:
        self._session = session
        self._organization = organization
        self._id = session.in_any_order("n.id")

    async def search(self, sought: Sought, before: Moment | None, limit: int) -> list[Logged]:
        """Return up to `limit` entries before a place, newest first."""
        last = before or _LAST
        statements, values = list[str](), list[Any]()
        for column, places in self._ranges(sought):
            condition, narrowed = _narrowed(sought, column)
            if not all(map(_storable, narrowed)):
                continue
            where = _WHERE.format(column=column, condition=condition)
            order = _LATEST_FIRST.format(column=column)
            first = self._session.foremost("request_log", "r", where, order, then="r.row DESC")
            statements.append(f"SELECT * FROM ({_ENTRIES.format(places=places.sql, first=first)}) {column}")
            values += [*places.values, self._organization, last.time, *narrowed, *last, limit, limit]
        rows = await self._session.fetch(" UNION ALL ".join(statements), *values) if statements else ()
        return heapq.nlargest(limit, map(_logged, rows), key=lambda logged: logged.at)

    async def of_request(self, request: str, limit: int) -> list[Logged]:
        """Return the first entries of a request."""
        if not _storable(request):
            return []
        found = await self._session.fetch(_OF_REQUEST, self._organization, request, limit)
        return [_logged(row) for row in found]

    async def shut_out(self, connections: Sequence[str]) -> list[Logged]:
        """Return the latest request since the last success that opened nothing, of each of some connections."""
        asked = rounded(connections)
        sql = _SHUT_OUT.format(id=self._id, asked=marks(asked))
        found = await self._session.fetch(sql, *(self._organization,) * 4, *asked)
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

    def _ranges(self, sought: Sought) -> list[tuple[str, Found]]:
        """Return the columns whose entries are to be looked through, and what names the values of each."""
        asked: Mapping[str, Sequence[str]]
        if sought.resources or sought.subject is not None:
            subjects = () if sought.subject is None else (sought.subject,)
            asked = {"resource": sought.resources, "subject": subjects}
        elif sought.connections:
            asked = {"connection": sought.connections}
        else:
            return [("connection", Found(_EVERY_CONNECTION.format(id=self._id), (self._organization,)))]
        kept = {column: [*filter(_storable, values)] for column, values in asked.items()}
        return [(column, _listed(values)) for column, values in kept.items() if values]


def _listed(values: Sequence[str]) -> Found:
    """Return values as the rows of a table."""
    return Found(f"VALUES {', '.join('(CAST(? AS text))' for _ in values)}", values)


def _narrowed(sought: Sought, column: str) -> tuple[str, list[Any]]:
    """Return what else an entry has to be, beside the organization and the column that it is found by."""
    lowest, highest = sought.statuses or (None, None)
    asked: list[tuple[str, Any]] = [
        ("r.status >= ?", lowest),
        ("r.status <= ?", highest),
        ("r.code = ?", sought.code),
        ("r.method = ?", sought.method),
        ("r.time >= ?", sought.since),
        ("r.time <= ?", sought.until),
    ]
    condition = f" AND r.status >= {REFUSED}" if sought.refused else ""  # what a partial index is of
    values: list[Any] = []
    if column != "connection" and sought.connections:
        condition += f" AND r.connection IN ({', '.join('?' for _ in sought.connections)})"
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
