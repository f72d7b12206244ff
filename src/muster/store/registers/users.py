"""The register of users over all sources."""

from __future__ import annotations

import builtins
from collections.abc import Mapping, Sequence
from typing import Any, Final

from muster.directory.registers.accounts import Wanted
from muster.directory.registers.roles import Place
from muster.directory.registers.users import Naming, SourcedUser
from muster.store.registers.people import BEHIND, Found, listed, places, rows_of, searched
from muster.store.session import SearchSession

_COLUMNS: Final = (
    "SELECT s.id, s.owner, s.version, s.created, s.last_modified, s.document,"
    ' (SELECT a.id FROM accounts a WHERE a.organization = ? AND a."user" = s.id)'
)
_WHERE: Final = " WHERE s.organization = ?"
_GET: Final = f"{_COLUMNS} FROM users s{_WHERE} AND s.id = ? AND s.owner IN ({{owners}})"
_LATEST: Final = f"{_COLUMNS} FROM users s{_WHERE} AND s.owner = ? ORDER BY s.last_modified DESC LIMIT ?"
_CALLED: Final = "s.organization = ? AND s.owner = w.column1 AND s.{0} >= ? AND s.{0} <= ?"
_COLUMN: Final[Mapping[Naming, str]] = {"userName": "name_key", "externalId": "external_id"}
_EVERY_SOURCE: Final = (
    "SELECT 0 AS column1 UNION ALL SELECT n.owner FROM connections n WHERE n.organization = ?"
)
_FIRST: Final = Place(0, "")
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
        if people is None:
            each = places(wanted.owners, after)
            sql = f"({each.sql}) w {self._session.foremost('users', 's', BEHIND.format('s'), 's.id')}"
            values = [*each.values, self._organization, limit]
        else:
            beside = self._session.beside("users", "s", "id", "f.id", owner="f.owner")
            sql = f"({people.sql}) f {beside} WHERE (s.owner, s.id) > (?, ?)"
            values = [*people.values, self._organization, *(after or _FIRST)]
        return await self._users(f"{_COLUMNS} FROM {sql} ORDER BY s.owner, s.id LIMIT ?", *values, limit)

    async def called(
        self, naming: Naming, key: str, owners: Sequence[int] | None, limit: int
    ) -> builtins.list[str]:
        """Return the ids of up to `limit` users whose name has this comparison key."""
        places = Found(_EVERY_SOURCE, (self._organization,)) if owners is None else rows_of(owners)
        column, value = _COLUMN[naming], self._session.key(key)
        first = self._session.foremost("users", "s", _CALLED.format(column), f"s.{column}")
        sql = f"SELECT s.id FROM ({places.sql}) w {first} ORDER BY s.owner LIMIT ?"
        found = await self._session.fetch(sql, *places.values, self._organization, value, value, 1, limit)
        return [id for (id,) in found]

    async def latest(self, owner: int, limit: int) -> builtins.list[SourcedUser]:
        """Return up to `limit` users of a source, those that were changed last first."""
        return await self._users(_LATEST, self._organization, owner, limit)

    async def map(self, connection: str, mapping: str | None) -> None:
        """Store what a connection's attributes are mapped to."""
        await self._session.execute(_MAP, mapping, self._organization, connection)

    async def _users(self, sql: str, *values: Any) -> builtins.list[SourcedUser]:
        return [SourcedUser(*row) for row in await self._session.fetch(sql, self._organization, *values)]
