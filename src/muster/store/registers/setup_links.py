"""The register of setup links."""

from __future__ import annotations

import builtins
from dataclasses import replace
from typing import Any, Final

from muster.directory.registers.api_keys import Position
from muster.directory.registers.setup_links import SetupLink
from muster.store.session import Session

_COLUMNS: Final = "organization, id, connection, hash, created, created_by, expires, once, used, revoked"
_ADD: Final = f"INSERT INTO setup_links ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_GET: Final = f"SELECT {_COLUMNS} FROM setup_links WHERE organization = ? AND id = ?"
_LIST: Final = f"SELECT {_COLUMNS} FROM setup_links WHERE organization = ?"
_OF_CONNECTION: Final = " AND connection = ?"
_PART: Final = " AND (created, id) > (?, ?) ORDER BY created, id LIMIT ?"
_USE: Final = (
    "UPDATE setup_links SET used = CAST(? AS bigint) WHERE organization = ? AND id = ? AND used IS NULL"
)
_REVOKE: Final = (
    "UPDATE setup_links SET revoked = CAST(? AS bigint) WHERE organization = ? AND id = ? AND revoked IS NULL"
)
_REVOKE_ALL: Final = (
    "UPDATE setup_links SET revoked = CAST(? AS bigint) WHERE organization = ? AND revoked IS NULL"
)
_ONCE: Final = 7  # the column that SQLite has as a number
_FIRST: Final = Position(-1, "")


class SqlSetupLinks:
    """The setup links of one organization."""

    def __init__(self, session: Session, organization: int) -> None:
        self._session = session
        self._organization = organization

    async def add(self, link: SetupLink) -> None:
        """Store a new setup link."""
        made = (link.id, link.connection, link.hash, link.created, link.created_by, link.expires)
        await self._session.execute(_ADD, self._organization, *made, link.once, link.used, link.revoked)

    async def get(self, id: str) -> SetupLink | None:
        """Return the setup link, or None."""
        found = await self._session.fetch(_GET, self._organization, id)
        return _link(found[0]) if found else None

    async def list(
        self, connection: str | None, after: Position | None, limit: int
    ) -> builtins.list[SetupLink]:
        """Return up to `limit` setup links behind a position, oldest first, those that are over too."""
        narrowed = () if connection is None else (connection,)
        sql = _LIST + (_OF_CONNECTION if narrowed else "") + _PART
        found = await self._session.fetch(sql, self._organization, *narrowed, *(after or _FIRST), limit)
        return [_link(row) for row in found]

    async def use(self, id: str, now: int) -> bool:
        """Mark the setup link as used; return whether it was not before."""
        return await self._session.execute(_USE, now, self._organization, id) > 0

    async def revoke_all(self, now: int) -> int:
        """Revoke every setup link that is not; return how many."""
        return await self._session.execute(_REVOKE_ALL, now, self._organization)

    async def revoke(self, id: str, now: int) -> bool:
        """Revoke the setup link; return whether it was not revoked before."""
        return await self._session.execute(_REVOKE, now, self._organization, id) > 0


def _link(row: tuple[Any, ...]) -> SetupLink:
    return replace(SetupLink(*row), once=bool(row[_ONCE]))
