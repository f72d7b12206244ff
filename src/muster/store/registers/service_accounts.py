"""The register of service accounts."""

from __future__ import annotations

import builtins
from typing import Final

from muster.directory.registers.api_keys import Position
from muster.directory.registers.service_accounts import ServiceAccount
from muster.store.session import Session

_COLUMNS: Final = "organization, id, connection, name, description, role, created, created_by, deleted"
_ADD: Final = f"INSERT INTO service_accounts ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_HOLD: Final = "UPDATE service_accounts SET deleted = deleted WHERE organization = ? AND id = ?"
_GET: Final = f"SELECT {_COLUMNS} FROM service_accounts WHERE organization = ? AND id = ?"
_LIST: Final = f"SELECT {_COLUMNS} FROM service_accounts WHERE organization = ? AND deleted IS NULL"
_OF_CONNECTION: Final = " AND connection = ?"
_PART: Final = " AND (created, id) > (?, ?) ORDER BY created, id LIMIT ?"
_DELETE: Final = (
    "UPDATE service_accounts SET deleted = CAST(? AS bigint)"
    " WHERE organization = ? AND id = ? AND deleted IS NULL"
)
_FIRST: Final = Position(-1, "")


class SqlServiceAccounts:
    """The service accounts of one organization."""

    def __init__(self, session: Session, organization: int) -> None:
        self._session = session
        self._organization = organization

    async def add(self, account: ServiceAccount) -> None:
        """Store a new service account."""
        named = (account.id, account.connection, account.name, account.description, account.role)
        await self._session.execute(
            _ADD, self._organization, *named, account.created, account.created_by, account.deleted
        )

    async def get(self, id: str) -> ServiceAccount | None:
        """Return the service account, a deleted one too, or None."""
        found = await self._session.fetch(_GET, self._organization, id)
        return ServiceAccount(*found[0]) if found else None

    async def hold(self, id: str) -> ServiceAccount | None:
        """Return the same, and let nobody else change it before this transaction has ended."""
        await self._session.execute(_HOLD, self._organization, id)
        return await self.get(id)

    async def list(
        self, connection: str | None, after: Position | None, limit: int
    ) -> builtins.list[ServiceAccount]:
        """Return up to `limit` service accounts behind a position that are not deleted, oldest first."""
        narrowed = () if connection is None else (connection,)
        sql = _LIST + (_OF_CONNECTION if narrowed else "") + _PART
        found = await self._session.fetch(sql, self._organization, *narrowed, *(after or _FIRST), limit)
        return [ServiceAccount(*row) for row in found]

    async def delete(self, id: str, now: int) -> bool:
        """Mark the service account as deleted; return whether it was not before."""
        return await self._session.execute(_DELETE, now, self._organization, id) > 0
