"""The verbs on whose a resource is: from the local users to a connection, and from a connection back.

Law: a resource goes with its entries and its account, and a group with its members; its id, versions and times stay.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

import asyncpg

from muster.directory.records import LOCAL_OWNER, Kind, Stored, StoredUser
from muster.scim.keys import Entry
from muster.store.attributes import indexed
from muster.store.postgres import rows
from muster.store.postgres.resources import LEAVE, LOCK_GROUPS, refuse, unnested
from muster.store.postgres.values import cut, word
from muster.store.postgres.verbs import COUNT, Verbs
from muster.store.statements import PLAIN, TABLE

_LOCAL_USERS: Final = (
    f"SELECT {PLAIN['User']} FROM users WHERE organization = $1 AND owner = {LOCAL_OWNER} AND id = ANY($2::text[])"
    " ORDER BY id FOR NO KEY UPDATE"
)
_LOCAL_NAME: Final = (
    f"SELECT 1 FROM users WHERE organization = $1 AND owner = {LOCAL_OWNER} AND name_key = $2"
)
_FIRST: Final[dict[Kind, str]] = {
    kind: (
        f"SELECT {PLAIN[kind]} FROM {table} WHERE organization = $1 AND owner = $2 ORDER BY id LIMIT $3"
        " FOR NO KEY UPDATE"
    )
    for kind, table in TABLE.items()
}
_MOVE: Final = """WITH w AS (
    UPDATE {table} SET owner = $2 WHERE organization = $1 AND owner = $3 AND id = $4 RETURNING row),
  gone AS (DELETE FROM attribute_keys k
    USING w, unnest($5::bigint[], $6::bytea[], $7::bigint[]) e (attribute, key, element)
    WHERE k.organization = $1 AND k.owner = $3 AND k.attribute = e.attribute AND k.key = e.key
      AND k.resource = w.row AND k.element = e.element),
  come AS (INSERT INTO attribute_keys (organization, owner, attribute, key, resource, element, whole)
    SELECT $1, $2, e.attribute, e.key, w.row, e.element, e.whole
    FROM w, unnest($5::bigint[], $6::bytea[], $7::bigint[], $8::bytea[]) e (attribute, key, element, whole)){others}
  SELECT row FROM w"""
_WITH_USER: Final = (
    ', its AS (UPDATE accounts SET owner = $2 WHERE organization = $1 AND owner = $3 AND "user" = $4)'
)
_WITH_GROUP: Final = (
    ", its AS (UPDATE members SET owner = $2 WHERE organization = $1 AND owner = $3 AND group_id = $4),"
    " waiting AS (UPDATE pending_members SET owner = $2 WHERE organization = $1 AND owner = $3 AND group_id = $4)"
)
_MOVES: Final[dict[Kind, str]] = {
    "User": _MOVE.format(table="users", others=_WITH_USER),
    "Group": _MOVE.format(table="groups", others=_WITH_GROUP),
}
_VERIFIED: Final = (
    "SELECT name FROM domains WHERE organization = $1 AND verified IS NOT NULL AND name = ANY($2::text[])"
)


class OwnershipVerbs(Verbs):
    """Whose users and groups are."""

    async def local_users(self, ids: Collection[str]) -> Sequence[StoredUser]:
        """Return which of these ids are local users, locked, without what is derived of them."""
        found = await self._here(_LOCAL_USERS, [word(id) for id in ids])
        return [rows.user(row) for row in found]

    async def is_local_name(self, name_key: str) -> bool:
        """Tell whether a local user has a userName with this comparison key."""
        return bool(await self._here(_LOCAL_NAME, cut(name_key).key))

    async def first_of(self, kind: Kind, owner: int, limit: int) -> Sequence[Stored]:
        """Return up to `limit` resources of an owner, by id, locked, without what is derived of them."""
        return [rows.stored(kind, row) for row in await self._here(_FIRST[kind], owner, limit)]

    async def take_over(self, kind: Kind, id: str, owner: int, entries: Collection[Entry]) -> None:
        """Bring a resource of another owner into this scope. Raises `Uniqueness`, `LookupError`."""
        try:
            await self._only(_MOVES[kind], owner, id, *unnested(kind, indexed(kind, entries)))
        except asyncpg.UniqueViolationError as error:
            refuse(kind, error)
        self._counts[kind] += 1
        if owner != LOCAL_OWNER:
            self._later(COUNT[kind], -1, self._organization, owner)

    async def leave(self, member: str, owner: int, now: int) -> Sequence[str]:
        """Take a member out of every group of an owner; return those groups, whose versions have moved."""
        await self._here(LOCK_GROUPS, owner, member)
        return [group for (group,) in await self._here(LEAVE, owner, member, now)]

    async def verified(self, domains: Collection[str]) -> Collection[str]:
        """Return which of these domains, in A-labels, the organization has verified."""
        return {name for (name,) in await self._here(_VERIFIED, [word(name) for name in domains])}

    async def _here(self, sql: str, *values: Any) -> list[Any]:
        """Run a statement that binds the organization first, whoever the owner, and return its rows."""
        found: list[Any] = await self._connection.fetch(sql, self._organization, *values)
        return found
