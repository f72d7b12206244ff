"""The register of what came first through a connection.

Law: each part walks a few rows of one index, however many there are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Final

from muster.directory.records import Operation
from muster.directory.registers.beginnings import Beginning, First
from muster.store.attributes import attribute_number
from muster.store.session import SearchSession

_ACTIVE: Final = attribute_number("User", "active")
_FIRST: Final = (
    "SELECT * FROM (SELECT '{0}' AS part, {1}.id, {1}.created AS time, {1}.document FROM {0} {1}"
    " WHERE {1}.organization = ? AND {1}.owner = ? ORDER BY {1}.created LIMIT {2}) {1}"
)
_USERS: Final = _FIRST.format("users", "u", 2)
_GROUPS: Final = _FIRST.format("groups", "g", 1)
_INACTIVE: Final = (
    "SELECT 'inactive' AS part, i.id, i.last_modified AS time, i.document FROM (SELECT k.resource"
    " FROM attribute_keys k WHERE k.organization = ? AND k.owner = ? AND k.attribute = ? AND k.key = ? LIMIT 2) f {}"
)
_LATELY: Final = (
    "SELECT 'inactive' AS part, l.id, d.time, l.document FROM (SELECT n.\"user\" AS id, n.time FROM deactivations n"
    " WHERE n.organization = ? AND n.owner = ? ORDER BY n.number LIMIT 2) d {}"
)
# A few of those that are removed, of whatever kind: the groups among them are left out afterwards.
_REMOVED: Final = (
    "SELECT 'removed' AS part, t.id, t.deleted AS time, t.document FROM (SELECT r.* FROM tombstones r"
    " WHERE r.organization = ? AND r.owner = ? ORDER BY r.name_key LIMIT 20) t WHERE t.kind = 'User'"
)
_ADOPTED: Final = (
    "SELECT DISTINCT c.resource FROM changes c"
    " WHERE c.organization = ? AND c.operation = ? AND c.resource IN ({})"
)


class SqlBeginnings:
    """What came first through the connections of one organization."""

    def __init__(self, session: SearchSession, organization: int) -> None:
        self._session = session
        self._organization = organization

    async def of(self, owner: int) -> Beginning:
        """Return what came first of a connection."""
        inactive = _INACTIVE.format(self._session.beside("users", "i", "row", "f.resource"))
        lately = _LATELY.format(self._session.beside("users", "l", "id", "d.id"))
        scope = (self._organization, owner)
        found: defaultdict[str, list[First]] = defaultdict(list)
        for part, *row in await self._session.fetch(
            f"{_USERS} UNION ALL {_GROUPS} UNION ALL {inactive} UNION ALL {lately} UNION ALL {_REMOVED}",
            *scope, *scope, *scope, _ACTIVE, self._session.key(0), *scope, *scope, *scope, *scope,
        ):  # fmt: skip
            found[part].append(First(*row))
        return Beginning(**found)

    async def adopted(self, users: Sequence[str]) -> Collection[str]:
        """Return those of these users that were local ones before a connection took them over."""
        if not users:
            return ()
        sql = _ADOPTED.format(", ".join("?" for _ in users))
        found = await self._session.fetch(sql, self._organization, Operation.ADOPT, *users)
        return {id for (id,) in found}
