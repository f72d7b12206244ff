"""The register of connections."""

from __future__ import annotations

import builtins
from typing import Any, Final

from muster.directory.records import LOCAL_OWNER, Connection
from muster.directory.registers.api_keys import Position
from muster.directory.registers.connections import Accounts, Activity, Ended, Shared, Stray, Used
from muster.store import rows
from muster.store.rows import CONNECTION_COLUMNS
from muster.store.session import Session

_OPEN_ALERTS: Final = (
    "(SELECT string_agg(o.id, ' ') FROM alerts o"
    " WHERE o.organization = ? AND o.connection = n.id AND o.closed IS NULL)"
)
_USED: Final = (
    f"SELECT {CONNECTION_COLUMNS}, {_OPEN_ALERTS}, a.first_request, a.last_request, a.first_success, a.last_success,"
    " a.requests, a.refused"
    " FROM connections n LEFT JOIN connection_activity a ON a.organization = ? AND a.connection = n.id"
    " WHERE n.organization = ? AND n.deleted IS NULL"
)
_ACTIVITY: Final = len(Activity._fields)
_GET: Final = f"{_USED} AND n.id = ?"
_LIST: Final = f"{_USED} AND (n.created, n.id) > (?, ?) ORDER BY n.created, n.id LIMIT ?"
_HOLD: Final = (
    "UPDATE connections SET users = users WHERE organization = ? AND id = ?"  # both databases know this
)
_SETTLE: Final = (
    "UPDATE connections SET name = ?, provider = ?, strict = ?, state = ?, switches = ?"
    " WHERE organization = ? AND id = ?"
)
_ACCOUNTS: Final = (
    "SELECT status, count(*) FROM accounts WHERE organization = ? AND owner = ? AND status IN ('active', 'held')"
    " GROUP BY status"
)
_STRAYS: Final = (
    'SELECT id, "user", status FROM accounts WHERE organization = ? AND owner = ? AND status <> ? ORDER BY id'
)
_END_ACCOUNTS: Final = (
    "UPDATE accounts SET status = ?, changed = CAST(? AS bigint),"
    " revoked_before = CASE WHEN revoked_before < CAST(? AS bigint) THEN CAST(? AS bigint) ELSE revoked_before END"
    " WHERE organization = ? AND owner = ? AND status <> ?"
)
_REMOVED: Final = "removed"
_SHARED: Final = (
    "SELECT u.id, l.id FROM {table} u JOIN {table} l ON l.organization = ? AND l.owner = ? AND l.{column} = u.{column}"
    " WHERE u.organization = ? AND u.owner = ? ORDER BY u.id LIMIT ?"
)
_ALIKE: Final = tuple(
    (kind, _SHARED.format(table=table, column=column))
    for kind, table in (("User", "users"), ("Group", "groups"))
    for column in ("name_key", "external_id")
)
_DELETE: Final = (
    "UPDATE connections SET deleted = CAST(? AS bigint), state = ?"
    " WHERE organization = ? AND id = ? AND deleted IS NULL"
)
_REVOKE: Final = (
    "UPDATE {table} SET {column} = CAST(? AS bigint)"
    " WHERE organization = ? AND connection = ? AND {column} IS NULL"
)
_CREDENTIALS: Final = _REVOKE.format(table="credentials", column="revoked")
_SETUP_LINKS: Final = _REVOKE.format(table="setup_links", column="revoked")
_SERVICE_ACCOUNTS: Final = _REVOKE.format(table="service_accounts", column="deleted")
_EXPIRED: Final = (
    "SELECT deleted, id FROM tombstones"
    " WHERE organization = ? AND owner = ? AND deleted < ? AND kind = ? AND (deleted, id) > (?, ?)"
    " ORDER BY deleted, id LIMIT ?"
)
_BEGINNING: Final = Position(-1, "")


class SqlConnections:
    """The connections of one organization."""

    def __init__(self, session: Session, organization: int) -> None:
        self._session = session
        self._organization = organization

    async def get(self, id: str) -> Used | None:
        """Return the connection, or None."""
        found = await self._session.fetch(_GET, *[self._organization] * 3, id)
        return _used(found[0]) if found else None

    async def hold(self, id: str) -> Connection | None:
        """Return the connection, or None; its row is locked on PostgreSQL, as the whole file is on SQLite."""
        await self._session.execute(_HOLD, self._organization, id)
        found = await self.get(id)
        return found.connection if found else None

    async def list(self, after: Position | None, limit: int) -> builtins.list[Used]:
        """Return up to `limit` connections behind a position, oldest first."""
        place = (*(after or _BEGINNING), limit)
        return [_used(row) for row in await self._session.fetch(_LIST, *[self._organization] * 3, *place)]

    async def settle(self, connection: Connection) -> None:
        """Store what may be changed of it."""
        settled = (
            connection.name,
            connection.provider,
            connection.strict,
            connection.state,
            connection.switches,
        )
        await self._session.execute(_SETTLE, *settled, self._organization, connection.id)

    async def accounts(self, owner: int) -> Accounts:
        """Count the accounts of an owner that open anything."""
        counts = dict(await self._session.fetch(_ACCOUNTS, self._organization, owner))
        return Accounts(counts.get("active", 0), counts.get("held", 0))

    async def shared(self, owner: int, limit: int) -> builtins.list[Shared]:
        """Return up to `limit` of the users and groups whose name or externalId a local one has too."""
        found: builtins.list[Shared] = []
        for kind, sql in _ALIKE:
            scopes = (self._organization, LOCAL_OWNER, self._organization, owner)
            alike = await self._session.fetch(sql, *scopes, limit - len(found))
            found += [Shared(kind, *ids) for ids in alike]  # type: ignore[arg-type]
        return found

    async def end_accounts(self, owner: int, now: int) -> builtins.list[Stray]:
        """Remove what accounts of an owner still open anything, revoke all they had, and return them as they were."""
        found = await self._session.fetch(_STRAYS, self._organization, owner, _REMOVED)
        if found:
            where = (self._organization, owner, _REMOVED)
            await self._session.execute(_END_ACCOUNTS, _REMOVED, now, now, now, *where)
        return [Stray(*row) for row in found]

    async def end(self, connection: Connection, now: int) -> Ended:
        """Mark the connection as deleted, with all that opens it."""
        where = (self._organization, connection.id)
        await self._session.execute(_DELETE, now, "disabled", *where)
        await self._session.execute(_SERVICE_ACCOUNTS, now, *where)
        return Ended(
            await self._session.execute(_CREDENTIALS, now, *where),
            await self._session.execute(_SETUP_LINKS, now, *where),
        )

    async def expired(
        self, owner: int, before: int, after: Position | None, limit: int
    ) -> builtins.list[Position]:
        """Return up to `limit` users of an owner, behind a position, that were deleted before a moment."""
        place = (before, "User", *(after or _BEGINNING), limit)
        found = await self._session.fetch(_EXPIRED, self._organization, owner, *place)
        return [Position(*row) for row in found]


def _used(row: tuple[Any, ...]) -> Used:
    (*own, alerts), activity = row[:-_ACTIVITY], row[-_ACTIVITY:]
    names = tuple(sorted(alerts.split())) if alerts else ()
    return Used(rows.connection(tuple(own)), None if activity[0] is None else Activity(*activity), names)
