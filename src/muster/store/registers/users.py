"""The register of users over all sources."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import Any, Final

from muster.directory.registers.accounts import Wanted
from muster.directory.registers.roles import Place
from muster.directory.registers.users import SourcedUser
from muster.store.registers.people import by_source, listed, searched
from muster.store.session import SearchSession

_COLUMNS: Final = (
    "SELECT s.id, s.owner, s.version, s.created, s.last_modified, s.document,"
    ' (SELECT a.id FROM accounts a WHERE a.organization = ? AND a."user" = s.id)'
)
_WHERE: Final = " WHERE s.organization = ?"
_GET: Final = f"{_COLUMNS} FROM users s{_WHERE} AND s.id = ? AND s.owner IN ({{owners}})"
_BEHIND: Final = " AND s.id > ? ORDER BY s.id LIMIT ?"
_LATEST: Final = f"{_COLUMNS} FROM users s{_WHERE} AND s.owner = ? ORDER BY s.last_modified DESC LIMIT ?"
_MAP: Final = "UPDATE connections SET mapping = CAST(? AS text) WHERE organization = ? AND id = ?"


class SqlUsers:
    """The users of one organization."""

    def __init__(self, session: SearchSession, organization: int) -> None:
        self._session = session
        self._organization = organization

    async def get(self, id: str, owners: Sequence[int]) -> SourcedUser | None:
        """Return the user that one of the sources has, or None."""
        found = await self._users(_GET.format(owners=listed(owners)), self._organization, id)
        return found[0] if found else None

    async def list(self, wanted: Wanted, after: Place | None, limit: int) -> builtins.list[SourcedUser]:
        """Return up to `limit` users behind a place, in the order of sources and ids."""
        people = searched(wanted, self._session, self._organization)
        sql = f"{_COLUMNS} FROM users s{_WHERE} AND s.owner = ?{_BEHIND}"
        if people is not None:
            beside = self._session.beside("users", "s", "id", "f.id")
            sql = f"{_COLUMNS} FROM ({people.sql}) f {beside} WHERE TRUE{_BEHIND}"
        values = people.values if people is not None else ()

        async def read(owner: int, behind: str, most: int) -> builtins.list[SourcedUser]:
            return await self._users(sql, *values, self._organization, owner, behind, most)

        return await by_source(wanted.owners, after, limit, read)

    async def latest(self, owner: int, limit: int) -> builtins.list[SourcedUser]:
        """Return up to `limit` users of a source, those that were changed last first."""
        return await self._users(_LATEST, self._organization, owner, limit)

    async def map(self, connection: str, mapping: str | None) -> None:
        """Store what a connection's attributes are mapped to."""
        await self._session.execute(_MAP, mapping, self._organization, connection)

    async def _users(self, sql: str, *values: Any) -> builtins.list[SourcedUser]:
        return [SourcedUser(*row) for row in await self._session.fetch(sql, self._organization, *values)]
